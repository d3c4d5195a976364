from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..report.statement_book import StatementBook


class CreditStatementDocument(models.TransientModel):
    """One customer's statement of account.

    Its figures are read when it is printed: the open items from ``credit.aged.item``, the
    entries of a period from the ledger.
    """

    _name = "credit.statement.document"
    _description = "Customer Statement"
    _inherit = ["credit.letter"]

    wizard_id = fields.Many2one("credit.statement", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="wizard_id.company_id")
    date = fields.Date(related="wizard_id.date")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    contact_id = fields.Many2one("res.partner", string="Recipient", required=True)
    email = fields.Char(string="E-mail Address")
    lang = fields.Char(string="Language")
    collector_id = fields.Many2one("res.users")
    name = fields.Char(compute="_compute_name")
    balance_text = fields.Char(
        string="Balance",
        compute="_compute_balance_text",
        help="The balance at the end, per currency, in the recipient's language.",
    )

    @api.depends("partner_id", "date", "lang")
    def _compute_name(self):
        for document in self:
            env = document.with_context(lang=document.lang or self.env.lang).env
            document.name = env._(
                "Statement of account %(day)s - %(customer)s",
                day=fields.Date.to_string(document.date),
                customer=document.partner_id.name,
            )

    @api.depends("wizard_id", "partner_id", "lang")
    def _compute_balance_text(self):
        statements = self._get_statements()
        for document in self:
            env = document.with_context(lang=document.lang or self.env.lang).env
            document.balance_text = " + ".join(
                format_amount(env, total["balance"], total["currency"])
                for total in statements[document.id]["totals"]
            )

    def _get_reference(self) -> str:
        return ""

    # === FIGURES === #

    def _get_statements(self, lang=None) -> dict:
        """Return the figures of all documents.

        :param lang: language of the texts, by default that of each document
        :return: {id: what ``_get_figures`` returns, with ``payment_text``, ``bank`` (to pay to),
            and ``label`` on sections and entries}
        """
        result = {}
        for wizard, documents in self.grouped("wizard_id").items():
            figures = self._get_figures(wizard, documents.partner_id)
            moves = self.env["account.move"].browse(
                move_id for statement in figures.values() for move_id in statement["move_ids"]
            )
            for document in documents:
                statement = figures[document.partner_id.id]
                own = moves.browse(statement["move_ids"]).with_prefetch(moves._ids)
                statement["bank"] = document._get_bank_account(own)
                document.with_context(lang=lang or document.lang)._translate(statement)
                result[document.id] = statement
        return result

    @api.model
    def _get_figures(self, wizard, partners) -> dict:
        """Return the figures of customers' statements, in a constant number of queries.

        :return: {partner id: dict} with ``kind``, ``date_from``, ``date``, ``payment_amounts``
            ({currency: what is to be paid}), ``move_ids`` (the entries to be paid) and

            * of open items: ``sections`` (dicts of ``code``: overdue, not_due or credit, and
              ``lines``: dicts of name, invoice_date, date_maturity, days_overdue, currency_id,
              amount_total, amount_paid, amount_residual_currency) and ``totals``, per currency
              (``overdue``, ``not_due``, ``credit``, ``due``, ``balance``)
            * of a period: ``accounts``, see ``_get_activity``, and ``totals`` with ``balance``
        """
        if wizard.kind == "activity":
            return self._get_activity(wizard, partners)
        return self._get_open_items(wizard, partners)

    @api.model
    def _find_partners(self, wizard):
        """Return all customers with items that a statement could show."""
        if wizard.kind == "activity":
            return self._find_active_partners(wizard)
        groups = self._get_items_model(wizard)._read_group(
            wizard._get_item_domain(), ["partner_id"]
        )
        return self.env["res.partner"].browse(partner.id for [partner] in groups if partner)

    @api.model
    def _get_items_model(self, wizard):
        """Return ``credit.aged.item`` at the day, of the main company and its branches."""
        return self.env["credit.aged.item"].with_context(
            aged_as_of=wizard.date,
            aged_basis="due",
            aged_edges=(0,),
            allowed_company_ids=wizard._get_companies().ids,
        )

    @api.model
    def _get_open_items(self, wizard, partners) -> dict:
        items = self._get_items_model(wizard).search(
            wizard._get_item_domain(partners), order="date_maturity, id"
        )
        codes = {"0": "not_due", "1": "overdue", "unallocated": "credit"}
        lines = defaultdict(lambda: defaultdict(list))
        for item in items:
            code = codes[item.bucket]
            if wizard.include_not_due or code != "not_due":
                lines[item.partner_id.id][code].append(self._get_line(item))
        result = {}
        for partner in partners:
            sections = [
                {"code": code, "lines": lines[partner.id][code]}
                for code in ("overdue", "not_due", "credit")
                if lines[partner.id][code]
            ]
            totals = self._get_totals(sections)
            result[partner.id] = {
                "kind": "open",
                "date_from": False,
                "date": wizard.date,
                "sections": sections,
                "totals": totals,
                "payment_amounts": {
                    total["currency"]: total["due"]
                    for total in totals
                    if total["currency"].compare_amounts(total["due"], 0) > 0
                },
                "move_ids": [
                    line["move_id"]
                    for section in sections
                    if section["code"] == "overdue"
                    for line in section["lines"]
                ],
            }
        return result

    @api.model
    def _get_line(self, item) -> dict:
        currency = item.currency_id
        return {
            "name": item.name or item.ref or "",
            "line_id": item.id,
            "move_id": item.move_id.id,
            "invoice_date": item.invoice_date,
            "date_maturity": item.date_maturity,
            "days_overdue": item.age,
            "currency_id": currency,
            "amount_total": item.amount_original_currency,
            "amount_paid": currency.round(item.amount_original_currency - item.amount_currency),
            "amount_residual_currency": item.amount_currency,
            # A statement says what is owed; what a reminder does not claim is no matter here.
            "amount_held_currency": 0.0,
            "discount_date": False,
        }

    @api.model
    def _get_totals(self, sections) -> list[dict]:
        totals = {}
        for section in sections:
            for line in section["lines"]:
                row = totals.setdefault(
                    line["currency_id"], {"overdue": 0.0, "not_due": 0.0, "credit": 0.0}
                )
                row[section["code"]] += line["amount_residual_currency"]
        return [
            {
                "currency": currency,
                **{code: currency.round(amount) for code, amount in row.items()},
                "due": currency.round(row["overdue"] + row["credit"]),
                "balance": currency.round(sum(row.values())),
            }
            for currency, row in sorted(totals.items(), key=lambda total: total[0].name)
        ]

    def _translate(self, statement):
        """Add the texts of a statement, in the language of the environment."""
        statement["payment_text"] = " + ".join(
            format_amount(self.env, amount, currency)
            for currency, amount in statement["payment_amounts"].items()
        )
        labels = {
            "overdue": self.env._("Overdue"),
            "not_due": self.env._("Not due yet"),
            "credit": self.env._("Credit notes and unallocated payments"),
        }
        for section in statement.get("sections", ()):
            section["label"] = labels[section["code"]]
        kinds = {
            "invoice": self.env._("Invoice"),
            "credit_note": self.env._("Credit note"),
            "payment": self.env._("Payment"),
            "entry": self.env._("Entry"),
        }
        for account in statement.get("accounts", ()):
            for row in account["rows"]:
                if row["other"]:
                    row["label"] = self.env._("Settled with %s", row["other"])
                else:
                    row["label"] = kinds[row["kind"]]

    # === SPREADSHEET === #

    def _write_xlsx(self, file):
        """Write the statements to a binary file, in the customers' language if it is one."""
        languages = set(self.mapped("lang"))
        lang = languages.pop() if len(languages) == 1 else self.env.lang
        StatementBook(self.with_context(lang=lang), file).fill()

    # === E-MAIL === #

    def _send(self):
        """Queue the e-mails of the documents, each with its PDF, from the customers' chatters."""
        contents = self._render_pdfs("credit_mgmt.action_report_credit_statement", self)
        template = self.env.ref("credit_mgmt.mail_template_statement")
        values = template._generate_template(
            self.ids,
            (
                "subject",
                "body_html",
                "email_from",
                "reply_to",
                "partner_to",
                "email_cc",
                "email_to",
            ),
            find_or_create_partners=True,
        )
        for document in self:
            rendered = values[document.id]
            # Credit users may not always write customers; the message is theirs all the same.
            partner = document.partner_id.sudo().with_context(lang=document.lang)
            partner.message_post(
                body=rendered["body_html"],
                subject=rendered["subject"],
                email_from=rendered["email_from"],
                reply_to=rendered.get("reply_to") or None,
                author_id=self.env.user.partner_id.id,
                partner_ids=rendered.get("partner_ids") or document.contact_id.ids,
                attachments=[(f"{document.name}.pdf".replace("/", "-"), contents[document.id])],
                message_type="comment",
                subtype_xmlid="mail.mt_note",
                email_layout_xmlid=template.email_layout_xmlid or None,
                mail_auto_delete=template.auto_delete,
                force_send=False,
            )

    # === WORDS === #

    def _get_period_text(self) -> str:
        """Return the day or the period in the language of the environment."""
        self.ensure_one()
        wizard = self.wizard_id
        if wizard.kind == "open":
            return format_date(self.env, wizard.date)
        return self.env._(
            "%(first)s to %(last)s",
            first=format_date(self.env, wizard.date_from),
            last=format_date(self.env, wizard.date),
        )
