from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ..tools import periods

#: Figures that a snapshot keeps, by their codes in ``credit.kpi``.
_FIGURES = (
    "receivables", "not_due", "overdue", "over_30", "over_60", "over_90", "unallocated",
    "overdue_share", "sales", "sales_month", "dso", "dso_count_back", "dso_best", "add", "cei",
    "payment_delay", "bad_debt",
)  # fmt: skip
#: Those that are shown beside what the ledger says of the date now.
_COMPARED = ("receivables", "not_due", "overdue", "unallocated", "sales", "dso")
#: Month ends that are caught up at most.
_MAX_MONTHS = 60


class CreditKpiSnapshot(models.Model):
    """The indicators of a company and its branches at a month end, as they were when taken.

    A snapshot is never rewritten. It keeps the open items it counted, so that a later difference
    with the ledger is explained item by item (``credit.kpi.snapshot.difference``).
    """

    _name = "credit.kpi.snapshot"
    _description = "Month-End Indicators"
    _order = "date desc, company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    is_main_company = fields.Boolean(
        string="Main Company", compute="_compute_is_main_company", search="_search_is_main_company"
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    date = fields.Date(string="Month End", required=True, readonly=True, index=True)
    taken_on = fields.Datetime(required=True, readonly=True)
    taken_by = fields.Many2one("res.users", readonly=True)
    receivables = fields.Monetary(currency_field="company_currency_id", readonly=True)
    not_due = fields.Monetary(currency_field="company_currency_id", readonly=True)
    overdue = fields.Monetary(currency_field="company_currency_id", readonly=True)
    over_30 = fields.Monetary(
        string="Over 30 Days", currency_field="company_currency_id", readonly=True
    )
    over_60 = fields.Monetary(
        string="Over 60 Days", currency_field="company_currency_id", readonly=True
    )
    over_90 = fields.Monetary(
        string="Over 90 Days", currency_field="company_currency_id", readonly=True
    )
    unallocated = fields.Monetary(
        string="Unallocated Credits", currency_field="company_currency_id", readonly=True
    )
    overdue_share = fields.Float(
        string="Overdue Share (%)", digits=(16, 2), readonly=True, aggregator="avg"
    )
    sales = fields.Monetary(
        string="Sales of 3 Months", currency_field="company_currency_id", readonly=True
    )
    sales_month = fields.Monetary(
        string="Sales of the Month", currency_field="company_currency_id", readonly=True
    )
    dso = fields.Float(string="DSO", digits=(16, 1), readonly=True, aggregator="avg")
    dso_count_back = fields.Float(
        string="DSO, Count-Back", digits=(16, 1), readonly=True, aggregator="avg"
    )
    dso_best = fields.Float(
        string="Best Possible DSO", digits=(16, 1), readonly=True, aggregator="avg"
    )
    add = fields.Float(
        string="Average Days Delinquent", digits=(16, 1), readonly=True, aggregator="avg"
    )
    cei = fields.Float(
        string="Collection Effectiveness (%)", digits=(16, 2), readonly=True, aggregator="avg"
    )
    payment_delay = fields.Float(
        string="Average Payment Delay", digits=(16, 1), readonly=True, aggregator="avg"
    )
    bad_debt = fields.Monetary(
        string="Bad Debts of 3 Months", currency_field="company_currency_id", readonly=True
    )
    # Item id → [open amount, due date]: what the figures were made of.
    items = fields.Json(readonly=True)

    receivables_now = fields.Monetary(compute="_compute_now", currency_field="company_currency_id")
    not_due_now = fields.Monetary(compute="_compute_now", currency_field="company_currency_id")
    overdue_now = fields.Monetary(compute="_compute_now", currency_field="company_currency_id")
    unallocated_now = fields.Monetary(compute="_compute_now", currency_field="company_currency_id")
    sales_now = fields.Monetary(compute="_compute_now", currency_field="company_currency_id")
    dso_now = fields.Float(string="DSO Now", digits=(16, 1), compute="_compute_now")
    difference = fields.Monetary(
        compute="_compute_now",
        currency_field="company_currency_id",
        help="Receivables of the date as the ledger has them now, less those of the snapshot.",
    )
    is_different = fields.Boolean(
        compute="_compute_now", help="Somebody posted, cancelled or matched into the past."
    )

    _once_per_month = models.UniqueIndex(
        "(company_id, date)", "There is a snapshot of this company and month already."
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id", "date")
    def _compute_display_name(self):
        for snapshot in self:
            snapshot.display_name = " - ".join(
                (snapshot.company_id.name or "", format_date(self.env, snapshot.date) or "")
            )

    @api.depends("company_id")
    def _compute_is_main_company(self):
        for snapshot in self:
            snapshot.is_main_company = snapshot.company_id.root_id == snapshot.company_id

    def _search_is_main_company(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("company_id.parent_id", "=" if True in value else "!=", False)]

    @api.depends_context("uid")
    def _compute_now(self):
        """Compute the dates anew from the ledger: one series per company for all its dates."""
        for company, snapshots in self.grouped("company_id").items():
            dates = snapshots.mapped("date")
            found = {
                values["date"]: values for values in self._compute_company_series(company, dates)
            }
            currency = company.currency_id
            for snapshot in snapshots:
                values = found[snapshot.date]
                for name in _COMPARED:
                    snapshot[f"{name}_now"] = values[name] or 0.0
                snapshot.difference = values["receivables"] - snapshot.receivables
                snapshot.is_different = any(
                    currency.compare_amounts(values[name] or 0.0, snapshot[name])
                    for name in _COMPARED
                    if name != "dso"
                )

    # === CRUD === #

    # It never calls Odoo's own `write`: nothing of a snapshot may change.
    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A month-end snapshot is evidence: it cannot change."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A month-end snapshot is evidence: it cannot be deleted."))

    # === TAKING === #

    @api.model
    def _get_scope(self, company):
        """Return the companies that a company's figures comprise: itself and its branches."""
        # A root company answers for its branches, whichever of them the user ticked (rule 15).
        return self.env["res.company"].sudo().search([("id", "child_of", company.id)])

    @api.model
    def _compute_company_series(self, company, dates) -> list[dict]:
        """Return the figures of a company and its branches on the dates, in its currency."""
        # Figures of the company as a whole, read by credit users of that company only.
        [total] = (
            self.env["credit.kpi"]
            .sudo()
            .with_company(company)
            ._compute_series(dates, self._get_scope(company).ids)
        )
        return total["values"]

    @api.model
    def _get_open_items(self, company, day) -> dict:
        """Return what was open at the end of a day: item id → [open amount, due date]."""
        items = (
            self.env["credit.aged.item"]
            .sudo()  # as in _compute_company_series
            .with_context(aged_as_of=day)
            .search_read(
                [("company_id", "in", self._get_scope(company).ids)],
                ["amount", "date_maturity"],
                order="id",
            )
        )
        return {
            str(item["id"]): [item["amount"], fields.Date.to_string(item["date_maturity"])]
            for item in items
        }

    @api.model
    def _take(self, company, dates):
        """Take the snapshots of a company on dates where it has none yet."""
        taken = self.search([("company_id", "=", company.id), ("date", "in", list(dates))])
        missing = sorted(set(dates) - set(taken.mapped("date")))
        if not missing:
            return self.browse()
        now = fields.Datetime.now()
        # Nobody may create a snapshot by hand: this is the only author of them.
        return self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "date": values["date"],
                    "taken_on": now,
                    "taken_by": self.env.uid,
                    "items": self._get_open_items(company, values["date"]),
                    **{name: values[name] for name in _FIGURES},
                }
                for values in self._compute_company_series(company, missing)
            ]
        )

    @api.model
    def _get_past_month_ends(self, company) -> list:
        """Return the month ends since the company's first receivable item, the last 60 at most."""
        [(first,)] = (
            self.env["account.move.line"]
            .sudo()  # only the date of the first item is used
            ._read_group(
                [
                    ("company_id", "in", self._get_scope(company).ids),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                ],
                [],
                ["date:min"],
            )
        )
        last = company._get_credit_today().replace(day=1) - timedelta(days=1)
        if not first or first > last:
            return []
        passed = (last.year - first.year) * 12 + last.month - first.month
        return periods.month_ends(last, min(passed + 1, _MAX_MONTHS))

    @api.model
    def _cron_take(self):
        """Take the last month end of every company that does not have it yet."""
        for company in self.env["res.company"].search([]):
            self._take(company, self._get_past_month_ends(company)[-1:])

    def action_take_missing(self):
        """Take the month ends of the past that are missing, from the ledger as it is now."""
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise UserError(self.env._("Only credit users take month-end snapshots."))
        taken = self.browse()
        for company in self.env.companies:
            taken |= self._take(company, self._get_past_month_ends(company))
        message = (
            self.env._("%s month ends taken.", len(taken))
            if taken
            else self.env._("No month end was missing.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if taken else "info",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === EXPLANATION === #

    @api.readonly
    def action_explain(self):
        """Open the items that make the difference with the ledger as it is now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Changed since: %s", self.display_name),
            "res_model": "credit.kpi.snapshot.difference",
            "view_mode": "list,pivot",
            "context": {"credit_snapshot_id": self.id, "search_default_group_cause": 1},
        }

    @api.readonly
    def action_open_entries(self):
        """Open the journal items that were entered into the period after the snapshot."""
        self.ensure_one()
        domain = (
            Domain("company_id", "in", self._get_scope(self.company_id).ids)
            & Domain("account_type", "=", "asset_receivable")
            & Domain("parent_state", "=", "posted")
            & Domain("date", "<=", fields.Date.to_string(self.date))
            & Domain("create_date", ">", fields.Datetime.to_string(self.taken_on))
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Entered since: %s", self.display_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": list(domain),
            "context": {"create": False},
        }
