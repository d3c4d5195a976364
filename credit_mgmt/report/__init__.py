from . import aged_balance_book, report_credit_aged_balance, report_credit_statement, statement_book
