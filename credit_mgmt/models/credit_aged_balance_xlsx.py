import io
import json
from urllib.parse import urlencode

from odoo import api, fields, models

from ..report.aged_balance_book import AgedBalanceBook


class CreditAgedBalance(models.AbstractModel):
    """The spreadsheet of an aged balance, written in constant memory."""

    _inherit = "credit.aged.balance"

    @api.model
    @api.readonly
    def action_export_xlsx(self, options=None):
        """Return the action that downloads an aged balance, all its lines and items.

        :param options: see ``_get_options``
        :raises UserError: impossible options
        """
        options = self._export_options(self._get_options(options))
        query = urlencode({"options": json.dumps(options), "company_id": self.env.company.id})
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit_mgmt/aged_balance?{query}",
            "target": "download",
        }

    @api.model
    def export_xlsx(self, options=None) -> bytes:
        """Return an aged balance as a spreadsheet, see ``_write_xlsx``."""
        file = io.BytesIO()
        self._write_xlsx(file, options)
        return file.getvalue()

    @api.model
    def _write_xlsx(self, file, options=None):
        """Write the lines, all items and the parameters of an aged balance to a file.

        :param file: a binary file
        :param options: see ``_get_options``; ``offset``, ``limit`` and ``details`` do not matter
        """
        AgedBalanceBook(self, file, self._get_options(options)).fill()

    @api.model
    def _get_xlsx_name(self, options) -> str:
        """Return the name of the file of complete options."""
        day = fields.Date.to_string(options["as_of"])
        return self.env._("Aged balance %s", day) + ".xlsx"

    @api.model
    def _get_xlsx_item_columns(self) -> list[tuple]:
        """Return the columns of the sheet of items as (heading, width, field, kind of cell).

        The fields are those that ``get_items`` documents, and ``bucket``, ``currency`` (labels)
        and ``company_currency_id``. Kinds: ``text``, ``date``, ``number``, or the field that
        holds the currency of an amount.
        """
        return [
            (self.env._("Customer"), 36, "partner", "text"),
            (self.env._("Company"), 22, "company", "text"),
            (self.env._("Number"), 18, "name", "text"),
            (self.env._("Reference"), 22, "ref", "text"),
            (self.env._("Type"), 14, "kind_label", "text"),
            (self.env._("Journal"), 22, "journal", "text"),
            (self.env._("Accounting Date"), 12, "date", "date"),
            (self.env._("Invoice Date"), 12, "invoice_date", "date"),
            (self.env._("Due Date"), 12, "date_maturity", "date"),
            (self.env._("Age (Days)"), 8, "age", "number"),
            (self.env._("Bucket"), 16, "bucket", "text"),
            (self.env._("Open Amount"), 16, "amount", "currency_id"),
            (self.env._("Disputed"), 16, "disputed", "currency_id"),
            (self.env._("Currency"), 9, "currency", "text"),
            (self.env._("Open Amount in Currency"), 16, "amount_currency", "item_currency_id"),
            (self.env._("Booked Amount"), 16, "amount_original", "company_currency_id"),
            (self.env._("Settled Since"), 16, "amount_since", "company_currency_id"),
        ]
