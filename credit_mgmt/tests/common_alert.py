from .common import TODAY, freeze_time
from .common_claims import ClaimsCommon


class AlertCommon(ClaimsCommon):
    """One rule at a time, evaluated on demand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["credit.alert.rule"].search([]).active = False
        cls.company.credit_alerts = True

    @classmethod
    def _rule(cls, code, **values):
        return cls.env["credit.alert.rule"].create(
            {
                "name": f"Rule {code}",
                "code": code,
                "company_id": cls.company.id,
                "recipient": "responsible",
                **values,
            }
        )

    def _evaluate(self, on=TODAY, **options):
        """Let the rules look; return the open alerts."""
        with freeze_time(on):
            self.env["credit.alert"]._evaluate(self.company, **options)
            return self._alerts()

    def _alerts(self, state="open"):
        self.env.invalidate_all()
        return self.env["credit.alert"].search(
            [("company_id", "=", self.company.id), ("state", "=", state)], order="id"
        )

    def _activities(self, alerts):
        return self.env["mail.activity"].search(
            [("res_model", "=", "credit.alert"), ("res_id", "in", alerts.ids)]
        )
