from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import aging

#: What a report shows when nothing is said; see ``CreditAgedBalance._get_options``.
DEFAULT_OPTIONS = {
    "as_of": None,
    "compare_to": None,
    "group_by": "partner",
    "within": [],
    "basis": "due",
    "buckets": "days",
    "edges": [*aging.DEFAULT_EDGES],
    "months": 5,
    "currency": "company",
    "company_ids": [],
    "filters": {},
    "search": "",
    "overdue_only": False,
    "disputed": None,
    "min_amount": 0.0,
    "bucket": None,
    "order": "total",
    "descending": True,
    "offset": 0,
    "limit": 80,
    "details": False,
}
#: More buckets than that fit neither a screen nor a page.
MAX_BUCKETS = 12


class CreditAgedBalance(models.AbstractModel):
    """What an aged balance can be asked for, completed and checked."""

    _inherit = "credit.aged.balance"

    @api.model
    def _get_options(self, options=None) -> dict:
        """Return complete and checked options.

        :param options: any of these, anything else is refused

            * ``as_of``, ``compare_to``: dates (ISO); today, and no comparison by default
            * ``group_by``: a key of ``_get_dimensions()``
            * ``within``: [[dimension, id or False], ...], the lines that were unfolded
            * ``basis``: ``due``, ``invoice`` or ``posting``
            * ``buckets``: ``days`` with ``edges`` (days), or calendar ``months`` with a number
            * ``currency``: ``company`` or ``original``
            * ``company_ids``: among those of the user, by default the active ones
            * ``filters``: {key of ``_get_filters()``: [ids]}
            * ``search``: text in the customer's name or the number of the item
            * ``overdue_only``, ``min_amount`` (of a line's total)
            * ``disputed``: ``yes`` for items with a disputed part only, ``no`` for the others
            * ``bucket``: the code of a column of amounts, only its items
            * ``order``: a column's code, ``label``, ``count``, ``previous``, ``difference`` or
              ``percent``, and ``descending``
            * ``offset``, ``limit`` of the lines; no limit when 0
            * ``details``: whether the PDF prints the items below each line
        :return: all of these, dates as ``date``, and ``bounds``: the edges that follow from them
        :raises UserError: unknown or impossible options, in words
        """
        unknown = set(options or {}) - set(DEFAULT_OPTIONS)
        if unknown:
            raise UserError(self.env._("Unknown options: %s", ", ".join(sorted(unknown))))
        result = {
            name: default if (options or {}).get(name) is None else options[name]
            for name, default in DEFAULT_OPTIONS.items()
        }
        self._check_option_types(result)
        for name in ("as_of", "compare_to"):
            try:
                result[name] = fields.Date.to_date(result[name] or None)
            except ValueError as error:
                raise UserError(self.env._("“%s” is not a date.", result[name])) from error
        result["as_of"] = result["as_of"] or self.env.company._get_credit_today()
        result["bounds"] = self._get_bounds(result, result["as_of"])
        return result

    @api.model
    def _check_option_types(self, options):
        """Refuse what a web client or a URL may send but no method here can work with."""

        def is_id(value):
            return isinstance(value, int) and not isinstance(value, bool)

        wrong = {
            name
            for name, default in DEFAULT_OPTIONS.items()
            if default is not None
            and not isinstance(
                options[name],
                (int, float) if isinstance(default, float)
                else (list, tuple) if isinstance(default, list)
                else type(default),
            )
        }  # fmt: skip
        if not wrong & {"filters", "within", "company_ids"}:
            if not all(
                isinstance(ids, list | tuple) and all(map(is_id, ids))
                for ids in options["filters"].values()
            ):
                wrong.add("filters")
            if not all(
                isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[1], int)
                for pair in options["within"]
            ):
                wrong.add("within")
            if not all(map(is_id, options["company_ids"])):
                wrong.add("company_ids")
        if wrong:
            raise UserError(
                self.env._("These options cannot be read: %s", ", ".join(sorted(wrong)))
            )

    @api.model
    def _get_bounds(self, options, as_of) -> tuple[int, ...]:
        """Return the edges of the buckets at a date, which move with it for calendar months."""
        if options["buckets"] == "months":
            if not 1 <= int(options["months"]) <= MAX_BUCKETS:
                raise UserError(self.env._("Choose between 1 and %s months.", MAX_BUCKETS))
            return aging.month_edges(as_of, int(options["months"]))
        items = self.env["credit.aged.item"].with_context(aged_edges=options["edges"])
        edges = items._get_edges()
        if len(edges) > MAX_BUCKETS:
            raise UserError(self.env._("At most %s buckets fit on a page.", MAX_BUCKETS + 1))
        # Counted from an invoice or posting date there is no "not due": the first two are one.
        if options["basis"] != "due" and edges[0] == 0 and len(edges) > 1:
            return edges[1:]
        return edges

    @api.model
    def _get_filters(self) -> dict[str, tuple[str, str, str]]:
        """Return what the items can be restricted by: {code: (label, path, model)}."""
        items = self.env["credit.aged.item"]
        return {
            code: (label, field, items._fields[field].comodel_name)
            for code, (label, field) in self._get_dimensions().items()
        } | {"tag": (self.env._("Customer Tag"), "partner_id.category_id", "res.partner.category")}

    @api.model
    def _get_domain(self, options) -> Domain:
        """Return the items that options ask for."""
        filters, dimensions = self._get_filters(), self._get_dimensions()
        domain = Domain.TRUE
        for code, ids in options["filters"].items():
            if code not in filters:
                raise UserError(self.env._("Items cannot be filtered by “%s”.", code))
            if ids:
                domain &= Domain(filters[code][1], "in", ids)
        for code, key in options["within"]:
            if code not in dimensions:
                raise UserError(
                    self.env._("An aged balance cannot be grouped by “%s”.", code or "")
                )
            domain &= Domain(dimensions[code][1], "=", key)
        if text := (options["search"] or "").strip():
            domain &= Domain("partner_id", "ilike", text) | Domain("name", "ilike", text)
        if options["bucket"] and options["bucket"] != "total":
            codes = [column["code"] for column in self._get_columns(options)]
            if options["bucket"] not in codes:
                raise UserError(
                    self.env._("An aged balance has no column “%s”.", options["bucket"])
                )
            domain &= Domain("bucket", "=", options["bucket"])
        if options["overdue_only"]:
            domain &= Domain("age", ">", 0) & Domain("bucket", "!=", "unallocated")
        domain &= self._get_disputed_domain(options)
        return domain
