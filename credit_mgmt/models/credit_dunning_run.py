from collections import defaultdict
from datetime import date as date_type

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_amount, format_date

#: Above this number of notices the button hands the sending over to the scheduled action.
SEND_AT_ONCE = 50
#: Notices sent between two commits of progress of the scheduled action.
SEND_BATCH = 20
#: Namespace of the advisory lock that serialises the preparation in one company.
_PREPARE_LOCK = 1_129_464_146
#: Reasons that stop the machine, not a person who asks for the reminder by hand.
_OVERRIDDEN_BY_HAND = ("replied", "start_by_hand")


class CreditDunningRun(models.Model):
    """A reminder batch: prepare (decide), review, send; with what it leaves out and why."""

    _name = "credit.dunning.run"
    _description = "Reminder Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
        help="The day whose due dates and levels count.",
    )
    automatic = fields.Boolean(readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users", string="Prepared By", default=lambda self: self.env.user, readonly=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("prepared", "Prepared"),
            ("sending", "Sending"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    level_mode = fields.Selection(
        [
            ("scheduled", "What the policies say for the date"),
            ("next", "The next level, even before its date"),
            ("chosen", "A chosen level"),
        ],
        default="scheduled",
        required=True,
    )
    level_id = fields.Many2one("credit.dunning.level", string="Chosen Level")
    ignore_interval = fields.Boolean(
        string="Ignore the Contact Interval",
        help="Also remind customers contacted less than the policy's interval ago.",
    )
    limited = fields.Boolean(
        help="The run is limited to selected customers or items.", readonly=True
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "credit_dunning_run_partner_rel",
        string="Selected Customers",
        copy=False,
    )
    move_line_ids = fields.Many2many(
        "account.move.line",
        "credit_dunning_run_move_line_rel",
        string="Selected Items",
        copy=False,
    )
    notice_ids = fields.One2many("credit.dunning.notice", "run_id", string="Notices")
    skip_ids = fields.One2many("credit.dunning.skip", "run_id", string="Left Out")
    notice_count = fields.Integer(compute="_compute_counts")
    draft_count = fields.Integer(string="To Release", compute="_compute_counts")
    formal_count = fields.Integer(string="Formal Notices to Release", compute="_compute_counts")
    letter_count = fields.Integer(string="Letters", compute="_compute_counts")
    ready_count = fields.Integer(string="Ready", compute="_compute_counts")
    sent_count = fields.Integer(string="Sent", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    uncertain_count = fields.Integer(string="Uncertain", compute="_compute_counts")
    skip_count = fields.Integer(string="Items Left Out", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="Share of the notices handled, in %.")
    amount_due = fields.Monetary(
        compute="_compute_counts", currency_field="company_currency_id"
    )
    summary_html = fields.Html(compute="_compute_summary_html", sanitize=False)
    bank_warning = fields.Html(compute="_compute_bank_warning", sanitize=False)
    waits_until = fields.Char(compute="_compute_waits_until")

    _one_automatic_per_day = models.UniqueIndex(
        "(company_id, date) WHERE automatic AND state != 'cancelled'",
        "There is an automatic run of this company for this day already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("date", "automatic", "limited")
    def _compute_name(self):
        for run in self:
            number = run._origin.id or ""
            label = (
                self.env._("Automatic run")
                if run.automatic
                else self.env._("Selection")
                if run.limited
                else self.env._("Run")
            )
            run.name = f"{label} {number} - {format_date(self.env, run.date)}"

    @api.depends("notice_ids.state", "skip_ids")
    def _compute_counts(self):
        by_state = defaultdict(dict)
        amounts = defaultdict(float)
        for run, state, count, amount in self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count", "amount_due:sum"]
        ):
            by_state[run.id][state] = count
            if state != "cancelled":
                amounts[run.id] += amount
        skips = dict(
            self.env["credit.dunning.skip"]._read_group(
                [("run_id", "in", self.ids)], ["run_id"], ["__count"]
            )
        )
        formal = dict(
            self.env["credit.dunning.notice"]._read_group(
                [
                    ("run_id", "in", self.ids),
                    ("state", "=", "draft"),
                    ("formal_notice", "=", True),
                ],
                ["run_id"],
                ["__count"],
            )
        )
        letters = dict(
            self.env["credit.dunning.delivery"]._read_group(
                [("run_id", "in", self.ids), ("attachment_id", "!=", False)],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            run.formal_count = formal.get(run._origin, 0)
            run.letter_count = letters.get(run._origin, 0)
            states = by_state[run.id]
            alive = sum(count for state, count in states.items() if state != "cancelled")
            handled = sum(states.get(state, 0) for state in ("sent", "failed", "uncertain"))
            run.notice_count = alive
            run.draft_count = states.get("draft", 0)
            run.ready_count = states.get("ready", 0) + states.get("sending", 0)
            run.sent_count = states.get("sent", 0)
            run.failed_count = states.get("failed", 0)
            run.uncertain_count = states.get("uncertain", 0)
            run.skip_count = skips.get(run, 0)
            run.progress = 100.0 * handled / alive if alive else 0.0
            run.amount_due = amounts[run.id]

    @api.depends("notice_ids", "skip_ids")
    def _compute_summary_html(self):
        for run in self:
            run.summary_html = self.env["ir.qweb"]._render(
                "credit_mgmt.credit_dunning_run_summary", run._get_summary()
            )

    def _get_summary(self) -> dict:
        """Return the review figures of the run.

        :return: ``currency`` and three lists of (label, notices or items, amount in company
            currency): ``levels``, ``channels`` and ``reasons``
        """
        self.ensure_one()
        alive = [("run_id", "=", self.id), ("state", "!=", "cancelled")]
        levels = self.env["credit.dunning.notice"]._read_group(
            alive, ["level_id"], ["__count", "amount_due:sum"]
        )
        channels = self.env["credit.dunning.delivery"]._read_group(
            [("run_id", "=", self.id), ("state", "!=", "cancelled")],
            ["channel_id"],
            ["__count", "amount_due:sum"],
        )
        reasons = self.env["credit.dunning.skip"]._read_group(
            [("run_id", "=", self.id)], ["reason"], ["__count", "amount:sum"]
        )
        labels = dict(self.env["credit.dunning.skip"]._selection_reason())
        with_policy = {"credit_show_policy": True}
        return {
            "currency": self.company_currency_id,
            "levels": [
                (level.with_context(**with_policy).display_name, count, amount)
                for level, count, amount in levels
            ],
            "channels": [(channel.name, count, amount) for channel, count, amount in channels],
            "reasons": [
                (labels.get(reason, reason), count, amount) for reason, count, amount in reasons
            ],
        }

    @api.depends("company_id", "state")
    def _compute_bank_warning(self):
        for run in self:
            company = run.company_id
            if not company or run.state in ("done", "cancelled"):
                run.bank_warning = False
                continue
            run.bank_warning = self.env["ir.qweb"]._render(
                "credit_mgmt.credit_dunning_run_bank",
                {
                    "rows": company._get_credit_bank_state(),
                    "stale": company._is_credit_bank_stale(),
                    "format_date": lambda value: format_date(self.env, value) if value else "",
                    "format_amount": lambda row: format_amount(
                        self.env, row["amount"], row["journal"].currency_id or company.currency_id
                    ),
                },
            )

    @api.depends("state")
    def _compute_waits_until(self):
        for run in self:
            closed = run.state in ("prepared", "sending") and not run._is_open_day()
            run.waits_until = closed and format_date(
                self.env,
                run.company_id._add_credit_working_days(run.company_id._get_credit_today(), 0),
            )

    # === CONSTRAINTS === #

    @api.constrains("company_id")
    def _check_company(self):
        for run in self:
            if run.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Runs belong to the main company, with the items of its branches: choose "
                        "%(root)s instead of %(branch)s.",
                        root=run.company_id.root_id.name,
                        branch=run.company_id.name,
                    )
                )

    @api.constrains("level_mode", "level_id")
    def _check_level(self):
        for run in self:
            if run.level_mode == "chosen" and not run.level_id:
                raise ValidationError(self.env._("Choose the level to send."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.notice_ids:
            raise UserError(
                self.env._("A run with notices is kept as evidence: cancel it instead.")
            )

    # === ACTIONS === #

    def action_prepare(self):
        """Decide who gets which reminder, and create the notices and the left-out list.

        A prepared run may be prepared again: what was not sent is cancelled first.

        :raises UserError: the run is being sent, done or cancelled, or another preparation of
            the company is under way
        """
        for run in self:
            if run.state not in ("draft", "prepared"):
                raise UserError(
                    self.env._("The run %s can no longer be prepared.", run.display_name)
                )
            run._lock_company()
            # Users may not write notices themselves: the run is the only author of them. The
            # company was checked by the access rule of the run.
            run = run.sudo()
            run.notice_ids.filtered("pending")._cancel(self.env._("Prepared again"))
            run.skip_ids.unlink()
            run._create_from_decisions(run._decide())
            run.state = "prepared"
        return True

    def action_review_notices(self):
        """Open the notices of the run."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Notices"),
            "res_model": "credit.dunning.notice",
            "view_mode": "list,form",
            "domain": [("run_id", "=", self.id)],
            "context": {"search_default_run": 0},
        }

    def action_review_skips(self):
        """Open what the run leaves out, by reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Left out"),
            "res_model": "credit.dunning.skip",
            "view_mode": "list",
            "domain": [("run_id", "=", self.id)],
            "context": {"search_default_group_reason": 1},
        }

    def action_add_customers(self):
        """Open the wizard that adds customers to the run."""
        self.ensure_one()
        return self.env["credit.dunning.send"]._open(run=self)

    def action_send(self):
        """Send what is ready, now and in this process; waits on a day without sending (rule 8).

        Notices that need a release (formal ones) stay until a person released them. Commits
        after each notice where ``_can_commit`` allows it.

        :raises UserError: the run was not prepared
        """
        for run in self:
            if run.state not in ("prepared", "sending"):
                raise UserError(
                    self.env._("Prepare the run %s before sending it.", run.display_name)
                )
            run.sudo()._set_ready()
            run.state = "sending"
            run._send_ready()
        return True

    def action_send_now(self):
        """Send on a closed day all the same: a person's decision, logged."""
        for run in self:
            run.message_post(
                body=self.env._("Sent on a day without sending, on the decision of %s.",
                                self.env.user.name)
            )  # fmt: skip
        return self.with_context(credit_send_on_closed_day=True).action_send()

    def action_send_review(self):
        """Button of the review: send at once, or hand a large run to the scheduled action."""
        self.ensure_one()
        if self.ready_count + self.draft_count <= SEND_AT_ONCE and self._is_open_day():
            self.action_send()
            message = self.env._("%s reminders sent.", self.sent_count)
        else:
            if self.state != "prepared":
                raise UserError(
                    self.env._("Prepare the run %s before sending it.", self.display_name)
                )
            self.sudo()._set_ready()
            self.state = "sending"
            # The user may not read scheduled actions; asking this one to run soon is harmless.
            self.env.ref("credit_mgmt.credit_dunning_run_cron").sudo()._trigger()
            message = (
                self.env._("%s reminders leave in the background.", self.ready_count)
                if self._is_open_day()
                else self.env._("No sending today: the reminders leave on %s.", self.waits_until)
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if not self.failed_count else "warning",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_release_formal(self):
        """Release the formal notices of the run: a person answers for them (rule 5)."""
        self.notice_ids.filtered(
            lambda notice: notice.state == "draft" and notice.formal_notice
        ).action_release()
        return True

    def action_retry_failed(self):
        """Try the failed deliveries of the run again."""
        failed = self.notice_ids.delivery_ids.filtered(lambda d: d.state == "failed")
        if not failed:
            raise UserError(self.env._("No delivery of this run failed."))
        return failed.action_retry()

    def action_print_letters(self):
        """Download the letters of the run as one PDF, in the order of the addresses."""
        return self.notice_ids.action_print_letters()

    def action_cancel(self):
        """Cancel what was not sent; the levels of these items are free again."""
        for run in self:
            if run.state == "cancelled":
                continue
            # Users may not write notices themselves.
            notices = run.sudo().notice_ids
            notices.filtered("pending")._cancel(self.env._("Run cancelled"))
            kept = notices.filtered(lambda notice: notice.state != "cancelled")
            run.state = "done" if kept else "cancelled"
        return True

    def action_draft(self):
        """Take a cancelled run up again."""
        for run in self:
            if run.state != "cancelled":
                raise UserError(self.env._("Only a cancelled run can be taken up again."))
            run.state = "draft"
        return True

    # === DECISION === #

    def _lock_company(self):
        """Serialise the preparation in a company; the unique indexes remain the last word.

        :raises UserError: another transaction prepares a run of the company right now
        """
        self.ensure_one()
        [[locked]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", _PREPARE_LOCK, self.company_id.id)
        )
        if not locked:
            raise UserError(
                self.env._(
                    "Another run of %s is being prepared: try again in a moment.",
                    self.company_id.name,
                )
            )

    def _get_dunnable_item_domain(self) -> list:
        """Return the domain on ``credit.receivable`` of the items the run looks at.

        To be narrowed by a bridge; the reasons for leaving items out belong to
        ``_get_exclusion_rules``, so that they are told.
        """
        self.ensure_one()
        domain = [("root_company_id", "=", self.company_id.id)]
        if self.limited:
            partners = self.partner_ids.commercial_partner_id
            partners |= self.move_line_ids.partner_id.commercial_partner_id
            domain.append(("partner_id", "in", partners.ids))
        return domain

    def _decide(self) -> list[dict]:
        """Decide the whole run in one SQL statement.

        :return: one dict per open item that goes on a notice or that is overdue and left out:
            ``id`` (of the journal item), ``partner_id``, ``policy_id``, ``role`` (claimed,
            recalled, not_due, credit; None when the item is on no notice), ``level_id`` (claimed:
            the level consumed), ``notice_level_id``, ``reason`` and ``scope`` (left out: why, and
            whether that is the item's or the customer's reason), ``detail`` (a date the reason
            refers to) and the item's figures as on ``credit.receivable``
        """
        self.ensure_one()
        for model in ("credit.dunning.notice", "credit.dunning.notice.line"):
            self.env[model].flush_model()
        return self.env.execute_query_dict(self._get_decision_sql())

    def _get_decision_sql(self) -> SQL:
        self.ensure_one()
        receivable = self.env["credit.receivable"].with_context(receivable_date=self.date)
        # The run belongs to the company, whatever part of it its author may see.
        query = receivable.sudo()._search(self._get_dunnable_item_domain(), order="id")
        return SQL(
            """
            WITH item AS (
                SELECT receivable.*,
                       %(target)s AS target_id,
                       CASE WHEN receivable.exclusion_reason IN %(overridden)s THEN NULL
                            ELSE receivable.exclusion_reason END AS item_reason,
                       receivable.amount_residual < 0 OR receivable.kind = 'payment' AS is_credit,
                       %(selected)s AS selected
                  FROM (%(receivables)s) receivable
            ),
            aimed AS (
                SELECT item.*,
                       target.delay_days AS target_delay,
                       target.formal_notice IS TRUE AS formal,
                       CASE
                           WHEN item.is_credit THEN NULL
                           WHEN item.item_reason IS NOT NULL THEN item.item_reason
                           WHEN NOT item.selected THEN 'not_selected'
                           WHEN target.id IS NULL THEN %(no_target)s
                           WHEN target.formal_notice AND NOT EXISTS (
                                SELECT 1
                                  FROM credit_dunning_notice_line earlier
                                  JOIN credit_dunning_notice sent ON sent.id = earlier.notice_id
                                 WHERE earlier.move_line_id = item.id
                                   AND earlier.live AND earlier.kind = 'claimed'
                                   AND sent.state = 'sent'
                           ) THEN 'needs_reminder'
                           WHEN target.formal_notice AND item.days_overdue <= 0 THEN 'waiting'
                       END AS aim_reason,
                       CASE WHEN item.item_reason IS NULL AND NOT item.is_credit
                            THEN GREATEST(item.amount_residual - item.amount_disputed
                                          - item.amount_promised, 0)
                            ELSE 0 END AS claimable
                  FROM item
             LEFT JOIN credit_dunning_level target ON target.id = item.target_id
            ),
            overdue AS (
                SELECT aimed.*,
                       BOOL_OR(aimed.claimable > 0 AND aimed.days_overdue > 0)
                           OVER (PARTITION BY aimed.partner_id) AS has_overdue
                  FROM aimed
            ),
            scored AS (
                SELECT overdue.*,
                       overdue.claimable > 0 AND overdue.aim_reason IS NULL
                       AND (overdue.target_delay >= 0 OR NOT overdue.has_overdue) AS claimed
                  FROM overdue
            ),
            customer AS (
                SELECT scored.partner_id,
                       MIN(scored.dunning_policy_id) AS policy_id,
                       (ARRAY_AGG(scored.target_id ORDER BY scored.target_delay DESC)
                           FILTER (WHERE scored.claimed))[1] AS level_id,
                       BOOL_OR(scored.formal) FILTER (WHERE scored.claimed) AS formal,
                       SUM(scored.claimable) FILTER (WHERE scored.claimed)
                       + COALESCE(SUM(scored.amount_residual) FILTER (WHERE scored.is_credit), 0)
                           AS net
                  FROM scored
              GROUP BY scored.partner_id
                HAVING BOOL_OR(scored.claimed)
            ),
            decided AS (
                SELECT customer.*,
                       contact.last_date,
                       CASE
                           WHEN contact.pending THEN 'already_prepared'
                           WHEN contact.unresolved THEN 'unresolved'
                           WHEN contact.formal_running AND NOT customer.formal
                               THEN 'formal_running'
                           WHEN ROUND(customer.net::numeric, %(digits)s) <= 0 THEN 'net_covered'
                           WHEN ROUND(customer.net::numeric, %(digits)s) <= setting.tolerance
                               THEN 'within_tolerance'
                           WHEN ROUND(customer.net::numeric, %(digits)s) < setting.min_amount
                               THEN 'below_floor'
                           WHEN NOT %(ignore_interval)s
                                AND contact.last_date + setting.min_contact_interval > %(date)s
                               THEN 'contacted_on'
                           WHEN %(automatic)s AND NOT setting.is_open THEN 'not_a_send_day'
                       END AS reason
                  FROM customer
                  JOIN %(settings)s ON setting.policy_id = customer.policy_id
            CROSS JOIN LATERAL (
                SELECT MAX(notice.sent_date) FILTER (WHERE notice.state = 'sent') AS last_date,
                       COALESCE(BOOL_OR(notice.pending), FALSE) AS pending,
                       COALESCE(BOOL_OR(notice.state IN ('failed', 'uncertain')), FALSE)
                           AS unresolved,
                       COALESCE(BOOL_OR(notice.formal_notice IS TRUE AND notice.state = 'sent' AND EXISTS (
                           SELECT 1
                             FROM credit_dunning_notice_line line
                             JOIN account_move_line entry ON entry.id = line.move_line_id
                            WHERE line.notice_id = notice.id AND line.live
                              AND line.kind = 'claimed' AND entry.reconciled IS NOT TRUE
                       )), FALSE) AS formal_running
                  FROM credit_dunning_notice notice
                 WHERE notice.partner_id = customer.partner_id
                   AND notice.company_id = %(company_id)s
            ) contact
            )
            SELECT scored.id, scored.partner_id, scored.move_id, scored.name, scored.date,
                   scored.date_maturity, scored.days_overdue, scored.currency_id,
                   scored.amount_residual, scored.amount_residual_currency, scored.claimable,
                   scored.kind, scored.collector_id,
                   COALESCE(decided.policy_id, scored.dunning_policy_id) AS policy_id,
                   CASE
                       WHEN decided.partner_id IS NULL OR decided.reason IS NOT NULL THEN NULL
                       WHEN scored.is_credit THEN 'credit'
                       WHEN scored.claimed THEN 'claimed'
                       WHEN scored.claimable <= 0 THEN NULL
                       WHEN scored.days_overdue > 0 THEN 'recalled'
                       WHEN NOT decided.formal THEN 'not_due'
                   END AS role,
                   CASE WHEN scored.claimed OR scored.aim_reason = 'needs_reminder'
                        THEN scored.target_id
                        WHEN scored.aim_reason IN ('waiting', 'last_level')
                        THEN scored.next_level_id END AS level_id,
                   decided.level_id AS notice_level_id,
                   CASE WHEN scored.claimed THEN decided.reason
                        ELSE scored.aim_reason END AS reason,
                   CASE WHEN scored.claimed THEN 'customer' ELSE 'item' END AS scope,
                   CASE WHEN scored.claimed THEN decided.last_date
                        WHEN scored.aim_reason = 'waiting' THEN scored.next_dunning_date
                   END AS detail
              FROM scored
         LEFT JOIN decided ON decided.partner_id = scored.partner_id
             WHERE (decided.partner_id IS NOT NULL AND decided.reason IS NULL)
                OR (NOT scored.is_credit AND (scored.claimed OR scored.days_overdue > 0))
          ORDER BY scored.partner_id, scored.date_maturity, scored.id
            """,
            target=self._get_target_level_sql(),
            overridden=self._get_overridden_reasons() or ("",),
            selected=self._get_selected_sql(),
            receivables=query.select(*self._get_decision_columns(query)),
            no_target=SQL("'same_level'")
            if self.level_mode == "chosen"
            else SQL(
                "CASE WHEN item.next_level_id IS NULL THEN 'last_level' ELSE 'waiting' END"
            ),
            digits=self.company_currency_id.decimal_places,
            ignore_interval=self.ignore_interval,
            date=self.date,
            automatic=self.automatic,
            settings=self._get_settings_sql(),
            company_id=self.company_id.id,
        )

    @api.model
    def _get_decision_columns(self, query) -> list[SQL]:
        """Return the columns of ``credit.receivable`` that the decision reads."""
        names = (
            "id", "partner_id", "move_id", "name", "date", "date_maturity", "days_overdue",
            "currency_id", "amount_residual", "amount_residual_currency", "amount_disputed",
            "amount_promised", "kind", "collector_id", "exclusion_reason", "dunning_policy_id",
            "dunning_level_id", "next_level_id", "next_dunning_date",
        )  # fmt: skip
        return [SQL.identifier(query.table, name) for name in names]

    def _get_overridden_reasons(self) -> tuple:
        """Return the reasons that do not stop this run: a person asked for the reminder."""
        return () if self.automatic else _OVERRIDDEN_BY_HAND

    def _get_target_level_sql(self) -> SQL:
        """Return the level the run aims at for an item; null when none (alias receivable)."""
        self.ensure_one()
        if self.level_mode == "next":
            return SQL(
                """
                CASE WHEN receivable.days_overdue > 0
                          OR receivable.next_dunning_date <= %s
                     THEN receivable.next_level_id END
                """,
                self.date,
            )
        if self.level_mode == "chosen":
            return SQL(
                """
                CASE WHEN (receivable.days_overdue > 0) = (%(delay)s >= 0)
                      AND NOT EXISTS (
                          SELECT 1 FROM credit_dunning_notice_line claim
                           WHERE claim.move_line_id = receivable.id AND claim.live
                             AND claim.kind = 'claimed' AND claim.level_id = %(level)s
                      )
                     THEN %(level)s END
                """,
                delay=self.level_id.delay_days,
                level=self.level_id.id,
            )
        return SQL(
            "CASE WHEN receivable.next_dunning_date <= %s THEN receivable.next_level_id END",
            self.date,
        )

    def _get_selected_sql(self) -> SQL:
        """Return whether an item is among those selected (all of a selected customer are)."""
        self.ensure_one()
        if not self.limited or not self.move_line_ids:
            return SQL("TRUE")
        return SQL(
            "(receivable.id = ANY(%s) OR receivable.partner_id = ANY(%s))",
            self.move_line_ids.ids,
            self.partner_ids.commercial_partner_id.ids,
        )

    def _get_settings_sql(self) -> SQL:
        """Return one row per policy with its amounts in the company's currency, at the run date."""
        self.ensure_one()
        # Policies of other companies are harmless here: the receivables choose the policy.
        policies = self.env["credit.dunning.policy"].sudo().search([])
        currency = self.company_currency_id
        rows = [
            SQL(
                "(%s, %s::numeric, %s::numeric, %s, %s)",
                policy.id,
                policy.currency_id._convert(
                    policy.min_amount, currency, self.company_id, self.date
                ),
                policy.currency_id._convert(
                    policy.tolerance, currency, self.company_id, self.date
                ),
                policy.min_contact_interval,
                policy._is_send_day(self.company_id, self.date),
            )
            for policy in policies
        ]
        return SQL(
            "(VALUES %s) AS setting"
            "(policy_id, min_amount, tolerance, min_contact_interval, is_open)",
            SQL(", ").join(rows or [SQL("(0, 0.0, 0.0, 0, FALSE)")]),
        )

    # === CREATION === #

    def _create_from_decisions(self, rows):
        """Create notices, lines, deliveries and skips in batches from ``_decide``."""
        self.ensure_one()
        by_partner = defaultdict(list)
        left_out = []
        for row in rows:
            if row["role"]:
                by_partner[row["partner_id"]].append(row)
            elif row["reason"]:
                left_out.append(row)
        notices, without_address = self.env["credit.dunning.notice"]._create_for_run(
            self, by_partner
        )
        for partner_id in without_address:
            left_out += [
                dict(row, reason="no_address", scope="customer", detail=None)
                for row in by_partner[partner_id]
                if row["role"] == "claimed"
            ]
        self._create_skips(left_out)
        self._create_allocation_tasks(left_out)
        return notices

    def _create_skips(self, rows):
        """Record what is left out: one skip per item, with its reason."""
        self.env["credit.dunning.skip"].create(
            [
                {
                    "run_id": self.id,
                    "company_id": self.company_id.id,
                    "partner_id": row["partner_id"],
                    "move_line_id": row["id"],
                    "move_id": row["move_id"],
                    "scope": row["scope"],
                    "reason": row["reason"],
                    "detail": self._format_detail(row["detail"]),
                    "amount": row["amount_residual"],
                    "days_overdue": row["days_overdue"],
                    "level_id": row["level_id"],
                }
                for row in rows
            ]
        )

    def _format_detail(self, detail) -> str:
        if isinstance(detail, date_type):
            return format_date(self.env, detail)
        return detail or ""

    def _create_allocation_tasks(self, rows):
        """Ask the accountant to allocate what covers a customer's debts, once per customer."""
        partners = self.env["res.partner"].browse(
            dict.fromkeys(row["partner_id"] for row in rows if row["reason"] == "net_covered")
        )
        if not partners:
            return
        activity_type = self.env.ref("credit_mgmt.mail_activity_type_allocate")
        running = self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", partners.ids),
                ("activity_type_id", "=", activity_type.id),
            ]
        )
        company = self.company_id
        model_id = self.env["ir.model"]._get_id("res.partner")
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "summary": self.env._("Allocate credits and payments"),
                    "note": self.env._(
                        "The overdue items are covered by credit notes or payments that are not "
                        "allocated: no reminder was prepared."
                    ),
                    "date_deadline": company._get_credit_today(),
                    "user_id": (company.credit_responsible_id or self.user_id).id,
                    "res_model_id": model_id,
                    "res_id": partner.id,
                }
                for partner in partners - partners.browse(running.mapped("res_id"))
            ]
        )

    def _add_partners(self, partners, **values):
        """Decide for more customers and add their notices to the run (see ``_decide``).

        :param partners: customers
        :param values: ``level_mode``, ``level_id``, ``ignore_interval``, ``move_line_ids`` of
            the addition, as on a run
        """
        self.ensure_one()
        if self.state != "prepared":
            raise UserError(self.env._("Customers can only be added to a prepared run."))
        self._lock_company()
        addition = self.new(
            {
                "company_id": self.company_id.id,
                "date": self.date,
                "limited": True,
                "partner_ids": [fields.Command.set(partners.ids)],
                **values,
            }
        )
        rows = addition._decide()
        # Users may not write notices themselves: the run is the only author of them.
        run = self.sudo()
        known = set(run.skip_ids.move_line_id.ids)
        run.skip_ids.filtered(
            lambda skip: skip.move_line_id.id in {row["id"] for row in rows if row["role"]}
        ).unlink()
        return run._create_from_decisions(
            [row for row in rows if row["role"] or row["id"] not in known]
        )

    # === SENDING === #

    def _is_open_day(self) -> bool:
        """Return whether reminders may leave on this day (rule 8)."""
        self.ensure_one()
        if self.env.context.get("credit_send_on_closed_day"):
            return True
        company = self.company_id
        return company._is_credit_working_day(company._get_credit_today())

    def _set_ready(self):
        """Make the notices that need no release of their own ready to be sent."""
        drafts = self.notice_ids.filtered(
            lambda notice: notice.state == "draft" and not notice.formal_notice
        )
        drafts._set_ready()

    def _get_sendable(self):
        """Return the ready notices of the runs that may leave now (rule 8).

        The working days bind everybody, a person may insist; the hours of the policies bind the
        machine only, since a person who presses the button is at work.
        """
        notices = self.env["credit.dunning.notice"].search(
            [("run_id", "in", self.ids), ("state", "=", "ready")], order="id"
        )
        if self.env.context.get("credit_send_on_closed_day"):
            return notices
        hours = self.env.context.get("credit_automatic")
        return notices.browse().union(
            *(
                policy_notices
                for (company, policy), policy_notices in notices.grouped(
                    lambda notice: (notice.company_id, notice.policy_id)
                ).items()
                if policy._is_open(company, hours=hours)
            )
        )

    def _send_ready(self):
        """Hand the notices that may leave now over to ``_dispatch``."""
        runs = self.sudo()  # users may not write notices and deliveries themselves
        notices = runs._get_sendable()
        if notices:
            runs._dispatch(notices.delivery_ids.filtered(lambda d: d.state == "ready"))
        runs._close_if_done()

    def _dispatch(self, deliveries):
        """Send deliveries: here one notice after the other, in this process.

        To be overridden by a bridge that hands them to other workers; these call
        ``deliveries.notice_id._send()`` as well, which is safe on any number of workers.
        """
        deliveries.notice_id._send()

    def _close_if_done(self):
        """Set the state that the notices give: done when nothing waits any more."""
        for run in self:
            if run.state != "sending":
                continue
            states = set(run.notice_ids.mapped("state"))
            if not states & {"ready", "sending", "draft"}:
                run.state = "done"
            elif not states & {"ready", "sending"}:
                run.state = "prepared"

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_run(self):
        """Daily work: expire, recover, prepare the automatic runs, send what waits."""
        runs = self.with_context(credit_automatic=True)
        self.env["credit.dunning.notice"]._recover_dead_claims()
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            if not company.credit_start_date:
                continue
            self.env["credit.dunning.notice"]._expire(company)
            runs.with_company(company)._prepare_automatic(company)
            self.env["ir.cron"]._commit_progress(1)
        waiting = runs.search([("state", "=", "sending")], order="date, id")
        # What waits for its hour is not work left over: the next call finds it.
        sendable = waiting._get_sendable()
        self.env["ir.cron"]._commit_progress(remaining=len(sendable))
        for start in range(0, len(sendable), SEND_BATCH):
            batch = sendable[start : start + SEND_BATCH]
            batch.run_id._dispatch(batch.delivery_ids.filtered(lambda d: d.state == "ready"))
            batch.run_id._close_if_done()
            if not self.env["ir.cron"]._commit_progress(len(batch)):
                break

    @api.model
    def _prepare_automatic(self, company):
        """Prepare today's automatic run of a company, once, if it is a day for it.

        :return: the run, new or existing; empty when dunning is not started, the day is closed
            or the bank entries are too old
        """
        today = company._get_credit_today()
        if not company.credit_start_date or company.credit_start_date > today:
            return self.browse()
        if not company._is_credit_working_day(today):
            return self.browse()
        run = self.search(
            [
                ("company_id", "=", company.id),
                ("date", "=", today),
                ("automatic", "=", True),
                ("state", "!=", "cancelled"),
            ]
        )
        if run:
            return run
        if company._is_credit_bank_stale():
            company._schedule_credit_activity(
                self.env.ref("credit_mgmt.mail_activity_type_bank"),
                self.env._("Automatic reminders pause: import the bank statements"),
            )
            return self.browse()
        run = self.create({"company_id": company.id, "date": today, "automatic": True})
        run.action_prepare()
        automatic = run.notice_ids.filtered(lambda notice: notice.level_id.auto_send)
        automatic.filtered(lambda n: n.state == "draft" and not n.formal_notice)._set_ready()
        to_review = run.notice_ids.filtered(lambda notice: notice.state == "draft")
        if to_review:
            run.activity_schedule(
                "credit_mgmt.mail_activity_type_review",
                summary=self.env._("%s reminders to review and release", len(to_review)),
                user_id=company._get_credit_responsible().id,
            )
        if automatic:
            run.state = "sending"
        elif not run.notice_ids:
            run.state = "done"
        return run
