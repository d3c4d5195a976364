from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_promise_grace_days = fields.Integer(
        related="company_id.root_id.credit_promise_grace_days", readonly=False
    )
    credit_plan_breach_days = fields.Integer(
        related="company_id.root_id.credit_plan_breach_days", readonly=False
    )
    credit_dispute_days = fields.Integer(
        related="company_id.root_id.credit_dispute_days", readonly=False
    )
