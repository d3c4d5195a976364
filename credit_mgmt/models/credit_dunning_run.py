from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount, format_date

from ..tools.reference import search_by_number

#: Above this number of notices the button hands the sending over to the scheduled action.
SEND_AT_ONCE = 50


class CreditDunningRun(models.Model):
    """A reminder batch: prepare (decide), review, send; with what it leaves out and why."""

    _name = "credit.dunning.run"
    _description = "Reminder Run"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.dunning.worker"]
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name", search="_search_name")
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
        "res.users",
        string="Prepared By",
        default=lambda self: self.env.user,
        readonly=True,
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
    amount_due = fields.Monetary(compute="_compute_counts", currency_field="company_currency_id")
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

    @api.model
    def _search_name(self, operator, value):
        return search_by_number(operator, value)

    @api.depends("notice_ids.state", "skip_ids")
    def _compute_counts(self):
        by_state = defaultdict(dict)
        amounts = defaultdict(float)
        for run, state, count, amount in self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state"],
            ["__count", "amount_due:sum"],
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
                    "format_amount": lambda row, company=company: format_amount(
                        self.env,
                        row["amount"],
                        row["journal"].currency_id or company.currency_id,
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
        runs._close_after_sending()

    def _dispatch(self, deliveries):
        """Send deliveries: here one notice after the other, in this process.

        To be overridden by a bridge that hands them to other workers; these call
        ``deliveries.notice_id._send()`` as well, which is safe on any number of workers.
        """
        deliveries.notice_id._send()

    def _close_after_sending(self):
        """Close runs that are done; two workers that saw the last notice must not collide."""
        with self._worker_lock() as mine, self._own_transaction():
            mine._close_if_done()

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
