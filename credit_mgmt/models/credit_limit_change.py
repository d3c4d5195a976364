from odoo import fields, models

from ..const import LIMIT_MODES


class CreditLimitChange(models.Model):
    """The history of limits: who changed what, when, why and until when."""

    _name = "credit.limit.change"
    _description = "Credit Limit History"
    _rec_name = "reason"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, default=lambda self: self.env.user
    )
    origin = fields.Selection(
        [
            ("manual", "By hand"),
            ("import", "Import"),
            ("request", "Request"),
            ("temporary", "Temporary increase"),
            ("expiry", "End of a temporary increase"),
            ("merge", "Merge of customers"),
        ],
        required=True,
        readonly=True,
        default="manual",
    )
    reason = fields.Char(readonly=True)
    mode_before = fields.Selection(LIMIT_MODES, string="Before", readonly=True)
    mode_after = fields.Selection(LIMIT_MODES, string="After", readonly=True)
    amount_before = fields.Monetary(string="Limit Before", readonly=True)
    amount_after = fields.Monetary(string="Limit After", readonly=True)
    risk_class_before_id = fields.Many2one(
        "credit.risk.class", string="Class Before", readonly=True, ondelete="set null"
    )
    risk_class_after_id = fields.Many2one(
        "credit.risk.class", string="Class After", readonly=True, ondelete="set null"
    )
    date_from = fields.Date(string="Valid From", readonly=True)
    date_to = fields.Date(string="Valid To", readonly=True)
    request_id = fields.Many2one(
        "credit.limit.request", readonly=True, index="btree_not_null", ondelete="set null"
    )
