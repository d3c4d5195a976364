from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_policy_id = fields.Many2one(
        related="company_id.root_id.credit_policy_id", readonly=False
    )
    credit_responsible_id = fields.Many2one(
        related="company_id.root_id.credit_responsible_id", readonly=False
    )
    credit_start_date = fields.Date(related="company_id.root_id.credit_start_date")
    credit_bank_max_age = fields.Integer(
        related="company_id.root_id.credit_bank_max_age", readonly=False
    )
    credit_attachment_limit = fields.Integer(
        related="company_id.root_id.credit_attachment_limit", readonly=False
    )

    def action_open_credit_start(self):
        """Open the assistant that starts dunning for the company."""
        return self.company_id.action_open_credit_start()
