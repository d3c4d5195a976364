import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from psycopg2 import OperationalError

from ..tools import gate

_logger = logging.getLogger(__name__)

#: Namespace of the advisory lock that keeps two nights from working on one company.
_NIGHT_LOCK = 194_004
#: What a person may write; the rest is what the rules found.
_OPEN_FIELDS = {"user_id"}
_STATES = [("open", "Raised"), ("snoozed", "Snoozed"), ("closed", "Closed")]


class CreditAlert(models.Model):
    """A risk that is true now: found by a rule, closed by itself when its cause is gone.

    There is one live row per rule, customer and key. Stored are figures; the sentence is made
    from them in the language of the reader.
    """

    _name = "credit.alert"
    _description = "Credit Alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "severity desc, date desc, id desc"
    _mail_post_access = "read"

    rule_id = fields.Many2one(
        "credit.alert.rule", required=True, readonly=True, index=True, ondelete="cascade"
    )
    severity = fields.Selection(related="rule_id.severity", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    key = fields.Char(readonly=True, help="Tells several alerts of one rule and customer apart.")
    message = fields.Char(compute="_compute_message")
    amount = fields.Monetary(readonly=True)
    value = fields.Float(
        readonly=True, digits=(16, 1), aggregator="avg", help="Days or percent, as the rule counts."
    )
    date_reference = fields.Date(string="Since", readonly=True)
    date = fields.Date(string="Raised On", readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="In Charge", index=True, domain=[("share", "=", False)]
    )
    live = fields.Boolean(readonly=True, default=True)
    snooze_until = fields.Date(readonly=True, help="Last day on which the alert is left alone.")
    snooze_reason = fields.Char(readonly=True)
    snoozed_by_id = fields.Many2one("res.users", readonly=True)
    closed_on = fields.Date(readonly=True)
    state = fields.Selection(_STATES, compute="_compute_state", search="_search_state")

    _live_unique = models.UniqueIndex(
        "(rule_id, company_id, partner_id, key) WHERE live",
        "This alert is open already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("rule_id", "amount", "value", "date_reference", "key")
    @api.depends_context("lang")
    def _compute_message(self):
        for alert in self:
            # Whoever reads the alert reads its sentence; the rule is configuration.
            rule = alert.sudo().rule_id
            word = getattr(rule, f"_alert_message_{rule.code}", None)
            alert.message = word(alert.sudo()) if word else rule.name

    @api.depends("rule_id", "partner_id")
    def _compute_display_name(self):
        for alert in self:
            names = (alert.partner_id.sudo().display_name, alert.sudo().rule_id.name)
            alert.display_name = ": ".join(name for name in names if name)

    @api.depends("live", "snooze_until", "company_id")
    def _compute_state(self):
        for alert in self:
            today = (alert.company_id or self.env.company)._get_credit_today()
            if not alert.live:
                alert.state = "closed"
            elif alert.snooze_until and alert.snooze_until >= today:
                alert.state = "snoozed"
            else:
                alert.state = "open"

    @api.model
    def _get_state_sql(self, alias: SQL) -> SQL:
        return SQL(
            """
            (SELECT CASE WHEN %(alias)s.live IS NOT TRUE THEN 'closed'
                         WHEN %(alias)s.snooze_until >= day.today THEN 'snoozed'
                         ELSE 'open' END
               FROM %(days)s
              WHERE day.company_id = %(alias)s.company_id)
            """,
            alias=alias,
            days=self.env["credit.receivable"]._get_days_sql(),
        )

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["live", "snooze_until"])
        states = set(value)
        domain = [
            (
                "id",
                "in",
                SQL(
                    "(SELECT owner.id FROM credit_alert owner WHERE %s IN %s)",
                    self._get_state_sql(SQL("owner")),
                    tuple(states) or ("",),
                ),
            )
        ]
        # Few alerts are live, most of them are history.
        return domain if "closed" in states else [("live", "=", True), *domain]

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort and group by the state."""
        if fname == "state":
            self.flush_model(["live", "snooze_until", "company_id"])
            return self._get_state_sql(SQL.identifier(alias))
        return super()._field_to_sql(alias, fname, query)

    # === CRUD === #

    def write(self, vals):
        protected = {
            name for name in vals if not name.startswith(("message_", "activity_"))
        } - _OPEN_FIELDS
        if protected and not gate.is_open(self.env.context):
            raise UserError(self.env._("Alerts are written by their rules: snooze it instead."))
        result = super().write(vals)
        if vals.get("user_id"):
            self.activity_reschedule(
                ["credit_mgmt.mail_activity_type_alert"], new_user_id=vals["user_id"]
            )
        return result

    def _write_gated(self, vals):
        # The rows belong to the rules; rights are checked by the callers.
        return self.sudo().with_context(**gate.open_gate()).write(vals)

    # === EVALUATION === #

    @api.model
    def _evaluate(self, company, partners=None, rules=None):
        """Look at the rules of a company now: raise, refresh and close alerts.

        Nothing is raised twice; calling it again changes nothing.

        :param company: a company; its root decides
        :param partners: customers to look at, all of them by default
        :param rules: rules to look at, all active ones of the company by default
        :return: the alerts that were raised just now
        """
        # The rules look at all customers and items, whoever looks; a caller's context (a day, an
        # archived record) decides nothing.
        root = company.root_id.sudo()
        alerts = self.sudo().with_company(root)
        alerts = alerts.with_context(receivable_date=False, active_test=True)
        today = root._get_credit_today()
        if partners is not None:
            partners = partners.commercial_partner_id
            if not partners:
                return self.browse()
        self.env.flush_all()
        raised, closed = [], []
        active = alerts.env["credit.alert.rule"]._get_rules(root)
        for rule in active if rules is None else rules.sudo():
            rule = rule.with_env(alerts.env)
            # One rule's trouble spares the others; the next evaluation tries again.
            try:
                with self.env.cr.savepoint():
                    rows = self.env.execute_query(
                        alerts._get_claim_sql(rule, root, today, partners)
                    )
            except OperationalError:
                # Two evaluations met: the whole of this one is made again.
                raise
            except Exception:
                _logger.exception("Alert rule %s of company %s failed", rule.id, root.id)
                continue
            raised += [row_id for outcome, row_id in rows if outcome == "raised"]
            closed += [row_id for outcome, row_id in rows if outcome == "closed"]
        if rules is None:
            closed += alerts._close_without_rule(active, root, today, partners)
        self.invalidate_model()
        alerts._end_activities(closed)
        woken = alerts._end_snoozes(root, today, partners)
        raised = alerts.browse(raised)
        (raised | woken)._schedule_activities()
        return raised.with_env(self.env)

    @api.model
    def _get_claim_sql(self, rule, root, today, partners) -> SQL:
        """Return the statement that raises, refreshes and closes the alerts of one rule.

        Its rows are (``raised``, ``refreshed`` or ``closed``; id of the alert).
        """
        return SQL(
            """
            WITH found AS MATERIALIZED (%(found)s),
            closed AS (
                UPDATE credit_alert alert
                   SET live = FALSE, closed_on = %(today)s, write_uid = %(uid)s,
                       write_date = %(now)s
                 WHERE alert.live AND alert.rule_id = %(rule)s AND alert.company_id = %(company)s
                   AND %(among)s
                   AND NOT EXISTS (
                        SELECT 1 FROM found
                         WHERE found.partner_id = alert.partner_id AND found.key = alert.key)
             RETURNING alert.id
            ),
            claimed AS (
                INSERT INTO credit_alert AS alert (
                    rule_id, company_id, partner_id, move_line_id, key, severity, amount, value,
                    date_reference, date, user_id, live, create_uid, write_uid, create_date,
                    write_date)
                SELECT %(rule)s, %(company)s, found.partner_id, found.move_line_id, found.key,
                       %(severity)s, found.amount, found.value, found.date, %(today)s, %(person)s,
                       TRUE, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM found
                  JOIN res_partner entity ON entity.id = found.partner_id
           ON CONFLICT (rule_id, company_id, partner_id, key) WHERE live
             DO UPDATE SET amount = EXCLUDED.amount, value = EXCLUDED.value,
                           date_reference = EXCLUDED.date_reference,
                           move_line_id = EXCLUDED.move_line_id, write_date = EXCLUDED.write_date
                     WHERE (alert.amount, alert.value, alert.date_reference, alert.move_line_id)
                        IS DISTINCT FROM (EXCLUDED.amount, EXCLUDED.value,
                                          EXCLUDED.date_reference, EXCLUDED.move_line_id)
             RETURNING alert.id, xmax = 0 AS is_new
            )
            SELECT 'closed', id FROM closed
            UNION ALL
            SELECT CASE WHEN is_new THEN 'raised' ELSE 'refreshed' END, id FROM claimed
            """,
            found=rule._get_found_sql(root, today, partners),
            rule=rule.id,
            company=root.id,
            among=self._get_among_sql(partners),
            severity=rule.severity,
            person=rule._get_recipient_sql(root),
            today=today,
            uid=self.env.uid,
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_among_sql(self, partners) -> SQL:
        if partners is None:
            return SQL("TRUE")
        return SQL("alert.partner_id IN %s", tuple(partners.ids) or (0,))

    @api.model
    def _close_without_rule(self, active, root, today, partners) -> list[int]:
        """Close the alerts of rules that were archived or given to another company."""
        rows = self.env.execute_query(
            SQL(
                "UPDATE credit_alert alert SET live = FALSE, closed_on = %s"
                " WHERE alert.live AND alert.company_id = %s AND alert.rule_id NOT IN %s AND %s"
                " RETURNING alert.id",
                today,
                root.id,
                tuple(active.ids) or (0,),
                self._get_among_sql(partners),
            )
        )
        return [row[0] for row in rows]

    def _close(self, today):
        """Close alerts whose customer goes away."""
        self._write_gated({"live": False, "closed_on": today})
        self._end_activities(self.ids)

    @api.model
    def _end_activities(self, alert_ids):
        if alert_ids:
            self.env["mail.activity"].search(
                [("res_model", "=", self._name), ("res_id", "in", alert_ids)]
            ).unlink()

    @api.model
    def _end_snoozes(self, root, today, partners):
        """Open again what was snoozed until a day that has passed and is still true."""
        domain = [("company_id", "=", root.id), ("live", "=", True), ("snooze_until", "<", today)]
        if partners is not None:
            domain.append(("partner_id", "in", partners.ids))
        woken = self.search(domain)
        woken._write_gated({"snooze_until": False, "snooze_reason": False, "snoozed_by_id": False})
        return woken

    def _schedule_activities(self):
        """Give whoever is in charge an activity for each alert, without an e-mail for each."""
        alerts = self.filtered(lambda alert: alert.user_id and alert.rule_id.with_activity)
        if not alerts:
            return
        activity_type = self.env.ref("credit_mgmt.mail_activity_type_alert")
        model_id = self.env["ir.model"]._get_id(self._name)
        values = []
        for user, own in alerts.grouped("user_id").items():
            for alert in own.with_context(lang=user.lang):
                values.append(
                    {
                        "activity_type_id": activity_type.id,
                        "res_model_id": model_id,
                        "res_id": alert.id,
                        "user_id": user.id,
                        "date_deadline": alert.company_id._get_credit_today(),
                        "summary": alert.display_name,
                        "note": alert.message,
                        "automated": True,
                    }
                )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(values)

    # === WHEN SOMETHING HAPPENS === #

    @api.model
    def _look_again(self, partners, companies):
        """Have the rules look at customers soon, since something happened to them.

        Whoever made it happen neither waits nor fails: the scheduled action works the list off.

        :param partners: customers or contacts of them
        :param companies: companies in which something happened
        """
        roots = companies.sudo().root_id.filtered("credit_alerts")
        partners = partners.sudo().commercial_partner_id
        if not roots or not partners:
            return
        # A list of the system, which no user writes.
        self.env["credit.alert.pending"].sudo().create(
            [
                {"partner_id": partner.id, "company_id": root.id}
                for root in roots
                for partner in partners
            ]
        )
        self.env.ref("credit_mgmt.credit_alert_pending_cron").sudo()._trigger()

    @api.model
    def _cron_alerts(self):
        """Nightly work: every rule of every company that has its alerts on."""
        roots = self.env["res.company"].search(
            [("parent_id", "=", False), ("credit_alerts", "=", True)]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(roots))
        for root in roots:
            [[locked]] = self.env.execute_query(
                SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", _NIGHT_LOCK, root.id)
            )
            if locked:
                # Whoever waits to be looked at is among all of them.
                self.env["credit.alert.pending"].search([("company_id", "=", root.id)]).unlink()
                self._evaluate(root)
            self.env["ir.cron"]._commit_progress(1)

    # === ACTIONS === #

    def action_snooze(self):
        """Ask until when and why the selected alerts are left alone."""
        alerts = self.filtered("live")
        if not alerts:
            raise UserError(self.env._("Select at least one alert that is not closed."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Snooze"),
            "res_model": "credit.alert.snooze",
            "view_mode": "form",
            "target": "new",
            "context": {"default_alert_ids": [fields.Command.set(alerts.ids)]},
        }

    def _snooze(self, until, reason):
        """Leave alerts alone until a day, if they stay true so long.

        :raises UserError: the day is not after today
        """
        self._check_credit_user()
        for alert in self.filtered("live"):
            if until <= alert.company_id._get_credit_today():
                raise UserError(self.env._("Choose a day after today."))
            alert._write_gated(
                {"snooze_until": until, "snooze_reason": reason, "snoozed_by_id": self.env.uid}
            )
            alert.sudo().message_post(
                body=self.env._(
                    "Snoozed until %(day)s by %(user)s: %(reason)s",
                    day=fields.Date.to_string(until),
                    user=self.env.user.name,
                    reason=reason,
                )
            )
        self.sudo()._end_activities(self.ids)

    def action_wake(self):
        """End the snooze of the selected alerts."""
        self._check_credit_user()
        snoozed = self.filtered(lambda alert: alert.live and alert.snooze_until)
        snoozed._write_gated(
            {"snooze_until": False, "snooze_reason": False, "snoozed_by_id": False}
        )
        snoozed.sudo()._schedule_activities()
        return True

    def _check_credit_user(self):
        """Whoever is in charge of an alert, or a credit user who sees it, decides about it."""
        self.check_access("read")
        if self.env.su or self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            return
        if any(alert.user_id != self.env.user for alert in self):
            raise AccessError(
                self.env._("Only a credit user or the person in charge may snooze an alert.")
            )

    @api.readonly
    def action_open_cause(self):
        """Open what the alert is about; the customer's credit page where nothing is nearer."""
        self.ensure_one()
        self.check_access("read")
        show = getattr(self.sudo().rule_id, f"_alert_open_{self.sudo().rule_id.code}", None)
        return show(self) if show else self.partner_id.action_open_credit_page()

    def action_open_credit_page(self):
        """Open the page that prepares a call to the customer."""
        self.ensure_one()
        return self.partner_id.action_open_credit_page()
