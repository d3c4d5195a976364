from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools import aging, calendar, placeholders


@tagged("standard", "at_install")
class TestTools(BaseCase):
    def test_bucket_of_the_edges(self):
        days = (-5, 0, 1, 30, 31, 60, 61, 90, 91, 120, 121)
        self.assertEqual([aging.bucket(day) for day in days], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5])
        with self.assertRaises(ValueError):
            aging.bucket(1, (30, 0))

    @given(st.integers(-1000, 1000))
    def test_bucket_holds_its_days(self, days):
        index = aging.bucket(days)
        edges = (float("-inf"), *aging.DEFAULT_EDGES, float("inf"))
        self.assertTrue(edges[index] < days <= edges[index + 1])

    @given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-40, 40))
    def test_working_days_go_there_and_back(self, start, count):
        def weekday(day):
            return day.weekday() < 5

        end = calendar.add_working_days(start, count, weekday)
        self.assertTrue(weekday(end))
        low, high = sorted((start, end))
        between = sum(weekday(low + timedelta(n)) for n in range(1, (high - low).days))
        if count:
            self.assertEqual(between + 1, abs(count))

    def test_no_working_day_at_all(self):
        with self.assertRaises(ValueError):
            calendar.add_working_days(date(2026, 1, 1), 1, lambda day: False)

    def test_french_holidays_of_2026(self):
        self.assertEqual(
            sorted(day.isoformat()[5:] for day in calendar.public_holidays("FR", 2026)),
            ["01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01",
             "11-11", "12-25"],
        )  # fmt: skip
        self.assertFalse(calendar.public_holidays("US", 2026))

    def test_placeholders(self):
        self.assertEqual(placeholders.unknown_placeholders("{a} {b} {b}", ["a"]), ["b"])
        self.assertEqual(placeholders.fill("{a} {b}", {"a": "{b}", "b": "x"}), "{b} x")
        self.assertEqual(
            placeholders.fill_html("a {a}\nb\n\nc", {"a": "<x>"}),
            "<p>a &lt;x&gt;<br/>b</p><p>c</p>",
        )
