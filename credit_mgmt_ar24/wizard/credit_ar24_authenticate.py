from odoo import fields, models


class CreditAr24Authenticate(models.TransientModel):
    """The sender of qualified letters authenticates at AR24, for an hour."""

    _name = "credit.ar24.authenticate"
    _description = "Authentication at AR24"

    provider_id = fields.Many2one("credit.registered.provider", required=True)
    code = fields.Char(string="One-Time Code", required=True)

    def action_authenticate(self):
        """Hand the code over; it is kept nowhere."""
        self.ensure_one()
        self.provider_id.check_access("write")
        code, self.code = self.code.strip(), "-"
        self.provider_id._ar24_authenticate(code)
        return {"type": "ir.actions.act_window_close"}
