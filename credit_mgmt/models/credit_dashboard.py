from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import aging

#: Indicators that are tiles, in order.
_FIGURES = ("receivables", "overdue", "overdue_share", "dso", "promised", "disputed")
#: Views of the lists that a figure opens.
_RECEIVABLE_VIEWS = "list,kanban,pivot,graph,calendar,form"


class CreditDashboard(models.AbstractModel):
    """The screen *Today*: what is owed, how late, what waits for a person, what will come in.

    Everything is read with the rights of the user: a salesperson sees the own customers. Each
    figure carries the action that lists exactly what it counts.
    """

    _name = "credit.dashboard"
    _description = "Credit Dashboard"

    @api.model
    @api.readonly
    def get_data(self, options=None) -> dict:
        """Return the whole dashboard in one call.

        :param dict options: ``company_ids``, among the selected companies; all of them by default
        :return: a dict that JSON can carry:

            * ``date``; ``compare_to``: since when differences are; ``currency_id`` of all amounts;
              ``currencies``: how many different ones of companies were converted; ``companies``:
              [{id, name}]; ``own``: whether the user sees the own customers only; ``quiet``:
              whether there is nothing to show
            * ``messages``: [{code, text, button, action}]
            * ``tiles``: see ``_get_tiles``
            * ``ageing``, ``dso``, ``customers``, ``receipts``: see the methods of these names
        :raises UserError: no company is left
        """
        companies = self._get_companies(options)
        today = self.env.company._get_credit_today()
        figures = self._get_figures(companies, today)
        quiet = figures["indicators"]["quiet"] and not figures["count"]
        return {
            "date": fields.Date.to_string(today),
            "compare_to": figures["indicators"]["compare_to"],
            "currency_id": self.env.company.currency_id.id,
            "currencies": len(companies.currency_id),
            "companies": [{"id": company.id, "name": company.name} for company in companies],
            "own": not self._is_user(),
            "quiet": quiet,
            "messages": self._get_messages(companies, quiet),
            "tiles": self._get_tiles(companies, figures),
            "ageing": self._get_ageing(companies, figures),
            "dso": self._get_dso(companies, figures),
            "customers": self._get_customers(companies, figures),
            "receipts": self._get_receipts(companies, figures),
        }

    @api.model
    def _get_companies(self, options):
        companies = self.env["credit.aged.balance"]._get_companies(
            (options or {}).get("company_ids")
        )
        companies &= self.env.companies
        if not companies:
            raise UserError(self.env._("Select at least one company."))
        return companies

    @api.model
    def _is_user(self) -> bool:
        return self.env.user.has_group("credit_mgmt.credit_mgmt_group_user")

    @api.model
    def _get_figures(self, companies, today) -> dict:
        """Return what several parts of the dashboard are made from, read once.

        :return: ``today``; ``buckets``, ``unallocated``, ``total`` and ``count`` of the aged
            balance; ``overdue``; ``indicators``: what ``credit.kpi.get_indicators`` returns
        """
        currency = self.env.company.currency_id
        lines = self.env["credit.aged.balance"]._compute_lines(
            today, companies.ids, group_by="company"
        )
        # Without any open item there is no line.
        columns = [[0.0] * (len(aging.DEFAULT_EDGES) + 3), *(line["amounts"] for line in lines)]
        *buckets, unallocated, total = [
            currency.round(sum(amounts)) for amounts in zip(*columns, strict=True)
        ]
        return {
            "today": today,
            "buckets": buckets,
            "unallocated": unallocated,
            "total": total,
            "overdue": currency.round(sum(buckets[1:])),
            "count": sum(line["count"] for line in lines),
            "indicators": self.env["credit.kpi"].get_indicators(
                {"company_ids": companies.ids, "date_to": fields.Date.to_string(today)}
            ),
        }

    # === MESSAGES === #

    @api.model
    def _get_messages(self, companies, quiet) -> list[dict]:
        """Return what should be done before anything else.

        To be extended by ``super() + [...]``.

        :param quiet: whether there is nothing to show yet
        :return: list of {code, text, button, action}
        """
        messages = []
        if quiet and self.env["account.move"].has_access("create"):
            messages.append(
                {
                    "code": "invoice",
                    "text": self.env._("No customer invoice is posted yet."),
                    "button": self.env._("New invoice"),
                    "action": {
                        "type": "ir.actions.act_window",
                        "name": self.env._("Invoice"),
                        "res_model": "account.move",
                        "views": [(False, "form")],
                        "context": {"default_move_type": "out_invoice"},
                    },
                }
            )
        if self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager"):
            messages += self._get_start_messages(companies)
        return messages

    @api.model
    def _get_start_messages(self, companies) -> list[dict]:
        # The main company decides; it may be one that the user has not selected.
        roots = companies.sudo().root_id.sudo(False) & self.env.companies
        return [
            {
                "code": "start",
                "text": self.env._(
                    "Nothing is reminded automatically in %s before dunning is started.",
                    root.name,
                ),
                "button": self.env._("Start dunning"),
                "action": {**root.action_open_credit_start(), "views": [(False, "form")]},
            }
            for root in roots
            if not root.credit_start_date
        ]

    # === TILES === #

    @api.model
    def _get_tiles(self, companies, figures) -> list[dict]:
        """Return the figures on top of the dashboard and the tasks below them, in order.

        To be extended by ``super() + [...]``; a figure that is nothing, in a company that never
        uses it, is left out.

        :param figures: see ``_get_figures``
        :return: list of dicts made by ``_prepare_tile``
        """
        return self._get_figure_tiles(companies, figures) + self._get_task_tiles(companies)

    @api.model
    def _prepare_tile(self, code, label, value, unit, help_text, action, **values) -> dict:
        """Return a tile.

        :param unit: money, percent (0 to 100), days or number
        :param action: the action that lists exactly what the value counts
        :param values: ``section`` (figures by default, or tasks), ``severity`` (None, info,
            warning or danger), ``difference`` since the end of the previous month, ``better``
            (lower, higher or None) and ``trend`` (values, oldest first)
        """
        return {
            "code": code,
            "label": label,
            "value": value,
            "unit": unit,
            "help": help_text,
            "action": action,
            "section": "figures",
            "severity": None,
            "difference": None,
            "better": None,
            "trend": [],
            **values,
        }

    @api.model
    def _get_figure_tiles(self, companies, figures) -> list[dict]:
        overdue = figures["overdue"]
        gross = sum(figures["buckets"])
        values = {
            "receivables": figures["total"],
            "overdue": overdue,
            "overdue_share": overdue / gross * 100 if gross else None,
        }
        restrictions = {
            "receivables": Domain.TRUE,
            "overdue": self._get_overdue_domain(figures["today"]),
            "overdue_share": self._get_overdue_domain(figures["today"]),
            "promised": Domain("amount_promised", ">", 0),
            "disputed": Domain("amount_disputed", ">", 0),
        }
        indicators = figures["indicators"]
        tiles = []
        for indicator in indicators["tiles"]:
            code = indicator["code"]
            if code not in _FIGURES:
                continue
            value = values.get(code, indicator["value"])
            if code in ("promised", "disputed") and not value:
                continue
            tiles.append(
                self._prepare_tile(
                    code,
                    indicator["label"],
                    value,
                    indicator["unit"],
                    indicator["help"],
                    self._open_receivables(indicator["label"], companies, restrictions[code])
                    if code in restrictions
                    else self.env["credit.kpi"].open_figure(code, indicators["options"]),
                    severity="danger" if code == "overdue" and value else None,
                    difference=indicator["difference"],
                    better=indicator["better"],
                    trend=indicator["trend"],
                )
            )
        order = {code: place for place, code in enumerate(_FIGURES)}
        return sorted(tiles, key=lambda tile: order[tile["code"]])

    @api.model
    def _get_task_tiles(self, companies) -> list[dict]:
        """Return what waits for a person; nothing for somebody who cannot act on it."""
        if not self._is_user():
            return []
        roots = Domain("company_id", "in", companies.sudo().root_id.ids)
        Notice, Delivery = self.env["credit.dunning.notice"], self.env["credit.dunning.delivery"]
        notices = dict(
            Notice._read_group(
                roots & Domain("state", "in", ("draft", "ready")), ["state"], ["__count"]
            )
        )
        to_print = (
            Domain("attachment_id", "!=", False)
            & Domain("printed_on", "=", False)
            & Domain("state", "=", "sent")
        )
        [[troubles]] = Delivery._read_group(
            roots & Domain("state", "in", ("failed", "uncertain")), [], ["__count"]
        )
        [[letters]] = Delivery._read_group(roots & to_print, [], ["__count"])
        tasks = [
            (
                "to_release",
                self.env._("Reminders to release"),
                notices.get("draft", 0),
                self.env._("Prepared reminders that wait for a person to read and release them."),
                (Notice, roots & Domain("state", "=", "draft"), "list,kanban,form"),
                "warning",
            ),
            (
                "ready",
                self.env._("Reminders ready to send"),
                notices.get("ready", 0),
                self.env._("Released reminders that have not left yet."),
                (Notice, roots & Domain("state", "=", "ready"), "list,kanban,form"),
                "info",
            ),
            (
                "trouble",
                self.env._("Failed or uncertain deliveries"),
                troubles,
                self.env._("Messages that did not reach the customer, or of which nobody knows."),
                (Delivery, roots & Domain("state", "in", ("failed", "uncertain")), "list,form"),
                "danger",
            ),
            (
                "to_print",
                self.env._("Letters to print"),
                letters,
                self.env._("Letters that are sent but not printed yet."),
                (Delivery, roots & to_print, "list,form"),
                "info",
            ),
        ]
        return [
            self._prepare_tile(
                code,
                label,
                value,
                "number",
                help_text,
                self._open_list(label, model._name, domain, views),
                section="tasks",
                severity=severity,
            )
            for code, label, value, help_text, (model, domain, views), severity in tasks
            if value
        ] + self._get_collector_tiles(companies)

    @api.model
    def _get_collector_tiles(self, companies) -> list[dict]:
        """Return what is overdue without a collector, where collectors are in use."""
        label = self.env._("Overdue without collector")
        found = self._sum_items(companies, self._get_late_items_domain(), "collector_id")
        amount = found.pop(None, 0.0)
        if not (found and amount):
            return []
        return [
            self._prepare_tile(
                "no_collector",
                label,
                amount,
                "money",
                self.env._("Overdue amounts of customers that nobody is in charge of."),
                self._open_receivables(
                    label,
                    companies,
                    self._get_overdue_domain(self.env.company._get_credit_today())
                    & Domain("collector_id", "=", False),
                    search_default_group_partner=1,
                ),
                section="tasks",
                severity="warning",
            )
        ]

    # === ACTIONS === #

    @api.model
    def _open_receivables(self, name, companies, domain, **context) -> dict:
        """Return the list where a person works on items of the aged balance."""
        # An entry of a later day is a receivable already, but not in the balance of today.
        today = fields.Date.to_string(self.env.company._get_credit_today())
        return self._open_list(
            name,
            "credit.receivable",
            Domain("company_id", "in", companies.ids) & Domain("date", "<=", today) & domain,
            _RECEIVABLE_VIEWS,
            **context,
        )

    @api.model
    def _open_list(self, name, model, domain, views, **context) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": views,
            "views": [(False, mode) for mode in views.split(",")],
            "domain": list(domain),
            "context": {"create": False, **context},
        }
