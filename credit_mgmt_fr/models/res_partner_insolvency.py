from odoo import fields, models


class ResPartner(models.Model):
    """The insolvency proceedings of a customer."""

    _inherit = "res.partner"

    insolvency_ids = fields.One2many(
        "credit.insolvency",
        "partner_id",
        string="Insolvency Proceedings",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    insolvency_text = fields.Char(compute="_compute_insolvency_text", groups="base.group_user")

    def _compute_insolvency_text(self):
        """Tell everybody who deals with the customer that proceedings are running."""
        records = (
            self.env["credit.insolvency"]
            .sudo()  # published by law: no secret to whoever sells to the customer
            .search(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.root_id.id),
                    ("live", "=", True),
                ]
            )
        )
        by_partner = records.grouped("partner_id")
        for partner in self:
            record = by_partner.get(partner.commercial_partner_id._origin)
            partner.insolvency_text = (
                record and record.with_env(self.env).sudo()._get_procedure_text()
            )

    def action_open_insolvency(self):
        """Open the proceedings of the customer, or a new record of some."""
        self.ensure_one()
        partner = self.commercial_partner_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_mgmt_fr.credit_insolvency_action"
        )
        action["domain"] = [("partner_id", "=", partner.id)]
        action["context"] = {"default_partner_id": partner.id}
        if not partner.insolvency_ids:
            action["views"] = [(False, "form")]
        return action
