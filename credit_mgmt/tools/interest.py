"""Late interest and fixed indemnities of late payment law (pure functions).

Simple interest: ``principal x yearly percent x days / day basis``. The first day is the one after
the due date, the last one the day of payment, included. Each segment stays unrounded; the sum is
rounded once, half up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise

MODES = ("per_semester", "fixed_at_start")
IMPUTATIONS = ("principal_first", "interest_first")
ROUNDINGS = ("none", "half_point_up")
FIXINGS = ("first_day", "day_before")
#: What a movement is, when its third element says so: imputed upon the principal whatever the rule.
CREDIT_NOTE = "credit_note"

_DAY = timedelta(days=1)
#: Digits of the sums before their one rounding; far more than any ledger needs.
_PRECISION = 40


@dataclass(frozen=True)
class Segment:
    """Days, both included, over which neither the principal nor the rate changes."""

    date_from: date
    date_to: date
    days: int
    principal: Decimal
    rate: Decimal
    #: Unrounded.
    amount: Decimal
    #: The rate was not known: the last known one is used.
    estimated: bool = False


@dataclass(frozen=True)
class LateInterest:
    """The interest of a debt over a period, with its working."""

    amount: Decimal
    days: int
    segments: tuple[Segment, ...]
    #: Sum of the segments.
    unrounded: Decimal
    #: What was left of the principal on the first day of lateness; 0 when never late.
    late_principal: Decimal
    #: First day of the first half-year whose rate is an estimate.
    missing_from: date | None = None

    @property
    def estimated(self) -> bool:
        return self.missing_from is not None


@dataclass(frozen=True)
class FeeRule:
    """How the fixed indemnity follows from the amount of the debt.

    ``steps`` are (amount from, value) ascending: with ``bands`` the value is the indemnity of the
    band, with ``scale`` the percent of the part of the debt above that amount.
    """

    kind: str
    steps: tuple[tuple[Decimal, Decimal], ...] = ()
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None


def _fixed(amount: str) -> FeeRule:
    return FeeRule("bands", ((Decimal(0), Decimal(amount)),))


def _steps(*steps: tuple[str, str]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(start), Decimal(value)) for start, value in steps)


_THREE_BANDS = FeeRule("bands", _steps(("0", "40"), ("1000", "70"), ("10000", "100")))
#: Statutory indemnity by country of the creditor, in that country's currency.
FEE_RULES = {
    **dict.fromkeys(("FR", "BE", "DE", "ES", "IT", "LU"), _fixed("40")),
    "IE": _THREE_BANDS,
    "GB": _THREE_BANDS,
    "NL": FeeRule(
        "scale",
        _steps(("0", "15"), ("2500", "10"), ("5000", "5"), ("10000", "1"), ("200000", "0.5")),
        minimum=Decimal(40),
        maximum=Decimal(6775),
    ),
}
_COUNTRY_ALIASES = {"UK": "GB"}


# === DAYS === #


def half_year_start(day: date) -> date:
    """Return the 1 January or 1 July that begins the half-year of a day."""
    return date(day.year, 1 if day.month <= 6 else 7, 1)


def next_half_year(day: date) -> date:
    """Return the first day of the half-year after that of a day."""
    return date(day.year, 7, 1) if day.month <= 6 else date(day.year + 1, 1, 1)


def half_years(first: date, last: date) -> Iterator[date]:
    """Yield the first days of the half-years that a period touches."""
    start = half_year_start(first)
    while start <= last:
        yield start
        start = next_half_year(start)


# === RATES === #


def round_rate(rate: Decimal, rounding: str = "none") -> Decimal:
    """Return a yearly percent rounded as a law says (Belgium: up to the next half point)."""
    if rounding == "half_point_up":
        return (rate * 2).to_integral_value(ROUND_CEILING) / 2
    if rounding != "none":
        raise ValueError(f"unknown rounding of a rate: {rounding}")
    return rate


def rate_at(rates: Sequence[tuple[date, Decimal | str]], day: date) -> Decimal:
    """Return the rate in force on a day; before the first one, the first one.

    :raises ValueError: there is no rate at all
    """
    if not rates:
        raise ValueError("no rate is known")
    found = rates[0][1]
    for start, value in rates:
        if start > day:
            break
        found = value
    return Decimal(str(found))


def yearly_rates(
    first: date,
    last: date,
    index_rates: Sequence[tuple[date, Decimal | str]],
    *,
    margin: Decimal | str = "0",
    rounding: str = "none",
    fixing: str = "first_day",
    contractual: Decimal | str | None = None,
    floor_rates: Sequence[tuple[date, Decimal | str]] = (),
    floor_factor: Decimal | str = "0",
) -> list[tuple[date, Decimal]]:
    """Return the yearly percent of each half-year of a period, as a law or contract fixes it.

    :param index_rates: (date from, percent) ascending of the index; unused with ``contractual``
    :param margin: points added to the index
    :param rounding: one of ``ROUNDINGS``, applied to the sum
    :param fixing: ``first_day`` takes the index in force on 1 January or 1 July, ``day_before``
        that of 31 December or 30 June
    :param contractual: agreed yearly percent instead of index and margin
    :param floor_rates: index of the floor of an agreed rate, fixed in the same way
    :param floor_factor: the agreed rate is at least this many times the floor's index
    """
    if fixing not in FIXINGS:
        raise ValueError(f"unknown fixing of a rate: {fixing}")
    result = []
    for start in half_years(first, last):
        day = start if fixing == "first_day" else start - _DAY
        if contractual is None:
            rate = round_rate(rate_at(index_rates, day) + Decimal(str(margin)), rounding)
        else:
            rate = Decimal(str(contractual))
            if floor_rates and Decimal(str(floor_factor)):
                rate = max(rate, rate_at(floor_rates, day) * Decimal(str(floor_factor)))
        result.append((start, rate))
    return result


# === INTEREST === #


def late_interest(
    principal: Decimal | str,
    due_date: date,
    end_date: date,
    rates: Sequence[tuple[date, Decimal | str]],
    *,
    mode: str = "per_semester",
    imputation: str = "principal_first",
    movements: Iterable[tuple] = (),
    digits: int = 2,
    day_basis: int = 365,
    unknown: Collection[date] | None = None,
    covered: Iterable[tuple[date, date]] = (),
) -> LateInterest:
    """Return the late interest of a debt until a day, with its segments.

    :param due_date: the day after it is the first that bears interest; where interest starts
        with a formal notice, the day of that notice
    :param end_date: the last day that bears interest, included
    :param rates: (date from, yearly percent) ascending; each half-year takes the rate in force
        on its first day
    :param mode: ``per_semester``, or ``fixed_at_start``: the rate of the half-year in which
        interest began, for the whole period
    :param imputation: ``principal_first``, or ``interest_first``: a payment settles the interest
        accrued until its day before the principal
    :param movements: (date, amount that reduces the principal), in any order; the day itself
        still bears interest on the former principal. A third element ``CREDIT_NOTE`` marks one
        that never settles interest
    :param digits: decimal places of ``amount``
    :param day_basis: days of a year, 365 in leap years as well
    :param unknown: first days of the half-years whose rate is an estimate; None: those after
        the half-year in which the last rate begins
    :param covered: (first day, last day) that bear no interest, because claimed or waived before
    :raises ValueError: an unknown mode or imputation, no rate, a day basis that is not positive
    """
    if mode not in MODES:
        raise ValueError(f"unknown mode of late interest: {mode}")
    if imputation not in IMPUTATIONS:
        raise ValueError(f"unknown imputation of payments: {imputation}")
    if day_basis <= 0:
        raise ValueError("the days of a year must be positive")
    if not rates:
        raise ValueError("no rate is known")
    if unknown is None:
        unknown = _After(next_half_year(rates[-1][0]))
    settled = _by_day(movements)
    balance = Decimal(str(principal))
    balance -= sum((sum(row) for day, row in settled.items() if day <= due_date), Decimal(0))
    late_principal = max(balance, Decimal(0)) if end_date > due_date else Decimal(0)
    segments: list[Segment] = []
    with localcontext() as context:
        context.prec = _PRECISION
        covered = sorted(covered)
        first = due_date + _DAY
        accrued, total = Decimal(0), Decimal(0)
        for start, end in _periods(first, end_date, mode, settled, covered):
            if balance > 0:
                fixed_on = half_year_start(start if mode == "per_semester" else first)
                rate = rate_at(rates, fixed_on)
                days = (end - start).days + 1
                weight = balance * rate * days
                # What was claimed before still accrued, for payments that settle interest first.
                accrued += weight / (100 * day_basis)
                if not any(low <= start and end <= high for low, high in covered):
                    total += weight
                    segments.append(
                        Segment(start, end, days, balance, rate, weight / (100 * day_basis),
                                fixed_on in unknown)
                    )  # fmt: skip
            payment, credit = settled.get(end, (Decimal(0), Decimal(0)))
            if imputation == "interest_first":
                for_interest = min(max(payment, Decimal(0)), accrued)
                accrued -= for_interest
                payment -= for_interest
            balance -= payment + credit
        # One division and one rounding for the whole.
        unrounded = total / (100 * day_basis)
        amount = unrounded.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    estimated = [segment.date_from for segment in segments if segment.estimated]
    return LateInterest(
        amount=amount,
        days=sum(segment.days for segment in segments),
        segments=tuple(segments),
        unrounded=unrounded,
        late_principal=late_principal,
        missing_from=half_year_start(first if mode == "fixed_at_start" else estimated[0])
        if estimated
        else None,
    )


class _After:
    """The days from a day on, as a collection."""

    def __init__(self, start: date):
        self.start = start

    def __contains__(self, day: date) -> bool:
        return day >= self.start


def _by_day(movements: Iterable[tuple]) -> dict[date, tuple[Decimal, Decimal]]:
    """Return {day: (payments, credit notes)}: within a day the order means nothing."""
    result: dict[date, tuple[Decimal, Decimal]] = {}
    for day, amount, *kind in movements:
        payment, credit = result.get(day, (Decimal(0), Decimal(0)))
        amount = Decimal(str(amount))
        if kind and kind[0] == CREDIT_NOTE:
            credit += amount
        else:
            payment += amount
        result[day] = (payment, credit)
    return result


def _periods(
    first: date,
    last: date,
    mode: str,
    settled: Collection[date],
    covered: Sequence[tuple[date, date]],
) -> Iterator[tuple[date, date]]:
    """Yield the stretches, both days included, between the days on which something changes."""
    if first > last:
        return
    starts = {first, *(day + _DAY for day in settled)}
    for low, high in covered:
        starts.add(low)
        if high < last:
            starts.add(high + _DAY)
    if mode == "per_semester":
        starts |= set(half_years(first, last))
    cuts = [*sorted(day for day in starts if first <= day <= last), last + _DAY]
    for start, following in pairwise(cuts):
        yield start, following - _DAY


def merge_periods(segments: Iterable[Segment]) -> list[tuple[date, date, list[Segment]]]:
    """Return the segments joined into unbroken periods: (first day, last day, segments)."""
    result: list[tuple[date, date, list[Segment]]] = []
    for segment in segments:
        if result and result[-1][1] + _DAY == segment.date_from:
            start, _end, parts = result.pop()
            result.append((start, segment.date_to, [*parts, segment]))
        else:
            result.append((segment.date_from, segment.date_to, [segment]))
    return result


# === INDEMNITY === #


def fee(rule: FeeRule, amount: Decimal | str, digits: int = 2) -> Decimal:
    """Return the indemnity of a debt; nothing for one that is not positive."""
    debt = Decimal(str(amount))
    zero = Decimal(0)
    if debt <= 0 or not rule.steps:
        return zero
    if rule.kind == "bands":
        result = zero
        for start, value in rule.steps:
            if debt >= start:
                result = value
    elif rule.kind == "scale":
        result = zero
        ends = [start for start, _value in rule.steps[1:]] + [None]
        for (start, percent), end in zip(rule.steps, ends, strict=True):
            top = debt if end is None else min(debt, end)
            result += max(top - start, zero) * percent / 100
    else:
        raise ValueError(f"unknown kind of indemnity: {rule.kind}")
    result = max(result, rule.minimum)
    if rule.maximum is not None:
        result = min(result, rule.maximum)
    return result.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def flat_fee(country: str, amount: Decimal | str) -> Decimal:
    """Return the statutory indemnity of a late business debt, in the country's own currency.

    :param country: ISO code of the creditor's country ("UK" is understood); nothing for a
        country whose law is not known here
    :param amount: the late amount of the invoice
    """
    code = (country or "").upper()
    rule = FEE_RULES.get(_COUNTRY_ALIASES.get(code, code))
    return fee(rule, amount) if rule else Decimal(0)
