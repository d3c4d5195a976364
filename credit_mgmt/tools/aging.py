"""Ageing of a receivable item: days late and the bucket they fall in (pure functions)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

#: Upper edges in days of every bucket but the last:
#: not due, 1-30, 31-60, 61-90, 91-120, over 120.
DEFAULT_EDGES = (0, 30, 60, 90, 120)


def days_overdue(due: date, as_of: date) -> int:
    """Return the days between the due date and ``as_of``: 0 on the due date, negative before it."""
    return (as_of - due).days


def bucket(days: int, edges: Sequence[int] = DEFAULT_EDGES) -> int:
    """Return the index of the bucket that holds an item ``days`` late.

    :param days: days after the due date; 0 or less is not due
    :param edges: ascending upper bounds in days, the first one (0) closing "not due"
    :return: 0 for not due, then 1 per bucket; ``len(edges)`` beyond the last edge
    :raises ValueError: edges that are empty or not strictly ascending
    """
    if not edges or any(a >= b for a, b in pairwise(edges)):
        raise ValueError("edges must be ascending and not empty")
    return bisect_left(edges, days)
