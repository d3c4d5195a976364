from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.credit_mgmt.tools import gate
from odoo.exceptions import AccessError, UserError
from odoo.tools import formatLang


class CreditRelease(models.Model):
    """A decision to let an order go beyond the credit: who, why, how much, until when."""

    _name = "credit.release"
    _description = "Release of an Order"
    _inherit = ["mail.thread"]
    _rec_name = "order_id"
    _order = "id desc"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    order_state = fields.Selection(related="order_id.state", string="State of the Order")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one(related="order_id.user_id", string="Salesperson", store=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount = fields.Monetary(
        string="Amount of the Order",
        readonly=True,
        tracking=True,
        help="The order may be confirmed and delivered up to exactly this total.",
    )
    date_until = fields.Date(string="Valid To", readonly=True, tracking=True)
    reason = fields.Char(string="Reason of the Request", required=True, readonly=True)
    origin = fields.Selection(
        [("user", "Asked by a user"), ("customer", "Confirmed by the customer")],
        required=True,
        readonly=True,
        default="user",
    )
    state = fields.Selection(
        [
            ("requested", "Asked"),
            ("granted", "Released"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="requested",
        index=True,
        tracking=True,
    )
    requested_by_id = fields.Many2one("res.users", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    decision_note = fields.Char(string="Remark of the Approver", tracking=True)
    message = fields.Text(string="Why It Was Held", readonly=True)
    exposure = fields.Monetary(readonly=True, currency_field="company_currency_id")
    limit = fields.Monetary(
        string="Credit Limit", readonly=True, currency_field="company_currency_id"
    )
    unlimited = fields.Boolean(readonly=True)
    missing = fields.Monetary(
        string="Too Much By", readonly=True, currency_field="company_currency_id"
    )
    can_release = fields.Boolean(compute="_compute_can_release")

    @api.depends("order_id.amount_total")
    @api.depends_context("uid")
    def _compute_can_release(self):
        for release in self:
            # The total of the order, also for an approver without a right on sales.
            total = release.order_id.sudo()._get_credit_total() if release.order_id else 0.0
            release.can_release = bool(release.company_id) and (
                release.company_id._can_approve_credit(total)
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not gate.is_open(self.env.context):
            raise UserError(self.env._("Ask for a release on the order."))
        return super().create(vals_list)

    def write(self, vals):
        if not gate.is_open(self.env.context) and vals.keys() - {"decision_note"}:
            # The chatter and the activities are written as for every document.
            protected = {name for name in vals if not name.startswith(("message_", "activity_"))}
            if protected - {"decision_note"}:
                raise UserError(self.env._("A release is decided by its buttons."))
        return super().write(vals)

    def _write_gated(self, vals):
        return self.with_context(**gate.open_gate()).write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if not gate.is_open(self.env.context):
            raise UserError(self.env._("Releases stay as history."))

    # === DECISION === #

    def _check_approver(self):
        self.ensure_one()
        if not self.can_release:
            approvers = self.company_id._get_credit_approvers(
                self.order_id.sudo()._get_credit_total()
            )
            raise AccessError(
                self.env._(
                    "You may not release %(order)s (%(amount)s). Who may: %(approvers)s.",
                    order=self.order_id.sudo().name,
                    amount=formatLang(
                        self.env,
                        self.order_id.sudo().amount_total,
                        currency_obj=self.currency_id,
                    ),
                    approvers=", ".join(approvers.mapped("name")) or self.env._("nobody"),
                )
            )

    def _check_requested(self):
        self.ensure_one()
        if self.state != "requested":
            raise UserError(self.env._("This request is decided already."))

    def action_grant(self):
        """Release the orders as they stand, and confirm those that wait for it."""
        for release in self:
            release._check_requested()
            release._check_approver()
            # The approver decides on the order without having a right on sales; the right to
            # decide was checked above.
            order = release.order_id.sudo()
            root = release.company_id.root_id.sudo()
            release.sudo()._write_gated(
                {
                    "state": "granted",
                    "decided_by_id": self.env.uid,
                    "decided_on": fields.Datetime.now(),
                    # Exactly what the approver sees on the order at this moment.
                    "amount": order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": order._get_credit_debtor().id,
                    "date_until": root._get_credit_today()
                    + timedelta(days=root.credit_release_days),
                }
            )
            order._set_credit_state("released")
            release._done()
            order.message_post(
                body=self.env._(
                    "Released for credit by %(user)s: %(amount)s until %(date)s. %(reason)s",
                    user=self.env.user.name,
                    amount=formatLang(self.env, release.amount, currency_obj=release.currency_id),
                    date=fields.Date.to_string(release.date_until),
                    reason=release.reason,
                )
            )
            if order.state in ("draft", "sent"):
                order._confirm_released(release)
        return True

    def action_refuse(self):
        """Refuse the release; the order stays as it is."""
        for release in self:
            release._check_requested()
            release._check_approver()
            release.sudo()._write_gated(
                {
                    "state": "refused",
                    "decided_by_id": self.env.uid,
                    "decided_on": fields.Datetime.now(),
                }
            )
            release._done()
            order = release.order_id.sudo()  # as above
            order.message_post(
                body=self.env._(
                    "The release for credit was refused by %(user)s. %(note)s",
                    user=self.env.user.name,
                    note=release.decision_note or "",
                )
            )
        return True

    def action_cancel(self):
        """Withdraw a release that is not used any more, or a request."""
        for release in self:
            if release.state not in ("requested", "granted"):
                raise UserError(self.env._("This request is decided already."))
            if release.state == "granted" or release.requested_by_id != self.env.user:
                release._check_approver()
            release.sudo()._write_gated({"state": "cancelled"})
            release._done()
            order = release.order_id.sudo()  # as above
            if order.state in ("draft", "sent"):
                order._set_credit_state("none")
        return True

    def _done(self):
        activity_type = self.env.ref("credit_mgmt_sale.mail_activity_type_release")
        self.order_id.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        ).action_feedback()

    def action_open_order(self):
        """Open the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }
