from datetime import datetime

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import freeze_time
from .test_kpi import KpiCommon


@tagged("post_install", "-at_install")
class TestKpiSnapshot(KpiCommon):
    """Month ends are kept as they were; what was changed in the past since is explained."""

    @classmethod
    def _take(cls):
        cls.env["credit.kpi.snapshot"].action_take_missing()
        return cls.env["credit.kpi.snapshot"].search([("company_id", "=", cls.company.id)])

    def _age(self, records, when):
        """Make records older (or younger) than the snapshot: a transaction has one time."""
        self.env.flush_all()
        self.cr.execute(
            f'UPDATE "{records._table}" SET create_date = %s WHERE id IN %s',
            [when, tuple(records.ids)],
        )
        self.env.invalidate_all()

    def _differences(self, snapshot):
        action = snapshot.action_explain()
        model = self.env[action["res_model"]].with_context(**action["context"])
        model.invalidate_model()
        return model.search([])

    def test_missing_month_ends_are_taken_once(self):
        self._sale("2025-12-10", 100, due="2026-01-10")
        snapshots = self._take()
        self.assertEqual(
            [fields.Date.to_string(day) for day in snapshots.mapped("date")],
            ["2026-02-28", "2026-01-31", "2025-12-31"],
        )
        self.assertEqual(snapshots.mapped("overdue"), [100, 100, 0])
        self.assertEqual(snapshots.mapped("not_due"), [0, 0, 100])
        self.assertEqual(snapshots[1].dso, 92)
        self.assertEqual(snapshots[0].taken_by, self.env.user)
        self.assertFalse(any(snapshots.mapped("is_different")))
        self.assertIn("No month end", self.env["credit.kpi.snapshot"].action_take_missing()
                      ["params"]["message"])  # fmt: skip
        self.assertEqual(self._take(), snapshots)

    def test_button_of_an_empty_list(self):
        """The web client calls the button with the selected rows, none."""
        self._sale("2026-02-10", 100)
        action = call_kw(self.env["credit.kpi.snapshot"], "action_take_missing", [[]], {})
        self.assertEqual(action["params"]["type"], "success")

    def test_cron_takes_the_last_month_end(self):
        self._sale("2025-12-10", 100)
        self.env["credit.kpi.snapshot"]._cron_take()
        snapshots = self.env["credit.kpi.snapshot"].search([("company_id", "=", self.company.id)])
        self.assertEqual([str(day) for day in snapshots.mapped("date")], ["2026-02-28"])
        with self.enter_registry_test_mode():
            self.env.ref("credit_mgmt.credit_kpi_snapshot_cron").method_direct_trigger()
        self.assertEqual(
            self.env["credit.kpi.snapshot"].search([("company_id", "=", self.company.id)]),
            snapshots,
        )

    def test_never_rewritten(self):
        self._sale("2026-02-10", 100)
        snapshot = self._take()
        for step in (
            lambda: snapshot.write({"receivables": 1}),
            lambda: snapshot.sudo().write({"dso": 1}),
            lambda: snapshot.sudo().unlink(),
        ):
            with self.assertRefused("evidence", UserError):
                step()
        with self.assertRefused("", AccessError):
            self.env["credit.kpi.snapshot"].create(
                {"company_id": self.company.id, "date": "2026-01-31", "taken_on": "2026-02-01"}
            )

    def test_values_stay_and_the_difference_is_explained(self):
        """Posting, matching, cancelling and re-dating in a closed month: each with its cause."""
        old = datetime(2026, 3, 1)
        matched = self._sale("2026-02-02", 100)
        cancelled = self._sale("2026-02-03", 20)
        redated = self._sale("2026-02-04", 3, due="2026-02-20")
        undone = self._sale("2026-02-05", 7)
        self._pay(undone, on="2026-02-25")
        deleted = self._entry("2026-02-06", self.company_data["default_account_revenue"], 50)
        self._sale("2026-02-07", 11)  # nobody touches this one
        snapshot = self._take()
        self.assertEqual(snapshot.receivables, 100 + 20 + 3 + 11 - 50)
        before = snapshot.read(["receivables", "overdue", "dso", "sales", "items"])
        for name in ("account.move", "account.move.line", "account.partial.reconcile"):
            self._age(self.env[name].search([("company_id", "=", self.company.id)]), old)

        self._pay(matched, 40, on="2026-02-20")
        cancelled.button_draft()
        cancelled.button_cancel()
        self._items(redated).date_maturity = "2026-03-30"
        self._items(undone).remove_move_reconcile()
        deleted.button_draft()
        deleted.unlink()
        posted = self._sale("2026-02-12", 1_000)
        after = self.env["account.move"].search([("create_date", ">", old)])
        self._age(after.line_ids, datetime(2026, 3, 11))
        self.env.invalidate_all()

        self.assertEqual(snapshot.read(list(before[0])), before)
        self.assertTrue(snapshot.is_different)
        self.assertEqual(snapshot.receivables_now, 100 - 40 + 3 + 7 - 7 + 11 + 1_000)
        self.assertEqual(snapshot.difference, snapshot.receivables_now - snapshot.receivables)
        changes = self._differences(snapshot)
        found = {
            cause: sorted(items.mapped("difference"))
            for cause, items in changes.grouped("cause").items()
        }
        self.assertEqual(
            found,
            {
                "matched": [-40],
                "cancelled": [-20],
                "redated": [0],
                "reopened": [-7, 7],
                "deleted": [50],
                "posted": [1_000],
            },
        )
        self.assertAlmostEqual(sum(changes.mapped("difference")), snapshot.difference)
        self.assertEqual(changes.filtered(lambda item: item.cause == "posted").move_id, posted)
        action = snapshot.action_open_entries()
        entries = self.env["account.move.line"].search(action["domain"])
        self.assertIn(posted, entries.move_id)
        self.assertNotIn(redated, entries.move_id)

    def test_no_change_no_explanation(self):
        self._sale("2026-02-10", 100)
        snapshot = self._take()
        self._pay(self._sale("2026-03-02", 50), on="2026-03-05")
        self.env.invalidate_all()
        self.assertFalse(snapshot.is_different)
        self.assertFalse(self._differences(snapshot))
        self.assertFalse(self.env["credit.kpi.snapshot.difference"].search([]))

    def test_root_company_answers_for_its_branches(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        self.env.user.company_ids |= branch
        self._sale("2026-02-10", 100)
        self.cr.precommit.run()  # the branch gets the accounts of its root
        self._sale("2026-02-11", 30, company_id=branch.id)
        Snapshot = self.env["credit.kpi.snapshot"].with_context(
            allowed_company_ids=(self.company + branch).ids
        )
        Snapshot.action_take_missing()
        found = {snapshot.company_id: snapshot.receivables for snapshot in Snapshot.search([])}
        self.assertEqual(found, {self.company: 130, branch: 30})
        main = Snapshot.search([("is_main_company", "=", True)])
        self.assertEqual(main.company_id, self.company)
        self.assertEqual(Snapshot.search([("is_main_company", "=", False)]).company_id, branch)

    def test_rights(self):
        """Totals of a company are for credit users; other companies stay out of sight."""
        self._sale("2026-02-10", 100)
        self._take()
        users = {
            group: self.env["res.users"].create(
                {
                    "name": group,
                    "login": f"{group}@snapshot.example.com",
                    "company_id": self.company.id,
                    "company_ids": [Command.set(self.company.ids)],
                    "group_ids": [
                        Command.set(self.env.ref(f"credit_mgmt.credit_mgmt_group_{group}").ids)
                    ],
                }
            )
            for group in ("viewer", "user")
        }
        Snapshot = self.env["credit.kpi.snapshot"]
        with self.assertRefused("", AccessError):
            Snapshot.with_user(users["viewer"]).search([])
        with self.assertRefused("credit users", UserError):
            Snapshot.with_user(users["viewer"]).action_take_missing()
        snapshot = Snapshot.with_user(users["user"]).search([])
        self.assertEqual(snapshot.receivables_now, 100)
        other = self.setup_other_company(name="Other")["company"]
        users["user"].write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertFalse(Snapshot.with_user(users["user"]).search([]))

    def test_queries_do_not_grow_with_the_months(self):
        self._sale("2024-12-10", 100)
        snapshots = self._take()
        self.assertEqual(len(snapshots), 15)

        def measure(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.mapped("difference")
            return self.cr.sql_log_count - before

        measure(snapshots)
        self.assertEqual(measure(snapshots), measure(snapshots[0]))

    def test_sixty_months_at_most(self):
        self._sale("2015-01-10", 100)
        with freeze_time("2026-03-31"):  # the month is not over yet
            self.assertEqual(len(self._take()), 60)
            self.assertEqual(str(self._take()[0].date), "2026-02-28")
