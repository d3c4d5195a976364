from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date as date_type
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import interest


@dataclass
class LateCost:
    """What the lateness of an item costs the customer, in the item's currency.

    ``interest`` and ``indemnity`` are what may still be claimed: what was booked or waived is
    left out, days and all.
    """

    interest: float = 0.0
    indemnity: float = 0.0
    days: int = 0
    segments: tuple = ()
    missing_from: date_type | None = None
    #: The terms applied (record, empty when there are none) and the item's currency (record).
    term: object = None
    currency: object = None
    #: Why there is nothing, a key of ``_get_reasons()``; empty when there is something.
    reason: str = ""
    #: The invoice's own agreed rate; 0 for none.
    own_rate: float = 0.0
    #: Some of the days were booked or waived before.
    partly_covered: bool = False
    #: First days and last days of what may be claimed, with their segments.
    periods: list = field(default_factory=list)

    @property
    def total(self) -> float:
        return self.interest + self.indemnity


class CreditLateCostEngine(models.AbstractModel):
    """Computes interest and indemnities of many items: a constant number of queries.

    The figures come from ``tools.interest``; this reads what it needs from the ledger: the
    items, their settlements at the dates of the payments, what was booked or waived already, and
    where interest starts with it the formal notice.
    """

    _name = "credit.late.cost.engine"
    _description = "Computation of Late Costs"

    @api.model
    def _get_reasons(self) -> dict[str, str]:
        """Return the reasons why an item costs nothing more: {code: text}."""
        return {
            "no_item": self.env._("Not an item on which interest is claimed"),
            "audience": self.env._("The customer is not known to be a business"),
            "no_term": self.env._("No interest terms for the company's country and this customer"),
            "no_rate": self.env._("No interest rate is known at all"),
            "no_formal_notice": self.env._("Interest starts with a formal notice: none was sent"),
            "not_late": self.env._("Never late"),
            "settled": self.env._("Booked or waived already"),
        }

    @api.model
    def _get_late_costs(self, items, date=None) -> dict[int, LateCost]:
        """Return the late costs of receivable items until a day.

        The caller answers for the right to see the items: nothing here is filtered by user.

        :param items: ``account.move.line``, ``credit.receivable``, ``credit.aged.item`` or
            ``credit.late.cost`` records, or ids of journal items
        :param date: last day that bears interest; the company's today by default
        :return: {item id: LateCost}, an entry for each item asked for. An indemnity stands on
            one item of its invoice only: the oldest late one that is open, else the oldest
        """
        ids = list(items if isinstance(items, list | tuple | set) else items.ids)
        date = (
            fields.Date.to_date(date)
            or fields.Date.to_date(self.env.context.get("receivable_date"))
            or self.env.company._get_credit_today()
        )
        costs = {item_id: LateCost(reason="no_item") for item_id in ids}
        rows = self._read_items(ids)
        if not rows:
            return costs
        self._resolve_terms(rows)
        costed = [row for row in rows if row["term"]]
        settlements = self._read_settlements([row["id"] for row in costed])
        claims = self._read_claims({row["move_id"] for row in costed})
        self._set_starts(costed)
        self._set_ends(costed, date)
        rates = self._read_rates(costed, date)
        for row in rows:
            row["cost"] = self._compute_item(row, settlements, claims, rates)
            if row["id"] in costs:
                costs[row["id"]] = row["cost"]
        self._add_indemnities(costed, date, claims)
        for cost in costs.values():
            if cost.total and cost.reason == "settled":
                cost.reason = ""
        return costs

    # === READING === #

    @api.model
    def _get_costed_sql(self) -> SQL:
        """Return which journal items bear late costs (aliases ``line`` and ``move``).

        Invoices, and entries that are followed up like them (opening balances); never an invoice
        that a credit note cancelled, nor what late costs were booked with: no interest on
        interest.
        """
        return SQL(
            """
            line.parent_state = 'posted'
            AND line.account_id IN %s
            AND line.amount_currency > 0
            AND (
                (move.move_type IN ('out_invoice', 'out_receipt')
                 AND move.payment_state <> 'reversed')
                OR (move.move_type = 'entry' AND line.date_maturity IS NOT NULL
                    AND line.no_followup IS NOT TRUE
                    AND move.origin_payment_id IS NULL AND move.statement_line_id IS NULL)
            )
            AND NOT EXISTS (
                SELECT 1 FROM credit_late_cost_claim booked
                 WHERE booked.booking_move_id = move.id
            )
            """,
            self.env["credit.receivable"]._get_account_ids(),
        )

    @api.model
    def _flush(self):
        """Write what is pending in the tables that the statements below read."""
        for model, names in {
            "account.move": ["move_type", "payment_state", "late_interest_rate",
                             "origin_payment_id", "statement_line_id"],
            "account.move.line": ["date", "date_maturity", "amount_currency", "account_id",
                                  "currency_id", "company_id", "parent_state", "partner_id",
                                  "no_followup", "reconciled", "move_id"],
            "account.partial.reconcile": ["debit_move_id", "credit_move_id",
                                          "debit_amount_currency"],
            "res.partner": ["commercial_partner_id", "credit_audience"],
            "credit.late.cost.claim": None,
            "credit.dunning.notice": ["state", "sent_date", "formal_notice"],
            "credit.dunning.notice.line": ["move_line_id", "kind", "notice_id"],
        }.items():  # fmt: skip
            self.env[model].flush_model(names)

    @api.model
    def _read_items(self, ids) -> list[dict]:
        """Return the items asked for and the other instalments of their invoices."""
        if not ids:
            return []
        self._flush()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT line.id, line.move_id, move.move_type <> 'entry' AS is_invoice,
                       COALESCE(line.date_maturity, line.date) AS due,
                       line.amount_currency AS amount, line.currency_id, line.company_id,
                       line.reconciled IS TRUE AS is_settled,
                       COALESCE(move.late_interest_rate, 0) AS own_rate,
                       COALESCE(partner.credit_audience, 'unknown') AS audience
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
             LEFT JOIN res_partner contact ON contact.id = line.partner_id
             LEFT JOIN res_partner partner ON partner.id = contact.commercial_partner_id
                 WHERE (%(costed)s)
                   AND (line.id = ANY(%(ids)s)
                        OR (move.move_type <> 'entry' AND line.move_id IN (
                            SELECT asked.move_id FROM account_move_line asked
                             WHERE asked.id = ANY(%(ids)s))))
              ORDER BY due, line.id
                """,
                costed=self._get_costed_sql(),
                ids=ids,
            )
        )

    @api.model
    def _read_settlements(self, ids) -> dict[int, list]:
        """Return the payments and credit notes of items as movements: {item id: movements}.

        Dated as booked: the day of the payment counts, not that of the matching.
        """
        movements = defaultdict(list)
        if ids:
            for line_id, day, amount, is_credit in self.env.execute_query(
                SQL(
                    """
                    SELECT partial.debit_move_id, other.date, partial.debit_amount_currency,
                           move.move_type = 'out_refund'
                      FROM account_partial_reconcile partial
                      JOIN account_move_line other ON other.id = partial.credit_move_id
                      JOIN account_move move ON move.id = other.move_id
                     WHERE partial.debit_move_id = ANY(%s)
                       AND partial.debit_amount_currency <> 0
                    """,
                    ids,
                )
            ):
                kind = (interest.CREDIT_NOTE,) if is_credit else ()
                movements[line_id].append((day, Decimal(str(amount)), *kind))
        return movements

    @api.model
    def _read_claims(self, move_ids) -> dict:
        """Return what was booked or waived of invoices.

        :return: ``{("item", id): [(first day, last day)], ("move", id): [...]}`` (the latter for
            items that are gone: they count for the whole invoice) and ``("indemnity", id): True``
        """
        found = defaultdict(list)
        if move_ids:
            for line_id, move_id, kind, first, last in self.env.execute_query(
                SQL(
                    """
                    SELECT move_line_id, move_id, kind, date_from, date_to
                      FROM credit_late_cost_claim
                     WHERE live AND move_id = ANY(%s)
                    """,
                    list(move_ids),
                )
            ):
                if kind == "indemnity":
                    found["indemnity", move_id] = True
                elif line_id:
                    found["item", line_id].append((first, last))
                else:
                    found["move", move_id].append((first, last))
        return found

    @api.model
    def _resolve_terms(self, rows):
        """Set the terms of each item; unknown customers have none (rule 16)."""
        companies = self.env["res.company"].sudo().browse({row["company_id"] for row in rows})
        terms = self.env["credit.interest.term"]._get_terms(companies)
        currencies = self.env["res.currency"].browse({row["currency_id"] for row in rows})
        by_id = {currency.id: currency for currency in currencies}
        for row in rows:
            row["term"] = terms.get((row["company_id"], row["audience"]))
            row["currency"] = by_id[row["currency_id"]]
            if row["audience"] != "business":
                row["own_rate"] = 0.0

    @api.model
    def _set_starts(self, rows):
        """Set the day after which each item bears interest; None when nothing started it."""
        waiting = [row["id"] for row in rows if row["term"].start_event == "formal_notice"]
        notices = {}
        if waiting:
            notices = dict(
                self.env.execute_query(
                    SQL(
                        """
                        SELECT line.move_line_id, MIN(notice.sent_date)
                          FROM credit_dunning_notice_line line
                          JOIN credit_dunning_notice notice ON notice.id = line.notice_id
                         WHERE line.move_line_id = ANY(%s)
                           AND line.kind IN ('claimed', 'recalled')
                           AND notice.formal_notice
                           AND notice.state = 'sent'
                           AND notice.sent_date IS NOT NULL
                      GROUP BY line.move_line_id
                        """,
                        waiting,
                    )
                )
            )
        for row in rows:
            row["start"] = row["due"]
            if row["term"].start_event == "formal_notice":
                notice = notices.get(row["id"])
                row["start"] = notice and max(notice, row["due"])

    @api.model
    def _set_ends(self, rows, date):
        """Set the last day on which each item bears interest: to be moved back where a law says so.

        :param rows: dicts of the items: id, move_id, company_id, due, start, term and more
        :param date: the day until which costs are asked for
        """
        for row in rows:
            row["end"] = date

    @api.model
    def _read_rates(self, rows, date) -> dict:
        """Return {(terms, own rate): (rates, half-years that are estimates)} of a batch."""
        first = {}
        for row in rows:
            if row["start"]:
                key = (row["term"], row["own_rate"])
                day = row["start"] + timedelta(days=1)
                first[key] = min(first.get(key, day), day)
        return {
            (term, own_rate): term._get_yearly_rates(day, max(day, date), own_rate)
            for (term, own_rate), day in first.items()
        }

    # === COMPUTING === #

    @api.model
    def _compute_item(self, row, settlements, claims, rates) -> LateCost:
        """Return the cost of an item, without its indemnity."""
        term = row["term"]
        cost = LateCost(currency=row["currency"], own_rate=row["own_rate"], term=term)
        if not term:
            cost.term = self.env["credit.interest.term"]
            cost.reason = "audience" if row["audience"] == "unknown" else "no_term"
            return cost
        if not row["start"]:
            cost.reason = "no_formal_notice"
            return cost
        yearly, unknown = rates[term, row["own_rate"]]
        if not yearly:
            cost.reason = "no_rate"
            return cost
        covered = claims.get(("item", row["id"]), []) + claims.get(("move", row["move_id"]), [])
        result = interest.late_interest(
            Decimal(str(row["amount"])),
            row["start"],
            row["end"],
            yearly,
            mode=term.segment_mode,
            imputation=term.imputation,
            movements=settlements.get(row["id"], ()),
            digits=row["currency"].decimal_places,
            day_basis=term.day_basis,
            unknown=unknown,
            covered=covered,
        )
        row["late_principal"] = result.late_principal
        cost.interest = float(result.amount)
        cost.days = result.days
        cost.segments = result.segments
        cost.missing_from = result.missing_from
        cost.periods = interest.merge_periods(result.segments)
        cost.partly_covered = bool(covered)
        if not result.days:
            cost.reason = "settled" if covered and result.late_principal else "not_late"
        return cost

    @api.model
    def _add_indemnities(self, rows, date, claims):
        """Give each late invoice its indemnity, once, on one of its items."""
        by_move = defaultdict(list)
        for row in rows:
            if row["is_invoice"] and row.get("late_principal"):
                by_move[row["move_id"]].append(row)
        companies = self.env["res.company"]
        rules = {
            (term, company_id): term._get_fee_rule(companies.browse(company_id))
            for term, company_id in {(row["term"], row["company_id"]) for row in rows}
        }
        for move_id, late in by_move.items():
            rule = rules[late[0]["term"], late[0]["company_id"]]
            if not rule:
                continue
            bearer = min(late, key=lambda row: (row["is_settled"], row["due"], row["id"]))
            if claims.get(("indemnity", move_id)):
                if bearer["cost"].reason == "not_late":
                    bearer["cost"].reason = "settled"
                continue
            debt = sum(row["late_principal"] for row in late)
            bearer["cost"].indemnity = self._get_indemnity(rule, bearer, debt, date)

    @api.model
    def _get_indemnity(self, rule, row, debt, date) -> float:
        """Return the indemnity of a debt, in the currency of its item.

        :param rule: ``FeeRule``, in the currency of the terms
        :param row: the item that bears it
        """
        currency, fee_currency = row["currency"], row["term"].fee_currency_id
        if currency == fee_currency:
            return float(interest.fee(rule, debt, currency.decimal_places))
        company = self.env["res.company"].sudo().browse(row["company_id"])
        debt = currency._convert(float(debt), fee_currency, company, date, round=False)
        amount = float(interest.fee(rule, debt, fee_currency.decimal_places))
        return fee_currency._convert(amount, currency, company, date)
