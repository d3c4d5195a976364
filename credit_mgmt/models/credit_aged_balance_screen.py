from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import date_utils


class CreditAgedBalance(models.AbstractModel):
    """What the screen offers beside the figures: shortcuts to dates, records to filter by."""

    _inherit = "credit.aged.balance"

    @api.model
    @api.readonly
    def get_screen(self) -> dict:
        """Return what the screen needs once, whatever is shown on it.

        :return: a dict that JSON can carry:

            * ``today``: the company's, ISO
            * ``periods``: [{code, label, date}], dates that are one click away
            * ``filters``: {code: {label, model, domain}}, what to choose the records from
            * ``dimensions``: {code: label}
            * ``options``: the default ones
        """
        today = self.env.company._get_credit_today()
        domains = self._get_filter_domains()
        return {
            "today": fields.Date.to_string(today),
            "periods": [
                {"code": code, "label": label, "date": fields.Date.to_string(day)}
                for code, label, day in self._get_periods(today)
            ],
            "filters": {
                code: {"label": label, "model": model, "domain": domains.get(code, [])}
                for code, (label, _path, model) in self._get_filters().items()
            },
            "dimensions": {code: label for code, (label, _) in self._get_dimensions().items()},
            "options": self._export_options(self._get_options()),
        }

    @api.model
    def _get_periods(self, today) -> list[tuple]:
        """Return the shortcuts to dates as [(code, label, date)]."""

        def day_before(first):
            return date_utils.subtract(first, days=1)

        fiscal_year = self.env.company.compute_fiscalyear_dates(today)
        return [
            ("today", self.env._("Today"), today),
            (
                "last_month",
                self.env._("End of last month"),
                day_before(date_utils.start_of(today, "month")),
            ),
            (
                "last_quarter",
                self.env._("End of last quarter"),
                day_before(date_utils.start_of(today, "quarter")),
            ),
            (
                "last_fiscal_year",
                self.env._("End of last fiscal year"),
                day_before(fiscal_year["date_from"]),
            ),
            (
                "last_year",
                self.env._("End of last calendar year"),
                day_before(date_utils.start_of(today, "year")),
            ),
            ("this_month", self.env._("End of this month"), date_utils.end_of(today, "month")),
        ]

    @api.model
    def _get_filter_domains(self) -> dict[str, list]:
        """Return from which records a filter chooses, by its code; all records by default."""
        users = [("share", "=", False)]
        return {
            "partner": ["|", ("is_company", "=", True), ("parent_id", "=", False)],
            "user": users,
            "collector": users,
            "account": [("account_type", "=", "asset_receivable")],
            "company": [("id", "in", self.env.companies.ids)],
        }

    @api.model
    def _get_lines_domain(self, options) -> Domain:
        """Return the items of the lines that a report shows, which a minimum amount restricts."""
        field = self._get_dimensions()[options["group_by"]][1]
        lines = self._get_lines({**options, "bucket": None})
        if options["currency"] == "company":
            return Domain(field, "in", [line["key"] for line in lines])
        return Domain.OR(
            Domain("currency_id", "=", currency.id)
            & Domain(field, "in", [line["key"] for line in group])
            for currency, group in self._group_by_currency(lines)
        )
