from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """What a customer said about the invoices."""

    _inherit = "res.partner"

    late_reason_id = fields.Many2one(
        "credit.late.reason",
        string="Usual Reason of Lateness",
        index="btree_not_null",
        tracking=True,
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="For the invoices that have none of their own.",
    )
    promise_count = fields.Integer(
        compute="_compute_claim_counts", groups="credit_mgmt.credit_mgmt_group_viewer"
    )
    promise_broken_count = fields.Integer(
        string="Broken Promises",
        compute="_compute_claim_counts",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    dispute_count = fields.Integer(
        string="Open Disputes",
        compute="_compute_claim_counts",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    plan_count = fields.Integer(
        string="Payment Plans",
        compute="_compute_claim_counts",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )

    @api.depends_context("company")
    def _compute_claim_counts(self):
        domain = [
            ("partner_id", "in", self.commercial_partner_id.ids),
            ("company_id", "=", self.env.company.root_id.id),
        ]

        def count(model, *further):
            return {
                partner.id: number
                for partner, number in self.env[model]._read_group(
                    [*domain, *further], ["partner_id"], ["__count"]
                )
            }

        counts = {
            "promise_count": count("credit.promise"),
            "promise_broken_count": count(
                "credit.promise", ("state", "in", ("broken", "partly_kept"))
            ),
            "dispute_count": count("credit.dispute", ("state", "!=", "closed")),
            "plan_count": count("credit.payment.plan"),
        }
        for partner in self:
            for name, found in counts.items():
                partner[name] = found.get(partner.commercial_partner_id.id, 0)

    @api.model
    def _commercial_fields(self):
        return super()._commercial_fields() + ["late_reason_id"]

    # === ACTIONS === #

    def _get_open_debts(self):
        """Return the open debts of the selected customers in the user's main company."""
        items = self.env["credit.receivable"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("root_company_id", "=", self.env.company.root_id.id),
                ("amount_residual", ">", 0),
                ("kind", "!=", "payment"),
            ]
        )
        if not items:
            raise UserError(self.env._("Nothing is open: there is nothing to record."))
        return items

    def action_promise(self):
        """Record a promise of the customer over the whole balance."""
        return self._get_open_debts().action_promise()

    def action_payment_plan(self):
        """Draw up a payment plan for all open debts of the customer."""
        return self._get_open_debts().action_payment_plan()

    def action_set_late_reason(self):
        """Say why the selected customers pay late."""
        return self._open_dunning_wizard("credit.late.reason.set", self.env._("Reason of lateness"))

    def action_ask_to_wait(self):
        """Ask to leave the customer alone until a date."""
        return self.env["credit.wait.request.create"]._open(partners=self)

    def _open_claims(self, model, name, views="list,form"):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": views,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }

    def action_open_promises(self):
        """Open the promises of the customer."""
        return self._open_claims("credit.promise", self.env._("Promises"))

    def action_open_disputes(self):
        """Open the disputes of the customer."""
        return self._open_claims("credit.dispute", self.env._("Disputes"), "list,form,pivot,graph")

    def action_open_plans(self):
        """Open the payment plans of the customer."""
        return self._open_claims("credit.payment.plan", self.env._("Payment plans"))
