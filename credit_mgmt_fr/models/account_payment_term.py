from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import format_date

#: Two years of which one is a leap year: every case of a calendar.
_FIRST, _LAST = date(2027, 1, 1), date(2028, 12, 31)


class AccountPaymentTerm(models.Model):
    """Whether terms can lead beyond the ceiling of French law."""

    _inherit = "account.payment.term"

    credit_ceiling_warning = fields.Char(compute="_compute_credit_ceiling_warning")

    @api.depends(
        "line_ids.delay_type", "line_ids.nb_days", "line_ids.days_next_month", "company_id"
    )
    @api.depends_context("company")
    def _compute_credit_ceiling_warning(self):
        for term in self:
            company = term.company_id or self.env.company
            term.credit_ceiling_warning = term._get_ceiling_warning(
                company, self.env["credit.payment.ceiling"]._get_default(company)
            )

    def _get_ceiling_warning(self, company, ceiling) -> str:
        """Return in words how the terms exceed a ceiling, with an example; empty if they do not.

        :param company: the company that invoices
        :param ceiling: ``credit.payment.ceiling``
        """
        self.ensure_one()
        if company.sudo().root_id.credit_fr_term_check == "none" or not ceiling:
            return ""
        if not company._is_under_french_law():
            return ""
        found = self._find_beyond(company, ceiling)
        if not found:
            return ""
        issue, due, latest = (format_date(self.env, day) for day in found)
        return self.env._(
            "Beyond what the law allows between businesses (%(ceiling)s): an invoice of "
            "%(issue)s would be due on %(due)s, at the latest it may be on %(latest)s.",
            ceiling=ceiling.name,
            issue=issue,
            due=due,
            latest=latest,
        )

    def _find_beyond(self, company, ceiling):
        """Return the day of an invoice that falls due too late, its due date and the latest one.

        The first day of a calendar on which the terms exceed the ceiling; None if none does.
        """
        self.ensure_one()
        lines = self.line_ids
        for number in range((_LAST - _FIRST).days + 1 if lines else 0):
            issue = _FIRST + timedelta(days=number)
            due = max(line._get_due_date(issue) for line in lines)
            latest = ceiling._get_latest_date(company, issue)
            if due > latest:
                return issue, due, latest
        return None
