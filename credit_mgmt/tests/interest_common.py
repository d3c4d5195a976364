from odoo import fields
from odoo.fields import Command

from .common import CreditMgmtCommon


class InterestCommon(CreditMgmtCommon):
    """A company in France with a business customer; accounts for late costs are chosen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = cls.env["credit.late.cost.engine"]
        cls.company.country_id = cls.env.ref("base.fr")
        # The test's own policy is for everybody.
        cls.env["credit.dunning.policy"].search([("audience", "!=", False)]).audience = False
        cls.customer.credit_audience = "business"
        cls.income = cls.company_data["default_account_revenue"]
        cls.company.credit_interest_account_id = cls.income
        cls.company.credit_indemnity_account_id = cls.income.copy({"code": "400099"})
        cls.formal.write({"claim_interest": True, "claim_indemnity": True})

    @classmethod
    def _lines(cls, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).sorted(lambda line: (line.date_maturity, line.id))

    def _cost(self, move, date=None):
        """Return the late cost of the only item of an invoice."""
        [cost] = self.engine._get_late_costs(self._lines(move), date).values()
        return cost

    def _claims(self, moves):
        return self.env["credit.late.cost.claim"].search([("move_id", "in", moves.ids)])

    def _late_cost(self, moves):
        """Return the rows of the list of late costs, read afresh."""
        self.env["credit.late.cost"].invalidate_model()
        return self.env["credit.late.cost"].search([("move_id", "in", moves.ids)])

    @classmethod
    def _instalments(cls, first_due, days=30, amount=2000.0):
        """Post an invoice of two equal instalments."""
        term = cls.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}),
                ],
            }
        )
        return cls._invoice(
            due=first_due,
            amount=amount,
            invoice_date=first_due,
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )

    @classmethod
    def _date(cls, text):
        return fields.Date.to_date(text)
