from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """The link to the customer's own page."""

    _inherit = "res.partner"

    credit_page_state = fields.Selection(
        [
            ("none", "No link yet"),
            ("valid", "Valid"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ],
        string="Customer's Page",
        compute="_compute_credit_page",
        groups="credit_mgmt.credit_mgmt_group_user",
    )
    credit_page_url = fields.Char(
        string="Link to the Customer's Page",
        compute="_compute_credit_page",
        groups="credit_mgmt.credit_mgmt_group_user",
    )
    credit_page_expires_on = fields.Date(
        string="Link Valid Until",
        compute="_compute_credit_page",
        groups="credit_mgmt.credit_mgmt_group_user",
    )
    credit_page_action_count = fields.Integer(
        string="Own Page",
        compute="_compute_credit_page_action_count",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )

    @api.depends_context("company")
    def _compute_credit_page(self):
        tokens = self.env["credit.customer.token"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.root_id.id),
            ]
        )
        by_partner = {token.partner_id.id: token for token in tokens}
        for partner in self:
            token = by_partner.get(partner.commercial_partner_id.id)
            partner.credit_page_state = token.state if token else "none"
            partner.credit_page_url = token.url if token else False
            partner.credit_page_expires_on = token.expires_on if token else False

    @api.depends_context("company")
    def _compute_credit_page_action_count(self):
        counts = {
            partner.id: number
            for partner, number in self.env["credit.customer.action"]._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.root_id.id),
                ],
                ["partner_id"],
                ["__count"],
            )
        }
        for partner in self:
            partner.credit_page_action_count = counts.get(partner.commercial_partner_id.id, 0)

    # === ACTIONS === #

    def _get_credit_page_token(self):
        """Return the customer's link in the user's main company, made if there is none."""
        self.ensure_one()
        company = self.env.company.root_id
        if not company.credit_page_enabled:
            raise UserError(
                self.env._(
                    "The customers' own pages are switched off in %s: see the settings of the "
                    "reminders.",
                    company.name,
                )
            )
        Token = self.env["credit.customer.token"]
        Token._check_decision()
        # Back to the user's rights: the decisions are his.
        return Token._ensure(self.commercial_partner_id, company).sudo(False)

    def action_credit_page_create(self):
        """Make the link, or prolong it."""
        self._get_credit_page_token()
        return True

    def action_credit_page_renew(self):
        """Make a new link; the earlier ones open nothing any more."""
        return self._get_credit_page_token().action_renew()

    def action_credit_page_revoke(self):
        """Close the customer's page."""
        return self._get_credit_page_token().action_revoke()

    def action_credit_page_open(self):
        """See the page as the customer sees it."""
        return self._get_credit_page_token().action_open()

    def action_open_customer_actions(self):
        """Open what the customer did on the page."""
        return self._open_claims("credit.customer.action", self.env._("On the customer's page"))
