"""The aged balance beside the receivable accounts, at month ends of a book.

    .dev/bin/python -m bench.ledger --db credit_bench

Compares the totals of each company, and those of each currency, with what the journal
items add up to. Exits with 1 and lists the differences where one is not zero.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from odoo.tools import SQL

from . import databases

#: What has happened until the end of a day, without any reconciliation.
LEDGER = """
SELECT line.company_id, line.currency_id, SUM(line.balance), SUM(line.amount_currency)
  FROM account_move_line line
  JOIN account_move move ON move.id = line.move_id
  JOIN account_account account ON account.id = line.account_id
 WHERE account.account_type = 'asset_receivable'
   AND move.state = 'posted'
   AND move.date <= %(as_of)s
 GROUP BY line.company_id, line.currency_id
"""


def month_ends(on: date, months: int) -> list[date]:
    """The last days of that many months before a day, latest first."""
    ends, end = [], on.replace(day=1) - timedelta(days=1)
    for _month in range(months):
        ends.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return ends


def figures(env: Any, as_of: date) -> Iterator[tuple[str, float, float]]:
    """What each figure is, as the aged balance says, and as the ledger says."""
    rows = env.execute_query(SQL(LEDGER, as_of=as_of))
    for company in env["res.company"].search([]):
        ledger = {row[1]: row[2:] for row in rows if row[0] == company.id}
        aged = sum(_totals(company, as_of, "company").values())
        balance = sum(amounts[0] for amounts in ledger.values())
        own = company.currency_id
        yield f"{as_of} {company.name}", own.round(aged), own.round(balance)
        totals = _totals(company, as_of, "original")
        for currency in env["res.currency"].browse({*totals, *ledger}):
            aged = totals.get(currency.id, 0.0)
            balance = ledger[currency.id][1] if currency.id in ledger else 0.0
            label = f"{as_of} {company.name}, {currency.name}"
            yield label, currency.round(aged), currency.round(balance)


def _totals(company: Any, as_of: date, currency: str) -> dict[int, float]:
    """Total of all customers by currency, through the lines by customer."""
    model = company.env["credit.aged.balance"].with_company(company)
    totals: dict[int, float] = {}
    for line in model._compute_lines(as_of, company.ids, currency=currency):
        *columns, total = line["amounts"]
        assert round(sum(columns) - total, 2) == 0, line
        key = line["currency"].id
        totals[key] = totals.get(key, 0.0) + total
    return totals


def check(env: Any, months: int) -> list[str]:
    """Compare month ends, today and a day to come; print the result, return what differs."""
    today = env.company._get_credit_today()
    days = [today + timedelta(days=10), today, *month_ends(today, months)]
    compared = [figure for day in days for figure in figures(env, day)]
    wrong = [f"{label}: {aged} instead of {balance}"
             for label, aged, balance in compared if aged != balance]  # fmt: skip
    print("\n".join(wrong))
    print(f"Ledger: {len(days)} days, {len(compared)} figures, {len(wrong)} differences")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    parser.add_argument("--months", type=int, default=24)
    options = parser.parse_args()
    with databases.environment(options.db, "--log-level=warn") as env:
        if check(env, options.months):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
