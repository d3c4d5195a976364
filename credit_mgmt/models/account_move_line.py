from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # The open items of the ledger; word for word the conditions of credit.receivable, so that
    # the database reads these few rows instead of every unreconciled line of the books.
    _credit_open_idx = models.Index(
        "(account_id, (COALESCE(date_maturity, date)), id) "
        "WHERE parent_state = 'posted' AND reconciled IS NOT TRUE "
        "AND (amount_residual <> 0 OR amount_residual_currency <> 0)"
    )
    # The few items whose matchings are not in the ledger (see credit.kpi.item).
    _credit_unposted_idx = models.Index("(account_id, id) WHERE parent_state <> 'posted'")
