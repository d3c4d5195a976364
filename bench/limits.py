"""Exposure, limits, holds, alerts and scores, beside bare SQL and a peer.

    .dev/bin/python -m bench.generate --db credit_bench --invoices 100000 --customers 100000
    .dev/bin/python -m bench.limits --db credit_bench [--peers]

Half of the customers get a limit of their own, one in twenty of these below what they owe.
With ``--peers`` OCA's account_financial_risk is installed in the same database and answers the
same question in the same run: it is told to count the open items, due or not, on any account,
as ours does, and must find the same customers. Everything else is rolled back.
"""

from __future__ import annotations

import argparse
from typing import Any

from odoo.tools import SQL

from . import databases, peers
from .measure import Table

LIMITS = """
UPDATE res_partner
   SET credit_limit_mode = jsonb_build_object(%(key)s::text, 'limited'),
       credit_limit = jsonb_build_object(
           %(key)s::text, CASE WHEN id %% 20 = 0 THEN 1 ELSE 100000 END)
 WHERE id %% 2 = 0 AND customer_rank > 0
 RETURNING id
"""
#: What the peer counts: chosen customer by customer, nothing of it by default.
PEER_FLAGS = """
UPDATE res_partner
   SET risk_invoice_open_include = TRUE, risk_invoice_unpaid_include = TRUE,
       risk_account_amount_include = TRUE, risk_account_amount_unpaid_include = TRUE
 WHERE customer_rank > 0
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
    if "risk_exception" in env["res.partner"]._fields:
        env.execute_query(SQL(PEER_FLAGS))
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
        theirs = table.measure(
            "account_financial_risk: search",
            lambda: model.search([("risk_exception", "=", True)]),
            "search over the limit",
        )
        assert set(theirs.ids) == set(ours.ids), "the peer gives another answer"
        table.measure(
            "account_financial_risk: page of 80",
            lambda: page({"complete_name": {}, "risk_total": {}, "risk_remaining_value": {}}),
            "page of 80, exposure",
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


def measure_alerts(env: Any) -> Table:
    """One night of the delivered rules, rule by rule and as a whole, and the score."""
    table = Table(env)
    company, alerts = env.company, env["credit.alert"]
    rules = env["credit.alert.rule"].with_context(active_test=False).search([])
    rules.active = True
    key = str(company.root_id.id)
    bare = "over the limit, bare SQL"
    table.measure(bare, lambda: env.execute_query(SQL(BARE_OVER, key=key)), repeat=3)
    today = company._get_credit_today()
    for rule in rules:
        query = rule._get_found_sql(company, today)
        table.measure(
            f"rule {rule.code} {rule.threshold_days or rule.threshold_percent:.0f}",
            lambda query=query: env.execute_query(query),
            bare,
        )
    rules.with_activity = False
    table.measure("first night, without activities", lambda: alerts._evaluate(company), bare)
    table.measure("next night, nothing changed", lambda: alerts._evaluate(company), bare)
    customers = env["res.partner"].search(DOMAIN, limit=100)
    table.measure(
        "100 customers to whom something happened",
        lambda: alerts._evaluate(company, customers),
        bare,
    )
    alerts.search([])._write_gated({"live": False})
    env.cr.execute("ANALYZE credit_alert")
    serious = rules.filtered(lambda rule: rule.severity in ("2", "3"))
    serious.with_activity = True
    table.measure(
        "serious ones, with an activity each", lambda: alerts._evaluate(company, rules=serious)
    )
    score = env["credit.risk.score"]
    scored = "score of all customers"
    table.measure(scored, lambda: env.execute_query(score._get_score_sql(company)), bare)
    model = env["res.partner"]
    table.measure(
        "list of 80 by score",
        lambda: model.web_search_read(
            DOMAIN,
            {"complete_name": {}, "risk_score": {}, "risk_grade": {}},
            limit=80,
            order="risk_score desc",
        )["records"],
        scored,
    )
    table.measure(
        "distribution of the grades",
        lambda: model._read_group(DOMAIN, ["risk_grade"], ["__count"]),
        scored,
    )
    busiest = model.search(DOMAIN, order="credit_exposure desc", limit=1)
    table.measure(
        "credit page of a customer",
        lambda: env["credit.customer.file"].get_file(busiest.id),
        repeat=3,
    )
    return table


def measure(env: Any) -> None:
    set_limits(env)
    measure_lists(env).show("Customers: exposure and limits")
    measure_decisions(env).show("Decisions")
    measure_alerts(env).show("Alerts, score, credit page")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    parser.add_argument("--peers", action="store_true", help="beside OCA's, downloaded for it")
    options = parser.parse_args()
    extra = []
    if options.peers:
        peers.install(options.db, peers.RISK_MODULE)
        extra = peers.options()
    with databases.environment(options.db, "--log-level=warn", *extra) as env:
        measure(env)


if __name__ == "__main__":
    main()
