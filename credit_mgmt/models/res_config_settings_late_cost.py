from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_interest_rate = fields.Float(
        related="company_id.root_id.credit_interest_rate", readonly=False
    )
    credit_cost_document = fields.Selection(
        related="company_id.root_id.credit_cost_document", readonly=False
    )
    credit_cost_journal_id = fields.Many2one(
        related="company_id.root_id.credit_cost_journal_id", readonly=False
    )
    credit_interest_account_id = fields.Many2one(
        related="company_id.root_id.credit_interest_account_id", readonly=False
    )
    credit_indemnity_account_id = fields.Many2one(
        related="company_id.root_id.credit_indemnity_account_id", readonly=False
    )
    credit_public_indemnity = fields.Boolean(
        related="company_id.root_id.credit_public_indemnity", readonly=False
    )
    credit_interest_summary = fields.Text(related="company_id.root_id.credit_interest_summary")
    credit_interest_warning = fields.Text(related="company_id.root_id.credit_interest_warning")
