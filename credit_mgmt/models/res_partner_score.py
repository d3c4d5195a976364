from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import score
from .res_partner import _COMPARISONS

_GROUPS = "credit_mgmt.credit_mgmt_group_viewer"


class ResPartner(models.Model):
    """The risk score of a customer: computed, sorted, searched and grouped by one SQL."""

    _inherit = "res.partner"

    risk_score = fields.Integer(
        compute="_compute_risk_score",
        search="_search_risk_score",
        groups=_GROUPS,
        aggregator=None,
        help="From 0 (worst) to 100 (best), out of how the customer pays. Empty when too little "
        "is known.",
    )
    risk_grade = fields.Selection(
        [(letter, letter) for letter, _least in score.GRADES],
        compute="_compute_risk_score",
        search="_search_risk_grade",
        groups=_GROUPS,
    )
    risk_explanation = fields.Text(
        string="Why This Score", compute="_compute_risk_score", groups=_GROUPS
    )
    risk_class_proposed_id = fields.Many2one(
        "credit.risk.class",
        string="Class by Score",
        compute="_compute_risk_class_proposed_id",
        groups=_GROUPS,
        help="The class whose score is reached; a manager assigns it.",
    )
    credit_trust_set = fields.Char(
        string="Trust Set by the Score",
        company_dependent=True,
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="What the score wrote last: another degree of trust was set by hand and stays.",
    )

    # === COMPUTE METHODS === #

    @api.depends_context("company", "lang")
    def _compute_risk_score(self):
        # The figures describe customers that the user reads, as those of the exposure.
        scores = (
            self.env["credit.risk.score"]
            .sudo()
            ._get_scores(self.commercial_partner_id._origin, self.env.company)
        )
        for partner in self:
            row = scores.get(partner.commercial_partner_id._origin.id, {})
            partner.risk_score = row.get("score") or 0
            partner.risk_grade = row.get("grade") or False
            partner.risk_explanation = "\n".join(
                self.env._(
                    "%(label)s: %(text)s (%(points)s of %(weight)s points)",
                    label=component["label"],
                    text=component["text"],
                    points=f"{component['points']:g}",
                    weight=component["weight"],
                )
                for component in row.get("components", ())
            )

    @api.depends("risk_score", "risk_grade")
    @api.depends_context("company")
    def _compute_risk_class_proposed_id(self):
        classes = self.env["credit.risk.class"].search(
            [
                ("company_id", "in", (False, self.env.company.root_id.id)),
                ("by_score", "=", True),
            ],
            order="score_from desc, sequence, id",
        )
        for partner in self:
            partner.risk_class_proposed_id = partner.risk_grade and next(
                (found for found in classes if partner.risk_score >= found.score_from), False
            )

    # === SEARCH METHODS === #

    def _search_risk_score(self, operator, value):
        """Search by score; a customer without one never matches a comparison."""
        if operator not in _COMPARISONS or isinstance(value, bool):
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s", model._field_to_sql(alias, "risk_score", query), SQL(operator), value
            )
        )

    def _search_risk_grade(self, operator, value):
        if operator != "in":
            return NotImplemented
        letters = [letter for letter in value if letter]

        def to_sql(model, alias, query):
            column = model._field_to_sql(alias, "risk_grade", query)
            conditions = [SQL("%s IN %s", column, tuple(letters))] if letters else []
            if len(letters) < len(list(value)):
                conditions.append(SQL("%s IS NULL", column))
            return SQL("(%s)", SQL(" OR ").join(conditions or [SQL("FALSE")]))

        return Domain.custom(to_sql=to_sql)

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort, search and group by the score: one aggregated join."""
        if fname not in ("risk_score", "risk_grade") or query is None:
            return super()._field_to_sql(alias, fname, query)
        self._check_field_access(self._fields[fname], "read")
        scored = query.make_alias(alias, "credit_score")
        Score = self.env["credit.risk.score"].sudo()  # as in _compute_risk_score
        if scored not in query._joins:
            query.add_join(
                "LEFT JOIN",
                scored,
                SQL("(%s)", Score._get_score_sql(self.env.company.root_id.sudo())),
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "commercial_partner_id"),
                    SQL.identifier(scored, "partner_id"),
                ),
            )
        column = SQL.identifier(scored, "score")
        return column if fname == "risk_score" else Score._get_grade_sql(column)

    # === ACTIONS === #

    def action_apply_risk_class(self):
        """Give the selected customers the class that their score proposes."""
        changed = self.filtered(
            lambda partner: (
                partner.risk_class_proposed_id
                and partner.risk_class_proposed_id != partner.risk_class_id
            )
        )
        if not changed:
            raise UserError(
                self.env._("None of these customers has a score that proposes another class.")
            )
        for risk_class, partners in changed.grouped("risk_class_proposed_id").items():
            partners.write(
                {
                    "risk_class_id": risk_class.id,
                    "credit_limit_reason": self.env._("Class by score"),
                }
            )
        return True
