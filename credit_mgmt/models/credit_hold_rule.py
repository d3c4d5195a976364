from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

_RANK = {"watch": 1, "hold": 2}


class CreditHoldRule(models.Model):
    """When a customer is put on hold or on the watch list by itself, and released again."""

    _name = "credit.hold.rule"
    _description = "Credit Hold Rule"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, help="Shown as the reason of the hold.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("over_limit", "Over the limit"),
            ("overdue", "Overdue"),
            ("level", "Dunning level reached"),
        ],
        required=True,
        default="overdue",
    )
    level = fields.Selection(
        [("watch", "Watch"), ("hold", "Hold")], string="Effect", required=True, default="hold"
    )
    percent = fields.Float(
        string="Tolerance (%)", help="By how much the exposure may exceed the limit."
    )
    days = fields.Integer(string="Days Overdue", default=30, help="Items overdue for longer count.")
    amount = fields.Monetary(help="What is overdue by that much must be above.")
    dunning_level_id = fields.Many2one(
        "credit.dunning.level", help="This level, or a later one, of any policy."
    )

    _check_figures = models.Constraint(
        "CHECK(percent >= 0 AND days >= 0 AND amount >= 0)",
        "Tolerance, days and amount of a rule cannot be below zero.",
    )

    @api.constrains("kind", "dunning_level_id", "company_id")
    def _check_rule(self):
        for rule in self:
            if rule.kind == "level" and not rule.dunning_level_id:
                raise ValidationError(self.env._("Choose the level that holds a customer."))
            if rule.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Limits belong to the main company: choose %(root)s instead of %(branch)s.",
                        root=rule.company_id.root_id.name,
                        branch=rule.company_id.name,
                    )
                )

    @api.model
    def _evaluate(self, root, partners=None) -> dict:
        """Return whom the rules of a root company hold or watch now.

        :param partners: commercial entities; all when absent
        :return: {partner id: the strictest rule}
        """
        # The rules hold whoever looks, on the real day: a caller's context decides nothing.
        model = self.sudo().with_company(root).with_context(receivable_date=False, active_test=True)
        rules = model.search([("company_id", "=", root.id)])
        result: dict = {}
        if not rules or (partners is not None and not partners.ids):
            return result
        self.env["credit.exposure"]._flush_exposure()
        self.env["credit.dunning.notice.line"].flush_model()
        for rule in rules:
            query = getattr(rule, f"_get_{rule.kind}_sql")(partners)
            for [partner_id] in self.env.execute_query(query):
                other = result.get(partner_id)
                if not other or _RANK[rule.level] > _RANK[other.level]:
                    result[partner_id] = rule
        return result

    @api.model
    def _get_among_sql(self, column, partners) -> SQL:
        if partners is None:
            return SQL("%s IS NOT NULL", column)
        return SQL("%s IN %s", column, tuple(partners.ids))

    # Each kind has a method _get_<kind>_sql(partners): SELECT of the ids of the customers that the
    # rule concerns now, among ``partners`` unless it is None. A later issue adds a kind to the
    # selection and its method.

    def _get_over_limit_sql(self, partners) -> SQL:
        self.ensure_one()
        root = self.company_id
        Exposure = self.env["credit.exposure"]
        return SQL(
            "SELECT entity.id FROM (%(total)s) total"
            " JOIN res_partner entity ON entity.id = total.partner_id"
            " CROSS JOIN LATERAL (%(limit)s) lim"
            " WHERE %(among)s AND total.amount > 0"
            " AND ROUND(total.amount - lim.amount * %(factor)s::numeric, %(digits)s) > 0",
            total=Exposure._get_total_sql(root),
            limit=Exposure._get_limit_sql(root),
            among=self._get_among_sql(SQL("total.partner_id"), partners),
            factor=1 + self.percent / 100,
            digits=root.currency_id.decimal_places,
        )

    def _get_receivable_sql(self, partners, domain, names) -> SQL:
        """Return the open items of the company as a subquery."""
        items = self.env["credit.receivable"]
        domain = domain + [
            ("root_company_id", "=", self.company_id.id),
            ("partner_id", "!=", False) if partners is None else ("partner_id", "in", partners.ids),
        ]
        query = items._search(domain)
        return query.select(*(SQL.identifier(query.table, name) for name in names))

    def _get_overdue_sql(self, partners) -> SQL:
        self.ensure_one()
        # What is disputed, promised or on its way does not hold a customer.
        items = self._get_receivable_sql(
            partners,
            [
                ("days_overdue", ">", self.days),
                ("kind", "!=", "payment"),
                ("amount_residual", ">", 0),
                ("state", "in", ("overdue", "excluded", "legal")),
            ],
            ("partner_id", "amount_residual"),
        )
        return SQL(
            "SELECT item.partner_id FROM (%s) item GROUP BY item.partner_id"
            " HAVING SUM(item.amount_residual) > %s",
            items,
            self.amount,
        )

    def _get_level_sql(self, partners) -> SQL:
        self.ensure_one()
        items = self._get_receivable_sql(
            partners,
            [("dunning_level_id.delay_days", ">=", self.dunning_level_id.delay_days)],
            ("partner_id",),
        )
        return SQL("SELECT DISTINCT item.partner_id FROM (%s) item", items)
