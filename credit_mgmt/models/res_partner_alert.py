from odoo import api, fields, models
from odoo.fields import Domain

from .credit_alert_rule import SEVERITIES

#: What the alert rules read of a customer himself.
_WATCHED_FIELDS = {"credit_limit_mode", "credit_limit", "risk_class_id", "credit_review_date"}


class ResPartner(models.Model):
    """The alerts and solvency notes of a customer."""

    _inherit = "res.partner"

    credit_alert_count = fields.Integer(
        string="Alerts",
        compute="_compute_credit_alerts",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    credit_alert_severity = fields.Selection(
        SEVERITIES,
        string="Worst Alert",
        compute="_compute_credit_alerts",
        search="_search_credit_alert_severity",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    credit_solvency_note_ids = fields.One2many(
        "credit.solvency.note",
        "partner_id",
        string="Solvency Notes",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )

    # === COMPUTE AND SEARCH METHODS === #

    @api.model
    def _get_alert_domain(self) -> list:
        """Return the domain of the alerts that a customer of the company has open."""
        return [("company_id", "=", self.env.company.root_id.id), ("state", "=", "open")]

    @api.depends_context("company")
    def _compute_credit_alerts(self):
        found = {
            partner: (count, severity)
            for partner, count, severity in self.env["credit.alert"]._read_group(
                [*self._get_alert_domain(), ("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["__count", "severity:max"],
            )
        }
        for partner in self:
            count, severity = found.get(partner.commercial_partner_id._origin, (0, False))
            partner.credit_alert_count = count
            partner.credit_alert_severity = severity

    def _search_credit_alert_severity(self, operator, value):
        if operator != "in":
            return NotImplemented
        Alert, domain = self.env["credit.alert"], self._get_alert_domain()
        wanted, found = set(value), []
        # The worst one counts: no worse one may be open.
        for severity, _label in SEVERITIES:
            if severity in wanted:
                worse = Alert._search([*domain, ("severity", ">", severity)])
                own = Alert._search([*domain, ("severity", "=", severity)])
                found.append(
                    Domain("commercial_partner_id", "in", own.subselect("partner_id"))
                    & Domain("commercial_partner_id", "not in", worse.subselect("partner_id"))
                )
        if False in wanted:
            any_alert = Alert._search(domain).subselect("partner_id")
            found.append(Domain("commercial_partner_id", "not in", any_alert))
        return Domain.OR(found)

    # === EVENTS === #

    def write(self, vals):
        result = super().write(vals)
        if _WATCHED_FIELDS & vals.keys():
            self.env["credit.alert"]._look_again(self, self.env.company)
        return result

    # === ACTIONS === #

    def action_open_credit_alerts(self):
        """Open the alerts of the customer, also those that are over."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("credit_mgmt.credit_alert_action"),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }

    def action_open_solvency_notes(self):
        """Open the solvency notes of the customer."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "credit_mgmt.credit_solvency_note_action"
            ),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }

    def action_open_credit_page(self):
        """Open the screen that prepares a call to the customer."""
        self.ensure_one()
        partner = self.commercial_partner_id
        return {
            **self.env["ir.actions.actions"]._for_xml_id("credit_mgmt.credit_customer_file_action"),
            "name": partner.display_name,
            "params": {"partner_id": partner.id},
            "context": {"active_id": partner.id, "active_model": "res.partner"},
        }
