from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_alerts = fields.Boolean(related="company_id.root_id.credit_alerts", readonly=False)
    credit_trust_from_score = fields.Boolean(
        related="company_id.root_id.credit_trust_from_score", readonly=False
    )
