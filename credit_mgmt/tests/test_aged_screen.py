import json
import re

from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tests.common import ChromeBrowser

from .common import freeze_time
from .test_aged import AgedCommon


@tagged("post_install", "-at_install")
class TestAgedScreen(AgedCommon):
    """What the screen asks of the server beside the figures."""

    def _sum_of(self, action, field="amount"):
        """Return what the items that an action opens add up to."""
        items = self.env[action["res_model"]].with_context(**action["context"])
        return sum(items.search(action["domain"]).mapped(field))

    def _open(self, **options):
        action = self.balance.action_open_items({"company_ids": self.company.ids, **options})
        json.dumps(action["domain"])
        return action

    def test_shortcuts_to_dates(self):
        """Ends of periods are days in the past but for this month; a fiscal year may differ."""
        self.company.write({"fiscalyear_last_month": "6", "fiscalyear_last_day": 30})
        screen = self.balance.get_screen()
        self.assertEqual(screen["today"], "2026-03-10")
        self.assertEqual(
            {period["code"]: period["date"] for period in screen["periods"]},
            {
                "today": "2026-03-10",
                "last_month": "2026-02-28",
                "last_quarter": "2025-12-31",
                "last_fiscal_year": "2025-06-30",
                "last_year": "2025-12-31",
                "this_month": "2026-03-31",
            },
        )
        with freeze_time("2026-01-01"):
            [last_month] = [
                period["date"]
                for period in self.balance.get_screen()["periods"]
                if period["code"] == "last_month"
            ]
        self.assertEqual(last_month, "2025-12-31")

    def test_every_filter_can_be_chosen_and_applied(self):
        """The screen chooses records of the model that the filter compares with."""
        self._overdue(10)
        for code, chosen in self.balance.get_screen()["filters"].items():
            with self.subTest(code):
                record = self.env[chosen["model"]].search(chosen["domain"], limit=1)
                self._report(filters={code: record.ids})
        with self.assertRaisesRegex(UserError, "cannot be filtered"):
            self._report(filters={"shoe_size": [1]})

    def test_drill_counts_what_the_amount_says(self):
        """Whatever column, date and age: the items opened add up to the amount clicked."""
        self._overdue(-5, amount=1.0)
        self._overdue(10, amount=2.0)
        self._pay(self._overdue(45, amount=4.0), 1.0, on="2026-03-05")
        self._overdue(200, self.other, amount=8.0)
        self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 0.5,
                "date": "2026-02-01",
                "payment_type": "inbound",
                "partner_type": "customer",
            }
        ).action_post()
        for options in (
            {},
            {"as_of": "2026-02-28"},
            {"as_of": "2026-04-30"},
            {"basis": "posting"},
            {"buckets": "months", "months": 3},
            {"edges": [0, 5, 40]},
            {"overdue_only": True},
        ):
            report = self._report(**options)
            within = [["partner", self.customer.id]]
            [line] = [x for x in report["lines"] if x["key"] == self.customer.id]
            [total] = report["totals"]
            for index, column in enumerate(report["columns"]):
                with self.subTest(column=column["code"], **options):
                    action = self._open(**options, within=within, bucket=column["code"])
                    self.assertAlmostEqual(self._sum_of(action), line["amounts"][index], 2)
                    action = self._open(**options, bucket=column["code"])
                    self.assertAlmostEqual(self._sum_of(action), total["amounts"][index], 2)

    def test_drill_of_totals_with_a_minimum(self):
        """The total of the lines shown opens the items of these lines only."""
        foreign = self.setup_other_currency("GBP", rates=[("2026-01-01", 2.0)])
        self._overdue(10, amount=60.0)
        self._overdue(70, amount=60.0)
        self._overdue(10, self.other, amount=70.0)
        self._overdue(10, self.other, amount=300.0, currency_id=foreign.id)
        [total] = self._report(min_amount=150)["totals"]
        self.assertEqual(total["amounts"][-1], 220)
        self.assertEqual(self._sum_of(self._open(min_amount=150)), 220)
        self.assertEqual(self._sum_of(self._open(min_amount=150, bucket="3")), 0)
        totals = {
            total["currency_id"]: total["amounts"][-1]
            for total in self._report(min_amount=100, currency="original")["totals"]
        }
        self.assertEqual(totals, {self.company.currency_id.id: 120, foreign.id: 300})
        for currency_id, amount in totals.items():
            action = self._open(
                min_amount=100, currency="original", within=[["currency", currency_id]]
            )
            self.assertEqual(self._sum_of(action, "amount_currency"), amount)
        self.assertEqual(self._sum_of(self._open(min_amount=1000)), 0)

    def test_unknown_column_is_refused(self):
        for bucket in ("9", "nothing", ["1"]):
            with self.assertRaisesRegex(UserError, "has no column"):
                self._open(bucket=bucket)

    def test_sort_by_percent(self):
        """What was nothing before comes first; what did not change lies between up and down."""
        third = self._create_customer("Customer C")
        fourth = self._create_customer("Customer D")
        self._overdue(60, amount=100.0)
        self._overdue(60, self.other, amount=100.0)
        self._overdue(-10, self.other, amount=50.0)
        self._overdue(-10, third, amount=1.0)
        self._pay(self._overdue(60, fourth, amount=100.0), 30.0, on="2026-03-05")
        labels = [
            line["label"]
            for line in self._report(compare_to="2026-02-01", order="percent")["lines"]
        ]
        self.assertEqual(labels, ["Customer C", "Customer B", "Customer A", "Customer D"])

    def test_customer_opens_his_own_balance(self):
        contact = self.env["res.partner"].create({"name": "Desk", "parent_id": self.customer.id})
        action = contact.action_open_aged_balance()
        self.assertEqual(action["tag"], "credit_mgmt.aged_balance")
        self._overdue(10)
        self._overdue(10, self.other)
        report = self._report(**action["params"]["options"])
        self.assertEqual([line["label"] for line in report["lines"]], ["Customer A"])

    def test_salesperson_opens_the_screen(self):
        """A viewer gets the screen with the own customers and no company figures."""
        viewer = new_test_user(
            self.env,
            login="aged_viewer",
            groups="credit_mgmt.credit_mgmt_group_viewer",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.customer.user_id = viewer
        self._overdue(10, amount=100.0, invoice_user_id=viewer.id)
        self._overdue(10, self.other, amount=70.0, invoice_user_id=self.env.user.id)
        balance = self.balance.with_user(viewer)
        self.assertTrue(balance.get_screen()["periods"])
        self.assertEqual([line["label"] for line in balance.get_report()["lines"]], ["Customer A"])
        self.assertEqual(balance.get_ties(), [])
        action = balance.action_open_items({"bucket": "1"})
        items = self.env["credit.aged.item"].with_user(viewer).with_context(**action["context"])
        self.assertEqual(items.search(action["domain"]).mapped("amount"), [100.0])


#: What the table shows, as text.
READ_TABLE = """(() => {
    const text = (el) => el ? el.innerText.trim() : null;
    const cells = (row) => Object.fromEntries(
        [...row.querySelectorAll("td[data-code]")].map((td) => [td.dataset.code, text(td)])
    );
    return {
        headings: [...document.querySelectorAll(".o_credit_aged_table thead th")].map(text),
        lines: [...document.querySelectorAll(".o_credit_aged_line")].map((row) => ({
            label: text(row.querySelector(".o_credit_aged_name")), cells: cells(row),
        })),
        items: [...document.querySelectorAll(".o_credit_aged_item")].map((row) => ({
            label: text(row.querySelector(".o_credit_aged_entry")), cells: cells(row),
        })),
        totals: [...document.querySelectorAll(".o_credit_aged_total")].map(cells),
        percents: [...document.querySelectorAll(".o_credit_aged_percents")].map(cells),
        tie: Boolean(document.querySelector(".o_credit_aged_tie:not(.o_credit_aged_differs)")),
    };
})()"""
LOADED = (
    "document.querySelector('.o_credit_aged_line') !== null"
    " && document.querySelector('.o_credit_aged_tie') !== null"
)


@tagged("post_install", "-at_install")
class TestAgedScreenInBrowser(AccountTestInvoicingHttpCommon):
    """The figures that people read in the browser are those of ``_compute_lines``."""

    browser_size = "1440x900"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env.user.group_ids += cls.env.ref("credit_mgmt.credit_mgmt_group_manager")
        new_test_user(
            cls.env,
            login="aged_screen",
            groups="base.group_user,credit_mgmt.credit_mgmt_group_user",
            lang="en_US",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        # The browser lives today.
        cls.today = fields.Date.today()
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Browser {letter}", "is_company": True} for letter in "ABC"]
        )
        for customer, days, amount in (
            (cls.customers[0], -20, 1234.56),
            (cls.customers[0], 12, 1000000.01),
            (cls.customers[0], 75, 0.07),
            (cls.customers[1], 40, 3456.7),
            (cls.customers[1], 150, 99.99),
        ):
            due = fields.Date.subtract(cls.today, days=days)
            cls._post("out_invoice", customer, fields.Date.subtract(due, days=60), due, amount)
        long_ago = fields.Date.subtract(cls.today, days=100)
        cls._post("out_refund", cls.customers[1], long_ago, long_ago, 50.05)
        settled = cls._post("out_invoice", cls.customers[2], long_ago, long_ago, 700.0)
        cls._register_payment(settled, payment_date=fields.Date.subtract(cls.today, days=3))

    @classmethod
    def _post(cls, move_type, customer, day, due, amount):
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": customer.id,
                "invoice_date": day,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": amount, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        return move

    def _read(self, url, code="console.log('test successful')", ready=LOADED):
        """Open the screen, do something on it, and return what its table says."""
        result = {}
        original = ChromeBrowser._wait_code_ok

        def wait_and_read(browser, *args, **kwargs):
            outcome = original(browser, *args, **kwargs)
            answer = browser._websocket_request(
                "Runtime.evaluate", params={"expression": READ_TABLE, "returnByValue": True}
            )
            result.update(answer["result"]["value"])
            return outcome

        self.patch(ChromeBrowser, "_wait_code_ok", wait_and_read)
        self.browser_js(url, code, ready, login="aged_screen")
        return result

    def _amounts(self, cells, codes):
        """Return the numbers of some cells; an empty one stands for zero."""
        return [float(re.sub(r"[^\d.-]", "", cells[code]) or 0) for code in codes]

    def _expected(self, as_of=None, **options):
        lines = self.env["credit.aged.balance"]._compute_lines(as_of, self.company.ids, **options)
        return {self.env["res.partner"].browse(line["key"]).name: line["amounts"] for line in lines}

    def test_screen_shows_what_is_computed(self):
        shown = self._read("/odoo/aged-balance")
        codes = [*map(str, range(6)), "unallocated", "total"]
        expected = self._expected()
        self.assertEqual(len(expected), 2)
        self.assertEqual(
            {line["label"]: self._amounts(line["cells"], codes) for line in shown["lines"]},
            expected,
        )
        sums = [round(sum(amounts), 2) for amounts in zip(*expected.values(), strict=True)]
        [totals], [percents] = shown["totals"], shown["percents"]
        self.assertEqual(self._amounts(totals, codes), sums)
        for code, amount in zip(codes, sums, strict=True):
            self.assertAlmostEqual(
                self._amounts(percents, [code])[0], amount / sums[-1] * 100, delta=0.051
            )
        self.assertTrue(shown["tie"])
        self.assertEqual(
            shown["headings"],
            ["Customer", "Not due", "1-30 days", "31-60 days", "61-90 days", "91-120 days"]
            + ["Over 120 days", "Unallocated", "Total"],
        )

    def test_past_date_beside_today_with_items(self):
        """A settled invoice is there at the past date; its customer unfolds into the items."""
        before = fields.Date.subtract(self.today, days=10)
        shown = self._read(
            f"/odoo/aged-balance?compare_to={before}&order=label&descending=0",
            # Unfold the first line and wait for its items.
            """document.querySelector(".o_credit_aged_toggle").click();
            const timer = setInterval(() => {
                if (document.querySelectorAll(".o_credit_aged_item").length === 3) {
                    clearInterval(timer);
                    console.log("test successful");
                }
            }, 50);""",
        )
        today, past = self._expected(), self._expected(before)
        self.assertEqual(
            [line["label"] for line in shown["lines"]], ["Browser A", "Browser B", "Browser C"]
        )
        for line in shown["lines"]:
            total = today.get(line["label"], [0])[-1]
            previous = past.get(line["label"], [0])[-1]
            self.assertEqual(
                self._amounts(line["cells"], ["total", "previous", "difference"]),
                [total, previous, round(total - previous, 2)],
            )
        self.assertEqual(past["Browser C"][-1], 700)
        codes = [*map(str, range(6)), "unallocated", "total"]
        by_item = [self._amounts(item["cells"], codes) for item in shown["items"]]
        self.assertEqual(
            [round(sum(column), 2) for column in zip(*by_item, strict=True)], today["Browser A"]
        )

    def test_currency_of_the_items(self):
        foreign = self.setup_other_currency("GBP", rates=[("2020-01-01", 2.0)])
        day = fields.Date.subtract(self.today, days=30)
        move = self._post("out_invoice", self.customers[0], day, day, 10.0)
        move.button_draft()
        move.currency_id = foreign
        move.action_post()
        shown = self._read("/odoo/aged-balance?currency=original&order=label&descending=0")
        expected = {
            (line["key"], line["currency"].name): line["amounts"][-1]
            for line in self.env["credit.aged.balance"]._compute_lines(
                None, self.company.ids, currency="original"
            )
        }
        self.assertEqual(
            sorted(self._amounts(line["cells"], ["total"])[0] for line in shown["lines"]),
            sorted(expected.values()),
        )
        self.assertIn((self.customers[0].id, "GBP"), expected)
        self.assertEqual(len(shown["totals"]), 2)
