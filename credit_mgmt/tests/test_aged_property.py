import random
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, CreditMgmtCommon

FIRST_DAY = fields.Date.to_date("2025-11-01")
DAYS = 170  # until after today: entries may be dated ahead
SEEDS = (1, 19, 2026)
STEPS = 30
DATES = 12


class Bookkeeper:
    """Writes entries as people do, at random: every step through Odoo's own code."""

    def __init__(self, test, seed):
        self.test, self.env = test, test.env
        self.chance = random.Random(seed)
        self.history = []

    def work(self, steps):
        actions = {
            self.invoice: 6,
            self.refund: 2,
            self.pay: 8,
            self.pay_ahead: 2,
            self.write_off: 1,
            self.unreconcile: 2,
            self.back_to_draft: 2,
            self.post_again: 1,
        }
        for step in range(steps):
            if step % 10 == 5:
                # Without statistics of these rows, statements of Odoo's own are very slow.
                self.env.cr.execute(
                    "ANALYZE account_move, account_move_line, account_partial_reconcile, "
                    "account_payment"
                )
            [action] = self.chance.choices(list(actions), list(actions.values()))
            self.history.append(f"{action.__name__} {action()}")
            self.env.flush_all()

    def day(self):
        return FIRST_DAY + timedelta(days=self.chance.randrange(DAYS))

    def amount(self):
        return self.chance.randrange(100, 100_000) / 100

    def items(self, *domain):
        return self.env["account.move.line"].search(
            [("account_id.account_type", "=", "asset_receivable"),
             ("company_id", "=", self.test.company.id), *domain], order="id",
        )  # fmt: skip

    def document(self, move_type):
        day = self.day()
        foreign = self.chance.random() < 0.4
        tax = self.chance.choice((self.test.cash_basis_tax, self.env["account.tax"]))
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.chance.choice(self.test.customers).id,
                "invoice_date": day,
                "date": day,
                "currency_id": (self.test.foreign if foreign else self.test.own).id,
                "invoice_payment_term_id": self.chance.choice((False, self.test.term.id)),
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": self.amount(),
                                    "tax_ids": tax.ids})
                ],
            }
        )  # fmt: skip
        move.action_post()
        return move

    def invoice(self):
        return self.document("out_invoice").name

    def refund(self):
        """A credit note, allocated to what is open or not."""
        move = self.document("out_refund")
        self.match(move.line_ids)
        return move.name

    def pay(self):
        """A payment on any day, also before the invoice; too little, enough or too much."""
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.chance.choice(self.test.customers).id,
                "amount": self.amount(),
                "date": self.day(),
                "currency_id": self.chance.choice((self.test.foreign, self.test.own)).id,
                "payment_type": "inbound",
                "partner_type": "customer",
                "journal_id": self.test.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.match(payment.move_id.line_ids)
        return f"{payment.amount} on {payment.date}"

    def pay_ahead(self):
        """Somebody pays one invoice exactly, dated after today."""
        if not (items := self.items(("parent_state", "=", "posted"), ("reconciled", "=", False),
                                    ("amount_residual", ">", 0))):  # fmt: skip
            return None
        move = self.chance.choice(items).move_id
        if not move.is_invoice() or move.amount_residual <= 0:
            return None
        self.test._register_payment(move, payment_date="2026-03-25")
        return move.name

    def write_off(self):
        """A miscellaneous entry takes the rest of an item."""
        if not (items := self.items(("parent_state", "=", "posted"), ("reconciled", "=", False),
                                    ("amount_residual", "!=", 0))):  # fmt: skip
            return None
        item = self.chance.choice(items)
        entry = self.env["account.move"].create(
            {
                "date": self.day(),
                "line_ids": [
                    Command.create({"account_id": account.id, "partner_id": item.partner_id.id,
                                    "balance": balance})
                    for account, balance in (
                        (item.account_id, -item.amount_residual),
                        (self.test.company_data["default_account_expense"], item.amount_residual),
                    )
                ],
            }
        )  # fmt: skip
        entry.action_post()
        (item + entry.line_ids[0]).reconcile()
        return item.move_name

    def match(self, lines):
        """Reconcile new items with some open ones of the customer, or leave them alone."""
        own = lines & self.items(("reconciled", "=", False), ("move_id", "in", lines.move_id.ids))
        others = self.items(
            ("partner_id", "=", own.partner_id.id), ("reconciled", "=", False),
            ("account_id", "=", own.account_id.id), ("parent_state", "!=", "cancel"),
            ("move_id", "not in", lines.move_id.ids),
        )  # fmt: skip
        if own and others and self.chance.random() < 0.8:
            count = self.chance.randint(1, min(3, len(others)))
            (own | others.browse(self.chance.sample(others.ids, count))).reconcile()

    def unreconcile(self):
        """Undo reconciliations; Odoo then reverses their exchange and cash-basis entries."""
        if not (items := self.items(("matching_number", "!=", False))):
            return None
        item = self.chance.choice(items)
        item.remove_move_reconcile()
        return item.move_name

    def back_to_draft(self):
        """Odoo keeps the reconciliations of an entry that goes back to draft."""
        moves = self.items(
            ("parent_state", "=", "posted"), ("matching_number", "!=", False)
        ).move_id
        for move in self.chance.sample(list(moves), len(moves)):
            # Some may not: exchange differences, what has cash-basis entries.
            with suppress(UserError), self.env.cr.savepoint():
                move.button_draft()
                return move.name
        return None

    def post_again(self):
        """Post or cancel a draft."""
        if not (moves := self.items(("parent_state", "=", "draft")).move_id):
            return None
        move = self.chance.choice(moves)
        move.button_cancel() if self.chance.random() < 0.4 else move.action_post()
        return f"{move.name} {move.state}"


@tagged("post_install", "-at_install")
class TestAgedProperty(CreditMgmtCommon):
    """Rule 11: whatever happened, in whatever order, the aged balance is the ledger's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.company.currency_id
        cls.foreign = cls.setup_other_currency(
            "GBP",
            rates=[
                ("2025-01-01", 2.0),
                ("2025-12-01", 1.7),
                ("2026-01-15", 2.2),
                ("2026-03-01", 1.9),
            ],
        )
        cls.customers = [cls.customer, cls._create_customer("Customer B")]
        cls.term = cls.env["account.payment.term"].create(
            {
                "name": "Three instalments",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": value, "nb_days": days})
                    for value, days in ((30, 10), (30, 40), (40, 70))
                ],
            }
        )
        cls.company.tax_exigibility = True
        transition = cls.env["account.account"].create(
            {
                "name": "Tax not due yet",
                "code": "TRANSITION",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        cls.cash_basis_tax = cls.env["account.tax"].create(
            {
                "name": "20 % on payment",
                "amount": 20,
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": transition.id,
            }
        )

    def test_random_histories(self):
        """At any date: the total is the accounts' balance, and each item's residual is its
        balance less its reconciliations until then with entries that are posted."""
        happened = set()
        for seed in SEEDS:
            with self.subTest(seed=seed), self.cr.savepoint() as savepoint:
                keeper = Bookkeeper(self, seed)
                keeper.work(STEPS)
                happened |= self._get_events(keeper)
                for as_of in self._choose_dates(keeper):
                    self._check(keeper, as_of)
                savepoint.rollback()
                self.env.invalidate_all()
        # Histories in which nothing of interest happened would prove nothing.
        self.assertEqual(
            happened, {"exchange", "ahead", "in part", "draft", "cash basis", "foreign"}
        )

    def _choose_dates(self, keeper):
        """Return today, days on which something was reconciled, their eves, and any days."""
        items = keeper.items()
        days = sorted({*(items.matched_debit_ids | items.matched_credit_ids).mapped("max_date")})
        days = keeper.chance.sample(days, min(DATES // 3, len(days)))
        eves = [day - timedelta(days=1) for day in days]
        others = [keeper.day() for _day in range(DATES // 3)]
        return sorted({fields.Date.to_date(TODAY), *days, *eves, *others})

    def _get_events(self, keeper):
        """Return what a history contains that makes residuals hard to tell."""
        items = keeper.items(("matching_number", "!=", False))
        partials = items.matched_debit_ids | items.matched_credit_ids
        today = fields.Date.to_date(TODAY)
        entries = self.env["account.move"].search([("tax_cash_basis_rec_id", "in", partials.ids)])
        events = {
            "exchange": partials.exchange_move_id,
            "ahead": partials.filtered(lambda partial: partial.max_date > today),
            "in part": items.filtered(lambda item: not item.reconciled),
            "draft": items.filtered(lambda item: item.parent_state == "draft"),
            "cash basis": entries,
            "foreign": partials.filtered(
                lambda partial: partial.debit_currency_id != partial.credit_currency_id
            ),
        }
        return {name for name, records in events.items() if records}

    def _check(self, keeper, as_of):
        story = "\n".join([f"as of {as_of}", *keeper.history])
        expected, balance = self._compute_naively(keeper.items(), as_of)
        model = self.env["credit.aged.item"].with_context(aged_as_of=as_of)
        model.invalidate_model()
        items = model.search([("company_id", "=", self.company.id)])
        found = {item.id: (item.amount, item.amount_currency) for item in items}
        self.assertEqual(found, expected, story)
        lines = self.env["credit.aged.balance"]._compute_lines(as_of, self.company.ids)
        total = self.own.round(sum(line["amounts"][-1] for line in lines))
        self.assertEqual(total, balance, story)

    def _compute_naively(self, items, as_of):
        """Return {id: open amount, also in its currency} and the balance of the accounts."""
        items = items.filtered(lambda item: item.parent_state == "posted" and item.date <= as_of)
        paid, paid_currency = defaultdict(float), defaultdict(float)
        for partial in items.matched_debit_ids | items.matched_credit_ids:
            debit, credit = partial.debit_move_id, partial.credit_move_id
            if debit not in items or credit not in items:
                continue
            paid[debit] += partial.amount
            paid[credit] -= partial.amount
            paid_currency[debit] += partial.debit_amount_currency
            paid_currency[credit] -= partial.credit_amount_currency
        residuals = {
            item.id: (
                self.own.round(item.balance - paid[item]),
                item.currency_id.round(item.amount_currency - paid_currency[item]),
            )
            for item in items
        }
        opened = {key: amounts for key, amounts in residuals.items() if any(amounts)}
        return opened, self.own.round(sum(items.mapped("balance")))
