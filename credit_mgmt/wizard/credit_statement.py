from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import PDF_BATCH

_REPORT = "credit_mgmt.action_report_credit_statement"


class CreditStatement(models.TransientModel):
    """Statements of account of one or many customers: what was open on a day, or a period's
    entries; printed, exported, or sent by e-mail."""

    _name = "credit.statement"
    _description = "Customer Statements"

    kind = fields.Selection(
        [("open", "Open items on a day"), ("activity", "All entries of a period")],
        string="Content",
        default="open",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
        domain=lambda self: [("id", "in", self.env.companies.root_id.ids)],
        help="The letterhead. Items of its branches are included.",
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="The balance of the day before is the opening balance.",
    )
    date = fields.Date(
        required=True, default=lambda self: self.env.company.root_id._get_credit_today()
    )
    include_not_due = fields.Boolean(string="Items Not Due Yet", default=True)
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        domain=[("parent_id", "=", False)],
        help="Empty: every customer with something to show.",
    )
    customer_count = fields.Integer(string="Statements", compute="_compute_customers")
    empty_count = fields.Integer(
        string="Nothing to Show",
        compute="_compute_customers",
        help="Customers among several that get no statement: nothing is open, or no entry.",
    )
    unreachable_ids = fields.Many2many(
        "res.partner", string="Without E-mail Address", compute="_compute_customers"
    )
    can_send = fields.Boolean(compute="_compute_can_send")
    sent = fields.Boolean(readonly=True)

    @api.depends("kind", "date")
    def _compute_date_from(self):
        for wizard in self:
            if wizard.kind == "activity" and wizard.date and not wizard.date_from:
                wizard.date_from = wizard.date.replace(month=1, day=1)

    @api.depends("kind", "company_id", "date_from", "date", "include_not_due", "partner_ids")
    def _compute_customers(self):
        """Tell before anything leaves who gets a statement, and who cannot by e-mail."""
        for wizard in self:
            partners = asked = self.env["res.partner"]
            if wizard.company_id and wizard._are_dates_valid():
                asked = wizard._get_partners()
                partners = wizard._get_shown_partners(asked, wizard._get_figures(asked))
            contacts = wizard._get_contacts(partners)
            wizard.customer_count = len(partners)
            wizard.empty_count = len(asked - partners)
            wizard.unreachable_ids = partners.filtered(
                lambda partner, contacts=contacts: not contacts[partner.id][1]
            )

    @api.depends_context("uid")
    def _compute_can_send(self):
        self.can_send = self.env.user.has_group("credit_mgmt.credit_mgmt_group_user")

    # === CUSTOMERS === #

    def _are_dates_valid(self) -> bool:
        if self.kind == "open":
            return bool(self.date)
        return bool(self.date and self.date_from and self.date_from <= self.date)

    def _get_partners(self):
        """Return the customers that are asked for, by default all that have items.

        A statement shows the whole account: somebody who sees the own customers only gets
        those whose salesperson he is, not one of whose invoices he merely sold.
        """
        self.ensure_one()
        partners = self.partner_ids._origin.commercial_partner_id
        if not partners:
            partners = self.env["credit.statement.document"]._find_partners(self)
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            partners = partners.filtered(lambda partner: partner.user_id == self.env.user)
        return partners.sorted(lambda partner: (partner.name or "").lower())

    def _get_figures(self, partners) -> dict:
        """Return the figures of customers, see ``credit.statement.document._get_figures``."""
        self.ensure_one()
        return self.env["credit.statement.document"]._get_figures(self, partners)

    def _get_shown_partners(self, partners, figures):
        """Return those who get a statement: one who is asked for alone, else with anything."""
        if len(self.partner_ids) == 1:
            return partners
        return partners.filtered(lambda partner: figures[partner.id]["totals"])

    @api.model
    def _get_contacts(self, partners) -> dict:
        """Return to whom and at which address each statement is sent: {id: (contact, e-mail)}.

        The recipients are those of reminders; without an address the first one of them.
        """
        Channel = self.env["credit.dunning.channel"]
        result = {}
        recipients = self.env["credit.letter"]._get_recipients_by_partner(partners)
        for partner in partners:
            for contact in recipients[partner.id]:
                if address := Channel._get_address_email(contact):
                    result[partner.id] = (contact, address)
                    break
            else:
                result[partner.id] = (recipients[partner.id][0], "")
        return result

    # === DOCUMENTS === #

    def _create_documents(self):
        """Return one document per customer who gets a statement.

        :raises UserError: impossible dates, or nothing to show at all
        """
        self.ensure_one()
        if not self._are_dates_valid():
            raise UserError(self.env._("The period ends before it begins: change its dates."))
        if not self._get_companies():
            raise AccessError(self.env._("You have no access to this company."))
        asked = self._get_partners()
        partners = self._get_shown_partners(asked, self._get_figures(asked))
        if not partners:
            raise UserError(self.env._("There is nothing to show for these customers."))
        self._get_documents().unlink()
        contacts = self._get_contacts(partners)
        in_company = partners.with_company(self.company_id)
        return self.env["credit.statement.document"].create(
            [
                {
                    "wizard_id": self.id,
                    "partner_id": partner.id,
                    "contact_id": contacts[partner.id][0].id,
                    "email": contacts[partner.id][1],
                    "lang": contacts[partner.id][0].lang
                    or partner.lang
                    or self.company_id.sudo().partner_id.lang
                    or self.env.lang,
                    "collector_id": partner.collector_id.id,
                }
                for partner in in_company
            ]
        )

    # === ACTIONS === #

    def action_print(self):
        """Print the statements as one PDF."""
        return self.env.ref(_REPORT).report_action(self._create_documents())

    def action_export_xlsx(self):
        """Download the statements as a spreadsheet."""
        documents = self._create_documents()
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit_mgmt/statements/{documents.wizard_id.id}",
            "target": "download",
        }

    def _get_documents(self):
        """Return the documents of the last action, in the order of the customers' names."""
        return self.env["credit.statement.document"].search(
            [("wizard_id", "in", self.ids)], order="id"
        )

    def _get_xlsx_name(self) -> str:
        self.ensure_one()
        day = fields.Date.to_string(self.date)
        return self.env._("Statements of account %s", day) + ".xlsx"

    def action_send(self):
        """Queue one e-mail with the PDF per customer; it stays in the customer's chatter.

        :raises UserError: no customer has an address
        """
        self.ensure_one()
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise AccessError(self.env._("Only credit users may send statements."))
        # A second click is refused while the first one works, and then finds it done.
        self.lock_for_update()
        self.invalidate_recordset(["sent"])
        if self.sent:
            return self._notify(self.env._("These statements have been sent already."), "warning")
        documents = self._create_documents()
        reachable = documents.filtered("email")
        if not reachable:
            raise UserError(
                self.env._(
                    "None of these customers has an e-mail address: %s",
                    ", ".join(documents.partner_id.mapped("display_name")),
                )
            )
        for start in range(0, len(reachable), PDF_BATCH):
            reachable[start : start + PDF_BATCH]._send()
        self.sent = True
        message = self.env._("Statements queued: %s.", len(reachable))
        if left := documents - reachable:
            message += " " + self.env._(
                "Left out for want of an e-mail address: %s.",
                ", ".join(left.partner_id.mapped("display_name")),
            )
        return self._notify(message, "warning" if left else "success")

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "sticky": kind == "warning",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_item_domain(self, partners=None) -> Domain:
        """Return which items of ``credit.aged.item`` the statements are about."""
        self.ensure_one()
        domain = Domain("root_company_id", "=", self.company_id.id)
        return domain if partners is None else domain & Domain("partner_id", "in", partners.ids)

    def _get_companies(self):
        """Return the main company and its branches, those of the user; all for the machine."""
        self.ensure_one()
        if self.env.su:
            return self.env["res.company"].search([("id", "child_of", self.company_id.id)])
        return self.env.user.company_ids.filtered(
            lambda company: company.root_id == self.company_id
        )
