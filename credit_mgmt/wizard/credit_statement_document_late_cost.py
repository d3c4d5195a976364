from collections import defaultdict

from odoo import api, models


class CreditStatementDocument(models.TransientModel):
    """The late costs of the overdue items of a statement, until its day."""

    _inherit = "credit.statement.document"

    @api.model
    def _get_open_items(self, wizard, partners):
        """Add ``late_costs`` to the figures of each customer, in the same number of queries.

        A list of dicts per currency: ``currency``, ``rows`` (``name``, ``cost``, ``currency``),
        ``interest``, ``indemnity``, ``total``; empty unless the wizard wants them.
        """
        figures = super()._get_open_items(wizard, partners)
        for statement in figures.values():
            statement["late_costs"] = []
        if not wizard.include_late_costs:
            return figures
        overdue = {
            partner_id: [
                line
                for section in statement["sections"]
                if section["code"] == "overdue"
                for line in section["lines"]
            ]
            for partner_id, statement in figures.items()
        }
        costs = self.env["credit.late.cost.engine"]._get_late_costs(
            [line["line_id"] for lines in overdue.values() for line in lines], wizard.date
        )
        for partner_id, lines in overdue.items():
            figures[partner_id]["late_costs"] = self._group_late_costs(lines, costs)
        return figures

    @api.model
    def _group_late_costs(self, lines, costs) -> list[dict]:
        groups = defaultdict(list)
        for line in lines:
            cost = line["late_cost"] = costs[line["line_id"]]
            if cost.total:
                groups[line["currency_id"]].append(
                    {"name": line["name"], "cost": cost, "currency": line["currency_id"]}
                )
        result = []
        for currency, rows in sorted(groups.items(), key=lambda group: group[0].name):
            interest = currency.round(sum(row["cost"].interest for row in rows))
            indemnity = currency.round(sum(row["cost"].indemnity for row in rows))
            result.append(
                {
                    "currency": currency,
                    "rows": rows,
                    "interest": interest,
                    "indemnity": indemnity,
                    "total": currency.round(interest + indemnity),
                }
            )
        return result

    def _translate(self, statement):
        result = super()._translate(statement)
        groups = statement.get("late_costs") or []
        rows = [row for group in groups for row in group["rows"]]
        for row in rows:
            row["interest_label"] = self.env._("Interest on %s, rounded once", row["name"])
            row["indemnity_label"] = self.env._("Fixed recovery indemnity, invoice %s", row["name"])
        terms = {row["cost"].term for row in rows}
        statement["late_cost_basis"] = [
            self.env._("Legal basis: %s.", basis)
            for basis in dict.fromkeys(term.with_env(self.env).legal_basis for term in terms)
            if basis
        ]
        statement["late_cost_warnings"] = list(
            dict.fromkeys(
                self.env["credit.interest.term"]._get_warning(row["cost"].missing_from)
                for row in rows
                if row["cost"].missing_from
            )
        )
        return result
