"""Calendar months as the indicators count them (pure functions)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta


def is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def month_end(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day + relativedelta(day=31)


def back(day: date, months: int) -> date:
    """Return the day on which a period of so many months that ends on ``day`` is still to begin.

    From a month end it is a month end: one month before 28 February is 31 January.
    """
    earlier = day - relativedelta(months=months)
    return month_end(earlier) if is_month_end(day) else earlier


def month_ends(last: date, count: int) -> list[date]:
    """Return ``count`` ascending days: month ends before ``last``, and ``last`` itself."""
    first = last.replace(day=1)
    earlier = [first - relativedelta(months=n) - timedelta(days=1) for n in range(count - 1)]
    return [*reversed(earlier), last]


def months_before(day: date, count: int) -> list[tuple[date, date]]:
    """Return the (last day of the month before, last day) of months, newest first.

    The newest month ends on ``day``, whether the calendar's month does or not.
    """
    ends = month_ends(day, count + 1)
    return [(ends[n - 1], ends[n]) for n in range(count, 0, -1)]


def boundaries(days: Iterable[date], periods: Iterable[int], history: int) -> list[date]:
    """Return, ascending, every day on which something is to be known for indicators on ``days``.

    :param periods: lengths in months of the periods that end on one of the days
    :param history: number of months that the count-back may go back
    """
    lengths = sorted(set(periods))
    known: set[date] = set()
    for day in days:
        known.update(back(day, months) for months in lengths)
        known.update(month_ends(day, history + 1))
    return sorted(known)
