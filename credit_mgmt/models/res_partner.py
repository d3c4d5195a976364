import operator as py_operator

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .credit_dunning_policy import AUDIENCES

#: Kept equal in a main company and its branches: the main company reminds for all of them.
_ROOT_FIELDS = {"dunning_policy_id", "collector_id"}
#: Figures by which a list can be sorted although they are not stored.
_SORTABLE = {"amount_overdue", "days_overdue_max"}
_OVERDUE_DOMAIN = [
    ("days_overdue", ">", 0),
    ("kind", "!=", "payment"),
    ("amount_residual", ">", 0),
]
_COMPARISONS = {
    "<": py_operator.lt,
    "<=": py_operator.le,
    ">": py_operator.gt,
    ">=": py_operator.ge,
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_audience = fields.Selection(
        AUDIENCES,
        compute="_compute_credit_audience",
        store=True,
        readonly=False,
        tracking=True,
        help="Proposed from the company flag and the VAT number: which policy applies, and "
        "whether business rules of late payment may.",
    )
    dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        company_dependent=True,
        check_company=True,
        tracking=True,
        help="Empty: the policy of the audience or of the company.",
    )
    dunning_policy_in_force_id = fields.Many2one(
        "credit.dunning.policy",
        string="Policy in Force",
        compute="_compute_dunning_policy_in_force",
    )
    dunning_policy_source = fields.Selection(
        [
            ("customer", "Chosen for this customer"),
            ("class", "Policy of the risk class"),
            ("audience", "Policy of the audience"),
            ("company", "Default of the company"),
            ("shared", "First shared policy"),
            ("none", "No policy: never reminded"),
        ],
        string="Policy Because",
        compute="_compute_dunning_policy_in_force",
    )
    collector_id = fields.Many2one(
        "res.users",
        company_dependent=True,
        domain=[("share", "=", False)],
        tracking=True,
        help="Answers of the customer and calls come to this person.",
    )
    dunning_contact_ids = fields.Many2many(
        "res.partner", string="Dunning Contacts", compute="_compute_dunning_contact_ids"
    )
    dunning_contact = fields.Boolean(
        help="Reminders are addressed to this contact rather than to the invoice address.",
    )
    amount_overdue = fields.Monetary(
        compute="_compute_dunning",
        search="_search_amount_overdue",
        currency_field="currency_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    days_overdue_max = fields.Integer(
        string="Days Overdue",
        compute="_compute_dunning",
        search="_search_days_overdue_max",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    dunning_level_id = fields.Many2one(
        "credit.dunning.level",
        compute="_compute_dunning",
        search="_search_dunning_level_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="The highest level that one of the open items has reached.",
    )
    dunning_date = fields.Date(
        string="Last Reminder",
        compute="_compute_dunning",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    next_dunning_date = fields.Date(
        string="Next Reminder",
        compute="_compute_dunning",
        search="_search_next_dunning_date",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    dunning_excluded = fields.Char(
        string="Reminders Left Out",
        compute="_compute_dunning_excluded",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    dunning_notice_count = fields.Integer(
        compute="_compute_dunning_notice_count",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )

    # === COMPUTE METHODS === #

    @api.depends("is_company", "vat", "parent_id")
    def _compute_credit_audience(self):
        """Propose the audience; a company without VAT number stays unknown, to be decided."""
        for partner in self:
            has_vat = partner.vat and partner.vat.strip("/ ")
            if partner.parent_id and not partner.is_company:
                partner.credit_audience = partner.commercial_partner_id.credit_audience
            elif has_vat:
                partner.credit_audience = "business"
            elif partner.is_company:
                partner.credit_audience = "unknown"
            else:
                partner.credit_audience = "consumer"

    @api.depends("child_ids.dunning_contact")
    def _compute_dunning_contact_ids(self):
        for partner in self:
            partner.dunning_contact_ids = partner.child_ids.filtered("dunning_contact")

    @api.depends("dunning_policy_id", "credit_audience", "risk_class_id")
    @api.depends_context("company")
    def _compute_dunning_policy_in_force(self):
        in_force = self.env["credit.dunning.policy"]._get_policies_in_force(
            self.commercial_partner_id, self.env.company
        )
        for partner in self:
            policy, source = in_force.get(
                partner.commercial_partner_id.id,
                (self.env["credit.dunning.policy"], "none"),
            )
            partner.dunning_policy_in_force_id = policy
            partner.dunning_policy_source = source

    @api.depends_context("company", "receivable_date")
    def _compute_dunning(self):
        # The figures describe customers that the user reads; a salesperson has no right on the
        # journal items below them.
        Receivable = self.env["credit.receivable"].sudo()
        of_partners = [
            ("partner_id", "in", self.commercial_partner_id.ids),
            ("root_company_id", "=", self.env.company.root_id.id),
        ]

        def figures(domain, *aggregates):
            return {
                partner.id: values
                for partner, *values in Receivable._read_group(
                    of_partners + domain, ["partner_id"], aggregates
                )
            }

        overdue = figures(_OVERDUE_DOMAIN, "amount_residual:sum", "days_overdue:max")
        reached = figures([], "dunning_level_id:recordset", "dunning_date:max")
        following = figures([("exclusion_reason", "=", False)], "next_dunning_date:min")
        Level = self.env["credit.dunning.level"]
        for partner in self:
            commercial_id = partner.commercial_partner_id.id
            amount, days = overdue.get(commercial_id, (0.0, 0))
            levels, last = reached.get(commercial_id, (Level, False))
            [next_date] = following.get(commercial_id, (False,))
            partner.amount_overdue = amount
            partner.days_overdue_max = days
            partner.dunning_level_id = levels.sorted("delay_days")[-1:]
            partner.dunning_date = last
            partner.next_dunning_date = next_date

    @api.depends_context("company")
    def _compute_dunning_excluded(self):
        exclusions = (
            self.env["credit.dunning.exclusion"]
            .sudo()  # a salesperson may know why the own customer is left alone
            .search(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.root_id.id),
                    ("move_id", "=", False),
                    "|",
                    ("date_until", "=", False),
                    ("date_until", ">=", self.env.company._get_credit_today()),
                ]
            )
        )
        by_partner = exclusions.grouped("partner_id")
        for partner in self:
            found = by_partner.get(partner.commercial_partner_id, exclusions.browse())
            partner.dunning_excluded = ", ".join(found.mapped("reason"))

    @api.depends_context("company")
    def _compute_dunning_notice_count(self):
        counts = dict(
            self.env["credit.dunning.notice"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.dunning_notice_count = counts.get(partner.commercial_partner_id, 0)

    # === SEARCH METHODS === #

    def _search_amount_overdue(self, operator, value):
        return self._search_receivable(
            SQL("SUM(receivable.amount_residual)"),
            operator,
            value,
            _OVERDUE_DOMAIN,
        )

    def _search_days_overdue_max(self, operator, value):
        return self._search_receivable(
            SQL("MAX(receivable.days_overdue)"), operator, value, _OVERDUE_DOMAIN
        )

    def _search_receivable(self, aggregate, operator, value, domain):
        """Search customers by a figure of their open items; those without any count as 0."""
        if operator not in _COMPARISONS:
            return NotImplemented
        receivable = self.env["credit.receivable"].sudo()  # as in _compute_dunning
        query = receivable._search(domain + [("root_company_id", "=", self.env.company.root_id.id)])
        names = ("partner_id", "days_overdue", "amount_residual")
        zero_matches = _COMPARISONS[operator](0, value)
        condition = SQL("%s %s %s", aggregate, SQL(operator), value)  # a key of _COMPARISONS
        partners = SQL(
            "(SELECT receivable.partner_id FROM (%s) receivable "
            "WHERE receivable.partner_id IS NOT NULL GROUP BY receivable.partner_id HAVING %s)",
            query.select(*(SQL.identifier(query.table, name) for name in names)),
            SQL("NOT (%s)", condition) if zero_matches else condition,
        )
        return [("id", "not in" if zero_matches else "in", partners)]

    def _search_dunning_level_id(self, operator, value):
        return self.env["credit.receivable"]._get_level_domain(operator, value, "partner_id")

    def _search_next_dunning_date(self, operator, value):
        if operator not in (*_COMPARISONS, "in"):
            return NotImplemented
        return self.env["credit.receivable"]._get_owner_domain(
            [("next_dunning_date", operator, value), ("exclusion_reason", "=", False)],
            "partner_id",
        )

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort by the figures of the open items: one aggregated join for the page."""
        if fname not in _SORTABLE or query is None:
            return super()._field_to_sql(alias, fname, query)
        self._check_field_access(self._fields[fname], "read")
        receivable = self.env["credit.receivable"].sudo()  # as in _compute_dunning
        items = receivable._search(
            _OVERDUE_DOMAIN + [("root_company_id", "=", self.env.company.root_id.id)]
        )
        join_alias = query.make_alias(alias, "credit_overdue")
        if join_alias not in query._joins:
            names = ("partner_id", "days_overdue", "amount_residual")
            query.add_join(
                "LEFT JOIN",
                join_alias,
                SQL(
                    "(SELECT item.partner_id, SUM(item.amount_residual) AS amount_overdue,"
                    " MAX(item.days_overdue) AS days_overdue_max"
                    " FROM (%s) item GROUP BY item.partner_id)",
                    items.select(*(SQL.identifier(items.table, name) for name in names)),
                ),
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "commercial_partner_id"),
                    SQL.identifier(join_alias, "partner_id"),
                ),
            )
        return SQL("COALESCE(%s, 0)", SQL.identifier(join_alias, fname))

    # === CRUD === #

    @api.model
    def _commercial_fields(self):
        return super()._commercial_fields() + ["credit_audience", *sorted(_ROOT_FIELDS)]

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            partner._write_to_branches(vals)
        return partners

    def write(self, vals):
        result = super().write(vals)
        self._write_to_branches(vals)
        return result

    @api.model
    def _get_root_fields(self) -> set[str]:
        """Return the company-dependent fields that a main company and its branches share."""
        return _ROOT_FIELDS

    def _write_to_branches(self, vals):
        """Give the main company and its branches the same policy, collector and the like."""
        names = self._get_root_fields()
        shared = {name: value for name, value in vals.items() if name in names}
        if not shared or self.env.context.get("credit_branches_written"):
            return
        # The branches of the user's own company, whichever of them are ticked at the moment.
        family = (
            self.env["res.company"].sudo().search([("id", "child_of", self.env.company.root_id.id)])
        )
        # Whoever may write the customer may write him for the whole family: the branches, which
        # may be closed to him, only repeat what their main company has.
        partners = self.sudo().with_context(credit_branches_written=True)
        for company in family - self.env.company:
            partners.with_company(company).write(shared)

    # === ACTIONS === #

    def action_send_reminders(self):
        """Open the wizard that shows what a reminder to the selected customers would be."""
        return self.env["credit.dunning.send"]._open(partners=self.commercial_partner_id)

    def action_open_dunning_notices(self):
        """Open the reminders of the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reminders"),
            "res_model": "credit.dunning.notice",
            "view_mode": "list,kanban,form",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }

    def action_open_receivables(self):
        """Open the open items of the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Receivables"),
            "res_model": "credit.receivable",
            "view_mode": "list,kanban,pivot,graph,calendar,form",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }

    def action_open_aged_balance(self):
        """Open the aged balance of the selected customers."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id("credit_mgmt.credit_aged_balance_action"),
            "params": {"options": {"filters": {"partner": self.commercial_partner_id.ids}}},
        }

    def action_open_exclusions(self):
        """Open the standing orders to leave the customer or his items alone."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Left out"),
            "res_model": "credit.dunning.exclusion",
            "view_mode": "list,form",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }

    def _open_dunning_wizard(self, model, name, **context):
        """Return the action of a mass wizard on the selected customers."""
        if not self:
            raise UserError(self.env._("Select at least one customer."))
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_ids": [fields.Command.set(self.commercial_partner_id.ids)],
                **context,
            },
        }

    def action_exclude_from_dunning(self):
        """Open the wizard that leaves the selected customers out until a date."""
        return self._open_dunning_wizard(
            "credit.dunning.exclude", self.env._("Leave out of reminders")
        )

    def action_assign_dunning(self):
        """Open the wizard that sets policy and collector of the selected customers."""
        return self._open_dunning_wizard(
            "credit.dunning.assign", self.env._("Set policy and collector")
        )

    def action_reset_dunning_level(self):
        """Open the wizard that resets the dunning levels of the selected customers' items."""
        return self._open_dunning_wizard(
            "credit.dunning.reset.wizard", self.env._("Reset dunning level")
        )

    def action_credit_statement(self):
        """Open the wizard that prints, exports or sends the customers' statements of account."""
        return self._open_dunning_wizard("credit.statement", self.env._("Statement of account"))
