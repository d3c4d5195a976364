"""Large books, written by a few SQL statements.

    .dev/bin/python -m bench.generate --db credit_bench --invoices 100000

Two years of posted customer invoices, one after the other in time and number, each with
its journal items as Odoo stores them. All were paid (a bank entry, reconciled), except
what is not due yet and, of the overdue customers, the last invoice that a reminder
would claim on the day. With `--rich 30000` that many of the invoices have a richer
history instead (bench.recipes). The same options give the same book.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from . import databases, history
from .recipes import MOST, RECIPES

#: An overdue item is at least that late: the first level of every delivered policy.
DAYS_LATE = 11
#: Age of an invoice of which that can be said, whatever its payment term.
OLD_ENOUGH = DAYS_LATE + 45 + 1
#: From that many invoices on, indexes are built after writing.
MANY = 50_000
#: Every so many overdue customers have a payment that nobody allocated.
UNALLOCATED_EVERY = 20


@dataclass(frozen=True)
class Book:
    """What to generate.

    ``history`` is the number of past reminders per overdue customer, ``rich`` how many
    of the invoices have a richer history.
    """

    invoices: int = 100_000
    customers: int = 10_000
    overdue_customers: int = 3_000
    history: int = 6
    days: int = 730
    on: date | None = None
    rich: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.overdue_customers <= self.customers <= self.simple:
            raise ValueError("overdue customers <= customers <= simple invoices is required")
        # The first invoice of each overdue customer must be old enough.
        if self.days * (self.simple - self.overdue_customers) < OLD_ENOUGH * self.simple:
            raise ValueError("more days or more invoices per customer are required")

    @property
    def simple(self) -> int:
        return self.invoices - self.rich


#: What is written, with the parameter that is its last id before.
TABLE_IDS = {
    "res_partner": "partner",
    "account_move": "move",
    "account_move_line": "line",
    "account_partial_reconcile": "partial",
    "account_full_reconcile": "full",
    "credit_dunning_notice": "notice",
    "credit_dunning_notice_line": "notice_line",
    "credit_dunning_delivery": "delivery",
}

# Number n is the invoice's place in time; customer c has the numbers c, c + customers, ...
# Those of the overdue customers whose turn came last before the limit stay open.
INVOICES = """
CREATE TEMP TABLE bench_invoice ON COMMIT DROP AS
SELECT numbered.*,
       (%(on)s - late)::date AS due,
       (%(on)s - late - term)::date AS date,
       late <= 0 OR chosen AS open,
       LEAST(%(on)s, (%(on)s - late + n %% 20)::date) AS paid_on
  FROM (
    SELECT n,
           c,
           %(move)s + n AS move_id,
           %(line)s + 4 * n AS line_id,
           %(partner)s + c AS partner_id,
           100 + (n::bigint * 7919 %% 90000) / 100.0 AS amount,
           term,
           ((%(invoices)s - n) * %(days)s / %(invoices)s) - term AS late,
           c <= %(overdue_customers)s AND n = (
               -- the last number of the customer that is late enough
               SELECT MAX(own)
                 FROM generate_series(c, %(invoices)s, %(customers)s) own
                WHERE (%(invoices)s - own) * %(days)s / %(invoices)s
                      >= term + %(days_late)s
           ) AS chosen
      FROM (
        SELECT n::int,
               ((n - 1) %% %(customers)s + 1)::int AS c,
               15 + 15 * ((n - 1) %% %(customers)s %% 3)::int AS term
          FROM generate_series(1::bigint, %(invoices)s) n
      ) numbers
  ) numbered
"""

PAYMENTS = """
CREATE TEMP TABLE bench_payment ON COMMIT DROP AS
SELECT n, partner_id, paid_on, line_id, %(move)s + %(invoices)s + n AS move_id,
       NOT open AS allocated,
       CASE WHEN open THEN ROUND(amount * 0.4, 2) ELSE amount END AS amount
  FROM bench_invoice
 WHERE NOT open OR (chosen AND c %% %(unallocated_every)s = 0)
"""

CUSTOMERS = """
INSERT INTO res_partner (
    id, name, complete_name, email, email_normalized, commercial_partner_id,
    commercial_company_name, is_company, lang, type, active, partner_share, street, zip,
    city, phone, customer_rank, supplier_rank, message_bounce, color, autopost_bills,
    credit_audience, create_uid, write_uid, create_date, write_date
)
SELECT %(partner)s + c, 'Customer ' || c, 'Customer ' || c,
       'customer' || c || '@example.com', 'customer' || c || '@example.com',
       %(partner)s + c, 'Customer ' || c, TRUE, 'en_US', 'contact', TRUE, TRUE,
       c || ' Main Street', '75001', 'Paris', '+33 1 00 00 00 00', 1, 0, 0, 0, 'ask',
       'business', 1, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM generate_series(1, %(customers)s) c
"""

MOVES = """
INSERT INTO account_move (
    id, name, sequence_prefix, sequence_number, payment_reference, move_type, state,
    payment_state, journal_id, company_id, currency_id, partner_id,
    commercial_partner_id, partner_shipping_id, invoice_partner_display_name,
    invoice_user_id, date, invoice_date, invoice_date_due, invoice_currency_rate,
    amount_untaxed, amount_tax, amount_total, amount_residual, amount_untaxed_signed,
    amount_untaxed_in_currency_signed, amount_tax_signed, amount_total_signed,
    amount_total_in_currency_signed, amount_residual_signed, auto_post, checked,
    posted_before, made_sequence_gap, is_manually_modified, always_tax_exigible,
    create_uid, write_uid, create_date, write_date
)
SELECT move_id, 'BENCH/' || LPAD(move_id::text, 8, '0'), 'BENCH/', move_id,
       'BENCH/' || LPAD(move_id::text, 8, '0'), 'out_invoice', 'posted',
       CASE WHEN open THEN 'not_paid' ELSE 'paid' END, %(sale)s, %(company)s,
       %(currency)s, partner_id, partner_id, partner_id, 'Customer ' || c, 1, date, date,
       due, 1, amount, 0, amount, CASE WHEN open THEN amount ELSE 0 END, amount, amount,
       0, amount, amount, CASE WHEN open THEN amount ELSE 0 END, 'no', TRUE, TRUE, FALSE,
       FALSE, FALSE, 1, 1, date, date
  FROM bench_invoice
 UNION ALL
SELECT move_id, 'BENCHPAY/' || LPAD(move_id::text, 8, '0'), 'BENCHPAY/', move_id, NULL, 'entry',
       'posted', 'not_paid', %(bank)s, %(company)s, %(currency)s, partner_id, partner_id,
       NULL, NULL, NULL, paid_on, NULL, paid_on, 1, 0, 0, amount, 0, 0, 0, 0, amount,
       amount, 0, 'no', TRUE, TRUE, FALSE, FALSE, FALSE, 1, 1, paid_on, paid_on
  FROM bench_payment
"""

LINES = """
INSERT INTO account_move_line (
    id, move_id, move_name, parent_state, display_type, name, journal_id, company_id,
    company_currency_id, currency_id, partner_id, account_id, date, invoice_date,
    date_maturity, debit, credit, balance, amount_currency, amount_residual,
    amount_residual_currency, reconciled, full_reconcile_id, matching_number,
    no_followup, quantity, price_unit, price_subtotal, price_total, discount, is_storno,
    sequence, deductible_amount, create_uid, write_uid, create_date, write_date
)
SELECT line.id, move_id, CASE WHEN bank THEN 'BENCHPAY/' ELSE 'BENCH/' END
       || LPAD(move_id::text, 8, '0'), 'posted', display_type,
       CASE display_type WHEN 'product' THEN 'Goods' ELSE 'Customer item' END,
       CASE WHEN bank THEN %(bank)s ELSE %(sale)s END, %(company)s, %(currency)s,
       %(currency)s, partner_id, account_id, date, CASE WHEN NOT bank THEN date END,
       due, GREATEST(balance, 0), GREATEST(-balance, 0), balance, balance, residual,
       residual, reconciled, CASE WHEN reconciled THEN %(full)s + n END,
       CASE WHEN reconciled THEN (%(full)s + n)::text END, FALSE,
       CASE WHEN display_type = 'product' THEN 1 ELSE 0 END,
       CASE WHEN display_type = 'product' THEN -balance ELSE 0 END,
       CASE WHEN display_type = 'product' THEN -balance ELSE 0 END,
       CASE WHEN display_type = 'product' THEN -balance ELSE 0 END, 0, FALSE, 100, 100,
       1, 1, date, date
  FROM (
    SELECT line_id AS id, n, move_id, FALSE AS bank, 'payment_term' AS display_type,
           partner_id, %(receivable)s AS account_id, date, due, amount AS balance,
           CASE WHEN open THEN amount ELSE 0 END AS residual, NOT open AS reconciled
      FROM bench_invoice
     UNION ALL
    SELECT line_id + 1, n, move_id, FALSE, 'product', partner_id, %(income)s, date, NULL,
           -amount, 0, FALSE
      FROM bench_invoice
     UNION ALL
    SELECT line_id + 2, n, move_id, TRUE, 'payment_term', partner_id, %(receivable)s,
           paid_on, NULL, -amount, CASE WHEN allocated THEN 0 ELSE -amount END, allocated
      FROM bench_payment
     UNION ALL
    -- Odoo keeps a residual on bank accounts too.
    SELECT line_id + 3, n, move_id, TRUE, 'product', partner_id, %(liquidity)s, paid_on,
           NULL, amount, amount, FALSE
      FROM bench_payment
  ) line
 ORDER BY line.id
"""

FULL_RECONCILES = """
INSERT INTO account_full_reconcile (id, create_uid, write_uid, create_date, write_date)
SELECT %(full)s + n, 1, 1, paid_on, paid_on FROM bench_payment WHERE allocated
"""

PARTIAL_RECONCILES = """
INSERT INTO account_partial_reconcile (
    id, debit_move_id, credit_move_id, full_reconcile_id, debit_currency_id,
    credit_currency_id, company_id, max_date, amount, debit_amount_currency,
    credit_amount_currency, create_uid, write_uid, create_date, write_date
)
SELECT %(partial)s + n, line_id, line_id + 2, %(full)s + n, %(currency)s, %(currency)s,
       %(company)s, paid_on, amount, amount, amount, 1, 1, paid_on, paid_on
  FROM bench_payment
 WHERE allocated
"""

# The first reminder of the open item (of every second customer, if it is late enough for
# the next level by now) and of those before it, which were paid afterwards.
NOTICES = """
CREATE TEMP TABLE bench_notice ON COMMIT DROP AS
SELECT %(notice)s + ROW_NUMBER() OVER (ORDER BY past.n) AS id,
       past.*,
       (past.due + %(delay)s)::date AS sent
  FROM bench_invoice current
  JOIN generate_series(0, %(history)s) back ON TRUE
  JOIN bench_invoice past ON past.n = current.n - back * %(customers)s
 WHERE current.chosen
   AND %(history)s > 0
   AND (back > 0 OR (current.c %% 2 = 0 AND current.late > %(delay)s + 10))
"""

SENT_NOTICES = """
INSERT INTO credit_dunning_notice (
    id, run_id, company_id, partner_id, contact_id, policy_id, level_id, lang, state,
    pending, date, sent_date, amount_claimed, amount_overdue, amount_not_due,
    amount_credit, amount_due, formal_notice, create_uid, write_uid, create_date,
    write_date
)
SELECT id, %(run)s, %(company)s, partner_id, partner_id, %(policy)s, %(level)s, 'en_US',
       'sent', FALSE, sent, sent, amount, amount, 0, 0, amount, FALSE, 1, 1, sent, sent
  FROM bench_notice
"""

SENT_LINES = """
INSERT INTO credit_dunning_notice_line (
    id, notice_id, company_id, move_line_id, move_id, level_id, days_overdue,
    currency_id, kind, name, date, invoice_date, date_maturity, amount_total,
    amount_paid, amount_residual_currency, amount_residual, live, create_uid, write_uid,
    create_date, write_date
)
SELECT %(notice_line)s + id - %(notice)s, id, %(company)s, line_id, move_id, %(level)s,
       sent - due, %(currency)s, 'claimed', 'BENCH/' || LPAD(move_id::text, 8, '0'), sent, date,
       due, amount, 0, amount, amount, TRUE, 1, 1, sent, sent
  FROM bench_notice
"""

SENT_DELIVERIES = """
INSERT INTO credit_dunning_delivery (
    id, notice_id, run_id, company_id, partner_id, channel_id, repetition, contact_id,
    attempts, address, state, date, amount_due, sent_on, create_uid, write_uid,
    create_date, write_date
)
SELECT %(delivery)s + id - %(notice)s, id, %(run)s, %(company)s, partner_id, %(email)s,
       0, partner_id, 1, 'customer' || c || '@example.com', 'sent', sent, amount, sent, 1,
       1, sent, sent
  FROM bench_notice
"""

STATEMENTS = (
    INVOICES, PAYMENTS, CUSTOMERS, MOVES, FULL_RECONCILES, LINES, PARTIAL_RECONCILES,
    NOTICES, SENT_NOTICES, SENT_LINES, SENT_DELIVERIES,
)  # fmt: skip


def generate(env: Any, book: Book) -> None:
    """Write a book into the database of ``env``; the caller commits."""
    parameters = {**_options(env, book), **_records(env)}
    parameters["run"] = _past_run(env, parameters["company"])
    env.flush_all()
    if book.rich:
        history.prepare(env)
        env.flush_all()
    first = _last_ids(env)
    with _without_indexes(env, book.invoices >= MANY):
        _write(env, STATEMENTS, {**parameters, **first})
        if book.rich:
            # The same customers, each with a contact.
            ids = {**_last_ids(env), "partner": first["partner"]}
            ids["contact"] = _last_id(env, "res_partner")
            _write(env, history.STATEMENTS, {**parameters, **ids})
    for table in TABLE_IDS:
        env.cr.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), "
            f'GREATEST(MAX(id), 1)) FROM "{table}"',
            [table],
        )
        env.cr.execute(f'ANALYZE "{table}"')
    env.invalidate_all()


def _write(env: Any, statements: tuple[str, ...], parameters: dict[str, Any]) -> None:
    for statement in statements:
        env.cr.execute(statement, parameters)


@contextmanager
def _without_indexes(env: Any, worthwhile: bool) -> Iterator[None]:
    """Build the indexes of the journal items anew after writing: for many, that is faster."""
    indexes = []
    if worthwhile:
        env.cr.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), "
            "obj_description(indexrelid) FROM pg_index "
            "WHERE indrelid = 'account_move_line'::regclass AND NOT indisunique"
        )
        indexes = env.cr.fetchall()
    for name, _definition, _comment in indexes:
        env.cr.execute(f"DROP INDEX {name}")
    yield
    for name, definition, comment in indexes:
        env.cr.execute(definition)
        # By its comment Odoo knows whether an index is up to date.
        env.cr.execute(f"COMMENT ON INDEX {name} IS %s", [comment])


def _last_ids(env: Any) -> dict[str, int]:
    return {name: _last_id(env, table) for table, name in TABLE_IDS.items()}


def _last_id(env: Any, table: str) -> int:
    env.cr.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')
    return env.cr.fetchone()[0]


def _options(env: Any, book: Book) -> dict[str, Any]:
    return {
        "invoices": book.simple,
        "rich": book.rich,
        "recipes": len(RECIPES),
        "most": MOST,
        "recent": history.RECENT,
        "customers": book.customers,
        "overdue_customers": book.overdue_customers,
        "history": book.history,
        "days": book.days,
        "on": book.on or env.company._get_credit_today(),
        "days_late": DAYS_LATE,
        "unallocated_every": UNALLOCATED_EVERY,
    }


def _records(env: Any) -> dict[str, Any]:
    """Ids of what Odoo set up: accounts, journals, currency, the policy's first level."""
    company = env.company
    sale, bank = (
        env["account.journal"].search(
            [("type", "=", kind), ("company_id", "=", company.id)], limit=1
        )
        for kind in ("sale", "bank")
    )
    policy = env.ref("credit_mgmt.policy_business")
    level = policy.level_ids.filtered(lambda level: level.delay_days >= 0)[:1]
    return {
        "company": company.id,
        "currency": company.currency_id.id,
        "sale": sale.id,
        "bank": bank.id,
        "income": sale.default_account_id.id,
        "liquidity": bank.default_account_id.id,
        "receivable": env["res.partner"]
        .with_company(company)
        .default_get(["property_account_receivable_id"])["property_account_receivable_id"],
        "policy": policy.id,
        "level": level.id,
        "delay": level.delay_days,
        "email": env.ref("credit_mgmt.channel_email").id,
    }


def _past_run(env: Any, company_id: int) -> int:
    run = env["credit.dunning.run"].create({"company_id": company_id})
    run.state = "done"
    return run.id


def parse(arguments: list[str] | None = None) -> tuple[str, Book]:
    """Read the command line: the database and the book."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    add_book_options(parser)
    options = parser.parse_args(arguments)
    try:
        return options.db, book_from(options)
    except ValueError as error:
        parser.error(str(error))


def add_book_options(parser: argparse.ArgumentParser) -> None:
    for name in ("invoices", "customers", "overdue_customers", "history", "days", "rich"):
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=int, default=getattr(Book, name))
    parser.add_argument("--on", type=date.fromisoformat, help="the day of the book")


def book_from(options: argparse.Namespace) -> Book:
    return Book(**{field.name: getattr(options, field.name) for field in fields(Book)})


def book_arguments(book: Book) -> list[str]:
    """The command line that ``book_from`` reads this book from."""
    values = {field.name: getattr(book, field.name) for field in fields(Book)}
    return [
        f"--{name.replace('_', '-')}={value}" for name, value in values.items() if value is not None
    ]


def main() -> None:
    database, book = parse()
    with databases.environment(database, "--log-level=warn") as env:
        generate(env, book)
        env.cr.commit()


if __name__ == "__main__":
    main()
