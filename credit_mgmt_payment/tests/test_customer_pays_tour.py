from odoo.addons.credit_mgmt.tests.test_customer_page_tour import CustomerVisitCommon
from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestCustomerPays(CustomerVisitCommon):
    """A customer pays two late invoices at once on his phone, with the demo provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        method = cls.env.ref("payment_demo.payment_method_demo")
        method.active = True
        cls.provider = (
            cls.env.ref("payment.payment_provider_demo")
            .sudo()
            .copy(
                {
                    "name": "Demo",
                    "company_id": cls.company.id,
                    "state": "test",
                    "is_published": True,
                    "payment_method_ids": [Command.set(method.ids)],
                    "available_currency_ids": [Command.clear()],
                    "available_country_ids": [Command.clear()],
                }
            )
        )
        cls.provider.journal_id = cls.company_data["default_journal_bank"]

    def test_visit(self):
        self.start_tour(self.link, "credit_mgmt_customer_pays", login=None)
        self.env.invalidate_all()
        transaction = self.env["payment.transaction"].search(
            [("provider_id", "=", self.provider.id)]
        )
        self.assertEqual((transaction.state, transaction.amount), ("done", 2055.5))
        self.assertEqual(self.entries.mapped("amount_residual"), [0.0, 0.0, 478.2])

    def test_pictures(self):
        items = "&".join(f"item={entry.id}" for entry in self.entries[:2])
        for lang in ("en", "fr"):
            self.customer.lang = {"en": "en_US", "fr": "fr_FR"}[lang]
            for name, tail in (("pay_home", ""), ("pay", f"/pay?{items}")):
                self._capture(
                    f"customer_page_{name}_{lang}",
                    self.link + tail,
                    "!!document.querySelector('.o_credit_page')",
                )
