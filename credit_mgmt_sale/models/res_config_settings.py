from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_include_order_drafts = fields.Boolean(
        related="company_id.root_id.credit_include_order_drafts", readonly=False
    )
    credit_release_days = fields.Integer(
        related="company_id.root_id.credit_release_days", readonly=False
    )
