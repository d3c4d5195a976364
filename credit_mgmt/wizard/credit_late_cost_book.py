from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditLateCostBook(models.TransientModel):
    """Books late costs on request: always drafts, one per customer (rule 12)."""

    _name = "credit.late.cost.book"
    _description = "Book Late Costs"

    date = fields.Date(
        string="Until",
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
        help="Last day whose interest is booked, and date of the drafts.",
    )
    move_line_ids = fields.Many2many("account.move.line", string="Items")
    with_interest = fields.Boolean(string="Late Interest", default=True)
    with_indemnity = fields.Boolean(string="Fixed Indemnity", default=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_totals")
    item_count = fields.Integer(string="Items With Costs", compute="_compute_totals")
    partner_count = fields.Integer(string="Customers", compute="_compute_totals")
    totals = fields.Char(compute="_compute_totals")
    warning = fields.Text(compute="_compute_totals")

    @api.model
    def _open(self, items):
        """Return the action of the wizard on journal items."""
        items.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Book late costs"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_line_ids": [fields.Command.set(items.ids)]},
        }

    @api.depends("date", "move_line_ids", "with_interest", "with_indemnity")
    def _compute_totals(self):
        for wizard in self:
            items = wizard.move_line_ids._origin
            costs = self.env["credit.late.cost.engine"]._get_late_costs(items, wizard.date)
            totals, warnings, partners, count = {}, [], set(), 0
            for item in items:
                cost = costs[item.id]
                amount = cost.interest * wizard.with_interest
                amount += cost.indemnity * wizard.with_indemnity
                if item.currency_id.is_zero(amount):
                    continue
                count += 1
                partners.add(item.partner_id.commercial_partner_id.id)
                totals[item.currency_id] = totals.get(item.currency_id, 0.0) + amount
                warning = self.env["credit.interest.term"]._get_warning(cost.missing_from)
                if warning and wizard.with_interest and warning not in warnings:
                    warnings.append(warning)
            wizard.currency_id = items.currency_id[:1]
            wizard.item_count = count
            wizard.partner_count = len(partners)
            wizard.totals = self.env["credit.dunning.level"]._format_amounts(totals)
            wizard.warning = "\n".join(warnings)

    def action_book(self):
        """Create the drafts and show them."""
        self.ensure_one()
        if not self.with_interest and not self.with_indemnity:
            raise UserError(self.env._("Choose what to book: the interest, the indemnity or both."))
        moves = self.env["credit.late.cost.claim"]._book(
            self.move_line_ids,
            date=self.date,
            with_interest=self.with_interest,
            with_indemnity=self.with_indemnity,
        )
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Drafts of late costs"),
            "res_model": "account.move",
            "domain": [("id", "in", moves.ids)],
            "view_mode": "list,form",
        }
        if len(moves) == 1:
            action |= {"view_mode": "form", "res_id": moves.id}
        return action
