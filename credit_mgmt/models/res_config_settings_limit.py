from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_default_limit_mode = fields.Selection(
        related="company_id.root_id.credit_default_limit_mode",
        string="Default Limit of Customers",
        readonly=False,
    )
    credit_default_limit_amount = fields.Monetary(
        related="company_id.root_id.credit_default_limit_amount",
        readonly=False,
    )
    credit_include_drafts = fields.Boolean(
        related="company_id.root_id.credit_include_drafts", readonly=False
    )

    @api.depends("company_id")
    def _compute_account_default_credit_limit(self):
        """Odoo's own setting shows the same default: one place decides."""
        for setting in self:
            setting.account_default_credit_limit = (
                setting.company_id._get_credit_default_limit() or 0.0
            )

    def _inverse_account_default_credit_limit(self):
        """Keep what Odoo's own setting says where limits are read; 0 stays "no limit"."""
        for setting in self:
            root = setting.company_id.root_id
            amount = setting.account_default_credit_limit
            if amount != (root._get_credit_default_limit() or 0.0):
                root.write(
                    {
                        "credit_default_limit_mode": "limited" if amount else "unlimited",
                        "credit_default_limit_amount": amount,
                    }
                )
