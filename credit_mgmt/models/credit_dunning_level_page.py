from odoo import api, models


class CreditDunningLevel(models.Model):
    """The placeholder of the customer's own page."""

    _inherit = "credit.dunning.level"

    @api.model
    def _get_placeholder_labels(self):
        return super()._get_placeholder_labels() | {
            "customer_page": self.env._("Link to the customer's own page"),
        }
