from odoo import api, fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    credit_hold = fields.Selection(
        related="partner_id.commercial_partner_id.credit_hold",
        string="Hold of the Customer",
        compute_sudo=True,
        groups="base.group_user",
    )
    credit_message = fields.Text(compute="_compute_credit_message", groups="base.group_user")

    @api.depends("state", "partner_id", "move_ids.quantity", "move_ids.state")
    def _compute_credit_message(self):
        """Say beforehand what the check of the delivery would answer."""
        self.credit_message = False
        for picking in self:
            moves = picking.move_ids._get_credit_deliveries()
            if not moves or picking.state in ("draft", "done", "cancel"):
                continue
            values = moves._get_credit_values()
            # Who ships reads the answer, not the orders.
            orders = self.env["sale.order"].sudo().union(*values)
            refused = [
                (order, decision)
                for order, (decision, passes) in orders._get_delivery_decisions(
                    {order.sudo(): value for order, value in values.items()}, lock=False
                ).items()
                if decision["reason"] and not passes
            ]
            if refused:
                picking.credit_message = orders._get_refusal(refused)

    def button_validate(self):
        # EXTENDS 'stock'
        self._check_credit_hold()
        return super().button_validate()

    def _check_credit_hold(self):
        """Refuse transfers without an order to held customers; orders are checked by their moves.

        :raises UserError: a customer is on hold
        """
        transfers = self.filtered(
            lambda picking: (
                picking.picking_type_id.code == "outgoing"
                and picking.state not in ("done", "cancel")
                and picking.partner_id
                and not picking.move_ids.sale_line_id
                and picking.location_dest_id.usage == "customer"
            )
        )
        for root, pickings in transfers.grouped(lambda p: p.company_id.root_id).items():
            partners = pickings.sudo().partner_id.commercial_partner_id
            holds = self.env["credit.hold"]._get_holds(partners, root.sudo())
            for partner in partners:
                hold = holds.get(partner.id)
                if hold and hold["level"] == "hold":
                    raise UserError(partner._get_hold_sentence(partner, hold))

    def action_ask_credit_release(self):
        """Ask for the release of the order behind a delivery."""
        self.ensure_one()
        return self.sale_id.action_ask_credit_release()
