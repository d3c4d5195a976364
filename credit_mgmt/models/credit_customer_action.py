from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date


class CreditCustomerAction(models.Model):
    """What a customer did on his own page: the log, and what waits for somebody to accept it.

    Each row leads to what it became: a promise, a dispute, a draft plan, a pause. It is written
    once; only the decision about it changes.
    """

    _name = "credit.customer.action"
    _description = "Action of a Customer"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("promise", "Promises to pay"),
            ("dispute", "Disputes"),
            ("plan", "Asks for instalments"),
            ("accept", "Accepts a payment plan"),
            ("paid", "Says it is paid"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("done", "Recorded"),
            ("to_confirm", "To confirm"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
        ],
        default="done",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    # What the form was drawn with: the same form sent twice is one action.
    key = fields.Char(required=True, readonly=True, copy=False)
    ip = fields.Char(string="Address", readonly=True, help="Address the visitor came from.")
    user_id = fields.Many2one(
        "res.users", string="Portal User", readonly=True, help="Empty: by the link."
    )
    move_line_ids = fields.Many2many(
        "account.move.line",
        relation="credit_customer_action_line_rel",
        string="Items",
        readonly=True,
    )
    item_names = fields.Char(string="Numbers", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    date_said = fields.Date(
        string="Day Given", readonly=True, help="Last date promised, first instalment, or payment."
    )
    parts = fields.Json(readonly=True)
    instalments = fields.Integer(readonly=True)
    rhythm = fields.Char(readonly=True)
    reason_id = fields.Many2one("credit.dispute.reason", readonly=True, ondelete="restrict")
    reference = fields.Char(
        readonly=True, help="Reference of the payment, or who agreed to the plan."
    )
    text = fields.Text(string="What the Customer Writes", readonly=True)
    promise_id = fields.Many2one("credit.promise", readonly=True, ondelete="set null")
    dispute_id = fields.Many2one("credit.dispute", readonly=True, ondelete="set null")
    plan_id = fields.Many2one(
        "credit.payment.plan", string="Payment Plan", readonly=True, ondelete="set null"
    )
    exclusion_ids = fields.Many2many("credit.dunning.exclusion", string="Pauses", readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)

    _once = models.UniqueIndex(
        "(partner_id, company_id, key)", "This form was sent already: it counts once."
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "partner_id", "item_names")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for action in self:
            parts = (action.partner_id.name, labels.get(action.kind), action.item_names)
            action.display_name = " - ".join(part for part in parts if part)

    def _get_summary(self) -> str:
        """Return what was done in one line, in the language of the environment."""
        self.ensure_one()
        values = {
            "items": self.item_names or "",
            "amount": format_amount(self.env, self.amount, self.currency_id)
            if self.currency_id
            else "",
            "date": format_date(self.env, self.date_said) if self.date_said else "",
            "reference": self.reference or "",
            "reason": self.reason_id.name or "",
            "number": self.instalments,
        }
        return self._get_summaries(values)[self.kind]

    @api.model
    def _get_summaries(self, values) -> dict[str, str]:
        """Return the line of each kind; a bridge that adds a kind adds its line."""
        env = self.env
        return {
            "promise": env._("Promise of %(amount)s by %(date)s: %(items)s", **values),
            "dispute": env._("Dispute of %(amount)s, %(reason)s: %(items)s", **values),
            "plan": env._("Proposal of %(number)s instalments from %(date)s: %(items)s", **values),
            "accept": env._("Payment plan of %(amount)s accepted by %(reference)s", **values),
            "paid": env._("%(amount)s paid on %(date)s: %(items)s", **values),
        }

    # === EXECUTION === #

    def _begin(self, owner):
        """Do what the customer asked for as far as nobody has to confirm it, and tell the owner.

        :param owner: the user in charge of the customer
        """
        self.ensure_one()
        if self.state == "done" or self.kind == "paid":
            self._execute(owner)
        in_words = self.with_context(lang=owner.lang)
        summary = in_words._get_summary()
        self.partner_id._message_log(
            body=Markup("%s<br/>%s")
            % (
                in_words.env._("On the customer's own page: %s", summary),
                in_words.env._("From the address %s", self.ip or "-"),
            )
        )
        if self.state == "to_confirm" or self.kind == "plan":
            self.activity_schedule(
                "credit_mgmt.mail_activity_type_customer_action",
                summary=summary,
                user_id=owner.id,
            )

    def _execute(self, owner):
        """Make the promise, dispute, plan or pause that the customer asked for."""
        self.ensure_one()
        getattr(self, f"_execute_{self.kind}")(owner)

    def _execute_promise(self, owner):
        self.promise_id = self.env["credit.promise"]._promise(
            self.move_line_ids,
            [(fields.Date.to_date(day), amount) for day, amount in self.parts],
            origin="customer",
            user_id=owner.id,
            note=self.text,
        )

    def _execute_dispute(self, owner):
        entry = self.move_line_ids
        owner = self.reason_id.user_id or entry.move_id.invoice_user_id or owner
        dispute = self.env["credit.dispute"]._dispute(
            entry, self.amount, self.reason_id, user_id=owner.id, description=self.text
        )
        self.dispute_id = dispute
        files = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )
        if files:
            copies = files.copy({"res_model": dispute._name, "res_id": dispute.id})
            dispute.message_post(body=self.env._("Sent by the customer"), attachment_ids=copies.ids)

    def _execute_plan(self, owner):
        plan = self.env["credit.payment.plan"]._propose_for(self.move_line_ids)
        plan.write(
            {
                "number": self.instalments,
                "rhythm": self.rhythm,
                "date_first": self.date_said,
                "user_id": owner.id,
                "note": self.text,
            }
        )
        self.plan_id = plan

    def _execute_accept(self, owner):
        self.plan_id.action_accept(self.reference, ip=self.ip)

    def _execute_paid(self, owner):
        """Let automatic reminders of the items wait a little, the first time it is said."""
        told_before = self.search(
            [("kind", "=", "paid"), ("id", "!=", self.id),
             ("move_line_ids", "in", self.move_line_ids.ids)]
        ).move_line_ids  # fmt: skip
        items = self.env["credit.receivable"].search(
            [("move_line_id", "in", (self.move_line_ids - told_before).ids)]
        )
        today = self.company_id._get_credit_today()
        in_words = self.with_context(lang=owner.lang)
        self.exclusion_ids = self.env["credit.dunning.exclusion"].create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "move_id": item.move_id.id,
                    "move_line_id": item.move_line_id.id,
                    "company_id": self.company_id.id,
                    "kind": "replied",
                    "reason": in_words._get_summary(),
                    "date_until": self.company_id._add_credit_working_days(
                        today, item.dunning_policy_id.reply_pause_days
                    ),
                    "user_id": owner.id,
                }
                for item in items
                if item.dunning_policy_id.reply_pause_days
            ]
        )

    # === DECISIONS === #

    def _check_decision(self):
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise AccessError(self.env._("Only credit users decide about what customers ask for."))
        decided = self.filtered(lambda action: action.state != "to_confirm")
        if decided:
            raise UserError(self.env._("%s: nothing is left to decide.", decided[0].display_name))

    def action_accept(self):
        """Accept what the customer promises or disputes; for a payment: it was found."""
        self._check_decision()
        for action in self:
            if action.kind != "paid":
                # What the customer asked for is written by the machine, for the user who accepts.
                action.sudo()._execute(self.env.user)
        self._decide("accepted")
        return True

    def action_refuse(self):
        """Do not accept it; for a payment: it was not found, reminders go on."""
        self._check_decision()
        self.sudo().exclusion_ids.action_lift()  # the pause that the page itself set
        self._decide("refused")
        return True

    def _decide(self, state):
        # The log is written by these buttons only.
        self.sudo().write(
            {"state": state, "decided_by": self.env.uid, "decided_on": fields.Datetime.now()}
        )
        self.activity_feedback(["credit_mgmt.mail_activity_type_customer_action"])

    def action_open_result(self):
        """Open what the action became."""
        self.ensure_one()
        record = self.promise_id or self.dispute_id or self.plan_id
        if not record:
            raise UserError(self.env._("Nothing was made of it yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("The log of the customers' actions cannot be deleted."))

    # === WORDS FOR THE CUSTOMER === #

    def _get_answer(self) -> str:
        """Return how the customer is answered, in the language of the environment."""
        self.ensure_one()
        if self.state == "refused":
            return self.env._("We could not accept it: please contact us.")
        if self.state == "to_confirm":
            return self.env._("We are looking into it and will answer you.")
        if self.kind == "plan" and self.plan_id.stage == "draft":
            return self.env._("We are looking into it and will answer you.")
        return self.env._("Recorded, thank you.")
