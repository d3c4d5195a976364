from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditRegisteredConsent(models.Model):
    """A person's consent to get registered letters by e-mail from a company.

    French law asks for it before the first letter to anybody who is no professional. It is never
    deleted: it may be withdrawn, and given anew.
    """

    _name = "credit.registered.consent"
    _description = "Consent to Registered E-Letters"
    _rec_name = "partner_id"
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
        domain=[("parent_id", "=", False)],
    )
    date = fields.Date(
        string="Given On",
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
    )
    source = fields.Char(
        required=True, help="Where it can be found again: contract, form, message, its date."
    )
    document = fields.Binary(attachment=True)
    document_name = fields.Char()
    withdrawn_on = fields.Date(readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users", string="Recorded By", readonly=True, default=lambda self: self.env.user
    )

    _one_in_force = models.UniqueIndex(
        "(partner_id, company_id) WHERE withdrawn_on IS NULL",
        "This customer's consent is recorded already.",
    )

    @api.constrains("date")
    def _check_date(self):
        for consent in self:
            if consent.date > consent.company_id._get_credit_today():
                raise UserError(self.env._("A consent cannot be given in the future."))

    @api.constrains("company_id")
    def _check_main_company(self):
        for consent in self:
            if consent.company_id.parent_id:
                raise UserError(
                    self.env._("A consent is given to the main company, not to a branch.")
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A consent is evidence: withdraw it instead of deleting it."))

    def write(self, vals):
        if {"partner_id", "company_id", "date", "source"} & set(vals) and self.filtered("id"):
            raise UserError(
                self.env._("A consent is evidence: withdraw it and record another one.")
            )
        return super().write(vals)

    def action_withdraw(self):
        """The customer withdraws the consent: no letter goes without a new one."""
        for consent in self.filtered(lambda consent: not consent.withdrawn_on):
            consent.withdrawn_on = consent.company_id._get_credit_today()
        return True

    @api.model
    def _has_consent(self, partner, company) -> bool:
        """Return whether a customer's consent to a main company is in force."""
        # The law asks whether it was given, whoever sends the letter.
        return bool(
            self.sudo().search_count(
                [
                    ("partner_id", "in", (partner | partner.commercial_partner_id).ids),
                    ("company_id", "=", company.root_id.id),
                    ("withdrawn_on", "=", False),
                ],
                limit=1,
            )
        )
