from odoo.tests import tagged

from .common import CreditSaleCommon, freeze_time


@tagged("post_install", "-at_install")
class TestAlert(CreditSaleCommon):
    """Orders in the alert rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["credit.alert.rule"].search([]).active = False
        cls.company.credit_alerts = True

    def _rule(self, code, **values):
        return self.env["credit.alert.rule"].create(
            {"name": code, "code": code, "company_id": self.company.id,
             "recipient": "responsible", **values}
        )  # fmt: skip

    def _evaluate(self, on):
        with freeze_time(on):
            self.env["credit.alert"]._evaluate(self.company)
            self.env.invalidate_all()
            return self.env["credit.alert"].search(
                [("company_id", "=", self.company.id), ("state", "=", "open")]
            )

    def test_an_order_is_a_purchase(self):
        """Ninety days after the last order, not after the last invoice."""
        self._rule("no_order", threshold_days=90)
        self._invoice(due="2026-01-10", amount=100)
        self.assertTrue(self._evaluate("2026-03-15"))
        order = self._order(amount=50)
        self.assertTrue(self._evaluate("2026-03-15"))
        order.action_confirm()
        self.assertFalse(self._evaluate("2026-03-15"))
        self.assertFalse(self._evaluate("2026-06-08"))
        self.assertEqual(self._evaluate("2026-06-09").value, 91)

    def test_an_order_uses_the_limit(self):
        """Confirmed, the customer is looked at soon; cancelled, the alert goes."""
        self._rule("limit_used", threshold_percent=90)
        Pending = self.env["credit.alert.pending"].sudo()
        Pending.search([]).unlink()
        order = self._order(amount=950)
        self.assertFalse(Pending.search_count([]))
        order.action_confirm()
        self.assertEqual(Pending.search([]).partner_id, self.customer)
        self.assertEqual(self._evaluate("2026-03-10").value, 95)
        Pending.search([]).unlink()
        order._action_cancel()
        self.assertTrue(Pending.search_count([]))
        self.assertFalse(self._evaluate("2026-03-10"))
