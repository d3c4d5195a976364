from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_weight_amount = fields.Integer(
        related="company_id.root_id.credit_weight_amount", readonly=False
    )
    credit_weight_lateness = fields.Integer(
        related="company_id.root_id.credit_weight_lateness", readonly=False
    )
    credit_weight_probability = fields.Integer(
        related="company_id.root_id.credit_weight_probability", readonly=False
    )
    credit_weight_broken = fields.Integer(
        related="company_id.root_id.credit_weight_broken", readonly=False
    )
    credit_weight_contact = fields.Integer(
        related="company_id.root_id.credit_weight_contact", readonly=False
    )
    credit_weight_value = fields.Integer(
        related="company_id.root_id.credit_weight_value", readonly=False
    )
    credit_large_amount = fields.Monetary(
        related="company_id.root_id.credit_large_amount",
        readonly=False,
    )
    credit_salesperson_digest = fields.Boolean(
        related="company_id.root_id.credit_salesperson_digest", readonly=False
    )
    credit_contact_days = fields.Integer(
        related="company_id.root_id.credit_contact_days", readonly=False
    )
