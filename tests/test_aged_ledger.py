"""The aged balance of a large generated book: right at 24 month ends, and read from its index."""

import re
import subprocess

import psycopg2

from bench import databases

#: Most of them with a history of several steps (bench.recipes).
INVOICES, RICH, CUSTOMERS = 20_000, 14_000, 2_000
MONTHS = 24
#: Prints the plan of the statement behind the aged balance of today.
PLAN = """
import sys
from unittest.mock import patch
from bench import databases
from odoo.tools import SQL
with databases.environment(sys.argv[1], "--log-level=warn") as env:
    execute_query, statements = env.execute_query, []
    def execute(_env, query):
        statements.append(query)
        return execute_query(query)
    with patch.object(type(env), "execute_query", execute):
        env["credit.aged.balance"]._compute_lines()
    balance = next(query for query in statements if "COUNT(*), SUM(" in query.code)
    print(*(line for [line] in execute_query(SQL("EXPLAIN %s", balance))), sep="\\n")
"""


def run(module, database, *arguments):
    command = [databases.CHECKOUT.bin / "python", "-m", f"bench.{module}", "--db", database]
    return subprocess.run(
        [*command, *map(str, arguments)],
        cwd=databases.CHECKOUT.root, capture_output=True, text=True,
    )  # fmt: skip


def test_aged_balance_ties_to_the_ledger(database):
    """Rule 11: per company and per currency, to the cent; today and ten days ahead too."""
    generated = run("generate", database, "--invoices", INVOICES, "--rich", RICH,
                    "--customers", CUSTOMERS, "--overdue-customers", CUSTOMERS // 4,
                    "--history", 1)  # fmt: skip
    assert generated.returncode == 0, generated.stderr
    compared = run("ledger", database, "--months", MONTHS)
    assert compared.returncode == 0, compared.stdout + compared.stderr
    days, figures = map(int, re.search(r"(\d+) days, (\d+) figures", compared.stdout).groups())
    # Two companies with two currencies each: six figures a day, but at the book's beginning.
    assert days == MONTHS + 2
    assert figures > 5 * days
    plan = open_items_plan(database)
    assert re.search(r"Index Only Scan using account_move_line_credit_open_idx .* line ", plan), (
        plan
    )


def open_items_plan(database):
    """One more column of the items, and the database would read all journal items."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) account_move_line, res_partner")
    connection.close()
    return subprocess.run(
        [databases.CHECKOUT.bin / "python", "-c", PLAN, database],
        cwd=databases.CHECKOUT.root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
