from odoo import fields, models
from odoo.exceptions import UserError


class CreditDunningAssign(models.TransientModel):
    """Sets policy and collector of the selected customers, in the user's company."""

    _name = "credit.dunning.assign"
    _description = "Set Policy and Collector"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    set_policy = fields.Boolean()
    policy_id = fields.Many2one(
        "credit.dunning.policy",
        help="Empty: back to the policy of the audience or company.",
    )
    set_collector = fields.Boolean()
    collector_id = fields.Many2one("res.users", domain=[("share", "=", False)])
    set_audience = fields.Boolean()
    audience = fields.Selection(
        selection=lambda self: (
            self.env["res.partner"]._fields["credit_audience"]._description_selection(self.env)
        )
    )

    def action_assign(self):
        """Write what was ticked on every selected customer."""
        self.ensure_one()
        values = {}
        if self.set_policy:
            values["dunning_policy_id"] = self.policy_id.id
        if self.set_collector:
            values["collector_id"] = self.collector_id.id
        if self.set_audience:
            if not self.audience:
                raise UserError(self.env._("Choose the audience."))
            values["credit_audience"] = self.audience
        if not values:
            raise UserError(self.env._("Tick what you want to set."))
        self.partner_ids.commercial_partner_id.write(values)
        return {"type": "ir.actions.act_window_close"}
