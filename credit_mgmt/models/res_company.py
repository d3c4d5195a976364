from datetime import date, datetime, timedelta

import pytz
from odoo import fields, models
from odoo.tools import SQL

from ..tools import calendar

#: What becomes of the debts that were overdue before dunning was started.
START_MODES = [
    ("age", "Begin at the level their age gives, never a formal one"),
    ("first", "Begin at the first level"),
    ("by_hand", "Leave them to be handled by hand"),
    ("leave_out", "Leave them out"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_policy_id = fields.Many2one(
        "credit.dunning.policy",
        string="Default Dunning Policy",
        help="For customers without a policy of their own or of their audience.",
    )
    credit_responsible_id = fields.Many2one(
        "res.users",
        string="Dunning Responsible",
        help="Gets the activities about reminders when a customer has no collector.",
    )
    credit_start_date = fields.Date(
        string="Dunning Started On",
        readonly=True,
        copy=False,
        help="Nothing is sent automatically before this date. Set by the start assistant.",
    )
    credit_start_mode = fields.Selection(
        START_MODES, string="Debts Overdue Before the Start", readonly=True, copy=False
    )
    credit_bank_max_age = fields.Integer(
        string="Bank Entries At Most",
        default=4,
        help="Automatic reminders pause when the last entry of the bank journals is older than "
        "this number of working days. 0 switches the check off.",
    )
    credit_attachment_limit = fields.Integer(
        string="Attachments At Most (MB)",
        default=10,
        help="Invoices that do not fit in an e-mail of this size are given as portal links.",
    )

    _check_credit_bank_max_age = models.Constraint(
        "CHECK(credit_bank_max_age >= 0 AND credit_attachment_limit >= 0)",
        "The age of the bank entries and the size of the attachments cannot be negative.",
    )

    # === DAYS === #

    def _get_credit_timezone(self) -> str:
        """Return the company's time zone: its calendar's, else its address's, else UTC."""
        self.ensure_one()
        root = self.root_id
        return root.resource_calendar_id.tz or root.partner_id.tz or "UTC"

    def _get_credit_now(self) -> datetime:
        """Return the present moment in the company's time zone (aware datetime)."""
        return pytz.utc.localize(fields.Datetime.now()).astimezone(
            pytz.timezone(self._get_credit_timezone())
        )

    def _get_credit_today(self) -> date:
        """Return the day it is in the company's time zone."""
        return self._get_credit_now().date()

    def _get_credit_working_days(self, start: date, end: date) -> set[date]:
        """Return the working days of the root company's calendar between two dates, included.

        Closed are the weekdays on which the calendar has no attendance, its general leaves, and
        the public holidays of the company's country where these are known.
        """
        self.ensure_one()
        root = self.root_id
        resource_calendar = root.resource_calendar_id.sudo()  # every user may know opening days
        weekdays = {int(day) for day in resource_calendar.attendance_ids.mapped("dayofweek")}
        weekdays = weekdays or set(range(5))
        timezone = pytz.timezone(self._get_credit_timezone())
        closed = set()
        for leave in resource_calendar.global_leave_ids:
            first = pytz.utc.localize(leave.date_from).astimezone(timezone).date()
            last = pytz.utc.localize(leave.date_to).astimezone(timezone).date()
            while first <= last:
                closed.add(first)
                first += timedelta(days=1)
        for year in range(start.year, end.year + 1):
            closed |= calendar.public_holidays(root.country_id.code, year)
        days = (start + timedelta(days=n) for n in range((end - start).days + 1))
        return {day for day in days if day.weekday() in weekdays and day not in closed}

    def _is_credit_working_day(self, day: date) -> bool:
        return day in self._get_credit_working_days(day, day)

    def _add_credit_working_days(self, start: date, days: int) -> date:
        """Return the day ``days`` working days after ``start`` (before it when negative)."""
        reach = timedelta(days=abs(days) * 7 + calendar.MAX_CLOSED_DAYS)
        working = self._get_credit_working_days(start - reach, start + reach)
        return calendar.add_working_days(start, days, working.__contains__)

    # === BANK === #

    def _get_credit_bank_state(self) -> list[dict]:
        """Return what the bank journals of the company tell, to judge whether reminders are safe.

        :return: one dict per bank journal: ``journal`` (record), ``last_date`` (date of its last
            entry or None), ``unmatched`` (number of receipts not matched yet), ``amount`` (their
            sum, journal currency)
        """
        self.ensure_one()
        # A collector may have no right on the bank journals; only dates and totals are shown.
        journals = (
            self.env["account.journal"]
            .sudo()
            .search([("type", "=", "bank"), ("company_id", "child_of", self.root_id.id)])
        )
        if not journals:
            return []
        self.env["account.move.line"].flush_model(["journal_id", "date", "parent_state"])
        self.env["account.bank.statement.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT journal.id,
                       (SELECT MAX(line.date) FROM account_move_line line
                         WHERE line.journal_id = journal.id AND line.parent_state = 'posted'),
                       (SELECT COUNT(*) FROM account_bank_statement_line line
                         WHERE line.journal_id = journal.id AND NOT line.is_reconciled
                           AND line.amount > 0),
                       (SELECT COALESCE(SUM(line.amount), 0) FROM account_bank_statement_line line
                         WHERE line.journal_id = journal.id AND NOT line.is_reconciled
                           AND line.amount > 0)
                  FROM account_journal journal
                 WHERE journal.id IN %s
              ORDER BY journal.sequence, journal.id
                """,
                tuple(journals.ids),
            )
        )
        return [
            {
                "journal": journals.browse(journal_id),
                "last_date": last_date,
                "unmatched": unmatched,
                "amount": amount,
            }
            for journal_id, last_date, unmatched, amount in rows
        ]

    def _is_credit_bank_stale(self) -> bool:
        """Return whether the last bank entry is too old to remind by machine (rule 16)."""
        self.ensure_one()
        root = self.root_id
        if not root.credit_bank_max_age:
            return False
        dates = [row["last_date"] for row in root._get_credit_bank_state() if row["last_date"]]
        oldest = root._add_credit_working_days(root._get_credit_today(), -root.credit_bank_max_age)
        return bool(dates) and max(dates) < oldest

    # === PEOPLE === #

    def _get_credit_responsible(self):
        """Return the user who gets the dunning tasks that no collector owns."""
        self.ensure_one()
        manager_group = self.env.ref("credit_mgmt.credit_mgmt_group_manager")
        return (
            self.root_id.credit_responsible_id
            or manager_group.all_user_ids.filtered(
                lambda user: self.root_id in user.company_ids and not user.share and user.active
            )[:1]
            or self.env.user
        )

    def _schedule_credit_activity(self, activity_type, summary):
        """Give the responsible a task about the company's dunning, once while it is open."""
        self.ensure_one()
        partner = self.root_id.partner_id
        if partner.activity_ids.filtered(lambda a: a.activity_type_id == activity_type):
            return
        partner.activity_schedule(
            activity_type_id=activity_type.id,
            summary=summary,
            user_id=self._get_credit_responsible().id,
        )

    def action_open_credit_start(self):
        """Open the assistant that starts dunning for the company."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Start dunning"),
            "res_model": "credit.dunning.start",
            "view_mode": "form",
            "target": "new",
            "context": {"default_company_id": self.root_id.id},
        }
