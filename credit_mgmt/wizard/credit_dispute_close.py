from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CreditDisputeClose(models.TransientModel):
    """Asks how disputes were settled, and where the reminders of their items resume."""

    _name = "credit.dispute.close"
    _description = "Close a Dispute"

    dispute_ids = fields.Many2many("credit.dispute", string="Disputes", required=True)
    partner_id = fields.Many2one("res.partner", compute="_compute_partner_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_partner_id")
    amount = fields.Monetary(string="Still Disputed", compute="_compute_partner_id")
    resolution = fields.Selection(
        [
            ("credit_note", "Accepted: credit note"),
            ("replaced", "Accepted: invoice replaced"),
            ("partial", "Partly accepted"),
            ("rejected", "Rejected: the amount is owed"),
            ("withdrawn", "Withdrawn by the customer"),
        ],
        required=True,
    )
    resolution_move_id = fields.Many2one(
        "account.move",
        string="Credit Note or New Invoice",
        domain="[('commercial_partner_id', '=', partner_id), ('state', '!=', 'cancel'),"
        " ('move_type', '=', resolution == 'replaced' and 'out_invoice' or 'out_refund')]",
    )
    amount_accepted = fields.Monetary(string="Accepted")
    note = fields.Text(string="How It Was Settled")
    resume = fields.Selection(
        [
            ("go_on", "Go on at the level they have"),
            ("level", "Go back to a level"),
            ("begin", "Begin again with the first level"),
        ],
        string="Reminders",
        default="go_on",
        required=True,
    )
    level_id = fields.Many2one("credit.dunning.level", string="Back to Level")

    @api.depends("dispute_ids")
    def _compute_partner_id(self):
        for wizard in self:
            disputes = wizard.dispute_ids
            wizard.partner_id = disputes.partner_id if len(disputes.partner_id) == 1 else False
            wizard.currency_id = disputes.currency_id[:1]
            wizard.amount = (
                sum(disputes.mapped("amount_left")) if len(disputes.currency_id) == 1 else 0.0
            )

    @api.onchange("resolution")
    def _onchange_resolution(self):
        if self.resolution in ("credit_note", "replaced"):
            self.amount_accepted = self.amount
        elif self.resolution in ("rejected", "withdrawn"):
            self.amount_accepted = 0.0

    def action_confirm(self):
        """Close the disputes."""
        self.ensure_one()
        if len(self.dispute_ids) > 1 and (self.resolution_move_id or self.resolution == "partial"):
            raise UserError(
                self.env._("Close disputes one by one to name a credit note or a part of them.")
            )
        if self.resolution == "partial" and not 0 < self.amount_accepted < self.amount:
            raise ValidationError(self.env._("Say which part of the disputed amount is accepted."))
        if self.resume == "level" and not self.level_id:
            raise ValidationError(self.env._("Choose the level to go back to."))
        for dispute in self.dispute_ids:
            accepted = self.amount_accepted
            if self.resolution in ("credit_note", "replaced"):
                accepted = dispute.amount_left
            dispute._close(
                self.resolution,
                self.note,
                self.resolution_move_id,
                accepted,
                level=self.level_id if self.resume == "level" else None,
                resume=self.resume != "go_on",
            )
        return {"type": "ir.actions.act_window_close"}
