from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.res_company import START_MODES


class CreditDunningStart(models.TransientModel):
    """Starts dunning in a company: from which day, and what becomes of the old debts (rule 16)."""

    _name = "credit.dunning.start"
    _description = "Start Dunning"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        string="Start On",
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
    )
    mode = fields.Selection(
        START_MODES, string="Debts Overdue Before", required=True, default="age"
    )
    policy_id = fields.Many2one("credit.dunning.policy", string="Default Policy")
    responsible_id = fields.Many2one("res.users", domain=[("share", "=", False)])
    started_on = fields.Date(related="company_id.credit_start_date")
    overdue_count = fields.Integer(string="Overdue Items", compute="_compute_counts")
    overdue_customer_count = fields.Integer(string="Customers", compute="_compute_counts")
    overdue_amount = fields.Monetary(
        compute="_compute_counts", currency_field="company_currency_id"
    )
    excluded_count = fields.Integer(string="Of Which Left Out Already", compute="_compute_counts")
    entry_count = fields.Integer(
        string="Opening Balances Not Followed",
        compute="_compute_counts",
        help="Items of miscellaneous journals are marked no follow-up by Odoo.",
    )
    level_html = fields.Html(string="First Reminders", compute="_compute_level_html")

    @api.depends("company_id", "date")
    def _compute_counts(self):
        for wizard in self:
            domain = wizard._get_overdue_domain()
            Receivable = self.env["credit.receivable"].with_context(receivable_date=wizard.date)
            [[count, customers, amount]] = Receivable._read_group(
                domain,
                [],
                ["__count", "partner_id:count_distinct", "amount_residual:sum"],
            )
            wizard.overdue_count = count
            wizard.overdue_customer_count = customers
            wizard.overdue_amount = amount
            wizard.excluded_count = Receivable.search_count(
                domain + [("exclusion_reason", "!=", False)]
            )
            wizard.entry_count = Receivable.search_count(
                domain + [("exclusion_reason", "=", "no_followup_entry")]
            )

    @api.depends("company_id", "date", "mode", "policy_id")
    def _compute_level_html(self):
        """Show how many customers the first run would remind at each level."""
        for wizard in self:
            rows = []
            if wizard.company_id and wizard.date and wizard.mode in ("age", "first"):
                rows = wizard._simulate()
            wizard.level_html = self.env["ir.qweb"]._render(
                "credit_mgmt.credit_dunning_start_levels",
                {"rows": rows, "currency": wizard.company_currency_id},
            )

    def _get_overdue_domain(self) -> list:
        return [
            ("root_company_id", "=", self.company_id.id),
            ("days_overdue", ">", 0),
            ("amount_residual", ">", 0),
            ("kind", "!=", "payment"),
        ]

    def _simulate(self) -> list[tuple]:
        """Return (level name, customers, claimed amount) of a first run under these settings."""
        company = self.company_id
        before = {
            name: company[name]
            for name in ("credit_start_date", "credit_start_mode", "credit_policy_id")
        }
        run = self.env["credit.dunning.run"].new({"company_id": company.id, "date": self.date})
        try:
            # Seen by this transaction only, and put back before it ends.
            company.sudo().write(
                {
                    "credit_start_date": self.date,
                    "credit_start_mode": self.mode,
                    "credit_policy_id": self.policy_id.id,
                }
            )
            decided = run._decide()
        finally:
            company.sudo().write(
                {
                    name: value.id if isinstance(value, models.BaseModel) else value
                    for name, value in before.items()
                }
            )
        groups = {}
        for row in decided:
            if row["role"] == "claimed":
                partners, amount = groups.get(row["notice_level_id"], (set(), 0.0))
                groups[row["notice_level_id"]] = (
                    partners | {row["partner_id"]},
                    amount + row["amount_residual"],
                )
        levels = self.env["credit.dunning.level"].browse(groups)
        return [
            (
                level.with_context(credit_show_policy=True).display_name,
                len(groups[level.id][0]),
                groups[level.id][1],
            )
            for level in levels.sorted("delay_days")
        ]

    @api.model
    def default_get(self, fields_list):
        defaults = super().default_get(fields_list)
        company = self.env["res.company"].browse(
            defaults.get("company_id") or self.env.company.root_id.id
        )
        defaults.setdefault("company_id", company.id)
        defaults.setdefault("policy_id", company.credit_policy_id.id)
        defaults.setdefault("responsible_id", company.credit_responsible_id.id or self.env.uid)
        if company.credit_start_mode:
            defaults["mode"] = company.credit_start_mode
        return defaults

    def action_start(self):
        """Start dunning, and set aside the debts that are not to be reminded by machine."""
        self.ensure_one()
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager"):
            raise AccessError(self.env._("Only a credit manager may start dunning."))
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Switch to the company %s first.", self.company_id.name))
        Exclusion = self.env["credit.dunning.exclusion"]
        Exclusion.search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "in", ("start", "start_by_hand")),
            ]
        ).active = False
        # A credit manager is not always allowed to write companies; these fields are ours.
        self.company_id.sudo().write(
            {
                "credit_start_date": self.date,
                "credit_start_mode": self.mode,
                "credit_policy_id": self.policy_id.id,
                "credit_responsible_id": self.responsible_id.id,
            }
        )
        kind = {"leave_out": "start", "by_hand": "start_by_hand"}.get(self.mode)
        if kind:
            items = (
                self.env["credit.receivable"]
                .with_context(receivable_date=self.date)
                .search(self._get_overdue_domain() + [("partner_id", "!=", False)])
            )
            Exclusion.with_context(tracking_disable=True).create(
                [
                    {
                        "partner_id": item.partner_id.id,
                        "move_id": item.move_id.id,
                        "move_line_id": item.move_line_id.id,
                        "company_id": self.company_id.id,
                        "kind": kind,
                        "reason": dict(START_MODES)[self.mode],
                    }
                    for item in items
                ]
            )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_stop(self):
        """Stop automatic dunning; runs by hand remain possible."""
        self.ensure_one()
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager"):
            raise AccessError(self.env._("Only a credit manager may stop dunning."))
        self.company_id.sudo().write({"credit_start_date": False})  # as in action_start
        return {"type": "ir.actions.client", "tag": "soft_reload"}
