from odoo import fields, models
from odoo.exceptions import UserError, ValidationError


class CreditDunningExclude(models.TransientModel):
    """Leaves selected customers or items out of reminders until a date, with a reason."""

    _name = "credit.dunning.exclude"
    _description = "Leave Out of Reminders"

    partner_ids = fields.Many2many("res.partner", string="Customers")
    move_line_ids = fields.Many2many("account.move.line", string="Items")
    reason = fields.Char(required=True)
    date_until = fields.Date(
        string="Until",
        help="Last day on which reminders are left out. Empty: until lifted.",
    )

    def action_exclude(self):
        """Create one exclusion per customer or item."""
        self.ensure_one()
        if not self.partner_ids and not self.move_line_ids:
            raise UserError(self.env._("Select at least one customer or open item."))
        if self.date_until and self.date_until < self.env.company._get_credit_today():
            raise ValidationError(self.env._("The date is in the past: choose today or later."))
        common = {"reason": self.reason, "date_until": self.date_until}
        values = [
            {
                **common,
                "partner_id": partner.id,
                "company_id": self.env.company.root_id.id,
            }
            for partner in self.partner_ids.commercial_partner_id
        ]
        values += [
            {
                **common,
                "partner_id": line.partner_id.commercial_partner_id.id,
                "move_id": line.move_id.id,
                "move_line_id": line.id,
                "company_id": line.company_id.root_id.id,
            }
            for line in self.move_line_ids.filtered("partner_id")
        ]
        self.env["credit.dunning.exclusion"].create(values)
        return {"type": "ir.actions.act_window_close"}
