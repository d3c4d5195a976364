from odoo import api, models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Customers in two proceedings are two debtors in law."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _merge_single_rows(self, sources, target):
        """Refuse to mix the claims of two proceedings.

        :raises UserError: more than one of the customers is in insolvency proceedings
        """
        result = super()._merge_single_rows(sources, target)
        # Whoever merges contacts needs no right on proceedings.
        running = self.env["credit.insolvency"].sudo().search(
            [("partner_id", "in", (sources | target).ids), ("live", "=", True)]
        )  # fmt: skip
        for rows in running.grouped("company_id").values():
            if len(rows) > 1:
                raise UserError(
                    self.env._(
                        "Insolvency proceedings of %s are running, each with its own claim: end"
                        " those that are not of this debtor before you merge the customers.",
                        ", ".join(rows.partner_id.mapped("display_name")),
                    )
                )
        return result
