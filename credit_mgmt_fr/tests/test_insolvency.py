import io
import zipfile

from lxml import html
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import TODAY, FrenchCommon


@tagged("post_install", "-at_install")
class TestInsolvency(FrenchCommon):
    """Insolvency proceedings recorded by hand: what stops, what goes on, what is declared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The claim is in French, whatever the user reads.
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["ir.module.module"]._load_module_terms(["credit_mgmt_fr"], ["fr_FR"])
        cls.mandatary = cls._create_customer("Maître Dupont", credit_audience="unknown")
        cls.company.country_id = cls.env.ref("base.fr")
        cls.customer.country_id = cls.env.ref("base.fr")

    def _proceedings(self, partner=None, **values):
        return self.env["credit.insolvency"].create(
            {
                "partner_id": (partner or self.customer).id,
                "company_id": self.company.id,
                "kind": "liquidation",
                "judgment_date": "2026-03-01",
                "publication_date": "2026-03-05",
                "representative_id": self.mandatary.id,
                "court": "Tribunal de commerce de Nantes",
                **values,
            }
        )

    def _print(self, record):
        content = self.env["ir.actions.report"]._render_qweb_html(
            "credit_mgmt_fr.report_credit_insolvency", record.ids
        )[0]
        return html.fromstring(content)

    # === ITEMS === #

    def test_items_before_and_after_are_apart(self):
        """The delivery decides if its day is known; the day of the judgment is after it."""
        before = self._invoice(due="2026-03-08", invoice_date="2026-02-06")
        same_day = self._invoice(due="2026-03-08", invoice_date="2026-03-01")
        after = self._invoice(due="2026-03-08", invoice_date="2026-03-02")
        delivered = self._invoice(
            due="2026-03-08", invoice_date="2026-03-02", delivery_date="2026-02-20"
        )
        self.assertFalse(self._item(before).insolvency_position)
        record = self._proceedings()
        positions = [
            self._item(move).insolvency_position for move in (before, same_day, after, delivered)
        ]
        self.assertEqual(positions, ["before", "after", "after", "before"])
        record.invalidate_recordset()
        self.assertEqual((record.amount_before, record.amount_after), (200.0, 200.0))
        for action, moves in (
            (record.action_open_before(), before + delivered),
            (record.action_open_after(), same_day + after),
        ):
            found = self.env["credit.receivable"].search(action["domain"])
            self.assertEqual(found.move_id, moves)

    def test_reminders_stop_for_items_before_only(self):
        before, after = self._overdue(6), self._overdue(6, invoice_date="2026-03-02")
        other = self._overdue(6, self.unknown)
        record = self._proceedings()
        item = self._item(before)
        self.assertEqual((item.state, item.exclusion_reason), ("excluded", "insolvency"))
        self.assertEqual(item.amount_dunnable, 0.0)
        self.assertIn("Insolvency", before.dunning_exclusion_reason)
        self.assertFalse(self._item(after).exclusion_reason)
        run = self._run()
        self.assertEqual(run.notice_ids.line_ids.move_id, after + other)
        self.assertEqual(self._skip_reason(run, before), ["insolvency"])
        run.action_cancel()
        record.close_reason = "Plan adopted"
        record.action_close()
        self.assertEqual(self._item(before).state, "overdue")
        record.action_reopen()
        self.assertEqual(self._item(before).exclusion_reason, "insolvency")

    def test_notice_prepared_before_the_judgment_is_not_sent(self):
        """Rule 2: rechecked at the moment of sending."""
        self._overdue(6)
        run = self._run()
        self._proceedings()
        self.assertFalse(self._send(run))
        self.assertEqual(run.notice_ids.state, "cancelled")

    # === INTEREST === #

    def test_interest_stops_with_the_judgment(self):
        """What was late by then owes interest to that day and the indemnity; the rest nothing."""
        late = self._invoice(due="2026-02-09", amount=1000.0)
        not_due = self._invoice(due="2026-03-05", amount=1000.0)
        after = self._invoice(due="2026-03-05", invoice_date="2026-03-02", amount=1000.0)
        record = self._proceedings()
        cost = self._cost(late, "2026-03-10")
        self.assertEqual((cost.days, cost.interest, cost.indemnity), (20, 6.66, 40.0))
        self.assertEqual(self._cost(late, "2027-01-10").days, 20)
        self.assertEqual(self._cost(late, "2026-02-19").days, 10)
        self.assertEqual(self._cost(not_due, "2026-03-10").total, 0.0)
        self.assertEqual(self._cost(after, "2026-03-10").days, 5)
        rows = self._late_cost(late + not_due + after)
        self.assertEqual({row.move_id: row.days_late for row in rows}, {late: 20, after: 5})
        # Ended: the interest of that time is lost all the same.
        record.close_reason = "Plan"
        record.action_close()
        self.assertEqual(self._cost(late, "2026-03-10").days, 20)
        record.unlink()
        self.assertEqual(self._cost(late, "2026-03-10").days, 29)

    def test_query_count_of_the_engine(self):
        self._proceedings()
        moves = self.env["account.move"].union(*(self._overdue(days) for days in range(15, 27)))
        counts = []
        for some in (moves[:1], moves[:1], moves):
            ids = self._lines(some).ids
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.engine._get_late_costs(ids)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    # === DEADLINE === #

    def test_deadlines(self):
        record = self._proceedings()
        self.assertEqual(str(record.claim_deadline), "2026-05-05")
        self.assertEqual(str(record.relief_deadline), "2026-09-05")
        record.is_far = True
        self.assertEqual(str(record.claim_deadline), "2026-07-05")
        abroad = self._create_customer("Abroad", country_id=self.env.ref("base.re").id)
        self.assertTrue(self._proceedings(abroad).is_far)
        with Form(self.env["credit.insolvency"]) as form:
            form.partner_id = self.unknown
            form.judgment_date = "2026-02-01"
            form.publication_date = "2026-02-10"
            self.assertEqual(str(form.claim_deadline), "2026-04-10")

    def test_a_task_until_the_claim_is_declared(self):
        record = self._proceedings(publication_date=False)
        [activity] = record.activity_ids
        self.assertIn("publication", activity.summary)
        self.assertEqual(str(activity.date_deadline), TODAY)
        record.publication_date = "2026-03-05"
        [activity] = record.activity_ids
        self.assertIn("05/05/2026", activity.summary)
        self.assertEqual(str(activity.date_deadline), "2026-04-21")
        record.action_declare()
        self.assertFalse(record.activity_ids)
        record.action_undeclare()
        self.assertTrue(record.activity_ids)
        record.close_reason = "Annulled"
        record.action_close()
        self.assertFalse(record.activity_ids)

    # === CLAIM === #

    def test_claim_as_on_the_day_of_the_judgment(self):
        """Later payments do not change it, earlier ones do, also when matched late."""
        first = self._invoice(due="2026-02-09", amount=1000.0)
        self._pay(first, amount=400.0, on="2026-02-19")
        second = self._invoice(due="2026-03-20", invoice_date="2026-02-20", amount=500.0)
        self._pay(second, amount=50.0, on="2026-03-05")
        settled = self._invoice(due="2026-02-09", amount=70.0)
        self._pay(settled, on="2026-02-10")
        self._invoice(due="2026-03-20", invoice_date="2026-03-05", amount=9999.0)
        record = self._proceedings()
        lines = record._get_claim_lines()
        self.assertEqual(
            [(line["move"], line["amount"], line["is_due"]) for line in lines],
            [(first, 600.0, True), (second, 500.0, False)],
        )
        [total] = record._get_claim_totals(lines)
        self.assertEqual((total["due"], total["not_due"], total["indemnity"]), (600.0, 500.0, 40.0))
        # 10 days of 1,000 and 10 days of 600 at 12.15 %.
        self.assertEqual(total["interest"], 5.33)
        self.assertEqual(total["total"], 1145.33)

    def test_foreign_currency_at_the_rate_of_the_judgment(self):
        currency = self.setup_other_currency(
            "GBP", rates=[("2020-01-01", 2.0), ("2026-03-05", 4.0)]
        )
        self._invoice(due="2026-03-20", invoice_date="2026-02-20", amount=500.0,
                      currency_id=currency.id)  # fmt: skip
        record = self._proceedings()
        [total] = record._get_claim_totals(record._get_claim_lines())
        self.assertEqual((total["currency"], total["total"]), (currency, 500.0))
        self.assertEqual(total["company_total"], 250.0)

    def test_printed_claim(self):
        move = self._invoice(due="2026-02-09", amount=1000.0)
        self._remind(move, level=self.formal, on="2026-02-20")
        record = self._proceedings(ranking="secured", security_note="Retention of title")
        text = " ".join(self._print(record).text_content().split())
        for part in (
            "Déclaration de créance", "Maître Dupont", "Customer A", "Liquidation judiciaire",
            "Tribunal de commerce de Nantes", "05/03/2026", move.name, "1 000,00", "6,66", "40,00",
            "1 046,66", "Retention of title", "L622-24", f"Facture {move.name}",
            "Mise en demeure", "Calcul des intérêts", "sincère et véritable", "12,15",
        ):  # fmt: skip
            self.assertIn(part, text)

    def test_pieces_in_one_archive(self):
        move = self._invoice(due="2026-02-09", amount=1000.0)
        record = self._proceedings()
        action = record.action_download_pieces()
        self.assertEqual(action["url"], f"/credit_mgmt_fr/insolvency/{record.id}/pieces")
        with zipfile.ZipFile(io.BytesIO(record._write_pieces())) as archive:
            self.assertEqual(
                archive.namelist(),
                [
                    "Déclaration de créance Customer A.pdf",
                    f"{move.name.replace('/', '-')}.pdf",
                ],
            )
            self.assertIn(b"046,66", archive.read(archive.namelist()[0]))

    def test_declared_claim_is_kept_and_interrupts(self):
        """The claim stays in the chatter as it was; limitation stands still until the end."""
        move = self._invoice(due="2026-02-09", amount=1000.0)
        record = self._proceedings()
        self.assertEqual(str(self._item(move).limitation_date), "2031-01-10")
        record.action_declare()
        self.assertEqual((record.state, str(record.claim_date)), ("declared", TODAY))
        self.assertTrue(record.message_ids.attachment_ids)
        self.assertFalse(self._item(move).limitation_date)
        record.close_reason = "Closed for insufficient assets"
        record.action_close()
        self.assertEqual(str(self._item(move).limitation_date), "2031-03-10")
        with self.assertRefused("are over"):
            record.action_declare()
        with self.assertRefused("end the proceedings instead"):
            record.unlink()
        nobody = self._proceedings(self.unknown, representative_id=False)
        with self.assertRefused("choose the creditors"):
            nobody.action_declare()

    # === RULES === #

    def test_records_are_checked(self):
        record = self._proceedings()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._proceedings()
        for values, message in (
            ({"judgment_date": "2026-03-11", "publication_date": False}, "in the future"),
        ):
            with self.assertRefused(message, ValidationError):
                self._proceedings(self.unknown, **values)
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        with self.assertRefused("record the proceedings there", ValidationError):
            self._proceedings(contact)
        with self.assertRefused("say first why they ended"):
            record.action_close()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            record.publication_date = "2026-02-01"
            self.env.flush_all()

    def test_hold_rule(self):
        self.env["credit.hold.rule"].search([]).active = False
        self.env["credit.hold.rule"].create(
            {"name": "Insolvency", "kind": "insolvency", "company_id": self.company.id}
        )
        Hold = self.env["credit.hold"].sudo()
        both = self.customer + self.unknown
        self.assertFalse(Hold._get_holds(both, self.company))
        record = self._proceedings()
        holds = Hold._get_holds(both, self.company)
        self.assertEqual(set(holds), {self.customer.id})
        Hold._cron_holds()
        self.assertEqual(self.customer.credit_hold, "hold")
        record.close_reason = "Plan"
        record.action_close()
        self.assertFalse(Hold._get_holds(both, self.company))
        Hold._cron_holds()
        self.assertEqual(self.customer.credit_hold or "none", "none")

    def test_customer_banner_and_companies(self):
        """Everybody who sells reads it; another company does not."""
        self._proceedings()
        seller = new_test_user(
            self.env, "seller", "base.group_user",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        text = self.customer.with_user(seller).insolvency_text
        self.assertIn("Compulsory liquidation", text)
        self.assertIn("03/01/2026", text)
        action = self.customer.action_open_insolvency()
        self.assertEqual(self.env["credit.insolvency"].search_count(action["domain"]), 1)
        other = self.setup_other_company(name="Elsewhere")["company"]
        self.assertFalse(self.customer.with_company(other).insolvency_text)
        stranger = new_test_user(
            self.env, "stranger", "credit_mgmt.credit_mgmt_group_user",
            company_id=other.id, company_ids=[Command.set(other.ids)],
        )  # fmt: skip
        self.assertFalse(self.env["credit.insolvency"].with_user(stranger).search([]))
        with self.assertRefused("", AccessError):
            self.customer.insolvency_ids.with_user(seller).read(["note"])

    def test_other_companies_items_are_not_touched(self):
        other = self.setup_other_company(name="Elsewhere")
        move = self.env["account.move"].with_company(other["company"]).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-10",
                "invoice_date_due": "2026-02-09",
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": 100.0, "tax_ids": []})
                ],
            }
        )  # fmt: skip
        move.action_post()
        self._proceedings()
        self.assertFalse(self._item(move).insolvency_position)

    # === MERGE === #

    def test_customers_in_two_proceedings_are_not_merged(self):
        other = self._create_customer("Double")
        self._proceedings()
        second = self._proceedings(other)
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [Command.set((self.customer | other).ids)],
            }
        )
        with self.assertRaisesRegex(UserError, "Double.*end those"):
            wizard.action_merge()
        second.close_reason = "Recorded twice"
        second.action_close()
        wizard.action_merge()
        self.env.invalidate_all()
        self.assertEqual(second.partner_id, self.customer)
