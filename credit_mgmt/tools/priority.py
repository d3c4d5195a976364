"""Why one customer comes before another on the work list: points by component (pure functions).

Each component is a share between nothing and everything of the weight a company gives it; the
points of a customer are their sum. The SQL of the work list says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

#: Components in the order in which they are shown.
COMPONENTS = ("amount", "lateness", "probability", "broken", "contact", "value")
#: Days late, days later than usual, and days without a contact from which all points are given.
LATE_DAYS = 90
UNUSUAL_DAYS = 30
CONTACT_DAYS = 30
#: Broken promises within a year from which all points are given.
BROKEN = 2
#: A year's turnover is large from that many times the large amount on.
TURNOVER_FACTOR = 10


@dataclass(frozen=True)
class Facts:
    """What is known of a customer, in the company's currency and in days."""

    overdue: Decimal
    days_late: int
    usual_delay: int = 0
    broken: int = 0
    #: None: never.
    days_since_contact: int | None = None
    turnover: Decimal = Decimal(0)


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """Return which part of a whole something is, between 0 and 1."""
    return min(max(Decimal(part) / Decimal(whole), Decimal(0)), Decimal(1))


def shares(facts: Facts, large: Decimal) -> dict[str, Decimal]:
    """Return how much of each component a customer has, between 0 and 1.

    Nobody has points for nothing: where nothing is overdue all shares are 0.

    :param large: the overdue amount from which a debt is a large one
    """
    if facts.overdue <= 0:
        return dict.fromkeys(COMPONENTS, Decimal(0))
    since = facts.days_since_contact
    return {
        "amount": _share(facts.overdue, large),
        "lateness": _share(facts.days_late, LATE_DAYS),
        "probability": _share(facts.days_late - facts.usual_delay, UNUSUAL_DAYS),
        "broken": _share(facts.broken, BROKEN),
        "contact": Decimal(1) if since is None else _share(since, CONTACT_DAYS),
        "value": _share(facts.turnover, large * TURNOVER_FACTOR),
    }


def points(facts: Facts, weights: dict[str, int], large: Decimal) -> dict[str, Decimal]:
    """Return the points of each component, with one decimal.

    :param weights: the points that a whole component is worth
    """
    return {
        name: (share * weights[name]).quantize(Decimal("0.1"), ROUND_HALF_UP)
        for name, share in shares(facts, large).items()
    }
