import subprocess
from datetime import date

import pytest

from bench import databases
from bench.generate import Book, book_arguments, parse
from bench.ledger import month_ends
from bench.recipes import MOST, RECIPES


def test_options_describe_a_book():
    database, book = parse(["--db", "some", "--invoices", "500", "--customers", "50",
                            "--overdue-customers", "10", "--on", "2026-03-10"])  # fmt: skip
    assert database == "some"
    assert book == Book(500, 50, 10, on=date(2026, 3, 10))


def test_options_can_be_passed_on():
    book = Book(500, 50, 10, on=date(2026, 3, 10), rich=20)
    assert parse(["--db", "some", *book_arguments(book)]) == ("some", book)


@pytest.mark.parametrize(
    "values",
    [
        {"invoices": 10, "customers": 20},
        {"customers": 20, "overdue_customers": 30},
        {"invoices": 20, "customers": 20, "overdue_customers": 20},
        {"days": 50},
        {"invoices": 100, "customers": 50, "overdue_customers": 5, "rich": 60},
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


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_consistent(name):
    """What is matched exists, on opposite sides and the same account, and is not exceeded."""
    recipe = RECIPES[name]
    assert max(len(recipe.moves), len(recipe.matches)) <= MOST
    lines = {(m, n): line for m, move in enumerate(recipe.moves)
             for n, line in enumerate(move.lines)}  # fmt: skip
    assert len(lines) <= MOST
    left = {place: abs(line.share) for place, line in lines.items() if not line.less}
    for match in recipe.matches:
        debit, credit = lines[match.debit], lines[match.credit]
        assert debit.share > 0 > credit.share
        assert debit.account == credit.account
        if not match.less:
            for place in (match.debit, match.credit):
                left[place] -= match.share
    assert min(left.values()) >= 0


def test_month_ends():
    ends = month_ends(date(2026, 3, 31), 3)
    assert ends == [date(2026, 2, 28), date(2026, 1, 31), date(2025, 12, 31)]
