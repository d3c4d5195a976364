"""Indicators of the receivables: the arithmetic of their definitions (pure functions).

Amounts include VAT and are in one currency; a percentage is 0 to 100. What cannot be
computed (a division by nothing) is ``None``, never a flattering zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: Days of a year in yearly figures.
YEAR_DAYS = 365


class CountBackDso(float):
    """Days of a count-back DSO; ``capped`` when the history of sales was too short for it."""

    capped: bool

    def __new__(cls, days: float, capped: bool = False) -> CountBackDso:
        value = super().__new__(cls, days)
        value.capped = capped
        return value


def dso(receivables: float, sales: float, days: int) -> float | None:
    """Return the simple DSO: receivables at the end / sales of the period × its days.

    :return: 0 when nothing is owed, ``None`` when something is but nothing was sold
    """
    if receivables <= 0:
        return 0.0
    if sales <= 0:
        return None
    return float(receivables) * days / float(sales)


def count_back_dso(receivables: float, months: Sequence[tuple[float, int]]) -> CountBackDso:
    """Return the count-back (exhaustion) DSO.

    Whole months of sales are taken off the receivables, newest first, each counting its calendar
    days; the last month counts pro rata. A month without sales counts its days all the same.

    :param months: (sales, calendar days) of each month, newest first
    :return: the days; ``capped`` when the receivables exceed the sales of all the months given
    """
    remaining = float(receivables)
    counted = 0.0
    for sales, days in months:
        if remaining <= 0:
            break
        if remaining < sales:
            return CountBackDso(counted + remaining * days / float(sales))
        remaining -= float(sales)
        counted += days
    return CountBackDso(counted, capped=remaining > 0)


def best_possible_dso(not_due: float, sales: float, days: int) -> float | None:
    """Return the simple DSO if everything were paid when due: that of what is not overdue yet."""
    return dso(not_due, sales, days)


def average_days_delinquent(dso: float | None, best_dso: float | None) -> float | None:
    """Return the days by which customers are late: DSO − best possible DSO, same method."""
    if dso is None or best_dso is None:
        return None
    return float(dso) - float(best_dso)


def collection_effectiveness(
    begin: float, sales: float, end: float, end_current: float, months: int = 1
) -> float | None:
    """Return the collection effectiveness index in percent.

    :param begin: receivables at the beginning
    :param sales: sales of the period
    :param end: receivables at the end
    :param end_current: those of the end that are not due yet
    :param months: months of the period when ``sales`` covers several
    :return: what was collected in percent of what could have been; ``None`` when nothing could
    """
    if months < 1:
        raise ValueError("a period has at least one month")
    owed = float(begin) + float(sales) / months
    collectable = owed - float(end_current)
    if collectable <= 0:
        return None
    return (owed - float(end)) / collectable * 100


def share(part: float, total: float) -> float | None:
    """Return a part in percent of a total; ``None`` of nothing."""
    if total <= 0:
        return None
    return float(part) / float(total) * 100


def overdue_share(overdue: float, total: float) -> float | None:
    """Return the overdue amount in percent of the open one."""
    return share(overdue, total)


def share_over(items: Iterable[tuple[float, int]], days: int) -> float | None:
    """Return the part, in percent, of open items that are more than ``days`` late.

    :param items: (open amount, days after the due date) of each item
    """
    total = late = 0.0
    for amount, age in items:
        total += float(amount)
        late += float(amount) if age > days else 0.0
    return share(late, total)


def average_payment_delay(settlements: Iterable[tuple[float, int]]) -> float | None:
    """Return the average days from due date to settlement, weighted by amount.

    :param settlements: (amount, days from due date to settlement, negative when early)
    """
    weight = total = 0.0
    for amount, days in settlements:
        weight += float(amount)
        total += float(amount) * days
    return total / weight if weight > 0 else None


def working_capital_requirement(stocks: float, receivables: float, payables: float) -> float:
    """Return stocks + receivables − trade payables."""
    return float(stocks) + float(receivables) - float(payables)


def cash_released(days: float, yearly_sales: float) -> float:
    """Return the cash that comes in once when customers pay ``days`` faster."""
    return float(days) * float(yearly_sales) / YEAR_DAYS


def receivables_turnover(yearly_sales: float, receivables: float) -> float | None:
    """Return how many times a year the receivables turn over."""
    if receivables <= 0:
        return None
    return float(yearly_sales) / float(receivables)


def bad_debt_ratio(written_off: float, sales: float) -> float | None:
    """Return what was written off in percent of the credit sales of the period."""
    return share(written_off, sales)


def loss_rates(reached: Sequence[float], lost: float) -> list[float]:
    """Return the loss rate of each bucket: amount finally lost / amount that reached the bucket.

    :param reached: amount that reached each bucket, the youngest (all sales) first
    :return: fractions, one per bucket; 0 for a bucket that nothing reached
    """
    return [float(lost) / float(amount) if amount > 0 else 0.0 for amount in reached]


def roll_rate_allowance(balances: Sequence[float], rates: Sequence[float]) -> float:
    """Return the allowance by roll rates: Σ balance of a bucket × its loss rate."""
    return sum(float(balance) * float(rate) for balance, rate in zip(balances, rates, strict=True))


def doubtful_allowance(amount: float, vat_percent: float, risk_percent: float) -> float:
    """Return the allowance for a doubtful debt, which leaves out the VAT it includes."""
    return float(amount) * 100 / (100 + float(vat_percent)) * float(risk_percent) / 100
