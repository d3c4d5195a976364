from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CreditAcknowledgement(models.Model):
    """What interrupts the limitation of claims and is not read from the ledger.

    Part payments and signed payment plans count by themselves. A formal notice interrupts nothing,
    by registered letter or not, and cannot be recorded here.
    """

    _name = "credit.acknowledgement"
    _description = "Interruption of the Limitation"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [
            ("acknowledgement", "Written acknowledgement of the debt"),
            ("promise", "Promise to pay in writing"),
            ("court", "Claim in court"),
            ("enforcement", "Enforcement measure"),
        ],
        required=True,
        default="acknowledgement",
        tracking=True,
        help="Articles 2240, 2241 and 2244 of the Civil Code. A claim in court interrupts until "
        "the proceedings end.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, readonly=True,
        ondelete="restrict",
    )  # fmt: skip
    move_ids = fields.Many2many(
        "account.move",
        relation="credit_acknowledgement_move_rel",
        string="Invoices and Entries",
        required=True,
        check_company=True,
        domain="[('commercial_partner_id', '=', partner_id), ('state', '=', 'posted')]",
    )
    date = fields.Date(
        required=True,
        tracking=True,
        default=lambda self: self.env.company._get_credit_today(),
        help="Of the letter, the message or the writ.",
    )
    date_end = fields.Date(
        string="Proceedings Ended On",
        tracking=True,
        help="A claim in court: the limitation starts again from then. Empty: still running.",
    )
    note = fields.Text(string="Proof", help="Where the letter, message or writ is kept.")
    user_id = fields.Many2one(
        "res.users", string="Author", readonly=True, default=lambda self: self.env.user
    )
    live = fields.Boolean(string="In Force", default=True, readonly=True, copy=False)
    cancel_reason = fields.Char(
        string="Taken Back Because",
        tracking=True,
        copy=False,
        help="A claim that was withdrawn or dismissed interrupted nothing (article 2243).",
    )

    _check_dates = models.Constraint(
        "CHECK(date_end IS NULL OR (kind = 'court' AND date_end >= date))",
        "Only a claim in court has an end, on its day or later.",
    )

    @api.depends("kind", "partner_id", "date")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for record in self:
            parts = (record.partner_id.name, labels.get(record.kind))
            record.display_name = " - ".join(part for part in parts if part)

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "court":
            self.date_end = False

    @api.constrains("date", "date_end")
    def _check_not_later(self):
        for record in self:
            today = record.company_id._get_credit_today()
            if max(record.date, record.date_end or record.date) > today:
                raise ValidationError(
                    self.env._("An interruption cannot be in the future: choose a day until today.")
                )

    @api.constrains("move_ids", "partner_id", "company_id")
    def _check_moves(self):
        for record in self:
            if not record.move_ids:
                raise ValidationError(
                    self.env._("Choose the invoices whose limitation is interrupted.")
                )
            foreign = record.move_ids.filtered(
                lambda move, record=record: (
                    move.commercial_partner_id != record.partner_id
                    or move.company_id.root_id != record.company_id
                )
            )
            if foreign:
                raise ValidationError(
                    self.env._("%s is not of this customer and company.", foreign[0].display_name)
                )

    # === ACTIONS === #

    @api.model
    def _open_for(self, moves):
        """Open a new record for invoices of one customer.

        :raises UserError: several customers or companies
        """
        partner, company = moves.commercial_partner_id, moves.company_id.root_id
        if len(partner) != 1 or len(company) != 1:
            raise UserError(self.env._("Select the invoices of one customer of one company."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Interruption of the limitation"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": {
                "default_partner_id": partner.id,
                "default_company_id": company.id,
                "default_move_ids": [fields.Command.set(moves.ids)],
            },
        }

    def action_cancel(self):
        """Take records back, with the reason written on them: they interrupt nothing."""
        for record in self.filtered("live"):
            if not (record.cancel_reason or "").strip():
                raise UserError(
                    self.env._("%s: say first why it is taken back.", record.display_name)
                )
            record.live = False
        return True

    def action_restore(self):
        """Let records taken back interrupt again."""
        self.filtered(lambda record: not record.live).write({"live": True, "cancel_reason": False})
        return True
