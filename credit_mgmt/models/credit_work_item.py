from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..tools import priority
from ..tools.priority import COMPONENTS

#: What may have to be done with a customer, the most pressing first: (code, label).
STEPS = [
    ("broken", "Follow up a broken promise"),
    ("answer", "Answer the customer"),
    ("delivery", "Mend a failed delivery"),
    ("planned", "Do what was planned"),
    ("formal_notice", "Review a formal notice"),
    ("release", "Release a reminder"),
    ("send", "Send a prepared reminder"),
    ("call", "Call"),
    ("address", "Find an address"),
    ("check_payment", "Check the payment"),
    ("allocate", "Allocate a credit"),
    ("dispute", "Settle a dispute"),
    ("instalment", "Follow up an instalment"),
    ("remind", "Send a reminder"),
    ("contact", "Get in touch"),
]
#: What cannot wait behind the points of others.
URGENT = ("broken", "answer")


class CreditWorkItem(models.Model):
    """One row per customer and main company: how urgent it is, and the one next step.

    Everything is read when it is asked for, from the receivables and from what people did; the
    row has the id of the customer's first open item. Points are those of ``tools.priority``.
    Steps that lie ahead (a planned activity) and customers of whom nothing is to be expected now
    stay in the list with another state, so that the whole portfolio is in sight.
    """

    _name = "credit.work.item"
    _description = "Work List"
    _auto = False
    _rec_name = "partner_id"
    _order = "urgent desc, priority desc, amount_overdue desc, id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    state = fields.Selection(
        [("todo", "To do"), ("planned", "Planned"), ("waiting", "Waiting")],
        readonly=True,
        help="Planned: a step lies ahead. Waiting: nothing is to be done now.",
    )
    step = fields.Selection(STEPS, string="Next Step", readonly=True)
    step_date = fields.Date(string="Since", readonly=True, aggregator=None)
    reason = fields.Char(string="Why", compute="_compute_reason")
    urgent = fields.Boolean(readonly=True)
    priority = fields.Float(string="Points", digits=(16, 1), readonly=True, aggregator="max")
    points_amount = fields.Float(digits=(16, 1), readonly=True, aggregator=None)
    points_lateness = fields.Float(digits=(16, 1), readonly=True, aggregator=None)
    points_probability = fields.Float(digits=(16, 1), readonly=True, aggregator=None)
    points_broken = fields.Float(digits=(16, 1), readonly=True, aggregator=None)
    points_contact = fields.Float(digits=(16, 1), readonly=True, aggregator=None)
    points_value = fields.Float(digits=(16, 1), readonly=True, aggregator=None)
    points_explained = fields.Char(compute="_compute_points_explained")
    item_count = fields.Integer(string="Overdue Items", readonly=True)
    amount_open = fields.Monetary(string="Open", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)
    amount_disputed = fields.Monetary(string="Disputed", readonly=True)
    amount_promised = fields.Monetary(string="Promised", readonly=True)
    amount_credit = fields.Monetary(string="Unallocated", readonly=True)
    days_overdue = fields.Integer(string="Days Late", readonly=True, aggregator="max")
    usual_delay = fields.Integer(readonly=True, aggregator="avg")
    turnover = fields.Monetary(string="Turnover, 12 Months", readonly=True)
    broken_count = fields.Integer(string="Broken Promises, 12 Months", readonly=True)
    last_contact = fields.Date(readonly=True, aggregator="max")
    days_since_contact = fields.Integer(
        readonly=True,
        aggregator="max",
        help="Since the last reminder or the last time the customer was reached.",
    )
    planned_on = fields.Date(readonly=True, aggregator="min")
    dunning_level_id = fields.Many2one("credit.dunning.level", string="Next Level", readonly=True)
    next_dunning_date = fields.Date(string="Next Reminder", readonly=True, aggregator="min")
    exclusion_reason = fields.Selection(
        selection=lambda self: self.env["credit.receivable"]._selection_exclusion_reason(),
        string="Left Out Because",
        readonly=True,
    )

    _depends = {
        "account.bank.statement.line": ["partner_id", "is_reconciled", "amount", "company_id"],
        "account.move": [
            "move_type", "state", "commercial_partner_id", "company_id", "invoice_date",
            "amount_untaxed_signed",
        ],
        "account.partial.reconcile": ["max_date", "amount", "debit_amount_currency"],
        "credit.collection": ["partner_id", "company_id", "date_until", "live"],
        "credit.contact.log": ["partner_id", "company_id", "date", "is_contact", "activity_id"],
        "credit.dispute": ["partner_id", "company_id", "live", "answered_on", "date_deadline"],
        "credit.dunning.level": ["auto_send", "channel_ids"],
        "credit.dunning.notice": [
            "partner_id", "company_id", "state", "date", "sent_date", "formal_notice",
        ],
        "credit.payment.plan": [
            "partner_id", "company_id", "amount", "stage", "grace_days", "cancelled_on", "live",
            "closed_on",
        ],
        "credit.promise": [
            "partner_id", "company_id", "amount", "grace_days", "cancelled_on", "live",
            "date_last",
        ],
        "credit.receivable": ["partner_id"],
        "mail.activity": [
            "active", "res_model", "res_id", "date_deadline", "activity_type_id",
        ],
        "res.company": [
            "credit_large_amount", "credit_contact_days", "credit_start_date", "currency_id",
            *(f"credit_weight_{name}" for name in COMPONENTS),
        ],
        "res.partner": [
            "email", "phone", "active", "commercial_partner_id", "collector_id", "user_id",
            "country_id",
        ],
    }  # fmt: skip

    # === WORDS === #

    @api.depends("step", "step_date", "state")
    def _compute_reason(self):
        for item in self:
            item.reason = item._get_reason()

    def _get_reason(self) -> str:
        """Say why the next step is the next one, in the user's language."""
        self.ensure_one()
        if self.state == "planned":
            return self.env._("Planned for %s", format_date(self.env, self.planned_on))
        if not self.step:
            return self._get_waiting_reason()
        day = format_date(self.env, self.step_date) if self.step_date else ""
        overdue = format_amount(self.env, self.amount_overdue, self.currency_id)
        level = self.dunning_level_id.name or ""
        words = {
            "broken": self.env._("Promised for %s, the money is missing", day),
            "answer": self.env._("The customer answered on %s", day),
            "delivery": self.env._("The reminder of %s did not reach the customer", day),
            "planned": self.env._("Planned for %s", day),
            "formal_notice": self.env._("A formal notice waits for a person to read it"),
            "release": self.env._("A prepared reminder waits for a person to read it"),
            "send": self.env._("A reminder is released and has not left yet"),
            "call": self.env._("A call is due since %s", day),
            "address": self.env._("%s overdue, no e-mail and no phone number is known", overdue),
            "check_payment": self.env._("A payment was due on %s or is not matched yet", day),
            "allocate": self.env._(
                "%s unallocated, while items are overdue",
                format_amount(self.env, -self.amount_credit, self.currency_id),
            ),
            "dispute": self.env._("A dispute is answered or late since %s", day),
            "instalment": self.env._("The instalment of %s is late", day),
            "remind": self.env._("“%(level)s” is reached, since %(day)s", level=level, day=day),
            "contact": self.env._("%s overdue and no contact", overdue)
            if not self.last_contact
            else self.env._(
                "%(amount)s overdue, last contact %(days)s days ago",
                amount=overdue,
                days=self.days_since_contact,
            ),
        }
        return words[self.step]

    def _get_waiting_reason(self) -> str:
        if self.exclusion_reason:
            return dict(self.env["credit.receivable"]._selection_exclusion_reason())[
                self.exclusion_reason
            ]
        if self.next_dunning_date:
            return self.env._(
                "Next reminder on %s",
                format_date(
                    self.env, max(self.next_dunning_date, self.company_id._get_credit_today())
                ),
            )
        return self.env._("Reminded or spoken with a short time ago")

    @api.depends("priority")
    def _compute_points_explained(self):
        for item in self:
            item.points_explained = " · ".join(
                f"{row['label']}: {row['text']} ({row['points']:g}/{row['weight']})"
                for row in item._explain_points()
            )

    def _explain_points(self) -> list[dict]:
        """Return the components of the priority: code, label, text, points and weight."""
        self.ensure_one()
        amount = format_amount(self.env, self.amount_overdue, self.currency_id)
        turnover = format_amount(self.env, self.turnover, self.currency_id)
        later = self.days_overdue - self.usual_delay
        texts = {
            "amount": (self.env._("Amount"), self.env._("%s overdue", amount)),
            "lateness": (self.env._("Lateness"), self.env._("%s days late", self.days_overdue)),
            "probability": (
                self.env._("Unusual delay"),
                self.env._("%s days later than usual", max(later, 0))
                if self.usual_delay
                else self.env._("%s days, no habit known", max(later, 0)),
            ),
            "broken": (
                self.env._("Broken promises"),
                self.env._("%s within a year", self.broken_count),
            ),
            "contact": (
                self.env._("Silence"),
                self.env._("%s days without contact", self.days_since_contact)
                if self.last_contact
                else self.env._("never in contact"),
            ),
            "value": (
                self.env._("Value of the customer"),
                self.env._("%s of sales in a year", turnover),
            ),
        }
        weights = self.company_id.sudo()._get_credit_weights()  # a branch's user reads its root's
        return [
            {
                "code": name,
                "label": texts[name][0],
                "text": texts[name][1],
                "points": self[f"points_{name}"],
                "weight": weights[name],
            }
            for name in COMPONENTS
        ]

    # === QUERY === #

    @property
    def _table_query(self) -> SQL:
        return SQL("SELECT %s FROM %s WHERE %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self) -> SQL:
        return SQL(
            """
            owed.id,
            owed.partner_id,
            owed.company_id,
            parameter.currency_id,
            owed.collector_id,
            partner.user_id,
            partner.country_id,
            CASE WHEN later.planned THEN 'planned'
                 WHEN step.code IS NOT NULL THEN 'todo'
                 ELSE 'waiting' END AS state,
            step.code AS step,
            step.date AS step_date,
            COALESCE(step.code IN %(urgent)s AND NOT later.planned, FALSE) AS urgent,
            %(total)s AS priority,
            %(points)s,
            owed.item_count,
            owed.amount_open,
            owed.amount_overdue,
            owed.amount_disputed,
            owed.amount_promised,
            owed.amount_credit,
            GREATEST(owed.days_overdue, 0) AS days_overdue,
            fact.usual_delay,
            fact.turnover,
            fact.broken_count,
            fact.last_contact,
            parameter.today - fact.last_contact AS days_since_contact,
            planned.date AS planned_on,
            COALESCE(owed.level_id, owed.next_level_id) AS dunning_level_id,
            owed.next_dunning_date,
            owed.exclusion_reason
            """,
            urgent=URGENT,
            total=SQL(" + ").join(SQL("point.%s", SQL.identifier(name)) for name in COMPONENTS),
            points=SQL(", ").join(
                SQL("point.%s AS %s", SQL.identifier(name), SQL.identifier(f"points_{name}"))
                for name in COMPONENTS
            ),
        )

    @api.model
    def _where(self) -> SQL:
        """Leave out the customers of whom nothing is overdue and nothing to be done."""
        return SQL("owed.amount_overdue > 0 OR step.code IS NOT NULL OR planned.date IS NOT NULL")

    @api.model
    def _get_points_sql(self) -> SQL:
        """Return one row with the points by component: what ``tools.priority.points`` says.

        Aliases: ``owed``, ``fact`` and ``parameter``.
        """

        def share(part, whole):
            return SQL("LEAST(GREATEST(%s / (%s)::numeric, 0), 1)", part, whole)

        large = SQL("parameter.large_amount")
        shares = {
            "amount": share(SQL("owed.amount_overdue"), large),
            "lateness": share(SQL("owed.days_overdue"), SQL("%s", priority.LATE_DAYS)),
            "probability": share(
                SQL("(owed.days_overdue - fact.usual_delay)"), SQL("%s", priority.UNUSUAL_DAYS)
            ),
            "broken": share(SQL("fact.broken_count"), SQL("%s", priority.BROKEN)),
            "contact": SQL(
                "CASE WHEN fact.last_contact IS NULL THEN 1 ELSE %s END",
                share(
                    SQL("(parameter.today - fact.last_contact)"),
                    SQL("%s", priority.CONTACT_DAYS),
                ),
            ),
            "value": share(SQL("fact.turnover"), SQL("%s * %s", large, priority.TURNOVER_FACTOR)),
        }
        return SQL(
            "SELECT %s",
            SQL(", ").join(
                SQL(
                    "CASE WHEN owed.amount_overdue > 0 THEN ROUND(parameter.%s * %s, 1)"
                    " ELSE 0 END AS %s",
                    SQL.identifier(name),
                    share_sql,
                    SQL.identifier(name),
                )
                for name, share_sql in shares.items()
            ),
        )

    # === ACTIONS === #

    def action_open_file(self):
        """Open the screen of the day at this customer."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id("credit_mgmt.credit_work_action"),
            "params": {"key": [self.partner_id.id, self.company_id.id], "scope": "all"},
        }

    def action_hand_over(self):
        """Open the wizard that gives the selected customers to another collector."""
        return self.env["credit.work.handover"]._open(self.partner_id)

    def action_send_reminders(self):
        """Open the wizard that shows who of the selected customers would get a reminder."""
        return self.partner_id.action_send_reminders()
