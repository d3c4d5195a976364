from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_fr_active = fields.Boolean(compute="_compute_credit_fr_active")
    credit_fr_mentions = fields.Selection(
        related="company_id.root_id.credit_fr_mentions", readonly=False
    )
    credit_fr_mention_text = fields.Text(
        related="company_id.root_id.credit_fr_mention_text", readonly=False
    )
    credit_fr_mention_preview = fields.Text(
        string="On an Invoice of Today", compute="_compute_credit_fr_mention_preview"
    )
    credit_fr_term_check = fields.Selection(
        related="company_id.root_id.credit_fr_term_check", readonly=False
    )
    credit_fr_month_end = fields.Selection(
        related="company_id.root_id.credit_fr_month_end", readonly=False
    )
    credit_fr_ceiling_id = fields.Many2one(
        related="company_id.root_id.credit_fr_ceiling_id", readonly=False
    )
    credit_fr_limitation_years = fields.Integer(
        related="company_id.root_id.credit_fr_limitation_years", readonly=False
    )
    credit_fr_limitation_consumer_years = fields.Integer(
        related="company_id.root_id.credit_fr_limitation_consumer_years", readonly=False
    )
    credit_fr_limitation_public_years = fields.Integer(
        related="company_id.root_id.credit_fr_limitation_public_years", readonly=False
    )

    @api.depends("company_id")
    def _compute_credit_fr_active(self):
        for settings in self:
            settings.credit_fr_active = settings.company_id._is_under_french_law()

    @api.depends("company_id", "credit_fr_mentions", "credit_fr_mention_text",
                 "credit_interest_rate")  # fmt: skip
    def _compute_credit_fr_mention_preview(self):
        """Show what an invoice to a business prints that carries no mention of its own."""
        sample = self.env["res.partner"].new({"is_company": True, "credit_audience": "business"})
        for settings in self:
            company = settings.company_id.sudo()  # what its documents print
            [settings.credit_fr_mention_preview] = company._get_payment_mentions(
                [
                    {
                        "partner": sample,
                        "date": company._get_credit_today(),
                        "payment_term": self.env["account.payment.term"],
                        "own_rate": settings.credit_interest_rate,
                        "printed": company._get_printed_texts(),
                    }
                ]
            )
