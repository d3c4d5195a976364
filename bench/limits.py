"""Exposure, limits and holds in lists and decisions, beside bare SQL and a peer.

    .dev/bin/python -m bench.generate --db credit_bench --invoices 100000 --customers 100000
    .dev/bin/python -m bench.limits --db credit_bench

Half of the customers get a limit of their own, one in twenty of these below what they owe.
Where the add-on account_financial_risk is installed in the same database, it answers the same
question in the same run. Everything is rolled back.
"""

from __future__ import annotations

import argparse
from typing import Any

from odoo.tools import SQL

from . import databases
from .measure import Table

LIMITS = """
UPDATE res_partner
   SET credit_limit_mode = jsonb_build_object(%(key)s::text, 'limited'),
       credit_limit = jsonb_build_object(
           %(key)s::text, CASE WHEN id %% 20 = 0 THEN 1 ELSE 100000 END)
 WHERE id %% 2 = 0 AND customer_rank > 0
 RETURNING id
"""
#: What "over the limit" must read at least: the open items and the limits.
BARE_OVER = """
SELECT partner.id
  FROM (
    SELECT partner_id, SUM(amount_residual) AS amount
      FROM account_move_line
     WHERE parent_state = 'posted' AND reconciled IS NOT TRUE
       AND account_id IN (
            SELECT id FROM account_account WHERE account_type = 'asset_receivable')
     GROUP BY partner_id) item
  JOIN res_partner partner ON partner.id = item.partner_id
 WHERE partner.credit_limit_mode ->> %(key)s = 'limited'
   AND item.amount > (partner.credit_limit ->> %(key)s)::numeric
"""
BARE_PAGE = """
SELECT id, name FROM res_partner WHERE customer_rank > 0 ORDER BY complete_name LIMIT 80
"""
COLUMNS = {
    "complete_name": {},
    "credit_exposure": {},
    "credit_limit_in_force": {},
    "credit_available": {},
    "credit_usage": {},
    "credit_hold": {},
}
PAGE_BASE = {"complete_name": {}}
DOMAIN = [("customer_rank", ">", 0)]


def set_limits(env: Any) -> None:
    env.execute_query(SQL(LIMITS, key=str(env.company.root_id.id)))
    env.cr.execute("ANALYZE res_partner")
    env.invalidate_all()


def measure_lists(env: Any) -> Table:
    table = Table(env)
    model = env["res.partner"]
    key = str(env.company.root_id.id)

    def page(columns: dict, **options: Any) -> list:
        return model.web_search_read(DOMAIN, columns, limit=80, count_limit=10001, **options)[
            "records"
        ]

    over = [("credit_available", "<", 0)]
    table.measure("page of 80, bare SQL", lambda: env.execute_query(SQL(BARE_PAGE)), repeat=3)
    table.measure("page of 80, names", lambda: page(PAGE_BASE), "page of 80, bare SQL", repeat=3)
    table.measure("page of 80, exposure", lambda: page(COLUMNS), "page of 80, names", repeat=3)
    table.measure(
        "sorted by available credit",
        lambda: page(COLUMNS, order="credit_available"),
        "page of 80, names",
        repeat=3,
    )
    bare = "over the limit, bare SQL"
    found = table.measure(bare, lambda: env.execute_query(SQL(BARE_OVER, key=key)), repeat=3)
    ours = table.measure("search over the limit", lambda: model.search(over), bare, repeat=3)
    assert set(ours.ids) == {partner_id for [partner_id] in found}, "another answer than bare SQL"
    if "risk_exception" in model._fields:
        table.measure(
            "account_financial_risk: search",
            lambda: model.search([("risk_exception", "=", True)]),
            "search over the limit",
        )
    return table


def measure_decisions(env: Any) -> Table:
    table = Table(env)
    company = env.company
    customers = env["res.partner"].search(DOMAIN, limit=100)
    check = env["credit.check"]
    for count in (1, 100):
        claims = {customer: 10.0 for customer in customers[:count]}
        table.measure(f"decide about {count}", lambda c=claims: check._decide(company, c), repeat=3)
    env["credit.hold.rule"].create(
        [
            {"name": "Late", "company_id": company.id, "kind": "overdue", "days": 30},
            {"name": "Over", "company_id": company.id, "kind": "over_limit", "level": "watch"},
        ]
    )
    table.measure("evaluate two hold rules", lambda: env["credit.hold.rule"]._evaluate(company))
    table.measure("nightly holds, written", lambda: env["credit.hold"]._cron_holds())
    table.measure("nightly holds, unchanged", lambda: env["credit.hold"]._cron_holds())
    return table


def measure(env: Any) -> None:
    set_limits(env)
    measure_lists(env).show("Customers: exposure and limits")
    measure_decisions(env).show("Decisions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    options = parser.parse_args()
    with databases.environment(options.db, "--log-level=warn") as env:
        measure(env)


if __name__ == "__main__":
    main()
