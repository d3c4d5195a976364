from odoo import api, fields, models
from odoo.tools import SQL


class CreditReceivable(models.Model):
    """What arose before a customer's insolvency is left alone, what arose after it is not."""

    _inherit = "credit.receivable"

    insolvency_position = fields.Selection(
        [("before", "Before the judgment"), ("after", "After the judgment")],
        string="Insolvency",
        readonly=True,
        help="Before: to be declared, and never reminded. After: payable as usual.",
    )

    _depends = {
        "account.move": ["invoice_date", "delivery_date"],
        "credit.insolvency": [
            "partner_id", "company_id", "judgment_date", "claim_date", "closed_on", "live",
        ],
    }  # fmt: skip

    @api.model
    def _get_exclusion_rules(self):
        return super()._get_exclusion_rules() + [
            (
                25,
                "insolvency",
                self.env._("Insolvency proceedings: owed since before the judgment"),
                # Few customers are concerned: the list is hashed once per statement.
                SQL(
                    "CASE WHEN partner.id IN (SELECT some_one.partner_id"
                    " FROM credit_insolvency some_one WHERE some_one.live)"
                    " THEN COALESCE((%s) = 'before', FALSE) ELSE FALSE END",
                    self._get_insolvency_sql(),
                ),
            )
        ]

    @api.model
    def _get_insolvency_sql(self) -> SQL:
        """Return whether an item arose before or after a judgment (aliases of the rules)."""
        return SQL(
            """
            SELECT CASE WHEN %s < insolvency.judgment_date THEN 'before' ELSE 'after' END
              FROM credit_insolvency insolvency
             WHERE insolvency.live
               AND insolvency.partner_id = partner.id
               AND insolvency.company_id = day.root_id
            """,
            self._get_limitation_start_sql(),
        )

    @api.model
    def _select(self) -> SQL:
        return SQL("%s, (%s) AS insolvency_position", super()._select(), self._get_insolvency_sql())

    # === LIMITATION === #

    @api.model
    def _get_declared_sql(self, columns, condition) -> SQL:
        """Return proceedings in which an item was declared (aliases of the rules)."""
        return SQL(
            """
            SELECT %(columns)s
              FROM credit_insolvency insolvency
             WHERE insolvency.partner_id = partner.id
               AND insolvency.company_id = day.root_id
               AND insolvency.claim_date IS NOT NULL
               AND %(born)s < insolvency.judgment_date
               AND %(condition)s
            """,
            columns=columns,
            born=self._get_limitation_start_sql(),
            condition=condition,
        )

    @api.model
    def _get_limitation_events(self):
        """A declared claim interrupts until the proceedings are over."""
        return super()._get_limitation_events() + [
            self._get_declared_sql(
                SQL("insolvency.claim_date, insolvency.closed_on"),
                SQL("insolvency.closed_on IS NOT NULL"),
            )
        ]

    @api.model
    def _get_lasting_interruption_sql(self):
        return SQL(
            "(%s OR EXISTS (%s))",
            super()._get_lasting_interruption_sql(),
            self._get_declared_sql(SQL("1"), SQL("insolvency.live")),
        )
