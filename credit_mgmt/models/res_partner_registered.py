from odoo import api, fields, models

#: Letters of which a customer's page shows the timeline.
SHOWN_LETTERS = 3


class ResPartner(models.Model):
    """The registered letters of a customer."""

    _inherit = "res.partner"

    registered_letter_count = fields.Integer(
        compute="_compute_registered_letters", groups="credit_mgmt.credit_mgmt_group_viewer"
    )
    registered_timeline_html = fields.Html(
        string="Last Registered Letters",
        compute="_compute_registered_letters",
        sanitize=False,
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )

    @api.depends_context("lang", "allowed_company_ids")
    def _compute_registered_letters(self):
        found = dict(
            self.env["credit.registered.letter"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["id:recordset"],
            )
        )
        latest = {
            owner: letters.sorted("id", reverse=True)[:SHOWN_LETTERS]
            for owner, letters in found.items()
        }
        # Read together, however many customers there are.
        together = [letter_id for letters in latest.values() for letter_id in letters.ids]
        for partner in self:
            owner = partner.commercial_partner_id
            partner.registered_letter_count = len(found.get(owner, ()))
            partner.registered_timeline_html = (
                latest[owner].with_prefetch(together)._render_timeline()
                if owner in latest
                else False
            )

    def action_open_registered_letters(self):
        """Open the registered letters of the customer."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "credit_mgmt.credit_registered_letter_action"
            ),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},  # all of them, whatever their state
        }
