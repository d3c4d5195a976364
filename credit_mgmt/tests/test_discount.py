from odoo.fields import Command
from odoo.tests import tagged

from .common import CreditMgmtCommon, freeze_time


@tagged("post_install", "-at_install")
class TestDiscount(CreditMgmtCommon):
    """Reminders name an early-payment discount that is still to be had."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = cls.env["account.payment.term"].create(
            {
                "name": "2 % within 40 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 40,
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})
                ],
            }
        )
        # Overdue items go with one that is not due: its discount is what the customer can have.
        cls.overdue = cls._overdue(6)
        cls.early = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "invoice_date": "2026-02-10",
                "invoice_payment_term_id": cls.terms.id,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 200.0, "tax_ids": []})
                ],
            }
        )
        cls.early.action_post()

    def _line(self, notice):
        return notice.line_ids.filtered(lambda line: line.move_id == self.early)

    def test_named_on_letter_and_message(self):
        notice = self._run().notice_ids
        self.assertRecordValues(
            self._line(notice), [{"kind": "not_due", "amount_discounted_currency": 196.0}]
        )
        self.assertEqual(str(self._line(notice).discount_date), "2026-03-22")
        self.assertFalse((notice.line_ids - self._line(notice)).discount_date)
        self.assertIn("196.00", notice.items_html)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "credit_mgmt.action_report_credit_dunning_letter", notice.ids
        )
        self.assertIn("early-payment discount until", html.decode())
        self.assertIn("196.00", html.decode())

    def test_gone_after_its_last_day_or_a_part_payment(self):
        with freeze_time("2026-03-23"):
            self.assertFalse(self._line(self._run().notice_ids).discount_date)
        self._pay(self.early, amount=10.0)
        self.assertFalse(self._line(self._run().notice_ids).discount_date)
