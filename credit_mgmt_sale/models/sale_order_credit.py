from odoo import api, fields, models
from odoo.addons.credit_mgmt.tools import gate
from odoo.exceptions import UserError
from odoo.tools import formatLang


class SaleOrder(models.Model):
    """The credit check of orders: what they claim, who decides, what is said."""

    _inherit = "sale.order"

    credit_blocked = fields.Boolean(
        compute="_compute_partner_credit_warning",
        groups="base.group_user",
        help="The check would refuse the order as it stands.",
    )
    credit_hold = fields.Selection(
        related="partner_id.commercial_partner_id.credit_hold",
        string="Hold of the Customer",
        compute_sudo=True,
        groups="base.group_user",
    )
    credit_request_pending = fields.Boolean(
        compute="_compute_credit_release", groups="base.group_user"
    )
    credit_can_release = fields.Boolean(compute="_compute_credit_release", groups="base.group_user")
    credit_release_count = fields.Integer(
        compute="_compute_credit_release", groups="base.group_user"
    )
    credit_exposure_amount = fields.Monetary(
        string="Counted",
        compute="_compute_credit_exposure_amount",
        currency_field="credit_currency_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="What the exposure counts of this order, at the day's rate.",
    )
    credit_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id", "partner_id", "partner_invoice_id", "amount_total", "currency_id",
                 "payment_term_id", "state", "credit_release_ids.state")  # fmt: skip
    def _compute_partner_credit_warning(self):
        """Replace Odoo's banner: our figures, in the company of the order, as a check would say."""
        self.partner_credit_warning = ""
        self.credit_blocked = False
        drafts = self.filtered(
            lambda order: order.state in ("draft", "sent") and order.company_id and order.partner_id
        )
        saved = drafts.filtered(lambda order: order._origin.id == order.id)
        for order, decision in saved._get_credit_decisions(lock=False).items():
            order._show_credit_decision(*decision)
        for order in drafts - saved:
            debtor = order._get_credit_debtor()
            if not debtor:
                continue
            claims = {debtor: order._get_draft_claim()}
            decisions = self.env["credit.check"]._decide(order.company_id, claims, lock=False)
            order._show_credit_decision(decisions[debtor.id], order._get_credit_pass())

    def _show_credit_decision(self, decision, passes):
        debtor = self._get_credit_debtor()
        message = self.env["credit.check"]._get_message(debtor, decision, self.company_id)
        self.credit_blocked = bool(decision["reason"]) and not passes
        if passes == "released":
            message = "\n".join([message, self._get_release_sentence()])
        elif passes == "paid":
            message = ""
        self.partner_credit_warning = message

    @api.depends("credit_release_ids.state", "amount_total", "company_id")
    @api.depends_context("uid")
    def _compute_credit_release(self):
        for order in self:
            # Whether an order waits is told to whoever reads it.
            releases = order.sudo().credit_release_ids
            order.credit_release_count = len(releases)
            order.credit_request_pending = "requested" in releases.mapped("state")
            order.credit_can_release = bool(order.company_id) and (
                order.company_id._can_approve_credit(order._get_credit_total())
            )

    @api.depends_context("credit_exposure_codes")
    def _compute_credit_exposure_amount(self):
        codes = self.env.context.get("credit_exposure_codes") or ["delivered", "ordered"]
        amounts = (
            self.env["credit.exposure"]
            .sudo()  # the user reads the order itself
            ._get_document_amounts(self._origin, codes)
        )
        for order in self:
            order.credit_exposure_amount = amounts.get(order._origin.id, 0.0)

    # === FIGURES === #

    def _get_credit_debtor(self):
        """Return whose credit an order takes: the commercial entity that is invoiced."""
        self.ensure_one()
        contact = self.sudo().partner_invoice_id or self.sudo().partner_id
        return contact.commercial_partner_id._origin.with_env(self.env)

    def _get_credit_total(self) -> float:
        """Return the total of the order at the day's rate, in the root company's currency."""
        self.ensure_one()
        return self.env["credit.exposure"]._convert(
            self.amount_total, self.currency_id, self.company_id.root_id.sudo()
        )

    def _get_draft_claim(self) -> float:
        """Return what an order that is not saved yet would add to the exposure."""
        self.ensure_one()
        return 0.0 if self.sudo().payment_term_id.credit_cash else self._get_credit_total()

    def _get_credit_paid(self) -> tuple[float, float]:
        """Return what the customer paid for an order: in all, and of it what no entry holds yet.

        Online payments authorised or done, and the paid share of its invoices: the larger counts,
        since an online payment pays an invoice.
        """
        self.ensure_one()
        order = self.sudo()  # a salesperson has no right on payments
        online = waiting = 0.0
        for transaction in order.transaction_ids:
            if transaction.operation in ("validation", "refund"):
                continue
            if transaction.state not in ("authorized", "done"):
                continue
            parts = transaction.child_transaction_ids.filtered(
                lambda child, tx=transaction: (
                    child.operation == tx.operation and child.state in ("done", "cancel")
                )
            )
            amount = max(transaction.amount - sum(parts.mapped("amount")), 0.0)
            amount = transaction.currency_id._convert(
                amount, order.currency_id, order.company_id, order.company_id._get_credit_today()
            )
            online += amount
            payment = transaction.payment_id
            if transaction.state == "authorized" or (
                not transaction.is_post_processed
                if not payment
                else payment.state == "in_process" and not payment.move_id
            ):
                waiting += amount
        invoiced = 0.0
        for invoice in order.invoice_ids.filtered(lambda move: move.state == "posted"):
            share = invoice._get_sale_order_invoiced_amount(order)
            if invoice.payment_state not in ("paid", "in_payment") and invoice.amount_total:
                share *= 1 - invoice.amount_residual / invoice.amount_total
            invoiced += share
        return max(online, invoiced), waiting

    def _get_credit_pass(self) -> str | bool:
        """Return why an order needs no credit: ``free``, ``cash``, ``paid``, ``released``; else
        False."""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount_total, 0) <= 0:
            return "free"
        if self.sudo().payment_term_id.credit_cash:
            return "cash"
        if self._origin.id and self.currency_id.compare_amounts(
            self._get_credit_paid()[0], self.amount_total
        ) >= 0:  # fmt: skip
            return "paid"
        if self._get_valid_release():
            return "released"
        return False

    def _get_valid_release(self):
        """Return the release that covers an order as it stands, if there is one.

        It covers its amount until its day, unless the customer was put on hold by hand after it.
        """
        self.ensure_one()
        root = self.company_id.root_id
        releases = self.env["credit.release"].sudo()  # granted for whoever confirms
        if not self._origin.id:
            return releases
        debtor = self._get_credit_debtor()
        found = releases.search(
            [
                ("order_id", "=", self._origin.id),
                ("partner_id", "=", debtor.id),
                ("state", "=", "granted"),
                ("currency_id", "=", self.currency_id.id),
                ("date_until", ">=", root.sudo()._get_credit_today()),
            ]
        ).filtered(
            lambda release: self.currency_id.compare_amounts(self.amount_total, release.amount) <= 0
        )
        if not found:
            return found
        customers = debtor | self.sudo().partner_id.commercial_partner_id.with_env(self.env)
        later = self.env["credit.hold"].sudo().search(
            [
                ("partner_id", "in", customers.ids),
                ("company_id", "=", root.id),
                ("source", "=", "manual"),
                ("level", "=", "hold"),
                ("live", "=", True),
            ]
        )  # fmt: skip
        last = max(later.mapped("date_from"), default=False)
        return found.filtered(lambda release: not last or release.decided_on >= last)[:1]

    # === DECISION === #

    def _get_credit_decisions(self, lock=True) -> dict:
        """Judge orders of whatever state as if all of them were confirmed at once.

        The orders of one customer are summed. Those that need no credit (see
        ``_get_credit_pass``) are never refused, but count.

        :return: {order: (decision of ``credit.check`` about its debtor, reason of passing or
            False)}; the customer's own hold counts beside the debtor's
        """
        result = {}
        for company, orders in self.grouped(lambda o: o.company_id.root_id).items():
            claims: dict = {}
            pending = orders.filtered(lambda order: order.state != "sale")
            # What the orders take does not depend on who looks; all of it is to be delivered.
            env = self.with_context(credit_open_order_ids=tuple(orders.ids)).env
            amounts = env["credit.exposure"].sudo()._get_order_claims(pending)
            for order in orders:
                debtor = order._get_credit_debtor()
                claim = amounts.get(order.id, 0.0)
                if claim > 0:
                    _paid, waiting = order._get_credit_paid()
                    claim -= min(
                        claim,
                        self.env["credit.exposure"]._convert(
                            waiting, order.currency_id, company.sudo()
                        ),
                    )
                claims[debtor] = claims.get(debtor, 0.0) + claim
            decisions = env["credit.check"]._decide(company, claims, lock=lock)
            customers = orders.sudo().partner_id.commercial_partner_id
            holds = self.env["credit.hold"].sudo()._get_holds(customers, company.sudo())
            for order in orders:
                decision = decisions[order._get_credit_debtor().id]
                hold = holds.get(order.sudo().partner_id.commercial_partner_id.id)
                if hold and hold["level"] == "hold" and decision["reason"] != "hold":
                    decision = {**decision, "reason": "hold", "hold": hold}
                result[order] = (decision, order._get_credit_pass())
        return result

    def _check_credit(self):
        """Refuse, for users and programs alike, orders that the customers' credit does not allow.

        Called when the orders are in the state "sale" already: an error undoes that.

        :raises UserError: with the figures, for all the refused orders together
        """
        refused = []
        states: dict = {}
        for order, (decision, passes) in self._get_credit_decisions().items():
            if decision["reason"] and not passes:
                refused.append((order, decision))
            else:
                used = decision["reason"] and passes == "released"
                states[order] = "released" if used else "ok"
        if refused:
            raise UserError(self._get_refusal(refused))
        for order, state in states.items():
            # An order released before stays recognisable.
            if order.credit_state != state and order.credit_state != "released":
                order._set_credit_state(state)

    def _get_refusal(self, refused) -> str:
        """Return the error message of refused orders: names and figures, customer by customer."""
        parts = []
        by_debtor: dict = {}
        for order, decision in refused:
            by_debtor.setdefault(order._get_credit_debtor(), []).append((order, decision))
        for debtor, rows in by_debtor.items():
            parts.append(
                self.env._(
                    "Credit check: %(orders)s cannot go on.\n%(why)s",
                    orders=", ".join(order.name for order, _decision in rows),
                    why=self.env["credit.check"]._get_message(
                        debtor, rows[0][1], rows[0][0].company_id
                    ),
                )
            )
        parts.append(
            self.env._("Ask for a release on the order, or for a higher limit on the customer.")
        )
        return "\n\n".join(parts)

    def _set_credit_state(self, state):
        # The buyer, a salesperson or a program confirms: the state is ours to write.
        self.sudo().with_context(**gate.open_gate()).write({"credit_state": state})

    # === HOLD AND RELEASE === #

    def _hold_on_credit(self):
        """Hold the orders that the check would refuse, without raising (rule 14).

        Signature and payment stay; the order is visibly held and its approver gets an activity.

        :return: the held orders
        """
        held = self.browse()
        orders = self.filtered(lambda order: order.state in ("draft", "sent"))
        for order, (decision, passes) in orders._get_credit_decisions().items():
            if not decision["reason"] or passes:
                continue
            held |= order
            if order.credit_state != "held":
                order._set_credit_state("held")
            order._request_release(
                self.env._("Confirmed by the customer"), decision, origin="customer"
            )
        return held

    def _request_release(self, reason, decision=None, origin="user"):
        """Record that a release is asked for, once while it is open, and tell the approver.

        :return: the request
        """
        self.ensure_one()
        if decision is None:
            decision = self._get_credit_decisions(lock=False)[self][0]
        order = self.sudo()  # a buyer or salesperson asks, the record is not his to write
        release = order.credit_release_ids.filtered(lambda r: r.state == "requested")
        values = {
            "amount": order.amount_total,
            "currency_id": order.currency_id.id,
            "partner_id": order._get_credit_debtor().id,
            "exposure": decision["exposure"],
            "limit": decision["limit"] or 0.0,
            "unlimited": decision["limit"] is None,
            "missing": decision["missing"],
            "message": self.env["credit.check"]._get_message(
                self._get_credit_debtor(), decision, self.company_id
            ),
        }
        if release:
            release._write_gated(values)
            return release
        release = (
            release.with_context(**gate.open_gate())
            .create(
                {
                    **values,
                    "order_id": order.id,
                    "reason": reason,
                    "origin": origin,
                    "requested_by_id": self.env.uid,
                }
            )
            .with_context(credit_gate=None)
        )
        approvers = order.company_id._get_credit_approvers(order._get_credit_total())
        approver = approvers[:1] or order.company_id._get_credit_responsible()
        order.activity_schedule(
            "credit_mgmt_sale.mail_activity_type_release",
            summary=self.env._(
                "Release of %(order)s (%(amount)s) asked",
                order=order.name,
                amount=formatLang(self.env, order.amount_total, currency_obj=order.currency_id),
            ),
            note=reason,
            user_id=approver.id,
        )
        return release

    def _confirm_released(self, release):
        """Confirm an order that was released, as the customer or the salesperson wanted to."""
        self.ensure_one()
        self.with_context(send_email=release.origin == "customer").action_confirm()

    def _get_release_sentence(self) -> str:
        release = self._get_valid_release()
        return self.env._(
            "Released by %(user)s up to %(amount)s until %(date)s.",
            user=release.decided_by_id.name,
            amount=formatLang(self.env, release.amount, currency_obj=release.currency_id),
            date=fields.Date.to_string(release.date_until),
        )

    def action_ask_credit_release(self):
        """Open the wizard that asks the approver to release the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for a release"),
            "res_model": "credit.release.ask",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def action_credit_release(self):
        """Release the orders and confirm those that wait for it: one click of the approver."""
        for order in self:
            release = order.sudo().credit_release_ids.filtered(lambda r: r.state == "requested")
            if not release:
                release = order._request_release(self.env._("Released without being asked"))
            release.sudo(False).action_grant()
        return True

    def action_credit_refuse(self):
        """Refuse the releases asked for the orders."""
        for order in self:
            releases = order.sudo().credit_release_ids.filtered(lambda r: r.state == "requested")
            releases.sudo(False).action_refuse()
        return True

    def action_open_credit_releases(self):
        """Open the releases of the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Releases"),
            "res_model": "credit.release",
            "view_mode": "list,form",
            "domain": [("order_id", "=", self.id)],
        }
