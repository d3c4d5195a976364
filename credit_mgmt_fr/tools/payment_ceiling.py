"""The latest due dates that French law allows between businesses (pure functions)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta

#: From what the days are counted.
STARTS = ("invoice", "delivery", "delivery_decade", "delivery_month")
#: The two computations of days "end of month": the days first, or the end of the month first.
MONTH_ENDS = ("days_first", "month_first")


def month_end(day: date) -> date:
    """Return the last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def decade_end(day: date) -> date:
    """Return the last day of the ten days (10th, 20th, end of month) that a day belongs to."""
    for last in (10, 20):
        if day.day <= last:
            return day.replace(day=last)
    return month_end(day)


def end_of_month(issue: date, days: int, computation: str) -> date:
    """Return the due date "so many days end of month" after an invoice.

    :param computation: ``days_first`` adds the days and goes to the end of that month,
        ``month_first`` goes to the end of the month of issue and adds the days
    """
    if computation == "days_first":
        return month_end(issue + timedelta(days=days))
    if computation == "month_first":
        return month_end(issue) + timedelta(days=days)
    raise ValueError(f"unknown computation of an end of month: {computation}")


def latest_due_date(
    issue: date,
    days: int,
    *,
    start: str = "invoice",
    delivery: date | None = None,
    month_end_days: int = 0,
    month_ends: Collection[str] = (),
) -> date:
    """Return the last day on which an invoice may fall due.

    :param issue: the day of the invoice
    :param days: so many days are allowed after ``start``
    :param start: one of ``STARTS``
    :param delivery: the day of the delivery; unknown, that of the invoice stands for it
    :param month_end_days: so many days end of month are allowed as well; 0: not
    :param month_ends: by which computations, of ``MONTH_ENDS``
    """
    delivered = delivery or issue
    first = {
        "invoice": issue,
        "delivery": delivered,
        "delivery_decade": decade_end(delivered),
        "delivery_month": month_end(delivered),
    }[start]
    allowed = [first + timedelta(days=days)]
    if month_end_days:
        allowed += [end_of_month(issue, month_end_days, computation) for computation in month_ends]
    return max(allowed)
