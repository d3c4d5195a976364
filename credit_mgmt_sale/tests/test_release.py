from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CreditSaleCommon, freeze_time


@tagged("post_install", "-at_install")
class TestRelease(CreditSaleCommon):
    """Asked by a salesperson, decided by the approver, recorded."""

    def _ask(self, order, reason="Payment announced"):
        wizard = (
            self.env["credit.release.ask"]
            .with_user(self.salesman)
            .create({"order_id": order.id, "reason": reason})
        )
        self.assertIn("Too much by", wizard.message)
        wizard.action_ask()
        return order.credit_release_ids.filtered(lambda release: release.state == "requested")

    def _release(self, order):
        self._ask(order)
        order.with_user(self.approver).action_credit_release()

    def test_one_click(self):
        """Ask, one click, confirmed: who, why, how much and until when stand in the record."""
        order = self._order(1500)
        request = self._ask(order)
        self.assertEqual(order.credit_state, "held")
        self.assertEqual(order.activity_ids.user_id, self.company._get_credit_approvers(1500)[:1])
        self.assertEqual(request.missing, 500)
        with self.assertRefused("may not release", AccessError):
            order.with_user(self.salesman).action_credit_release()
        order.with_user(self.approver).action_credit_release()
        self.assertEqual((order.state, order.credit_state), ("sale", "released"))
        self.assertEqual(request.state, "granted")
        self.assertEqual(request.decided_by_id, self.approver)
        self.assertEqual(request.requested_by_id, self.salesman)
        self.assertEqual(request.amount, 1500)
        self.assertEqual(str(request.date_until), "2026-03-17")
        self.assertFalse(order.activity_ids)

    def test_next_order_is_stopped(self):
        """A release lets its order go, and no other one."""
        self._release(self._order(1500))
        self.assertStopped(self._order(1))

    def test_released_order_that_grows(self):
        """Beyond the amount released the order is checked again; below it is not."""
        order = self._order(1500)
        self._release(order)
        with self.assertRefused("Too much by"):
            order.order_line.price_unit = 1500.01
        order.order_line.price_unit = 1400
        order.order_line.price_unit = 1500

    def test_release_of_an_order_that_grew_before_confirmation(self):
        """What the approver released is the amount that he saw."""
        order = self._order(1500)
        request = self._ask(order)
        request.with_user(self.approver).action_cancel()
        order.invalidate_recordset()
        self.assertEqual(order.credit_state, "none")
        self.assertStopped(order)

    def test_release_ends(self):
        """After its last day a release does not confirm any more."""
        order = self._order(1500)
        self._release(order)
        order._action_cancel()
        order.action_draft()
        with freeze_time("2026-03-17"):
            self.assertTrue(order._get_valid_release())
        with freeze_time("2026-03-18"):
            self.assertStopped(order)

    def test_hold_after_the_release(self):
        """A hold set by hand after the release is the later decision."""
        order = self._order(1500)
        with freeze_time("2026-03-10 08:00:00"):
            self._release(order)
        self.assertTrue(order._get_valid_release())
        with freeze_time("2026-03-10 09:00:00"):
            self.customer._set_credit_hold("hold", "Audit")
        self.assertFalse(order._get_valid_release())

    def test_release_for_another_payer(self):
        """A release is for the customer who was looked at."""
        payer = self._create_customer("Payer", credit_limit_mode="none")
        order = self._order(1500)
        self._release(order)
        with self.assertRefused("Too much by"):
            order.partner_invoice_id = payer

    def test_refused(self):
        order = self._order(1500)
        request = self._ask(order)
        order.with_user(self.approver).action_credit_refuse()
        self.assertEqual(request.state, "refused")
        self.assertStopped(order)

    def test_thresholds(self):
        """An approver releases up to his ceiling."""
        self.env["credit.approval.level"].create(
            [
                {"name": "S", "company_id": self.company.id, "ceiling": 1500,
                 "user_ids": [Command.set(self.approver.ids)]},
                {"name": "L", "company_id": self.company.id, "no_ceiling": True,
                 "user_ids": [Command.set(self.env.user.ids)]},
            ]
        )  # fmt: skip
        large = self._order(1501)
        self._ask(large)
        self.assertEqual(large.activity_ids.user_id, self.env.user)
        with self.assertRefused("may not release", AccessError):
            large.with_user(self.approver).action_credit_release()
        small = self._order(1500)
        self._ask(small)
        self.assertEqual(small.activity_ids.user_id, self.approver)
        small.with_user(self.approver).action_credit_release()
        self.assertEqual(small.state, "sale")

    def test_nothing_to_release(self):
        order = self._order(10)
        with self.assertRefused("nothing to release"):
            self.env["credit.release.ask"].create(
                {"order_id": order.id, "reason": "x"}
            ).action_ask()

    def test_asked_once(self):
        order = self._order(1500)
        self._ask(order)
        self._ask(order, "Again")
        self.assertEqual(len(order.credit_release_ids), 1)
        self.assertEqual(len(order.activity_ids), 1)
