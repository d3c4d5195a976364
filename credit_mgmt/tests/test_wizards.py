from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import CreditMgmtCommon


@tagged("post_install", "-at_install")
class TestWizards(CreditMgmtCommon):
    def _open(self, action):
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_send_from_invoices_customers_and_receivables(self):
        move = self._overdue(20)
        for record in (move, self.customer, self._item(move)):
            with self.subTest(record._name):
                wizard = self._open(record.action_send_reminders())
                self.assertEqual(wizard.send_count, 1)
                self.assertEqual(wizard.line_ids.level_id, self.first)
                self.assertEqual(wizard.line_ids.channel_names, "E-mail")
        self.assertFalse(self.env["credit.dunning.notice"].search([]), "nothing happened yet")
        with self.mock_mail_gateway():
            wizard.action_send()
        self.assertEqual(self._item(move).dunning_level_id, self.first)

    def test_left_out_with_the_reason(self):
        blocked = self._create_customer("Blocked")
        self._overdue(20, blocked).action_toggle_block_payment()
        idle = self._create_customer("Idle")
        wizard = self._open((self.customer | blocked | idle).action_send_reminders())
        reasons = {line.partner_id: line.reason for line in wizard.line_ids}
        self.assertEqual(reasons[blocked], "Invoice blocked for payment")
        self.assertEqual(reasons[idle], "Nothing overdue")
        self.assertEqual((wizard.send_count, wizard.skip_count), (0, 3))
        with self.assertRefused("no reminder to send", UserError):
            wizard.action_send()

    def test_chosen_level_is_logged(self):
        self._overdue(2)
        wizard = self._open(self.customer.action_send_reminders())
        self.assertEqual(wizard.send_count, 0)
        with Form(wizard) as form:
            form.level_mode = "next"
            self.assertEqual((form.send_count, form.skip_count), (1, 0))
            form.level_mode = "chosen"
            form.level_id = self.second
        self.assertEqual(wizard.line_ids.level_id, self.second)
        action = wizard.action_review()
        run = self.env["credit.dunning.run"].browse(action["res_id"])
        self.assertEqual(run.notice_ids.level_id, self.second)
        self.assertIn("chose the level", "".join(run.message_ids.mapped("body")))

    def test_nothing_selected_or_nothing_open(self):
        with self.assertRefused("Select at least one", UserError):
            self.env["res.partner"].action_send_reminders()
        paid = self._overdue(20)
        self._pay(paid)
        with self.assertRefused("no open receivable", UserError):
            paid.action_send_reminders()

    def test_many_selected_records_take_a_constant_number_of_queries(self):
        counts = []
        for count in (5, 50):
            partners = self.env["res.partner"].create(
                [{"name": f"M{n}", "email": f"m{n}@example.com"} for n in range(count)]
            )
            for partner in partners:
                self._overdue(20, partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            wizard = self._open(partners.action_send_reminders())
            self.assertEqual(wizard.send_count, count)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 4, counts)

    def test_exclude_until_a_date(self):
        move = self._overdue(20)
        action = move.action_exclude_from_dunning()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        with self.assertRefused("in the past", UserError):
            wizard.create({"reason": "x", "date_until": "2026-03-09"}).action_exclude()
        wizard.create({"reason": "Goods back", "date_until": "2026-03-31"}).action_exclude()
        self.assertEqual(self._item(move).exclusion_reason, "manual")
        self.assertEqual(move.dunning_exclusion_reason, "Left out by hand")
        action = self.customer.action_exclude_from_dunning()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        wizard.create({"reason": "Insolvent"}).action_exclude()
        self.assertEqual(self.customer.dunning_excluded, "Insolvent")

    def test_assign(self):
        action = self.customer.action_assign_dunning()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        with self.assertRefused("Tick what", UserError):
            wizard.create({}).action_assign()
        wizard.create(
            {
                "set_policy": True,
                "policy_id": self.policy.id,
                "set_collector": True,
                "collector_id": self.env.uid,
                "set_audience": True,
                "audience": "public",
            }
        ).action_assign()
        self.assertRecordValues(
            self.customer,
            [
                {
                    "dunning_policy_id": self.policy.id,
                    "collector_id": self.env.uid,
                    "credit_audience": "public",
                }
            ],
        )

    def test_reset_to_a_level(self):
        move = self._overdue(40)
        self._remind(move, level=self.first, on="2026-02-01")
        self._remind(move, level=self.second, on="2026-02-20")
        action = move.action_reset_dunning_level()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({"reason": "Agreed", "level_id": self.first.id})
        self.assertEqual(wizard.item_count, 1)
        wizard.action_reset()
        self.assertEqual(self._item(move).dunning_level_id, self.first)

    def test_preview_leaves_nothing_behind(self):
        self._overdue(40)
        self.first.write(
            {
                "channel_ids": [Command.link(self.channel_letter.id)],
                "letter_text": "Dear {customer}",
            }
        )
        wizard = self.env["credit.dunning.level.preview"].create({"level_id": self.first.id})
        self.assertEqual(wizard.partner_id, self.customer)
        self.assertIn("Dear Customer A", str(wizard.letter_html))
        self.assertIn("Customer A", str(wizard.email_html))
        self.assertIn("Reminder RL", wizard.subject)
        self.assertFalse(self.env["credit.dunning.notice"].search([]))
        self.assertFalse(self.env["credit.dunning.run"].search([]))

    def test_preview_of_a_customer_without_debts(self):
        idle = self._create_customer("Idle")
        wizard = self.env["credit.dunning.level.preview"].create(
            {"level_id": self.first.id, "partner_id": idle.id}
        )
        self.assertIn("no open item", wizard.message)
        self.assertFalse(wizard.email_html)

    def test_test_send_goes_to_oneself_only(self):
        self._overdue(40)
        wizard = self.env["credit.dunning.level.preview"].create({"level_id": self.first.id})
        with self.mock_mail_gateway():
            wizard.action_send_test()
        self.assertEqual(len(self._mails), 1)
        self.assertIn(self.env.user.email, self._mails[0]["email_to"][0])
        self.assertIn("[Test]", self._mails[0]["subject"])
        self.assertFalse(self.env["credit.dunning.notice"].search([]))
