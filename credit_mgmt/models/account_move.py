from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    dunning_level_id = fields.Many2one(
        "credit.dunning.level",
        compute="_compute_dunning",
        search="_search_dunning_level_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    dunning_date = fields.Date(
        string="Last Reminder",
        compute="_compute_dunning",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    days_overdue = fields.Integer(
        compute="_compute_dunning",
        search="_search_days_overdue",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="Of the oldest open instalment.",
    )
    next_dunning_date = fields.Date(
        string="Next Reminder",
        compute="_compute_dunning",
        search="_search_next_dunning_date",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    dunning_exclusion_reason = fields.Char(
        string="Left Out Because",
        compute="_compute_dunning",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    dunning_notice_count = fields.Integer(
        compute="_compute_dunning_notice_count",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )

    @api.depends_context("receivable_date")
    def _compute_dunning(self):
        # The figures describe invoices that the user reads; the rule of the receivables would
        # hide those of other salespeople's customers.
        items = self.env["credit.receivable"].sudo().search([("move_id", "in", self.ids)])
        labels = dict(self.env["credit.receivable"]._selection_exclusion_reason())
        by_move = items.grouped("move_id")
        for move in self:
            rows = by_move.get(move._origin, items.browse())
            reasons = dict.fromkeys(filter(None, rows.mapped("exclusion_reason")))
            move.dunning_level_id = rows.dunning_level_id.sorted("delay_days")[-1:]
            move.dunning_date = max(filter(None, rows.mapped("dunning_date")), default=False)
            move.days_overdue = max([0, *rows.mapped("days_overdue")])
            move.next_dunning_date = min(
                filter(
                    None,
                    rows.filtered(lambda row: not row.exclusion_reason).mapped("next_dunning_date"),
                ),
                default=False,
            )
            move.dunning_exclusion_reason = ", ".join(labels[reason] for reason in reasons)

    def _compute_dunning_notice_count(self):
        counts = dict(
            self.env["credit.dunning.notice.line"]._read_group(
                [("move_id", "in", self.ids)], ["move_id"], ["notice_id:count_distinct"]
            )
        )
        for move in self:
            move.dunning_notice_count = counts.get(move._origin, 0)

    def _search_dunning_level_id(self, operator, value):
        return self.env["credit.receivable"]._get_level_domain(operator, value, "move_id")

    def _search_days_overdue(self, operator, value):
        if operator not in ("<", "<=", ">", ">=", "in"):
            return NotImplemented
        return self.env["credit.receivable"]._get_owner_domain(
            [("days_overdue", operator, value)], "move_id"
        )

    def _search_next_dunning_date(self, operator, value):
        if operator not in ("<", "<=", ">", ">=", "in"):
            return NotImplemented
        return self.env["credit.receivable"]._get_owner_domain(
            [("next_dunning_date", operator, value), ("exclusion_reason", "=", False)],
            "move_id",
        )

    # === CONSISTENCY === #

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._keep_dunning_levels()
        return posted

    def _keep_dunning_levels(self):
        """Keep the highest level of invoices posted again after a change (rule 4).

        Resetting to draft may delete or re-date the items that were reminded. The earliest
        surviving item of each invoice then takes the highest live claim over, and the chatter
        says so. Nothing printed changes.
        """
        # The posting accountant needs no right on reminders for their history to stay right.
        lines = self.env["credit.dunning.notice.line"].sudo()
        claims = lines.search(
            [("move_id", "in", self.ids), ("live", "=", True), ("kind", "=", "claimed")]
        )
        bodies = {}
        for move, move_claims in claims.grouped("move_id").items():
            items = move.line_ids.filtered(
                lambda line: (
                    line.account_id.account_type == "asset_receivable" and not line.reconciled
                )
            ).sorted(lambda line: (line.date_maturity or line.date, line.id))
            if not items:
                continue
            moved = move_claims.filtered(
                lambda claim: (
                    not claim.move_line_id
                    or claim.move_line_id.date_maturity != claim.date_maturity
                )
            )
            highest = move_claims.sorted(lambda claim: (claim.level_id.delay_days, claim.id))[-1:]
            earliest = items[0]
            if not moved or highest.move_line_id == earliest:
                continue
            # Its own claim of the same level may be there already: then it is at that level.
            if any(
                claim.move_line_id == earliest and claim.level_id == highest.level_id
                for claim in move_claims
            ):
                continue
            highest.move_line_id = earliest
            bodies[move.id] = self.env._(
                "The dunning level %(level)s was kept on the item due on %(date)s.",
                level=highest.level_id.name,
                date=fields.Date.to_string(earliest.date_maturity or earliest.date),
            )
        if bodies:
            self.browse(bodies)._message_log_batch(bodies=bodies)

    # === ACTIONS === #

    def _get_receivable_items(self):
        """Return the open receivable items of the selected invoices and entries.

        :raises UserError: there is none
        """
        items = self.env["credit.receivable"].search([("move_id", "in", self.ids)])
        if not items:
            raise UserError(
                self.env._("The selection has no open receivable: nothing to remind of.")
            )
        return items

    def action_send_reminders(self):
        """Open the wizard that shows what a reminder for the selected invoices would be."""
        return self.env["credit.dunning.send"]._open(items=self._get_receivable_items())

    def action_open_dunning_notices(self):
        """Open the reminders that list the invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reminders"),
            "res_model": "credit.dunning.notice",
            "view_mode": "list,kanban,form",
            "domain": [("line_ids.move_id", "=", self.id)],
        }

    def _open_dunning_wizard(self, model, name):
        items = self._get_receivable_items()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_line_ids": [fields.Command.set(items.ids)]},
        }

    def action_exclude_from_dunning(self):
        """Open the wizard that leaves the selected invoices out until a date."""
        return self._open_dunning_wizard(
            "credit.dunning.exclude", self.env._("Leave out of reminders")
        )

    def action_reset_dunning_level(self):
        """Open the wizard that resets the dunning levels of the selected invoices."""
        return self._open_dunning_wizard(
            "credit.dunning.reset.wizard", self.env._("Reset dunning level")
        )

    def action_toggle_no_followup(self):
        """Switch Odoo's own no-follow-up flag of the receivable items of entries and invoices."""
        items = self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        by_flag = defaultdict(items.browse)
        for item in items:
            by_flag[item.no_followup] |= item
        for flag, lines in by_flag.items():
            lines.no_followup = not flag
        return True
