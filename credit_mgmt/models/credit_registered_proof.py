from odoo import api, fields, models
from odoo.exceptions import UserError

#: What may be added after the proof is there.
_ONCE = {"attachment_id"}


class CreditRegisteredProof(models.Model):
    """A document that proves what became of a registered letter, with its fingerprint."""

    _name = "credit.registered.proof"
    _description = "Proof of a Registered Letter"
    _order = "date, id"

    letter_id = fields.Many2one(
        "credit.registered.letter", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="letter_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("deposit", "Deposit"),
            ("sending", "Sending or presentation"),
            ("receipt", "Receipt by the addressee"),
            ("refusal", "Refusal"),
            ("unclaimed", "Not claimed"),
            ("return", "Returned"),
            ("content", "Content"),
            ("other", "Other"),
        ],
        required=True,
    )
    date = fields.Date(required=True)
    attachment_id = fields.Many2one("ir.attachment", string="Document", ondelete="restrict")
    sha256 = fields.Char(string="SHA-256", required=True)

    def write(self, vals):
        if set(vals) - _ONCE or self.filtered("attachment_id"):
            raise UserError(self.env._("A proof cannot change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A proof cannot be deleted."))

    def action_download(self):
        """Download the document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "download",
        }
