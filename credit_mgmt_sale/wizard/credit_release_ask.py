from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditReleaseAsk(models.TransientModel):
    """Ask the approver to release an order."""

    _name = "credit.release.ask"
    _description = "Ask for a Release"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    message = fields.Text(compute="_compute_message")
    reason = fields.Char(required=True)
    approver_ids = fields.Many2many("res.users", compute="_compute_message")

    @api.depends("order_id")
    def _compute_message(self):
        for wizard in self:
            order = wizard.order_id
            wizard.approver_ids = order.company_id._get_credit_approvers(order._get_credit_total())
            decision = order._get_credit_decisions(lock=False).get(order)
            wizard.message = decision and self.env["credit.check"]._get_message(
                order._get_credit_debtor(), decision[0], order.company_id
            )

    def action_ask(self):
        """Hold the order and ask for its release."""
        self.ensure_one()
        order = self.order_id
        order.check_access("write")
        if order.state == "cancel":
            raise UserError(self.env._("The order is cancelled."))
        if order.state in ("draft", "sent"):
            decision, passes = order._get_credit_decisions(lock=False)[order]
            if not decision["reason"] or passes:
                raise UserError(self.env._("The order can be confirmed: nothing to release."))
            order._set_credit_state("held")
        order._request_release(self.reason)
        return {"type": "ir.actions.act_window_close"}
