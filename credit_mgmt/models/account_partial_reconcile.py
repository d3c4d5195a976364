from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # What was reconciled since a date: the aged balance of the past undoes it.
    _credit_max_date_idx = models.Index(
        "(max_date) INCLUDE (debit_move_id, credit_move_id, amount, debit_amount_currency, "
        "credit_amount_currency)"
    )

    # === ALERTS === #

    @api.model_create_multi
    def create(self, vals_list):
        matchings = super().create(vals_list)
        self.env["credit.alert"]._look_again(*matchings._get_alert_partners())
        return matchings

    @api.ondelete(at_uninstall=False)
    def _unlink_look_again(self):
        self.env["credit.alert"]._look_again(*self._get_alert_partners())

    def _get_alert_partners(self):
        """Return whom a payment, or its undoing, concerns, and in which companies."""
        lines = self.debit_move_id.filtered(lambda line: line.account_type == "asset_receivable")
        return lines.partner_id, lines.company_id
