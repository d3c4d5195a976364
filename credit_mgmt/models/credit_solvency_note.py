from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditSolvencyNote(models.Model):
    """What others say about a customer's solvency, on a scale of theirs, until a day."""

    _name = "credit.solvency.note"
    _description = "Solvency Note"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade",
        tracking=True,
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.root_id,
    )
    active = fields.Boolean(default=True)
    source = fields.Selection(
        [
            ("trade", "Trade reference"),
            ("banque_de_france", "Banque de France rating"),
            ("agency", "Rating agency"),
            ("accounts", "Annual accounts"),
            ("other", "Other"),
        ],
        required=True,
        default="agency",
        tracking=True,
    )
    provider = fields.Char(
        string="From", tracking=True, help="Name of the agency, bank or supplier that said it."
    )
    value = fields.Char(
        string="Rating", required=True, tracking=True, help="As it was given: a grade or a number."
    )
    scale = fields.Char(help="What the rating is measured on, for example 1+ to P or 0 to 100.")
    percent = fields.Float(
        string="On 100",
        digits=(16, 0),
        help="The rating on a scale from 0 (worst) to 100 (best), if it is to count in the score.",
    )
    counts = fields.Boolean(string="Counts in the Score")
    date = fields.Date(
        required=True, default=lambda self: self.env.company._get_credit_today(), tracking=True
    )
    date_expiry = fields.Date(string="Valid To", tracking=True, help="Last day it is relied upon.")
    expired = fields.Boolean(compute="_compute_expired", search="_search_expired")
    document = fields.Binary(attachment=True)
    document_name = fields.Char()
    note = fields.Text()

    _check_dates = models.Constraint(
        "CHECK(date_expiry IS NULL OR date_expiry >= date)",
        "A note cannot expire before its own date.",
    )
    _check_percent = models.Constraint(
        "CHECK(percent IS NULL OR (percent >= 0 AND percent <= 100))",
        "The rating on 100 is a number from 0 to 100.",
    )

    # === COMPUTE METHODS === #

    @api.depends("source", "provider", "value")
    def _compute_display_name(self):
        sources = dict(self._fields["source"]._description_selection(self.env))
        for note in self:
            source = note.provider or sources.get(note.source, "")
            note.display_name = f"{source}: {note.value or ''}"

    @api.depends("date_expiry", "company_id")
    def _compute_expired(self):
        for note in self:
            today = (note.company_id or self.env.company)._get_credit_today()
            note.expired = bool(note.date_expiry and note.date_expiry < today)

    def _search_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("date_expiry", "<", self.env.company._get_credit_today())]

    @api.constrains("company_id")
    def _check_root_company(self):
        for note in self:
            if note.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Solvency notes belong to the main company: choose %(root)s instead of "
                        "%(branch)s.",
                        root=note.company_id.root_id.name,
                        branch=note.company_id.name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        notes = super().create(vals_list)
        for note in notes:
            commercial = note.partner_id.commercial_partner_id
            if note.partner_id != commercial:
                note.partner_id = commercial
        notes._look_again()
        return notes

    def write(self, vals):
        result = super().write(vals)
        self._look_again()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_look_again(self):
        self._look_again()

    def _look_again(self):
        for company, notes in self.grouped("company_id").items():
            self.env["credit.alert"]._look_again(notes.partner_id, company)
