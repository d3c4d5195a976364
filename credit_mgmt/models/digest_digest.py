from odoo import fields, models
from odoo.exceptions import AccessError


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_credit_dso = fields.Boolean("DSO (days)")
    kpi_credit_dso_value = fields.Float(compute="_compute_kpi_credit_dso_value")
    kpi_credit_overdue = fields.Boolean("Overdue Receivables")
    kpi_credit_overdue_value = fields.Monetary(compute="_compute_kpi_credit_overdue_value")

    def _compute_kpi_credit_dso_value(self):
        for digest, values in self._get_credit_indicators():
            digest.kpi_credit_dso_value = values["dso"] or 0.0

    def _compute_kpi_credit_overdue_value(self):
        for digest, values in self._get_credit_indicators():
            digest.kpi_credit_overdue_value = values["overdue"]

    def _get_credit_indicators(self):
        """Return each digest with its company's indicators at the end of its period."""
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise AccessError(
                self.env._("Do not have access, skip this data for user's digest email")
            )
        _start, end, _companies = self._get_kpi_compute_parameters()
        # One e-mail asks for the same days again and again, once per figure and recipient.
        found = self.env.cr.cache.setdefault("credit_mgmt.digest", {})
        results = []
        for digest in self:
            company = digest.company_id or self.env.company
            day = fields.Date.to_date(end) or company._get_credit_today()
            if (company.id, day) not in found:
                # The digest is of the company, as its other indicators are.
                Kpi = self.env["credit.kpi"].sudo().with_company(company)
                [total] = Kpi._compute_series([day], company.ids)
                [found[company.id, day]] = total["values"]
            results.append((digest, found[company.id, day]))
        return results

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("credit_mgmt.credit_mgmt_menu_root").id
        actions["kpi_credit_dso"] = f"credit_mgmt.credit_kpi_snapshot_action?menu_id={menu}"
        actions["kpi_credit_overdue"] = f"credit_mgmt.credit_receivable_action?menu_id={menu}"
        return actions
