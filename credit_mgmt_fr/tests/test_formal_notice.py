from lxml import html
from odoo.tests import tagged

from .common import FrenchCommon


@tagged("post_install", "-at_install")
class TestFrenchFormalNotice(FrenchCommon):
    """The delivered formal notice, in French, against the legal checklist."""

    def test_checklist(self):
        """Words, parties, invoices with their figures, interest, indemnities, deadline, payment."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(
            ["base", "credit_mgmt", "credit_mgmt_fr"], ["fr_FR"]
        )
        self.company.partner_id.write({"company_registry": "40483304800022", "zip": "44000"})
        bank = self.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": self.company.partner_id.id,
                "company_id": self.company.id,
            }
        )
        level = self.env.ref("credit_mgmt.level_business_formal")
        self.customer.write(
            {
                "lang": "fr_FR",
                "vat": "FR44732829320",
                "dunning_policy_id": level.policy_id.id,
            }
        )
        move = self._overdue(40, amount=1000.0)
        self._pay(move, amount=100.0, on="2026-02-19")
        other = self._overdue(35, amount=500.0)
        previous = level.policy_id.level_ids.filtered(
            lambda step: not step.formal_notice and step.delay_days < level.delay_days
        ).sorted("delay_days")[-1:]
        for invoice in (move, other):
            self._remind(invoice, level=previous, on="2026-02-18")
        notice = self._run().notice_ids
        self.assertEqual(notice.level_id, level)
        notice.action_release()
        content = self.env["ir.actions.report"]._render_qweb_html(
            "credit_mgmt.report_credit_dunning_letter", notice.ids
        )[0]
        text = " ".join(html.fromstring(content).text_content().split())
        currency = self.company.currency_id
        for element, expected in {
            "words": "ise en demeure",
            "creditor": self.company.name,
            "registration of the creditor": "40483304800022",
            "debtor": "Customer A",
            "VAT number of the debtor": "FR44732829320",
            "first invoice": move.name,
            "second invoice": other.name,
            "invoice date": move.invoice_date.strftime("%d/%m/%Y"),
            "due date": move.invoice_date_due.strftime("%d/%m/%Y"),
            "amount": "1 000,00",
            "paid": "100,00",
            "balance": "900,00",
            "rate": "12,15",
            "date of the computation": "10/03/2026",
            "interest": f"{notice.amount_interest:.2f}".replace(".", ","),
            "indemnities": "80,00",
            "total": f"{notice.amount_with_costs:,.2f}".replace(",", " ").replace(".", ","),
            "deadline": notice.payment_deadline.strftime("%d/%m/%Y"),
            "means of payment": bank.acc_number,
            "reference": notice.name,
            "consequence": "action",
            "law": "L441-10",
        }.items():
            self.assertIn(expected, text.replace("\N{NO-BREAK SPACE}", " ").replace(
                "\N{NARROW NO-BREAK SPACE}", " "), element)  # fmt: skip
        self.assertFalse(currency.is_zero(notice.amount_interest))
        self.assertEqual((notice.payment_deadline - notice.date).days, 8)
