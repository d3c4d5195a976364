from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

#: Names of the parameters; apart from the texts, since they are no words to translate.
_PERCENT, _DAYS, _AMOUNT = "percent", "days", "amount"
SEVERITIES = [("0", "Information"), ("1", "Warning"), ("2", "Serious"), ("3", "Critical")]


class CreditAlertRule(models.Model):
    """A risk that is looked for every night and when something happens, and whom it concerns.

    What a rule finds is one SQL statement for all customers; what becomes of it is
    ``credit.alert``.
    """

    _name = "credit.alert.rule"
    _description = "Credit Alert Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        domain=[("parent_id", "=", False)],
        help="Empty: the rule is looked at for every company.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    code = fields.Selection(
        [
            ("over_limit", "Over the limit"),
            ("limit_used", "Limit used up to"),
            ("overdue", "Overdue"),
            ("exposure_growth", "Growing exposure"),
            ("delay_drift", "Paying later than usual"),
            ("promise_broken", "Promise or instalment not kept"),
            ("dispute_old", "Old dispute"),
            ("no_order", "No purchase since"),
            ("solvency_expired", "Solvency note expired"),
            ("review_due", "Review of the limit due"),
        ],
        string="Looks For",
        required=True,
        default="overdue",
    )
    description = fields.Char(string="In Words", compute="_compute_parameters")
    parameters = fields.Char(
        string="Parameters in Use", compute="_compute_parameters", help="For the form."
    )
    severity = fields.Selection(SEVERITIES, required=True, default="1")
    threshold_percent = fields.Float(string="Percent", digits=(16, 1))
    threshold_days = fields.Integer(string="Days")
    threshold_amount = fields.Monetary(
        string="Amount Above", help="In the currency of the company looked at."
    )
    recipient = fields.Selection(
        [
            ("collector", "Collector of the customer"),
            ("salesperson", "Salesperson of the customer"),
            ("approver", "First approver of limits"),
            ("responsible", "Responsible for reminders"),
        ],
        required=True,
        default="collector",
        help="Who is in charge of the alerts; the responsible where the customer has nobody.",
    )
    with_activity = fields.Boolean(
        string="As an Activity", default=True, help="The person in charge gets an activity."
    )
    alert_count = fields.Integer(string="Open Alerts", compute="_compute_alert_count")

    _check_thresholds = models.Constraint(
        "CHECK(threshold_percent >= 0 AND threshold_days >= 0 AND threshold_amount >= 0)",
        "Percent, days and amount of a rule cannot be below zero.",
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company.root_id).currency_id

    @api.depends("code", "threshold_percent", "threshold_days")
    @api.depends_context("lang")
    def _compute_parameters(self):
        known = self._get_alert_parameters()
        for rule in self:
            text, names = known.get(rule.code, ("", (_PERCENT, _DAYS, _AMOUNT)))
            rule.description = text
            rule.parameters = ",".join(names)

    @api.depends_context("allowed_company_ids")
    def _compute_alert_count(self):
        counts = dict(
            self.env["credit.alert"]._read_group(
                [("rule_id", "in", self.ids), ("state", "=", "open")], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.alert_count = counts.get(rule, 0)

    @api.constrains("company_id")
    def _check_root_company(self):
        for rule in self:
            if rule.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Alerts belong to the main company: choose %(root)s instead of %(branch)s.",
                        root=rule.company_id.root_id.name,
                        branch=rule.company_id.name,
                    )
                )

    # === HOOKS === #

    @api.model
    def _get_alert_rules(self) -> dict[str, str]:
        """Return what rules can look for: {code: name of the method of the rule}.

        To be extended by ``super() | {code: name}`` along with the selection of ``code``. Such a
        method is called on one rule, ``_alert_<code>(company, today)``, and returns one SELECT,
        for all customers of a root company, of what is true today:

        * ``partner_id``: commercial entity
        * ``move_line_id``: the journal item that it is about, or NULL
        * ``key``: text that tells several of one customer apart, the id of a record; '' when
          there is one per customer
        * ``amount``: company currency
        * ``value``: number of days, percentage, whatever the rule counts
        * ``date``: since when, or NULL

        ``_alert_message_<code>(alert)`` puts one into words from these figures, and
        ``_alert_open_<code>(alert)``, if there is one, returns the action that shows its cause.
        Everything is flushed before. The caller narrows the SELECT to some customers by a
        condition on ``partner_id`` around it.
        """
        return {
            code: f"_alert_{code}"
            for code in (
                "over_limit",
                "limit_used",
                "overdue",
                "exposure_growth",
                "delay_drift",
                "promise_broken",
                "dispute_old",
                "no_order",
                "solvency_expired",
                "review_due",
            )
        }

    @api.model
    def _get_alert_parameters(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return what each code means, and which of percent, days and amount it uses.

        To be extended by ``super() | {code: (translated text, names)}``.
        """
        return {
            "over_limit": (
                self.env._("The exposure exceeds the limit in force, by more than the tolerance."),
                (_PERCENT,),
            ),
            "limit_used": (
                self.env._("This part of the limit is used, up to the next rule of this kind."),
                (_PERCENT,),
            ),
            "overdue": (
                self.env._(
                    "Items overdue for more than so many days add up to more than the amount, "
                    "unless a stricter rule tells the same person."
                ),
                (_DAYS, _AMOUNT),
            ),
            "exposure_growth": (
                self.env._(
                    "Open items grew by so many percent within these days, by more than the amount."
                ),
                (_PERCENT, _DAYS, _AMOUNT),
            ),
            "delay_drift": (
                self.env._(
                    "What the customer paid in the last 90 days was so many days later than in "
                    "the year before (medians of at least three payments each)."
                ),
                (_DAYS,),
            ),
            "promise_broken": (
                self.env._(
                    "A promise or an instalment was not kept and the money is still missing; "
                    "older ones than these days are history."
                ),
                (_DAYS,),
            ),
            "dispute_old": (
                self.env._("A dispute has been open for more than so many days."),
                (_DAYS,),
            ),
            "no_order": (
                self.env._(
                    "A customer who owes more than the amount has bought nothing for so many days."
                ),
                (_DAYS, _AMOUNT),
            ),
            "solvency_expired": (
                self.env._(
                    "The last solvency note of a source is past its expiry, or will be in so "
                    "many days."
                ),
                (_DAYS,),
            ),
            "review_due": (
                self.env._("The next review of the limit is due, or will be in so many days."),
                (_DAYS,),
            ),
        }

    # === EVALUATION === #

    @api.model
    def _get_rules(self, root):
        """Return the active rules that are looked at for a root company."""
        known = self._get_alert_rules()
        return self.search([("company_id", "in", (False, root.id))]).filtered(
            lambda rule: rule.code in known
        )

    def _get_found_sql(self, root, today, partners=None) -> SQL:
        """Return what the rule finds now in a root company, one row per customer and key."""
        self.ensure_one()
        query = getattr(self, self._get_alert_rules()[self.code])(root, today)
        return SQL(
            """
            SELECT DISTINCT ON (found.partner_id, found.key)
                   found.partner_id, found.move_line_id, found.key,
                   ROUND(found.amount::numeric, %(digits)s) AS amount,
                   ROUND(found.value::numeric, 1) AS value,
                   found.date
              FROM (%(query)s) AS found(partner_id, move_line_id, key, amount, value, date)
             WHERE %(among)s
          ORDER BY found.partner_id, found.key, found.amount DESC NULLS LAST
            """,
            digits=root.currency_id.decimal_places,
            query=query,
            among=SQL("found.partner_id IS NOT NULL")
            if partners is None
            else SQL("found.partner_id IN %s", tuple(partners.ids) or (0,)),
        )

    def _get_recipient_sql(self, root) -> SQL:
        """Return the user in charge (outer alias ``entity``, the customer)."""
        self.ensure_one()
        responsible = root._get_credit_responsible().id
        if self.recipient == "responsible":
            return SQL("%s::int", responsible)
        if self.recipient == "approver":
            approver = root._get_credit_approvers(0.0)[:1].id
            return SQL("%s::int", approver or responsible)
        person = (
            SQL("(entity.collector_id ->> %s)::int", str(root.id))
            if self.recipient == "collector"
            else SQL("entity.user_id")
        )
        return SQL(
            "COALESCE((SELECT person.id FROM res_users person"
            " WHERE person.id = %s AND person.active AND NOT person.share), %s::int)",
            person,
            responsible,
        )

    # === ACTIONS === #

    def action_open_alerts(self):
        """Open the alerts of the rule."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("credit_mgmt.credit_alert_action"),
            "domain": [("rule_id", "=", self.id)],
        }

    def action_evaluate(self):
        """Look at the selected rules now, for the user's main companies."""
        self.check_access("write")
        # A branch's alerts are those of its main company, which the user need not have ticked.
        for root in self.env.companies.sudo().root_id:
            rules = self.filtered(
                lambda rule, r=root: rule.active and rule.company_id in (r, r.browse())
            )
            self.env["credit.alert"]._evaluate(root, rules=rules)
        return self.env["ir.actions.act_window"]._for_xml_id("credit_mgmt.credit_alert_action")
