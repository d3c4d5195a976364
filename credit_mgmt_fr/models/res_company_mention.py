from odoo import api, fields, models
from odoo.addons.credit_mgmt.tools import interest
from odoo.addons.credit_mgmt.tools.placeholders import fill, unknown_placeholders
from odoo.exceptions import ValidationError
from odoo.tools import format_amount, formatLang

from ..tools import mentions

#: Of a text of one's own.
_PLACEHOLDERS = ("penalty", "rate", "indemnity", "discount", "half_year")


class ResCompany(models.Model):
    """The mentions about late payment on invoices and quotations to businesses.

    Articles L441-9, L441-10 and D441-5 of the Commercial Code: rate of the penalties, fixed
    indemnity, discount for early payment or its absence. The due date stands on the invoice.
    """

    _inherit = "res.company"

    credit_fr_mentions = fields.Selection(
        [
            ("missing", "Those that our own texts do not carry"),
            ("never", "None: our documents say it all"),
        ],
        string="Mentions About Late Payment",
        default="missing",
        required=True,
    )
    credit_fr_mention_text = fields.Text(
        string="Our Wording",
        translate=True,
        help="Empty: the delivered sentences. Placeholders: {penalty}, {indemnity} and {discount} "
        "for these sentences, {rate} for the yearly rate of the half-year of the document, "
        "{half_year} for its first day.",
    )

    @api.constrains("credit_fr_mention_text")
    def _check_credit_fr_mention_text(self):
        for company in self:
            unknown = unknown_placeholders(company.credit_fr_mention_text, _PLACEHOLDERS)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "Unknown placeholders: %(unknown)s. Known ones: %(known)s.",
                        unknown=", ".join(unknown),
                        known=", ".join(_PLACEHOLDERS),
                    )
                )

    def _get_payment_mentions(self, documents) -> list[str]:
        # EXTENDS 'credit_mgmt'
        texts = super()._get_payment_mentions(documents)
        root = self.root_id.with_env(self.env).sudo()  # its settings, printed on every document
        if root.credit_fr_mentions == "never" or not self._is_under_french_law():
            return texts
        term = self.env["credit.interest.term"]._get_terms(self).get((self.id, "business"))
        if not term:
            return texts
        term = term.with_env(self.env)
        return [
            root._get_french_mentions(term, document)
            if self._is_business_customer(document["partner"])
            else text
            for text, document in zip(texts, documents, strict=True)
        ]

    @api.model
    def _is_business_customer(self, partner) -> bool:
        """Return whether a customer gets the mentions: a business, or what looks like one.

        They must stand on the invoice of every business. A company whose audience nobody has
        decided reads them too; nothing is claimed from it all the same.
        """
        if partner.credit_audience == "unknown":
            return bool(partner.is_company or partner.vat or partner.company_registry)
        return partner.credit_audience == "business"

    def _get_french_mentions(self, term, document) -> str:
        """Return the mentions of a document, those left out that its other texts carry.

        :param term: the interest terms of businesses
        :param document: see ``_get_payment_mentions``
        """
        self.ensure_one()
        carried = mentions.carried(document["printed"])
        date = document["date"]
        rates, unknown = term._get_yearly_rates(date, date, document["own_rate"])
        # A rate that nobody has published yet is not printed as if it were known.
        rate = formatLang(self.env, float(rates[0][1]), digits=2) if rates and not unknown else ""
        half_year = self.env["credit.dunning.level"]._format_date(interest.half_year_start(date))
        sentences = {
            "penalty": self._get_penalty_mention(term, document["own_rate"], rate, half_year),
            "indemnity": self._get_indemnity_mention(term),
            "discount": self._get_discount_mention(document["payment_term"]),
        }
        if self.credit_fr_mention_text:
            if {"penalty", "indemnity"} <= carried:
                return ""
            values = {**sentences, "rate": rate and f"{rate} %", "half_year": half_year}
            return fill(self.credit_fr_mention_text, values).strip()
        return "\n".join(text for name, text in sentences.items() if text and name not in carried)

    @api.model
    def _get_penalty_mention(self, term, own_rate, rate, half_year) -> str:
        """Return the sentence about the penalties, in the language of the environment."""
        if (own_rate or term.rate_kind == "agreed") and rate:
            text = self.env._(
                "Late payment penalties: %(rate)s %% a year, due without any reminder from the "
                "day after the due date.",
                rate=rate,
            )
            if term.floor_factor and term.floor_index_id:
                text += " " + self.env._(
                    "The rate is at least three times the legal interest rate."
                )
            return text
        # The law names this one in words of its own.
        central_bank_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "credit_mgmt.interest_index_ecb_mro"
        )
        index = (
            self.env._("rate of the European Central Bank's last main refinancing operation")
            if term.index_id.id == central_bank_id
            else term.index_id.name
        )
        if rate:
            return self.env._(
                "Late payment penalties: %(index)s plus %(margin)s points (%(rate)s %% a year for "
                "the half-year from %(date)s), due without any reminder from the day after the "
                "due date.",
                index=index,
                margin=f"{term.margin:g}",
                rate=rate,
                date=half_year,
            )
        return self.env._(
            "Late payment penalties: %(index)s plus %(margin)s points, due without any reminder "
            "from the day after the due date.",
            index=index,
            margin=f"{term.margin:g}",
        )

    @api.model
    def _get_indemnity_mention(self, term) -> str:
        """Return the sentence about the fixed indemnity, empty when none is claimed."""
        if term.fee_kind != "fixed" or not term.fee_amount:
            return ""
        return self.env._(
            "Fixed indemnity for recovery costs in case of late payment: %(amount)s (articles "
            "L441-10 and D441-5 of the French Commercial Code).",
            amount=format_amount(self.env, term.fee_amount, term.fee_currency_id),
        )

    @api.model
    def _get_discount_mention(self, payment_term) -> str:
        """Return the sentence about the discount for early payment."""
        if not payment_term.early_discount:
            return self.env._("No discount for early payment.")
        return self.env._(
            "Discount for early payment: %(percent)s %% if paid within %(days)s days of the "
            "invoice.",
            percent=formatLang(self.env, payment_term.discount_percentage, digits=2),
            days=payment_term.discount_days,
        )
