from odoo import fields, models


class ResPartner(models.Model):
    """Whether a customer may get registered letters by e-mail."""

    _inherit = "res.partner"

    registered_consent_ids = fields.One2many(
        "credit.registered.consent",
        "partner_id",
        string="Consents to Registered E-Letters",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
