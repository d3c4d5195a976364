from odoo import fields, models
from odoo.tools import groupby


class AccountMove(models.Model):
    """What an invoice says about late payment, as its company's law wants it."""

    _inherit = "account.move"

    payment_mentions = fields.Text(
        readonly=True,
        copy=False,
        help="What the invoice says about late payment; kept as it was when it was posted.",
    )

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        invoices = posted.filtered(lambda move: move._has_payment_mentions())
        for (company, lang), group in groupby(
            invoices, lambda move: (move.company_id, move.partner_id.lang or self.env.lang)
        ):
            moves = self.browse([move.id for move in group]).with_context(lang=lang)
            for move, text in zip(moves, moves._prepare_payment_mentions(company), strict=True):
                move.payment_mentions = text
        return posted

    def _has_payment_mentions(self) -> bool:
        return self.move_type in ("out_invoice", "out_receipt")

    def _get_payment_mentions(self) -> str:
        """Return the mentions to print: those kept, or what a draft would say."""
        self.ensure_one()
        if self.state == "draft" and self._has_payment_mentions():
            return self._prepare_payment_mentions(self.company_id)[0]
        return self.payment_mentions or ""

    def _prepare_payment_mentions(self, company) -> list[str]:
        """Return the mentions of invoices of a company, in the language of the environment."""
        # What a document prints is no secret to whoever makes it.
        company = company.with_env(self.env).sudo()
        return company._get_payment_mentions(
            [
                {
                    "partner": move.commercial_partner_id.sudo(),
                    "date": move.invoice_date or company._get_credit_today(),
                    "payment_term": move.invoice_payment_term_id.sudo(),
                    "own_rate": move.late_interest_rate
                    or company._get_agreed_interest_rate(move.commercial_partner_id),
                    "printed": company._get_printed_texts(
                        move.narration, move.invoice_payment_term_id.sudo().note
                    ),
                }
                for move in self
            ]
        )
