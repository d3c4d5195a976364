"""Working days and public holidays (pure functions)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from dateutil.easter import easter

_FR_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
#: Easter Monday, Ascension Day, Whit Monday, as days after Easter Sunday.
_FR_EASTER = (1, 39, 50)

#: A company that never works would make a search for a working day endless.
MAX_CLOSED_DAYS = 366


def public_holidays(country_code: str | None, year: int) -> frozenset[date]:
    """Return the national public holidays of a year.

    Only France is known (the eleven days of art. L3133-1 of the Code du travail); for any other
    country the set is empty and the company's own calendar of leaves decides.
    """
    if country_code != "FR":
        return frozenset()
    sunday = easter(year)
    return frozenset(date(year, month, day) for month, day in _FR_FIXED) | {
        sunday + timedelta(days=days) for days in _FR_EASTER
    }


def add_working_days(start: date, days: int, is_working: Callable[[date], bool]) -> date:
    """Return the day that lies ``days`` working days after ``start`` (before it when negative).

    With 0 the first working day from ``start`` on is returned, ``start`` itself included.

    :raises ValueError: no working day within ``MAX_CLOSED_DAYS``
    """
    step = timedelta(days=-1 if days < 0 else 1)
    current, left, closed = start, abs(days), 0
    if not left:
        current, left = start - step, 1
    while left:
        current += step
        if is_working(current):
            left, closed = left - 1, 0
            continue
        closed += 1
        if closed > MAX_CLOSED_DAYS:
            raise ValueError("no working day within a year")
    return current
