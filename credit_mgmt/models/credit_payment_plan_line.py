from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..tools import schedule


class CreditPaymentPlanLine(models.Model):
    """An instalment of a payment plan; payments settle the oldest one first."""

    _name = "credit.payment.plan.line"
    _description = "Instalment"
    _order = "date, id"

    plan_id = fields.Many2one("credit.payment.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="plan_id.partner_id", string="Customer", store=True, index=True
    )
    user_id = fields.Many2one(related="plan_id.user_id", string="Owner", store=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date(required=True, index=True)
    amount = fields.Monetary(required=True)
    amount_interest = fields.Monetary(
        string="Interest",
        compute="_compute_amount_interest",
        store=True,
        help="Simple interest on what is owed until then, to be paid beside the instalment.",
    )
    amount_total = fields.Monetary(
        string="To Pay",
        compute="_compute_amount_total",
        help="The instalment and its interest.",
    )
    amount_settled = fields.Monetary(string="Settled", compute="_compute_state")
    state = fields.Selection(
        [("waiting", "Not due"), ("due", "Late"), ("paid", "Paid")],
        compute="_compute_state",
        help="Read from the ledger: payments on the items of the plan, the oldest instalment "
        "first.",
    )
    late_told = fields.Boolean(readonly=True)

    _check_amount = models.Constraint("CHECK(amount > 0)", "An instalment must be above zero.")

    @api.depends(
        "plan_id.interest_rate", "plan_id.date", "plan_id.line_ids.date", "plan_id.line_ids.amount"
    )
    def _compute_amount_interest(self):
        for plan, own in self.grouped("plan_id").items():
            lines = plan.line_ids.filtered("date").sorted(lambda line: (line.date, line.id or 0))
            costs = schedule.interest(
                plan.date or fields.Date.today(),
                [(line.date, Decimal(str(line.amount))) for line in lines],
                Decimal(str(plan.interest_rate)),
                plan.currency_id.decimal_places or 2,
            )
            by_line = dict(zip(lines, costs, strict=True))
            # Reading the instalments may just have made them anew: these are gone then.
            for line in own.exists():
                line.amount_interest = float(by_line.get(line, 0))

    @api.depends("amount", "amount_interest")
    def _compute_amount_total(self):
        for line in self:
            line.amount_total = line.amount + line.amount_interest

    @api.depends("plan_id.amount_settled", "plan_id.line_ids.amount", "plan_id.line_ids.date")
    def _compute_state(self):
        for plan, own in self.grouped("plan_id").items():
            left = plan.amount_settled
            today = (plan.company_id or self.env.company)._get_credit_today()
            rows = {}
            for line in plan.line_ids.filtered("date").sorted(
                lambda line: (line.date, line.id or 0)
            ):
                settled = min(left, line.amount)
                left -= settled
                paid = not plan.currency_id.compare_amounts(settled, line.amount)
                waits = "due" if line.date < today else "waiting"
                rows[line] = (settled, "paid" if paid and line.amount else waits)
            for line in own:
                line.amount_settled, line.state = rows.get(line, (0.0, "waiting"))

    @api.depends("partner_id", "amount")
    def _compute_display_name(self):
        for line in self:
            currency = line.currency_id or self.env.company.currency_id
            amount = format_amount(self.env, line.amount, currency)
            line.display_name = f"{line.partner_id.name or ''} {amount}".strip()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        if {"date", "amount", "plan_id"} & set(vals):
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self._check_draft()

    def _check_draft(self):
        if self.plan_id.filtered(lambda plan: plan.stage != "draft"):
            raise UserError(
                self.env._("The instalments of a plan that was proposed cannot change.")
            )
