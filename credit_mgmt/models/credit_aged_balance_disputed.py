from odoo import api, models


class CreditAgedBalance(models.AbstractModel):
    _inherit = "credit.aged.balance"

    @api.model
    def _compute_disputed(self, as_of=None, company_ids=None, group_by="partner", domain=None):
        """Return what was disputed at the end of a day, of the open items.

        :param as_of: see ``_compute_lines``, as are ``company_ids`` and ``group_by``
        :param domain: further restriction on ``credit.aged.item``
        :return: {key (record): amount in company currency}, without the keys that have none
        """
        items = self.env["credit.aged.item"].with_context(aged_as_of=as_of)
        companies = self._get_companies(company_ids)
        field = self._get_dimensions()[group_by][1]
        rows = items._read_group(
            [("company_id", "in", companies.ids), ("amount_disputed", "!=", 0), *(domain or [])],
            [field],
            ["amount_disputed:sum"],
        )
        return dict(rows)
