from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from .common import TODAY, CreditMgmtCommon, freeze_time


@tagged("post_install", "-at_install")
class TestRun(CreditMgmtCommon):
    def test_prepare_and_send(self):
        move = self._overdue(20, amount=120.0)
        run = self._run()
        notice = run.notice_ids.filtered(lambda n: n.partner_id == self.customer)
        self.assertRecordValues(
            notice,
            [
                {
                    "level_id": self.first.id,
                    "state": "draft",
                    "amount_claimed": 120.0,
                    "amount_due": 120.0,
                    "channel_names": "E-mail",
                }
            ],
        )
        mails = self._send(run)
        self.assertEqual(len(mails), 1)
        self.assertIn("customer.a@example.com", mails[0]["email_to"][0])
        self.assertEqual(notice.state, "sent")
        self.assertEqual(run.state, "done")
        self.assertEqual(self._item(move).dunning_level_id, self.first)

    def test_run_from_code_is_one_message_per_customer(self):
        """Rule 3: one message, whatever the currencies; claimed lines consume their own level."""
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 2.0)])
        old, new = (
            self._overdue(20),
            self._overdue(8, currency_id=currency.id, amount=50.0),
        )
        self._remind(old, on="2026-02-20")
        not_due = self._overdue(-10, amount=70.0)
        credit = self._overdue(1, amount=5.0, move_type="out_refund")
        credit.no_followup = True
        run = self._run()
        self.assertEqual(len(run.notice_ids), 1)
        notice = run.notice_ids
        self.assertEqual(notice.level_id, self.second)
        kinds = {line.move_id: (line.kind, line.level_id) for line in notice.line_ids}
        no_level = self.env["credit.dunning.level"]
        self.assertEqual(
            kinds,
            {
                old: ("claimed", self.second),
                new: ("claimed", self.first),
                not_due: ("not_due", no_level),
                credit: ("credit", no_level),
            },
        )
        self.assertEqual(notice.amount_claimed, 125.0)
        self.assertEqual(notice.amount_credit, -5.0)
        self.assertEqual(notice.amount_not_due, 70.0)
        self.assertEqual(notice.amount_due, 120.0)
        self.assertEqual(
            sum(notice.line_ids.mapped("amount_residual")),
            sum(self._item(old + new + not_due + credit).mapped("amount_residual")),
        )

    def test_recalled_items_consume_nothing(self):
        """Rule 3: an item already reminded is listed again, at no level."""
        waiting, new = self._overdue(10), self._overdue(6)
        self._remind(waiting, on="2026-03-05")
        run = self._run(ignore_interval=True)
        kinds = {line.move_id: line.kind for line in run.notice_ids.line_ids}
        self.assertEqual(kinds, {waiting: "recalled", new: "claimed"})

    def test_covered_by_credits_gives_one_allocate_task(self):
        """Rule 3: no message, one task, not a second one by the next run."""
        move = self._overdue(20, amount=100.0)
        self._overdue(1, amount=100.0, move_type="out_refund")
        run = self._run()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self._skip_reason(run, move), ["net_covered"])
        self._run()
        tasks = self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.customer.id)]
        )
        self.assertEqual(len(tasks), 1)

    def test_floor_and_tolerance_on_the_net(self):
        """Rule 3: claimed less credits, against the policy's amounts in its own currency."""
        move = self._overdue(20, amount=100.0)
        self._overdue(1, amount=60.0, move_type="out_refund")
        self.policy.min_amount = 40.01
        self.assertEqual(self._skip_reason(self._run(), move), ["below_floor"])
        self.policy.write({"min_amount": 40.0, "tolerance": 40.0})
        self.assertEqual(self._skip_reason(self._run(), move), ["within_tolerance"])
        self.policy.tolerance = 39.99
        self.assertEqual(len(self._run().notice_ids), 1)

    def test_pre_due_items_never_travel_with_overdue_ones(self):
        """Rule 3: if anything is overdue, pre-due items are listed and consume nothing."""
        pre_due = self.env["credit.dunning.level"].create(
            {
                "name": "Soon due",
                "policy_id": self.policy.id,
                "sequence": 0,
                "delay_days": -5,
                "channel_ids": [Command.set(self.channel_email.ids)],
                "mail_template_id": self.template.id,
            }
        )
        soon = self._overdue(-3)
        run = self._run()
        self.assertEqual(run.notice_ids.level_id, pre_due)
        self.assertEqual(run.notice_ids.line_ids.kind, "claimed")
        run.action_cancel()
        late = self._overdue(6)
        notice = self._run().notice_ids
        kinds = {line.move_id: line.kind for line in notice.line_ids}
        self.assertEqual(notice.level_id, self.first)
        self.assertEqual(kinds, {late: "claimed", soon: "not_due"})

    def test_instalments_are_claimed_one_by_one(self):
        """Rule 4: only the instalment that is late is claimed, with its own due date."""
        term = self.env["account.payment.term"].create(
            {
                "name": "30/60",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        self._invoice(
            due=TODAY,
            amount=200.0,
            invoice_date="2026-01-25",
            invoice_payment_term_id=term.id,
        )
        lines = self._run().notice_ids.line_ids.sorted("date_maturity")
        self.assertEqual(lines.mapped("kind"), ["claimed", "not_due"])
        self.assertEqual(lines.mapped("amount_residual"), [100.0, 100.0])
        self.assertEqual(lines[0].days_overdue, 14)

    def test_one_level_at_a_time(self):
        """Rule 5: a very late item begins at the first level, and waits between two levels."""
        move = self._overdue(300)
        run = self._run()
        self.assertEqual(run.notice_ids.level_id, self.first)
        self._send(run)
        with freeze_time("2026-03-14"):
            self.assertEqual(self._skip_reason(self._run(), move), ["waiting"])
        with freeze_time("2026-03-16"):
            run = self._run()
            self.assertEqual(run.notice_ids.level_id, self.second)
            self.assertEqual(self._skip_reason(run, move), [])

    def test_catch_up_stops_before_the_formal_notice(self):
        """Rule 5: with catch-up the last level that is not formal, and a log of the skipped."""
        self.policy.catch_up = True
        self._overdue(300)
        notice = self._run().notice_ids
        self.assertEqual(notice.level_id, self.second)
        self.assertIn("First", "".join(notice.message_ids.mapped("body")))

    def test_start_at_the_level_of_the_age(self):
        """Rule 16: debts from before the start begin where their age is, never at a formal one."""
        old = self._overdue(300)
        new = self._overdue(6, self._create_customer("New"))
        self.company.write({"credit_start_date": "2026-03-01", "credit_start_mode": "age"})
        items = self._item(old + new)
        self.assertEqual(items.filtered(lambda i: i.move_id == old).next_level_id, self.second)
        self.assertEqual(items.filtered(lambda i: i.move_id == new).next_level_id, self.first)

    def test_formal_notice_needs_a_reminder_that_arrived(self):
        """Rule 5: an earlier reminder sent and not bounced, and a release by a person."""
        move = self._overdue(60)
        notice = self._remind(move, level=self.second, on="2026-02-20")
        notice.sudo().delivery_ids.state = "failed"
        notice.sudo()._sync_state()
        run = self._run()
        self.assertEqual(self._skip_reason(run, move), ["needs_reminder"])
        notice.sudo().delivery_ids.state = "sent"
        notice.sudo()._sync_state()
        not_due = self._overdue(-5)
        run = self._run()
        formal = run.notice_ids
        self.assertTrue(formal.formal_notice)
        self.assertNotIn(not_due, formal.line_ids.move_id)
        run.action_send()
        self.assertEqual((formal.state, run.state), ("draft", "prepared"))
        run.action_release_formal()
        self.assertEqual(formal.released_by, self.env.user)
        run.action_send()
        self.assertEqual((formal.state, run.state), ("sent", "done"))
        self.assertTrue(formal.delivery_ids.sha256)

    def test_no_lower_message_under_a_formal_notice(self):
        """Rule 5: newer items of the customer wait, with the reason."""
        move = self._overdue(60)
        self._remind(move, level=self.formal, on="2026-02-20")
        newer = self._overdue(6)
        self.assertEqual(self._skip_reason(self._run(), newer), ["formal_running"])
        self._pay(move)
        self.assertEqual(len(self._run().notice_ids), 1)

    def test_every_item_left_out_has_its_reason(self):
        """Rule 6: item reasons and customer reasons, in the same words everywhere."""
        cases = {}
        flagged = self._overdue(20)
        flagged.no_followup = True
        cases[flagged] = "no_followup"
        contacted = self._create_customer("Contacted")
        cases[self._overdue(6, contacted)] = "contacted_on"
        self._remind(self._overdue(20, contacted), on="2026-03-08")
        nowhere = self._create_customer("Nowhere", email=False)
        cases[self._overdue(20, nowhere)] = "no_address"
        prepared = self._create_customer("Prepared")
        self._overdue(20, prepared)
        self._run(limited=True, partner_ids=[Command.set(prepared.ids)])
        cases[self._overdue(20, prepared)] = "already_prepared"
        done = self._create_customer("Last level")
        last = self._overdue(60, done)
        self._remind(last, level=self.formal, on="2026-02-01")
        cases[last] = "last_level"
        self.env["credit.dunning.policy"].search([("id", "!=", self.policy.id)]).active = False
        run = self._run()
        for move, reason in cases.items():
            self.assertEqual(set(self._skip_reason(run, move)), {reason}, move.partner_id.name)
        labels = dict(self.env["credit.dunning.skip"]._selection_reason())
        self.assertLessEqual(set(cases.values()), set(labels))
        item_labels = dict(self.env["credit.receivable"]._selection_exclusion_reason())
        self.assertEqual(labels["no_followup"], item_labels["no_followup"])

    def test_right_person(self):
        """Rule 7: dunning contact, then invoice address, then the customer, in its language."""
        self._overdue(20)
        create = self.env["res.partner"].create
        common = {"parent_id": self.customer.id, "street": "1", "city": "Lyon"}
        run = self._run()
        self.assertEqual(run.notice_ids.contact_id, self.customer)
        invoicing = create({**common, "name": "Inv", "type": "invoice", "email": "inv@example.com"})
        self.assertEqual(self._prepare_again(run).contact_id, invoicing)
        self.env["res.lang"]._activate_lang("fr_FR")
        dunning = create(
            {
                **common,
                "name": "Dun",
                "email": "dun@example.com",
                "dunning_contact": True,
                "lang": "fr_FR",
            }
        )
        notice = self._prepare_again(run)
        self.assertEqual(notice.contact_id, dunning)
        self.assertEqual(notice.lang, "fr_FR")
        dunning.email = "not an address"
        notice = self._prepare_again(run)
        self.assertEqual(notice.delivery_ids.contact_id, invoicing)
        self.assertEqual(len(self._send(run)), 1)

    def _prepare_again(self, run):
        run.action_prepare()
        return run.notice_ids.filtered("pending")

    def test_contact_interval(self):
        """Rule 8: a customer contacted a short time ago is left alone, unless a person insists."""
        self._remind(self._overdue(20), on="2026-03-06")
        move = self._overdue(6)
        run = self._run()
        self.assertEqual(self._skip_reason(run, move), ["contacted_on"])
        self.assertIn("03/06/2026", run.skip_ids.filtered(lambda s: s.move_id == move).detail)
        self.assertEqual(len(self._run(ignore_interval=True).notice_ids), 1)
        with freeze_time("2026-03-11"):
            self.assertEqual(len(self._run().notice_ids), 0)

    def test_a_run_on_a_holiday_waits(self):
        """Rule 8: closed days of the company's calendar; a person may insist."""
        self._overdue(20)
        with freeze_time("2026-03-15 10:00:00"):  # a Sunday
            run = self._run()
            self._send(run)
            self.assertEqual((run.state, run.notice_ids.state), ("sending", "ready"))
            self.assertTrue(run.waits_until)
            with self.mock_mail_gateway():
                run.action_send_now()
            self.assertEqual(run.notice_ids.state, "sent")

    def test_public_holiday_of_the_country(self):
        self.company.country_id = self.env.ref("base.fr")
        self.assertFalse(self.company._is_credit_working_day(fields.Date.to_date("2026-05-01")))
        self.assertFalse(self.company._is_credit_working_day(fields.Date.to_date("2026-04-06")))
        self.assertTrue(self.company._is_credit_working_day(fields.Date.to_date("2026-05-04")))
        self.assertEqual(
            self.company._add_credit_working_days(fields.Date.to_date("2026-04-30"), 1),
            fields.Date.to_date("2026-05-04"),
        )

    def test_selected_invoices_next_and_chosen_level(self):
        """A selection claims its items only, at the next or at a chosen level."""
        early, other = self._overdue(2), self._overdue(20)
        lines = self._item(early).move_line_id
        values = {"limited": True, "move_line_ids": [Command.set(lines.ids)]}
        run = self._run(**values)
        self.assertEqual(self._skip_reason(run, early), ["waiting"])
        run = self._run(**values, level_mode="next")
        kinds = {line.move_id: line.kind for line in run.notice_ids.line_ids}
        self.assertEqual(kinds, {early: "claimed", other: "recalled"})
        run.action_cancel()
        run = self._run(**values, level_mode="chosen", level_id=self.second.id)
        self.assertEqual(run.notice_ids.level_id, self.second)

    def test_drop_and_add_customers(self):
        other = self._create_customer("Other")
        move = self._overdue(20)
        self._overdue(20, other)
        run = self._run(limited=True, partner_ids=[Command.set(self.customer.ids)])
        run.notice_ids.action_drop()
        self.assertEqual(self._skip_reason(run, move), ["dropped"])
        self.assertFalse(self._item(move).dunning_level_id)
        run._add_partners(other)
        self.assertEqual(run.notice_ids.filtered("pending").partner_id, other)

    def test_change_of_channel(self):
        self._overdue(20)
        run = self._run()
        with self.assertRefused("at least one"):
            run.notice_ids.action_set_channels(self.channel_letter.browse())
        run.notice_ids.action_set_channels(self.channel_call)
        self.assertEqual(run.notice_ids.delivery_ids.channel_id, self.channel_call)
        with self.assertRefused("no usable address"):
            self.customer.street = False
            run.notice_ids.action_set_channels(self.channel_letter)

    def test_cancelled_run_frees_the_levels(self):
        """Rule 1: only a cancelled notice or a reset frees a level."""
        move = self._overdue(20)
        run = self._run()
        self.assertEqual(self._item(move).dunning_level_id, self.first)
        run.action_cancel()
        self.assertFalse(self._item(move).dunning_level_id)
        run.action_draft()
        run.action_prepare()
        self.assertEqual(self._item(move).dunning_level_id, self.first)

    def test_database_refuses_a_second_claim(self):
        """Rule 1: the unique index, not the code, has the last word."""
        move = self._overdue(20)
        self._remind(move)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._remind(move)

    def test_reset_is_logged_and_alters_nothing_printed(self):
        """Rule 1: a reset is a record of its own."""
        move = self._overdue(20)
        notice = self._remind(move)
        line = notice.line_ids
        with self.assertRefused("Say why"):
            self.env["credit.dunning.reset"]._reset_items(line.move_line_id, " ")
        reset = self.env["credit.dunning.reset"]._reset_items(line.move_line_id, "Wrong address")
        self.assertEqual((reset.reason, reset.line_ids), ("Wrong address", line))
        self.assertFalse(line.live)
        self.assertEqual(line.level_id, self.first)
        self.assertFalse(self._item(move).dunning_level_id)
        self.assertEqual(notice.state, "sent")

    def test_nothing_is_prepared_twice(self):
        """Rules 1 and 2: at most one unsent reminder per customer, whatever is launched."""
        self._overdue(20)
        first = self._run()
        second = self._run()
        self.assertEqual(len(first.notice_ids), 1)
        self.assertFalse(second.notice_ids)

    def test_done_run_cannot_be_prepared_and_evidence_is_kept(self):
        self._overdue(20)
        run = self._run()
        self._send(run)
        with self.assertRefused("no longer be prepared"):
            run.action_prepare()
        with self.assertRefused("kept as evidence"):
            run.unlink()
        with self.assertRefused("evidence"):
            run.notice_ids.sudo().amount_due = 1.0
        with self.assertRefused("evidence"):
            run.notice_ids.sudo().line_ids[0].amount_residual = 1.0
        with self.assertRefused("evidence"):
            run.notice_ids.sudo().delivery_ids.address = "x"
        with self.assertRefused("evidence"):
            run.notice_ids.sudo().unlink()
