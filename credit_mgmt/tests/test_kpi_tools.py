from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools import kpi

_AMOUNTS = st.integers(0, 10**9).map(lambda cents: cents / 100)
#: The machine may be busy: no example is too slow.
_patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_MONTHS = st.lists(st.tuples(_AMOUNTS, st.integers(28, 31)), max_size=24)
#: June, May and April of the worked example.
_QUARTER = [(90_000, 30), (60_000, 31), (75_000, 30)]


@tagged("standard", "at_install")
class TestKpiTools(BaseCase):
    """The worked examples of the indicators, and what must hold for any figures."""

    def test_simple_dso(self):
        self.assertAlmostEqual(kpi.dso(180_000, 225_000, 91), 72.8)
        self.assertAlmostEqual(kpi.dso(472, 2_870.4, 365), 60.02, places=2)
        self.assertEqual(kpi.dso(-5, 100, 30), 0)
        self.assertIsNone(kpi.dso(5, 0, 30))

    def test_count_back_dso(self):
        days = kpi.count_back_dso(180_000, _QUARTER)
        self.assertEqual(days, 73.0)
        self.assertFalse(days.capped)

    def test_count_back_dso_at_the_edges(self):
        self.assertEqual(kpi.count_back_dso(0, _QUARTER), 0)
        self.assertEqual(kpi.count_back_dso(-10, _QUARTER), 0)
        self.assertFalse(kpi.count_back_dso(-10, []).capped)
        # A month without sales counts its days.
        self.assertEqual(kpi.count_back_dso(100, [(50, 30), (0, 31), (100, 30)]), 76)
        capped = kpi.count_back_dso(300_000, _QUARTER)
        self.assertEqual(capped, 91)
        self.assertTrue(capped.capped)
        # Exactly the history is not more than it.
        self.assertFalse(kpi.count_back_dso(225_000, _QUARTER).capped)
        self.assertEqual(kpi.count_back_dso(225_000, _QUARTER), 91)

    def test_best_possible_dso(self):
        self.assertAlmostEqual(kpi.best_possible_dso(120_000, 225_000, 91), 48.53, places=2)
        self.assertEqual(kpi.count_back_dso(120_000, _QUARTER), 45.5)

    def test_average_days_delinquent(self):
        simple = kpi.average_days_delinquent(
            kpi.dso(180_000, 225_000, 91), kpi.best_possible_dso(120_000, 225_000, 91)
        )
        self.assertAlmostEqual(simple, 24.27, places=2)
        self.assertAlmostEqual(kpi.average_days_delinquent(73.0, 45.5), 27.5)
        self.assertIsNone(kpi.average_days_delinquent(None, 45.5))

    def test_average_payment_delay(self):
        self.assertAlmostEqual(kpi.average_payment_delay([(140, 7), (85, 55)]), 25.13, places=2)
        self.assertEqual(kpi.average_payment_delay([(100, -10), (100, 10)]), 0)
        self.assertIsNone(kpi.average_payment_delay([]))

    def test_collection_effectiveness(self):
        self.assertAlmostEqual(
            kpi.collection_effectiveness(100_000, 1_000_000, 120_000, 100_000), 98.0
        )
        self.assertAlmostEqual(
            kpi.collection_effectiveness(100_000, 3_000_000, 120_000, 100_000, months=3), 98.0
        )
        self.assertIsNone(kpi.collection_effectiveness(0, 100, 100, 100))
        with self.assertRaises(ValueError):
            kpi.collection_effectiveness(1, 1, 1, 1, months=0)

    def test_shares(self):
        self.assertEqual(kpi.overdue_share(50_000, 1_000_000), 5)
        self.assertIsNone(kpi.overdue_share(0, 0))
        # Thirty days late is not over thirty; due today is not late at all.
        items = [(100, 0), (100, 30), (100, 31), (100, 61)]
        self.assertEqual(kpi.share_over(items, 0), 75)
        self.assertEqual(kpi.share_over(items, 30), 50)
        self.assertEqual(kpi.share_over(items, 60), 25)

    def test_cash(self):
        self.assertEqual(kpi.working_capital_requirement(150_000, 300_000, 250_000), 200_000)
        self.assertAlmostEqual(kpi.cash_released(10, 14_600_000), 400_000)
        self.assertEqual(kpi.receivables_turnover(1_200, 200), 6)
        self.assertIsNone(kpi.receivables_turnover(1_200, 0))

    def test_losses(self):
        self.assertAlmostEqual(kpi.bad_debt_ratio(1_000, 100_000), 1)
        rates = kpi.loss_rates([100_000, 50_000, 23_000, 8_000, 2_000], 2_000)
        self.assertEqual([round(rate * 100, 4) for rate in rates], [2.0, 4.0, 8.6957, 25.0, 100.0])
        allowance = kpi.roll_rate_allowance([300_000, 140_000, 60_000, 23_000, 5_000], rates)
        self.assertAlmostEqual(allowance, 27_567.39, places=2)
        self.assertEqual(kpi.loss_rates([0], 0), [0])
        with self.assertRaises(ValueError):
            kpi.roll_rate_allowance([1, 2], [1])
        self.assertAlmostEqual(kpi.doubtful_allowance(1_200, 20, 60), 600)

    @_patiently
    @given(_AMOUNTS, _AMOUNTS, _MONTHS)
    def test_count_back_grows_with_the_receivables(self, low, more, months):
        less, greater = (kpi.count_back_dso(value, months) for value in (low, low + more))
        self.assertLessEqual(less, greater + 1e-9)
        self.assertTrue(0 <= less <= sum(days for _sales, days in months))

    @_patiently
    @given(_AMOUNTS, st.integers(1, 10**9), st.integers(1, 12))
    def test_count_back_is_the_simple_dso_of_even_sales(self, receivables, sales, count):
        """With the same sales each month of 30 days, both methods agree within the history."""
        months = [(sales, 30)] * count
        days = kpi.count_back_dso(receivables, months)
        simple = kpi.dso(receivables, sales * count, 30 * count)
        self.assertEqual(days.capped, receivables > sales * count)
        if not days.capped:
            self.assertAlmostEqual(days, simple, places=4)

    @_patiently
    @given(
        st.lists(st.tuples(st.integers(1, 10**6), st.integers(-200, 400)), min_size=1, max_size=20)
    )
    def test_average_delay_lies_between_its_delays(self, settlements):
        delay = kpi.average_payment_delay(settlements)
        days = [day for _amount, day in settlements]
        self.assertTrue(min(days) - 1e-6 <= delay <= max(days) + 1e-6)

    @_patiently
    @given(_AMOUNTS, _AMOUNTS, _AMOUNTS, _AMOUNTS)
    def test_effectiveness_of_those_who_let_nothing_fall_overdue(self, begin, sales, end, due):
        """Everything open at the end is not due: 100 %; the more is overdue, the lower it is."""
        full = kpi.collection_effectiveness(begin, sales, end, end)
        if full is not None:
            self.assertAlmostEqual(full, 100.0, places=6)
            late = kpi.collection_effectiveness(begin, sales, end + due, end)
            self.assertLessEqual(late, full + 1e-9)
