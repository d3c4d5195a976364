import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.credit_registered_letter import NEXT_STATES

#: What a document given with an event proves.
_PROOF_KINDS = {
    "sent": "deposit",
    "presented": "sending",
    "accepted": "receipt",
    "refused": "refusal",
    "unclaimed": "unclaimed",
    "undeliverable": "return",
}


class CreditRegisteredRecord(models.TransientModel):
    """Records what became of a registered letter posted by hand: number, date, scan.

    Opened on a letter, or without one: the tracking number, typed or scanned, then finds it.
    """

    _name = "credit.registered.record"
    _description = "Record of a Registered Letter"

    tracking_number = fields.Char(help="Scan the barcode of the receipt, or type its number.")
    letter_id = fields.Many2one("credit.registered.letter")
    letter_state = fields.Selection(related="letter_id.state")
    partner_id = fields.Many2one(related="letter_id.partner_id", string="Customer")
    state = fields.Selection(
        [
            ("sent", "Posted"),
            ("presented", "First presented"),
            ("accepted", "Received by the addressee"),
            ("refused", "Refused"),
            ("unclaimed", "Not claimed"),
            ("undeliverable", "Returned as undeliverable"),
        ],
        string="What Happened",
        compute="_compute_state",
        store=True,
        readonly=False,
        required=True,
    )
    date = fields.Date(required=True, default=lambda self: self.env.company._get_credit_today())
    note = fields.Char()
    document = fields.Binary(string="Scan", attachment=False)
    document_name = fields.Char()

    @api.depends("letter_id")
    def _compute_state(self):
        """Propose what usually follows."""
        for record in self:
            record.state = {"sent": "accepted", "presented": "accepted"}.get(
                record.letter_id.state, "sent"
            )

    @api.onchange("tracking_number")
    def _onchange_tracking_number(self):
        if self.tracking_number and not self.letter_id:
            self.letter_id = self._find_letter()

    def _find_letter(self):
        """Return the letter of the number.

        :raises UserError: no letter has it
        """
        letters = self.env["credit.registered.letter"]
        number = letters._clean_tracking_number(self.tracking_number)
        letter = letters.search([("tracking_number", "=", number)])
        if not letter:
            raise UserError(
                self.env._(
                    "No registered letter has the number %s. Choose the letter if it is being "
                    "posted now.",
                    number,
                )
            )
        return letter[:1]

    def action_record(self):
        """Record the event, with its document, and close."""
        self._record()
        return {"type": "ir.actions.act_window_close"}

    def action_record_next(self):
        """Record the event and be ready for the next letter."""
        self._record()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_date": self.date, "default_state": self.state},
        }

    def _record(self):
        self.ensure_one()
        letter = self.letter_id or self._find_letter()
        letter._check_by_hand()
        self._check_record(letter)
        values = {}
        if self.state == "sent":
            values["tracking_number"] = letter._clean_tracking_number(self.tracking_number)
        content = base64.b64decode(self.document) if self.document else b""
        # The groups of reminders may not write letters in another way than this.
        letter = letter.sudo()
        letter._record(self.state, self.date, note=self.note or "", **values)
        if content:
            letter._add_proof(
                _PROOF_KINDS[self.state], self.document_name or "scan", content, self.date
            )

    def _check_record(self, letter):
        """Check that the event can follow and its date is possible.

        :raises UserError: in words
        """
        today = letter.company_id._get_credit_today()
        before = letter.presented_date or letter.sent_date or letter.notice_id.date
        if self.state not in NEXT_STATES.get(letter.state, ()):
            labels = dict(letter._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "The letter is in the state “%(now)s”: this cannot follow. A credit manager "
                    "can correct a mistake on the letter.",
                    now=labels[letter.state],
                )
            )
        if self.date > today:
            raise UserError(self.env._("The date is in the future."))
        if before and self.date < before:
            raise UserError(self.env._("The date is before the letter's last one, %s.", before))
        if self.state == "sent" and not self.tracking_number:
            raise UserError(self.env._("Type or scan the tracking number of the receipt."))
        if self.state == "sent":
            number = letter._clean_tracking_number(self.tracking_number)
            if taken := letter.search([("tracking_number", "=", number), ("id", "!=", letter.id)]):
                raise UserError(
                    self.env._(
                        "The letter %(reference)s has the number %(number)s already.",
                        reference=taken[0].reference,
                        number=number,
                    )
                )
