from odoo import fields, models


class CreditCollectorCoverLine(models.Model):
    """A customer or an activity that was handed over."""

    _name = "credit.collector.cover.line"
    _description = "Handed Over"

    cover_id = fields.Many2one(
        "credit.collector.cover", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="cover_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="cascade"
    )
    activity_id = fields.Many2one("mail.activity", index="btree_not_null", ondelete="set null")
    was_activity = fields.Boolean(help="Stays when the activity is done and gone.")
