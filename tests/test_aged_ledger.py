"""The aged balance of a large generated book is the ledger's, at 24 month ends."""

import re
import subprocess

from bench import databases

#: Most of them with a history of several steps (bench.recipes).
INVOICES, RICH, CUSTOMERS = 20_000, 14_000, 2_000
MONTHS = 24


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
