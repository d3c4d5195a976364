from odoo import api, models

#: Pixels of the top of a page that the header of a layout covers.
_HEADER_OVERLAP = {
    "web.external_layout_bubble": 24,
    "web.external_layout_folder": 24,
    "web.external_layout_wave": 24,
}


class CreditLetter(models.AbstractModel):
    """What letters and statements to a customer print besides their figures.

    A model that inherits it has ``partner_id``, ``company_id`` (a main company), ``contact_id``,
    ``collector_id``, ``date``, ``lang``, ``name`` (reference to quote) and ``payment_text``.
    """

    _name = "credit.letter"
    _description = "Letter to a Customer"

    def _get_reference(self) -> str:
        """Return the reference to quote, empty when there is none."""
        self.ensure_one()
        return self.name

    # === PEOPLE === #

    @api.model
    def _get_recipients_by_partner(self, partners) -> dict:
        """Return to whom messages for customers are addressed, in order of preference (rule 7).

        The dunning contacts of the customer, then its invoice addresses, then itself.

        :return: {partner id: res.partner records, best first}
        """
        contacts = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("id", "not in", partners.ids),
                "|",
                ("dunning_contact", "=", True),
                ("type", "=", "invoice"),
            ],
            order="id",
        )
        by_partner = contacts.grouped("commercial_partner_id")
        # One read for all of them, whoever asks for an address first.
        together = (partners | contacts)._ids
        result = {}
        for partner in partners:
            own = by_partner.get(partner, contacts.browse())
            result[partner.id] = (
                own.filtered("dunning_contact")
                + own.filtered(lambda contact: not contact.dunning_contact)
                + partner
            ).with_prefetch(together)
        return result

    def _get_letter_contact(self):
        """Return the partner to whom the letter is addressed."""
        self.ensure_one()
        return self.contact_id or self.partner_id

    def _get_signatory(self) -> dict:
        """Return who signs and answers: the collector, else the responsible, else the company.

        :return: ``name`` (empty when it is the company itself), ``phone`` and ``email``, texts
        """
        self.ensure_one()
        # Who answers for the company is printed on its letters: no secret to those who send.
        company = self.company_id.sudo()
        user = self.collector_id.sudo() or company.credit_responsible_id
        return {
            "name": user.name or "",
            "phone": user.phone or company.phone or "",
            "email": user.email or company.email or "",
        }

    # === LAYOUT === #

    def _get_header_overlap(self) -> int:
        """Return by how many pixels the company's layout covers the top of a page."""
        self.ensure_one()
        return self._get_layout_overlap(self.company_id)

    @api.model
    def _get_layout_overlap(self, company) -> int:
        """Return by how many pixels the layout of a company covers the top of a page.

        The header of some of Odoo's layouts is higher than the margin of the paper format.
        """
        return _HEADER_OVERLAP.get(company.sudo().external_report_layout_id.key, 0)

    # === PAYMENT === #

    def _get_bank_account(self, moves):
        """Return the ``res.partner.bank`` to pay to, empty when the company has none.

        The account that the invoices name when they all name the same one (it may be a
        factor's), else the company's first account, trusted ones before others.

        :param moves: the invoices and entries that are asked to be paid
        """
        self.ensure_one()
        # Printed on every invoice: no secret to those who remind of them.
        named = moves.sudo().partner_bank_id
        if len(named) == 1:
            return named
        company = self.company_id.sudo()
        own = company.partner_id.bank_ids.filtered(
            lambda bank: not bank.company_id or bank.company_id == company
        )
        return own.sorted(lambda bank: not bank.allow_out_payment)[:1]

    def _get_payment_qr(self) -> str:
        """Return the payment QR code as a data URI, empty when there is none."""
        self.ensure_one()
        return ""

    # === PDF === #

    @api.model
    def _render_pdfs(self, report_ref, letters) -> dict[int, bytes]:
        """Render a report of many letters in one call: {id: PDF}.

        In Odoo's tests the report comes as HTML unless the context forces the rendering.
        """
        Report = self.env["ir.actions.report"]
        rendered, kind = Report._pre_render_qweb_pdf(report_ref, res_ids=letters.ids)
        if kind != "pdf":
            return dict.fromkeys(letters.ids, rendered)
        streams = {
            res_id: row["stream"].getvalue() for res_id, row in rendered.items() if row["stream"]
        }
        if set(letters.ids) <= set(streams):
            return streams
        # A layout without headings cannot be split: each letter alone then.
        return {
            letter.id: Report._render_qweb_pdf_prepare_streams(report_ref, {}, letter.ids)[
                letter.id
            ]["stream"].getvalue()
            for letter in letters
        }
