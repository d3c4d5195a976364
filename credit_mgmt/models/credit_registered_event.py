from odoo import api, fields, models
from odoo.exceptions import UserError

from .credit_registered_letter import STATES


class CreditRegisteredEvent(models.Model):
    """One line of a registered letter's log; only added to."""

    _name = "credit.registered.event"
    _description = "Event of a Registered Letter"
    _order = "id desc"

    letter_id = fields.Many2one(
        "credit.registered.letter", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="letter_id.company_id", store=True)
    date = fields.Date(required=True)
    moment = fields.Datetime(string="Exactly", help="As the carrier told it.")
    state = fields.Selection(STATES, required=True)
    raw = fields.Char(string="Carrier's Words")
    note = fields.Char()
    ignored = fields.Boolean(help="Came late or twice, or was a mistake: it changed nothing.")
    user_id = fields.Many2one("res.users", string="By")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of a registered letter is evidence."))
