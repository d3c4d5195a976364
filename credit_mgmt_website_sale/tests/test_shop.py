from odoo.addons.credit_mgmt_sale.tests.common import CreditSaleCommon
from odoo.http import root
from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestShop(CreditSaleCommon, HttpCase):
    """What a buyer in the shop reads of the credit check: one neutral sentence."""

    def _get_confirmation(self, order):
        """Open the confirmation page as the visitor who placed the order."""
        website = self.env["website"].get_current_website()
        order.website_id = website
        session = self.authenticate(None, None)
        session["sale_last_order_id"] = order.id
        root.session_store.save(session)
        response = self.url_open("/shop/confirmation")
        self.assertEqual(response.status_code, 200)
        return response.text

    def test_held_order_is_being_reviewed(self):
        """Over the limit: the order waits, and the page says so without figure or reason."""
        order = self._order(amount=2500)
        self._transaction(order, amount=500, state="done")
        order.with_context(credit_customer_driven=True).action_confirm()
        self.assertEqual((order.state, order.credit_state), ("draft", "held"))
        page = self._get_confirmation(order)
        self.assertIn("It is being reviewed", page)
        self.assertIn(order.name, page)
        for secret in ("1,000", "limit", "Too much"):
            self.assertNotIn(secret, page.split("<main", 1)[1].split("</main", 1)[0])

    def test_confirmed_order_says_nothing(self):
        order = self._order(amount=500)
        self._transaction(order, state="done")
        order.with_context(credit_customer_driven=True).action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertNotIn("It is being reviewed", self._get_confirmation(order))
