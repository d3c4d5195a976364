from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY, CreditMgmtCommon, freeze_time


@tagged("post_install", "-at_install")
class TestDashboard(CreditMgmtCommon):
    """What the screen *Today* shows, and that each figure opens what it counts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_customer("Customer B")

    @classmethod
    def _create_book(cls):
        """One of each: due today, late in every way, a credit, a payment, an entry of tomorrow."""
        cls._invoice(due="2026-04-10", amount=9000.0, invoice_date="2026-03-11")
        cls._invoice(due=TODAY, amount=1000.0)
        cls._overdue(1, amount=200.0)
        cls._overdue(30, amount=30.0)
        cls._overdue(31, cls.other, amount=310.0)
        cls._overdue(100, cls.other, amount=60.0)
        cls._overdue(400, cls.other, amount=7.0)
        refund = cls.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": cls.other.id,
                "invoice_date": "2026-02-01",
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 50.0, "tax_ids": []})
                ],
            }
        )
        refund.action_post()
        cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": cls.customer.id,
                "amount": 20.0,
                "date": "2026-03-01",
            }
        ).action_post()

    def _get_data(self, env=None, **options):
        env = env or self.env(context=dict(self.env.context, allowed_company_ids=self.company.ids))
        env.invalidate_all()
        return env["credit.dashboard"].get_data(options)

    def _count(self, action, env=None):
        """Return what an opened list adds up to: its open amounts, or its rows."""
        model = (env or self.env)[action["res_model"]].with_context(**action["context"])
        records = model.search(action["domain"])
        for name in ("amount_residual", "amount_open", "amount"):
            if name in records._fields:
                return self.company.currency_id.round(sum(records.mapped(name)))
        return len(records)

    def _by_code(self, tiles):
        return {tile["code"]: tile for tile in tiles}

    # === FIGURES === #

    def test_figures(self):
        """Due today is not overdue, credits are taken off the receivables but not of the share."""
        self._create_book()
        tiles = self._by_code(self._get_data()["tiles"])
        self.assertEqual(tiles["receivables"]["value"], 1537.0)
        self.assertEqual(tiles["overdue"]["value"], 607.0)
        self.assertAlmostEqual(tiles["overdue_share"]["value"], 607 / 1607 * 100)
        # Sales of the 90 days since 10 December: the three newest invoices less the credit note.
        self.assertAlmostEqual(tiles["dso"]["value"], 1537 / 1490 * 90, 2)
        self.assertEqual(len(tiles["dso"]["trend"]), 24)
        self.assertEqual(tiles["dso"]["trend"][-1], tiles["dso"]["value"])

    def test_figures_are_what_they_open(self):
        """Every tile, bar and line adds up to the list that it opens."""
        self._create_book()
        data = self._get_data()
        for tile in data["tiles"]:
            expected = {
                "overdue_share": 607.0,
                "dso": 1537.0,
            }.get(tile["code"], tile["value"])
            self.assertEqual(self._count(tile["action"]), expected, tile["code"])
        rows = data["ageing"]["bars"] + data["receipts"]["weeks"]
        for row in [*rows, data["receipts"]["late"], data["receipts"]["beyond"]]:
            self.assertEqual(self._count(row["action"]), row["value"], row["label"])
        for customer in data["customers"]:
            self.assertEqual(self._count(customer["action"]), customer["amount"])

    def test_ageing(self):
        """The bars are the buckets of the aged balance, credits apart, and add up to the books."""
        self._create_book()
        bars = self._get_data()["ageing"]["bars"]
        self.assertEqual(
            [bar["value"] for bar in bars], [1000.0, 230.0, 310.0, 0.0, 60.0, 7.0, -70.0]
        )
        [tie] = self.env["credit.aged.balance"]._compute_ties(TODAY)
        self.assertEqual(sum(bar["value"] for bar in bars), tie["ledger"])

    def test_no_dead_tile(self):
        """What nobody uses is not shown: promises, disputes, tasks."""
        self._create_book()
        self.assertEqual(
            [tile["code"] for tile in self._get_data()["tiles"]],
            ["receivables", "overdue", "overdue_share", "dso"],
        )

    def test_quiet(self):
        """A company without receivables is told what to do, and nothing else."""
        data = self._get_data()
        self.assertTrue(data["quiet"])
        self.assertEqual([message["code"] for message in data["messages"]], ["invoice", "start"])
        self.assertFalse(data["customers"])
        self._invoice()
        data = self._get_data()
        self.assertFalse(data["quiet"])
        self.assertEqual([message["code"] for message in data["messages"]], ["start"])

    def test_start(self):
        """Who may start dunning is reminded of it until it is done."""
        [message] = self._get_messages("start")
        wizard = self.env[message["action"]["res_model"]].with_context(
            **message["action"]["context"]
        )
        wizard.create({"policy_id": self.policy.id}).action_start()
        self.assertFalse(self._get_messages("start"))
        self.company.credit_start_date = False
        user = self._create_user("dash_user", "credit_mgmt_group_user")
        self.assertFalse(self._get_messages("start", self.env(user=user)))

    def _get_messages(self, code, env=None):
        return [m for m in self._get_data(env)["messages"] if m["code"] == code]

    # === TASKS === #

    def test_tasks(self):
        self._overdue(6)
        self._overdue(20, self.other)
        formal = self._create_customer("Customer C")
        self._remind(self._overdue(60, formal), self.second, on="2026-02-01")
        run = self._run()
        tiles = self._by_code(self._get_data()["tiles"])
        states = run.notice_ids.mapped("state")
        self.assertTrue(states.count("draft"))
        self.assertEqual(tiles["to_release"]["value"], states.count("draft"))
        self.assertEqual(self._count(tiles["to_release"]["action"]), states.count("draft"))
        run.notice_ids.action_release()
        tiles = self._by_code(self._get_data()["tiles"])
        self.assertNotIn("to_release", tiles)
        self.assertEqual(self._count(tiles["ready"]["action"]), tiles["ready"]["value"])
        delivery = run.notice_ids.delivery_ids.filtered(
            lambda d: d.channel_id == self.channel_email
        )[0]
        delivery.sudo()._set_failed("No such mailbox")
        tiles = self._by_code(self._get_data()["tiles"])
        self.assertEqual(tiles["trouble"]["value"], 1)
        self.assertEqual(tiles["trouble"]["severity"], "danger")
        self.assertEqual(self._count(tiles["trouble"]["action"]), 1)

    def test_no_collector(self):
        """Missing collectors are shown where others have one."""
        self._overdue(6, amount=80.0)
        self._overdue(6, self.other, amount=20.0)
        self.assertNotIn("no_collector", self._by_code(self._get_data()["tiles"]))
        self.customer.collector_id = self.env.user
        tile = self._by_code(self._get_data()["tiles"])["no_collector"]
        self.assertEqual(tile["value"], 20.0)
        self.assertEqual(self._count(tile["action"]), 20.0)

    # === CUSTOMERS === #

    def test_customers(self):
        """The highest overdue amounts first, with lateness, last reminder and next step."""
        self._overdue(12, amount=100.0)
        self._invoice(due=TODAY, amount=5000.0)
        self._remind(self._overdue(10, self.other, amount=300.0), on="2026-03-06")
        blocked = self._create_customer("Blocked")
        self._overdue(45, blocked, amount=50.0).no_followup = True
        rows = self._get_data()["customers"]
        self.assertEqual(
            [(row["id"], row["amount"], row["days"], row["dunning_date"]) for row in rows],
            [
                (self.other.id, 300.0, 10, "2026-03-06"),
                (self.customer.id, 100.0, 12, False),
                (blocked.id, 50.0, 45, False),
            ],
        )
        self.assertEqual([row["step"]["code"] for row in rows], ["level", "level", "left_out"])
        self.assertEqual(
            (rows[0]["step"]["label"], rows[0]["step"]["date"]), ("Second", "2026-03-12")
        )
        self.assertEqual((rows[1]["step"]["label"], rows[1]["step"]["date"]), ("First", TODAY))
        self.assertEqual(rows[2]["step"]["label"], "Marked no follow-up")
        self._run()
        step = self._get_data()["customers"][1]["step"]
        self.assertEqual((step["code"], step["label"]), ("prepared", "To release: First"))

    def test_ten_customers(self):
        for number in range(12):
            self._overdue(5, self._create_customer(f"C{number}"), amount=10.0 + number)
        amounts = [row["amount"] for row in self._get_data()["customers"]]
        self.assertEqual(amounts, [21.0 - number for number in range(10)])

    # === RECEIPTS === #

    def test_receipts(self):
        """An item is expected its customer's average delay after the due date, never before today.

        Today is a Tuesday; weeks begin on Sunday in en_US.
        """
        # Paid 10 days late: that is the habit of this customer. The other one paid nothing yet.
        with freeze_time("2026-01-30"):
            self._pay(self._invoice(due="2026-01-20", amount=400.0), on="2026-01-30")
        self._invoice(due="2026-03-12", amount=1.0)  # expected on the 22nd
        self._overdue(4, amount=2.0)  # on the 16th
        self._overdue(10, amount=4.0)  # today
        self._overdue(11, amount=8.0)  # should be here
        self._invoice(self.other, due="2026-03-12", amount=16.0)  # on the 12th
        self._overdue(1, self.other, amount=32.0)  # should be here
        self._invoice(self.other, due="2026-06-01", amount=64.0, invoice_date=TODAY)
        receipts = self._get_data()["receipts"]
        self.assertEqual(len(receipts["weeks"]), 8)
        self.assertEqual(
            [(week["start"], week["end"], week["value"]) for week in receipts["weeks"][:4]],
            [
                (TODAY, "2026-03-14", 20.0),
                ("2026-03-15", "2026-03-21", 2.0),
                ("2026-03-22", "2026-03-28", 1.0),
                ("2026-03-29", "2026-04-04", 0.0),
            ],
        )
        self.assertEqual(receipts["late"]["value"], 40.0)
        self.assertEqual(receipts["beyond"]["value"], 64.0)
        for row in [*receipts["weeks"], receipts["late"], receipts["beyond"]]:
            self.assertEqual(self._count(row["action"]), row["value"], row["label"])

    def test_expected_receipts_of_an_early_payer(self):
        with freeze_time("2026-02-10"):
            self._pay(self._invoice(due="2026-02-15"), on="2026-02-10")
        move = self._invoice(due="2026-03-20")
        item = self.env["credit.expected.receipt"].search([("move_id", "=", move.id)])
        self.assertEqual(item.expected_date, fields.Date.to_date("2026-03-15"))
        self.assertEqual((item.usual_delay, item.expected_late), (-5, False))
        self.assertEqual(item.action_open_entry()["res_id"], move.id)

    # === RIGHTS AND COMPANIES === #

    def _create_user(self, login, group):
        return new_test_user(
            self.env,
            login=login,
            groups=f"credit_mgmt.{group}",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
            lang="en_US",
        )

    def test_viewer(self):
        """A salesperson sees the own customers, and no task that others do."""
        viewer = self._create_user("dash_viewer", "credit_mgmt_group_viewer")
        self._create_book()
        self.customer.user_id = viewer
        # Invoices name their salesperson themselves: those of the other customer have another.
        self.env["account.move"].search(
            [("partner_id", "=", self.customer.id)]
        ).invoice_user_id = viewer
        self._run()
        env = self.env(user=viewer)
        data = self._get_data(env)
        tiles = self._by_code(data["tiles"])
        self.assertTrue(data["own"])
        self.assertEqual(tiles["receivables"]["value"], 1210.0)
        self.assertEqual(tiles["overdue"]["value"], 230.0)
        self.assertEqual({tile["section"] for tile in data["tiles"]}, {"figures"})
        self.assertEqual([row["id"] for row in data["customers"]], [self.customer.id])
        self.assertEqual(sum(bar["value"] for bar in data["ageing"]["bars"]), 1210.0)
        for row in [tiles["overdue"], *data["ageing"]["bars"], data["receipts"]["late"]]:
            self.assertEqual(self._count(row["action"], env), row["value"], row["label"])

    def test_nobody_else(self):
        user = new_test_user(self.env, login="dash_nobody", groups="base.group_user")
        with self.assertRefused("", AccessError):
            self._get_data(self.env(user=user))

    def test_companies(self):
        """The selected companies add up in the currency of the active one; one can be chosen."""
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        data = self.setup_other_company(currency_id=currency.id)
        second = data["company"]
        self._overdue(10, amount=100.0)
        env = self.env(
            context=dict(self.env.context, allowed_company_ids=[self.company.id, second.id])
        )
        move = (
            env["account.move"]
            .with_company(second)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.other.id,
                    "company_id": second.id,
                    "invoice_date": "2026-01-01",
                    "invoice_date_due": "2026-02-01",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"name": "Goods", "price_unit": 50.0, "tax_ids": []})
                    ],
                }
            )
        )
        move.action_post()
        result = self._get_data(env)
        self.assertEqual(result["currencies"], 2)
        self.assertEqual(result["currency_id"], self.company.currency_id.id)
        tiles = self._by_code(result["tiles"])
        self.assertEqual(tiles["overdue"]["value"], 125.0)
        self.assertEqual(sum(bar["value"] for bar in result["ageing"]["bars"]), 125.0)
        self.assertEqual([row["amount"] for row in result["customers"]], [100.0, 25.0])
        self.assertEqual(result["receipts"]["late"]["value"], 125.0)
        alone = self._by_code(self._get_data(env, company_ids=[second.id])["tiles"])
        self.assertEqual(alone["overdue"]["value"], 25.0)
        alone = self._by_code(self._get_data()["tiles"])
        self.assertEqual(alone["overdue"]["value"], 100.0)

    def test_foreign_company(self):
        """A company that is not the user's is refused, one that is not selected is not there."""
        second = self.setup_other_company()["company"]
        with self.assertRefused("Select at least one company"):
            self._get_data(company_ids=[second.id])
        user = self._create_user("dash_foreign", "credit_mgmt_group_user")
        with self.assertRefused("no access"):
            self._get_data(self.env(user=user), company_ids=[second.id])

    # === SPEED === #

    def test_queries(self):
        """The number of queries depends neither on customers nor on items."""

        def measure(count):
            for number in range(count):
                partner = self._create_customer(f"Speed {count} {number}")
                self._overdue(10 + number, partner)
                self._invoice(partner, due="2026-04-01")
            self.env.flush_all()
            self._get_data()  # what Odoo caches is not counted
            before = self.env.cr.sql_log_count
            self._get_data()
            return self.env.cr.sql_log_count - before

        few = measure(4)
        self.assertEqual(measure(16), few)


@tagged("post_install", "-at_install")
class TestDashboardMenu(CreditMgmtCommon):
    def test_app_opens_on_today(self):
        """The first menu of the app is the dashboard."""
        menus = self.env["ir.ui.menu"].load_web_menus(False)
        app = menus[self.env.ref("credit_mgmt.credit_mgmt_menu_root").id]
        self.assertEqual(app["actionID"], self.env.ref("credit_mgmt.credit_dashboard_action").id)
        self.assertEqual(app["actionPath"], "credit-today")
