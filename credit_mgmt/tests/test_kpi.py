import json
import random
from datetime import date

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..tools import periods
from .common import TODAY, CreditMgmtCommon, freeze_time


class KpiCommon(CreditMgmtCommon):
    @classmethod
    def _sale(cls, day, amount, due=None, **values):
        """Post an invoice of a day, due that day if nothing else is said."""
        return cls._invoice(due=due or day, amount=amount, invoice_date=day, **values)

    @classmethod
    def _credit_note(cls, day, amount, **values):
        return cls._sale(day, amount, move_type="out_refund", **values)

    @classmethod
    def _items(cls, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    @classmethod
    def _entry(cls, day, account, amount, company_data=None):
        """Post a miscellaneous entry that credits the customer by an account."""
        data = company_data or cls.company_data
        move = cls.env["account.move"].create(
            {
                "journal_id": data["default_journal_misc"].id,
                "date": day,
                "line_ids": [
                    Command.create({"account_id": account.id, "debit": amount}),
                    Command.create(
                        {
                            "account_id": data["default_account_receivable"].id,
                            "credit": amount,
                            "partner_id": cls.customer.id,
                        }
                    ),
                ],
            }
        )
        move.action_post()
        return move

    def _values(self, *days, **options):
        """Return the total's figures on days, by day as text."""
        [total] = self.env["credit.kpi"]._compute_series(days, self.company.ids, **options)
        return {fields.Date.to_string(values["date"]): values for values in total["values"]}

    def _value(self, day, **options):
        return self._values(day, **options)[day]

    def _ledger(self, day, companies=None):
        """Return the balance of the receivable accounts at the end of a day."""
        [(balance,)] = self.env["account.move.line"]._read_group(
            [
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "in", (companies or self.company).ids),
                ("date", "<=", day),
            ],
            [],
            ["balance:sum"],
        )
        return balance or 0.0


@tagged("post_install", "-at_install")
class TestKpi(KpiCommon):
    """Indicators from real entries: the worked examples, and any past date as it was."""

    def _quarter(self):
        """Sell 75,000 in April, 60,000 in May, 90,000 in June 2025; 180,000 stay open."""
        april = self._sale("2025-04-15", 75_000, due="2025-05-15")
        late = self._sale("2025-05-10", 30_000, due="2025-06-10")
        rest = self._sale("2025-05-15", 30_000, due="2025-07-15")
        june = self._sale("2025-06-20", 90_000, due="2025-07-20")
        self._pay(april, 45_000, on="2025-06-25")
        return april + late + rest + june

    def test_worked_example_of_the_quarter(self):
        """180,000 open of 225,000 sold in 91 days, 120,000 of it not due."""
        self._quarter()
        values = self._value("2025-06-30")
        self.assertEqual(values["receivables"], 180_000)
        self.assertEqual(values["not_due"], 120_000)
        self.assertEqual(values["overdue"], 60_000)
        self.assertEqual(values["sales"], 225_000)
        self.assertEqual(values["sales_month"], 90_000)
        self.assertAlmostEqual(values["dso"], 72.8)
        self.assertAlmostEqual(values["dso_best"], 48.53, places=2)
        self.assertAlmostEqual(values["add"], 24.27, places=2)
        self.assertEqual(values["dso_count_back"], 73.0)
        self.assertEqual(values["dso_best_count_back"], 45.5)
        self.assertEqual(values["add_count_back"], 27.5)
        self.assertFalse(values["capped"])

    def test_past_month_stays_as_it_was(self):
        """An invoice paid on 5 July is still open as of 30 June."""
        invoices = self._quarter()
        before = self._value("2025-06-30")
        for invoice in invoices:
            self._pay(invoice, on="2025-07-05")
        values = self._values("2025-06-30", "2025-07-04", "2025-07-05")
        self.assertEqual(values["2025-06-30"], before)
        self.assertEqual(values["2025-07-04"]["receivables"], 180_000)
        self.assertEqual(values["2025-07-05"]["receivables"], 0)
        self.assertEqual(values["2025-07-05"]["dso_count_back"], 0)

    def test_due_today_is_not_overdue(self):
        self._sale("2026-01-10", 100, due="2026-01-31")
        values = self._values("2026-01-30", "2026-01-31", "2026-02-01")
        self.assertEqual([day["overdue"] for day in values.values()], [0, 0, 100])
        self.assertEqual([day["not_due"] for day in values.values()], [100, 100, 0])

    def test_ages_by_the_items_own_due_date(self):
        """Thirty days late is overdue, thirty-one is over thirty; an instalment has its own age."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        self._sale("2025-10-01", 200, invoice_payment_term_id=term.id)
        values = self._values(
            "2025-10-01", "2025-10-31", "2025-11-01", "2025-12-01", "2025-12-31", "2026-02-28"
        )
        ages = [
            [day[name] for name in ("not_due", "overdue", "over_30", "over_60", "over_90")]
            for day in values.values()
        ]
        self.assertEqual(
            ages,
            [
                [200, 0, 0, 0, 0],
                [100, 100, 0, 0, 0],
                [0, 200, 100, 0, 0],
                [0, 200, 200, 100, 0],
                [0, 200, 200, 200, 100],
                [0, 200, 200, 200, 200],
            ],
        )

    def test_entered_after_it_was_due(self):
        """An item that is late from the start counts from its accounting date only."""
        move = self._invoice(due="2025-10-01", amount=100, invoice_date="2025-09-01")
        move.button_draft()
        move.write({"name": False, "date": "2026-01-15"})
        move.action_post()
        values = self._values("2025-12-31", "2026-01-31")
        self.assertEqual(values["2025-12-31"]["receivables"], 0)
        self.assertEqual(values["2026-01-31"]["over_90"], 100)
        self.assertEqual(values["2025-12-31"]["over_90"], 0)

    def test_credits_are_never_netted_silently(self):
        """A credit note and a payment on account are their own figure; the sum is the ledger's."""
        invoice = self._sale("2026-01-10", 1_000, due="2026-01-20")
        note = self._credit_note("2026-02-05", 200)
        self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 300,
                "date": "2026-02-10",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        ).action_post()
        values = self._values("2026-01-31", "2026-02-28")
        self.assertEqual(values["2026-01-31"]["unallocated"], 0)
        self.assertEqual(values["2026-02-28"]["unallocated"], -500)
        self.assertEqual(values["2026-02-28"]["overdue"], 1_000)
        self.assertEqual(values["2026-02-28"]["receivables"], 500)
        self.assertEqual(self._ledger("2026-02-28"), 500)
        self.assertEqual(values["2026-02-28"]["sales_month"], -200)
        self.assertEqual(values["2026-02-28"]["overdue_share"], 100)
        # Matched on 10 March, the credit note was still waiting at the end of February.
        (self._items(invoice) + self._items(note)).reconcile()
        self.assertEqual(self._value("2026-02-04")["receivables"], 1_000)
        self.assertEqual(self._value("2026-02-28")["overdue"], 800)

    def test_average_payment_delay(self):
        """140 paid 7 days late and 85 paid 55 days late: 25.13 days."""
        self._pay(self._sale("2026-02-01", 140, due="2026-02-10"), on="2026-02-17")
        self._pay(self._sale("2025-12-01", 85, due="2025-12-25"), on="2026-02-18")
        # Neither a credit note nor a loss says how a customer pays.
        sale = self._sale("2025-11-01", 500, due="2025-11-02")
        note = self._credit_note("2026-02-05", 300)
        (self._items(sale) + self._items(note)).reconcile()
        loss = self._entry("2026-02-20", self.company_data["default_account_expense"], 200)
        (self._items(sale) + self._items(loss)).reconcile()
        values = self._value("2026-02-28")
        self.assertAlmostEqual(values["payment_delay"], 25.13, places=2)
        self.assertEqual(values["settled"], 225)
        self.assertIsNone(self._value("2026-01-31")["payment_delay"])
        self.assertAlmostEqual(self.customer.average_delay_days, 25.13, places=2)

    def test_collection_effectiveness(self):
        """100,000 at the beginning, 1,000,000 sold, 120,000 left of which 100,000 not due."""
        self._pay(self._sale("2026-01-15", 100_000), on="2026-02-10")
        self._pay(self._sale("2026-02-10", 880_000), on="2026-02-20")
        self._sale("2026-02-12", 20_000, due="2026-02-15")
        self._sale("2026-02-20", 100_000, due="2026-03-20")
        self.assertAlmostEqual(self._value("2026-02-28")["cei"], 98.0)

    def test_overdue_share(self):
        self._sale("2026-01-01", 50_000, due="2026-01-15")
        self._sale("2026-01-01", 950_000, due="2026-03-15")
        self.assertEqual(self._value("2026-01-31")["overdue_share"], 5)

    def test_bad_debts(self):
        """1,000 lost of 100,000 sold: 1 %. A bank charge or a discount is no bad debt."""
        sale = self._sale("2026-02-01", 100_000, due="2026-02-10")
        loss = self._entry("2026-02-25", self.company_data["default_account_expense"], 1_000)
        (self._items(sale) + self._items(loss)).reconcile()
        offset = self._entry("2026-02-26", self.company_data["default_account_payable"], 500)
        (self._items(sale) + self._items(offset)).reconcile()
        values = self._value("2026-02-28")
        self.assertEqual(values["bad_debt"], 1_000)
        self.assertAlmostEqual(values["bad_debt_ratio"], 1)
        self.assertEqual(self._value("2026-01-31")["bad_debt"], 0)
        settlements = self.env["credit.kpi.settlement"].search([("move_id", "=", sale.id)])
        self.assertEqual(sorted(settlements.mapped("kind")), ["bad_debt", "entry"])

    def test_bad_debts_of_a_french_company(self):
        """In France only the accounts 654 stand for losses on customers."""
        expense = self.company_data["default_account_expense"]
        sale = self._sale("2026-02-01", 1_000, due="2026-02-10")
        (self._items(sale) + self._items(self._entry("2026-02-25", expense, 100))).reconcile()
        self.company.account_fiscal_country_id = self.env.ref("base.fr")
        self.assertEqual(self._value("2026-02-28")["bad_debt"], 0)
        expense.code = "654100"
        self.env.flush_all()
        self.assertEqual(self._value("2026-02-28")["bad_debt"], 100)

    def test_exchange_difference(self):
        """A foreign invoice paid at another rate: tied to the ledger on every day."""
        currency = self.setup_other_currency(
            "EUR", rates=[("2025-12-01", 2.0), ("2026-01-15", 1.0), ("2026-02-15", 4.0)]
        )
        invoice = self._sale("2025-12-10", 100, due="2025-12-20", currency_id=currency.id)
        self._register_payment(
            invoice, amount=60, payment_date="2026-01-20", currency_id=currency.id
        )
        self._register_payment(
            invoice, amount=40, payment_date="2026-02-20", currency_id=currency.id
        )
        self.assertEqual(invoice.amount_residual, 0)
        days = ["2025-12-31", "2026-01-19", "2026-01-20", "2026-01-31", "2026-02-28"]
        values = self._values(*days)
        for day in days:
            with self.subTest(day):
                self.assertAlmostEqual(values[day]["receivables"], self._ledger(day))
        self.assertEqual(values["2025-12-31"]["overdue"], 50)
        # Odoo books the difference at the end of the month; until then the gain is a credit.
        self.assertEqual(values["2026-01-20"]["overdue"], 20)
        self.assertEqual(values["2026-01-20"]["unallocated"], -30)
        self.assertEqual(values["2026-01-31"]["overdue"], 20)
        self.assertEqual(values["2026-01-31"]["unallocated"], 0)
        self.assertEqual(values["2026-02-28"]["receivables"], 0)
        # What the rate did is no payment.
        settlements = self.env["credit.kpi.settlement"].search([]).grouped("kind")
        self.assertEqual(sorted(settlements["payment"].mapped("amount")), [10, 30])
        self.assertEqual(sorted(settlements["exchange"].mapped("amount")), [10, 30])

    def test_matched_draft(self):
        """A paid invoice that is reset to draft has left the ledger, its payment has not."""
        invoice = self._sale("2026-01-10", 100)
        self._pay(invoice, on="2026-01-20")
        invoice.button_draft()
        self.env.flush_all()
        values = self._value("2026-01-31")
        self.assertEqual(self._ledger("2026-01-31"), -100)
        self.assertEqual(values["receivables"], -100)
        self.assertEqual(values["unallocated"], -100)
        items = self.env["credit.aged.item"].with_context(aged_as_of="2026-01-31").search([])
        self.assertEqual(items.mapped("amount"), [-100])

    def test_cancelled_entry(self):
        invoice = self._sale("2026-01-10", 100)
        self.assertEqual(self._value("2026-01-31")["receivables"], 100)
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self._value("2026-01-31")["receivables"], 0)

    def test_history_too_short(self):
        """An opening balance larger than all sales: the days of the history, flagged."""
        self._entry("2025-12-31", self.company_data["default_account_revenue"], 1).button_draft()
        self._sale("2026-01-15", 100)
        opening = self._entry("2025-12-31", self.company_data["default_account_expense"], 500)
        opening.button_draft()
        for line in opening.line_ids:
            line.with_context(check_move_validity=False).balance *= -1
        opening.action_post()
        values = self._value("2026-02-28")
        self.assertEqual(values["receivables"], 600)
        self.assertEqual(values["dso_count_back"], 31 + 28)
        self.assertTrue(values["capped"])

    def test_nothing_at_all(self):
        values = self._value("2026-02-28")
        self.assertEqual((values["receivables"], values["dso"], values["cei"]), (0, 0, None))
        self.assertTrue(self.env["credit.kpi"].get_indicators()["quiet"])
        self.assertEqual(self.env["credit.kpi"]._compute_series([], self.company.ids), [])

    def _random_history(self, generator):
        """Two years of invoices, partial payments, credit notes, entries and cancellations."""
        partners = self.customer + self._create_customer("Customer B")

        def day(first, last):
            return date.fromordinal(
                generator.randint(first.toordinal(), min(last, date(2026, 3, 10)).toordinal())
            )

        moves = self.env["account.move"]
        for _n in range(25):
            start = day(date(2024, 3, 1), date(2026, 2, 28))
            amount = generator.randint(1, 100_000) / 100
            move = self._sale(
                start,
                amount,
                partner=generator.choice(partners),
                due=day(start, date.fromordinal(start.toordinal() + 60)),
                move_type=generator.choice(["out_invoice"] * 4 + ["out_refund"]),
            )
            moves += move
            if move.move_type == "out_refund":
                continue
            for _payment in range(generator.randint(0, 2)):
                if move.amount_residual > 0.05:
                    part = generator.choice([1, 0.3, 0.5])
                    # Customers pay early and late; some entries are dated before the invoice.
                    paid = day(date.fromordinal(start.toordinal() - 5), date(2026, 3, 10))
                    self._pay(move, round(move.amount_residual * part, 2), on=paid)
        for note in moves.filtered(lambda m: m.move_type == "out_refund"):
            open_items = self._items(moves).filtered(
                lambda line, note=note: (
                    line.partner_id == note.partner_id and not line.reconciled and line.balance > 0
                )
            )
            if open_items and generator.random() < 0.6:
                (self._items(note) + open_items[0]).reconcile()
        generator.choice(moves).button_draft()
        cancelled = generator.choice(moves.filtered(lambda m: m.state == "posted"))
        cancelled.button_draft()
        cancelled.button_cancel()
        self.env.flush_all()

    def _naive(self, day):
        """Return the parts on a day by the definition: item by item, matching by matching."""
        parts = dict.fromkeys(("unallocated", "not_due", "overdue", "over_30", "over_90"), 0.0)
        lines = self.env["account.move.line"].search(
            [
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
                ("date", "<=", day),
            ]
        )
        for line in lines:
            residual = line.balance
            for partial, sign in [(p, -1) for p in line.matched_credit_ids] + [
                (p, 1) for p in line.matched_debit_ids
            ]:
                other = partial.credit_move_id if sign < 0 else partial.debit_move_id
                if partial.max_date <= day and other.parent_state == "posted":
                    residual += sign * partial.amount
            days = (day - (line.date_maturity or line.date)).days
            if line.balance < 0 or line.payment_id or line.statement_line_id:
                parts["unallocated"] += residual
            else:
                parts["not_due" if days <= 0 else "overdue"] += residual
                parts["over_30"] += residual if days > 30 else 0
                parts["over_90"] += residual if days > 90 else 0
        return {name: round(value, 2) for name, value in parts.items()}

    def test_random_histories_at_24_month_ends(self):
        """Property: each month end ties to the ledger, to the definition and to its list."""
        for seed in range(3):
            with self.subTest(seed=seed), self.cr.savepoint() as savepoint:
                self._random_history(random.Random(seed))
                days = periods.month_ends(date(2026, 3, 10), 24)
                values = self._values(*days)
                for day in days:
                    found = values[fields.Date.to_string(day)]
                    self.assertAlmostEqual(found["receivables"], self._ledger(day), places=2)
                    naive = self._naive(day)
                    for name, amount in naive.items():
                        self.assertAlmostEqual(found[name], amount, places=2, msg=(day, name))
                    for name in ("receivables", "unallocated", "not_due", "overdue", "over_30"):
                        action = self.env["credit.kpi"].open_figure(name, {}, day)
                        items = self.env[action["res_model"]].with_context(**action["context"])
                        listed = items._read_group(action["domain"], [], ["amount:sum"])
                        self.assertAlmostEqual(
                            listed[0][0] or 0.0, found[name], places=2, msg=(day, name)
                        )
                savepoint.rollback()
            self.env.invalidate_all()

    # === GROUPS, RIGHTS, COMPANIES === #

    def _user(self, login, *groups, companies=None):
        companies = companies or self.company
        return self.env["res.users"].create(
            {
                "name": login,
                "login": f"{login}@kpi.example.com",
                "email": f"{login}@kpi.example.com",
                "company_id": companies[0].id,
                "company_ids": [Command.set(companies.ids)],
                "group_ids": [Command.set([self.env.ref(group).id for group in groups])],
            }
        )

    def test_breakdown(self):
        """The groups add up to the total; without a salesperson the group is "None"."""
        seller = self._user("seller", "base.group_user")
        other = self._create_customer("Customer B", country_id=self.env.ref("base.be").id)
        self.customer.country_id = self.env.ref("base.fr")
        self.customer.collector_id = seller
        self._sale("2026-01-10", 100, invoice_user_id=seller.id)
        self._sale("2026-01-10", 30, partner=other, invoice_user_id=False)
        other.user_id = False
        found = {
            group_by: {
                group["label"]: group["values"][0]["receivables"]
                for group in self.env["credit.kpi"]._compute_series(
                    ["2026-01-31"], self.company.ids, group_by
                )
            }
            for group_by in ("user", "collector", "country", "company")
        }
        self.assertEqual(found["user"], {"seller": 100, "None": 30})
        self.assertEqual(found["collector"], {"seller": 100, "None": 30})
        self.assertEqual(found["country"], {"France": 100, "Belgium": 30})
        self.assertEqual(found["company"], {self.company.name: 130})

    def test_salesperson_of_the_customer(self):
        """An item without a salesperson of its own belongs to the customer's."""
        seller = self._user("seller", "base.group_user")
        self.customer.user_id = seller
        self._sale("2026-01-10", 100).invoice_user_id = False
        [group] = self.env["credit.kpi"]._compute_series(["2026-01-31"], self.company.ids, "user")
        self.assertEqual(group["key"], seller.id)

    def test_viewer_gets_the_own_customers(self):
        viewer = self._user("viewer", "credit_mgmt.credit_mgmt_group_viewer")
        other = self._create_customer("Customer B")
        moves = self._sale("2026-01-10", 100) + self._sale("2026-01-10", 30, partner=other)
        moves.invoice_user_id = False
        for move in moves:
            self._pay(move, 10, on="2026-02-10")
        self.customer.user_id = viewer
        kpi = self.env["credit.kpi"].with_user(viewer)
        [total] = kpi._compute_series(["2026-02-28"], self.company.ids)
        [values] = total["values"]
        self.assertEqual((values["receivables"], values["settled"]), (90, 10))
        self.assertEqual(values["sales"], 100)
        result = kpi.get_indicators({"group_by": "user", "date_to": "2026-02-28"})
        self.assertEqual([group["label"] for group in result["groups"]], ["viewer"])
        items = self.env["credit.kpi.item"].with_user(viewer).search([])
        self.assertEqual(items.partner_id, self.customer)
        self.assertEqual(items[0].action_open_entry()["res_model"], "credit.kpi.item")
        self.assertAlmostEqual(self.customer.with_user(viewer).average_delay_days, 31)

    def test_employee_gets_nothing(self):
        employee = self._user("employee", "base.group_user")
        for step in (
            lambda: self.env["credit.kpi"].with_user(employee).get_indicators(),
            lambda: self.customer.with_user(employee).read(["average_delay_days"]),
            lambda: self.env["credit.dunning.effect"].with_user(employee).get_effect(),
        ):
            with self.assertRefused("", AccessError):
                step()

    def test_companies_and_currencies(self):
        """Other companies' figures are added at the rate of each day; nothing leaks."""
        euro = self.setup_other_currency("EUR", rates=[("2025-12-01", 2.0), ("2026-02-01", 4.0)])
        data = self.setup_other_company(name="Second", currency_id=euro.id)
        second = data["company"]
        self._sale("2026-01-10", 100)
        foreign = (
            self.env["account.move"]
            .with_company(second)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": second.id,
                    "partner_id": self.customer.id,
                    "invoice_date": "2026-01-15",
                    "invoice_date_due": "2026-01-20",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"name": "x", "price_unit": 100.01, "tax_ids": []})
                    ],
                }
            )
        )
        foreign.action_post()
        both = self.company + second
        days = ["2026-01-31", "2026-02-28"]
        kpi = self.env["credit.kpi"].with_context(allowed_company_ids=both.ids)
        [total] = kpi._compute_series(days, both.ids)
        # 100.01 EUR are 50.005 USD in January and 25.0025 in February.
        self.assertEqual([v["receivables"] for v in total["values"]], [150.01, 125.0])
        # Sales of January stay at January's rate.
        self.assertEqual([v["sales"] for v in total["values"]], [150.01, 150.01])
        groups = kpi._compute_series(days, both.ids, "company")
        self.assertEqual(
            {group["key"]: group["values"][1]["receivables"] for group in groups},
            {self.company.id: 100, second.id: 25.0},
        )
        # A company that is not selected does not count, whatever is asked.
        user = self._user("user", "credit_mgmt.credit_mgmt_group_user")
        only = self.env["credit.kpi"].with_user(user)
        [total] = only._compute_series(days, both.ids)
        self.assertEqual(total["values"][0]["receivables"], 100)
        self.assertEqual(only.get_indicators({"company_ids": both.ids})["options"]["company_ids"],
                         self.company.ids)  # fmt: skip

    def test_branches(self):
        """Items of a branch belong to the branch; its customer's collector is the root's."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        self.env.user.company_ids |= branch
        self.cr.precommit.run()  # the branch gets the accounts of its root
        self.customer.collector_id = self.env.user
        self._sale("2026-01-10", 100, company_id=branch.id)
        both = self.company | branch
        kpi = self.env["credit.kpi"].with_context(allowed_company_ids=both.ids)
        item = self.env["credit.kpi.item"].with_context(allowed_company_ids=both.ids).search([])
        self.assertEqual((item.company_id, item.root_company_id), (branch, self.company))
        self.assertEqual(item.collector_id, self.env.user)
        for companies, expected in ((branch, 100), (self.company, 0), (both, 100)):
            [total] = kpi._compute_series(["2026-01-31"], companies.ids)
            self.assertEqual(total["values"][0]["receivables"], expected)

    def test_queries_do_not_grow(self):
        """One statement for any number of months and customers."""

        def measure(months, group_by=None):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["credit.kpi"].get_indicators({"months": months, "group_by": group_by})
            return self.cr.sql_log_count - before

        self._pay(self._sale("2025-10-10", 100), 50)
        measure(2), measure(2, "user")  # warm
        few, few_by_user = measure(2), measure(2, "user")
        for number in range(8):
            partner = self._create_customer(
                f"Customer {number}", user_id=self._user(f"seller{number}", "base.group_user").id
            )
            move = self._sale(f"2025-{number + 2:02}-10", 100, partner=partner)
            move.invoice_user_id = partner.user_id
            self._pay(move, 50)
        measure(2, "user")  # new users, new caches
        self.assertEqual(measure(48), few)
        self.assertLessEqual(measure(48, "user"), few_by_user)

    # === SCREEN === #

    def test_screen(self):
        """Tiles with their comparison, the trend, the cash released: one JSON-able answer."""
        self._quarter()
        self._sale("2025-07-05", 14_600_000 - 225_000, due="2025-08-05")
        result = self.env["credit.kpi"].get_indicators(
            {
                "date_to": "2025-07-31",
                "compare_to": "2025-06-30",
                "months": 3,
                "days_saved": 10,
                "group_by": "company",
            }
        )
        self.assertEqual(result["dates"], ["2025-05-31", "2025-06-30", "2025-07-31"])
        tiles = {tile["code"]: tile for tile in result["tiles"]}
        self.assertEqual(tiles["cash_released"]["value"], 400_000)
        self.assertEqual(tiles["dso"]["compare"], 72.8)
        self.assertEqual(tiles["dso"]["trend"][1:], [72.8, tiles["dso"]["value"]])
        self.assertEqual(tiles["receivables"]["difference"], 14_375_000)
        self.assertEqual(tiles["receivables"]["difference_percent"], 7986.11)
        self.assertIsNone(tiles["promised"]["value"])
        self.assertTrue(all(tile["label"] and tile["help"] for tile in result["tiles"]))
        [group] = result["groups"]
        self.assertEqual(group["values"]["receivables"], tiles["receivables"]["value"])
        self.assertEqual(group["trend"]["dso"], tiles["dso"]["trend"])
        self.assertEqual(json.loads(json.dumps(result)), result)

    def test_screen_of_today(self):
        """Without options: today, compared with the end of last month; promised is known."""
        self._sale("2026-02-01", 100, due="2026-03-09")
        result = self.env["credit.kpi"].get_indicators()
        self.assertEqual((result["date"], result["compare_to"]), (TODAY, "2026-02-28"))
        self.assertEqual((len(result["dates"]), result["dates"][-1]), (24, TODAY))
        tiles = {tile["code"]: tile for tile in result["tiles"]}
        self.assertEqual(tiles["overdue"]["value"], 100)
        self.assertEqual(tiles["overdue"]["compare"], 0)
        self.assertEqual(tiles["promised"]["value"], 0)
        self.assertEqual(
            tiles["overdue"]["value"], sum(self.env["res.partner"].browse(self.customer.id)
                                           .mapped("amount_overdue")))  # fmt: skip

    def test_screen_of_one_customer(self):
        other = self._create_customer("Customer B")
        self._sale("2026-02-01", 100)
        self._sale("2026-02-01", 30, partner=other)
        result = self.env["credit.kpi"].get_indicators({"partner_id": other.id})
        self.assertEqual(result["tiles"][0]["value"], 30)

    def test_every_figure_opens_what_it_counts(self):
        self._quarter()
        options = {"date_to": "2025-06-30", "group_by": "user"}
        result = self.env["credit.kpi"].get_indicators(options)
        for tile in result["tiles"]:
            with self.subTest(tile["code"]):
                if not tile["can_open"]:
                    self.assertIn(tile["code"], ("promised", "disputed"))
                    continue
                action = self.env["credit.kpi"].open_figure(
                    tile["code"], options, key=result["groups"][0]["key"]
                )
                model = self.env[action["res_model"]].with_context(**action["context"])
                model.search(action["domain"]).read()
        action = self.env["credit.kpi"].open_figure("sales", options)
        found = self.env["credit.kpi.item"].search(action["domain"])
        self.assertEqual(sum(found.mapped("balance")), 225_000)
        action = self.env["credit.kpi"].open_figure("promised", {})
        self.assertFalse(self.env[action["res_model"]].search(action["domain"]))

    def test_bad_options_are_refused(self):
        kpi = self.env["credit.kpi"]
        for options, message in (
            ({"group_by": "nonsense"}, "broken down"),
            ({"date_to": "31/12/2025"}, "not a date"),
            ({"months": "many"}, "whole number"),
            ({"months": 1000}, "whole number"),
            ({"days_saved": -1}, "whole number"),
        ):
            with self.assertRefused(message, UserError):
                kpi.get_indicators(options)
        with self.assertRefused("no list"):
            kpi.open_figure("nonsense")
        with self.assertRefused("no list"):
            kpi.open_figure("disputed", {"date_to": "2025-12-31"})

    # === CUSTOMERS AND DIGEST === #

    def test_average_delay_of_customers(self):
        """Sorted and searched by their average delay; settlements older than a year are out."""
        slow, fast = self._create_customer("Slow"), self._create_customer("Fast")
        self._pay(self._sale("2026-01-01", 100, partner=slow), on="2026-02-10")
        self._pay(self._sale("2026-01-20", 100, partner=fast, due="2026-02-20"), on="2026-02-10")
        self._pay(self._sale("2024-01-01", 900, partner=fast), on="2025-03-10")
        self.assertEqual(slow.average_delay_days, 40)
        self.assertEqual(fast.average_delay_days, -10)
        all_three = slow + fast + self.customer
        scope = [("id", "in", all_three.ids)]
        Partner = self.env["res.partner"]
        self.assertEqual(
            Partner.search(scope, order="average_delay_days desc, id"),
            slow + self.customer + fast,
        )
        for operator, value, expected in (
            (">", 30, slow),
            ("<", 0, fast),
            (">=", 0, slow + self.customer),
            ("<=", 0, fast + self.customer),
            (">", -20, all_three),
        ):
            with self.subTest(operator=operator, value=value):
                found = Partner.search([*scope, ("average_delay_days", operator, value)])
                self.assertEqual(found, expected.sorted(lambda p: (p.complete_name, p.id)))
        action = slow.action_open_settlements()
        settlement = self.env["credit.kpi.settlement"].search(action["domain"])
        self.assertEqual((settlement.delay_days, settlement.amount), (40, 100))

    def test_average_delay_takes_no_query_per_customer(self):
        partners = self.env["res.partner"]
        for number in range(6):
            partner = self._create_customer(f"P{number}")
            self._pay(self._sale("2026-01-01", 100, partner=partner), on="2026-02-10")
            partners += partner

        def measure(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.mapped("average_delay_days")
            return self.cr.sql_log_count - before

        measure(partners)
        self.assertEqual(measure(partners[0]), measure(partners))

    def test_digest(self):
        """The e-mail tells the DSO and the overdue amount at the end of its period."""
        self._sale("2026-01-10", 9_000, due="2026-01-20")
        digest = self.env["digest.digest"].create(
            {
                "name": "Credit",
                "company_id": self.company.id,
                "kpi_credit_dso": True,
                "kpi_credit_overdue": True,
            }
        )
        at_end = digest.with_context(end_datetime=fields.Datetime.to_datetime(TODAY))
        self.assertEqual(at_end.kpi_credit_overdue_value, 9_000)
        self.assertEqual(at_end.kpi_credit_dso_value, 90)
        kpis = {kpi["kpi_name"]: kpi for kpi in digest._compute_kpis(self.company, self.env.user)}
        self.assertEqual(kpis["kpi_credit_dso"]["kpi_col1"]["value"], "90.00")
        self.env.ref(kpis["kpi_credit_overdue"]["kpi_action"].split("?")[0])
        employee = self._user("employee", "base.group_user")
        with self.assertRefused("access", AccessError):
            digest.with_user(employee).mapped("kpi_credit_dso_value")
        with freeze_time("2026-01-15"):
            earlier = digest.with_context(end_datetime=fields.Datetime.to_datetime("2026-01-15"))
            earlier.invalidate_recordset()
            self.assertEqual(earlier.kpi_credit_overdue_value, 0)
