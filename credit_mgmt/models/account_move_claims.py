from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """What the customer said about an invoice."""

    _inherit = "account.move"

    late_reason_id = fields.Many2one(
        "credit.late.reason",
        string="Reason of Lateness",
        index="btree_not_null",
        copy=False,
        tracking=True,
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    expected_payment_date = fields.Date(
        string="Expected Payment",
        compute="_compute_expected_payment_date",
        search="_search_expected_payment_date",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="The last date promised, planned or expected of a collection for what is open.",
    )
    dispute_ids = fields.One2many(
        "credit.dispute",
        "move_id",
        string="Disputes",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    amount_disputed = fields.Monetary(
        string="Disputed",
        compute="_compute_expected_payment_date",
        currency_field="company_currency_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    promise_count = fields.Integer(
        compute="_compute_claim_counts", groups="credit_mgmt.credit_mgmt_group_viewer"
    )
    dispute_count = fields.Integer(
        compute="_compute_claim_counts", groups="credit_mgmt.credit_mgmt_group_viewer"
    )
    plan_count = fields.Integer(
        compute="_compute_claim_counts", groups="credit_mgmt.credit_mgmt_group_viewer"
    )

    @api.depends_context("receivable_date")
    def _compute_expected_payment_date(self):
        # As for the dunning figures: the user reads the invoice.
        rows = dict.fromkeys(self.ids, (False, 0.0))
        for move, expected, disputed in (
            self.env["credit.receivable"]
            .sudo()
            ._read_group(
                [("move_id", "in", self.ids)],
                ["move_id"],
                ["expected_payment_date:max", "amount_disputed:sum"],
            )
        ):
            rows[move.id] = (expected, disputed)
        for move in self:
            expected, disputed = rows.get(move._origin.id, (False, 0.0))
            move.expected_payment_date = expected
            move.amount_disputed = disputed

    def _search_expected_payment_date(self, operator, value):
        if operator not in ("<", "<=", ">", ">=", "in"):
            return NotImplemented
        return self.env["credit.receivable"]._get_owner_domain(
            [("expected_payment_date", operator, value)], "move_id"
        )

    def _compute_claim_counts(self):
        counted = {}
        for name, model, owner in (
            ("promise_count", "credit.promise.item", "promise_id:count_distinct"),
            ("dispute_count", "credit.dispute", "__count"),
            ("plan_count", "credit.payment.plan.item", "plan_id:count_distinct"),
        ):
            rows = self.env[model]._read_group([("move_id", "in", self.ids)], ["move_id"], [owner])
            counted[name] = {move.id: count for move, count in rows}
        for move in self:
            for name, counts in counted.items():
                move[name] = counts.get(move._origin.id, 0)

    # === CONSISTENCY === #

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        # The posting accountant needs no right on promises for them to follow the invoice.
        for model in (
            "credit.promise.item",
            "credit.payment.plan.item",
            "credit.dispute.item",
            "credit.collection",
        ):
            self.env[model].sudo()._relink(posted)
        return posted

    # === ACTIONS === #

    def action_promise(self):
        """Record what the customer promises for the selected invoices."""
        return self._get_receivable_items().action_promise()

    def action_dispute(self):
        """Record that the customer disputes the invoice."""
        return self._get_receivable_items().action_dispute()

    def action_payment_plan(self):
        """Draw up a payment plan for the selected invoices."""
        return self._get_receivable_items().action_payment_plan()

    def action_collect(self):
        """Mark the selected invoices as factored or under collection."""
        return self._get_receivable_items().action_collect()

    def action_ask_to_wait(self):
        """Ask to leave the invoice alone until a date."""
        return self._get_receivable_items().action_ask_to_wait()

    def action_set_late_reason(self):
        """Say why the selected invoices are late."""
        if not self:
            raise UserError(self.env._("Select at least one invoice."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reason of lateness"),
            "res_model": "credit.late.reason.set",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": [fields.Command.set(self.ids)]},
        }

    def _open_claims(self, model, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
        }

    def action_open_promises(self):
        """Open the promises that cover the invoice."""
        return self._open_claims(
            "credit.promise", self.env._("Promises"), [("item_ids.move_id", "in", self.ids)]
        )

    def action_open_disputes(self):
        """Open the disputes of the invoice."""
        return self._open_claims(
            "credit.dispute", self.env._("Disputes"), [("move_id", "in", self.ids)]
        )

    def action_open_plans(self):
        """Open the payment plans that cover the invoice."""
        return self._open_claims(
            "credit.payment.plan",
            self.env._("Payment plans"),
            [("item_ids.move_id", "in", self.ids)],
        )
