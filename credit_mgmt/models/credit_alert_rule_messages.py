from odoo import models
from odoo.tools import format_amount, format_date


class CreditAlertRule(models.Model):
    """Each kind of alert in words, from its figures, and where its cause is shown."""

    _inherit = "credit.alert.rule"

    # === FORMAT === #

    def _format_money(self, alert, amount=None) -> str:
        amount = alert.amount if amount is None else amount
        return format_amount(self.env, amount, alert.currency_id)

    def _format_number(self, alert) -> str:
        return f"{alert.value:.0f}"

    # === MESSAGES === #

    def _alert_message_over_limit(self, alert) -> str:
        return self.env._(
            "The exposure is %(amount)s above the credit limit (%(percent)s %% used).",
            amount=self._format_money(alert),
            percent=self._format_number(alert),
        )

    def _alert_message_limit_used(self, alert) -> str:
        return self.env._(
            "%(percent)s %% of the credit limit is used, %(amount)s is left.",
            percent=self._format_number(alert),
            amount=self._format_money(alert, -alert.amount),
        )

    def _alert_message_overdue(self, alert) -> str:
        return self.env._(
            "%(amount)s is overdue, for up to %(days)s days (since %(date)s).",
            amount=self._format_money(alert),
            days=self._format_number(alert),
            date=format_date(self.env, alert.date_reference),
        )

    def _alert_message_exposure_growth(self, alert) -> str:
        return self.env._(
            "Open items have grown by %(amount)s (%(percent)s %%) since %(date)s.",
            amount=self._format_money(alert),
            percent=self._format_number(alert),
            date=format_date(self.env, alert.date_reference),
        )

    def _alert_message_delay_drift(self, alert) -> str:
        return self.env._(
            "Pays %(days)s days later than in the year before, since %(date)s.",
            days=self._format_number(alert),
            date=format_date(self.env, alert.date_reference),
        )

    def _alert_message_promise_broken(self, alert) -> str:
        values = {
            "amount": self._format_money(alert),
            "date": format_date(self.env, alert.date_reference),
        }
        if alert.key.startswith("plan:"):
            return self.env._(
                "The instalment of %(date)s was not paid: %(amount)s of the payment plan is open.",
                **values,
            )
        return self.env._(
            "The payment promised for %(date)s did not arrive: %(amount)s is missing.", **values
        )

    def _alert_message_dispute_old(self, alert) -> str:
        return self.env._(
            "%(amount)s has been disputed for %(days)s days (since %(date)s).",
            amount=self._format_money(alert),
            days=self._format_number(alert),
            date=format_date(self.env, alert.date_reference),
        )

    def _alert_message_no_order(self, alert) -> str:
        return self.env._(
            "Has bought nothing for %(days)s days (since %(date)s) and owes %(amount)s.",
            days=self._format_number(alert),
            date=format_date(self.env, alert.date_reference),
            amount=self._format_money(alert),
        )

    def _alert_message_solvency_expired(self, alert) -> str:
        day = format_date(self.env, alert.date_reference)
        if alert.value > 0:
            return self.env._("The last solvency note of a source expired on %s.", day)
        return self.env._("The last solvency note of a source expires on %s.", day)

    def _alert_message_review_due(self, alert) -> str:
        return self.env._(
            "The credit limit was to be reviewed by %s.",
            format_date(self.env, alert.date_reference),
        )

    # === CAUSES === #

    def _open_record(self, model, record_id) -> dict:
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "views": [(False, "form")],
        }

    def _alert_open_overdue(self, alert) -> dict:
        return alert.partner_id.action_open_receivables()

    def _alert_open_delay_drift(self, alert) -> dict:
        return alert.partner_id.action_open_settlements()

    def _alert_open_promise_broken(self, alert) -> dict:
        kind, record_id = alert.key.split(":")
        model = {"plan": "credit.payment.plan"}.get(kind, "credit.promise")
        return self._open_record(model, int(record_id))

    def _alert_open_dispute_old(self, alert) -> dict:
        return self._open_record("credit.dispute", int(alert.key))

    def _alert_open_solvency_expired(self, alert) -> dict:
        return self._open_record("credit.solvency.note", int(alert.key))
