from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: Values of the option ``disputed``.
CHOICES = (None, "yes", "no")
#: The column of an amount, and that of the part of it which is disputed.
_PARTS = {"amount": "amount_disputed", "amount_currency": "amount_disputed_currency"}


class CreditAgedBalance(models.AbstractModel):
    """What of an aged balance was disputed: a figure beside the columns, which it is part of.

    The column is there when something of the lines was disputed; without any dispute at the date
    it costs nothing.
    """

    _inherit = "credit.aged.balance"

    @api.model
    def _compute_disputed(
        self, as_of=None, company_ids=None, group_by="partner", currency="company", domain=None
    ) -> dict[tuple, float]:
        """Return what was disputed at the end of a day, of the open items.

        :param as_of: see ``_compute_lines``, as are ``company_ids``, ``group_by`` and
            ``currency``
        :param domain: further restriction on ``credit.aged.item``
        :return: {(id of the key or None, id of the currency): amount}, without zeros
        """
        items = self.env["credit.aged.item"].with_context(aged_as_of=as_of)
        companies = self._get_companies(company_ids)
        if not self._has_disputes(companies, items._get_as_of()):
            return {}
        query = items._search(
            Domain("company_id", "in", companies.ids)
            & Domain("amount_disputed", "!=", 0)
            & Domain(domain or [])
        )

        def column(name):
            return items._field_to_sql(query.table, _PARTS.get(name, name), query)

        amount, currency_id = self._get_amount_sql(column, companies, items._get_as_of(), currency)
        rows = self.env.execute_query(
            SQL(
                "SELECT %s, %s, SUM(%s) FROM %s WHERE %s GROUP BY 1, 2",
                column(self._get_dimensions()[group_by][1]),
                currency_id,
                amount,
                query.from_clause,
                query.where_clause or SQL("TRUE"),
            )
        )
        return {(key, currency_id): total for key, currency_id, total in rows if total}

    @api.model
    def _has_disputes(self, companies, as_of) -> bool:
        """Return whether anything was disputed at the end of a day, whoever may see it."""
        return bool(
            self.env["credit.dispute"]
            .sudo()  # only whether the figure is to be asked for
            .search_count(
                [
                    ("company_id", "in", companies.sudo().root_id.ids),
                    ("date", "<=", as_of),
                    "|",
                    ("closed_on", "=", False),
                    ("closed_on", ">", as_of),
                ],
                limit=1,
            )
        )

    @api.model
    def _add_disputed(self, lines, options):
        """Add ``disputed`` to lines, in place, if something of them was disputed.

        :param lines: {(id of the key or False, id of the currency): line}
        """
        amounts = self._compute_disputed(
            options["as_of"],
            options["company_ids"],
            options["group_by"],
            options["currency"],
            domain=self._get_domain(options),
        )
        if amounts:
            for (key, currency_id), line in lines.items():
                line["disputed"] = amounts.get((key or None, currency_id), 0.0)

    @api.model
    def _get_disputed_sql(self, column, companies, options) -> SQL:
        """Return the disputed part of an item, in the currency of its line.

        :param column: function from the name of a field of the items to its SQL
        """
        if not self._has_disputes(companies, options["as_of"]):
            return SQL("0.0")
        amount, _currency_id = self._get_amount_sql(
            lambda name: column(_PARTS.get(name, name)),
            companies,
            options["as_of"],
            options["currency"],
        )
        return amount

    @api.model
    def _get_disputed_domain(self, options) -> Domain:
        """Return the items that the option ``disputed`` asks for."""
        if options["disputed"] not in CHOICES:
            raise UserError(self.env._("These options cannot be read: %s", "disputed"))
        if not options["disputed"]:
            return Domain.TRUE
        return Domain("amount_disputed", "!=" if options["disputed"] == "yes" else "=", 0)
