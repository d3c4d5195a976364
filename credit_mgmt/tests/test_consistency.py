from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY, CreditMgmtCommon


@tagged("post_install", "-at_install")
class TestConsistency(CreditMgmtCommon):
    """Histories survive a reset to draft, a merge of customers and a partial cancellation."""

    def _instalments(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "30/60",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        return self._invoice(
            due=TODAY,
            amount=200.0,
            invoice_date="2025-12-01",
            invoice_payment_term_id=term.id,
        )

    def test_reset_to_draft_keeps_the_level(self):
        """Rule 4: the earliest surviving item keeps the highest level, logged."""
        move = self._overdue(20)
        notice = self._remind(move, level=self.second)
        move.button_draft()
        move.invoice_date_due = "2026-03-01"
        move.action_post()
        item = self._item(move)
        self.assertEqual(item.dunning_level_id, self.second)
        self.assertEqual(notice.line_ids.date_maturity.isoformat(), "2026-02-18")

    def test_deleted_instalment_leaves_its_level_to_the_earliest(self):
        """Rule 4: items deleted by a change of terms hand the highest level on."""
        move = self._instalments()
        first, second = self._item(move).sorted("date_maturity")
        self._remind(first.move_line_id, level=self.second)
        move.button_draft()
        move.invoice_payment_term_id = False
        move.invoice_date_due = "2026-02-15"
        move.action_post()
        item = self._item(move)
        self.assertEqual(len(item), 1)
        self.assertEqual(item.dunning_level_id, self.second)

    def test_redated_instalment(self):
        """Rule 4: the reminded item moved behind the other: the earliest takes the level over."""
        move = self._instalments()
        first, second = self._item(move).sorted("date_maturity").move_line_id
        self._remind(first, level=self.second)
        move.button_draft()
        first.date_maturity = "2026-06-30"
        move.action_post()
        levels = {
            item.date_maturity.isoformat(): item.dunning_level_id for item in self._item(move)
        }
        earliest = min(levels)
        self.assertEqual(levels[earliest], self.second)
        self.assertIn("kept on the item", "".join(move.message_ids.mapped("body")))

    def test_merge_of_customers(self):
        """Sent reminders follow the surviving customer; unsent ones are decided about anew."""
        other = self._create_customer("Double")
        sent = self._remind(self._overdue(40, other))
        self._overdue(20)
        self._overdue(20, other)
        run = self._run(ignore_interval=True)
        self.assertEqual(len(run.notice_ids), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [Command.set((self.customer | other).ids)],
            }
        )
        wizard.action_merge()
        self.env.invalidate_all()
        self.assertEqual(sent.partner_id, self.customer)
        self.assertEqual(sent.state, "sent")
        self.assertEqual(set(run.notice_ids.mapped("state")), {"cancelled"})
        notice = self._run(ignore_interval=True).notice_ids
        self.assertEqual(notice.partner_id, self.customer)
        self.assertEqual(len(notice.line_ids), 3)

    def _merge_as(self, user, *partners):
        """Merge customers into the first one, as somebody without any credit right."""
        merged = self.env["res.partner"].union(*partners)
        self.env["base.partner.merge.automatic.wizard"].with_user(user).create(
            {"dst_partner_id": partners[0].id, "partner_ids": [Command.set(merged.ids)]}
        ).action_merge()
        self.env.invalidate_all()

    def test_merge_of_what_each_customer_has_once(self):
        """Links to the customer's page and locks of decisions: those who stay keep theirs."""
        first, second = (self._create_customer(name) for name in ("Double", "Treble"))
        everybody = self.customer | first | second
        tokens = self.env["credit.customer.token"]._ensure(everybody, self.company)
        kept = tokens.filtered(lambda token: token.partner_id == self.customer)
        self.env["credit.exposure.lock"]._take(everybody, self.company.root_id)
        self._merge_as(self.env.user, self.customer, first, second)
        self.assertEqual(tokens.exists(), kept)
        locks = self.env["credit.exposure.lock"].search([("partner_id", "in", everybody.ids)])
        self.assertEqual(locks.partner_id, self.customer)
        self.assertEqual(len(locks), 1)

    def test_merge_keeps_or_takes_over_limits(self):
        """The remaining customer keeps his limit; one without takes over that of the other."""
        merger = new_test_user(
            self.env, "merger", groups="base.group_partner_manager,base.group_system",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        limited = self._create_customer("Limited", credit_limit=700.0)
        other = self._create_customer("Other", credit_limit=900.0)
        self._merge_as(merger, limited, other)
        self.assertEqual((limited.credit_limit_mode, limited.credit_limit), ("limited", 700))
        risk_class = self.env["credit.risk.class"].create({"name": "B", "limit_mode": "none"})
        limited.risk_class_id = risk_class
        self._merge_as(merger, self.customer, limited)
        self.assertEqual(self.customer.credit_limit_in_force, 700)
        self.assertEqual(self.customer.risk_class_id, risk_class)
        change = self.customer.credit_limit_change_ids.filtered(lambda c: c.amount_after == 700)
        self.assertIn("merge", change.mapped("origin"))
        self.assertIn("Limited", "".join(change.mapped("reason")))

    def test_merge_of_a_customer_without_limit_and_one_unlimited(self):
        unlimited = self._create_customer("Unlimited", credit_limit_mode="unlimited")
        limited = self._create_customer("Limited", credit_limit=700.0)
        self._merge_as(self.env.ref("base.user_admin"), unlimited, limited)
        self.assertTrue(unlimited.credit_unlimited)
        self.assertEqual(unlimited.credit_limit, 0)

    def test_merge_of_held_customers(self):
        """A hold moves with its customer; where both are held, that of the remaining one stays."""
        held, both = self._create_customer("Held"), self._create_customer("Both")
        held._set_credit_hold("hold", "Insolvency feared")
        both._set_credit_hold("watch", "New manager")
        self._merge_as(self.env.ref("base.user_admin"), self.customer, held)
        self.assertEqual(self.customer.credit_hold, "hold")
        self.assertEqual(self.customer.credit_hold_reason, "Insolvency feared")
        self._merge_as(self.env.ref("base.user_admin"), self.customer, both)
        self.assertEqual(self.customer.credit_hold, "hold")
        self.assertEqual(len(self.customer.credit_hold_ids), 2)
        self.assertEqual(len(self.customer.credit_hold_ids.filtered("live")), 1)

    def test_merge_of_customers_with_alerts(self):
        """One open alert remains, of the rule that both were found by."""
        self.env["credit.alert.rule"].search([]).active = False
        self.env["credit.alert.rule"].create(
            {"name": "Late", "code": "overdue", "threshold_days": 10, "company_id": self.company.id,
             "recipient": "responsible"}
        )  # fmt: skip
        other = self._create_customer("Double")
        self._overdue(20)
        self._overdue(20, other)
        Alert = self.env["credit.alert"]
        Alert._evaluate(self.company)
        self._merge_as(self.env.ref("base.user_admin"), self.customer, other)
        Alert._evaluate(self.company)
        alert = Alert.search([("partner_id", "=", self.customer.id), ("live", "=", True)])
        self.assertEqual(alert.amount, 200)

    def test_payment_closes_the_item_and_its_cancellation_opens_it_at_its_level(self):
        move = self._overdue(20)
        self._remind(move)
        payment = self._pay(move)
        self.assertFalse(self._item(move))
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self.assertEqual(self._item(move).dunning_level_id, self.first)

    def test_books_are_not_touched(self):
        """Rule 12: a run alters no journal item and no invoice."""
        move = self._overdue(20)
        fields = ["write_date", "amount_residual", "payment_state", "state"]
        before = move.read(fields), move.line_ids.read(["write_date", "no_followup"])
        self.env.flush_all()
        run = self._run()
        self._send(run)
        self.env.invalidate_all()
        self.assertEqual(
            before,
            (move.read(fields), move.line_ids.read(["write_date", "no_followup"])),
        )
