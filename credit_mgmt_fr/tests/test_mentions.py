from lxml import html
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import FrenchCommon


@tagged("post_install", "-at_install")
class TestMentions(FrenchCommon):
    """What invoices and quotations to businesses must say about late payment."""

    def _print(self, move):
        """Return the text of the printed mentions, empty when there are none."""
        content = self.env["ir.actions.report"]._render_qweb_html(
            "account.report_invoice_with_payments", move.ids
        )[0]
        blocks = html.fromstring(content).xpath("//div[@name='payment_mentions']")
        return "\n".join(block.text_content().strip() for block in blocks)

    # === TO WHOM === #

    def test_mentions_of_the_law(self):
        """Rate of the half-year of the invoice, indemnity, discount: printed once."""
        move = self._invoice(due="2026-03-10")
        text = self._print(move)
        self.assertEqual(move.invoice_date, self._date("2026-02-08"))
        self.assertIn("refinancing operation plus 10 points (12.15 % a year", text)
        self.assertIn("01/01/2026", text)
        self.assertIn("without any reminder", text)
        self.assertIn("40.00", text)
        self.assertIn("L441-10 and D441-5", text)
        self.assertIn("No discount for early payment", text)
        self.assertEqual(text.count("recovery costs"), 1)
        earlier = self._invoice(due="2024-03-10")
        self.assertIn("14.50 %", self._print(earlier))

    def test_only_customers_of_the_law(self):
        for partner, expected in (
            (self.customer, True),
            (self.consumer, False),
            (self.town, False),
            # A company of which nobody has decided: it must read them, nothing is claimed.
            (self.unknown, True),
        ):
            move = self._invoice(partner)
            self.assertEqual(bool(move.payment_mentions), expected, partner.name)
        self.assertEqual(self._cost(self._overdue(40, self.unknown)).total, 0.0)
        refund = self._invoice(move_type="out_refund")
        self.assertFalse(refund.payment_mentions or self._print(refund))

    def test_companies_elsewhere_print_nothing(self):
        self.company.country_id = self.env.ref("base.be")
        self.assertFalse(self._invoice().payment_mentions)
        self.company.country_id = self.env.ref("base.re")
        self.assertIn("12.15", self._invoice().payment_mentions)

    def test_never_by_setting(self):
        self.company.credit_fr_mentions = "never"
        self.assertFalse(self._invoice().payment_mentions)

    # === NEVER TWICE === #

    def test_what_the_company_prints_already(self):
        """Mention by mention, wherever its own text stands."""
        own = self._invoice(narration="<p>Pénalités de retard : 12 % l'an.</p>")
        self.assertNotIn("penalties", own.payment_mentions)
        self.assertIn("40.00", own.payment_mentions)
        self.company.report_footer = "<p>Indemnité forfaitaire de 40 € en cas de retard</p>"
        footer = self._invoice()
        self.assertIn("penalties", footer.payment_mentions)
        self.assertNotIn("Fixed indemnity", footer.payment_mentions)
        term = self._term(nb_days=30)
        term.note = "<p>Pas d'escompte</p>"
        noted = self._invoice(invoice_payment_term_id=term.id)
        self.assertNotIn("No discount", noted.payment_mentions)

    # === OWN RATE === #

    def test_the_printed_rate_is_the_claimed_one(self):
        """If printed, the invoice's own rate: on paper and in the computation."""
        self.company.credit_interest_rate = 15.0
        move = self._invoice(due="2026-02-08", amount=1000.0)
        self.assertIn("15.00 % a year", move.payment_mentions)
        self.assertNotIn("Central Bank", move.payment_mentions)
        self.assertEqual({float(row.rate) for row in self._cost(move).segments}, {15.0})
        # Printed before the settings changed: the invoice keeps its rate and its words.
        self.company.credit_interest_rate = 20.0
        self.assertIn("15.00 % a year", self._print(move))
        self.assertEqual({float(row.rate) for row in self._cost(move).segments}, {15.0})
        self.customer.late_interest_rate = 18.0
        self.assertIn("18.00 % a year", self._invoice().payment_mentions)

    def test_a_rate_below_the_floor_is_not_printed(self):
        self.company.credit_interest_rate = 5.0
        text = self._invoice(due="2024-03-01").payment_mentions
        self.assertIn("15.21 % a year", text)
        self.assertIn("at least three times the legal interest rate", text)

    def test_an_unpublished_rate_is_not_printed_as_known(self):
        text = self._invoice(due="2027-03-31", invoice_date="2027-03-01").payment_mentions
        self.assertIn("plus 10 points, due without", text)
        self.assertNotIn("% a year", text)

    # === WORDS === #

    def test_early_discount(self):
        term = self._term(nb_days=30)
        term.write({"early_discount": True, "discount_percentage": 2.0, "discount_days": 10})
        move = self._invoice(invoice_payment_term_id=term.id, invoice_date_due=False)
        self.assertIn("2.00 % if paid within 10 days", move.payment_mentions)
        self.assertNotIn("No discount", move.payment_mentions)

    def test_own_wording_with_placeholders(self):
        self.company.credit_fr_mention_text = "Retard : {rate} ({half_year}). {indemnity}"
        text = self._invoice(due="2026-03-10").payment_mentions
        self.assertIn("Retard : 12.15 % (01/01/2026). Fixed indemnity", text)
        with self.assertRefused("Unknown placeholders: amount", ValidationError):
            self.company.credit_fr_mention_text = "{amount}"
        own = self._invoice(narration="<p>Pénalités de retard, indemnité forfaitaire 40 €</p>")
        self.assertFalse(own.payment_mentions)

    def test_in_the_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        text = self._print(self._invoice(due="2026-03-10"))
        self.assertIn("Pénalités de retard", text)
        self.assertIn("12,15 %", text)
        self.assertIn("Pas d'escompte pour paiement anticipé", text)

    def test_drafts_show_what_they_would_say(self):
        move = self._invoice()
        move.button_draft()
        self.company.credit_interest_rate = 0.0
        self.customer.late_interest_rate = 30.0
        self.assertIn("30.00 %", self._print(move))
        copied = move.copy()
        self.assertFalse(copied.payment_mentions)

    def test_query_count_of_a_batch(self):
        """Mentions of many invoices are written together."""
        counts = []
        for number in (1, 2, 8):
            moves = self.env["account.move"].union(*(self._invoice() for _index in range(number)))
            self.env.flush_all()
            self.env.invalidate_all()
            moves.mapped("commercial_partner_id.credit_audience")
            before = self.cr.sql_log_count
            moves._prepare_payment_mentions(self.company)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_settings_preview(self):
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.credit_fr_active)
        self.assertIn("12.15 %", settings.credit_fr_mention_preview)

    def test_quotation_prints_them(self):
        if "sale.order" not in self.env:
            self.skipTest("Quotations are printed with sales only")
        self.env.user.group_ids += self.env.ref("sales_team.group_sale_manager")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product_a.id, "price_unit": 10.0, "tax_ids": []}
                    )
                ],
            }
        )
        content = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )[0]
        [block] = html.fromstring(content).xpath("//p[@name='payment_mentions']")
        self.assertIn("12.15 % a year", block.text_content())
        order.note = "<p>Pénalités de retard 12 %, indemnité forfaitaire 40 €, sans escompte</p>"
        self.assertFalse(order._get_payment_mentions())
        order.partner_id = order.partner_invoice_id = self.consumer
        order.note = False
        self.assertFalse(order._get_payment_mentions())
