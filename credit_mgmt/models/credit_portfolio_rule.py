from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import remove_accents


class CreditPortfolioRule(models.Model):
    """Who is in charge of which customers: the first rule that fits a customer decides.

    Rules give a collector to customers without one, every night and on demand. A collector who
    was chosen by hand stays, unless somebody asks for all customers to be given out anew.
    """

    _name = "credit.portfolio.rule"
    _description = "Portfolio Rule"
    _order = "company_id, sequence, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    collector_id = fields.Many2one(
        "res.users", required=True, domain=[("share", "=", False)], ondelete="restrict"
    )
    country_ids = fields.Many2many("res.country", string="Countries", help="Empty: all.")
    user_ids = fields.Many2many(
        "res.users", string="Salespeople", domain=[("share", "=", False)], help="Empty: all."
    )
    letter_from = fields.Char(
        string="From Letter", size=1, help="First letter of the customer's name, accents apart."
    )
    letter_to = fields.Char(string="To Letter", size=1, help="Included.")
    amount_from = fields.Monetary(string="Open From", help="Open amount of the customer.")
    amount_to = fields.Monetary(string="Open Below", help="0: no limit.")
    partner_count = fields.Integer(
        string="Customers",
        compute="_compute_partner_count",
        help="Customers with open items whom the rule decides about, whoever their collector is.",
    )

    _check_amounts = models.Constraint(
        "CHECK(amount_from >= 0 AND (amount_to = 0 OR amount_to IS NULL"
        " OR amount_to > amount_from))",
        "The upper amount must be above the lower one.",
    )

    @api.constrains("company_id", "letter_from", "letter_to")
    def _check_rule(self):
        for rule in self:
            if rule.company_id.parent_id:
                raise ValidationError(
                    self.env._("It belongs to the main company %s.", rule.company_id.root_id.name)
                )
            first, last = rule._get_letters()
            if first and last and first > last:
                raise ValidationError(
                    self.env._("“%(first)s” comes after “%(last)s”.", first=first, last=last)
                )

    def _compute_partner_count(self):
        counts = {}
        for company in self.company_id:
            for rule, rows in self._get_matches(company).items():
                counts[rule] = len(rows)
        for rule in self:
            rule.partner_count = counts.get(rule, 0)

    # === WHO FITS === #

    def _get_letters(self) -> tuple[str, str]:
        self.ensure_one()
        return self._fold(self.letter_from), self._fold(self.letter_to)

    @api.model
    def _fold(self, text) -> str:
        """Return the first letter of a name as it is compared."""
        return remove_accents(text or "").strip().upper()[:1]

    def _fits(self, row) -> bool:
        """Return whether the rule is about a customer.

        :param row: see ``_read_customers``
        """
        self.ensure_one()
        first, last = self._get_letters()
        letter = self._fold(row["name"])
        return (
            (not self.country_ids or row["country_id"] in self.country_ids.ids)
            and (not self.user_ids or row["user_id"] in self.user_ids.ids)
            and (not first or letter >= first)
            and (not last or letter <= last)
            and row["amount"] >= self.amount_from
            and (not self.amount_to or row["amount"] < self.amount_to)
        )

    @api.model
    def _read_customers(self, company) -> list[dict]:
        """Return the customers with open items: partner, name, country_id, user_id, amount,
        collector_id."""
        rows = self.env["credit.receivable"]._read_group(
            [("root_company_id", "=", company.id), ("partner_id", "!=", False)],
            ["partner_id"],
            ["amount_residual:sum"],
        )
        # The rules look at customers that the user may be kept from by a salesperson's rule.
        partners = self.env["res.partner"].sudo().with_company(company)
        partners = partners.browse(partner.id for partner, _amount in rows)
        return [
            {
                "partner": partner,
                "name": partner.name,
                "country_id": partner.country_id.id,
                "user_id": partner.user_id.id,
                "collector_id": partner.collector_id.id,
                "amount": amount,
            }
            for partner, (_row, amount) in zip(partners, rows, strict=True)
        ]

    @api.model
    def _get_matches(self, company, unassigned_only=False) -> dict:
        """Return whom each rule of a main company decides about.

        :param unassigned_only: only customers without a collector
        :return: {rule: [row, ...]}; the empty rule has the customers that no rule fits
        """
        rules = self.search(Domain("company_id", "=", company.id))
        matches = {}
        for row in self._read_customers(company):
            if unassigned_only and row["collector_id"]:
                continue
            rule = next((rule for rule in rules if rule._fits(row)), self.browse())
            matches.setdefault(rule, []).append(row)
        return matches

    # === ASSIGN === #

    @api.model
    def _apply(self, company, overwrite=False) -> int:
        """Give customers their collectors.

        :param overwrite: also those that have one
        :return: the number of customers whose collector changed
        """
        changed = 0
        for rule, rows in self._get_matches(company, unassigned_only=not overwrite).items():
            # Portfolios are the credit department's, whoever may edit contacts.
            partners = self.env["res.partner"].sudo().with_company(company)
            partners = partners.browse(
                row["partner"].id for row in rows if row["collector_id"] != rule.collector_id.id
            )
            if not rule or not partners:
                continue
            # A line in every customer's history would say no more than the rule does.
            partners.with_context(tracking_disable=True).write(
                {"collector_id": rule.collector_id.id}
            )
            changed += len(partners)
        return changed

    @api.model
    def _cron_follow(self):
        """Give a collector to the customers who have none."""
        for company in self.search([]).company_id:
            self._apply(company)

    @api.model
    def action_open_apply(self):
        """Open the preview of whom the rules would assign."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign collectors"),
            "res_model": "credit.portfolio.apply",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
