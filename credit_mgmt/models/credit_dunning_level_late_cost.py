from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditDunningLevel(models.Model):
    """Whether a level claims interest and indemnity."""

    _inherit = "credit.dunning.level"

    claim_interest = fields.Boolean(
        string="Claim Late Interest",
        help="Letters and e-mails show the interest to date of each overdue invoice, letters with "
        "its computation. Nothing is booked.",
    )
    claim_indemnity = fields.Boolean(
        string="Claim the Indemnity",
        help="Letters and e-mails show the fixed indemnity of each invoice paid late. Only "
        "businesses and public bodies owe one.",
    )
    costs_in_due = fields.Boolean(
        string="Ask for Them in the Amount to Pay",
        help="The amount to pay and its QR code include interest and indemnity. Otherwise they "
        "are claimed beside the overdue invoices.",
    )

    _check_costs_in_due = models.Constraint(
        "CHECK(costs_in_due IS NOT TRUE OR claim_interest IS TRUE OR claim_indemnity IS TRUE)",
        "A level asks for late costs in the amount to pay only if it claims them.",
    )

    @api.constrains("claim_interest", "claim_indemnity", "delay_days")
    def _check_late_costs(self):
        for level in self:
            if level.delay_days < 0 and (level.claim_interest or level.claim_indemnity):
                raise ValidationError(
                    self.env._(
                        "The level %s comes before the due date: nothing is late then.", level.name
                    )
                )

    @api.onchange("claim_interest", "claim_indemnity")
    def _onchange_claims(self):
        if not self.claim_interest and not self.claim_indemnity:
            self.costs_in_due = False

    @api.model
    def _get_placeholder_labels(self):
        return super()._get_placeholder_labels() | {
            "interest": self.env._("Late interest claimed"),
            "indemnity": self.env._("Fixed indemnities claimed"),
            "total_with_costs": self.env._("Amount due with late interest and indemnities"),
        }
