from odoo import api, models


class CreditDunningLevel(models.Model):
    """The placeholder of the online payment."""

    _inherit = "credit.dunning.level"

    @api.model
    def _get_placeholder_labels(self):
        return super()._get_placeholder_labels() | {
            "payment_link": self.env._("Link to pay online"),
        }
