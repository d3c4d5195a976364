from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_amount

#: Rows of a computation that fit on a page with the rest of it.
_SHORT_ANNEX = 24


class CreditDunningNotice(models.Model):
    """The late costs that a notice claims: a snapshot, like its items.

    They stand beside the net due, which stays that of the invoices: ``amount_with_costs`` is the
    sum of both. Only the amount to pay follows the level.
    """

    _inherit = "credit.dunning.notice"

    claim_interest = fields.Boolean(readonly=True)
    claim_indemnity = fields.Boolean(readonly=True)
    costs_in_due = fields.Boolean(string="Costs in the Amount to Pay", readonly=True)
    amount_interest = fields.Monetary(
        string="Late Interest", currency_field="company_currency_id", readonly=True
    )
    amount_indemnity = fields.Monetary(
        string="Fixed Indemnities", currency_field="company_currency_id", readonly=True
    )
    amount_with_costs = fields.Monetary(
        string="Due With Costs", currency_field="company_currency_id", readonly=True
    )
    interest_term_id = fields.Many2one(
        "credit.interest.term", string="Interest Terms", readonly=True, ondelete="restrict"
    )
    interest_missing_from = fields.Date(
        string="Rate Not Known From",
        readonly=True,
        help="First day of a half-year whose interest rate was not known: the last known one was "
        "used.",
    )
    interest_warning = fields.Char(compute="_compute_interest_warning")

    @api.depends("interest_missing_from")
    def _compute_interest_warning(self):
        for notice in self:
            notice.interest_warning = self.env["credit.interest.term"]._get_warning(
                notice.interest_missing_from
            )

    # === PREPARATION === #

    @api.model
    def _add_late_costs(self, rows, date):
        """Add interest and indemnity to those rows whose level claims them, in few queries.

        :param rows: decided rows with a role and ``notice_level_id``
        :param date: the notices' day, the last that bears interest
        """
        levels = self.env["credit.dunning.level"].browse(
            {row["notice_level_id"] for row in rows if row.get("notice_level_id")}
        )
        claiming = {
            level.id: level for level in levels if level.claim_interest or level.claim_indemnity
        }
        asked = [
            row
            for row in rows
            if row.get("notice_level_id") in claiming
            and row["role"] in ("claimed", "recalled")
            and row["days_overdue"] > 0
        ]
        for row in rows:
            row.update(late_interest=0.0, late_indemnity=0.0, late_interest_working=False,
                       late_cost=None)  # fmt: skip
        if not asked:
            return
        Claim = self.env["credit.late.cost.claim"]
        costs = self.env["credit.late.cost.engine"]._get_late_costs(
            [row["id"] for row in asked], date
        )
        for row in asked:
            level, cost = claiming[row["notice_level_id"]], costs[row["id"]]
            row["late_cost"] = cost
            if level.claim_interest and cost.interest:
                row["late_interest"] = cost.interest
                row["late_interest_working"] = Claim._serialize(cost.segments)
            if level.claim_indemnity:
                row["late_indemnity"] = cost.indemnity

    @api.model
    def _prepare_notice_values(self, run, partner_id, rows):
        values = super()._prepare_notice_values(run, partner_id, rows)
        level = self.env["credit.dunning.level"].browse(values["level_id"])
        return values | self._get_cost_values(
            level, run.company_id, run.date, rows, values["amount_due"]
        )

    @api.model
    def _get_cost_values(self, level, company, date, rows, amount_due) -> dict:
        """Return the late costs of a notice from its rows (see ``_add_late_costs``).

        :param amount_due: the net due of the notice, company currency
        """
        totals = {"late_interest": 0.0, "late_indemnity": 0.0}
        currencies = self.env["res.currency"]
        for row in rows:
            for name in totals:
                amount = row.get(name)
                if amount:
                    currency = currencies.browse(row["currency_id"])
                    totals[name] += currency._convert(amount, company.currency_id, company, date)
        costs = [row["late_cost"] for row in rows if row.get("late_cost")]
        costs = [cost for cost in costs if cost.term]
        missing = [cost.missing_from for cost in costs if cost.missing_from]
        term = next((cost.term for cost in costs if cost.total), None)
        claimed = any(totals.values())
        return {
            "claim_interest": level.claim_interest and bool(totals["late_interest"]),
            "claim_indemnity": level.claim_indemnity and bool(totals["late_indemnity"]),
            "costs_in_due": level.costs_in_due and claimed,
            "amount_interest": totals["late_interest"],
            "amount_indemnity": totals["late_indemnity"],
            "amount_with_costs": amount_due + sum(totals.values()),
            "interest_missing_from": totals["late_interest"] and min(missing, default=False),
            "interest_term_id": term.id if term else False,
        }

    # === WHAT IS PRINTED === #

    def _has_late_costs(self) -> bool:
        self.ensure_one()
        return self.claim_interest or self.claim_indemnity

    def _get_late_costs_by_currency(self) -> dict:
        """Return the late costs that the notice claims, per currency.

        :return: {currency: dict with ``interest``, ``indemnity``, ``count`` (indemnities), ``sum``}
        """
        self.ensure_one()
        result = {}
        for line in self.line_ids:
            if not line.late_interest and not line.late_indemnity:
                continue
            row = result.setdefault(
                line.currency_id, {"interest": 0.0, "indemnity": 0.0, "count": 0, "sum": 0.0}
            )
            row["interest"] += line.late_interest
            row["indemnity"] += line.late_indemnity
            row["count"] += bool(line.late_indemnity)
            row["sum"] += line.late_interest + line.late_indemnity
        return result

    def _get_totals_by_currency(self):
        totals = super()._get_totals_by_currency()
        costs = self._get_late_costs_by_currency()
        for row in totals:
            mine = costs.get(row["currency"], {})
            row["interest"] = mine.get("interest", 0.0)
            row["indemnity"] = mine.get("indemnity", 0.0)
            row["indemnity_count"] = mine.get("count", 0)
            row["costs"] = mine.get("sum", 0.0)
            row["with_costs"] = row["due"] + row["costs"]
        return totals

    def _get_payment_amounts(self):
        """Add the late costs where the level asks for them with the invoices."""
        amounts = self._get_item_amounts()
        if self.costs_in_due:
            for currency, costs in self._get_late_costs_by_currency().items():
                amounts[currency] = currency.round(amounts.get(currency, 0.0) + costs["sum"])
        return amounts

    def _get_item_amounts(self):
        """Return what is to be paid without the late costs, see ``_get_payment_amounts``."""
        # Past this file's own `_get_payment_amounts`, which adds the costs to what this returns.
        return super()._get_payment_amounts()  # pylint: disable=super-method-mismatch

    def _get_statement(self):
        """Leave the late costs out of the amount to pay: a statement does not list them."""
        statement = super()._get_statement()
        if self.costs_in_due:
            statement["payment_text"] = self.env["credit.dunning.level"]._format_amounts(
                self._get_item_amounts()
            )
        return statement

    def _get_placeholder_values(self):
        values = super()._get_placeholder_values()
        Level = self.env["credit.dunning.level"]
        costs = self._get_late_costs_by_currency()
        totals = defaultdict(float)
        for row in self._get_totals_by_currency():
            totals[row["currency"]] += row["with_costs"]
        currency = self.company_currency_id
        return values | {
            "interest": Level._format_amounts(
                {currency: row["interest"] for currency, row in costs.items()} or {currency: 0.0}
            ),
            "indemnity": Level._format_amounts(
                {currency: row["indemnity"] for currency, row in costs.items()} or {currency: 0.0}
            ),
            "total_with_costs": Level._format_amounts(dict(totals)),
        }

    def _get_late_cost_annex(self) -> list[dict]:
        """Return the working that a letter annexes, one dict per item with interest.

        :return: dicts with ``line`` (the notice line), ``total_label`` and ``segments`` (dicts of
            texts in the language of the environment: ``from``, ``to``, ``days``, ``principal``,
            ``rate``, ``amount`` unrounded, ``estimated``)
        """
        self.ensure_one()
        Level = self.env["credit.dunning.level"]
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        result = []
        for line in self.line_ids.filtered("late_interest"):
            result.append(
                {
                    "line": line,
                    "total_label": self.env._("Interest on %s, rounded once", line.name),
                    "segments": [
                        {
                            "from": Level._format_date(fields.Date.to_date(segment["from"])),
                            "to": Level._format_date(fields.Date.to_date(segment["to"])),
                            "days": segment["days"],
                            "principal": format_amount(
                                self.env, float(segment["principal"]), line.currency_id
                            ),
                            "rate": lang.format("%.2f", float(segment["rate"]), grouping=True),
                            "amount": lang.format("%.4f", float(segment["amount"]), grouping=True),
                            "estimated": segment["estimated"],
                        }
                        for segment in line.late_interest_working or []
                    ],
                }
            )
        return result

    def _get_late_cost_text(self) -> str:
        """Return the paragraph of a letter that claims the late costs, environment's language."""
        self.ensure_one()
        values = self._get_placeholder_values()
        values = {key: values[key] for key in ("interest", "indemnity", "date", "total_with_costs")}
        if self.claim_interest and self.claim_indemnity:
            text = self.env._(
                "In addition, the late payment gives rise to late interest of %(interest)s, "
                "computed until %(date)s and set out in the annex, and to recovery indemnities of "
                "%(indemnity)s. We claim these sums as well: %(total_with_costs)s in all. Interest "
                "runs on until the day of payment.",
                **values,
            )
        elif self.claim_interest:
            text = self.env._(
                "In addition, the late payment gives rise to late interest of %(interest)s, "
                "computed until %(date)s and set out in the annex. We claim it as well: "
                "%(total_with_costs)s in all. Interest runs on until the day of payment.",
                **values,
            )
        else:
            text = self.env._(
                "In addition, the late payment gives rise to recovery indemnities of "
                "%(indemnity)s. We claim them as well: %(total_with_costs)s in all.",
                **values,
            )
        return " ".join(filter(None, (text, self._get_legal_basis_text())))

    def _get_legal_basis_text(self) -> str:
        basis = self.interest_term_id.legal_basis
        return self.env._("Legal basis: %s.", basis) if basis else ""

    def _get_cost_labels(self, total) -> dict[str, str]:
        """Return the labels of the totals of late costs.

        :param total: a dict of ``_get_totals_by_currency``
        """
        return {
            "interest": self.env._(
                "Late interest until %s", self.env["credit.dunning.level"]._format_date(self.date)
            ),
            "indemnity": self.env._("Recovery indemnity (%s)", total["indemnity_count"]),
        }

    def _get_annex_style(self) -> str:
        """Return the style that keeps a short annex whole and begins a long one on a page."""
        rows = sum(len(line.late_interest_working or []) + 1 for line in self.line_ids)
        breaks = "page-break-inside: avoid" if rows <= _SHORT_ANNEX else "page-break-before: always"
        return f"{breaks}; padding-top: {28 + self._get_header_overlap()}px;"

    def _get_annex_title(self) -> str:
        return self.env._(
            "Annex: computation of the late interest until %s",
            self.env["credit.dunning.level"]._format_date(self.date),
        )

    def _get_annex_method(self) -> str:
        """Return how interest is computed, in the language of the environment."""
        text = self.env._(
            "Interest = amount unpaid × yearly rate × days ÷ %s. The first day is the one after "
            "the due date, the last one the date of this letter or of the payment. A part payment "
            "counts from the day after it.",
            self.interest_term_id.day_basis or 365,
        )
        return " ".join(filter(None, (text, self._get_legal_basis_text())))

    def _get_parties(self) -> list[dict]:
        """Return creditor and debtor of a formal notice: ``label`` and ``text`` each."""
        self.ensure_one()
        # What identifies the company is printed on its letters.
        creditor, debtor = self.company_id.sudo().partner_id, self.partner_id
        return [
            {"label": label, "text": ", ".join(self._get_identity(partner))}
            for label, partner in (
                (self.env._("Creditor"), creditor),
                (self.env._("Debtor"), debtor),
            )
        ]

    @api.model
    def _get_identity(self, partner) -> list[str]:
        """Return what identifies a party: name, address, registration and VAT number."""
        address = partner._display_address(without_company=True)
        return [
            part
            for part in (
                partner.name,
                *(line.strip() for line in address.splitlines()),
                partner.company_registry
                and self.env._("registration number %s", partner.company_registry),
                partner.vat and self.env._("VAT number %s", partner.vat),
            )
            if part
        ]
