from odoo import api, fields, models
from odoo.tools import SQL, format_date


class CreditAlertRule(models.Model):
    """Alerts of French law: a claim that will be time-barred, a claim to be declared."""

    _inherit = "credit.alert.rule"

    code = fields.Selection(
        selection_add=[
            ("limitation", "Limitation near"),
            ("claim_deadline", "Claim to declare in insolvency"),
        ],
        ondelete={"limitation": "cascade", "claim_deadline": "cascade"},
    )

    @api.model
    def _get_alert_rules(self):
        # EXTENDS 'credit_mgmt'
        return super()._get_alert_rules() | {
            code: f"_alert_{code}" for code in ("limitation", "claim_deadline")
        }

    @api.model
    def _get_alert_parameters(self):
        # EXTENDS 'credit_mgmt'
        return super()._get_alert_parameters() | {
            "limitation": (
                self.env._(
                    "An item can be claimed in court for so many days only, at the earliest count; "
                    "what was time-barred longer ago than these days is history."
                ),
                ("days", "amount"),
            ),
            "claim_deadline": (
                self.env._(
                    "A claim must be declared in insolvency proceedings within so many days, or "
                    "their publication is not known."
                ),
                ("days",),
            ),
        }

    def _alert_limitation(self, company, today) -> SQL:
        items = self.env["credit.receivable"]
        query = items._search(
            [
                ("root_company_id", "=", company.id),
                ("partner_id", "!=", False),
                ("limitation_date", "<=", fields.Date.add(today, days=self.threshold_days)),
                ("limitation_date", ">=", fields.Date.subtract(today, days=self.threshold_days)),
                ("amount_residual", ">", self.threshold_amount),
            ]
        )
        names = ("id", "partner_id", "amount_residual", "limitation_date")
        return SQL(
            "SELECT item.partner_id, item.id, item.id::text, item.amount_residual,"
            " item.limitation_date - %s::date, item.limitation_date FROM (%s) item",
            today,
            query.select(*(SQL.identifier(query.table, name) for name in names)),
        )

    def _alert_claim_deadline(self, company, today) -> SQL:
        return SQL(
            """
            SELECT insolvency.partner_id, NULL::int, insolvency.id::text, NULL::numeric,
                   insolvency.claim_deadline - %(today)s::date, insolvency.claim_deadline
              FROM credit_insolvency insolvency
             WHERE insolvency.company_id = %(company)s
               AND insolvency.live AND insolvency.claim_date IS NULL
               AND (insolvency.claim_deadline IS NULL
                    OR insolvency.claim_deadline <= %(until)s)
            """,
            today=today,
            company=company.id,
            until=fields.Date.add(today, days=self.threshold_days),
        )

    def _alert_message_limitation(self, alert) -> str:
        values = {
            "number": alert.move_line_id.sudo().move_name or "",
            "amount": self._format_money(alert),
            "date": format_date(self.env, alert.date_reference),
        }
        if alert.value < 0:
            return self.env._(
                "%(number)s (%(amount)s) may be time-barred since %(date)s, at the earliest count.",
                **values,
            )
        return self.env._(
            "%(number)s (%(amount)s) may be time-barred after %(date)s: obtain an acknowledgement "
            "or go to court before.",
            **values,
        )

    def _alert_message_claim_deadline(self, alert) -> str:
        if not alert.date_reference:
            return self.env._("Insolvency proceedings: the publication in the BODACC is not known.")
        return self.env._(
            "Insolvency proceedings: the claim must be declared by %s.",
            format_date(self.env, alert.date_reference),
        )

    def _alert_open_limitation(self, alert) -> dict:
        return self._open_record("credit.receivable", int(alert.key))

    def _alert_open_claim_deadline(self, alert) -> dict:
        return self._open_record("credit.insolvency", int(alert.key))
