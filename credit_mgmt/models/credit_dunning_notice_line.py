from odoo import api, fields, models
from odoo.exceptions import UserError

#: What may still change on the line of a sent notice: nothing that was printed.
_BOOKKEEPING_FIELDS = {"live", "reset_id", "move_line_id"}


class CreditDunningNoticeLine(models.Model):
    """An item in a notice, as printed: a snapshot that outlives the journal item."""

    _name = "credit.dunning.notice.line"
    _description = "Reminder Line"
    _order = "notice_id, date_maturity, id"

    notice_id = fields.Many2one(
        "credit.dunning.notice", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one(related="notice_id.partner_id", string="Customer")
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice or Entry",
        index="btree_not_null",
        ondelete="set null",
    )
    kind = fields.Selection(
        [
            ("claimed", "Claimed"),
            ("recalled", "Recalled"),
            ("not_due", "Not due"),
            ("credit", "Credit"),
        ],
        required=True,
    )
    level_id = fields.Many2one(
        "credit.dunning.level",
        index="btree_not_null",
        ondelete="restrict",
    )
    live = fields.Boolean(
        help="The line counts for the item's dunning level. Ended by a cancelled notice or a "
        "reset only."
    )
    reset_id = fields.Many2one(
        "credit.dunning.reset",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    name = fields.Char(string="Number")
    date = fields.Date(string="Reminder Date", help="Day of the reminder that claims the item.")
    invoice_date = fields.Date(string="Date")
    date_maturity = fields.Date(string="Due Date")
    days_overdue = fields.Integer(aggregator="max")
    currency_id = fields.Many2one("res.currency", required=True)
    amount_total = fields.Monetary(string="Original Amount", currency_field="currency_id")
    amount_paid = fields.Monetary(string="Paid", currency_field="currency_id")
    amount_residual_currency = fields.Monetary(
        string="Open in Currency", currency_field="currency_id"
    )
    amount_residual = fields.Monetary(string="Open Amount", currency_field="company_currency_id")
    amount_held_currency = fields.Monetary(
        string="Disputed or Promised",
        currency_field="currency_id",
        help="The part of the open amount that the reminder does not ask for.",
    )

    _claimed_once = models.UniqueIndex(
        "(move_line_id, level_id) WHERE live AND kind = 'claimed'",
        "This item was claimed at this dunning level already, by another run. "
        "Prepare the run again.",
    )
    _live_claims = models.Index("(move_line_id) WHERE live AND kind = 'claimed'")

    def write(self, vals):
        if set(vals) - _BOOKKEEPING_FIELDS and self.notice_id.filtered("sent_date"):
            raise UserError(self.env._("A reminder that was sent is evidence: it cannot change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.notice_id.filtered("sent_date"):
            raise UserError(
                self.env._("A reminder that was sent is evidence: it cannot be deleted.")
            )

    @api.model
    def _prepare_line_values(self, notice_date, company, row) -> dict:
        """Return the snapshot of a decided row (see ``credit.dunning.run._decide``)."""
        return {
            "company_id": company.id,
            "move_line_id": row["id"],
            "move_id": row["move_id"],
            "kind": row["role"],
            "level_id": row["level_id"] if row["role"] == "claimed" else False,
            "live": row["role"] == "claimed",
            "name": row["name"],
            "date": notice_date,
            "invoice_date": row["date"],
            "date_maturity": row["date_maturity"],
            "days_overdue": row["days_overdue"],
            "currency_id": row["currency_id"],
            "amount_total": row["amount_total"],
            "amount_paid": row["amount_total"]
            - row["amount_residual_currency"]
            - row["amount_held_currency"],
            "amount_held_currency": row["amount_held_currency"],
            "amount_residual_currency": row["amount_residual_currency"],
            "amount_residual": row["amount_residual"],
        }

    @api.model
    def _hold_back(self, rows) -> list[dict]:
        """Take what is disputed or promised out of what a reminder asks for.

        Rows that go on a notice as a debt then have the rest as their open amounts, and
        ``amount_held_currency``; what is left out keeps the whole amount.
        """
        currencies = self.env["res.currency"]
        for row in rows:
            held = row["amount_disputed"] + row["amount_promised"]
            row["amount_held_currency"] = 0.0
            if not held or row["role"] in (None, "credit"):
                continue
            currency = currencies.browse(row["currency_id"])
            share = float(held) / float(row["amount_residual"])
            row["amount_held_currency"] = currency.round(
                float(row["amount_residual_currency"]) * share
            )
            row["amount_residual"] -= held
            row["amount_residual_currency"] = currency.round(
                float(row["amount_residual_currency"]) - row["amount_held_currency"]
            )
        return rows
