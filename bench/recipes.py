"""What happens to an invoice in a richer book: one recipe per kind of history.

Amounts are percents of the amount of the invoice, positive in debit. The days of a move
count from the date of the invoice, or from the day of the book where it is ``ahead``;
those until a line is due count from its own move. Only recent invoices are ``ahead`` or
drafts: older ones are posted, and paid when others are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Room for the moves of an invoice, and for lines and reconciliations among them.
MOST = 8
#: Rates of the foreign currency on the day of the invoice, and on that of the payment.
BOOKED, HIGHER, LOWER = 1.10, 1.15, 1.02


@dataclass(frozen=True)
class Line:
    """An item, by default in company currency on the customer's receivable account.

    With a ``rate`` it is in the foreign currency. With ``less`` it has no amount in that
    currency, only what the difference of the two rates is worth: an exchange difference.
    """

    share: int
    due: int | None = None
    rate: float | None = None
    less: float | None = None
    account: str = "receivable"
    partner: str | None = "customer"


@dataclass(frozen=True)
class Match:
    """A reconciliation of two lines, each given as (move, line)."""

    debit: tuple[int, int]
    credit: tuple[int, int]
    share: int
    rate: float | None = None
    less: float | None = None
    exchange: int | None = None
    cash_basis: int | None = None


@dataclass(frozen=True)
class Move:
    journal: str
    days: int
    lines: tuple[Line, ...]
    kind: str = "entry"
    state: str = "posted"
    ahead: bool = False


@dataclass(frozen=True)
class Recipe:
    """Moves, the invoice first. What would be dated after the day of the book does not
    exist yet, nor do its reconciliations, unless it is ``ahead``."""

    moves: tuple[Move, ...]
    matches: tuple[Match, ...] = ()


def invoice(*lines: Line, **values: Any) -> Move:
    return Move("sale", values.pop("days", 0), lines, "out_invoice", **values)


def refund(days: int, share: int) -> Move:
    return Move("sale", days, (Line(share, due=0),), "out_refund")


def bank(days: int, share: int, ahead: bool = False, **values: Any) -> Move:
    return Move("bank", days, (Line(share, **values),), ahead=ahead)


WHOLE = Line(100, due=30)
FOREIGN = Line(100, due=45, rate=BOOKED)

RECIPES = {
    "three partial payments": Recipe(
        (invoice(WHOLE), bank(20, -30), bank(40, -30), bank(75, -40)),
        tuple(Match((0, 0), (n, 0), share) for n, share in ((1, 30), (2, 30), (3, 40))),
    ),
    "paid in part": Recipe(
        (invoice(WHOLE), bank(25, -50), bank(55, -25)),
        (Match((0, 0), (1, 0), 50), Match((0, 0), (2, 0), 25)),
    ),
    "credit note and payment": Recipe(
        (invoice(WHOLE), refund(10, -40), bank(50, -60)),
        (Match((0, 0), (1, 0), 40), Match((0, 0), (2, 0), 60)),
    ),
    "credit note left open": Recipe(
        (invoice(WHOLE), refund(12, -25), bank(33, -100)),
        (Match((0, 0), (2, 0), 100),),
    ),
    "credit note paid out": Recipe(
        (Move("sale", 0, (Line(-100, due=0),), "out_refund"), bank(15, 100)),
        (Match((1, 0), (0, 0), 100),),
    ),
    "paid too much": Recipe(
        (invoice(WHOLE), bank(30, -120)),
        (Match((0, 0), (1, 0), 100),),
    ),
    "payment left unallocated": Recipe((invoice(WHOLE), bank(20, -50))),
    "paid before it was invoiced": Recipe(
        (invoice(WHOLE), bank(-25, -100)),
        (Match((0, 0), (1, 0), 100),),
    ),
    "three instalments": Recipe(
        (
            invoice(Line(30, due=30), Line(30, due=60), Line(40, due=90)),
            bank(45, -45),
            bank(95, -25),
        ),
        (
            Match((0, 0), (1, 0), 30),
            Match((0, 1), (1, 0), 15),
            Match((0, 1), (2, 0), 15),
            Match((0, 2), (2, 0), 10),
        ),
    ),
    "exchange gain": Recipe(
        (
            invoice(FOREIGN),
            bank(50, -100, rate=HIGHER),
            Move("exchange", 50, (Line(100, rate=HIGHER, less=BOOKED),)),
        ),
        (
            Match((0, 0), (1, 0), 100, rate=BOOKED, exchange=2),
            Match((2, 0), (1, 0), 100, rate=HIGHER, less=BOOKED),
        ),
    ),
    "exchange loss": Recipe(
        (
            invoice(FOREIGN),
            bank(60, -100, rate=LOWER),
            Move("exchange", 60, (Line(-100, rate=BOOKED, less=LOWER),)),
        ),
        (
            Match((0, 0), (1, 0), 100, rate=LOWER, exchange=2),
            Match((0, 0), (2, 0), 100, rate=BOOKED, less=LOWER),
        ),
    ),
    "exchange gain on a part": Recipe(
        (
            invoice(FOREIGN),
            bank(40, -40, rate=HIGHER),
            Move("exchange", 40, (Line(40, rate=HIGHER, less=BOOKED),)),
        ),
        (
            Match((0, 0), (1, 0), 40, rate=BOOKED, exchange=2),
            Match((2, 0), (1, 0), 40, rate=HIGHER, less=BOOKED),
        ),
    ),
    # The tax waits on an account that can be reconciled, which is no receivable account.
    "tax on a cash basis": Recipe(
        (
            invoice(WHOLE, Line(-20, account="transition")),
            bank(40, -100),
            Move("cash_basis", 40, (Line(20, account="transition"),)),
        ),
        (
            Match((0, 0), (1, 0), 100, cash_basis=2),
            Match((2, 0), (0, 1), 20),
        ),
    ),
    # Set up wrongly, but in the books: a receivable line on the cash-basis journal.
    "cash basis on the receivable account": Recipe(
        (
            invoice(WHOLE, Line(-20, account="transition")),
            Move("cash_basis", 35, (Line(20, account="transition"), Line(5, due=0))),
        ),
    ),
    "cancelled": Recipe((invoice(WHOLE, state="cancel"),)),
    "draft": Recipe((invoice(WHOLE, state="draft"),)),
    # Odoo keeps the reconciliations of an invoice that goes back to draft.
    "paid, then back to draft": Recipe(
        (invoice(WHOLE, state="draft"), bank(30, -100)),
        (Match((0, 0), (1, 0), 100),),
    ),
    "payment dated ahead": Recipe(
        (invoice(WHOLE), bank(20, -100, ahead=True)),
        (Match((0, 0), (1, 0), 100),),
    ),
    "dated ahead": Recipe(
        (invoice(WHOLE, days=15, ahead=True), bank(5, -10, ahead=True)),
    ),
    "written off": Recipe(
        (invoice(WHOLE), Move("general", 200, (Line(-100),))),
        (Match((0, 0), (1, 0), 100),),
    ),
    "on an archived account": Recipe(
        (invoice(Line(100, due=30, account="archived")), bank(60, -70, account="archived")),
        (Match((0, 0), (1, 0), 70),),
    ),
    "entry on a contact and another account": Recipe(
        (
            Move("general", 0, (Line(100, due=60, account="other", partner="contact"),)),
            bank(70, -30, account="other", partner="customer"),
        ),
        (Match((0, 0), (1, 0), 30),),
    ),
    "entry without customer": Recipe(
        (Move("general", 0, (Line(100, partner=None),)), bank(80, -100, partner=None)),
        (Match((0, 0), (1, 0), 100),),
    ),
}  # fmt: skip


def move_rows() -> Iterator[tuple]:
    """(recipe, move, journal, days, kind, state, ahead)"""
    for number, recipe in enumerate(RECIPES.values()):
        for index, move in enumerate(recipe.moves):
            yield number, index, move.journal, move.days, move.kind, move.state, move.ahead


def line_rows() -> Iterator[tuple]:
    """(recipe, slot, move, share, due, rate, less, account, partner)"""
    for number, recipe in enumerate(RECIPES.values()):
        for (index, position), slot in _slots(recipe).items():
            line = recipe.moves[index].lines[position]
            yield (number, slot, index, line.share, line.due, line.rate, line.less,
                   line.account, line.partner)  # fmt: skip


def match_rows() -> Iterator[tuple]:
    """(recipe, match, debit slot, credit slot, share, rate, less, exchange, cash basis)"""
    for number, recipe in enumerate(RECIPES.values()):
        slots = _slots(recipe)
        for index, match in enumerate(recipe.matches):
            yield (number, index, slots[match.debit], slots[match.credit], match.share,
                   match.rate, match.less, match.exchange, match.cash_basis)  # fmt: skip


def _slots(recipe: Recipe) -> dict[tuple[int, int], int]:
    """Number of each line among all lines of a recipe."""
    places = [
        (index, position)
        for index, move in enumerate(recipe.moves)
        for position in range(len(move.lines))
    ]
    return {place: slot for slot, place in enumerate(places)}
