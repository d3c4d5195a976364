from odoo import api, fields, models


class CreditReceivable(models.Model):
    """What the lateness of an open item costs to date."""

    _inherit = "credit.receivable"

    late_interest = fields.Monetary(compute="_compute_late_costs", currency_field="currency_id")
    late_indemnity = fields.Monetary(
        string="Fixed Indemnity",
        compute="_compute_late_costs",
        currency_field="currency_id",
        help="Once per invoice: on its oldest late instalment.",
    )
    late_cost_warning = fields.Char(compute="_compute_late_costs")

    @api.depends_context("receivable_date")
    def _compute_late_costs(self):
        costs = self.env["credit.late.cost.engine"]._get_late_costs(self)
        Term = self.env["credit.interest.term"]
        for item in self:
            cost = costs[item.id]
            item.late_interest = cost.interest
            item.late_indemnity = cost.indemnity
            item.late_cost_warning = Term._get_warning(cost.missing_from)

    def action_open_late_cost_detail(self):
        """Show how interest and indemnity of the items are computed."""
        return self.env["credit.late.cost.detail"]._open(self.move_line_id)
