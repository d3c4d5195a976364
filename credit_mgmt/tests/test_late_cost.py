from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import TODAY, freeze_time
from .interest_common import InterestCommon


@tagged("post_install", "-at_install")
class TestLateCost(InterestCommon):
    """Claims: listed, waived, booked on request, never twice; printed on reminders."""

    def _book(self, moves, **options):
        return self.env["credit.late.cost.claim"]._book(
            self._lines(moves), **{"date": self._date(TODAY), **options}
        )

    def _waive(self, moves, reason="Goodwill", **options):
        return self.env["credit.late.cost.claim"]._waive(
            self._lines(moves), reason, **{"date": self._date(TODAY), **options}
        )

    # === SCREENS === #

    def test_invoice_item_and_customer_show_the_same(self):
        """Fields of the invoice, the receivable and the list agree with the engine."""
        move = self._overdue(20, amount=1000.0)
        cost = self._cost(move)
        self.assertEqual((cost.interest, cost.indemnity), (6.66, 40.0))
        self.assertEqual((move.late_interest, move.late_indemnity), (6.66, 40.0))
        self.assertFalse(move.late_cost_warning)
        item = self._item(move)
        self.assertEqual((item.late_interest, item.late_indemnity), (6.66, 40.0))
        row = self._late_cost(move)
        self.assertEqual((row.late_interest, row.late_indemnity), (6.66, 40.0))
        self.assertEqual((row.state, row.days_late, row.to_claim), ("open", 20, True))
        self.assertAlmostEqual(self.customer.late_cost_amount, 46.66)

    def test_fields_of_many_invoices_are_computed_together(self):
        moves = self.env["account.move"].union(*(self._overdue(days) for days in range(1, 13)))
        partner_moves = moves[:1]
        counts = []
        for some in (partner_moves, partner_moves, moves):
            for model, name in (("account.move", "late_interest"),
                                ("credit.receivable", "late_interest"),
                                ("credit.late.cost", "late_cost_total")):  # fmt: skip
                self.env.flush_all()
                ids = some.ids if model == "account.move" else self._lines(some).ids
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                self.env[model].browse(ids).mapped(name)
                counts.append(self.cr.sql_log_count - before)
        # The first round warms the caches of the registry.
        self.assertEqual(counts[3:6], counts[6:])

    def test_claims_survive_the_payment(self):
        """Paid late: listed with what it cost, until that is booked or waived."""
        move = self._overdue(20, amount=1000.0)
        self._pay(move, on="2026-02-28")
        row = self._late_cost(move)
        self.assertEqual((row.state, row.days_late), ("paid", 10))
        self.assertEqual(row.date_settled, self._date("2026-02-28"))
        self.assertEqual((row.late_interest, row.late_indemnity), (3.33, 40.0))
        on_time = self._overdue(20)
        self._pay(on_time, on="2026-02-18")
        self.assertFalse(self._late_cost(on_time))
        self._waive(move)
        row = self._late_cost(move)
        self.assertFalse(row.to_claim)
        self.assertEqual(row.late_cost_total, 0.0)
        self.assertEqual(len(row.claim_ids), 2)

    def test_computation_dialog(self):
        move = self._overdue(20, amount=1000.0)
        action = move.action_open_late_cost_detail()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        html = wizard.computation_html
        for text in (move.name, "12.15", "6.6575", "6.66", "40.00", "46.66", "L441-10"):
            self.assertIn(text, html)
        with Form(wizard) as form:
            form.date = "2026-07-10"
        self.assertIn("12.40", wizard.computation_html)
        unknown = self._create_customer("Nobody", credit_audience="unknown")
        action = self._overdue(3, unknown).action_open_late_cost_detail()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertIn("not known to be a business", wizard.computation_html)
        with self.assertRefused("no receivable"):
            self.env["account.move"].action_open_late_cost_detail()

    def test_searches_and_groups_of_the_list(self):
        self._overdue(20)
        LateCost = self.env["credit.late.cost"]
        [(partner, count)] = LateCost._read_group(
            [("to_claim", "=", True), ("partner_id", "=", self.customer.id)],
            ["partner_id"],
            ["__count"],
        )
        self.assertEqual((partner, count), (self.customer, 1))
        action = self.customer.action_open_late_costs()
        self.assertEqual(LateCost.search_count(action["domain"]), 1)
        self.assertTrue(LateCost.name_search(self.customer.name))

    # === WAIVERS === #

    def test_waive_and_revoke(self):
        """A waiver keeps who, when and why; revoked, the costs are claimed again."""
        move = self._overdue(20, amount=1000.0)
        with self.assertRefused("Say why"):
            self._waive(move, "  ")
        claims = self._waive(move)
        self.assertEqual(set(claims.mapped("kind")), {"interest", "indemnity"})
        interest = claims.filtered(lambda claim: claim.kind == "interest")
        self.assertEqual((interest.amount, interest.reason), (6.66, "Goodwill"))
        self.assertEqual(interest.user_id, self.env.user)
        self.assertEqual(interest.working[0]["days"], 20)
        self.assertEqual(self._cost(move).total, 0.0)
        self.assertEqual(self._cost(move).reason, "settled")
        with self.assertRefused("no late costs to waive"):
            self._waive(move)
        # Interest of later days is not waived.
        self.assertEqual(self._cost(move, "2026-03-20").days, 10)
        claims.action_revoke()
        self.assertEqual(claims.mapped("live"), [False, False])
        self.assertEqual(claims.revoked_by, self.env.user)
        self.assertAlmostEqual(self._cost(move).total, 46.66)
        with self.assertRefused("Only waivers in force"):
            claims.action_revoke()

    def test_waive_for_ever_and_in_part(self):
        move = self._overdue(20, amount=1000.0)
        self._waive(move, with_indemnity=False, forever=True)
        cost = self._cost(move, "2026-06-30")
        self.assertEqual((cost.interest, cost.indemnity), (0.0, 40.0))
        self._waive(move, with_interest=False)
        self.assertEqual(self._cost(move, "2026-06-30").total, 0.0)

    def test_waive_wizard(self):
        move = self._overdue(20, amount=1000.0)
        action = self._late_cost(move).action_waive()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"]))
        wizard.reason = "Our delivery was late"
        wizard.save().action_waive()
        self.assertEqual(set(self._claims(move).mapped("decision")), {"waived"})
        wizard = self.env["credit.late.cost.waive"].create(
            {"reason": "x", "with_interest": False, "with_indemnity": False}
        )
        with self.assertRefused("Choose what to waive"):
            wizard.action_waive()

    # === BOOKING === #

    def test_book_a_debit_note(self):
        """Rule 12: a draft without tax, on the accounts chosen; the days are not claimed again."""
        moves = self._overdue(20, amount=1000.0) + self._overdue(10, amount=500.0)
        before = self.env["account.move"].search_count([])
        note = self._book(moves)
        self.assertEqual(self.env["account.move"].search_count([]), before + 1)
        self.assertEqual((note.state, note.move_type), ("draft", "out_invoice"))
        self.assertEqual(note.amount_tax, 0.0)
        self.assertFalse(note.invoice_line_ids.tax_ids)
        self.assertAlmostEqual(note.amount_total, 6.66 + 1.66 + 80.0)
        self.assertEqual(
            note.invoice_line_ids.account_id,
            self.company.credit_interest_account_id | self.company.credit_indemnity_account_id,
        )
        self.assertIn(moves[0].name, note.invoice_line_ids[0].name)
        self.assertFalse(any(self._cost(move).total for move in moves))
        with self.assertRefused("no late costs to book"):
            self._book(moves)
        note.action_post()
        self.assertEqual(note.amount_residual, note.amount_total)
        # The next booking starts after the last day booked; the indemnity is not owed again.
        cost = self._cost(moves[0], "2026-03-20")
        self.assertEqual((cost.days, cost.indemnity), (10, 0.0))
        self.assertEqual(cost.segments[0].date_from, self._date("2026-03-11"))

    def test_no_interest_on_booked_costs(self):
        note = self._book(self._overdue(20, amount=1000.0))
        note.action_post()
        cost = self._cost(note, "2026-09-01")
        self.assertEqual((cost.total, cost.reason), (0.0, "no_item"))
        with freeze_time("2026-06-01"):
            self.assertFalse(self._late_cost(note))

    def test_deleting_and_cancelling_the_draft_frees_it(self):
        move = self._overdue(20, amount=1000.0)
        note = self._book(move)
        note.unlink()
        self.assertAlmostEqual(self._cost(move).total, 46.66)
        self.assertFalse(any(self._claims(move).mapped("live")))
        note = self._book(move)
        note.button_cancel()
        self.assertAlmostEqual(self._cost(move).total, 46.66)
        note.button_draft()
        self.assertEqual(self._cost(move).total, 0.0)
        note.button_cancel()
        second = self._book(move)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            note.button_draft()
            self.env.flush_all()
        self.assertEqual(second.state, "draft")

    def test_reversing_frees_it(self):
        """A posted debit note is undone by a credit note, and claimed again without it."""
        move = self._overdue(20, amount=1000.0)
        note = self._book(move)
        note.action_post()
        refund = note._reverse_moves([{"invoice_date": TODAY, "date": TODAY}], cancel=True)
        self.assertEqual(refund.state, "posted")
        self.assertAlmostEqual(self._cost(move).total, 46.66)
        refund.button_draft()
        self.assertEqual(self._cost(move).total, 0.0)

    def test_book_an_entry(self):
        self.company.credit_cost_document = "entry"
        move = self._overdue(20, amount=1000.0)
        entry = self._book(move)
        self.assertEqual((entry.state, entry.move_type), ("draft", "entry"))
        self.assertEqual(entry.journal_id.type, "general")
        [receivable] = self._lines(entry)
        self.assertEqual((receivable.debit, receivable.no_followup), (46.66, False))
        self.assertEqual(len(entry.line_ids), 3)
        entry.action_post()
        self.assertEqual(self._cost(entry, "2026-09-01").reason, "no_item")
        entry._reverse_moves([{"date": TODAY}], cancel=True)
        self.assertAlmostEqual(self._cost(move).total, 46.66)

    def test_one_draft_per_customer_and_currency(self):
        other = self._create_customer("Other", credit_audience="business")
        currency = self.setup_other_currency("GBP", rates=[("2020-01-01", 2.0)])
        moves = self._overdue(20) + self._overdue(20, other)
        moves += self._overdue(20, currency_id=currency.id)
        notes = self._book(moves)
        self.assertEqual(
            {(note.partner_id, note.currency_id) for note in notes},
            {
                (self.customer, self.company.currency_id),
                (other, self.company.currency_id),
                (self.customer, currency),
            },
        )

    def test_database_refuses_the_same_days_twice(self):
        """Never twice, whoever writes it: days of an item, indemnity of an invoice."""
        move = self._overdue(20, amount=1000.0)
        claims = self._waive(move)
        for claim in claims:
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                claim.sudo().copy()
        interest = claims.filtered(lambda claim: claim.kind == "interest")
        later = interest.sudo().copy({"date_from": "2026-03-11", "date_to": "2026-03-12"})
        self.assertTrue(later.live)
        other = self._waive(self._overdue(20))
        self.assertEqual(len(other), 2)

    def test_gaps_are_claimed_each(self):
        """A revoked waiver before a booked period leaves a gap, claimed like any other days."""
        move = self._overdue(20, amount=1000.0)
        first = self._waive(move, date="2026-02-28", with_indemnity=False)
        self._book(move, with_indemnity=False)
        first.action_revoke()
        cost = self._cost(move, "2026-03-15")
        self.assertEqual([(low.day, high.day) for low, high, _rows in cost.periods],
                         [(19, 28), (11, 15)])  # fmt: skip
        note = self._book(move, date="2026-03-15", with_indemnity=False)
        self.assertEqual(len(note.invoice_line_ids), 2)
        self.assertAlmostEqual(note.amount_total, cost.interest)

    def test_deleted_item_still_counts(self):
        """Booked days of an item that was replaced count for its invoice."""
        move = self._overdue(20, amount=1000.0)
        claims = self._waive(move)
        claims.sudo().move_line_id = False
        self.assertEqual(self._cost(move).total, 0.0)
        self.assertFalse(self._late_cost(move).to_claim)

    def test_book_wizard(self):
        moves = self._overdue(20, amount=1000.0) + self._overdue(-5)
        action = moves.action_book_late_costs()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual((form.item_count, form.partner_count), (1, 1))
        self.assertIn("46.66", form.totals)
        form.with_indemnity = False
        self.assertIn("6.66", form.totals)
        form.date = "2027-02-01"
        self.assertIn("not known", form.warning)
        form.date = TODAY
        wizard = form.save()
        action = wizard.action_book()
        note = self.env["account.move"].browse(action["res_id"])
        self.assertAlmostEqual(note.amount_total, 6.66)
        wizard.with_interest = False
        with self.assertRefused("Choose what to book"):
            wizard.action_book()

    def test_accounts_must_be_chosen(self):
        self.company.credit_indemnity_account_id = False
        self.company.account_fiscal_country_id = self.env.ref("base.us")
        with self.assertRefused("Choose the accounts"):
            self._book(self._overdue(20))

    def test_accounts_of_the_french_chart(self):
        self.company.write(
            {
                "credit_interest_account_id": False,
                "credit_indemnity_account_id": False,
                "account_fiscal_country_id": self.env.ref("base.fr").id,
            }
        )
        accounts = self.env["account.account"].create(
            [
                {"code": code, "name": code, "account_type": "income_other"}
                for code in ("763199", "758199")
            ]
        )
        note = self._book(self._overdue(20))
        self.assertEqual(note.invoice_line_ids.account_id, accounts)

    # === RIGHTS === #

    def test_rights(self):
        """Viewers look, users decide, nobody writes a claim by hand."""
        groups = "credit_mgmt.credit_mgmt_group_{}"
        options = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        viewer = new_test_user(self.env, "late_viewer", groups.format("viewer"), **options)
        user = new_test_user(self.env, "late_user", groups.format("user"), **options)
        mine, other = self._overdue(20, amount=1000.0), self._overdue(20)
        (mine + other).invoice_user_id = False
        mine.invoice_user_id = viewer
        LateCost = self.env["credit.late.cost"].with_user(viewer)
        rows = LateCost.search([("move_id", "in", (mine + other).ids)])
        self.assertEqual(rows.move_id.ids, mine.ids)
        self.assertEqual(rows.late_interest, 6.66)
        action = rows.action_open_detail()
        wizard = self.env[action["res_model"]].with_user(viewer).browse(action["res_id"])
        self.assertIn("6.6575", wizard.computation_html)
        foreign = (
            self.env["credit.late.cost.detail"]
            .with_user(viewer)
            .create({"item_ids": self._lines(other).ids})
        )
        self.assertIn("nothing here", foreign.computation_html)
        with self.assertRefused("", AccessError):
            rows.action_book()
        with self.assertRefused("Only credit users", UserError):
            self.env["credit.late.cost.claim"].with_user(viewer)._waive(
                self._lines(mine).with_user(viewer), "x", date=TODAY
            )
        claims = (
            self.env["credit.late.cost.claim"]
            .with_user(user)
            ._waive(self._lines(mine).with_user(user), "x", date=TODAY)
        )
        self.assertEqual(claims.user_id, user)
        with self.assertRefused("", AccessError):
            claims.with_user(user).live = False
        with self.assertRefused("", AccessError):
            self.env["credit.interest.rate"].with_user(user).search([], limit=1).value = 99
        note = (
            self.env["credit.late.cost.claim"]
            .with_user(user)
            ._book(self._lines(other).with_user(user), date=TODAY)
        )
        # Whoever may cancel the draft frees the costs with it.
        note.with_user(user).button_cancel()
        self.assertAlmostEqual(self._cost(other).indemnity, 40.0)

    def test_companies_do_not_see_each_other(self):
        other = self.setup_other_company(name="Other company")["company"]
        move = self._overdue(20)
        self._waive(move)
        user = new_test_user(
            self.env,
            "late_other",
            "credit_mgmt.credit_mgmt_group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in ("credit.late.cost", "credit.late.cost.claim"):
            found = self.env[model].with_user(user).search([("move_id", "=", move.id)])
            self.assertFalse(found)

    # === REMINDERS === #

    def _formal_notice(self, *moves, **level):
        """Return the prepared formal notice on invoices that were reminded before."""
        self.formal.write(level)
        for move in moves:
            self._remind(move, level=self.second, on="2026-02-20")
        return self._run().notice_ids

    def test_formal_notice_claims_and_keeps_its_costs(self):
        """The figures are those of the day of the notice, on line and notice, in their sum."""
        move = self._overdue(40, amount=1000.0)
        notice = self._formal_notice(move)
        line = notice.line_ids
        self.assertEqual((line.late_interest, line.late_indemnity), (13.32, 40.0))
        self.assertEqual(line.late_interest_working[0]["rate"], "12.15")
        self.assertEqual((notice.amount_interest, notice.amount_indemnity), (13.32, 40.0))
        # Beside the net due, which stays that of the invoices.
        self.assertEqual((notice.amount_due, notice.amount_with_costs), (1000.0, 1053.32))
        self.assertEqual(list(notice._get_payment_amounts().values()), [1000.0])
        self.assertEqual(
            notice.interest_term_id, self.env.ref("credit_mgmt.interest_term_fr_business")
        )
        values = notice._get_placeholder_values()
        self.assertIn("13.32", values["interest"])
        self.assertIn("40.00", values["indemnity"])
        self.assertIn("1,053.32", values["total_with_costs"])

    def test_amount_to_pay_with_costs_if_the_level_says_so(self):
        move = self._overdue(40, amount=1000.0)
        notice = self._formal_notice(move, costs_in_due=True)
        self.assertEqual(list(notice._get_payment_amounts().values()), [1053.32])
        self.assertIn("1,053.32", notice.payment_text)
        self.assertEqual(notice.amount_due, 1000.0)

    def test_level_without_claims_prints_none(self):
        move = self._overdue(40, amount=1000.0)
        notice = self._formal_notice(move, claim_interest=False, claim_indemnity=False)
        self.assertFalse(notice.line_ids.late_interest)
        self.assertEqual(notice.amount_with_costs, 1000.0)
        self.assertNotIn("late_costs", self._letter(notice))
        notice = self.env["credit.dunning.notice"]
        only = self._overdue(40, self._create_customer("B", credit_audience="business"))
        notice = self._formal_notice(only, claim_indemnity=True).filtered(
            lambda row: row.partner_id != self.customer
        )
        self.assertEqual((notice.claim_interest, notice.claim_indemnity), (False, True))
        self.assertFalse(notice.line_ids.late_interest)

    def _letter(self, notice):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "credit_mgmt.action_report_credit_dunning_letter", notice.ids
        )
        return html.decode()

    def test_letter_shows_columns_totals_and_annex(self):
        move = self._overdue(80, amount=1000.0)
        notice = self._formal_notice(move)
        html = self._letter(notice)
        for text in (
            'name="th_interest"', 'name="th_indemnity"', 'name="annex"', "12.15 %", "3.6616",
            "22.9685", "26.63", "Creditor", "Debtor", "Paris",
            "1,066.63", "L441-10", "12/20/2025", "12/31/2025",
        ):  # fmt: skip
            self.assertIn(text, html)
        items = notice.items_html
        self.assertIn("26.63", items)
        self.assertIn("1,066.63", items)

    def test_statement_stays_without_costs(self):
        move = self._overdue(40, amount=1000.0)
        notice = self._formal_notice(move, costs_in_due=True)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "credit_mgmt.action_report_credit_dunning_statement", notice.ids
        )
        self.assertIn("1,000.00", html.decode())
        self.assertNotIn("13.32", html.decode())
        self.assertNotIn("1,053.32", html.decode())

    def test_two_instalments_one_indemnity_on_a_notice(self):
        move = self._instalments("2025-12-20")
        notice = self._formal_notice(move)
        self.assertEqual(sorted(notice.line_ids.mapped("late_indemnity")), [0.0, 40.0])
        self.assertEqual(notice.amount_indemnity, 40.0)

    def test_waived_since_leaves_the_notice(self):
        """Rule 2: rechecked at the moment of sending, costs included."""
        move = self._overdue(40, amount=1000.0)
        notice = self._formal_notice(move)
        self._waive(move)
        notice.sudo()._recheck()
        self.assertEqual(notice.line_ids.late_interest, 0.0)
        self.assertEqual(notice.amount_with_costs, 1000.0)
        self.assertFalse(notice.claim_interest or notice.claim_indemnity)

    def test_recheck_on_another_day_computes_again(self):
        move = self._overdue(40, amount=1000.0)
        notice = self._formal_notice(move)
        with freeze_time("2026-03-12"):
            notice.sudo()._recheck()
            self.assertEqual(notice.line_ids.late_interest, 13.98)
            changed = notice.sudo()._recheck()
            self.assertFalse(changed)

    def test_sent_costs_are_evidence(self):
        """Rule 10: what was claimed never changes afterwards."""
        move = self._overdue(40, amount=1000.0)
        notice = self._formal_notice(move)
        notice.action_release()
        self._send(notice.run_id)
        self.assertEqual(notice.state, "sent")
        for record, values in (
            (notice.sudo(), {"amount_interest": 1.0}),
            (notice.sudo(), {"interest_term_id": False}),
            (notice.line_ids.sudo(), {"late_interest": 1.0}),
            (notice.line_ids.sudo(), {"late_interest_working": []}),
        ):
            with self.assertRefused("evidence"):
                record.write(values)

    def test_missing_rate_is_said_on_the_notice(self):
        self.env.ref("credit_mgmt.interest_index_ecb_mro").known_until = False
        self.env["credit.interest.rate"].search(
            [
                ("index_id", "=", self.env.ref("credit_mgmt.interest_index_ecb_mro").id),
                ("date_from", ">=", "2025-12-01"),
            ]
        ).unlink()
        notice = self._formal_notice(self._overdue(40, amount=1000.0))
        self.assertEqual(notice.interest_missing_from, self._date("2026-01-01"))
        self.assertIn("01/01/2026", notice.interest_warning)
        self.assertIn("was not published", self._letter(notice))

    def test_consumer_notice_has_no_indemnity(self):
        consumer = self._create_customer("Private", is_company=False, credit_audience="consumer")
        move = self._overdue(40, consumer, amount=900.0)
        notice = self._formal_notice(move)
        self.assertEqual(notice.amount_with_costs, 900.0)
        self.assertFalse(notice.claim_indemnity or notice.claim_interest)

    def test_query_count_of_a_run_does_not_grow(self):
        """Late costs of a run's notices are read together."""
        counts = []
        for number in (1, 2, 6):
            moves = self.env["account.move"].union(
                *(
                    self._overdue(
                        40,
                        self._create_customer(f"Q{number}-{index}", credit_audience="business"),
                    )
                    for index in range(number)
                )
            )
            rows = [
                {
                    "id": line.id,
                    "role": "claimed",
                    "days_overdue": 40,
                    "notice_level_id": self.formal.id,
                }
                for line in self._lines(moves)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["credit.dunning.notice"]._add_late_costs(rows, self._date(TODAY))
            counts.append(self.cr.sql_log_count - before)
            self.assertTrue(all(row["late_indemnity"] == 40.0 for row in rows))
        self.assertEqual(*counts[1:])

    def test_level_rules(self):
        with self.assertRefused("before the due date", ValidationError):
            self.policy.level_ids = [
                Command.create(
                    {
                        "name": "Before",
                        "sequence": 0,
                        "delay_days": -5,
                        "channel_ids": [Command.set(self.channel_email.ids)],
                        "mail_template_id": self.template.id,
                        "claim_interest": True,
                    }
                )
            ]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.first.costs_in_due = True
            self.env.flush_all()
        with Form(self.formal, "credit_mgmt.credit_dunning_level_view_form") as form:
            form.costs_in_due = True
            form.claim_interest = False
            form.claim_indemnity = False
            self.assertFalse(form.costs_in_due)

    def test_placeholders_are_known(self):
        self.formal.letter_text = "{interest} {indemnity} {total_with_costs}"
        self.assertIn("interest", [row["name"] for row in self.formal.get_placeholders()])
