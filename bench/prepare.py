"""Preparing a run and reading the open items, beside the bare SQL of the same work.

    .dev/bin/python -m bench.prepare --db credit_bench

Everything is rolled back.
"""

from __future__ import annotations

import argparse
from typing import Any

from odoo.tools import SQL

from . import databases
from .measure import Table

#: What any list of open items must read at least: the ledger alone.
BARE_COUNT = """
SELECT COUNT(*)
  FROM account_move_line
 WHERE parent_state = 'posted'
   AND reconciled IS NOT TRUE
   AND account_id IN (
        SELECT id FROM account_account WHERE account_type = 'asset_receivable')
"""
BARE_BUCKETS = (
    BARE_COUNT.replace(
        "COUNT(*)", "(%(on)s - COALESCE(date_maturity, date)) / 30, SUM(amount_residual)"
    )
    + " GROUP BY 1"
)
BARE_PAGE = BARE_COUNT.replace("COUNT(*)", "id, amount_residual, date_maturity") + (
    " ORDER BY COALESCE(date_maturity, date), id LIMIT 80"
)


def measure_prepare(env: Any) -> tuple[Table, Any]:
    """The decision alone, then the whole preparation."""
    table = Table(env)
    run = env["credit.dunning.run"].create({"company_id": env.company.id})

    def decide() -> list:
        return env.execute_query(run._get_decision_sql())

    table.measure("count, bare SQL", lambda: _fetch(env, BARE_COUNT), repeat=3)
    table.measure("decision, bare SQL", decide, "count, bare SQL", repeat=3)
    table.measure("prepare", run.action_prepare, "decision, bare SQL")
    return table, run


def measure_lists(env: Any) -> Table:
    """The list of open items as its screen reads it: page, groups, count."""
    table = Table(env)
    model = env["credit.receivable"]
    fields = {"name": {}, "partner_id": {"fields": {"display_name": {}}},
              "date_maturity": {}, "amount_residual": {}, "days_overdue": {},
              "state": {}, "dunning_level_id": {"fields": {"display_name": {}}}}  # fmt: skip
    on = env.company._get_credit_today()
    steps = {
        "count": (BARE_COUNT, lambda: model.search_count([])),
        "group by bucket": (
            BARE_BUCKETS,
            lambda: model._read_group([], ["bucket"], ["amount_residual:sum", "__count"]),
        ),
        "page of 80 by due date": (
            BARE_PAGE,
            lambda: model.web_search_read([], fields, limit=80, count_limit=10001)["records"],
        ),
        "overdue of one customer": (
            BARE_COUNT + " AND partner_id = (SELECT MAX(id) FROM res_partner)",
            lambda: model.search([("partner_id", "=", _last_partner(env)),
                                  ("state", "=", "overdue")]),
        ),
    }  # fmt: skip
    for label, (statement, step) in steps.items():
        bare = f"{label}, bare SQL"
        table.measure(bare, lambda s=statement: _fetch(env, s, on=on), repeat=3)
        table.measure(label, step, bare, repeat=3)
    return table


def _fetch(env: Any, statement: str, **values: Any) -> list:
    return env.execute_query(SQL(statement, **values))


def _last_partner(env: Any) -> int:
    return _fetch(env, "SELECT MAX(id) FROM res_partner")[0][0]


def measure(env: Any) -> Any:
    """Print what the book of this database costs; return the run prepared for it."""
    lists = measure_lists(env)
    table, run = measure_prepare(env)
    lines = env["credit.dunning.notice.line"].search_count([("notice_id.run_id", "=", run.id)])
    table.show("Preparing a run")
    print(f"{run.notice_count} notices, {lines} lines, {run.skip_count} items left out")
    lists.show("Open items")
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    options = parser.parse_args()
    with databases.environment(options.db, "--log-level=warn") as env:
        measure(env)


if __name__ == "__main__":
    main()
