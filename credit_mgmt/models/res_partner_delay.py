from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import PAYMENT_KINDS
from .res_partner import _COMPARISONS

#: Months of settlements from which a customer's average delay is computed.
_DELAY_MONTHS = 12


class ResPartner(models.Model):
    """How late a customer pays, and what became of the reminders to him."""

    _inherit = "res.partner"

    average_delay_days = fields.Float(
        string="Average Payment Delay",
        digits=(16, 2),
        compute="_compute_average_delay_days",
        search="_search_average_delay_days",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="Days from due date to payment over what was paid in the last twelve months, "
        "weighted by amount; early payments count negative.",
    )

    # === COMPUTE AND SEARCH METHODS === #

    @api.depends_context("company")
    def _compute_average_delay_days(self):
        # As in _compute_dunning: the figure describes customers that the user reads.
        delays = dict(
            self.env["credit.kpi.settlement"]
            .sudo()
            ._read_group(
                self._get_delay_domain()
                & Domain("partner_id", "in", self.commercial_partner_id.ids),
                ["partner_id"],
                ["delay_days:avg"],
            )
        )
        for partner in self:
            partner.average_delay_days = delays.get(partner.commercial_partner_id, 0.0)

    @api.model
    def _get_delay_domain(self) -> Domain:
        """Return the domain of the settlements from which the average delay is computed."""
        today = self.env.company._get_credit_today()
        since = fields.Date.subtract(today, months=_DELAY_MONTHS)
        return (
            Domain("kind", "in", PAYMENT_KINDS)
            & Domain("root_company_id", "=", self.env.company.root_id.id)
            & Domain("date", ">", fields.Date.to_string(since))
            & Domain("date", "<=", fields.Date.to_string(today))
        )

    @api.model
    def _get_delays_sql(self) -> SQL:
        """Return the average delay of each customer that paid something."""
        settlement = self.env["credit.kpi.settlement"].sudo()  # as in the compute method
        query = settlement._search(self._get_delay_domain())
        names = ("partner_id", "amount", "amount_days")
        return SQL(
            "SELECT partner_id, SUM(amount_days) / NULLIF(SUM(amount), 0) AS average_delay_days"
            " FROM (%s) settlement WHERE partner_id IS NOT NULL GROUP BY partner_id",
            query.select(*(SQL.identifier(query.table, name) for name in names)),
        )

    def _search_average_delay_days(self, operator, value):
        """Search customers by their average delay; one that paid nothing counts as 0."""
        if operator not in _COMPARISONS:
            return NotImplemented
        zero_matches = _COMPARISONS[operator](0, value)
        condition = SQL("average_delay_days %s %s", SQL(operator), value)  # a key of _COMPARISONS
        partners = SQL(
            "(SELECT partner_id FROM (%s) delay WHERE %s)",
            self._get_delays_sql(),
            SQL("NOT (%s)", condition) if zero_matches else condition,
        )
        return [("commercial_partner_id", "not in" if zero_matches else "in", partners)]

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort by the average delay: one aggregated join for the page."""
        if fname != "average_delay_days" or query is None:
            return super()._field_to_sql(alias, fname, query)
        self._check_field_access(self._fields[fname], "read")
        join_alias = query.make_alias(alias, "credit_delay")
        if join_alias not in query._joins:
            query.add_join(
                "LEFT JOIN",
                join_alias,
                SQL("(%s)", self._get_delays_sql()),
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "commercial_partner_id"),
                    SQL.identifier(join_alias, "partner_id"),
                ),
            )
        return SQL("COALESCE(%s, 0)", SQL.identifier(join_alias, fname))

    # === ACTIONS === #

    @api.readonly
    def action_open_settlements(self):
        """Open what the customer paid in the last twelve months, and how late."""
        self.ensure_one()
        domain = self._get_delay_domain() & Domain("partner_id", "=", self.commercial_partner_id.id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payments and their delay"),
            "res_model": "credit.kpi.settlement",
            "view_mode": "list,graph,pivot,form",
            "domain": list(domain),
        }

    @api.readonly
    def action_open_dunning_effect(self):
        """Open what became of the reminders to the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Effect of reminders"),
            "res_model": "credit.dunning.effect",
            "view_mode": "list,pivot,graph",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }
