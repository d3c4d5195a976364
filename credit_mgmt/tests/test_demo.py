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
