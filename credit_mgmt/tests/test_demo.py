from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..demo import demo_data, demo_plan


@tagged("post_install", "-at_install")
class TestDemoPlan(TransactionCase):
    """The plan of the demo data; the data themselves are built by `make demo`."""

    def test_size_is_as_promised(self):
        documents = demo_plan.documents("first") + demo_plan.documents("second")
        invoices = [row for row in documents if row.kind == "invoice"]
        self.assertGreaterEqual(len(demo_data.CUSTOMERS), 60)
        self.assertGreaterEqual(len(invoices), 400)
        self.assertGreater(sum(bool(row.settlements) for row in invoices), 250)

    def test_plan_is_the_same_each_time(self):
        def figures():
            return [
                (row.customer.name, row.age, row.amount) for row in demo_plan.documents("first")
            ]

        self.assertEqual(figures(), figures())

    def test_nothing_happens_tomorrow_or_before_its_cause(self):
        for company in ("first", "second"):
            documents = demo_plan.documents(company)
            ages = [document.age for document in documents]
            self.assertEqual(ages, sorted(ages, reverse=True))
            self.assertGreaterEqual(min(ages), 0)
            self.assertLessEqual(max(ages), demo_data.HISTORY_AGE)
            for document in documents:
                for settlement in document.settlements:
                    self.assertGreaterEqual(settlement.age, demo_plan.NEWEST_PAYMENT)
                    self.assertLess(settlement.age, document.age)

    def test_mail_reaches_nobody(self):
        for row in demo_data.COMPANIES:
            self.assertTrue(row.email.endswith("@example.com"))


@tagged("post_install", "-at_install")
class TestDemoBook(TransactionCase):
    """The demo data themselves: two years of two companies, as `make demo` creates them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["credit.mgmt.demo"]._install()
        cls.companies = cls.env.ref("credit_mgmt.demo_company_first") | cls.env.ref(
            "credit_mgmt.demo_company_second"
        )

    def test_aged_balance_ties_at_24_month_ends(self):
        """Rule 11: part payments, short payments, credit notes and exchange differences."""
        balance = self.env["credit.aged.balance"].with_context(
            allowed_company_ids=self.companies.ids
        )
        today = self.companies[0]._get_credit_today()
        days = [today] + [
            fields.Date.end_of(fields.Date.subtract(today, months=number), "month")
            for number in range(1, 25)
        ]
        seen = 0
        for day in days:
            for tie in balance._compute_ties(day):
                seen += bool(tie["aged"])
                self.assertEqual(tie["difference"], 0, (day, tie))
            lines = balance._compute_lines(day, self.companies.ids)
            by_company = balance._compute_lines(day, self.companies.ids, "company")
            self.assertEqual(
                self.companies[0].currency_id.compare_amounts(
                    sum(line["amounts"][-1] for line in lines),
                    sum(line["amounts"][-1] for line in by_company),
                ),
                0,
            )
        self.assertGreater(seen, 24, "the book is not empty")

    def test_alerts_are_there(self):
        """The delivered rules find something, an alert is snoozed, customers have a score."""
        company = self.companies[0]
        alerts = self.env["credit.alert"].search([("company_id", "=", company.id)])
        self.assertGreater(len(alerts.filtered(lambda a: a.state == "open")), 5)
        self.assertEqual(len(alerts.filtered(lambda a: a.state == "snoozed")), 1)
        self.assertTrue(all(alert.message for alert in alerts))
        grades = (
            self.env["res.partner"]
            .with_company(company)
            ._read_group(
                [("customer_rank", ">", 0), ("risk_grade", "!=", False)],
                ["risk_grade"],
                ["__count"],
            )
        )
        self.assertGreater(len(grades), 2)
