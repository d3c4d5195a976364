from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from ..tools import interest


class CreditInterestIndex(models.Model):
    """A published rate on which late interest is based: a central bank's, or a legal one."""

    _name = "credit.interest.index"
    _description = "Interest Index"
    _inherit = ["credit.interest.delivered"]
    _order = "name, id"
    _delivered_key = ("code",)
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name, for imports.")
    active = fields.Boolean(default=True)
    publication = fields.Selection(
        [
            ("changes", "At each change"),
            ("half_yearly", "For each half-year"),
        ],
        required=True,
        default="changes",
        help="At each change: a rate holds until the next one. For each half-year: every half-year "
        "needs a rate of its own, even an unchanged one.",
    )
    known_until = fields.Date(
        string="Checked Until",
        help="Day until which the last rate is known to be in force. A half-year that begins "
        "later is computed with the last known rate, and says so.",
    )
    rate_ids = fields.One2many("credit.interest.rate", "index_id", string="Rates")
    last_rate = fields.Float(string="Last Rate (%)", compute="_compute_last_rate", digits=(8, 4))
    last_date = fields.Date(string="In Force Since", compute="_compute_last_rate")
    last_verified = fields.Boolean(string="Verified", compute="_compute_last_rate")
    warning = fields.Char(compute="_compute_warning")
    note = fields.Text(string="Where It Is Published", translate=True)

    _code_unique = models.Constraint("UNIQUE(code)", "An interest index has this code already.")

    @api.depends("rate_ids.value", "rate_ids.date_from", "rate_ids.verified")
    def _compute_last_rate(self):
        for index in self:
            last = index.rate_ids.sorted("date_from")[-1:]
            index.last_rate = last.value
            index.last_date = last.date_from
            index.last_verified = last.verified

    @api.depends("rate_ids.date_from", "known_until", "publication")
    @api.depends_context("company")
    def _compute_warning(self):
        today = self.env.company._get_credit_today()
        start = interest.half_year_start(today)
        for index in self:
            if not index.rate_ids:
                index.warning = self.env._("No rate at all: nothing can be computed with it.")
            elif start in index._get_unknown([start], "first_day"):
                index.warning = self.env._(
                    "No rate is known for the half-year from %(date)s: the last known one, "
                    "%(rate)s %%, is used.",
                    date=fields.Date.to_string(start),
                    rate=f"{index.last_rate:g}",
                )
            else:
                index.warning = False

    # === RATES === #

    def _get_rates(self) -> list[tuple]:
        """Return (date from, yearly percent as Decimal) ascending."""
        self.ensure_one()
        return [
            (rate.date_from, Decimal(str(rate.value))) for rate in self.rate_ids.sorted("date_from")
        ]

    def _get_unknown(self, starts, fixing) -> set:
        """Return those of some half-years whose rate is not known but taken from another one.

        :param starts: first days of half-years
        :param fixing: how the rate of a half-year is fixed, see ``tools.interest``
        """
        self.ensure_one()
        dates = sorted(self.rate_ids.mapped("date_from"))
        if not dates:
            return set(starts)
        known_until = max(dates[-1], self.known_until or dates[-1])
        published = {interest.half_year_start(day) for day in dates}
        unknown = set()
        for start in starts:
            day = start if fixing == "first_day" else start - timedelta(days=1)
            if self.publication == "half_yearly":
                known = interest.half_year_start(day) in published
            else:
                known = dates[0] <= day <= known_until
            if not known:
                unknown.add(start)
        return unknown

    def action_check_until_today(self):
        """Confirm that the last rate of the index is still in force today."""
        self.check_access("write")
        self.known_until = self.env.company._get_credit_today()
        return True
