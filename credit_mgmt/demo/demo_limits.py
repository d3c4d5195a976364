"""Limits and holds of the demo's first company, out of what its customers owe by then."""

from datetime import timedelta

from odoo.fields import Command

#: Own limits as multiples of the exposure, largest debtors first; below 1 is over the limit.
_SHARES = (1.6, 0.7, 2.0, 1.1, 1.4, 3.0, 1.05, 2.5)
_STEP = 500.0


class DemoLimits:
    """Sets limits, classes, thresholds, holds and a group of affiliates."""

    def __init__(self, demo, company, users):
        self.env = demo.env
        self.demo = demo
        self.company = company
        self.users = users
        self.today = company._get_credit_today()

    def create_all(self):
        customers = self._get_debtors()
        if len(customers) < len(_SHARES) + 6:
            return
        self._create_approval()
        self._create_classes(customers[len(_SHARES) :])
        self._create_limits(customers[: len(_SHARES)])
        # What the amounts above leave alone gets a hold, a watch and a group.
        rest = customers[len(_SHARES) :]
        rest[0]._set_credit_hold("hold", "Chèque revenu impayé", self.today + timedelta(days=30))
        rest[1]._set_credit_hold("watch", "Changement de dirigeant annoncé")
        self._create_group(rest[2] | rest[3])
        self._create_rule()

    def _get_debtors(self):
        """Return the customers that owe something, the largest debtors first."""
        partners = self.env["res.partner"].with_company(self.company)
        partners = partners.search([("customer_rank", ">", 0), ("parent_id", "=", False)])
        exposures = self.env["credit.exposure"]._get_exposures(partners, self.company)
        found = partners.filtered(lambda partner: exposures[partner.id] > _STEP / 2)
        self.exposures = exposures
        return found.sorted(lambda partner: -exposures[partner.id])

    def _create_approval(self):
        self.env["credit.approval.level"].create(
            [
                {
                    "name": "Responsable crédit",
                    "company_id": self.company.id,
                    "ceiling": 20000.0,
                    "user_ids": [Command.set(self.users["manager"].ids)],
                },
                {
                    "name": "Direction financière",
                    "company_id": self.company.id,
                    "no_ceiling": True,
                    "user_ids": [Command.set(self.env.ref("base.user_admin").ids)],
                },
            ]
        )

    def _create_classes(self, customers):
        classes = self.env["credit.risk.class"].create(
            [
                {"name": "A", "description": "Payeurs sûrs", "limit_mode": "limited",
                 "limit_amount": 15000.0, "currency_id": self.company.currency_id.id},
                {"name": "B", "description": "Sans particularité", "limit_mode": "limited",
                 "limit_amount": 5000.0, "currency_id": self.company.currency_id.id},
                {"name": "C", "description": "À risque", "limit_mode": "none",
                 "currency_id": self.company.currency_id.id},
            ]
        )  # fmt: skip
        for number, risk_class in enumerate(classes, 1):
            self.demo._name_record(f"demo_risk_class_{number}", risk_class)
        customers[4:5].risk_class_id = classes[0]
        customers[5:6].risk_class_id = classes[1]

    def _create_limits(self, customers):
        for share, customer in zip(_SHARES, customers, strict=True):
            amount = max(round(self.exposures[customer.id] * share / _STEP), 1) * _STEP
            customer.write(
                {
                    "credit_limit_mode": "limited",
                    "credit_limit": amount,
                    "credit_limit_reason": "Étude annuelle des comptes",
                    "credit_review_date": self.today + timedelta(days=180),
                }
            )
        requests = self.env["credit.limit.request"]
        increased, asked = customers[3], customers[1]
        increase = requests.create(
            {
                "partner_id": increased.id,
                "company_id": self.company.id,
                "amount": increased.credit_limit * 1.5,
                "reason": "Commande saisonnière",
                "date_from": self.today - timedelta(days=5),
                "date_to": self.today + timedelta(days=40),
            }
        )
        increase.action_request()
        approver = self.env.ref("base.user_admin")
        increase.with_user(approver).with_company(self.company).action_approve()
        requests.with_user(self.users["seller"]).sudo().create(
            {
                "partner_id": asked.id,
                "company_id": self.company.id,
                "amount": asked.credit_limit * 2,
                "reason": "Nouveau contrat cadre sur deux ans",
            }
        ).action_request()

    def _create_group(self, members):
        group = self.env["credit.group"].create(
            {
                "name": "Groupe Solidaire",
                "company_ids": [Command.set(self.company.ids)],
                "currency_id": self.company.currency_id.id,
                "has_limit": True,
                "limit_amount": 10000.0,
            }
        )
        members.credit_group_id = self.demo._name_record("demo_credit_group", group)

    def _create_rule(self):
        rule = self.env["credit.hold.rule"].create(
            {
                "name": "Échu depuis plus de 90 jours",
                "company_id": self.company.id,
                "kind": "overdue",
                "days": 90,
                "amount": 1000.0,
            }
        )
        self.demo._name_record("demo_hold_rule", rule)
        holds = self.env["credit.hold"].with_company(self.company)
        holds._mirror(holds._apply_rules(self.company), self.company)
