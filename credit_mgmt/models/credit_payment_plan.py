from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_amount, format_date

from ..tools import schedule
from ..tools.reference import search_by_number

#: More instalments than that are a loan.
MAX_INSTALMENTS = 60
#: What the schedule is computed from.
_TERMS = ["number", "rhythm", "date_first", "interest_rate"]


class CreditPaymentPlan(models.Model):
    """An agreement to pay open items in instalments; reminders follow its dates.

    Draft until it is proposed to the customer, then agreed by the customer's signature. Whether
    it is kept is what the ledger says (``credit.commitment``): an instalment that is missing for
    longer than the agreed days ends it, and the original claims are back.
    """

    _name = "credit.payment.plan"
    _description = "Payment Plan"
    _inherit = ["credit.commitment", "credit.letter"]
    _owner_field = "plan_id"

    name = fields.Char(string="Reference", compute="_compute_name", search="_search_name")
    stage = fields.Selection(
        [
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("agreed", "Agreed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        help="The last decision of people about the plan.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("agreed", "Agreed"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_progress",
        search="_search_state",
        help="Once agreed, read from the ledger: what was paid or credited on the items by the "
        "dates of the instalments.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="To whom the agreement is addressed.",
    )
    grace_days = fields.Integer(
        string="Breach After (Days)",
        default=lambda self: self.env.company.root_id.credit_plan_breach_days,
        help="An instalment that is missing for longer than that ends the plan.",
    )
    item_ids = fields.One2many("credit.payment.plan.item", "plan_id", string="Items", copy=False)
    line_ids = fields.One2many(
        "credit.payment.plan.line",
        "plan_id",
        string="Instalments",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        copy=False,
    )
    number = fields.Integer(string="Instalments Wanted", default=3, required=True)
    rhythm = fields.Selection(
        [
            ("week", "Every week"),
            ("fortnight", "Every two weeks"),
            ("month", "Every month"),
            ("month_end", "Last day of each month"),
            ("quarter", "Every three months"),
        ],
        default="month",
        required=True,
    )
    date_first = fields.Date(
        string="First Instalment",
        required=True,
        default=lambda self: fields.Date.add(self.env.company._get_credit_today(), days=14),
    )
    date_offer_until = fields.Date(
        string="Offer Valid Until",
        help="A proposed plan keeps the reminders back until then.",
    )
    interest_rate = fields.Float(
        string="Yearly Interest (%)",
        digits=(6, 3),
        help="Simple interest on what is still owed, beside the instalments. It is a claim: "
        "nothing is booked by the plan.",
    )
    amount = fields.Monetary(
        compute="_compute_amount", store=True, required=False, help="Open amount of the items."
    )
    amount_interest = fields.Monetary(string="Interest", compute="_compute_amount_interest")
    interest_move_id = fields.Many2one(
        "account.move",
        string="Interest Booked In",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    amount_interest_left = fields.Monetary(
        string="Interest Left",
        compute="_compute_interest_state",
        help="A claim apart: the plan is kept when the items are paid, its interest is paid when "
        "the document it was booked in is.",
    )
    interest_state = fields.Selection(
        [
            ("none", "Without interest"),
            ("to_book", "To book"),
            ("booked", "Booked, open"),
            ("paid", "Paid"),
        ],
        compute="_compute_interest_state",
    )
    accepted_by = fields.Char(
        readonly=True, copy=False, tracking=True, help="Who agreed for the customer."
    )
    accepted_on = fields.Date(readonly=True, copy=False)
    accepted_ip = fields.Char(string="Accepted From Address", readonly=True, copy=False)
    lang = fields.Char(compute="_compute_lang")
    collector_id = fields.Many2one(related="user_id", string="Collector")

    _check_terms = models.Constraint(
        "CHECK(number > 0 AND interest_rate >= 0)",
        "A plan has at least one instalment, and no negative interest.",
    )
    # What an offer keeps back is looked up by item; see credit.receivable.
    _offer_idx = models.Index("(id) WHERE stage = 'proposed'")

    # === COMPUTE METHODS === #

    def _compute_name(self):
        for plan in self:
            plan.name = f"PL{plan._origin.id or 0:06d}"

    @api.model
    def _search_name(self, operator, value):
        return search_by_number(operator, value)

    @api.depends("partner_id", "amount")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = f"{plan.name} {plan.partner_id.display_name or ''}".strip()

    @api.depends("contact_id", "partner_id")
    def _compute_lang(self):
        for plan in self:
            plan.lang = (plan.contact_id or plan.partner_id).lang or self.env.lang

    @api.depends("item_ids.amount_start")
    def _compute_amount(self):
        for plan in self:
            plan.amount = sum(plan.item_ids.mapped("amount_start"))

    @api.depends("amount", "date", *_TERMS)
    def _compute_line_ids(self):
        """Propose a schedule of equal instalments; in a draft it can be changed by hand."""
        for plan in self:
            if plan.stage != "draft" or not plan.date_first or not plan.currency_id:
                continue
            if not 0 < plan.number <= MAX_INSTALMENTS:
                continue
            wanted = plan._prepare_instalments()
            known = [{"date": line.date, "amount": line.amount} for line in plan.line_ids]
            # Computed again without a change: lines that are replaced while others of their
            # fields wait to be written are missed then.
            if wanted == known:
                continue
            plan.line_ids = [
                fields.Command.clear(),
                *(fields.Command.create(values) for values in wanted),
            ]

    def _prepare_instalments(self) -> list[dict]:
        """Return the values of the instalments that the terms of the plan give."""
        self.ensure_one()
        digits = self.currency_id.decimal_places
        days = list(schedule.dates(self.date_first, self.number, self.rhythm))
        amounts = schedule.split(
            Decimal(str(self.currency_id.round(self.amount))), self.number, digits
        )
        return [
            {"date": day, "amount": float(amount)}
            for day, amount in zip(days, amounts, strict=True)
        ]

    @api.depends("line_ids.amount_interest")
    def _compute_amount_interest(self):
        for plan in self:
            plan.amount_interest = sum(plan.line_ids.mapped("amount_interest"))

    @api.depends(
        "amount_interest",
        "interest_move_id.state",
        "interest_move_id.line_ids.amount_residual_currency",
    )
    def _compute_interest_state(self):
        for plan in self:
            # Whoever may read the plan may know what became of its interest.
            move = plan.interest_move_id.sudo().filtered(lambda move: move.state != "cancel")
            receivable = move.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            left = plan.amount_interest
            if move.state == "posted":
                left = sum(receivable.mapped("amount_residual_currency"))
            plan.amount_interest_left = left
            if plan.currency_id.is_zero(plan.amount_interest):
                plan.interest_state = "none"
            elif not move:
                plan.interest_state = "to_book"
            else:
                plan.interest_state = (
                    "booked" if plan.currency_id.compare_amounts(left, 0) else "paid"
                )

    @api.onchange("partner_id", "currency_id", "company_id")
    def _onchange_partner_id(self):
        if self.stage != "draft":
            return
        self.item_ids = [fields.Command.clear()]
        if self.partner_id:
            entries = self._get_partner_entries(self.partner_id, self.company_id, self.currency_id)
            Item = self.env["credit.payment.plan.item"]
            self.item_ids = [
                fields.Command.create(Item._prepare_item_values(entry)) for entry in entries
            ]

    @api.model
    def _get_partner_entries(self, partner, company, currency):
        """Return the overdue debts of a customer in a currency, all of them when none is."""
        items = self.env["credit.receivable"].search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("root_company_id", "=", company.id),
                ("currency_id", "=", currency.id),
                ("amount_residual", ">", 0),
                ("kind", "!=", "payment"),
                ("state", "not in", ("legal", "factored", "plan", "disputed")),
            ]
        )
        return (items.filtered(lambda item: item.days_overdue > 0) or items).move_line_id

    # === STATE === #

    @api.depends("stage")
    def _compute_progress(self):
        return super()._compute_progress()

    @api.model
    def _get_first_state(self) -> str:
        return "draft"

    @api.model
    def _get_state_case(self, owner: SQL) -> SQL:
        return SQL(
            """
            CASE WHEN %(owner)s.stage <> 'agreed' THEN %(owner)s.stage
                 WHEN progress.missed_on IS NOT NULL THEN 'broken'
                 WHEN progress.settled >= %(owner)s.amount THEN 'kept'
                 ELSE 'agreed' END
            """,
            owner=owner,
        )

    @api.model
    def _get_states_over(self) -> list[str]:
        return ["kept", "broken", "cancelled"]

    def _is_agreed(self) -> bool:
        return self.stage != "draft"

    # === CREATION AND DECISIONS === #

    @api.model
    def _propose_for(self, entries):
        """Create the draft of a plan for open items of one customer and currency."""
        partner = entries.partner_id.commercial_partner_id
        company = entries.company_id.root_id
        if len(partner) != 1 or len(company) != 1 or len(entries.currency_id) != 1:
            raise UserError(
                self.env._("A payment plan is about the items of one customer in one currency.")
            )
        currency = entries.currency_id
        entries = self._get_open_entries(entries, currency)
        Item = self.env["credit.payment.plan.item"]
        return self.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "currency_id": currency.id,
                "grace_days": company.credit_plan_breach_days,
                "user_id": partner.with_company(company).collector_id.id or self.env.uid,
                "item_ids": [
                    fields.Command.create(Item._prepare_item_values(entry)) for entry in entries
                ],
            }
        )

    def action_compute(self):
        """Take what is open now on the items, and propose equal instalments again."""
        for plan in self:
            plan._check_stage("draft")
            entries = plan._get_open_entries(plan.item_ids.move_line_id, plan.currency_id)
            for item in plan.item_ids:
                if item.move_line_id in entries:
                    item.write(item._prepare_item_values(item.move_line_id))
                else:
                    item.unlink()
            plan._compute_line_ids()
        return True

    def action_propose(self):
        """Fix the figures, as the ledger has them now, and propose the plan to the customer."""
        for plan in self:
            plan._check_stage("draft")
            plan._check_items()
            plan._check_schedule()
            plan.stage = "proposed"
            plan.sudo().item_ids.live = True
            self.env["credit.contact.log"]._log(
                plan.partner_id, plan.company_id, "plan", note=plan.display_name
            )
        return True

    def _check_items(self):
        """Refuse items that are not the customer's, in another plan, or not as open as planned."""
        self.ensure_one()
        entries = self.item_ids.move_line_id
        foreign = entries.filtered(
            lambda entry: (
                entry.partner_id.commercial_partner_id != self.partner_id.commercial_partner_id
                or entry.company_id.root_id != self.company_id
            )
        )
        if foreign:
            raise UserError(
                self.env._("%s is not of this customer and company.", foreign[0].display_name)
            )
        entries = self._get_open_entries(entries, self.currency_id)
        running = (
            self.env["credit.payment.plan.item"]
            .sudo()  # another salesperson's plan counts as well
            .search(
                [
                    ("move_line_id", "in", entries.ids),
                    ("live", "=", True),
                    ("plan_id", "!=", self.id),
                    ("plan_id.state", "in", ("agreed", "proposed")),
                ]
            )
        )
        if running:
            raise UserError(
                self.env._(
                    "%(items)s: part of the plan %(plan)s already.",
                    items=", ".join(running.mapped("name")),
                    plan=running[0].plan_id.name,
                )
            )
        is_open = sum(entries.mapped("amount_residual_currency"))
        if self.currency_id.compare_amounts(is_open, self.amount):
            raise UserError(
                self.env._(
                    "%(open)s is open on these items now, no longer %(planned)s: compute the "
                    "instalments again.",
                    open=format_amount(self.env, is_open, self.currency_id),
                    planned=format_amount(self.env, self.amount, self.currency_id),
                )
            )

    def _check_schedule(self):
        """Refuse a schedule that does not pay the items, or that lies in the past."""
        self.ensure_one()
        if not self.line_ids or len(self.line_ids) > MAX_INSTALMENTS:
            raise ValidationError(
                self.env._("A plan has between 1 and %s instalments.", MAX_INSTALMENTS)
            )
        planned = sum(self.line_ids.mapped("amount"))
        if self.currency_id.compare_amounts(planned, self.amount):
            raise ValidationError(
                self.env._(
                    "The instalments add up to %(planned)s, the items to %(amount)s.",
                    planned=format_amount(self.env, planned, self.currency_id),
                    amount=format_amount(self.env, self.amount, self.currency_id),
                )
            )
        if min(self.line_ids.mapped("date")) < self.company_id._get_credit_today():
            raise ValidationError(self.env._("An instalment lies in the past."))

    def action_accept(self, name, date=None, ip=None):
        """Record the customer's agreement; from now on the plan is followed.

        :param str name: who agreed for the customer
        :param date: the day of the signature, today by default
        :param ip: address it was given from, for a signature on the customer's own page
        """
        if not (name or "").strip():
            raise UserError(self.env._("Say who agreed for the customer."))
        for plan in self:
            plan._check_stage("proposed")
            plan.write(
                {
                    "stage": "agreed",
                    "accepted_by": name.strip(),
                    "accepted_on": date or plan.company_id._get_credit_today(),
                    "accepted_ip": ip,
                }
            )
            plan._set_live(True)
        return True

    def action_redraft(self):
        """Take a proposed plan back, to change it."""
        for plan in self:
            plan._check_stage("proposed")
            plan.stage = "draft"
            plan.sudo().item_ids.live = False
        return True

    def _check_stage(self, stage):
        if self.stage != stage:
            labels = dict(self._fields["stage"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(plan)s is not in the stage “%(stage)s”.",
                    plan=self.display_name,
                    stage=labels[stage],
                )
            )

    def _cancel(self, reason):
        result = super()._cancel(reason)
        self.write({"stage": "cancelled"})
        return result

    def action_cancel(self):
        """Ask why the plan ends; the original claims are back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel the plan"),
            "res_model": "credit.commitment.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_open_accept(self):
        """Ask who signed, and when."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The customer agreed"),
            "res_model": "credit.payment.plan.accept",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_book_interest(self):
        """Book the interest as a draft, due with the last instalment; who posts it decides."""
        self.ensure_one()
        self._check_stage("agreed")
        if self.interest_state != "to_book":
            raise UserError(self.env._("The interest of %s is booked already.", self.name))
        entry = self.item_ids.move_line_id[:1]
        days = self.line_ids.mapped("date")
        claim = {
            "kind": "interest",
            "amount": self.amount_interest,
            "date_from": self.date,
            "date_to": max(days),
        }
        move = self.env["account.move"].create(
            entry.company_id._prepare_late_cost_move(
                self.partner_id, self.currency_id, self.company_id._get_credit_today(),
                [(entry, claim)],
            )
        )  # fmt: skip
        localized = self.with_context(lang=self.lang).env
        move.ref = localized._("Interest of the payment plan %s", self.name)
        if move.is_invoice():
            move.invoice_date_due = max(days)
            move.invoice_line_ids.name = move.ref
        else:
            receivable = move.line_ids.filtered("date_maturity")
            receivable.date_maturity = max(days)
            move.line_ids.name = move.ref
        self.interest_move_id = move
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": move.id,
            "views": [(False, "form")],
        }

    def _open_form(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payment plan"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_print(self):
        """Print the agreement, in the customer's language."""
        return self.env.ref("credit_mgmt.action_report_credit_payment_plan").report_action(self)

    # === NIGHT === #

    @api.model
    def _cron_follow(self):
        """End what is over, and tell the owners about breaches and late instalments."""
        running = self.search([("live", "=", True)])
        self._follow_ledger()
        self.search([("live", "=", True)])._tell_late()
        running.filtered(lambda plan: plan.state == "kept")._tell_interest()

    def _tell_interest(self):
        """Tell the owners of plans that are paid what interest nobody booked."""
        for plan in self.filtered(lambda plan: plan.interest_state == "to_book"):
            owner = plan._get_owner()
            env = plan.with_context(lang=owner.lang).env
            plan.activity_schedule(
                "credit_mgmt.mail_activity_type_late_instalment",
                summary=env._(
                    "The plan is paid, its interest of %s is not booked",
                    format_amount(env, plan.amount_interest, plan.currency_id),
                ),
                user_id=owner.id,
            )

    def _tell_late(self):
        """Tell the owner, once per instalment, that one is late but not broken yet."""
        for company, plans in self.grouped("company_id").items():
            today = company._get_credit_today()
            for plan in plans:
                late = plan.line_ids.filtered(
                    lambda line, today=today: (
                        line.date < today and line.state == "due" and not line.late_told
                    )
                )
                if not late:
                    continue
                owner = plan._get_owner()
                env = plan.with_context(lang=owner.lang).env
                plan.activity_schedule(
                    "credit_mgmt.mail_activity_type_late_instalment",
                    summary=env._(
                        "Instalment of %(date)s is late: the plan ends after %(days)s days",
                        date=format_date(env, late[0].date),
                        days=plan.grace_days,
                    ),
                    user_id=owner.id,
                )
                late.sudo().late_told = True  # users do not write agreed instalments

    def _get_broken_summary(self) -> str:
        self.ensure_one()
        return self.env._(
            "Payment plan broken: the instalment of %(date)s is missing, %(left)s left",
            date=format_date(self.env, self.missed_on),
            left=format_amount(self.env, self.amount_left, self.currency_id),
        )
