from base64 import b64decode
from pathlib import Path

from freezegun import freeze_time
from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tests.common import ChromeBrowser
from odoo.tools import config

#: Name, days late of the invoices, their amount, other values of the customer.
CUSTOMERS = [
    ("Ateliers Morin", (12, 40), 1840.0, {}),
    ("Boulangerie Lefèvre", (3, 9), 215.5, {"is_company": True}),
    ("Cabinet Roussel", (20,), 960.0, {"email": False}),
    ("Garage du Port", (65, 95), 3120.0, {}),
    ("Imprimerie Vasseur", (-10, 7), 478.2, {}),
    ("Mairie de Saint-Aubin", (35,), 5230.0, {"credit_audience": "public"}),
    ("Maison Delattre", (130,), 742.0, {}),
    ("Transports Girard", (18,), 2640.0, {}),
]
#: A dark theme changes these; Community has none of its own.
DARK_VARIABLES = """
$o-white: #000 !default;
$o-black: #FFF !default;
$o-gray-100: #1B1D26 !default;
$o-gray-200: #262A36 !default;
$o-gray-300: #3C3E4B !default;
$o-gray-400: #5A5E6B !default;
$o-gray-500: #6B707F !default;
$o-gray-600: #8E92A0 !default;
$o-gray-700: #9A9CA5 !default;
$o-gray-800: #B1B3BC !default;
$o-gray-900: #E4E4E4 !default;
$o-view-background-color: #262A36 !default;
$o-webclient-background-color: #1B1D26 !default;
$o-main-text-color: #D1D1D1 !default;
$o-main-headings-color: #E4E4E4 !default;
$o-main-link-color: #9B8FD0 !default;
"""
#: Complains of each text of a screen that has not three times the luminance of its ground.
CHECK_CONTRAST = """
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => {
        const [r, g, b] = parse(color).map((x) => x / 255)
            .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (el) => {
        const color = getComputedStyle(el).backgroundColor;
        return parse(color)[3] === 0 ? ground(el.parentElement) : color;
    };
    const dark = luminance(ground(document.querySelector("GROUND")));
    if (dark > 0.1) {
        console.error("The screen is not dark.");
    }
    for (const el of document.querySelectorAll("SCREEN :is(th, td, span, h2, button)")) {
        const [a, b] = [luminance(getComputedStyle(el).color), luminance(ground(el))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (el.innerText.trim() && contrast < 3) {
            console.error(`Hard to read (${contrast}): ${el.className} ${el.innerText}`);
        }
    }
"""
#: Complains when name or total leave the screen while the columns pass.
CHECK_STICKY = """
    const scroll = document.querySelector(".o_credit_aged_scroll");
    scroll.scrollTo({ left: 150, top: 60 });
    const row = document.querySelectorAll(".o_credit_aged_line")[2];
    const { right } = row.querySelector("td[data-code=total]").getBoundingClientRect();
    const { left } = row.querySelector(".o_credit_aged_label").getBoundingClientRect();
    const { top } = document.querySelector("th[data-code=total]").getBoundingClientRect();
    const box = scroll.getBoundingClientRect();
    if (scroll.scrollLeft !== 150 || left !== box.left || top !== box.top || right > box.right) {
        console.error(`Not in sight: ${scroll.scrollLeft} ${left} ${top} ${right}`);
    }
"""


@tagged("post_install", "-at_install")
class TestScreens(AccountTestInvoicingHttpCommon):
    """The main screens show what they should, and the pictures of the README come from here."""

    browser_size = "1440x900"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.company_data["company"]
        company.name = "Delorme & Fils"
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env.user.group_ids += cls.env.ref("credit_mgmt.credit_mgmt_group_manager")
        cls.user = new_test_user(
            cls.env,
            login="screens",
            name="Claire Besson",
            groups="base.group_user,base.group_partner_manager,"
            "credit_mgmt.credit_mgmt_group_manager",
            email="screens@example.com",
            lang="en_US",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        today = fields.Date.today()
        for name, delays, amount, values in CUSTOMERS:
            customer = cls.env["res.partner"].create(
                {
                    "name": name,
                    "is_company": True,
                    "email": "accounts@example.com",
                    "street": "12 rue des Lilas",
                    "zip": "35000",
                    "city": "Rennes",
                    "phone": "+33 2 99 00 00 00",
                    "credit_audience": "business",
                    "collector_id": cls.user.id,
                    **values,
                }
            )
            cls.env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": customer.id,
                        "invoice_date": fields.Date.subtract(today, days=days + 30),
                        "invoice_date_due": fields.Date.subtract(today, days=days),
                        "invoice_payment_term_id": False,
                        "invoice_line_ids": [
                            Command.create({"name": "Works", "price_unit": amount, "tax_ids": []})
                        ],
                    }
                    for days in delays
                ]
            ).action_post()
        moves = cls.env["account.move"].search([("company_id", "=", company.id)])
        by_name = moves.grouped("partner_id")
        left_out = {partner.name: invoices for partner, invoices in by_name.items()}
        left_out["Maison Delattre"].action_toggle_block_payment()
        left_out["Transports Girard"].no_followup = True
        cls.run_ = cls.env["credit.dunning.run"].create({"company_id": company.id, "date": today})
        cls.run_.action_prepare()

    def _capture(self, name, url, ready, code="console.log('test successful')", **browser):
        """Open a screen, wait until it shows what it should, and keep its picture."""
        folder = Path(config["screenshots"]) / "credit_mgmt"
        folder.mkdir(parents=True, exist_ok=True)
        picture = folder / f"{name}.png"
        original = ChromeBrowser._wait_code_ok

        def wait_and_capture(browser, *args, **kwargs):
            result = original(browser, *args, **kwargs)
            content = browser._websocket_request("Page.captureScreenshot")["data"]
            picture.write_bytes(b64decode(content))
            return result

        self.patch(ChromeBrowser, "_wait_code_ok", wait_and_capture)
        self.browser_js(url, code, ready, login="screens", **browser)
        self.assertGreater(picture.stat().st_size, 20_000)

    def test_receivables(self):
        self._capture(
            "receivables",
            "/odoo/credit-receivables",
            "document.querySelectorAll('.o_data_row').length >= 8",
        )

    def test_review_of_a_run(self):
        self._capture(
            "review",
            f"/odoo/reminder-runs/{self.run_.id}",
            "document.body.innerText.includes('Invoice blocked for payment') "
            "&& document.body.innerText.includes('Marked no follow-up')",
        )

    def test_reminder(self):
        notice = self.run_.notice_ids.sorted("amount_due")[-1]
        self._capture(
            "reminder",
            f"/odoo/reminders/{notice.id}",
            f"document.body.innerText.includes('{notice.name}')",
        )

    def test_customer(self):
        partner = self.run_.notice_ids.sorted("amount_due")[-1].partner_id
        self._capture(
            "customer",
            f"/odoo/contacts/{partner.id}",
            "[...document.querySelectorAll('.nav-link')]"
            ".some((link) => link.innerText.includes('Credit Control'))",
            "[...document.querySelectorAll('.nav-link')]"
            ".find((link) => link.innerText.includes('Credit Control')).click();"
            "setTimeout(() => console.log('test successful'), 1500)",
        )

    def test_aged_balance(self):
        self._capture_aged_balance("aged_balance")

    def test_aged_balance_in_the_dark(self):
        """All colours come from the theme: with a dark one everything can still be read."""
        self._use_dark_theme()
        self._capture_aged_balance(
            "aged_balance_dark",
            self._check_contrast(".o_credit_aged_table", ".o_credit_aged_line td"),
        )

    def _check_contrast(self, screen, ground):
        return CHECK_CONTRAST.replace("SCREEN", screen).replace("GROUND", ground)

    def _use_dark_theme(self):
        self.env["ir.attachment"].create(
            {
                "name": "dark_variables.scss",
                "url": "/credit_mgmt_test/dark_variables.scss",
                "raw": DARK_VARIABLES.encode(),
                "mimetype": "text/scss",
                "public": True,
            }
        )
        self.env["ir.asset"].create(
            {
                "name": "A dark theme",
                "bundle": "web._assets_primary_variables",
                "directive": "prepend",
                "path": "/credit_mgmt_test/dark_variables.scss",
            }
        )

    def test_aged_balance_on_a_phone(self):
        """Name and total stay in sight beside the columns that pass between them."""
        self.patch(type(self), "browser_size", "400x800")
        self.patch(type(self), "touch_enabled", True)
        self._capture_aged_balance("aged_balance_narrow", CHECK_STICKY)

    def _capture_aged_balance(self, name, check=""):
        before = fields.Date.subtract(fields.Date.today(), days=30)
        self._capture(
            name,
            f"/odoo/aged-balance?compare_to={before}",
            "document.querySelectorAll('.o_credit_aged_line').length >= 8",
            """document.querySelector(".o_credit_aged_toggle").click();
            const timer = setInterval(() => {
                if (document.querySelector(".o_credit_aged_item")) {
                    clearInterval(timer);
                    CHECK;
                    setTimeout(() => console.log("test successful"), 500);
                }
            }, 50);""".replace("CHECK;", check),
        )

    def test_today(self):
        self._capture(
            "today",
            "/odoo/credit-today",
            "document.querySelectorAll('.o_credit_top_row').length >= 7",
        )

    def test_today_in_the_dark(self):
        self._use_dark_theme()
        self._capture(
            "today_dark",
            "/odoo/credit-today",
            "document.querySelectorAll('.o_credit_top_row').length >= 7",
            self._check_contrast(".o_credit_dashboard .o_content", ".o_credit_tile")
            + "console.log('test successful')",
            cookies={"color_scheme": "dark"},
        )

    def test_today_narrow(self):
        self.patch(self, "browser_size", "400x900")
        self._capture(
            "today_narrow",
            "/odoo/credit-today",
            "document.querySelectorAll('.o_credit_top_row').length >= 7 "
            "&& document.querySelector('.o_content').scrollWidth <= 400",
        )

    def test_indicators(self):
        self._capture(
            "indicators",
            "/odoo/credit-indicators?group_by=collector",
            "document.querySelector('.o_credit_breakdown tbody')?.innerText"
            ".includes('Claire Besson')",
        )

    # === ALERTS, SCORE, CREDIT PAGE === #

    def _prepare_file(self):
        """Give a customer a limit, a watch, a payment and a note; let the alert rules look."""
        partner = self.env["res.partner"].search(
            [("collector_id", "=", self.user.id), ("name", "=", "Garage du Port")]
        )
        partner.write({"credit_limit_mode": "limited", "credit_limit": 5000.0})
        partner._set_credit_hold("watch", "Changement de dirigeant annoncé")
        today = fields.Date.today()
        invoice = self.env["account.move"].search([("partner_id", "=", partner.id)], limit=1)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 1100.0, "payment_date": today})._create_payments()
        self.env["credit.solvency.note"].create(
            {
                "partner_id": partner.id,
                "source": "banque_de_france",
                "value": "4+",
                "scale": "1+ à P",
                "date": fields.Date.subtract(today, days=400),
                "date_expiry": fields.Date.subtract(today, days=35),
                "counts": True,
                "percent": 55,
            }
        )
        self.env["credit.alert"]._evaluate(self.company_data["company"])
        return partner

    def _capture_page(self, name, condition="true"):
        partner = self._prepare_file()
        self._capture(
            name,
            f"/odoo/contacts/{partner.id}/credit-page",
            "document.querySelectorAll('.o_credit_file .o_credit_panel canvas').length >= 1 "
            f"&& {condition}",
            "setTimeout(() => console.log('test successful'), 800)",
        )

    def test_credit_page(self):
        self.patch(type(self), "browser_size", "1440x1500")
        self._capture_page("credit_page")

    def test_credit_page_narrow(self):
        self.patch(type(self), "browser_size", "400x2600")
        self._capture_page(
            "credit_page_narrow", "document.querySelector('.o_content').scrollWidth <= 400"
        )

    def test_credit_page_in_the_dark(self):
        self._use_dark_theme()
        partner = self._prepare_file()
        self._capture(
            "credit_page_dark",
            f"/odoo/contacts/{partner.id}/credit-page",
            "document.querySelectorAll('.o_credit_file .o_credit_panel canvas').length >= 1",
            self._check_contrast(".o_credit_file .o_content", ".o_credit_panel")
            + "console.log('test successful')",
            cookies={"color_scheme": "dark"},
        )

    def test_alerts(self):
        self._prepare_file()
        self._capture(
            "alerts", "/odoo/credit-alerts", "document.querySelectorAll('.o_data_row').length >= 4"
        )

    def test_alerts_by_severity(self):
        self._prepare_file()
        self._capture(
            "alerts_kanban",
            "/odoo/credit-alerts?view_type=kanban",
            "document.querySelectorAll('.o_kanban_record').length >= 4",
        )

    def test_alert_rules(self):
        self._capture(
            "alert_rules",
            "/odoo/credit-alert-rules",
            "document.querySelectorAll('.o_data_row').length >= 10",
        )

    def test_scores(self):
        self._prepare_file()
        self._capture(
            "scores",
            "/odoo/credit-scores",
            "document.querySelectorAll('canvas').length >= 1",
            "setTimeout(() => console.log('test successful'), 800)",
        )

    # === MY DAY === #

    def _prepare_my_day(self):
        """Different things happened with the customers."""
        customers = {
            partner.name: partner
            for partner in self.env["res.partner"].search([("collector_id", "=", self.user.id)])
        }
        entries = {
            partner: self.env["account.move.line"].search(
                [
                    ("partner_id", "=", partner.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("amount_residual", ">", 0),
                ]
            )
            for partner in customers.values()
        }
        company = self.company_data["company"]
        promised = customers["Garage du Port"]
        today = fields.Date.today()
        with freeze_time(fields.Date.subtract(today, days=12)):
            self.env["credit.promise"]._promise(
                entries[promised], [(fields.Date.subtract(today, days=9), 3000.0)]
            )
        disputed = entries[customers["Ateliers Morin"]][:1]
        self.env["credit.dispute"]._dispute(
            disputed, 400.0, self.env["credit.dispute.reason"].search([], limit=1)
        )
        self.env["credit.contact.log"]._log(
            customers["Cabinet Roussel"],
            company,
            "no_answer",
            next_date=fields.Date.add(today, days=1),
            note="Standard fermé le samedi",
        )
        promised.write({"comment": "<p>Joindre plutôt le matin.</p>"})
        self.env["res.partner"].create(
            {
                "name": "Odile Martin",
                "parent_id": promised.id,
                "function": "Comptable",
                "phone": "+33 2 99 00 11 22",
                "email": "odile.martin@example.com",
                "dunning_contact": True,
            }
        )

    def test_my_day(self):
        self._prepare_my_day()
        self._capture(
            "my_day",
            "/odoo/my-day",
            "document.querySelectorAll('.o_credit_work_row').length >= 5"
            " && Boolean(document.querySelector('.o_credit_work_script'))",
        )

    def test_my_day_in_the_dark(self):
        self._prepare_my_day()
        self._use_dark_theme()
        self._capture(
            "my_day_dark",
            "/odoo/my-day",
            "document.querySelectorAll('.o_credit_work_row').length >= 5",
            self._check_contrast(".o_credit_work .o_content", ".o_credit_work_queue")
            + "console.log('test successful')",
            cookies={"color_scheme": "dark"},
        )

    def test_my_day_on_a_phone(self):
        self.patch(type(self), "browser_size", "400x900")
        self._prepare_my_day()
        self._capture(
            "my_day_narrow",
            "/odoo/my-day",
            "document.querySelectorAll('.o_credit_work_row').length >= 5"
            " && document.querySelector('.o_content').scrollWidth <= 400",
        )

    def test_file_of_my_day_on_a_phone(self):
        """The list makes room for the customer, whose file is no wider than the screen."""
        self.patch(type(self), "browser_size", "400x900")
        self._prepare_my_day()
        self._capture(
            "my_day_file_narrow",
            "/odoo/my-day",
            "Boolean(document.querySelector('.o_credit_work_row'))",
            """document.querySelector(".o_credit_work_row").click();
            const timer = setInterval(() => {
                const deeds = document.querySelector(".o_credit_work_deeds");
                if (deeds?.offsetWidth) {
                    clearInterval(timer);
                    const content = document.querySelector(".o_content");
                    if (content.scrollWidth > content.clientWidth) {
                        console.error(`Too wide: ${content.scrollWidth}`);
                    }
                    setTimeout(() => console.log("test successful"), 500);
                }
            }, 50);""",
        )

    def test_my_day_in_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user.lang = "fr_FR"
        self._prepare_my_day()
        self._capture(
            "my_day_french",
            "/odoo/my-day",
            "document.querySelectorAll('.o_credit_work_row').length >= 5",
        )
