from odoo import api, fields, models
from odoo.tools import SQL

#: Audiences and the company's field of their years.
_YEARS = {
    "business": "credit_fr_limitation_years",
    "unknown": "credit_fr_limitation_years",
    "consumer": "credit_fr_limitation_consumer_years",
    "public": "credit_fr_limitation_public_years",
}


class ResCompany(models.Model):
    """After how many years a claim is time-barred."""

    _inherit = "res.company"

    credit_fr_limitation_years = fields.Integer(
        string="Limitation Against Businesses (Years)",
        default=5,
        help="Article L110-4 of the Commercial Code.",
    )
    credit_fr_limitation_consumer_years = fields.Integer(
        string="Limitation Against Consumers (Years)",
        default=2,
        help="Article L218-2 of the Consumer Code.",
    )
    credit_fr_limitation_public_years = fields.Integer(
        string="Limitation Against Public Bodies (Years)",
        default=4,
        help="Law of 31 December 1968 on debts of the State and local authorities, general "
        "knowledge to be checked: four years from the next 1 January. Counted here from the claim "
        "itself, hence at the earliest.",
    )

    _check_limitation = models.Constraint(
        "CHECK(credit_fr_limitation_years > 0 AND credit_fr_limitation_consumer_years > 0"
        " AND credit_fr_limitation_public_years > 0)",
        "A claim is time-barred after one year at least.",
    )

    @api.model
    def _get_limitation_years_sql(self) -> SQL:
        """Return a row per company under French law and audience: company_id, audience, years."""
        rows = [
            SQL("(%s, %s, %s)", company.id, audience, company.root_id[name])
            for company in self._get_french_companies()
            for audience, name in _YEARS.items()
        ]
        return SQL(
            "(VALUES %s) AS law(company_id, audience, years)",
            SQL(", ").join(rows or [SQL("(0, '', 0)")]),
        )
