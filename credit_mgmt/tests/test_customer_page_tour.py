from base64 import b64decode
from pathlib import Path

from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import ChromeBrowser
from odoo.tools import config

#: Complains when something is wider than the phone.
CHECK_WIDTH = """
    const width = document.documentElement.clientWidth;
    for (const el of document.querySelectorAll(".o_credit_page *")) {
        if (el.getBoundingClientRect().right > width + 1) {
            console.error(`Wider than the screen: ${el.className} ${el.innerText}`);
        }
    }
    console.log("test successful");
"""


class CustomerVisitCommon(AccountTestInvoicingHttpCommon):
    """A customer with two late invoices and one to come, on a phone."""

    browser_size = "400x800"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["ir.module.module"]._load_module_terms(["credit_mgmt"], ["fr_FR"])
        cls.env.user.group_ids += cls.env.ref("credit_mgmt.credit_mgmt_group_manager")
        cls.company = cls.company_data["company"]
        cls.company.name = "Delorme & Fils"
        cls.company.partner_id.write({"phone": "+33 2 99 11 22 33", "email": "cr@example.com"})
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Ateliers Morin",
                "is_company": True,
                "lang": "en_US",
                "email": "morin@example.com",
                "country_id": cls.env.ref("base.fr").id,
            }
        )
        today = fields.Date.today()
        moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": cls.customer.id,
                    "invoice_date": fields.Date.subtract(today, days=days + 30),
                    "invoice_date_due": fields.Date.subtract(today, days=days),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"name": "Works", "price_unit": amount, "tax_ids": []})
                    ],
                }
                for days, amount in ((40, 1840.0), (12, 215.5), (-10, 478.2))
            ]
        )
        moves.action_post()
        cls.moves = moves
        cls.entries = moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).sorted("date_maturity")
        cls.token = cls.env["credit.customer.token"]._ensure(cls.customer, cls.company)
        cls.link = cls.token._get_path()

    def _capture(self, name, url, ready):
        """Open a page of the customer, check its width, and keep its picture."""
        folder = Path(config["screenshots"]) / "credit_mgmt"
        folder.mkdir(parents=True, exist_ok=True)
        picture = folder / f"{name}.png"
        original = ChromeBrowser._wait_code_ok

        def wait_and_capture(browser, *args, **kwargs):
            result = original(browser, *args, **kwargs)
            content = browser._websocket_request(
                "Page.captureScreenshot", params={"captureBeyondViewport": True}
            )["data"]
            picture.write_bytes(b64decode(content))
            return result

        with self.subTest(name):
            self.patch(ChromeBrowser, "_wait_code_ok", wait_and_capture)
            self.browser_js(url, CHECK_WIDTH, ready, login=None)
            self.patch(ChromeBrowser, "_wait_code_ok", original)
            self.assertGreater(picture.stat().st_size, 10_000)


@tagged("post_install", "-at_install")
class TestCustomerVisit(CustomerVisitCommon):
    """A customer's visit on a phone: looks, promises, disputes with a file."""

    def test_visit(self):
        self.start_tour(self.link, "credit_mgmt_customer_page", login=None)
        self.env.invalidate_all()
        actions = self.env["credit.customer.action"].search(
            [("partner_id", "=", self.customer.id)], order="id"
        )
        self.assertEqual(actions.mapped("kind"), ["promise", "dispute"])
        self.assertEqual(actions[0].promise_id.item_ids.move_line_id, self.entries[0])
        dispute = actions[1].dispute_id
        self.assertEqual((dispute.amount, dispute.move_id), (40.0, self.entries[1].move_id))
        self.assertEqual(dispute.message_ids.attachment_ids.name, "order.pdf")

    def test_pictures(self):
        plan = self.env["credit.payment.plan"]._propose_for(self.entries[2])
        plan.interest_rate = 5.0
        plan.action_propose()
        items = "&".join(f"item={entry.id}" for entry in self.entries[:2])
        for lang in ("en", "fr"):
            self.customer.lang = {"en": "en_US", "fr": "fr_FR"}[lang]
            for name, tail in (
                ("", ""),
                ("_promise", f"/promise?{items}"),
                ("_dispute", f"/dispute?item={self.entries[0].id}"),
                ("_plan", f"/plan?{items}"),
                ("_paid", f"/paid?{items}"),
                ("_accept", f"/accept?plan={plan.id}"),
            ):
                self._capture(
                    f"customer_page{name}_{lang}",
                    self.link + tail,
                    "!!document.querySelector('.o_credit_page')",
                )
