from odoo import api, fields, models


class AccountMove(models.Model):
    """Until when an invoice can be claimed in court."""

    _inherit = "account.move"

    limitation_date = fields.Date(
        string="Limitation",
        compute="_compute_limitation_date",
        search="_search_limitation_date",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="Last day to claim it in court, at the earliest: a part payment, a signed plan or a "
        "recorded interruption starts the years again, a formal notice does not.",
    )

    @api.depends_context("receivable_date")
    def _compute_limitation_date(self):
        # As for the dunning figures: the user reads the invoice.
        rows = (
            self.env["credit.receivable"]
            .sudo()
            ._read_group([("move_id", "in", self.ids)], ["move_id"], ["limitation_date:min"])
        )
        dates = {move.id: first for move, first in rows}
        for move in self:
            move.limitation_date = dates.get(move._origin.id, False)

    def _search_limitation_date(self, operator, value):
        if operator not in ("<", "<=", ">", ">=", "in"):
            return NotImplemented
        return self.env["credit.receivable"]._get_owner_domain(
            [("limitation_date", operator, value)], "move_id"
        )

    def action_interrupt_limitation(self):
        """Record what interrupts the limitation of the selected invoices."""
        return self.env["credit.acknowledgement"]._open_for(self)
