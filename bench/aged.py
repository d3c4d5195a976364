"""The aged balance by customer beside bare SQL, and beside OCA's with `--peers`.

    .dev/bin/python -m bench.aged --db credit_bench [--peers]

For today, a month ago and a year ago: the median of several runs, each contender after
one run that does not count. All are taken in turn in one process, so that a machine that
becomes slower does so for all; memory, and the one run of the spreadsheet, are those of a
process for each. "screen" is what the screen asks for: a page with its names, and the totals.

"open items" is the least that today's figure can cost: one GROUP BY, no join. It leaves
out what is reconciled with a payment dated ahead, or with a draft, which the ledger has
open. "since" adds these back, and what was reconciled after a day of the past; "until" takes
off what was reconciled before, from the first entry on.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg2
from odoo.tools import SQL

from . import databases, ledger, peers

DAYS_AGO = {"today": 0, "a month ago": 30, "a year ago": 365}
REPEAT = 5
#: Seconds; what is quicker is run several times in a turn, of which the median counts.
SHORT = 1
#: A contender that needs longer than that for its runs has fewer of them.
PATIENCE = 120

BARE = ("open items", "since", "until")
OURS, PEER = "credit_mgmt", "OCA"
SCREEN, SHEET = "credit_mgmt screen", "credit_mgmt XLSX"

LINES = """
  FROM account_move_line line
 WHERE line.parent_state = 'posted'
   AND line.account_id IN %(accounts)s
   AND line.company_id = %(company)s
   AND line.date <= %(as_of)s
"""
AGE = "%(as_of)s - COALESCE(line.date_maturity, line.date)"
OPEN = f"SELECT line.partner_id, {AGE}, line.balance < 0, line.amount_residual {LINES}" + (
    " AND line.reconciled IS NOT TRUE"
    " AND (line.amount_residual <> 0 OR line.amount_residual_currency <> 0)"
)
BOOKED = f"SELECT line.partner_id, {AGE}, line.balance < 0, line.balance {LINES}"
PARTIALS = f"""
SELECT line.partner_id, {AGE}, line.balance < 0, SIGN * partial.amount
  FROM account_partial_reconcile partial
  JOIN account_move_line line ON line.id = partial.SIDE_move_id
 WHERE CONDITION
   AND {LINES.split("WHERE")[1]}
"""
#: The ledger has not reconciled that: dated later, or with a draft. In two parts, since the
#: second one is found from the few drafts.
LATER = "partial.max_date > %(as_of)s"
DRAFTS = (
    "(SELECT id FROM account_move_line WHERE parent_state <> 'posted'"
    " AND matching_number IS NOT NULL AND account_id IN %(accounts)s)"
)
WITH_DRAFT = f"partial.max_date <= %(as_of)s AND partial.OTHER_move_id IN {DRAFTS}"
EARLIER = f"partial.max_date <= %(as_of)s AND partial.OTHER_move_id NOT IN {DRAFTS}"


def _union(first: str, sign: int, *conditions: str) -> str:
    """Amounts, and those of reconciliations with the sign of the debit side."""
    parts = [first]
    for condition in conditions:
        for side, other, factor in (("debit", "credit", sign), ("credit", "debit", -sign)):
            statement = PARTIALS.replace("SIGN", str(factor)).replace("CONDITION", condition)
            parts.append(statement.replace("SIDE", side).replace("OTHER", other))
    return " UNION ALL ".join(parts)


STATEMENTS = {
    "open items": OPEN,
    "since": _union(OPEN, 1, LATER, WITH_DRAFT),
    "until": _union(BOOKED, -1, EARLIER),
}
BALANCE = """
SELECT item.partner_id,
       SUM(item.amount) FILTER (WHERE NOT item.credit AND item.age <= 0),
       SUM(item.amount) FILTER (WHERE NOT item.credit AND item.age BETWEEN 1 AND 30),
       SUM(item.amount) FILTER (WHERE NOT item.credit AND item.age BETWEEN 31 AND 60),
       SUM(item.amount) FILTER (WHERE NOT item.credit AND item.age BETWEEN 61 AND 90),
       SUM(item.amount) FILTER (WHERE NOT item.credit AND item.age BETWEEN 91 AND 120),
       SUM(item.amount) FILTER (WHERE NOT item.credit AND item.age > 120),
       SUM(item.amount) FILTER (WHERE item.credit),
       SUM(item.amount) AS total
  FROM (ITEMS) item (partner_id, age, credit, amount)
 GROUP BY item.partner_id
"""

Step = Callable[[], tuple[int, float]]


def bare(env: Any, kind: str, as_of: date) -> Step:
    accounts = env["credit.receivable"]._get_account_ids()
    statement = SQL(BALANCE.replace("ITEMS", STATEMENTS[kind]), as_of=as_of,
                    accounts=accounts, company=env.company.id)  # fmt: skip

    def step() -> tuple[int, float]:
        rows = env.execute_query(statement)
        return len(rows), sum(row[-1] for row in rows)

    return step


def ours(env: Any, _kind: str, as_of: date) -> Step:
    def step() -> tuple[int, float]:
        lines = env["credit.aged.balance"]._compute_lines(as_of, env.company.ids)
        return len(lines), sum(line["amounts"][-1] for line in lines)

    return step


def peer(env: Any, _kind: str, as_of: date) -> Step:
    """OCA's report as its own wizard asks for it, without the details of the items."""
    wizard = env["aged.partner.balance.report.wizard"].create(
        {"date_at": as_of, "receivable_accounts_only": True}
    )
    wizard.onchange_type_accounts_only()
    data = {**wizard._prepare_report_data(), "date_at": as_of.isoformat()}
    report = env["report.account_financial_report.aged_partner_balance"]

    def step() -> tuple[int, float]:
        accounts = report._get_report_values(wizard.ids, data)["aged_partner_balance"]
        return (
            sum(len(account["partners"]) for account in accounts),
            sum(account["residual"] for account in accounts),
        )

    return step


def screen(env: Any, _kind: str, as_of: date) -> Step:
    def step() -> tuple[int, float]:
        options = {"as_of": as_of.isoformat(), "company_ids": env.company.ids}
        report = env["credit.aged.balance"].get_report(options)
        return report["count"], report["totals"][0]["amounts"][-1]

    return step


def sheet(env: Any, _kind: str, as_of: date) -> Step:
    def step() -> tuple[int, float]:
        options = {"as_of": as_of.isoformat(), "company_ids": env.company.ids}
        return len(env["credit.aged.balance"].export_xlsx(options)), 0

    return step


CONTENDERS = {**dict.fromkeys(BARE, bare), OURS: ours, PEER: peer, SCREEN: screen,
              SHEET: sheet}  # fmt: skip


def measure(env: Any, day: str, names: list[str], repeat: int) -> list[dict]:
    """Run the contenders in turn; what each needs, as numbers."""
    as_of = env.company._get_credit_today() - timedelta(days=DAYS_AGO[day])
    results = [{"name": name, "seconds": []} for name in names]
    steps = [CONTENDERS[name](env, name, as_of) for name in names]
    env.flush_all()
    started = time.monotonic()
    for turn in range(repeat + 1):
        for result, step in zip(results, steps, strict=True):
            gc.collect()
            seconds = []
            while sum(seconds) < SHORT and len(seconds) < (REPEAT if repeat else 1):
                env.invalidate_all()
                queries, start = env.cr.sql_log_count, time.perf_counter()
                result["rows"], result["total"] = step()
                seconds.append(time.perf_counter() - start)
                result["queries"] = env.cr.sql_log_count - queries
            result["total"] = round(float(result["total"]), 2)
            if turn or repeat == 0:
                result["seconds"].append(statistics.median(seconds))
        if turn and time.monotonic() - started > PATIENCE:
            break
    return results


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure_apart(database: str, day: str, names: list[str], repeat: int, peer: bool) -> Any:
    command = [sys.executable, "-m", "bench.aged", "--db", database, "--day", day]
    command += ["--repeat", str(repeat), "--only", *names]
    command += ["--peers"] if peer else []
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def _vacuum(database: str) -> None:
    """What autovacuum has done in a book that was not written a minute ago."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in ("account_move", "account_move_line", "account_partial_reconcile",
                      "res_partner"):  # fmt: skip
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    connection.close()


def compare(database: str, repeat: int, with_peers: bool) -> None:
    """Print the table of all contenders at all days."""
    _vacuum(database)
    print(f"{'':<14}{'':<19}{'seconds':>9}{'runs':>5}{'queries':>8}{'MB':>6}{'+MB':>6}"
          f"{'rows':>8}{'total':>16}  beside")  # fmt: skip
    for day in DAYS_AGO:
        # At a past date the items that are open today say nothing.
        compared = [*(BARE if day == "today" else BARE[1:]), OURS]
        others = [*([PEER] if with_peers else []), SCREEN]
        timed = _measure_apart(database, day, [*compared, *others], repeat, with_peers)["results"]
        memory = {}
        for name in (OURS, *others, SHEET):
            apart = _measure_apart(database, day, [name], 0, with_peers)
            memory[name] = (apart["peak"], apart["peak"] - apart["before"])
            timed += apart["results"] if name == SHEET else []
        _show(day, timed, memory)


def _show(day: str, results: list[dict], memory: dict[str, tuple[float, float]]) -> None:
    medians = {row["name"]: statistics.median(row["seconds"]) for row in results}
    own = medians[OURS]
    for row in results:
        name = row["name"]
        if name in BARE:
            ratio = f"ours: {own / medians[name]:.2f} x"
        else:
            ratio = f"{medians[name] / own:.1f} x ours" if name != OURS else ""
        peak = "".join(f"{number:>6.0f}" for number in memory.get(name, ())) or " " * 12
        print(f"{day:<14}{name:<19}{medians[name]:>9.3f}{len(row['seconds']):>5}"
              f"{row['queries']:>8}{peak}{row['rows']:>8}{row['total']:>16,.2f}  {ratio}",
              flush=True)  # fmt: skip


def _options(with_peers: bool) -> list[str]:
    return peers.options() if with_peers else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    parser.add_argument("--repeat", type=int, default=REPEAT)
    parser.add_argument("--peers", action="store_true",
                        help="beside OCA's account_financial_report, downloaded and "
                        "installed in this database")  # fmt: skip
    parser.add_argument("--months", type=int, default=0,
                        help="also compare so many month ends with the ledger")  # fmt: skip
    parser.add_argument("--day", choices=DAYS_AGO, help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.only:
        if options.peers:
            peers.install(options.db)
        compare(options.db, options.repeat, options.peers)
        if options.months:
            with databases.environment(options.db, "--log-level=warn",
                                       *_options(options.peers)) as env:  # fmt: skip
                ledger.check(env, options.months)
        return
    with databases.environment(options.db, "--log-level=warn", *_options(options.peers)) as env:
        before = _peak()
        results = measure(env, options.day, options.only, options.repeat)
        print(json.dumps({"results": results, "before": before, "peak": _peak()}))


if __name__ == "__main__":
    main()
