from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools import interest
from ..tools.interest import FeeRule, fee, flat_fee, late_interest, yearly_rates

#: First day of the half-year, main refinancing rate, French legal rate (companies, persons).
FRANCE = (
    ("2022-07-01", "0.00", "0.77", "3.15"),
    ("2023-01-01", "2.50", "2.06", "4.47"),
    ("2023-07-01", "4.00", "4.22", "6.82"),
    ("2024-01-01", "4.50", "5.07", "8.01"),
    ("2024-07-01", "4.25", "4.92", "8.16"),
    ("2025-01-01", "3.15", "3.71", "7.21"),
    ("2025-07-01", "2.15", "2.76", "6.65"),
    ("2026-01-01", "2.15", "2.62", "6.67"),
    ("2026-07-01", "2.40", "2.75", "6.84"),
)
MRO = [(date.fromisoformat(row[0]), Decimal(row[1])) for row in FRANCE]
LEGAL = [(date.fromisoformat(row[0]), Decimal(row[2])) for row in FRANCE]
#: Default rate of France, and that of the directive (index + 8), as the tables state them.
DEFAULTS = (
    ("2022-07-01", "10.00", "8.00"), ("2023-01-01", "12.50", "10.50"),
    ("2023-07-01", "14.00", "12.00"), ("2024-01-01", "14.50", "12.50"),
    ("2024-07-01", "14.25", "12.25"), ("2025-01-01", "13.15", "11.15"),
    ("2025-07-01", "12.15", "10.15"), ("2026-01-01", "12.15", "10.15"),
    ("2026-07-01", "12.40", "10.40"),
)  # fmt: skip
FLOORS = (
    ("2022-07-01", "2.31"), ("2023-01-01", "6.18"), ("2023-07-01", "12.66"),
    ("2024-01-01", "15.21"), ("2024-07-01", "14.76"), ("2025-01-01", "11.13"),
    ("2025-07-01", "8.28"), ("2026-01-01", "7.86"), ("2026-07-01", "8.25"),
)  # fmt: skip
#: Changes of the main refinancing rate by effective date.
CHANGES = [
    (date.fromisoformat(day), Decimal(value))
    for day, value in (
        ("2016-03-16", "0"), ("2022-07-27", "0.5"), ("2022-09-14", "1.25"),
        ("2022-11-02", "2"), ("2022-12-21", "2.5"), ("2023-02-08", "3"), ("2023-03-22", "3.5"),
        ("2023-05-10", "3.75"), ("2023-06-21", "4"), ("2023-08-02", "4.25"),
        ("2023-09-20", "4.5"), ("2024-06-12", "4.25"), ("2024-09-18", "3.65"),
        ("2024-10-23", "3.4"), ("2024-12-18", "3.15"), ("2025-02-05", "2.9"),
        ("2025-03-12", "2.65"), ("2025-04-23", "2.4"), ("2025-06-11", "2.15"),
        ("2026-06-17", "2.4"), ("2026-09-16", "2.65"),
    )
]  # fmt: skip
FRENCH = [(start, value + 10) for start, value in MRO]

_DAYS = st.dates(date(2022, 7, 1), date(2026, 12, 31))
_AMOUNTS = st.decimals("0.01", "999999.99", places=2)


#: A busy machine must not fail what is right.
_patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _day(text):
    return date.fromisoformat(text)


def _french(principal, due, end, **options):
    return late_interest(principal, _day(due), _day(end), FRENCH, **options)


@tagged("standard", "at_install")
class TestInterestTools(BaseCase):
    """The worked examples, the rate tables, and what must hold for any debt."""

    # === WORKED EXAMPLES === #

    def test_e1_default_rate(self):
        result = _french("12000", "2026-07-31", "2026-10-15")
        self.assertEqual((result.days, result.amount), (76, Decimal("309.83")))
        self.assertEqual(round(result.unrounded, 6), Decimal("309.830137"))
        self.assertEqual(result.amount + flat_fee("FR", "12000"), Decimal("349.83"))

    def test_e3_contract_at_the_floor(self):
        rates = yearly_rates(
            _day("2026-08-01"), _day("2026-09-14"), (),
            contractual="3", floor_rates=LEGAL, floor_factor=3,
        )  # fmt: skip
        self.assertEqual(rates, [(_day("2026-07-01"), Decimal("8.25"))])
        result = late_interest("4800", _day("2026-07-31"), _day("2026-09-14"), rates)
        self.assertEqual((result.days, result.amount), (45, Decimal("48.82")))

    def test_e5_leap_year_is_divided_by_365(self):
        result = _french("1000", "2024-01-31", "2024-03-31")
        self.assertEqual((result.days, result.amount), (60, Decimal("23.84")))
        self.assertEqual(round(result.unrounded, 6), Decimal("23.835616"))
        other = _french("1000", "2024-01-31", "2024-03-31", day_basis=366)
        self.assertEqual(other.amount, Decimal("23.77"))

    def test_e8_two_invoices(self):
        first = _french("1500", "2026-08-15", "2026-10-01")
        second = _french("250", "2026-09-01", "2026-10-01")
        self.assertEqual((first.days, second.days), (47, 30))
        self.assertEqual(round(first.unrounded, 6), Decimal("23.950685"))
        self.assertEqual(round(second.unrounded, 6), Decimal("2.547945"))
        fees = flat_fee("FR", "1500") + flat_fee("FR", "250")
        self.assertEqual(first.amount + second.amount + fees, Decimal("106.50"))

    def test_e9_consumer_from_the_formal_notice(self):
        result = late_interest("900", _day("2026-09-01"), _day("2026-11-30"), LEGAL)
        self.assertEqual((result.days, result.amount), (90, Decimal("6.10")))
        self.assertEqual(round(result.unrounded, 6), Decimal("6.102740"))

    def test_e11_the_floor_lifts_the_agreed_rate_above_the_default(self):
        period = (_day("2024-02-16"), _day("2024-03-31"))
        agreed = yearly_rates(*period, (), contractual="10", floor_rates=LEGAL, floor_factor=3)
        default = yearly_rates(*period, MRO, margin=10)
        self.assertEqual([agreed[0][1], default[0][1]], [Decimal("15.21"), Decimal("14.50")])
        amounts = [
            late_interest("4800", _day("2024-02-15"), period[1], rates).amount
            for rates in (agreed, default)
        ]
        self.assertEqual(amounts, [Decimal("90.01"), Decimal("85.81")])

    def test_e17_edges(self):
        on_time = _french("100", "2026-07-31", "2026-07-31")
        self.assertEqual((on_time.days, on_time.amount), (0, 0))
        self.assertFalse(on_time.segments)
        late = _french("100", "2026-07-31", "2026-08-01")
        self.assertEqual((late.days, late.amount), (1, Decimal("0.03")))
        self.assertEqual(round(late.unrounded, 6), Decimal("0.033973"))

    # === RATE TABLES === #

    def test_every_row_of_the_french_tables(self):
        for (start, default, directive), (_start, floor) in zip(DEFAULTS, FLOORS, strict=True):
            day = _day(start)
            with self.subTest(start):
                [(_day_, rate)] = yearly_rates(day, day, MRO, margin=10)
                self.assertEqual(rate, Decimal(default))
                [(_day_, rate)] = yearly_rates(day, day, MRO, margin="8")
                self.assertEqual(rate, Decimal(directive))
                [(_day_, rate)] = yearly_rates(
                    day, day, (), contractual=0, floor_rates=LEGAL, floor_factor=3
                )
                self.assertEqual(rate, Decimal(floor))

    def test_the_changes_fix_the_half_years(self):
        """The rate in force on 1 January and 1 July is the one of the last change before."""
        found = yearly_rates(_day("2016-07-01"), _day("2026-12-31"), CHANGES)
        self.assertEqual(dict(found) | dict(MRO), dict(found))
        self.assertEqual({rate for day, rate in found if day < _day("2022-07-02")}, {0})

    def test_other_countries(self):
        for start, rounding, margin, expected in (
            ("2024-01-01", "half_point_up", "8", "12.5"),
            ("2026-01-01", "half_point_up", "8", "10.5"),
            ("2026-07-01", "half_point_up", "8", "10.5"),
            ("2026-01-01", "none", "8", "10.15"),
            ("2023-07-01", "none", "8", "12.00"),
            ("2024-07-01", "none", "8", "12.25"),
            # German base: 0.88 below the main refinancing rate.
            ("2026-01-01", "none", "8.12", "10.27"),
            ("2026-07-01", "none", "4.12", "6.52"),
        ):
            [(_start, rate)] = yearly_rates(
                _day(start), _day(start), MRO, margin=margin, rounding=rounding
            )
            self.assertEqual(rate, Decimal(expected), start)

    def test_british_base_rate_is_fixed_the_day_before(self):
        base = [(_day("2023-06-22"), "5"), (_day("2023-12-31"), "5.25"), (_day("2024-01-01"), "9")]
        found = yearly_rates(
            _day("2023-07-01"), _day("2024-01-01"), base, margin=8, fixing="day_before"
        )
        self.assertEqual([rate for _day_, rate in found], [Decimal("13.00"), Decimal("13.25")])

    # === HALF-YEARS === #

    def test_a_debt_over_two_half_years_is_split(self):
        result = _french("1000", "2026-06-20", "2026-07-10")
        self.assertEqual(
            [(row.date_from.isoformat(), row.date_to.isoformat(), row.days, row.rate)
             for row in result.segments],
            [("2026-06-21", "2026-06-30", 10, Decimal("12.15")),
             ("2026-07-01", "2026-07-10", 10, Decimal("12.40"))],
        )  # fmt: skip
        amounts = [round(row.amount, 6) for row in result.segments]
        self.assertEqual(amounts, [Decimal("3.328767"), Decimal("3.397260")])

    def test_fixed_at_start_keeps_the_first_rate(self):
        result = _french("1000", "2026-06-20", "2026-07-10", mode="fixed_at_start")
        self.assertEqual([row.rate for row in result.segments], [Decimal("12.15")])
        # The first day of interest decides, not the due date.
        result = _french("1000", "2026-06-30", "2026-07-10", mode="fixed_at_start")
        self.assertEqual(result.segments[0].rate, Decimal("12.40"))

    def test_a_missing_half_year_is_flagged(self):
        result = _french("1000", "2026-12-20", "2027-01-10")
        self.assertEqual(result.missing_from, _day("2027-01-01"))
        self.assertTrue(result.estimated)
        self.assertEqual([row.estimated for row in result.segments], [False, True])
        self.assertEqual(result.segments[1].rate, Decimal("12.40"))
        self.assertFalse(_french("1000", "2026-12-01", "2026-12-31").estimated)
        agreed = late_interest(
            1000, _day("2026-12-20"), _day("2027-01-10"), [(date.min, 12)], unknown=()
        )
        self.assertFalse(agreed.estimated)

    def test_a_missing_half_year_in_the_middle(self):
        result = _french("1000", "2026-06-20", "2026-07-10", unknown={_day("2026-01-01")})
        self.assertEqual(result.missing_from, _day("2026-01-01"))

    # === PAYMENTS === #

    def test_part_payment_and_credit_note_at_their_dates(self):
        result = _french(
            "1000", "2026-07-31", "2026-08-30",
            movements=[(_day("2026-08-10"), "400"), (_day("2026-08-20"), "100", "credit_note")],
        )  # fmt: skip
        self.assertEqual(
            [(row.days, row.principal) for row in result.segments],
            [(10, 1000), (10, 600), (10, 500)],
        )

    def test_payments_on_or_before_the_due_date_bear_nothing(self):
        result = _french(
            "1000", "2026-07-31", "2026-08-30",
            movements=[(_day("2026-07-31"), "400"), (_day("2026-01-01"), "100")],
        )  # fmt: skip
        self.assertEqual([row.principal for row in result.segments], [500])
        self.assertEqual(result.late_principal, 500)
        result = _french(
            "1000", "2026-07-31", "2026-08-30", movements=[(_day("2026-07-31"), "1000")]
        )
        self.assertEqual((result.amount, result.days, result.late_principal), (0, 0, 0))

    def test_paid_debt_stops_bearing_interest(self):
        paid = [(_day("2026-10-15"), "12000")]
        result = _french("12000", "2026-07-31", "2026-11-22", movements=paid)
        self.assertEqual((result.days, result.amount), (76, Decimal("309.83")))

    def test_interest_first(self):
        """A payment settles the interest accrued until its day, then the principal."""
        rates = [(date.min, Decimal("36.5"))]
        options = {"unknown": (), "mode": "fixed_at_start"}
        movements = [(_day("2026-08-10"), "110")]
        # Ten days at 0.1 % a day of 1,000 = 10; 100 are left for the principal.
        result = late_interest(
            "1000", _day("2026-07-31"), _day("2026-08-20"), rates,
            imputation="interest_first", movements=movements, **options,
        )  # fmt: skip
        self.assertEqual([row.principal for row in result.segments], [1000, 900])
        self.assertEqual(result.amount, Decimal("19.00"))
        credit = [(*movements[0], "credit_note")]
        result = late_interest(
            "1000", _day("2026-07-31"), _day("2026-08-20"), rates,
            imputation="interest_first", movements=credit, **options,
        )  # fmt: skip
        self.assertEqual([row.principal for row in result.segments], [1000, 890])

    def test_what_was_claimed_before_is_left_out(self):
        covered = [(_day("2026-08-11"), _day("2026-08-20"))]
        result = _french("1000", "2026-07-31", "2026-08-31", covered=covered)
        self.assertEqual([row.days for row in result.segments], [10, 11])
        periods = interest.merge_periods(result.segments)
        self.assertEqual(
            [(start.day, end.day, len(parts)) for start, end, parts in periods],
            [(1, 10, 1), (21, 31, 1)],
        )
        joined = interest.merge_periods(_french("1000", "2026-06-20", "2026-07-10").segments)
        self.assertEqual(len(joined), 1)

    def test_bad_input_is_refused(self):
        for options in ({"mode": "x"}, {"imputation": "x"}, {"day_basis": 0}):
            with self.assertRaises(ValueError):
                _french("1", "2026-07-31", "2026-08-30", **options)
        with self.assertRaises(ValueError):
            late_interest(1, _day("2026-07-31"), _day("2026-08-30"), [])
        with self.assertRaises(ValueError):
            interest.round_rate(Decimal(1), "x")
        with self.assertRaises(ValueError):
            yearly_rates(_day("2026-07-31"), _day("2026-08-30"), MRO, fixing="x")
        with self.assertRaises(ValueError):
            fee(FeeRule("x", ((Decimal(0), Decimal(1)),)), 1)

    # === INDEMNITY === #

    def test_flat_fees(self):
        for country, amount, expected in (
            ("FR", "100", "40"), ("FR", "1000000", "40"), ("BE", "1", "40"), ("DE", "1", "40"),
            ("ES", "1", "40"), ("IT", "1", "40"), ("LU", "1", "40"),
            ("GB", "999.99", "40"), ("GB", "1000", "70"), ("UK", "9999.99", "70"),
            ("GB", "10000", "100"), ("IE", "999.99", "40"), ("IE", "1000", "70"),
            ("NL", "100", "40"), ("NL", "2500", "375"), ("NL", "5000", "625"),
            ("NL", "10000", "875"), ("NL", "200000", "2775"), ("NL", "1000000", "6775"),
            ("NL", "5000000", "6775"), ("FR", "0", "0"), ("FR", "-5", "0"), ("XX", "100", "0"),
        ):  # fmt: skip
            with self.subTest(f"{country} {amount}"):
                self.assertEqual(flat_fee(country, amount), Decimal(expected))

    # === WHAT HOLDS FOR ANY DEBT === #

    @_patiently
    @given(_AMOUNTS, _DAYS, st.integers(0, 900), st.integers(0, 900))
    def test_splitting_a_period_adds_up(self, principal, due, first, second):
        middle = due + timedelta(days=first)
        end = middle + timedelta(days=second)
        whole = late_interest(principal, due, end, FRENCH)
        parts = [
            late_interest(principal, due, middle, FRENCH),
            late_interest(principal, middle, end, FRENCH),
        ]
        self.assertEqual(
            round(whole.unrounded, 20), round(sum(part.unrounded for part in parts), 20)
        )
        self.assertEqual(whole.days, sum(part.days for part in parts))
        # The same by leaving out what was claimed before.
        rest = late_interest(principal, due, end, FRENCH, covered=[(due, middle)])
        self.assertEqual(rest.unrounded, parts[1].unrounded)

    @_patiently
    @given(
        _AMOUNTS,
        _DAYS,
        st.integers(-50, 900),
        st.lists(st.tuples(st.integers(-40, 900), _AMOUNTS), max_size=6),
        st.sampled_from(interest.IMPUTATIONS),
        st.sampled_from(interest.MODES),
    )
    def test_never_negative_and_never_less_with_time(
        self, principal, due, days, payments, imputation, mode
    ):
        movements = [(due + timedelta(days=after), amount) for after, amount in payments]
        previous = Decimal(0)
        for end in (days, days + 1, days + 30):
            result = late_interest(
                principal, due, due + timedelta(days=end), FRENCH,
                movements=movements, imputation=imputation, mode=mode,
            )  # fmt: skip
            self.assertGreaterEqual(result.unrounded, previous)
            self.assertGreaterEqual(result.days, 0)
            previous = result.unrounded

    @_patiently
    @given(
        _AMOUNTS,
        _DAYS,
        st.lists(st.tuples(st.integers(1, 60), _AMOUNTS), max_size=6),
        st.randoms(use_true_random=False),
        st.sampled_from(interest.IMPUTATIONS),
    )
    def test_order_of_payments_means_nothing(self, principal, due, payments, rng, imputation):
        movements = [(due + timedelta(days=after), amount) for after, amount in payments]
        shuffled = rng.sample(movements, len(movements))
        end = due + timedelta(days=200)
        results = [
            late_interest(principal, due, end, FRENCH, movements=rows, imputation=imputation)
            for rows in (movements, shuffled)
        ]
        self.assertEqual(*results)

    @_patiently
    @given(_AMOUNTS, _DAYS, st.integers(1, 400), st.integers(1, 400), _AMOUNTS)
    def test_interest_first_never_claims_less(self, principal, due, days, after, payment):
        end = due + timedelta(days=days)
        movements = [(due + timedelta(days=after), payment)]
        amounts = [
            late_interest(
                principal, due, end, FRENCH, movements=movements, imputation=imputation
            ).unrounded
            for imputation in interest.IMPUTATIONS
        ]
        self.assertLessEqual(*amounts)

    @_patiently
    @given(_AMOUNTS, _DAYS, st.integers(0, 900))
    def test_the_segments_are_the_working(self, principal, due, days):
        result = late_interest(principal, due, due + timedelta(days=days), FRENCH)
        self.assertEqual(
            round(sum(row.amount for row in result.segments), 20), round(result.unrounded, 20)
        )
        self.assertEqual(sum(row.days for row in result.segments), result.days)
        for row in result.segments:
            self.assertEqual((row.date_to - row.date_from).days + 1, row.days)
            self.assertEqual(
                interest.half_year_start(row.date_from), interest.half_year_start(row.date_to)
            )
