import re

from odoo import models
from odoo.tools import html2plaintext


class ResCompany(models.Model):
    """What the law makes a company print about late payment."""

    _inherit = "res.company"

    def _get_payment_mentions(self, documents) -> list[str]:
        """Return what invoices and quotations say about late payment, one text each.

        An add-on of a country returns the mentions of its law; here there are none.

        :param documents: dicts with ``partner`` (the customer, a commercial entity), ``date``,
            ``payment_term`` (may be empty), ``own_rate`` (yearly rate of late interest agreed for
            the document, 0 for none) and ``printed`` (its other texts: what they say is not said
            twice)
        :return: texts in the language of the environment, a line per mention, empty for none
        """
        self.ensure_one()
        return [""] * len(documents)

    def _get_printed_texts(self, *htmls) -> str:
        """Return texts of a document and the footer of the company as one plain text."""
        self.ensure_one()
        texts = (html2plaintext(html) for html in (*htmls, self.report_footer) if html)
        return re.sub(r"\s+", " ", " ".join(texts))
