from odoo import models


class AccountMove(models.Model):
    """What is invoiced changes what the alert rules find."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        sales = posted.filtered(lambda move: move.is_sale_document(include_receipts=True))
        for company, moves in sales.grouped("company_id").items():
            self.env["credit.alert"]._look_again(moves.commercial_partner_id, company)
        return posted
