from odoo import api, models
from odoo.tools import SQL


class CreditLateCostEngine(models.AbstractModel):
    """Interest stops with the judgment that opens insolvency proceedings (article L622-28).

    On the day of the judgment at the latest, for what arose before it. What was not late by then
    owes no indemnity either (article L441-10 II).
    """

    _inherit = "credit.late.cost.engine"

    @api.model
    def _set_ends(self, rows, date):
        # EXTENDS 'credit_mgmt'
        result = super()._set_ends(rows, date)
        judgments = self._read_judgments([row["id"] for row in rows])
        for row in rows:
            judgment = judgments.get(row["id"])
            if judgment:
                row["end"] = min(row["end"], judgment)
        return result

    @api.model
    def _read_judgments(self, ids) -> dict:
        """Return the opening judgments after the items arose: {item id: date}."""
        if not ids:
            return {}
        self.env["credit.insolvency"].flush_model()
        self.env["account.move"].flush_model(["invoice_date", "delivery_date"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT line.id, (%s) AS judgment_date
                      FROM account_move_line line
                      JOIN account_move move ON move.id = line.move_id
                      JOIN res_partner contact ON contact.id = line.partner_id
                      JOIN res_partner partner ON partner.id = contact.commercial_partner_id
                      JOIN res_company company ON company.id = line.company_id
                CROSS JOIN LATERAL (
                        SELECT split_part(company.parent_path, '/', 1)::int AS root_id) day
                     WHERE line.id = ANY(%s)
                       AND EXISTS (SELECT 1 FROM credit_insolvency any_one
                                    WHERE any_one.partner_id = partner.id)
                    """,
                    self._get_judgment_sql(),
                    ids,
                )
            )
        )

    @api.model
    def _get_judgment_sql(self) -> SQL:
        """Return the judgment that stopped the interest of an item, null for none.

        Aliases: ``line``, ``move``, ``partner`` and ``day.root_id``. Proceedings that are over
        stopped it all the same: what was lost stays lost, unless they are deleted.
        """
        return SQL(
            """
            SELECT MIN(insolvency.judgment_date)
              FROM credit_insolvency insolvency
             WHERE insolvency.partner_id = partner.id
               AND insolvency.company_id = day.root_id
               AND %s < insolvency.judgment_date
            """,
            self.env["credit.receivable"]._get_limitation_start_sql(),
        )
