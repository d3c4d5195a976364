"""Solvency notes, classes by score and alerts of the demo's first company."""

from datetime import timedelta

#: Source, who said it, rating, its scale, on 100, age and validity in days.
_NOTES = (
    ("banque_de_france", "Banque de France", "3+", "1+ à P", 70, 90, 365),
    ("agency", "Agence Mercure", "38", "0 à 100", 38, 200, 180),
    ("trade", "Fournisseur du client", "Paie à l’échéance", "", 80, 30, 365),
    ("banque_de_france", "Banque de France", "5+", "1+ à P", 35, 400, 365),
)
#: Least scores of the risk classes that the limits created.
_SCORES = {"demo_risk_class_1": 75, "demo_risk_class_2": 40, "demo_risk_class_3": 0}


class DemoAlerts:
    """Lets the delivered rules look at what the demo's customers did."""

    def __init__(self, demo, company):
        self.env = demo.env
        self.company = company
        self.today = company._get_credit_today()

    def create_all(self):
        self._create_notes()
        for name, least in _SCORES.items():
            risk_class = self.env.ref(f"credit_mgmt.{name}", raise_if_not_found=False)
            if risk_class:
                risk_class.write({"by_score": True, "score_from": least})
        self.company.write({"credit_alerts": True, "credit_trust_from_score": True})
        self.env["credit.risk.score"].with_company(self.company)._update_trust(self.company)
        self.env["credit.alert"]._evaluate(self.company)
        self._snooze_one()

    def _create_notes(self):
        partners = self.env["res.partner"].with_company(self.company)
        debtors = partners.search(
            [("customer_rank", ">", 0), ("parent_id", "=", False), ("credit_exposure", ">", 0)],
            order="credit_exposure desc, id",
            limit=len(_NOTES),
        )
        self.env["credit.solvency.note"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "source": source,
                    "provider": provider,
                    "value": value,
                    "scale": scale,
                    "counts": True,
                    "percent": percent,
                    "date": self.today - timedelta(days=age),
                    "date_expiry": self.today - timedelta(days=age - valid),
                }
                for partner, (source, provider, value, scale, percent, age, valid) in zip(
                    debtors, _NOTES, strict=False
                )
            ]
        )

    def _snooze_one(self):
        alert = self.env["credit.alert"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "open"),
                ("severity", "=", "1"),
            ],
            limit=1,
        )
        if alert:
            alert._snooze(self.today + timedelta(days=10), "Virement annoncé par le client")
