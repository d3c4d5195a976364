"""Ageing of a receivable item: days late and the bucket they fall in (pure functions)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
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
    check_edges(edges)
    return bisect_left(edges, days)


def check_edges(edges: Sequence[int]) -> None:
    """Check the bounds of the buckets.

    :raises ValueError: edges that are empty or not strictly ascending
    """
    if not edges or any(a >= b for a, b in pairwise(edges)):
        raise ValueError("edges must be ascending and not empty")


def bucket_bounds(edges: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Return the first and the last day of each bucket, None where it has no end.

    >>> bucket_bounds((0, 30))
    [(None, 0), (1, 30), (31, None)]
    """
    return [
        (edges[index - 1] + 1 if index else None, edges[index] if index < len(edges) else None)
        for index in range(len(edges) + 1)
    ]


def month_starts(as_of: date, months: int) -> list[date]:
    """Return the first days of the latest calendar months that began before ``as_of``.

    The month of ``as_of`` comes first, unless ``as_of`` is its first day: nothing of that
    month is in the past then.
    """
    starts = []
    start = (as_of - timedelta(days=1)).replace(day=1)
    for _number in range(months):
        starts.append(start)
        start = (start - timedelta(days=1)).replace(day=1)
    return starts


def month_edges(as_of: date, months: int) -> tuple[int, ...]:
    """Return the edges of buckets that are calendar months: not due, then one per month.

    >>> month_edges(date(2026, 3, 10), 2)
    (0, 9, 37)
    """
    return (0, *((as_of - start).days for start in month_starts(as_of, months)))
