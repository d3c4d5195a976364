from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_page_enabled = fields.Boolean(
        related="company_id.root_id.credit_page_enabled", readonly=False
    )
    credit_page_days = fields.Integer(related="company_id.root_id.credit_page_days", readonly=False)
    credit_page_promise_days = fields.Integer(
        related="company_id.root_id.credit_page_promise_days", readonly=False
    )
