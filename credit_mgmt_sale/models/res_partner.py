from odoo import api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _get_exposure_views(self, code):
        # EXTENDS 'credit_mgmt'
        if code == "order_draft":
            code = "draft"
        views = {
            "delivered": "credit_mgmt_sale.sale_order_view_list_exposure",
            "ordered": "credit_mgmt_sale.sale_order_view_list_exposure",
            "online": "credit_mgmt_sale.payment_transaction_view_list_exposure",
        }
        if code in views:
            return [(self.env.ref(views[code]).id, "list"), (False, "form")]
        return super()._get_exposure_views(code)
