from odoo import api, fields, models


class CreditDunningSkip(models.Model):
    """An item or customer that a run leaves out, and the reason."""

    _name = "credit.dunning.skip"
    _description = "Left Out of a Reminder Run"
    _rec_name = "partner_id"
    _order = "run_id desc, partner_id, id"

    run_id = fields.Many2one("credit.dunning.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", index="btree_not_null")
    move_line_id = fields.Many2one(
        "account.move.line", string="Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice or Entry",
        index="btree_not_null",
        ondelete="set null",
    )
    scope = fields.Selection([("customer", "Customer"), ("item", "Item")], required=True)
    reason = fields.Selection(selection="_selection_reason", required=True)
    detail = fields.Char(help="What the reason refers to: a date, a reminder, an amount.")
    amount = fields.Monetary(currency_field="company_currency_id")
    days_overdue = fields.Integer(aggregator="max")
    level_id = fields.Many2one("credit.dunning.level", string="Level Not Sent", ondelete="set null")

    @api.model
    def _selection_reason(self) -> list[tuple[str, str]]:
        return self.env["credit.receivable"]._selection_exclusion_reason() + self._get_run_reasons()

    @api.model
    def _get_run_reasons(self) -> list[tuple[str, str]]:
        """Return the reasons that only a run can know, besides those of the items."""
        return [
            ("waiting", self.env._("Next level not reached yet")),
            ("last_level", self.env._("Last level of the policy reached")),
            (
                "needs_reminder",
                self.env._("Formal notice without an earlier reminder received"),
            ),
            ("not_selected", self.env._("Not among the selected items")),
            ("same_level", self.env._("Already reminded at this level")),
            ("formal_running", self.env._("Formal notice running")),
            ("already_prepared", self.env._("A reminder is prepared, not sent yet")),
            (
                "unresolved",
                self.env._("A failed or uncertain reminder waits for a decision"),
            ),
            ("net_covered", self.env._("Covered by credits or payments to allocate")),
            ("within_tolerance", self.env._("Within the tolerance")),
            ("below_floor", self.env._("Below the floor")),
            ("contacted_on", self.env._("Contacted a short time ago")),
            ("not_a_send_day", self.env._("No sending on this day")),
            ("no_address", self.env._("No usable address")),
            ("dropped", self.env._("Taken out by hand")),
        ]

    def action_open_item(self):
        """Open the invoice or entry, or the customer when the reason is the customer's."""
        self.ensure_one()
        record = self.move_id or self.partner_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
