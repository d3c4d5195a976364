from odoo import api, fields, models


class CreditLateCostDetail(models.TransientModel):
    """The computation of late costs, until a day that can be chosen."""

    _name = "credit.late.cost.detail"
    _description = "Computation of Late Costs"

    date = fields.Date(
        string="Until",
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
        help="Last day that bears interest: today, or the day on which the payment is expected.",
    )
    # A salesperson has no right on journal items: see _get_readable for what is shown of them.
    item_ids = fields.Json(readonly=True)
    computation_html = fields.Html(compute="_compute_computation_html", sanitize=False)

    @api.model
    def _open(self, items):
        """Return the action that shows the computation of journal items."""
        wizard = self.create({"item_ids": items.ids})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Computation of late costs"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.depends("date", "item_ids")
    def _compute_computation_html(self):
        for wizard in self:
            wizard.computation_html = self.env["ir.qweb"]._render(
                "credit_mgmt.credit_late_cost_computation",
                {"rows": wizard._get_rows(), "date": wizard.date},
            )

    def _get_readable(self):
        """Return the items that the user may see, as journal item, receivable or late cost."""
        ids = [item_id for item_id in self.item_ids or [] if isinstance(item_id, int)]
        readable = {
            row_id
            for model in ("credit.receivable", "credit.late.cost")
            for row_id in self.env[model].search([("id", "in", ids)])._ids
        }
        own = self.env["account.move.line"].browse(ids).exists()
        if own.has_access("read"):
            readable |= set(own._filtered_access("read")._ids)
        # The rights were looked at just now; a salesperson has none on the item itself.
        return own.sudo().filtered(lambda item: item.id in readable)

    def _get_rows(self) -> list[dict]:
        """Return what the dialog shows of each item: ``item``, ``cost``, ``currency``, texts."""
        self.ensure_one()
        Engine = self.env["credit.late.cost.engine"]
        Level = self.env["credit.dunning.level"]
        items = self._get_readable()
        costs = Engine._get_late_costs(items, self.date)
        reasons = Engine._get_reasons()
        return [
            {
                "item": item,
                "cost": costs[item.id],
                "currency": item.currency_id,
                "subtitle": self.env._(
                    "%(customer)s, due on %(date)s",
                    customer=item.partner_id.commercial_partner_id.name or "",
                    date=Level._format_date(item.date_maturity or item.date),
                ),
                "notes": self._get_notes(costs[item.id], reasons),
                "warning": self.env["credit.interest.term"]._get_warning(
                    costs[item.id].missing_from
                ),
            }
            for item in items.sorted(lambda line: (line.date_maturity or line.date, line.id))
        ]

    @api.model
    def _get_notes(self, cost, reasons) -> list[str]:
        """Return what is to be said of a computation: its terms, or why there is nothing."""
        notes = []
        if cost.reason:
            notes.append(reasons[cost.reason])
        if cost.term:
            basis = cost.term.legal_basis
            notes.append(f"{cost.term.name} ({basis})" if basis else cost.term.name)
        if cost.own_rate:
            notes.append(self.env._("Agreed on the invoice: %s %% a year", f"{cost.own_rate:g}"))
        if cost.partly_covered and not cost.reason:
            notes.append(self.env._("Without the days that were booked or waived"))
        return notes
