from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # The open items of the ledger; word for word the conditions of credit.receivable, so that
    # the database reads these few rows instead of every unreconciled line of the books. With
    # what the aged balance adds up: it then reads the index alone.
    _credit_open_idx = models.Index(
        "(account_id, (COALESCE(date_maturity, date)), id) "
        "INCLUDE (move_id, partner_id, company_id, currency_id, date, date_maturity, "
        "invoice_date, amount_residual, amount_residual_currency, payment_id, "
        "statement_line_id) "
        "WHERE parent_state = 'posted' AND reconciled IS NOT TRUE "
        "AND (amount_residual <> 0 OR amount_residual_currency <> 0)"
    )
    # The few items whose matchings are not in the ledger (see credit.kpi.item).
    _credit_unposted_idx = models.Index(
        "(account_id, id) WHERE parent_state <> 'posted' AND matching_number IS NOT NULL"
    )
