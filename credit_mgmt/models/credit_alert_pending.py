from odoo import api, fields, models
from odoo.tools import SQL


class CreditAlertPending(models.Model):
    """A customer to whom something happened: the rules look at him soon."""

    _name = "credit.alert.pending"
    _description = "Customer to Look At"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")

    @api.model
    def _cron_pending(self):
        """Look at the customers of the list, once each; what another worker holds is its own."""
        rows = self.env.execute_query(
            SQL(
                "DELETE FROM credit_alert_pending WHERE id IN ("
                "SELECT id FROM credit_alert_pending ORDER BY id LIMIT 10000"
                " FOR UPDATE SKIP LOCKED) RETURNING company_id, partner_id"
            )
        )
        self.invalidate_model()
        by_company: dict[int, set[int]] = {}
        for company_id, partner_id in rows:
            by_company.setdefault(company_id, set()).add(partner_id)
        for company_id, partner_ids in by_company.items():
            root = self.env["res.company"].browse(company_id)
            self.env["credit.alert"]._evaluate(
                root, self.env["res.partner"].browse(sorted(partner_ids)).exists()
            )
        self.env["ir.cron"]._commit_progress(len(rows), remaining=self.search_count([]))
