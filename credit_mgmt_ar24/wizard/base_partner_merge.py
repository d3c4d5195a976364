from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """What becomes of consents when customers are merged."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _merge_single_rows(self, sources, target):
        """One consent stays in force; the others are kept as evidence of the past."""
        result = super()._merge_single_rows(sources, target)
        # Whoever merges contacts needs no right on consents.
        consents = self.env["credit.registered.consent"].sudo().search(
            [("partner_id", "in", (sources | target).ids), ("withdrawn_on", "=", False)]
        )  # fmt: skip
        for rows in consents.grouped("company_id").values():
            self._get_surplus(rows, target).action_withdraw()
        return result
