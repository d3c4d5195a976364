from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import _COMPARISONS

_FIGURES = {"credit_exposure", "credit_limit_in_force", "credit_available", "credit_usage"}
#: So many customers found are given to the database one by one.
_FEW = 5000
_GROUPS = "credit_mgmt.credit_mgmt_group_viewer"


class ResPartner(models.Model):
    """Exposure, limit in force and what is left of it: computed, sorted and searched by one SQL.

    A contact or delivery address has the figures of its commercial entity.
    """

    _inherit = "res.partner"

    credit_exposure = fields.Monetary(
        string="Exposure",
        compute="_compute_credit_figures",
        search="_search_credit_exposure",
        currency_field="credit_currency_id",
        groups=_GROUPS,
        help="Open items, orders not invoiced yet and the like, in the main company and its "
        "branches.",
    )
    credit_limit_in_force = fields.Monetary(
        string="Limit in Force",
        compute="_compute_credit_figures",
        search="_search_credit_limit_in_force",
        currency_field="credit_currency_id",
        groups=_GROUPS,
    )
    credit_unlimited = fields.Boolean(
        string="Unlimited", compute="_compute_credit_figures", groups=_GROUPS
    )
    credit_limit_source = fields.Selection(
        [
            ("customer", "Of this customer"),
            ("temporary", "Temporary increase"),
            ("class", "Of the risk class"),
            ("company", "Default of the company"),
        ],
        string="Limit Because",
        compute="_compute_credit_figures",
        groups=_GROUPS,
    )
    credit_available = fields.Monetary(
        string="Available Credit",
        compute="_compute_credit_figures",
        search="_search_credit_available",
        currency_field="credit_currency_id",
        groups=_GROUPS,
        help="Limit less exposure, and not more than the group of affiliates has left. Empty when "
        "nothing limits the customer.",
    )
    credit_usage = fields.Float(
        string="Limit Used (%)",
        compute="_compute_credit_figures",
        search="_search_credit_usage",
        digits=(16, 1),
        groups=_GROUPS,
    )
    credit_exposure_table = fields.Json(compute="_compute_credit_exposure_table", groups=_GROUPS)
    credit_currency_id = fields.Many2one("res.currency", compute="_compute_credit_currency_id")

    # === COMPUTE METHODS === #

    @api.depends_context("company")
    def _compute_credit_currency_id(self):
        self.credit_currency_id = self.env.company.root_id.currency_id

    @api.depends("parent_id", "credit_limit", "credit_limit_mode", "risk_class_id")
    @api.depends_context("company", "receivable_date")
    def _compute_credit_figures(self):
        # The figures describe customers that the user reads; a salesperson has no right on the
        # journal items below them.
        figures = self.sudo()._get_credit_figures(self.env.company)
        for partner in self:
            row = figures.get(partner.commercial_partner_id._origin.id, {})
            partner.credit_exposure = row.get("exposure", 0.0)
            partner.credit_limit_in_force = row.get("limit") or 0.0
            partner.credit_limit_source = row.get("source", False)
            partner.credit_unlimited = row.get("available") is None
            partner.credit_available = row.get("available") or 0.0
            partner.credit_usage = row.get("usage", 0.0)

    @api.depends_context("company")
    def _compute_credit_exposure_table(self):
        # As for the figures.
        tables = (
            self.env["credit.exposure"]
            .sudo()
            ._get_exposure_table(self.commercial_partner_id._origin)
        )
        for partner in self:
            partner.credit_exposure_table = tables.get(partner.commercial_partner_id._origin.id, [])

    def _get_credit_figures(self, company) -> dict[int, dict]:
        """Return the figures of the commercial entities of these partners, freshly read.

        :return: {partner id: dict with ``exposure``, ``limit`` (None: unlimited), ``source``,
            ``available`` (None: unlimited), ``usage`` (percent) and ``group_available`` (None: no
            common limit)}
        """
        root = company.root_id
        partners = self.commercial_partner_id._origin
        Exposure = self.env["credit.exposure"]
        exposures = Exposure._get_exposures(partners, root)
        limits = Exposure._get_limits(partners, root)
        groups = partners.credit_group_id._get_available(root)
        result = {}
        for partner in partners:
            exposure = exposures[partner.id]
            limit, source = limits[partner.id]
            left = None if limit is None else root.currency_id.round(limit - exposure)
            in_group = groups.get(partner.credit_group_id.id)
            result[partner.id] = {
                "exposure": exposure,
                "limit": limit,
                "source": source,
                "available": min((x for x in (left, in_group) if x is not None), default=None),
                "usage": self._get_credit_usage(exposure, limit),
                "group_available": in_group,
            }
        return result

    @api.model
    def _get_credit_usage(self, exposure, limit) -> float:
        """Return the percentage of the limit that is used: whole for any debt without credit."""
        if limit:
            return max(exposure, 0.0) / limit * 100.0
        return 100.0 if limit is not None and exposure > 0 else 0.0

    # === SEARCH METHODS === #

    def _search_credit_exposure(self, operator, value):
        return self._search_credit_figure("credit_exposure", operator, value)

    def _search_credit_limit_in_force(self, operator, value):
        return self._search_credit_figure("credit_limit_in_force", operator, value)

    def _search_credit_available(self, operator, value):
        return self._search_credit_figure("credit_available", operator, value)

    def _search_credit_usage(self, operator, value):
        return self._search_credit_figure("credit_usage", operator, value)

    def _search_credit_figure(self, fname, operator, value):
        """Search by a figure; an unlimited customer has neither limit nor available credit."""
        if operator == "in":
            values = set(value)
            if values == {False} and fname in ("credit_available", "credit_limit_in_force"):
                return Domain.custom(
                    to_sql=lambda model, alias, query: SQL(
                        "%s IS NULL", model._field_to_sql(alias, fname, query)
                    )
                )
            amounts = tuple(v or 0.0 for v in values)
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "ROUND(%s, 2) IN %s", model._field_to_sql(alias, fname, query), amounts
                )
            )
        if operator not in _COMPARISONS or isinstance(value, bool):
            return NotImplemented
        compare = SQL(operator)  # a key of _COMPARISONS
        if self._needs_exposure(fname, operator, value):
            self._check_field_access(self._fields[fname], "read")
            return [("commercial_partner_id", "in", self._get_exposed(fname, compare, value))]
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s", model._field_to_sql(alias, fname, query), compare, value
            )
        )

    @api.model
    def _needs_exposure(self, fname, operator, value) -> bool:
        """Return whether only customers with an exposure can match: much fewer than all."""
        if fname in ("credit_exposure", "credit_usage"):
            return not _COMPARISONS[operator](0, value)
        # No limit is below zero; a group may be over its own without the member's doing.
        return (
            fname == "credit_available"
            and operator in ("<", "<=")
            and not _COMPARISONS[operator](0, value)
            and not self.env["credit.group"]._get_limited(self.env.company.root_id)
        )

    @api.model
    def _get_exposed(self, fname, compare, value):
        """Return the commercial entities with an exposure whose figure matches.

        :return: their ids, which let the database use its index; a subquery when they are many
        """
        query = self._get_exposed_sql(fname, compare, value)
        rows = self.env.execute_query(SQL("%s LIMIT %s", query, _FEW + 1))
        return [row[0] for row in rows] if len(rows) <= _FEW else SQL("(%s)", query)

    @api.model
    def _get_exposed_sql(self, fname, compare, value) -> SQL:
        """Return the SELECT of the commercial entities with an exposure whose figure matches."""
        root = self.env.company.root_id
        Exposure = self.env["credit.exposure"].sudo()  # as in _compute_credit_figures
        Exposure._flush_exposure()
        return SQL(
            "SELECT entity.id FROM (%s) total JOIN res_partner entity"
            " ON entity.id = total.partner_id CROSS JOIN LATERAL (%s) lim WHERE %s %s %s",
            Exposure._get_total_sql(root),
            Exposure._get_limit_sql(root),
            self._get_figure_sql(fname, SQL("total.amount"), SQL("lim.amount"), SQL("NULL")),
            compare,
            value,
        )

    @api.model
    def _get_figure_sql(self, fname, exposure, limit, in_group) -> SQL:
        """Return the SQL of a figure out of its ingredients, as ``_get_credit_figures`` says."""
        if fname == "credit_exposure":
            return SQL("COALESCE(%s, 0)", exposure)
        if fname == "credit_limit_in_force":
            return limit
        if fname == "credit_available":
            return SQL("LEAST(%s - COALESCE(%s, 0), %s::numeric)", limit, exposure, in_group)
        return SQL(
            "(CASE WHEN %(limit)s > 0 THEN GREATEST(%(exposure)s, 0) / %(limit)s * 100"
            " WHEN %(limit)s = 0 AND %(exposure)s > 0 THEN 100 ELSE 0 END)",
            limit=limit,
            exposure=exposure,
        )

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort and search by the figures: one aggregated join, one of the limits."""
        if fname not in _FIGURES or query is None:
            return super()._field_to_sql(alias, fname, query)
        self._check_field_access(self._fields[fname], "read")
        root = self.env.company.root_id
        Exposure = self.env["credit.exposure"].sudo()  # as in _compute_credit_figures
        total = query.make_alias(alias, "credit_total")
        if total not in query._joins:
            Exposure._flush_exposure()
            query.add_join(
                "LEFT JOIN",
                total,
                SQL("(%s)", Exposure._get_total_sql(root)),
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "commercial_partner_id"),
                    SQL.identifier(total, "partner_id"),
                ),
            )
        exposure = SQL.identifier(total, "amount")
        if fname == "credit_exposure":
            return self._get_figure_sql(fname, exposure, SQL(), SQL())
        lim = query.make_alias(alias, "credit_lim")
        if lim not in query._joins:
            query.add_join(
                "LEFT JOIN",
                lim,
                SQL(
                    "(SELECT entity.id AS partner_id, entity.credit_group_id, lim.amount"
                    " FROM res_partner entity CROSS JOIN LATERAL (%s) lim)",
                    Exposure._get_limit_sql(root),
                ),
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "commercial_partner_id"),
                    SQL.identifier(lim, "partner_id"),
                ),
            )
        return self._get_figure_sql(
            fname,
            exposure,
            SQL.identifier(lim, "amount"),
            self._get_group_available_sql(lim, root) if fname == "credit_available" else SQL(),
        )

    @api.model
    def _get_group_available_sql(self, lim, root) -> SQL:
        available = self.env["credit.group"]._get_limited(root)._get_available(root)
        if not available:
            return SQL("NULL")
        return SQL(
            "(SELECT left_of.amount FROM (VALUES %s) AS left_of(group_id, amount)"
            " WHERE left_of.group_id = %s)",
            SQL(", ").join(
                SQL("(%s, %s::numeric)", group_id, amount) for group_id, amount in available.items()
            ),
            SQL.identifier(lim, "credit_group_id"),
        )

    # === ACTIONS === #

    @api.readonly
    def action_open_exposure(self, code):
        """Open exactly what a component of the customer's exposure counts.

        :param str code: code of a component or of a part shown below one
        """
        self.ensure_one()
        self.check_access("read")
        # Which documents count is the same for everybody; the list shows those the user may read.
        model, amounts = (
            self.env["credit.exposure"]
            .sudo()
            ._get_exposure_documents(self.commercial_partner_id, code)
        )
        labels = {
            row["code"]: row["label"]
            for row in self.env["credit.exposure"]
            .sudo()
            ._get_exposure_table(self.commercial_partner_id)[self.commercial_partner_id.id]
        }
        return {
            "type": "ir.actions.act_window",
            "name": f"{labels[code]}: {self.commercial_partner_id.name}",
            "res_model": model,
            "views": self._get_exposure_views(code),
            "domain": [("id", "in", list(amounts))],
            "context": {"credit_exposure_codes": [code], "create": False},
        }

    @api.model
    def _get_exposure_views(self, code) -> list[tuple]:
        """Return the views that show what a component counts, with its amounts."""
        if code == "draft":
            return [
                (self.env.ref("credit_mgmt.account_move_view_list_exposure").id, "list"),
                (False, "form"),
            ]
        return [(False, "list"), (False, "form")]
