"""Dates and amounts of the instalments of a payment plan."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from dateutil.relativedelta import relativedelta

#: Time between two instalments; "month_end" is the last day of each month.
RHYTHMS = {
    "week": relativedelta(weeks=1),
    "fortnight": relativedelta(weeks=2),
    "month": relativedelta(months=1),
    "month_end": relativedelta(months=1),
    "quarter": relativedelta(months=3),
}
_DAYS_PER_YEAR = Decimal(365)


def dates(first: date, number: int, rhythm: str) -> Iterator[date]:
    """Yield the dates of ``number`` instalments from ``first`` on.

    Each is counted from the first one, so that the 31st comes back after a short month.
    """
    step = RHYTHMS[rhythm]
    for index in range(number):
        day = first + step * index
        if rhythm == "month_end":
            day += relativedelta(day=31)
        yield day


def split(amount: Decimal, number: int, digits: int = 2) -> list[Decimal]:
    """Return ``number`` equal parts of an amount; the last one takes the rounding."""
    unit = Decimal(1).scaleb(-digits)
    part = (amount / number).quantize(unit, ROUND_DOWN)
    return [part] * (number - 1) + [amount - part * (number - 1)]


def interest(
    start: date, instalments: list[tuple[date, Decimal]], percent: Decimal, digits: int = 2
) -> list[Decimal]:
    """Return the simple interest of each instalment on what was still owed before it.

    :param start: the day from which interest runs
    :param instalments: (date, amount) in order of date
    :param percent: yearly rate, on 365 days
    """
    unit = Decimal(1).scaleb(-digits)
    owed = sum((amount for _day, amount in instalments), Decimal(0))
    result, since = [], start
    for day, amount in instalments:
        days = max((day - since).days, 0)
        cost = owed * percent * days / (100 * _DAYS_PER_YEAR)
        result.append(cost.quantize(unit, ROUND_HALF_UP))
        owed -= amount
        since = max(day, since)
    return result


def split_float(amount: float, number: int, digits: int = 2) -> list[float]:
    """Return ``split`` of a float, as floats."""
    return [float(part) for part in split(Decimal(f"{amount:.{digits}f}"), number, digits)]
