from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: With which the customer, or at least his letter box, was reached.
CONTACTS = ("reached", "message", "promise", "dispute", "plan", "written")
#: What is logged by a decision about the list, not by a contact.
DECISIONS = ("snoozed", "handed_over")


class CreditContactLog(models.Model):
    """A contact with a customer, or the attempt: what came of it, and what is planned next.

    The next step is an Odoo activity on the customer. While it lies ahead the customer is planned
    on the work list; a later contact marks it done.
    """

    _name = "credit.contact.log"
    _description = "Contact with a Customer"
    _rec_name = "partner_id"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
    )
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    date = fields.Date(
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company._get_credit_today(),
    )
    outcome = fields.Selection(
        [
            ("reached", "Reached"),
            ("message", "Left a message"),
            ("no_answer", "No answer"),
            ("wrong_number", "Wrong number"),
            ("promise", "Promise"),
            ("dispute", "Dispute"),
            ("plan", "Payment plan"),
            ("written", "Written to"),
            ("snoozed", "Snoozed"),
            ("handed_over", "Handed over"),
        ],
        required=True,
        default="reached",
    )
    is_contact = fields.Boolean(
        string="Counts as Contact",
        compute="_compute_is_contact",
        store=True,
        help="The customer was told something; no answer and a wrong number are attempts.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Spoken With",
        domain="[('commercial_partner_id', '=', partner_id)]",
        ondelete="set null",
    )
    notice_id = fields.Many2one(
        "credit.dunning.notice",
        string="Reminder",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The last reminder before.",
    )
    note = fields.Text()
    next_date = fields.Date(string="Next Step On", help="Until then the customer leaves the list.")
    next_step = fields.Char(help="What to do then.")
    activity_id = fields.Many2one(
        "mail.activity",
        string="Planned Step",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    # Who was reached last is looked up by customer.
    _contact_idx = models.Index("(partner_id, company_id, date) WHERE is_contact")

    @api.depends("outcome")
    def _compute_is_contact(self):
        for log in self:
            log.is_contact = log.outcome in CONTACTS

    @api.constrains("company_id")
    def _check_company(self):
        for log in self:
            if log.company_id.parent_id:
                raise ValidationError(
                    self.env._("It belongs to the main company %s.", log.company_id.root_id.name)
                )

    @api.constrains("outcome", "next_date", "next_step", "note")
    def _check_next_date(self):
        for log in self:
            if log.next_date and log.next_date < log.date:
                raise ValidationError(
                    self.env._("The next step lies in the past: choose today or later.")
                )
            if log.outcome == "snoozed" and not (log.next_date and log.note):
                raise ValidationError(self.env._("Say until when and why the customer can wait."))

    @api.model_create_multi
    def create(self, vals_list):
        """Record contacts; plan the next step, and end the step that was planned for this one."""
        logs = super().create([self._complete_values(vals) for vals in vals_list])
        logs._end_planned_steps()
        logs._link_notices()
        for log in logs:
            log._plan_next_step()
        logs._tell_chatter()
        return logs

    def write(self, vals):
        if {"partner_id", "company_id", "user_id", "date", "outcome"} & set(vals):
            raise UserError(
                self.env._("What was recorded of a contact cannot change: add another.")
            )
        return super().write(vals)

    @api.model
    def _complete_values(self, vals) -> dict:
        """Return values about the customer itself, whichever of its contacts was chosen."""
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        return {**vals, "partner_id": partner.commercial_partner_id.id} if partner else vals

    def _end_planned_steps(self):
        """Mark done what was planned with the customers before: this contact is it."""
        earlier = self.search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("id", "not in", self.ids),
                ("activity_id", "!=", False),
            ]
        )
        keys = {(log.partner_id, log.company_id) for log in self}
        planned = earlier.filtered(lambda log: (log.partner_id, log.company_id) in keys)
        # The step may have been planned for a colleague who is away.
        activities = planned.sudo().activity_id.filtered("active")
        if activities:
            activities.action_archive()

    def _link_notices(self):
        """Say to which reminder the contact belongs: the customer's last one."""
        rows = self.env["credit.dunning.notice"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("sent_date", "!=", False),
            ],
            ["partner_id", "company_id"],
            ["id:max"],
        )
        last = {(partner, company): notice_id for partner, company, notice_id in rows}
        for log in self:
            log.notice_id = last.get((log.partner_id, log.company_id))

    def _plan_next_step(self):
        self.ensure_one()
        if not self.next_date:
            return
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        # To plan a call nobody needs a right to edit contacts.
        partner = self.partner_id.with_company(self.company_id).sudo()
        self.activity_id = partner.activity_schedule(
            "credit_mgmt.mail_activity_type_follow_up",
            date_deadline=self.next_date,
            summary=self.next_step or self.env._("After: %s", labels[self.outcome]),
            note=self.note,
            user_id=(partner.collector_id or self.user_id).id,
        )

    def _tell_chatter(self):
        """Leave a line on the customer, and on the reminder it is about."""
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for log in self.filtered(lambda log: log.outcome not in ("promise", "dispute", "plan")):
            text = labels[log.outcome]
            if log.contact_id:
                text = self.env._(
                    "%(outcome)s, %(person)s", outcome=text, person=log.contact_id.name
                )
            if log.note:
                text = self.env._("%(outcome)s: %(note)s", outcome=text, note=log.note)
            log.partner_id._message_log(body=text)
            if log.notice_id:
                log.notice_id._message_log(body=text)

    @api.model
    def _log(self, partner, company, outcome, **values):
        """Record a contact from code.

        :param partner: the customer
        :param company: any company of the family
        :param outcome: a key of the field
        :param values: further values of the log
        """
        return self.create(
            {
                "partner_id": partner.id,
                "company_id": company.root_id.id,
                "date": company._get_credit_today(),
                "outcome": outcome,
                **values,
            }
        )

    # === ACTIONS === #

    def action_save(self):
        """Close the dialog: the record is saved before."""
        return {"type": "ir.actions.act_window_close"}

    def action_open_partner(self):
        """Open the customer of the contact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
