from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CreditGroup(models.Model):
    """Affiliates whose exposure is looked at together, over the companies allowed.

    A customer belongs to one group at most, the same for all companies. The group shares figures,
    never messages: reminders still go to each customer by each company.
    """

    _name = "credit.group"
    _description = "Group of Affiliates"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.root_id,
        help="The main companies whose receivables and orders count, branches included.",
    )
    partner_ids = fields.One2many("res.partner", "credit_group_id", string="Members")
    member_count = fields.Integer(compute="_compute_member_count")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    has_limit = fields.Boolean(
        string="Common Limit",
        tracking=True,
        help="What all members owe together may not exceed this amount. The own limits of the "
        "members hold as well: choose “Unlimited” for members that only the group limits.",
    )
    limit_amount = fields.Monetary(string="Amount of the Common Limit", tracking=True)
    exposure = fields.Monetary(compute="_compute_exposure")
    available = fields.Monetary(
        compute="_compute_exposure", help="Common limit less exposure; nothing without a limit."
    )
    exposure_split = fields.Json(compute="_compute_exposure_split")

    _check_limit_amount = models.Constraint(
        "CHECK(limit_amount >= 0)", "The common limit cannot be below zero."
    )

    @api.depends("partner_ids")
    def _compute_member_count(self):
        for group in self:
            group.member_count = len(group.partner_ids)

    @api.depends("partner_ids", "company_ids", "currency_id", "has_limit", "limit_amount")
    def _compute_exposure(self):
        totals = self._get_exposures()
        for group in self:
            group.exposure = totals.get(group._origin.id, 0.0)
            group.available = group.limit_amount - group.exposure if group.has_limit else 0.0

    @api.depends("partner_ids", "company_ids")
    @api.depends_context("allowed_company_ids", "uid")
    def _compute_exposure_split(self):
        """Give the exposure by member, and by company as far as the user may open it."""
        for group in self:
            group.exposure_split = group._get_split() if group._origin.id else []

    @api.constrains("company_ids")
    def _check_companies(self):
        for group in self:
            branch = group.company_ids.filtered("parent_id")[:1]
            if branch:
                raise ValidationError(
                    self.env._(
                        "Limits belong to the main company: choose %(root)s instead of %(branch)s.",
                        root=branch.root_id.name,
                        branch=branch.name,
                    )
                )

    # === FIGURES === #

    def _get_member_exposures(self) -> list[tuple]:
        """Return (group id, root company, partner id, amount in that company's currency)."""
        # The companies of a group agreed to share its exposure.
        groups = self.sudo().filtered(lambda group: group._origin.id)
        Exposure = self.env["credit.exposure"].sudo()
        rows = []
        if groups:
            Exposure._flush_exposure()
        for root in groups.company_ids:
            concerned = groups.filtered(lambda group, root=root: root in group.company_ids)
            found = self.env.execute_query(
                SQL(
                    "SELECT entity.credit_group_id, total.partner_id, total.amount"
                    " FROM res_partner entity JOIN (%s) total ON total.partner_id = entity.id"
                    " WHERE entity.credit_group_id IN %s",
                    Exposure._get_total_sql(root),
                    tuple(concerned.ids),
                )
            )
            rows += [(group, root, partner, float(amount)) for group, partner, amount in found]
        return rows

    def _get_exposures(self) -> dict[int, float]:
        """Return the exposure of each group, in its currency."""
        totals = dict.fromkeys(self._origin.ids, 0.0)
        for group_id, root, _partner_id, amount in self._get_member_exposures():
            currency = self.browse(group_id).sudo().currency_id
            totals[group_id] += root.currency_id._convert(
                amount, currency, root, root._get_credit_today()
            )
        return totals

    def _get_available(self, root) -> dict[int, float]:
        """Return what is left of the common limit of each group that has one.

        :return: {group id: amount in the root company's currency}; groups that do not count in
            this company are absent
        """
        limited = self.sudo().filtered(lambda g: g.active and g.has_limit and root in g.company_ids)
        return {
            group.id: group.currency_id._convert(
                group.limit_amount - exposure, root.currency_id, root, root._get_credit_today()
            )
            for group, exposure in (
                (limited.browse(group_id), exposure)
                for group_id, exposure in limited._get_exposures().items()
            )
        }

    @api.model
    def _get_limited(self, root):
        """Return the groups with a common limit that counts in a company."""
        # A limit holds for whoever sells.
        return self.sudo().search([("has_limit", "=", True), ("company_ids", "in", root.ids)])

    def _get_split(self) -> list[dict]:
        self.ensure_one()
        Partner = self.env["res.partner"]
        allowed = self.env.companies.root_id
        by_key: dict = {}
        for _group, root, partner_id, amount in self._origin._get_member_exposures():
            shown = root if root in allowed else root.browse()
            amount = root.currency_id._convert(
                amount, self.currency_id, root, root._get_credit_today()
            )
            by_key[partner_id, shown.id] = by_key.get((partner_id, shown.id), 0.0) + amount
        return [
            {
                "partner_id": partner_id,
                "partner": Partner.sudo().browse(partner_id).display_name,
                "company": self.env["res.company"].browse(company_id).name
                if company_id
                else self.env._("Other companies"),
                "amount": amount,
            }
            for (partner_id, company_id), amount in sorted(
                by_key.items(), key=lambda item: -item[1]
            )
        ]

    def action_open_members(self):
        """Open the members with their exposure."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_mgmt.res_partner_action_limits"
        )
        return {
            **action,
            "name": self.name,
            "domain": [("credit_group_id", "=", self.id)],
            "context": {},
        }
