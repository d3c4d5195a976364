from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL


class CreditStatementDocument(models.TransientModel):
    """The entries of a period on the customers' accounts, from the ledger."""

    _inherit = "credit.statement.document"

    @api.model
    def _check_activity(self):
        """Refuse those who may not read all entries: theirs would be a part of the account."""
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise AccessError(
                self.env._("Only credit users may see all entries of a customer's account.")
            )

    @api.model
    def _get_entry_domain(self, wizard) -> Domain:
        """Return the journal items that a statement of all entries is made of."""
        return (
            Domain("account_id", "in", self.env["credit.receivable"]._get_account_ids())
            & Domain("parent_state", "=", "posted")
            & Domain("company_id", "in", wizard._get_companies().ids)
            & Domain("date", "<=", wizard.date)
            & Domain("partner_id", "!=", False)
        )

    @api.model
    def _find_active_partners(self, wizard):
        self._check_activity()
        groups = self.env["account.move.line"]._read_group(
            self._get_entry_domain(wizard), ["partner_id"]
        )
        return self.env["res.partner"].union(*(group[0] for group in groups)).commercial_partner_id

    @api.model
    def _get_activity(self, wizard, partners) -> dict:
        """Return the accounts of customers over a period, see ``_get_figures``.

        What is left open of the entries at the end is what the aged balance shows then, in each
        currency: a settlement across currencies or customers is an entry on both accounts.

        :return: {partner id: dict}, whose ``accounts`` are a list per currency of dicts:
            ``currency``, ``opening``, ``closing``, ``debit``, ``credit`` (of the period), and
            ``rows``: dicts of date, name, kind, other (number of what settled it), date_maturity,
            debit, credit and balance
        """
        self._check_activity()
        movements = self._get_movements_sql(wizard, partners)
        openings = self.env.execute_query(
            SQL(
                """
                WITH %s
              SELECT partner_id, currency_id, SUM(amount)
                FROM movement
               WHERE date < %s
            GROUP BY partner_id, currency_id
                """,
                movements,
                wizard.date_from,
            )
        )
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH %s
              SELECT movement.partner_id, movement.currency_id, movement.date, movement.amount,
                     movement.date_maturity, movement.other, %s AS kind,
                     COALESCE(movement.name, move.name, movement.ref) AS name
                FROM movement
                JOIN account_move move ON move.id = movement.move_id
               WHERE movement.date >= %s
            ORDER BY movement.date, movement.id, movement.other NULLS FIRST
                """,
                movements,
                self.env["credit.receivable"]._get_kind_sql(),
                wizard.date_from,
            )
        )
        accounts = defaultdict(dict)
        for partner_id, currency_id, amount in openings:
            account = self._get_account(accounts[partner_id], currency_id)
            account["opening"] = account["closing"] = account["currency"].round(amount)
        for row in rows:
            self._add_row(self._get_account(accounts[row["partner_id"]], row["currency_id"]), row)
        result = {}
        for partner in partners:
            shown = [
                account
                for account in sorted(
                    accounts[partner.id].values(), key=lambda account: account["currency"].name
                )
                if account["rows"] or not account["currency"].is_zero(account["opening"])
            ]
            result[partner.id] = {
                "kind": "activity",
                "date_from": wizard.date_from,
                "date": wizard.date,
                "accounts": shown,
                "totals": [
                    {"currency": account["currency"], "balance": account["closing"]}
                    for account in shown
                ],
                "payment_amounts": {},
                "move_ids": [],
            }
        return result

    @api.model
    def _get_account(self, accounts, currency_id) -> dict:
        return accounts.setdefault(
            currency_id,
            {
                "currency": self.env["res.currency"].browse(currency_id),
                "opening": 0.0,
                "closing": 0.0,
                "debit": 0.0,
                "credit": 0.0,
                "rows": [],
            },
        )

    @api.model
    def _add_row(self, account, row):
        """Add an entry to an account with the balance after it."""
        currency = account["currency"]
        amount = currency.round(row["amount"])
        # Exchange differences move nothing in the item's own currency.
        if currency.is_zero(amount):
            return
        side = "debit" if amount > 0 else "credit"
        account["closing"] = currency.round(account["closing"] + amount)
        account[side] = currency.round(account[side] + abs(amount))
        account["rows"].append(
            {
                "date": row["date"],
                "name": row["name"] or "",
                "kind": row["kind"],
                "other": row["other"],
                "date_maturity": row["date_maturity"] if row["kind"] == "invoice" else False,
                "debit": abs(amount) if amount > 0 else 0.0,
                "credit": abs(amount) if amount < 0 else 0.0,
                "balance": account["closing"],
            }
        )

    @api.model
    def _get_movements_sql(self, wizard, partners) -> SQL:
        """Return the common table ``movement``: the entries, and settlements across accounts.

        A reconciliation takes an amount off both of its items. Where these are of one customer
        and currency, the two entries say so already.
        """
        lines = self.env["account.move.line"]
        query = lines._search(
            self._get_entry_domain(wizard)
            & Domain("partner_id.commercial_partner_id", "in", partners.ids)
        )

        def column(name):
            return lines._field_to_sql(query.table, name, query)

        names = (
            "id", "move_id", "move_name", "ref", "currency_id", "date", "date_maturity",
            "amount_currency", "partner_id",
        )  # fmt: skip
        line = query.select(
            *(SQL("%s AS %s", column(name), SQL.identifier(name)) for name in names)
        )
        return SQL(
            """
            line AS MATERIALIZED (
                SELECT line.*, contact.commercial_partner_id AS customer_id
                  FROM (%(line)s) line
                  JOIN res_partner contact ON contact.id = line.partner_id
            ),
            movement AS (
                SELECT line.id, line.customer_id AS partner_id, line.currency_id, line.date,
                       line.amount_currency AS amount, line.move_id, line.move_name AS name,
                       line.ref, line.date_maturity, NULL AS other
                  FROM line
                 UNION ALL %(debits)s
                 UNION ALL %(credits)s
            )
            """,
            line=line,
            debits=self._get_settlements_sql("debit", "credit", -1, wizard),
            credits=self._get_settlements_sql("credit", "debit", 1, wizard),
        )

    @api.model
    def _get_settlements_sql(self, side, other_side, sign, wizard) -> SQL:
        """Return what reconciliations across currencies or customers took off items."""
        return SQL(
            """
            SELECT line.id, line.customer_id, line.currency_id, partial.max_date,
                   %(sign)s * %(amount)s, line.move_id, line.move_name, line.ref,
                   line.date_maturity, COALESCE(other.move_name, other.ref, '')
              FROM line
              JOIN account_partial_reconcile partial ON %(move)s = line.id
              JOIN account_move_line other ON other.id = %(other)s
         LEFT JOIN res_partner contact ON contact.id = other.partner_id
             WHERE partial.max_date <= %(until)s
               AND (
                    other.currency_id <> line.currency_id
                    OR contact.commercial_partner_id IS DISTINCT FROM line.customer_id
                    OR partial.debit_amount_currency <> partial.credit_amount_currency
               )
            """,
            sign=SQL(str(sign)),
            amount=SQL.identifier("partial", f"{side}_amount_currency"),
            move=SQL.identifier("partial", f"{side}_move_id"),
            other=SQL.identifier("partial", f"{other_side}_move_id"),
            until=wizard.date,
        )
