from odoo import fields
from odoo.addons.credit_mgmt.tests.common_alert import AlertCommon
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestFrenchAlerts(AlertCommon):
    """A claim nearly time-barred, a claim to be declared: told in time, closed by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.fr")
        cls.customer.credit_audience = "consumer"

    def test_limitation(self):
        """One alert per item, closed by an acknowledgement; what is long barred is history."""
        self._rule("limitation", threshold_days=180)
        self._invoice(due="2025-01-31", invoice_date="2025-01-01")
        self._invoice(due="2022-01-31", invoice_date="2022-01-01")
        near = self._invoice(due="2024-06-30", invoice_date="2024-06-01")
        barred = self._invoice(due="2024-02-28", invoice_date="2024-02-01")
        alerts = self._evaluate()
        self.assertEqual(alerts.move_line_id.move_id, near + barred)
        messages = {alert.move_line_id.move_id: alert.message for alert in alerts}
        self.assertIn("after 06/01/2026: obtain an acknowledgement", messages[near])
        self.assertIn("may be time-barred since 02/01/2026", messages[barred])
        alert = alerts.filtered(lambda alert: alert.move_line_id.move_id == near)
        self.assertEqual(alert.date_reference, fields.Date.to_date("2026-06-01"))
        self.assertEqual(alert.action_open_cause()["res_model"], "credit.receivable")
        self.env["credit.acknowledgement"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "move_ids": near.ids,
            }
        )
        self.assertEqual(self._evaluate().move_line_id.move_id, barred)

    def test_claim_deadline(self):
        self._rule("claim_deadline", threshold_days=60)
        record = self.env["credit.insolvency"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "judgment_date": "2026-03-01",
            }
        )
        alert = self._evaluate()
        self.assertIn("publication in the BODACC is not known", alert.message)
        record.publication_date = "2026-03-05"
        self.assertEqual(self._evaluate(), alert)
        self.assertIn("declared by 05/05/2026", alert.message)
        self.assertEqual(alert.action_open_cause()["res_id"], record.id)
        record.claim_date = "2026-03-10"
        self.assertFalse(self._evaluate())
