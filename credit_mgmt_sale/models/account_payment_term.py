from odoo import api, fields, models
from odoo.exceptions import AccessError


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    credit_cash = fields.Boolean(
        string="Paid Before Delivery",
        help="Cash, prepayment: an order under these terms needs no credit to be confirmed. Goods "
        "that are not paid when they leave are checked then.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("credit_cash") for vals in vals_list):
            self._check_credit_manager()
        return super().create(vals_list)

    def write(self, vals):
        if "credit_cash" in vals and any(t.credit_cash != bool(vals["credit_cash"]) for t in self):
            self._check_credit_manager()
        return super().write(vals)

    def _check_credit_manager(self):
        if not (self.env.su or self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager")):
            raise AccessError(
                self.env._("Only a credit manager may say which terms need no credit.")
            )
