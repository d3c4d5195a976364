from odoo.tests import HttpCase, tagged

from .common import CreditSaleCommon


@tagged("post_install", "-at_install")
class TestTours(CreditSaleCommon, HttpCase):
    def test_stopped_asks_released(self):
        """A salesperson is stopped, asks; the approver releases by one click; confirmed."""
        order = self._order(1500, user_id=self.salesman.id)
        for user in self.salesman | self.approver:
            # No mail server listens, and none of this is about e-mails.
            user.write({"lang": "en_US", "notification_type": "inbox"})
        self.company.credit_responsible_id = self.approver
        url = f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}"
        self.start_tour(url, "credit_mgmt_sale_stopped", login="credit_salesman")
        order.invalidate_recordset()
        self.assertEqual((order.state, order.credit_state), ("draft", "held"))
        self.assertEqual(order.activity_ids.user_id, self.approver)
        self.start_tour(url, "credit_mgmt_sale_release", login="credit_approver")
        order.invalidate_recordset()
        self.assertEqual((order.state, order.credit_state), ("sale", "released"))
