from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

#: Accounts of the French chart for late interest and indemnities; other charts: chosen by hand.
_ACCOUNT_CODES = {"interest": "7631", "indemnity": "7581"}


class ResCompany(models.Model):
    """How a company claims and books late costs."""

    _inherit = "res.company"

    credit_interest_rate = fields.Float(
        string="Late Interest on Our Invoices (%)",
        digits=(8, 4),
        help="Yearly rate that our invoices to businesses print. 0: that of the law.",
    )
    credit_cost_document = fields.Selection(
        [("debit_note", "Debit note to the customer"), ("entry", "Miscellaneous entry")],
        string="Late Costs Are Booked As",
        default="debit_note",
        required=True,
    )
    credit_cost_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of Late Costs",
        help="Empty: the first sales journal, or miscellaneous journal for entries.",
    )
    credit_interest_account_id = fields.Many2one("account.account", string="Late Interest Account")
    credit_indemnity_account_id = fields.Many2one("account.account", string="Indemnity Account")
    credit_public_indemnity = fields.Boolean(
        string="Indemnity from Public Bodies",
        help="Claim the fixed indemnity from public bodies as well, where the law grants it.",
    )
    credit_interest_summary = fields.Text(
        string="Interest Terms in Force", compute="_compute_credit_interest"
    )
    credit_interest_warning = fields.Text(compute="_compute_credit_interest")

    _check_credit_interest_rate = models.Constraint(
        "CHECK(credit_interest_rate >= 0 AND credit_interest_rate < 1000)",
        "The late interest is a yearly percentage between 0 and 1000.",
    )

    @api.depends("country_id", "credit_interest_rate")
    def _compute_credit_interest(self):
        terms = self.env["credit.interest.term"]._get_terms(self)
        audiences = dict(self.env["credit.interest.term"]._fields["audience"]
                         ._description_selection(self.env))  # fmt: skip
        for company in self:
            mine = {
                audience: term for (company_id, audience), term in terms.items()
                if company_id == company._origin.id
            }  # fmt: skip
            lines, warnings = [], []
            for audience, label in audiences.items():
                term = mine.get(audience)
                if not term:
                    lines.append(self.env._("%s: no interest is claimed", label))
                    continue
                term = term.with_company(company)
                lines.append(
                    self.env._(
                        "%(audience)s: %(rate)s %% a year (%(terms)s)",
                        audience=label,
                        rate=f"{term.current_rate:g}",
                        terms=term.name,
                    )
                )
                if term.warning and term.warning not in warnings:
                    warnings.append(term.warning)
            company.credit_interest_summary = "\n".join(lines)
            company.credit_interest_warning = "\n".join(warnings)

    def _get_agreed_interest_rate(self, partner) -> float:
        """Return the yearly rate agreed with a customer, else that of our invoices; 0 for none.

        Only businesses agree upon one (rule 16).
        """
        self.ensure_one()
        # A rate is printed on the documents of whoever makes them.
        root = self.root_id.sudo()
        partner = partner.with_company(root).sudo()
        if partner.credit_audience != "business":
            return 0.0
        return partner.late_interest_rate or root.credit_interest_rate

    def _get_credit_law_country(self):
        """Return the country whose law of late payment is the company's."""
        self.ensure_one()
        return self.country_id or self.root_id.country_id

    # === BOOKING === #

    def _get_late_cost_account(self, kind):
        """Return the account that late interest or indemnities are booked on.

        :param kind: ``interest`` or ``indemnity``
        :raises UserError: none was chosen, and the chart has no usual one
        """
        self.ensure_one()
        root = self.root_id.sudo()  # the accountant of a branch books by the main company's rules
        account = root[f"credit_{kind}_account_id"]
        if not account:
            account = (
                self.env["account.account"]
                .with_company(root)
                .search(
                    [
                        ("code", "=like", _ACCOUNT_CODES[kind] + "%"),
                        ("company_ids", "in", root.ids),
                        ("account_type", "in", ("income", "income_other")),
                    ],
                    limit=1,
                )
                if root.account_fiscal_country_id.code == "FR"
                else account
            )
        if not account:
            raise UserError(
                self.env._(
                    "Choose the accounts of late interest and indemnities of %s in the settings "
                    "first.",
                    root.name,
                )
            )
        return account

    def _get_late_cost_journal(self):
        """Return the journal that late costs are booked in.

        :raises UserError: there is none
        """
        self.ensure_one()
        root = self.root_id.sudo()  # as above
        kind = "general" if root.credit_cost_document == "entry" else "sale"
        journal = root.credit_cost_journal_id.filtered(lambda j: j.type == kind)
        journal = journal or self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(self), ("type", "=", kind)],
            limit=1,
        )
        if not journal:
            raise UserError(
                self.env._("%s has no journal to book late costs in.", self.display_name)
            )
        return journal

    def _prepare_late_cost_move(self, partner, currency, date, rows) -> dict:
        """Return the values of a draft that books late costs of one customer.

        Damages without anything supplied in return: no line bears a tax.

        :param rows: (late journal item, values of the claim) as ``_prepare_claims`` gives them
        """
        self.ensure_one()
        document = self.root_id.sudo().credit_cost_document
        env = self.with_context(lang=partner.lang or self.env.lang).env
        title = env._("Late payment costs until %s", env["credit.dunning.level"]._format_date(date))
        lines = [
            {
                "name": self.with_env(env)._get_late_cost_label(item, values),
                "account_id": self._get_late_cost_account(values["kind"]).id,
                "amount": values["amount"],
            }
            for item, values in rows
        ]
        base = {
            "partner_id": partner.id,
            "company_id": self.id,
            "journal_id": self._get_late_cost_journal().id,
            "currency_id": currency.id,
            "ref": title,
        }
        if document == "debit_note":
            return {
                **base,
                "move_type": "out_invoice",
                "invoice_date": date,
                "invoice_payment_term_id": False,
                "invoice_date_due": date,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": line["name"],
                            "account_id": line["account_id"],
                            "quantity": 1.0,
                            "price_unit": line["amount"],
                            "tax_ids": [Command.clear()],
                        }
                    )
                    for line in lines
                ],
            }
        receivable = partner.with_company(self).property_account_receivable_id
        total = sum(line["amount"] for line in lines)
        return {
            **base,
            "move_type": "entry",
            "date": date,
            "line_ids": [
                Command.create(
                    {
                        "name": title,
                        "account_id": receivable.id,
                        "partner_id": partner.id,
                        "currency_id": currency.id,
                        "amount_currency": currency.round(total),
                        "date_maturity": date,
                        # A claim on the customer, not an opening balance.
                        "no_followup": False,
                        "tax_ids": [Command.clear()],
                    }
                )
            ]
            + [
                Command.create(
                    {
                        "name": line["name"],
                        "account_id": line["account_id"],
                        "partner_id": partner.id,
                        "currency_id": currency.id,
                        "amount_currency": -line["amount"],
                        "tax_ids": [Command.clear()],
                    }
                )
                for line in lines
            ],
        }

    def _get_late_cost_label(self, item, values) -> str:
        """Return the wording of a booked cost, in the language of the environment."""
        Level = self.env["credit.dunning.level"]
        number = item.move_name or item.move_id.name or ""
        if values["kind"] == "indemnity":
            return self.env._("Fixed recovery indemnity, invoice %s", number)
        return self.env._(
            "Late interest on invoice %(number)s, from %(first)s to %(last)s",
            number=number,
            first=Level._format_date(values["date_from"]),
            last=Level._format_date(values["date_to"]),
        )
