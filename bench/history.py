"""The richer part of a book: every recipe of bench.recipes in turn, by a few statements.

Residuals, payment states and full reconciliations are summed from the reconciliations,
as Odoo does. Every third round belongs to a second company, which keeps its books in
the currency that is foreign to the first.
"""

from __future__ import annotations

from typing import Any

from psycopg2.extras import execute_values

from . import recipes

SECOND_COMPANY = "Second company of the benchmark"
#: Invoices that are older than that are no drafts and not paid by a cheque dated ahead.
RECENT = 60
RECEIVABLES = ("receivable", "other", "archived")
#: Accounts of which Odoo keeps a residual.
OPEN_ACCOUNTS = (*RECEIVABLES, "transition", "liquidity")
COUNTERPARTS = {"sale": "income", "bank": "liquidity", "general": "income",
                "exchange": "income", "cash_basis": "income"}  # fmt: skip

# What the statements look up: (columns and types, reader of the rows).
LOOKUPS = {
    "rich_move_recipe": (
        "recipe int, move int, journal text, days int, kind text, state text, ahead bool",
        recipes.move_rows,
    ),
    "rich_line_recipe": (
        "recipe int, slot int, move int, share numeric, due int, rate numeric, "
        "less numeric, account text, partner text",
        recipes.line_rows,
    ),
    "rich_match_recipe": (
        "recipe int, match int, debit int, credit int, share numeric, rate numeric, "
        "less numeric, exchange int, cash_basis int",
        recipes.match_rows,
    ),
}

INVOICES = """
CREATE TEMP TABLE rich_invoice ON COMMIT DROP AS
SELECT numbers.*,
       company.id AS company_id,
       company.currency_id,
       company.foreign_id,
       %(partner)s + c AS partner_id,
       %(contact)s + c AS contact_id,
       numbers.date > %(on)s - %(recent)s AS recent
  FROM (
    SELECT r::int AS r,
           (r %% %(recipes)s)::int AS recipe,
           (r / %(recipes)s %% 3 = 2)::int AS company,
           (r * 31 %% %(customers)s + 1)::int AS c,
           -- shares of whole percents are then whole cents
           100 + (r * 7919 %% 4500) * 0.2 AS amount,
           (%(on)s - ((%(rich)s - r) * %(days)s / %(rich)s)::int)::date AS date
      FROM generate_series(1::bigint, %(rich)s) r
  ) numbers
  JOIN rich_company company ON company.number = numbers.company
"""

MOVES = """
CREATE TEMP TABLE rich_move ON COMMIT DROP AS
SELECT %(move)s + %(most)s * r + dated.move AS id, dated.*
  FROM (
    SELECT invoice.r, invoice.recipe, invoice.company, invoice.company_id,
           invoice.currency_id, invoice.c, line.move, line.kind, line.ahead,
           CASE WHEN line.state = 'draft' AND NOT invoice.recent THEN 'posted'
                ELSE line.state END AS state,
           journal.id AS journal_id, journal.counterpart_id, journal.counterpart,
           CASE WHEN line.ahead AND invoice.recent THEN %(on)s ELSE invoice.date END + line.days
           + CASE WHEN line.move > 0 THEN r %% 11 ELSE 0 END AS date
      FROM rich_invoice invoice
      JOIN rich_move_recipe line USING (recipe)
      JOIN rich_journal journal
        ON journal.company = invoice.company AND journal.kind = line.journal
  ) dated
 WHERE move = 0 OR ahead OR date <= %(on)s
"""

LINES = """
CREATE TEMP TABLE rich_line ON COMMIT DROP AS
WITH line AS (
    SELECT move.id AS move_id, move.r, move.company, own.slot,
           CASE own.partner WHEN 'customer' THEN invoice.partner_id
                            WHEN 'contact' THEN invoice.contact_id END AS partner_id,
           own.account,
           move.date + own.due AS due,
           CASE WHEN own.rate IS NULL THEN invoice.currency_id
                ELSE invoice.foreign_id END AS currency_id,
           share.balance,
           CASE WHEN own.rate IS NULL THEN share.balance
                WHEN own.less IS NULL THEN ROUND(invoice.amount * own.share / 100, 2)
                ELSE 0 END AS amount_currency
      FROM rich_move move
      JOIN rich_invoice invoice USING (r)
      JOIN rich_line_recipe own ON own.recipe = move.recipe AND own.move = move.move
     CROSS JOIN LATERAL (
        SELECT ROUND(invoice.amount * own.share / 100 * COALESCE(own.rate, 1), 2)
             - ROUND(invoice.amount * own.share / 100 * COALESCE(own.less, 0), 2) AS balance
     ) share
)
SELECT %(line)s + 2 * %(most)s * r + slot AS id, line.*, account.id AS account_id,
       account.kept AS kept, 'payment_term' AS display_type
  FROM line
  JOIN rich_account account ON account.company = line.company
                           AND account.kind = line.account
 UNION ALL
SELECT %(line)s + 2 * %(most)s * move.r + %(most)s + move.move, move.id, move.r,
       move.company, NULL, MIN(line.partner_id), move.counterpart, NULL,
       MIN(line.currency_id), -SUM(line.balance), -SUM(line.amount_currency),
       move.counterpart_id, move.counterpart = 'liquidity', 'product'
  FROM line
  JOIN rich_move move ON move.id = line.move_id
 GROUP BY move.id, move.r, move.move, move.company, move.counterpart, move.counterpart_id
"""

MATCHES = """
CREATE TEMP TABLE rich_match ON COMMIT DROP AS
SELECT %(partial)s + %(most)s * invoice.r + own.match AS id, invoice.r,
       debit.id AS debit_id, credit.id AS credit_id,
       debit.currency_id AS debit_currency_id, credit.currency_id AS credit_currency_id,
       debit.account_id, share.amount,
       CASE WHEN own.rate IS NULL THEN share.amount
            WHEN own.less IS NULL THEN ROUND(invoice.amount * own.share / 100, 2)
            ELSE 0 END AS amount_currency,
       GREATEST(debit_move.date, credit_move.date) AS max_date,
       debit_move.kind AS debit_kind, credit_move.kind AS credit_kind,
       CASE WHEN debit_move.kind = 'entry' THEN credit_move.company_id
            ELSE debit_move.company_id END AS company_id,
       %(move)s + %(most)s * invoice.r + own.exchange AS exchange_id,
       %(move)s + %(most)s * invoice.r + own.cash_basis AS cash_basis_id,
       %(move)s + %(most)s * invoice.r AS invoice_id
  FROM rich_invoice invoice
  JOIN rich_match_recipe own USING (recipe)
  JOIN rich_line debit USING (r)
  JOIN rich_line credit USING (r)
  JOIN rich_move debit_move ON debit_move.id = debit.move_id
  JOIN rich_move credit_move ON credit_move.id = credit.move_id
 CROSS JOIN LATERAL (
    SELECT ROUND(invoice.amount * own.share / 100 * COALESCE(own.rate, 1), 2)
         - ROUND(invoice.amount * own.share / 100 * COALESCE(own.less, 0), 2) AS amount
 ) share
 WHERE debit.slot = own.debit AND credit.slot = own.credit
"""

# What the reconciliations leave of each item.
RESIDUALS = """
CREATE TEMP TABLE rich_residual ON COMMIT DROP AS
SELECT line.id, line.move_id, line.r, line.account_id,
       line.balance + COALESCE(matched.amount, 0) AS residual,
       line.amount_currency + COALESCE(matched.amount_currency, 0) AS residual_currency,
       matched.line_id IS NOT NULL AS matched,
       matched.refunds
  FROM rich_line line
  LEFT JOIN (
        SELECT line_id, SUM(amount) AS amount, SUM(amount_currency) AS amount_currency,
               BOOL_OR(counterpart = 'out_refund') AS refunds
          FROM (
            SELECT debit_id AS line_id, -amount AS amount,
                   -amount_currency AS amount_currency, credit_kind AS counterpart
              FROM rich_match
             UNION ALL
            SELECT credit_id, amount, amount_currency, debit_kind
              FROM rich_match
          ) side
         GROUP BY line_id
       ) matched ON matched.line_id = line.id
 WHERE line.kept
"""

FULLS = """
CREATE TEMP TABLE rich_full ON COMMIT DROP AS
SELECT residual.r, residual.account_id,
       CASE WHEN BOOL_AND(residual = 0 AND residual_currency = 0)
            THEN %(full)s + ROW_NUMBER() OVER (ORDER BY residual.r, residual.account_id)
            END AS id,
       MIN(first.id) AS first_id
  FROM rich_residual residual
  JOIN (SELECT r, account_id, MIN(id) AS id FROM rich_match GROUP BY 1, 2) first
 USING (r, account_id)
 WHERE residual.matched
 GROUP BY residual.r, residual.account_id
"""

INDEXES = """
CREATE INDEX ON rich_residual (id);
CREATE INDEX ON rich_full (r, account_id);
ANALYZE rich_invoice, rich_move, rich_line, rich_match, rich_residual, rich_full;
"""

CONTACTS = """
INSERT INTO res_partner (
    id, name, complete_name, parent_id, commercial_partner_id, commercial_company_name,
    is_company, lang, type, active, partner_share, customer_rank, supplier_rank,
    message_bounce, color, autopost_bills, create_uid, write_uid, create_date, write_date
)
SELECT %(contact)s + c, 'Contact ' || c, 'Customer ' || c || ', Contact ' || c,
       %(partner)s + c, %(partner)s + c, 'Customer ' || c, FALSE, 'en_US', 'contact', TRUE,
       TRUE, 1, 0, 0, 0, 'ask', 1, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM generate_series(1, %(customers)s) c
"""

STORED_MOVES = """
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
SELECT move.id, 'BENCHRICH/' || LPAD(move.id::text, 8, '0'), 'BENCHRICH/', move.id,
       CASE WHEN sale THEN 'BENCHRICH/' || LPAD(move.id::text, 8, '0') END, move.kind,
       move.state,
       CASE WHEN NOT sale OR move.state = 'cancel' THEN 'not_paid'
            WHEN residual_currency = 0 AND (refunds OR move.kind = 'out_refund' AND NOT invoiced)
            THEN 'reversed'
            WHEN residual_currency = 0 THEN 'paid'
            WHEN matched THEN 'partial'
            ELSE 'not_paid' END,
       move.journal_id, move.company_id,
       CASE WHEN sale THEN total.currency_id ELSE move.currency_id END, total.partner_id,
       partner.commercial_partner_id, CASE WHEN sale THEN total.partner_id END,
       CASE WHEN sale THEN partner.name END, CASE WHEN sale THEN 1 END, move.date,
       CASE WHEN sale THEN move.date END,
       CASE WHEN sale THEN COALESCE(total.due, move.date) ELSE move.date END,
       CASE WHEN sale AND untaxed <> 0 THEN untaxed_currency / untaxed ELSE 1 END,
       sign * untaxed_currency, 0,
       CASE WHEN sale THEN sign * untaxed_currency ELSE debit_currency END,
       CASE WHEN sale THEN -sign * residual_currency ELSE 0 END,
       -untaxed, -untaxed_currency, 0,
       CASE WHEN sale THEN -untaxed ELSE debit END,
       CASE WHEN sale THEN -untaxed_currency ELSE debit_currency END,
       CASE WHEN sale THEN residual ELSE 0 END,
       'no', TRUE, TRUE, FALSE, FALSE, FALSE, 1, 1, move.date, move.date
  FROM rich_move move
 CROSS JOIN LATERAL (
    SELECT move.kind <> 'entry' AS sale,
           CASE WHEN move.kind = 'out_invoice' THEN -1 ELSE 1 END AS sign
 ) type
  JOIN (
    SELECT line.move_id, MIN(line.partner_id) AS partner_id,
           MIN(line.currency_id) AS currency_id, MAX(line.due) AS due,
           SUM(line.balance) FILTER (WHERE line.balance > 0) AS debit,
           COALESCE(SUM(line.amount_currency) FILTER (WHERE line.balance > 0), 0)
               AS debit_currency,
           COALESCE(SUM(line.balance) FILTER (WHERE goods), 0) AS untaxed,
           COALESCE(SUM(line.amount_currency) FILTER (WHERE goods), 0) AS untaxed_currency,
           SUM(rest.residual) FILTER (WHERE NOT goods) AS residual,
           SUM(rest.residual_currency) FILTER (WHERE NOT goods) AS residual_currency,
           BOOL_OR(rest.matched) FILTER (WHERE NOT goods) AS matched,
           BOOL_OR(rest.refunds) FILTER (WHERE NOT goods) AS refunds
      FROM (
        SELECT line.*,
               move.kind <> 'entry' AND line.display_type = 'product' AS goods
          FROM rich_line line
          JOIN rich_move move ON move.id = line.move_id
      ) line
      LEFT JOIN rich_residual rest ON rest.id = line.id
     GROUP BY line.move_id
  ) total ON total.move_id = move.id
 CROSS JOIN LATERAL (SELECT move.move > 0 AS invoiced) place
  LEFT JOIN res_partner partner ON partner.id = total.partner_id
"""

STORED_FULLS = """
INSERT INTO account_full_reconcile (id, create_uid, write_uid, create_date, write_date)
SELECT id, 1, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM rich_full
 WHERE id IS NOT NULL
"""

STORED_LINES = """
INSERT INTO account_move_line (
    id, move_id, move_name, parent_state, display_type, name, journal_id, company_id,
    company_currency_id, currency_id, partner_id, account_id, date, invoice_date,
    date_maturity, debit, credit, balance, amount_currency, amount_residual,
    amount_residual_currency, reconciled, full_reconcile_id, matching_number,
    no_followup, quantity, price_unit, price_subtotal, price_total, discount, is_storno,
    sequence, deductible_amount, create_uid, write_uid, create_date, write_date
)
SELECT line.id, line.move_id, 'BENCHRICH/' || LPAD(line.move_id::text, 8, '0'),
       move.state, line.display_type, 'Item', move.journal_id, move.company_id,
       move.currency_id, line.currency_id, line.partner_id, line.account_id, move.date,
       CASE WHEN move.kind <> 'entry' THEN move.date END, line.due,
       GREATEST(line.balance, 0), GREATEST(-line.balance, 0), line.balance,
       line.amount_currency, COALESCE(rest.residual, 0),
       COALESCE(rest.residual_currency, 0),
       COALESCE(rest.residual = 0 AND rest.residual_currency = 0, FALSE),
       component.id,
       CASE WHEN rest.matched THEN COALESCE(component.id::text, 'P' || component.first_id) END,
       FALSE, goods.quantity, -goods.quantity * line.amount_currency,
       -goods.quantity * line.amount_currency, -goods.quantity * line.amount_currency, 0,
       FALSE, 100, 100, 1, 1, move.date, move.date
  FROM rich_line line
  JOIN rich_move move ON move.id = line.move_id
  LEFT JOIN rich_residual rest ON rest.id = line.id
  LEFT JOIN rich_full component ON component.r = line.r
                               AND component.account_id = line.account_id
                               AND rest.matched
 CROSS JOIN LATERAL (
    SELECT (line.display_type = 'product')::int AS quantity
 ) goods
 ORDER BY line.id
"""

STORED_MATCHES = """
INSERT INTO account_partial_reconcile (
    id, debit_move_id, credit_move_id, full_reconcile_id, exchange_move_id,
    debit_currency_id, credit_currency_id, company_id, max_date, amount,
    debit_amount_currency, credit_amount_currency, create_uid, write_uid, create_date,
    write_date
)
SELECT match.id, debit_id, credit_id, component.id, exchange_id, debit_currency_id,
       credit_currency_id, company_id, max_date, amount, amount_currency,
       amount_currency, 1, 1, max_date, max_date
  FROM rich_match match
  JOIN rich_full component USING (r, account_id)
"""

CASH_BASIS = """
UPDATE account_move move
   SET tax_cash_basis_rec_id = match.id, tax_cash_basis_origin_move_id = match.invoice_id
  FROM rich_match match
 WHERE move.id = match.cash_basis_id
"""

STATEMENTS = (
    INVOICES, MOVES, LINES, MATCHES, RESIDUALS, FULLS, INDEXES, CONTACTS, STORED_MOVES,
    STORED_FULLS, STORED_LINES, STORED_MATCHES, CASH_BASIS,
)  # fmt: skip


def prepare(env: Any) -> None:
    """Set up what the statements look up: recipes, companies, accounts, journals."""
    companies = env.company | _second_company(env)
    rows = [_company_rows(env, number, company) for number, company in enumerate(companies)]
    own = {
        "rich_company": (
            "number int, id int, currency_id int, foreign_id int",
            [company for company, _accounts, _journals in rows],
        ),
        "rich_account": (
            "company int, kind text, id int, kept bool",
            [account for _company, accounts, _journals in rows for account in accounts],
        ),
        "rich_journal": (
            "company int, kind text, id int, counterpart text, counterpart_id int",
            [journal for _company, _accounts, journals in rows for journal in journals],
        ),
    }
    recipe = {name: (columns, list(read())) for name, (columns, read) in LOOKUPS.items()}
    for name, (columns, values) in {**own, **recipe}.items():
        env.cr.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
        execute_values(env.cr._obj, f"INSERT INTO {name} VALUES %s", values)


def _second_company(env: Any) -> Any:
    company = env["res.company"].search([("name", "=", SECOND_COMPANY)])
    if not company:
        company = env["res.company"].create({"name": SECOND_COMPANY})
        charts = env["account.chart.template"]
        charts.try_loading(env.company.chart_template, company, install_demo=False)
        company.currency_id = _foreign_currency(env, env.company)
    return company


def _foreign_currency(env: Any, company: Any) -> Any:
    currencies = env.ref("base.EUR") | env.ref("base.USD")
    currency = (currencies - company.currency_id)[0]
    currency.active = True
    return currency


def _company_rows(env: Any, number: int, company: Any) -> tuple[tuple, list, list]:
    journals = _journals(env, company)
    accounts = {
        "receivable": env["res.partner"]
        .with_company(company)
        .default_get(["property_account_receivable_id"])["property_account_receivable_id"],
        "other": _account(env, company, "other", "asset_receivable"),
        "archived": _account(env, company, "archived", "asset_receivable", active=False),
        "transition": _account(env, company, "transition", "asset_current"),
        "income": journals["sale"].default_account_id.id,
        "liquidity": journals["bank"].default_account_id.id,
    }
    foreign = _foreign_currency(env, company)
    return (
        (number, company.id, company.currency_id.id, foreign.id),
        [(number, kind, account, kind in OPEN_ACCOUNTS) for kind, account in accounts.items()],
        [
            (number, kind, journal.id, COUNTERPARTS[kind], accounts[COUNTERPARTS[kind]])
            for kind, journal in journals.items()
        ],
    )


def _journals(env: Any, company: Any) -> dict[str, Any]:
    journals = {
        kind: env["account.journal"].search(
            [("type", "=", kind), ("company_id", "=", company.id)], limit=1
        )
        for kind in ("sale", "bank", "general")
    }
    journals["exchange"] = company.currency_exchange_journal_id or journals["general"]
    journals["cash_basis"] = company.tax_cash_basis_journal_id or journals["general"]
    return journals


def _account(env: Any, company: Any, kind: str, account_type: str, active: bool = True) -> int:
    model = env["account.account"].with_company(company).with_context(active_test=False)
    code = f"BENCH{kind.upper()}"
    account = model.search([("code", "=", code), ("company_ids", "in", company.ids)])
    if not account:
        account = model.create(
            {"name": f"Benchmark, {kind}", "code": code, "account_type": account_type,
             "reconcile": True, "company_ids": [(6, 0, company.ids)]}
        )  # fmt: skip
        account.active = active
    return account.id
