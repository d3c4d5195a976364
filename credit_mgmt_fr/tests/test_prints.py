from io import BytesIO
from pathlib import Path

from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import config
from odoo.tools.pdf import PdfFileReader


@tagged("post_install", "-at_install")
class TestFrenchPrints(AccountTestInvoicingHttpCommon):
    """Real pages of the PDF program: invoice, quotation and claim; kept to be looked at."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["ir.module.module"]._load_module_terms(
            ["base", "account", "credit_mgmt", "credit_mgmt_fr"], ["fr_FR"]
        )
        cls.env.user.group_ids += cls.env.ref("credit_mgmt.credit_mgmt_group_manager")
        cls.company = cls.company_data["company"]
        cls.company.write(
            {
                "name": "Delorme & Fils SAS",
                "country_id": cls.env.ref("base.fr").id,
                "external_report_layout_id": cls.env.ref("web.external_layout_standard").id,
            }
        )
        cls.company.partner_id.write(
            {"street": "5 quai de la Fosse", "zip": "44000", "city": "Nantes", "lang": "fr_FR"}
        )
        cls.customer = cls._create_partner(
            "Garage du Port SARL", vat="FR44732829320", credit_audience="business"
        )
        cls.env = cls.env(context=dict(cls.env.context, force_report_rendering=True))

    @classmethod
    def _create_partner(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "street": "18 rue du Commerce",
                "zip": "33000",
                "city": "Bordeaux",
                "country_id": cls.env.ref("base.fr").id,
                "lang": "fr_FR",
                **values,
            }
        )

    def _invoice(self, age, days=30, amount=1840.0, partner=None):
        issued = fields.Date.subtract(fields.Date.today(), days=age)
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.customer).id,
                "invoice_date": issued,
                "invoice_date_due": fields.Date.add(issued, days=days),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Pièces détachées", "price_unit": amount})
                ],
            }
        )
        move.action_post()
        return move

    def _check_pages(self, name, content, pages):
        self.assertTrue(content.startswith(b"%PDF"))
        folder = Path(config["screenshots"]) / "credit_mgmt"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.pdf").write_bytes(content)
        self.assertEqual(len(PdfFileReader(BytesIO(content)).pages), pages)

    def _print(self, report, record):
        return self.env["ir.actions.report"]._render_qweb_pdf(report, record.ids)[0]

    def test_invoice(self):
        """The mentions do not push a short invoice to a second page."""
        content = self._print("account.account_invoices", self._invoice(20))
        self._check_pages("french_invoice", content, 1)

    def test_quotation(self):
        if "sale.order" not in self.env:
            self.skipTest("Quotations are printed with sales only")
        self.env.user.group_ids += self.env.ref("sales_team.group_sale_manager")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": self.product_a.id, "price_unit": 120.0})
                ],
            }
        )
        self._check_pages("french_quotation", self._print("sale.action_report_saleorder", order), 1)

    def test_claim(self):
        """Letter, list of pieces and signature on one page, the computation on the next one."""
        for age in (200, 120, 45, 10):
            self._invoice(age, amount=1000.0 + age)
        today = fields.Date.today()
        record = self.env["credit.insolvency"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "kind": "liquidation",
                "judgment_date": fields.Date.subtract(today, days=5),
                "publication_date": today,
                "court": "Tribunal de commerce de Bordeaux",
                "reference": "2026L00123",
                "representative_id": self._create_partner("Maître Claire Dupont").id,
                "ranking": "secured",
                "security_note": "Réserve de propriété sur les marchandises livrées.",
            }
        )
        report = "credit_mgmt_fr.action_report_credit_insolvency"
        self._check_pages("french_claim", self._print(report, record), 2)
        self.company.external_report_layout_id = self.env.ref("web.external_layout_bubble")
        self._check_pages("french_claim_bubble", self._print(report, record), 2)
