from base64 import b64decode
from pathlib import Path

from freezegun import freeze_time
from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.addons.mail.tests.common import MockEmail
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tests.common import ChromeBrowser
from odoo.tools import config

from .common import Ar24Service


@tagged("post_install", "-at_install")
class TestAr24Tours(Ar24Service, AccountTestInvoicingHttpCommon, MockEmail):
    """From the final level to the proof, in a real browser; and how it looks."""

    # The browser's own requests are logged by the library of the tests.
    watches_library = False
    browser_size = "1440x900"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("en_US", "fr_FR"):
            cls.env["res.lang"]._activate_lang(code)
        cls.company = cls.company_data["company"]
        cls.company.name = "Poterie du Ponant"
        cls.env.user.group_ids += cls.env.ref("credit_mgmt.credit_mgmt_group_manager")
        # The browser lives today, which may be a Sunday or a holiday.
        cls.classPatch(
            type(cls.company),
            "_get_credit_working_days",
            lambda self, start, end: {
                fields.Date.add(start, days=n) for n in range((end - start).days + 1)
            },
        )
        cls._start_ar24(ar24_qualified=False, webhook_sources="185.183.140.195")
        cls.user = new_test_user(
            cls.env,
            login="ar24_manager",
            name="Claire Besson",
            groups="base.group_user,base.group_partner_manager,"
            "credit_mgmt.credit_mgmt_group_manager",
            email="claire@example.com",
            lang="en_US",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        registered = cls.env.ref("credit_mgmt.channel_registered")
        cls.policy = cls.env["credit.dunning.policy"].create(
            {
                "name": "Policy of the tour",
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "send_saturday": True,
                "send_sunday": True,
                "send_hour_from": 0,
                "send_hour_to": 24,
                "level_ids": [
                    Command.create(
                        {
                            "name": "First reminder",
                            "delay_days": 5,
                            "channel_ids": [
                                Command.set(cls.env.ref("credit_mgmt.channel_letter").ids)
                            ],
                            "letter_text": "Pay {amount_due}.",
                        }
                    ),
                    Command.create(
                        {
                            "name": "Formal notice",
                            "delay_days": 8,
                            "formal_notice": True,
                            "channel_ids": [Command.set(registered.ids)],
                            "letter_subject": "Formal notice",
                            "letter_text": "Pay {amount_due}.",
                        }
                    ),
                ],
            }
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Delorme et Fils",
                "is_company": True,
                "email": "compta@delorme.example.com",
                "street": "1 quai des Chartrons",
                "city": "Bordeaux",
                "zip": "33000",
                "lang": "fr_FR",
                "credit_audience": "business",
                "dunning_policy_id": cls.policy.id,
            }
        )
        today = fields.Date.today()
        cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "invoice_date": fields.Date.subtract(today, days=50),
                "invoice_date_due": fields.Date.subtract(today, days=20),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 1840.0, "tax_ids": []})
                ],
            }
        ).action_post()
        with freeze_time(fields.Date.subtract(today, days=9)):
            before = cls.env["credit.dunning.run"].create({"company_id": cls.company.id})
            before.action_prepare()
            before.action_send()
        cls.run_ = cls.env["credit.dunning.run"].create({"company_id": cls.company.id})
        cls.run_.action_prepare()

    def setUp(self):
        super().setUp()
        self.ar24.reset()
        self.ar24.lively = ["AR"]

    def test_from_the_final_level_to_the_proof(self):
        self.start_tour("/odoo/reminders-to-release", "credit_mgmt_ar24", login="ar24_manager")
        letter = self.env["credit.registered.letter"].search([])
        self.assertEqual(
            (letter.state, letter.notice_id.released_by.login), ("accepted", "ar24_manager")
        )
        self.assertEqual(set(letter.proof_ids.mapped("kind")), {"sending", "receipt"})
        self.assertEqual(len(self.ar24.mails), 1)

    # === PICTURES === #

    def _capture(self, name, url, ready, code="console.log('test successful')", **browser):
        """Open a screen, wait until it shows what it should, and keep its picture."""
        folder = Path(config["screenshots"]) / "credit_mgmt_ar24"
        folder.mkdir(parents=True, exist_ok=True)
        picture = folder / f"{name}.png"
        original = ChromeBrowser._wait_code_ok

        def wait_and_capture(browser, *args, **kwargs):
            result = original(browser, *args, **kwargs)
            content = browser._websocket_request("Page.captureScreenshot")["data"]
            picture.write_bytes(b64decode(content))
            return result

        self.patch(ChromeBrowser, "_wait_code_ok", wait_and_capture)
        self.browser_js(url, code, ready, login="ar24_manager", **browser)
        self.assertGreater(picture.stat().st_size, 20_000)

    def _send(self):
        self.run_.action_release_formal()
        self.run_.action_send()
        return self.run_.notice_ids.delivery_ids.registered_letter_ids

    def test_picture_of_the_account(self):
        self._capture(
            "account",
            f"/odoo/registered-carriers/{self.account.id}",
            "!!document.querySelector('button[name=action_ar24_test]')",
            """document.querySelector("button[name=action_ar24_test]").click();
            const timer = setInterval(() => {
                if (document.body.innerText.includes("AR24 is ready")) {
                    clearInterval(timer);
                    setTimeout(() => console.log("test successful"), 500);
                }
            }, 50);""",
        )

    def test_picture_of_a_letter(self):
        letter = self._send()
        letter.action_refresh()
        self._capture(
            "letter",
            f"/odoo/registered-letters/{letter.id}",
            "document.querySelectorAll('.o_credit_proof').length === 2",
        )

    def test_picture_of_a_letter_under_way_in_french_on_a_phone(self):
        self.user.lang = "fr_FR"
        self.ar24.lively = ["sent"]
        letter = self._send()
        letter.action_refresh()
        self.patch(type(self), "browser_size", "400x800")
        self.patch(type(self), "touch_enabled", True)
        self._capture(
            "letter_narrow_fr",
            f"/odoo/registered-letters/{letter.id}",
            "!!document.querySelector('.o_credit_step_awaited')",
            "document.querySelector('.o_credit_timeline').scrollIntoView();"
            "setTimeout(() => console.log('test successful'), 500)",
        )

    def test_picture_of_the_customer(self):
        self._send().action_refresh()
        self._capture(
            "customer",
            f"/odoo/contacts/{self.customer.id}",
            "!!document.querySelector('.nav-link[name=credit]')",
            "document.querySelector('.nav-link[name=credit]').click();"
            "setTimeout(() => {"
            "document.querySelector('.o_credit_timelines').scrollIntoView();"
            "setTimeout(() => console.log('test successful'), 800)}, 1500)",
        )
