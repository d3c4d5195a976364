from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Cancel the reminders that the merged customers have not got yet.

        Two of them would break "one pending reminder per customer", and Odoo then deletes the
        rows it cannot move: the merged customer is decided about anew by the next run.
        """
        # The person who merges contacts needs no right on reminders.
        self.env["credit.dunning.notice"].sudo().search(
            [("partner_id", "in", (src_partners | dst_partner).ids), ("pending", "=", True),
             ("state", "!=", "sending")]
        )._cancel(self.env._("The customer was merged with another one"))  # fmt: skip
        # One link per customer: that of the customer who stays, or else one of the others.
        tokens = self.env["credit.customer.token"].sudo()  # as above
        found = tokens.search([("partner_id", "in", (src_partners | dst_partner).ids)])
        for own in found.grouped("company_id").values():
            kept = own.filtered(lambda token: token.partner_id == dst_partner) or own[:1]
            (own - kept).unlink()
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)
