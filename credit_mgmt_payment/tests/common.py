from urllib.parse import urlsplit

from lxml import html
from odoo.addons.credit_mgmt.tests.common_page import PageCommon
from odoo.fields import Command


class PaymentPageCommon(PageCommon):
    """A company that takes online payments with the demo provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo = cls.env.ref("payment.payment_provider_demo").sudo()
        cls.method = cls.env.ref("payment_demo.payment_method_demo")
        cls.method.active = True
        cls.provider = demo.copy(
            {
                "company_id": cls.company.id,
                "state": "test",
                "is_published": True,
                "payment_method_ids": [Command.set(cls.method.ids)],
                "available_currency_ids": [Command.clear()],
                "available_country_ids": [Command.clear()],
            }
        )
        cls.provider.journal_id = cls.company_data["default_journal_bank"]
        line = cls.provider.journal_id.inbound_payment_method_line_ids.filtered(
            lambda line: line.payment_provider_id == cls.provider
        )
        line.payment_account_id = cls.inbound_payment_method_line.payment_account_id

    def _form(self, link, items=""):
        """Return the payment form of Odoo as it is drawn on the page: its data."""
        page = self._get(f"{link}/pay?{items}")
        return dict(html.fromstring(page.text).get_element_by_id("o_payment_form").attrib)

    def _begin(self, link, items="", **changes):
        """Press Pay: let Odoo's form begin the payment; return the answer of the server."""
        form = self._form(link, items)
        params = {
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "token_id": None,
            "amount": float(form["data-amount"]),
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": form["data-landing-route"],
            "is_validation": False,
            **changes,
        }
        return self._call(urlsplit(form["data-transaction-route"]).path, params)

    def _call(self, path, params):
        response = self.url_open(path, json={"jsonrpc": "2.0", "params": params})
        self.assertEqual(response.status_code, 200)
        return response.json()

    def _transaction(self, link, items="", state=None, **changes):
        """Begin a payment and let the provider answer with a state."""
        result = self._begin(link, items, **changes)["result"]
        transaction = self.env["payment.transaction"].search(
            [("reference", "=", result["reference"])]
        )
        if state:
            self._answer(transaction, state)
        return transaction

    def _answer(self, transaction, state):
        transaction._process("demo", {"reference": transaction.reference, "simulated_state": state})
        transaction._post_process()
        self.env.flush_all()
        self.env.invalidate_all()
