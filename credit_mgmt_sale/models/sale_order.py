from contextlib import contextmanager

from odoo import api, fields, models
from odoo.addons.credit_mgmt.tools import gate
from odoo.exceptions import UserError

#: Set by the check and the release alone.
_PROTECTED = {"credit_state", "credit_release_ids"}
#: What may move or enlarge the credit that a confirmed order takes.
_CREDIT_FIELDS = {"partner_invoice_id", "partner_id", "payment_term_id", "company_id",
                  "order_line", "currency_id", "fiscal_position_id"}  # fmt: skip


class SaleOrder(models.Model):
    """Every way by which an order reaches the state "sale" passes the credit check."""

    _inherit = "sale.order"

    credit_state = fields.Selection(
        [
            ("none", "Not checked"),
            ("ok", "Within credit"),
            ("held", "Held"),
            ("released", "Released"),
        ],
        default="none",
        required=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
        groups="base.group_user",
    )
    credit_release_ids = fields.One2many(
        "credit.release", "order_id", string="Releases", copy=False, groups="base.group_user"
    )

    _credit_open_idx = models.Index(
        "(partner_invoice_id) WHERE state = 'sale' AND invoice_status <> 'invoiced'"
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_credit_protected(*vals_list)
        orders = super().create(vals_list)
        confirmed = orders.filtered(lambda order: order.state == "sale")
        confirmed._check_credit()
        confirmed._look_again()
        return orders

    def write(self, vals):
        self._check_credit_protected(vals)
        confirmed = self.browse()
        if vals.get("state") == "sale":
            confirmed = self.filtered(lambda order: order.state != "sale")
        if not _CREDIT_FIELDS & vals.keys():
            result = super().write(vals)
        else:
            with (self - confirmed)._watch_credit():
                result = super().write(vals)
        # Whoever confirms, and however: the decision is taken on what is in the database now.
        confirmed._check_credit()
        if vals.get("state") in ("sale", "cancel"):
            self._look_again()
        return result

    def _look_again(self):
        """Have the alert rules look at whose credit the orders take, or give back."""
        for company, orders in self.grouped("company_id").items():
            debtors = self.env["res.partner"].union(*(o._get_credit_debtor() for o in orders))
            self.env["credit.alert"]._look_again(debtors, company)

    def _check_credit_protected(self, *vals_list):
        if gate.is_open(self.env.context):
            return
        for vals in vals_list:
            # A form sends the default of a new order back.
            if vals.get("credit_state") == "none" and not self:
                vals.pop("credit_state")
            if _PROTECTED & vals.keys():
                raise UserError(
                    self.env._("The credit state of an order is set by the check and its release.")
                )

    @contextmanager
    def _watch_credit(self):
        """Check confirmed orders again if what is done inside makes them take more credit."""
        orders = self.filtered(lambda order: order.state == "sale")
        before = {order: order._get_credit_key() for order in orders}
        yield
        grown = self.browse()
        for order in orders.exists():
            debtor, cash, total = before[order]
            new_debtor, new_cash, new_total = order._get_credit_key()
            if (
                debtor != new_debtor
                or (cash and not new_cash)
                or order.currency_id.compare_amounts(new_total, total) > 0
            ):
                grown |= order
        grown._check_credit()

    def _get_credit_key(self) -> tuple:
        """Return debtor, whether paid before delivery, and total of an order."""
        self.ensure_one()
        return (
            self._get_credit_debtor(),
            self.sudo().payment_term_id.credit_cash,
            self.amount_total,
        )

    # === CONFIRMATION === #

    def action_confirm(self):
        """Hold instead of raising where the customer confirms; see ``_hold_on_credit``."""
        # EXTENDS 'sale'
        if not self._is_customer_driven():
            return super().action_confirm()
        orders = self - self._hold_on_credit()
        return super(SaleOrder, orders).action_confirm() if orders else True

    def _validate_order(self):
        """Hold an order that its customer signed or placed online; signature and cart are kept."""
        # EXTENDS 'sale'
        orders = self - self._hold_on_credit()
        return super(SaleOrder, orders)._validate_order() if orders else None

    def _is_customer_driven(self) -> bool:
        """Return whether the customer confirms: then nothing raises, the order waits.

        The context key only chooses between waiting and raising: neither confirms the order.
        """
        return bool(self.env.context.get("credit_customer_driven")) or self.env.user.share
