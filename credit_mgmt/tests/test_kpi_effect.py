from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_kpi import KpiCommon


@tagged("post_install", "-at_install")
class TestKpiEffect(KpiCommon):
    """What a reminder brought in, how soon: by level, channel, collector and customer."""

    def _sent(self, move, on, level=None):
        """Send a reminder on a day, as a run of that day would have left it."""
        notice = self._remind(move, level=level, on=on)
        self.assertEqual(notice.state, "sent")
        if not notice.sent_date:
            notice.sudo().sent_date = on
        return notice

    def _rows(self, *moves):
        self.env.flush_all()
        self.env["credit.dunning.effect"].invalidate_model()
        found = self.env["credit.dunning.effect"].search([])
        return [found.filtered(lambda row, move=move: row.move_id == move) for move in moves]

    def test_settled_within_7_and_15_days(self):
        moves = [self._sale("2025-12-01", 100, due="2026-01-01") for _n in range(5)]
        for move in moves:
            self._sent(move, "2026-01-10")
        for move, day in zip(
            moves, ("2026-01-17", "2026-01-18", "2026-01-25", "2026-01-26"), strict=False
        ):
            self._pay(move, on=day)
        rows = self._rows(*moves)
        self.assertEqual([row.settled_7 for row in rows], [100, 0, 0, 0, 0])
        self.assertEqual([row.settled_15 for row in rows], [100, 100, 100, 0, 0])
        self.assertEqual([row.amount_settled for row in rows], [100, 100, 100, 100, 0])
        self.assertEqual([row.days_to_settle for row in rows[:4]], [7, 8, 15, 16])
        self.assertEqual([row.state for row in rows], ["settled"] * 4 + ["open"])
        result = self.env["credit.dunning.effect"].get_effect()
        total = result["total"]
        self.assertEqual((total["items"], total["notices"], total["amount"]), (5, 5, 500))
        self.assertEqual((total["share_7"], total["share_15"], total["share"]), (20, 60, 80))
        # The median of 7, 8, 15 and 16: an item that is still open has no days yet.
        self.assertEqual(total["median_days"], 11.5)

    def test_partial_settlements_count_their_part(self):
        move = self._sale("2025-12-01", 100, due="2026-01-01")
        self._pay(move, 20, on="2026-01-05")
        self._sent(move, "2026-01-10")
        self._pay(move, 30, on="2026-01-12")
        self._pay(move, 10, on="2026-01-20")
        [row] = self._rows(move)
        self.assertEqual(row.amount, 80)
        self.assertEqual((row.settled_7, row.settled_15), (30, 40))
        self.assertEqual((row.state, row.share_7, row.share_15), ("partial", 37.5, 50))
        self._pay(move, on="2026-02-01")
        [row] = self._rows(move)
        self.assertEqual((row.state, row.days_to_settle), ("settled", 22))

    def test_each_level_has_its_own_effect(self):
        """The second reminder of an item counts what was open then, from its own day."""
        move = self._sale("2025-12-01", 100, due="2026-01-01")
        self._sent(move, "2026-01-10")
        self._pay(move, 40, on="2026-01-20")
        self._sent(move, "2026-01-25", level=self.second)
        self._pay(move, on="2026-01-30")
        groups = {
            row["label"]: row for row in self.env["credit.dunning.effect"].get_effect()["groups"]
        }
        self.assertEqual(set(groups), {"First", "Second"})
        self.assertEqual([groups["First"][name] for name in ("amount", "settled_7", "settled_15")],
                         [100, 0, 40])  # fmt: skip
        self.assertEqual([groups["Second"][name] for name in ("amount", "settled_7")], [60, 60])
        self.assertEqual(groups["First"]["median_days"], 20)
        self.assertEqual(groups["Second"]["median_days"], 5)
        action = groups["Second"]["action"]
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual((rows.level_id, rows.amount), (self.second, 60))

    def test_reminders_too_young_for_a_share(self):
        """Reminded five days ago: nothing can be said of 7 days, and nobody is blamed."""
        young = self._sale("2026-01-01", 100, due="2026-02-01")
        self._sent(young, "2026-03-05")
        old = self._sale("2026-01-01", 50, due="2026-02-01")
        self._sent(old, "2026-03-03")
        self._pay(old, on="2026-03-04")
        total = self.env["credit.dunning.effect"].get_effect()["total"]
        self.assertEqual(total["share_7"], 100)
        self.assertIsNone(total["share_15"])
        self.assertEqual(total["amount"], 150)

    def test_paid_before_the_reminder_arrived(self):
        """A payment of the day before, entered afterwards, settles on the first day."""
        move = self._sale("2025-12-01", 100, due="2026-01-01")
        self._sent(move, "2026-01-10")
        self._pay(move, on="2026-01-09")
        [row] = self._rows(move)
        self.assertEqual((row.settled_7, row.days_to_settle), (100, 0))

    def test_cancelled_invoice_is_not_settled(self):
        move = self._sale("2025-12-01", 100, due="2026-01-01")
        self._sent(move, "2026-01-10")
        move.button_draft()
        move.button_cancel()
        [row] = self._rows(move)
        self.assertEqual((row.state, row.amount_settled, row.settled_15), ("gone", 0, 0))

    def test_breakdowns(self):
        other = self._create_customer("Customer B")
        self.customer.collector_id = self.env.user
        first = self._sale("2025-12-01", 100, due="2026-01-01")
        second = self._sale("2025-12-01", 30, due="2026-01-01", partner=other)
        self._sent(first, "2026-01-10").sudo().collector_id = self.env.user
        self._sent(second, "2026-02-10", level=self.formal)
        Effect = self.env["credit.dunning.effect"]
        found = {
            group_by: {
                row["label"]: row["amount"]
                for row in Effect.get_effect({"group_by": group_by})["groups"]
            }
            for group_by in ("channel_id", "collector_id", "partner_id", "month", "policy_id")
        }
        self.assertEqual(
            found["channel_id"], {self.channel_email.name: 100, self.channel_letter.name: 30}
        )
        self.assertEqual(found["collector_id"], {self.env.user.name: 100, "None": 30})
        self.assertEqual(found["partner_id"], {"Customer A": 100, "Customer B": 30})
        self.assertEqual(found["month"], {"2026-01": 100, "2026-02": 30})
        self.assertEqual(found["policy_id"], {"Test policy": 130})
        for group_by in found:
            for row in Effect.get_effect({"group_by": group_by})["groups"]:
                rows = Effect.search(row["action"]["domain"])
                self.assertEqual(sum(rows.mapped("amount")), row["amount"])
        only = Effect.get_effect({"partner_id": other.id, "date_from": "2026-02-01"})
        self.assertEqual(only["total"]["amount"], 30)
        self.assertEqual(Effect.get_effect({"date_to": "2025-12-31"})["total"]["amount"], 0)
        action = other.action_open_dunning_effect()
        self.assertEqual(Effect.search(action["domain"]).move_id, second)
        with self.assertRefused("broken down", UserError):
            Effect.get_effect({"group_by": "amount"})

    def test_unsent_reminders_have_no_effect(self):
        self._overdue(20)
        self._run()
        self.assertFalse(self._rows(self.env["account.move"])[0])

    def test_viewer_sees_the_own_customers(self):
        viewer = self.env["res.users"].create(
            {
                "name": "viewer",
                "login": "viewer@effect.example.com",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [
                    Command.set(self.env.ref("credit_mgmt.credit_mgmt_group_viewer").ids)
                ],
            }
        )
        other = self._create_customer("Customer B")
        self._sent(self._sale("2025-12-01", 100, due="2026-01-01"), "2026-01-10")
        self._sent(self._sale("2025-12-01", 30, due="2026-01-01", partner=other), "2026-01-10")
        other.user_id = viewer
        effect = self.env["credit.dunning.effect"].with_user(viewer).get_effect()
        self.assertEqual(effect["total"]["amount"], 30)

    def test_queries_do_not_grow(self):
        def measure():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["credit.dunning.effect"].get_effect()
            return self.cr.sql_log_count - before

        self._sent(self._sale("2025-12-01", 100, due="2026-01-01"), "2026-01-10")
        measure()
        few = measure()
        for number in range(5):
            partner = self._create_customer(f"Customer {number}")
            self._sent(
                self._sale("2025-12-01", 100, due="2026-01-01", partner=partner), "2026-01-10"
            )
        self.assertEqual(measure(), few)
