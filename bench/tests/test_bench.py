import subprocess
from datetime import date

import pytest

from bench import databases
from bench.generate import Book, parse


def test_options_describe_a_book():
    database, book = parse(["--db", "some", "--invoices", "500", "--customers", "50",
                            "--overdue-customers", "10", "--on", "2026-03-10"])  # fmt: skip
    assert database == "some"
    assert book == Book(500, 50, 10, on=date(2026, 3, 10))


@pytest.mark.parametrize(
    "values",
    [
        {"invoices": 10, "customers": 20},
        {"customers": 20, "overdue_customers": 30},
        {"invoices": 20, "customers": 20, "overdue_customers": 20},
        {"days": 50},
    ],
)
def test_an_impossible_book_is_refused(values):
    with pytest.raises(ValueError):
        Book(**values)


def test_a_book_is_what_odoo_would_have_written():
    command = [databases.CHECKOUT.bin / "python", "-m", "bench.tests.books"]
    result = subprocess.run(
        [*command, databases.name("test")],
        cwd=databases.CHECKOUT.root, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "Preparing a run" in result.stdout
