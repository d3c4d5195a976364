from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY, CreditMgmtCommon, freeze_time


@tagged("post_install", "-at_install")
class TestCompany(CreditMgmtCommon):
    """Rules 15 and 16: company by company, quiet until started."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([("id", "!=", cls.company.id)]).credit_start_date = False
        cls.first.auto_send = True
        cls.company.credit_bank_max_age = 0

    def _start(self, mode="age", day=TODAY):
        self.env["credit.dunning.start"].create(
            {
                "company_id": self.company.id,
                "date": day,
                "mode": mode,
                "policy_id": self.policy.id,
            }
        ).action_start()

    def _automatic(self):
        return self.env["credit.dunning.run"].search(
            [("company_id", "=", self.company.id), ("automatic", "=", True)]
        )

    def test_nothing_is_automatic_before_the_start(self):
        self._overdue(20)
        self._run_cron()
        self.assertFalse(self._automatic())

    def test_one_automatic_run_per_day(self):
        self._overdue(6)
        second = self._create_customer("Second")
        self._remind(self._overdue(20, second), on="2026-02-20")
        self._start()
        with freeze_time("2026-03-10 10:00:00"), self.mock_mail_gateway():
            self._run_cron()
            self._run_cron()
        run = self._automatic()
        self.assertEqual(len(run), 1)
        states = {notice.partner_id: notice.state for notice in run.notice_ids}
        self.assertEqual(states, {self.customer: "sent", second: "draft"})
        review = self.env.ref("credit_mgmt.mail_activity_type_review")
        self.assertEqual(run.activity_ids.activity_type_id, review)

    def test_window_binds_the_machine(self):
        """Rule 8: outside the window the scheduled action waits."""
        self._overdue(6)
        self._start()
        self.company.resource_calendar_id.tz = "UTC"
        with freeze_time("2026-03-10 06:00:00"), self.mock_mail_gateway():
            self._run_cron()
            self.assertEqual(self._automatic().notice_ids.state, "ready")
        with freeze_time("2026-03-10 09:00:00"), self.mock_mail_gateway():
            self._run_cron()
            self.assertEqual(self._automatic().notice_ids.state, "sent")

    def test_no_run_on_a_closed_day(self):
        self._overdue(6)
        self._start()
        with freeze_time("2026-03-14 10:00:00"):
            self._run_cron()
        self.assertFalse(self._automatic())

    def test_days_off_are_caught_up_without_a_burst(self):
        """Rule 5: after three weeks without a run each customer gets one message, one level."""
        self._overdue(6)
        self._start("first")
        with freeze_time("2026-03-30 10:00:00"), self.mock_mail_gateway():
            self._run_cron()
            self._run_cron()
            notices = self._automatic().notice_ids
            self.assertEqual(len(notices), 1)
            self.assertEqual(notices.level_id, self.first)

    def test_old_bank_entries_pause_the_machine(self):
        """Rule 16: reminders for paid invoices are the classic mistake."""
        self.company.credit_bank_max_age = 4
        paid = self._overdue(50)
        self._pay(paid, on="2026-02-20")
        self._overdue(6)
        self._start()
        with freeze_time("2026-03-10 10:00:00"), self.mock_mail_gateway():
            self._run_cron()
            self._run_cron()
        self.assertFalse(self._automatic())
        bank = self.env.ref("credit_mgmt.mail_activity_type_bank")
        pauses = self.company.partner_id.activity_ids.filtered(
            lambda activity: activity.activity_type_id == bank
        )
        self.assertEqual(len(pauses), 1)
        self._pay(self._overdue(3), on=TODAY)
        with freeze_time("2026-03-10 11:00:00"), self.mock_mail_gateway():
            self._run_cron()
        self.assertTrue(self._automatic())

    def test_bank_state_in_the_review(self):
        self._pay(self._overdue(50), on="2026-02-20")
        journal = self.company_data["default_journal_bank"]
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": "2026-02-21",
                "payment_ref": "Transfer",
                "amount": 77.0,
            }
        )
        row = next(r for r in self.company._get_credit_bank_state() if r["journal"] == journal)
        self.assertEqual(row["last_date"].isoformat(), "2026-02-21")
        self.assertEqual((row["unmatched"], row["amount"]), (1, 77.0))
        self._overdue(20)
        self.assertIn("77.00", self._run().bank_warning)

    def test_start_modes(self):
        old, new = self._overdue(20), self._overdue(-10)
        for mode, reason in (
            ("age", False),
            ("first", False),
            ("by_hand", "start_by_hand"),
            ("leave_out", "start"),
            ("age", False),
        ):
            with self.subTest(mode):
                self._start(mode)
                self.assertEqual(self._item(old).exclusion_reason, reason)
                self.assertFalse(self._item(new).exclusion_reason)
        self._start("by_hand")
        self.assertTrue(self._run().notice_ids, "a person may remind of it by hand")

    def test_start_shows_counts_before_anything_happens(self):
        self._overdue(20, amount=150.0)
        self._overdue(40, self._create_customer("Other"), amount=50.0)
        wizard = self.env["credit.dunning.start"].create(
            {"company_id": self.company.id, "policy_id": self.policy.id}
        )
        self.assertEqual(
            (
                wizard.overdue_count,
                wizard.overdue_customer_count,
                wizard.overdue_amount,
            ),
            (2, 2, 200.0),
        )
        self.assertIn("Second", wizard.level_html)
        wizard.mode = "first"
        self.assertIn("First", wizard.level_html)
        self.assertFalse(self.company.credit_start_date)
        wizard.action_start()
        self.assertTrue(self.company.credit_start_date)
        wizard.action_stop()
        self.assertFalse(self.company.credit_start_date)

    def test_only_a_manager_starts(self):
        user = self._create_user("credit_mgmt.credit_mgmt_group_user")
        with self.assertRefused("not allowed", AccessError):
            self.env["credit.dunning.start"].with_user(user).create({"company_id": self.company.id})

    def _create_user(self, group):
        return self.env["res.users"].create(
            {
                "name": group,
                "login": group,
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [Command.set(self.env.ref(group).ids)],
            }
        )

    def test_who_may_not_open_a_branch_writes_for_it_too(self):
        """A user of the main company alone sets policy and collector for the whole family."""
        branch = self.env["res.company"].create({"name": "Closed", "parent_id": self.company.id})
        user = new_test_user(
            self.env, "root_only",
            groups="base.group_partner_manager,credit_mgmt.credit_mgmt_group_user",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        user.company_ids = self.company
        customer = self.customer.with_user(user).with_company(self.company)
        customer.write({"collector_id": user.id, "dunning_policy_id": self.policy.id})
        created = customer.create({"name": "New", "collector_id": user.id})
        for partner in (self.customer, created.sudo()):
            self.assertEqual(partner.with_company(branch).collector_id, user)
        stranger = new_test_user(self.env, "stranger", groups="base.group_user")
        with self.assertRefused("", AccessError):
            self.customer.with_user(stranger).write({"collector_id": user.id})

    def test_branches_belong_to_their_root(self):
        """Rule 15: items of branches are in the root's run; a run of a branch is refused."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        self.env.user.company_ids |= branch
        self.cr.precommit.run()
        env = self.env(
            context=dict(self.env.context, allowed_company_ids=(self.company | branch).ids)
        )
        move = self._invoice(due="2026-02-18", company_id=branch.id)
        item = env["credit.receivable"].search([("move_id", "=", move.id)])
        self.assertEqual((item.company_id, item.root_company_id), (branch, self.company))
        run = self._run()
        self.assertEqual(run.notice_ids.line_ids.move_id, move)
        self.assertEqual(run.notice_ids.company_id, self.company)
        with self.assertRefused("main company", Exception):
            self.env["credit.dunning.run"].create({"company_id": branch.id})
        collector = self.env.user
        self.customer.with_company(branch).collector_id = collector
        self.assertEqual(self.customer.with_company(self.company).collector_id, collector)

    def test_nothing_leaks_between_companies(self):
        """Rule 15: another company's runs, notices and policies are not there."""
        other = self.setup_other_company()["company"]
        self._overdue(20)
        run = self._run()
        user = self._create_user("credit_mgmt.credit_mgmt_group_user")
        user.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        for record in (run, run.notice_ids, run.notice_ids.line_ids, self.policy):
            found = record.with_user(user).with_context(allowed_company_ids=other.ids)
            self.assertFalse(found.search([("id", "in", record.ids)]), record._name)
            with self.assertRefused("", AccessError):
                found.read(["display_name"])

    def test_other_companies_of_a_shared_customer(self):
        """Rule 15: a shared customer is reminded by each company for its own items."""
        data = self.setup_other_company()
        other = data["company"]
        self._overdue(20)
        self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-01",
                "invoice_date_due": "2026-02-01",
                "invoice_payment_term_id": False,
                "company_id": other.id,
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": 33.0, "tax_ids": []})
                ],
            }
        ).action_post()
        run = self._run()
        self.assertEqual(run.notice_ids.amount_claimed, 100.0)
