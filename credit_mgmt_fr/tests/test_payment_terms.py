from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import FrenchCommon


@tagged("post_install", "-at_install")
class TestPaymentTerms(FrenchCommon):
    """Payment terms between businesses against the ceilings of the law."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.general = cls.env.ref("credit_mgmt_fr.payment_ceiling_general")
        cls.periodic = cls.env.ref("credit_mgmt_fr.payment_ceiling_periodic")
        cls.days_75 = cls._term(nb_days=75)
        cls.month_first = cls._term(nb_days=45, delay_type="days_after_end_of_month")
        cls.days_first = cls._term(
            nb_days=45, delay_type="days_end_of_month_on_the", days_next_month="0"
        )

    def _draft(self, partner=None, issue="2026-02-15", term=None, **values):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.customer).id,
                "invoice_date": issue,
                "invoice_payment_term_id": (term or self.days_75).id,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 100.0, "tax_ids": []})
                ],
                **values,
            }
        )

    # === TERMS === #

    def test_terms_that_can_lead_too_far(self):
        """45 days end of month is read by both computations; 60 days end of month is too long."""
        sixty_end = self._term(nb_days=60, delay_type="days_after_end_of_month")
        for agreed, term, expected in (
            ("any", self._term(nb_days=60), False),
            ("any", self.days_75, True),
            ("any", self.month_first, False),
            ("any", self.days_first, False),
            ("any", sixty_end, True),
            ("none", self.days_first, True),
            ("none", self.month_first, True),
            ("days_first", self.days_first, False),
            ("month_first", self.month_first, False),
            # A February of 28 days: end of month first is later than 45 days first on few days.
            ("month_first", self.days_first, True),
        ):
            self.company.credit_fr_month_end = agreed
            term.invalidate_recordset()
            self.assertEqual(bool(term.credit_ceiling_warning), expected, f"{agreed} {term.name}")
        self.company.credit_fr_term_check = "none"
        sixty_end.invalidate_recordset()
        self.assertFalse(sixty_end.credit_ceiling_warning)

    def test_the_warning_gives_an_example(self):
        warning = self.days_75.credit_ceiling_warning
        self.assertIn("an invoice of", warning)
        self.assertIn("General rule", warning)
        self.company.country_id = self.env.ref("base.be")
        self.days_75.invalidate_recordset()
        self.assertFalse(self.days_75.credit_ceiling_warning)

    # === CUSTOMERS === #

    def test_customer_is_warned_about(self):
        self.customer.property_payment_term_id = self.days_75
        self.assertIn("Beyond what the law allows", self.customer.credit_ceiling_warning)
        self.customer.credit_ceiling_reason = "Contract of the group"
        self.assertFalse(self.customer.credit_ceiling_warning)
        self.consumer.property_payment_term_id = self.days_75
        self.assertFalse(self.consumer.credit_ceiling_warning)
        self.assertFalse(self.customer.message_ids.filtered(lambda m: "error" in (m.body or "")))

    def test_customer_is_refused(self):
        self.company.credit_fr_term_check = "refuse"
        with self.assertRefused("Shorten the terms"):
            self.customer.property_payment_term_id = self.days_75
        with self.assertRefused("Shorten the terms"):
            self._create_customer(
                "New", credit_audience="business", property_payment_term_id=self.days_75.id
            )
        self.customer.property_payment_term_id = self.days_first
        with self.assertRefused("Shorten the terms"):
            self.customer.credit_ceiling_id = self.periodic
        self.consumer.property_payment_term_id = self.days_75

    def test_ceilings_of_sectors(self):
        self.customer.property_payment_term_id = self._term(nb_days=45)
        self.assertFalse(self.customer.credit_ceiling_warning)
        transport = self.env.ref("credit_mgmt_fr.payment_ceiling_transport")
        self.assertFalse(transport.verified)
        self.assertTrue(transport.source)
        self.customer.credit_ceiling_id = transport
        self.assertIn("Transport", self.customer.credit_ceiling_warning)

    # === INVOICES === #

    def test_draft_warns_and_posting_notes(self):
        move = self._draft()
        self.assertIn("05/01/2026", move.credit_ceiling_warning)
        self.assertIn("04/30/2026", move.credit_ceiling_warning)
        move.action_post()
        self.assertTrue(move.credit_ceiling_exceeded)
        self.assertEqual(move.state, "posted")
        kept = self._draft(term=self.days_first)
        self.assertFalse(kept.credit_ceiling_warning)
        kept.action_post()
        self.assertFalse(kept.credit_ceiling_exceeded)
        found = self.env["account.move"].search(
            [("id", "in", (move + kept).ids), ("credit_ceiling_exceeded", "=", True)]
        )
        self.assertEqual(found, move)

    def test_posting_is_refused_by_setting(self):
        self.company.credit_fr_term_check = "refuse"
        move = self._draft()
        for post in (move.action_post, lambda: move._post(soft=False)):
            with self.assertRefused("let a credit manager write"):
                post()
            self.assertEqual(move.state, "draft")
        # What a customer or a scheduled action causes is never stopped, and noted all the same.
        move.sudo().action_post()
        self.assertEqual((move.state, move.credit_ceiling_exceeded), ("posted", True))

    def test_override_is_a_recorded_decision(self):
        self.company.credit_fr_term_check = "refuse"
        user = new_test_user(
            self.env,
            "terms_user",
            "credit_mgmt.credit_mgmt_group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        move = self._draft()
        with self.assertRefused("Only a credit manager", AccessError):
            move.with_user(user).credit_ceiling_reason = "Because"
        move.with_context(tracking_disable=False).credit_ceiling_reason = "Contract abroad"
        self.env.flush_all()
        move.with_user(user).action_post()
        self.assertEqual(move.state, "posted")
        self.assertTrue(move.credit_ceiling_exceeded)
        self.customer.credit_ceiling_reason = "Contract of the group"
        other = self._draft()
        self.assertIn("Accepted: Contract of the group", other.credit_ceiling_warning)
        other.with_user(user).action_post()
        self.assertFalse(other.copy().credit_ceiling_reason)

    def test_periodic_invoice(self):
        """45 days for summary invoices, chosen on the invoice or the customer."""
        move = self._draft(term=self._term(nb_days=60))
        self.assertFalse(move.credit_ceiling_warning)
        move.credit_ceiling_id = self.periodic
        self.assertIn("04/01/2026", move.credit_ceiling_warning)
        self.customer.credit_ceiling_id = self.periodic
        self.assertEqual(self._draft().credit_ceiling_id, self.periodic)

    def test_delivery_decides_in_some_sectors(self):
        food = self.env.ref("credit_mgmt_fr.payment_ceiling_food")
        move = self._draft(term=self._term(nb_days=30), delivery_date="2026-02-10")
        move.credit_ceiling_id = food
        self.assertIn("03/12/2026", move.credit_ceiling_warning)

    def test_who_is_concerned(self):
        self.company.credit_fr_term_check = "refuse"
        for partner in (self.consumer, self.town, self.unknown):
            move = self._draft(partner)
            move.action_post()
            self.assertFalse(move.credit_ceiling_exceeded)
        refund = self._draft(move_type="out_refund")
        refund.action_post()
        self.assertEqual(refund.state, "posted")
        self.company.country_id = self.env.ref("base.be")
        self._draft().action_post()

    def test_instalments_are_each_checked(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 90}),
                ],
            }
        )
        self.assertIn("05/16/2026", self._draft(term=term).credit_ceiling_warning)

    def test_draft_form_warns_while_it_is_typed(self):
        with Form(self._draft(term=self.days_first)) as form:
            self.assertFalse(form.credit_ceiling_warning)
            form.invoice_payment_term_id = self.days_75
            self.assertTrue(form.credit_ceiling_warning)

    def test_query_count_of_a_batch(self):
        """Many invoices are checked together when they are posted."""
        counts = []
        for number in (1, 2, 8):
            moves = self.env["account.move"].union(*(self._draft() for _index in range(number)))
            moves.action_post()
            self.env.flush_all()
            self.env.invalidate_all()
            moves = moves.browse(moves.ids)
            before = self.cr.sql_log_count
            moves._check_ceilings()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])
