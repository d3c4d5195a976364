"""A score from 0 to 100 out of weighted components, each of which can be told in words.

The same formulas stand in SQL in ``credit.risk.score``, for lists of many customers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

#: From this score on, a customer has the grade.
GRADES: tuple[tuple[str, int], ...] = (("A", 80), ("B", 60), ("C", 40), ("D", 20), ("E", 0))
#: Weight of the known components below which nothing is said.
MIN_WEIGHT = 30.0


def share(value: float, best: float, worst: float) -> float:
    """Return what part of its points a component gets: 1 at the best value, 0 at the worst.

    >>> share(30, best=0, worst=60)
    0.5
    >>> share(36, best=36, worst=0)
    1.0
    """
    return min(max((worst - value) / (worst - best), 0.0), 1.0)


def score(components: Iterable[tuple[float, float | None, float, float]]) -> int | None:
    """Return the weighted average of the known components on 100, as a whole number.

    :param components: (weight, value or None when not known, best, worst)
    :return: None when too little is known
    """
    known = [row for row in components if row[1] is not None]
    weight = sum(row[0] for row in known)
    if weight < MIN_WEIGHT:
        return None
    points = sum(w * share(value or 0.0, best, worst) for w, value, best, worst in known)
    return math.floor(points / weight * 100.0 + 0.5)


def grade(value: float | None) -> str | None:
    """Return the letter of a score, A the best.

    >>> grade(80), grade(79), grade(0), grade(None)
    ('A', 'B', 'E', None)
    """
    if value is None:
        return None
    return next(letter for letter, least in GRADES if value >= least)
