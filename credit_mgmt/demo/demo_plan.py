"""From the tables of ``demo_data`` to dated invoices and settlements; pure Python, no ORM.

The same seed gives the same plan: only the day from which the ages count differs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from .demo_data import CUSTOMERS, GOODS, HISTORY_AGE, Credit, Customer, Item

#: How many days after the due date a payer of each kind pays: mean, spread, least, most.
PAYERS = {
    "punctual": (-2, 3, -9, 4),
    "slow": (13, 6, 2, 26),
    "very_slow": (36, 12, 15, 70),
}
#: One paid invoice out of so many is settled in part by a credit note.
CREDIT_NOTE_EVERY = 18
#: The paid invoices of a customer, at least and at most.
PAID_INVOICES = (3, 6)
#: A bank entry is never of today: the statement came in over night.
NEWEST_PAYMENT = 1


@dataclass(eq=False)
class Settlement:
    """What closes an invoice, wholly or in part."""

    age: int
    #: Share of the invoice's total; None: all that is left but for ``short_by``.
    share: float | None = None
    short_by: float = 0.0
    kind: str = "payment"


@dataclass(eq=False)
class Document:
    """An invoice, or a credit note on its own; ``age`` counts from its date."""

    customer: Customer
    age: int
    amount: float
    terms: int | tuple[int, int]
    wording: str
    currency: str = "EUR"
    kind: str = "invoice"
    mark: str = ""
    settlements: list[Settlement] = field(default_factory=list)


def customers_of(company: str) -> list[Customer]:
    return [customer for customer in CUSTOMERS if customer.buys_from in (company, "both")]


def open_of(customer: Customer, company: str) -> tuple:
    return customer.open if company == "first" else customer.open_second


def documents(company: str) -> list[Document]:
    """Return the invoices and credit notes of a company, oldest first."""
    found: list[Document] = []
    for customer in customers_of(company):
        rng = random.Random(f"{company} {customer.name}")
        found += _paid_documents(rng, company, customer)
        found += _open_documents(rng, company, customer)
    return sorted(found, key=lambda document: -document.age)


def _paid_documents(rng: random.Random, company: str, customer: Customer) -> Iterator[Document]:
    count = rng.randint(*PAID_INVOICES)
    # What is paid by now was due long enough ago for the slowest of the kind.
    newest = customer.terms + PAYERS[customer.payer][3] + 5
    for number in range(count):
        # Denser towards today: the business grows.
        share = ((number + rng.uniform(0.05, 0.95)) / count) ** 1.5
        age = round(newest + share * (HISTORY_AGE - newest))
        paid_at = age - customer.terms - _delay(rng, customer.payer)
        settlements = [Settlement(max(paid_at, 4))]
        if not rng.randrange(CREDIT_NOTE_EVERY):
            share = rng.choice((0.1, 0.15, 0.25))
            settlements.insert(0, Settlement(max(paid_at, 4) + 6, share, kind="credit_note"))
        yield Document(
            customer, age, round(customer.usual * rng.uniform(0.6, 1.5), 2), customer.terms,
            rng.choice(GOODS[company]), customer.currency, settlements=settlements,
        )  # fmt: skip


def _delay(rng: random.Random, payer: str) -> int:
    mean, spread, least, most = PAYERS[payer]
    return min(max(round(rng.gauss(mean, spread)), least), most)


def _open_documents(rng: random.Random, company: str, customer: Customer) -> Iterator[Document]:
    for row in open_of(customer, company):
        wording = rng.choice(GOODS[company])
        if isinstance(row, Item):
            first_term = row.terms[0] if isinstance(row.terms, tuple) else row.terms
            yield Document(
                customer, row.age + first_term, row.amount, row.terms, wording, row.currency,
                mark=row.mark, settlements=list(_part_settlements(row)),
            )  # fmt: skip
        elif isinstance(row, Credit) and row.kind == "credit_note":
            yield Document(customer, row.age, row.amount, 0, wording, kind="credit_note")


def _part_settlements(item: Item) -> Iterator[Settlement]:
    if item.part_paid:
        share, age = item.part_paid
        yield Settlement(age, share)
    if item.short_by:
        yield Settlement(max(item.age - 8, NEWEST_PAYMENT), short_by=item.short_by)
