from odoo import api, models
from odoo.tools import SQL

from ..const import FRANCE


class ResCompany(models.Model):
    """Which companies are under French law: nothing here concerns the others."""

    _inherit = "res.company"

    def _is_under_french_law(self) -> bool:
        self.ensure_one()
        return self._get_credit_country().code in FRANCE

    def _get_credit_country(self):
        """Return the country where the company is, its own before that of its main company."""
        self.ensure_one()
        company = self.sudo()  # where a company is, is no secret to those who work for it
        return company.country_id or company.root_id.country_id

    def _get_credit_law_country(self):
        """Let the overseas departments have the interest terms of France."""
        # EXTENDS 'credit_mgmt'
        country = super()._get_credit_law_country()
        if country.code not in FRANCE:
            return country
        # Without the look at the database that a reference costs: asked for each company.
        return country.browse(self.env["ir.model.data"]._xmlid_to_res_id("base.fr"))

    @api.model
    def _get_french_companies(self):
        """Return all companies under French law, archived ones too."""
        # The same for every user; record rules decide what is read of their items.
        companies = self.sudo().with_context(active_test=False).search([])
        return companies.filtered(lambda company: company._is_under_french_law())

    @api.model
    def _get_french_ids_sql(self) -> SQL:
        """Return the ids of the companies under French law, to be used with IN."""
        return SQL("%s", tuple(self._get_french_companies().ids) or (0,))
