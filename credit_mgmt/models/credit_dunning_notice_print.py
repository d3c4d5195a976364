import logging

from odoo import api, fields, models
from odoo.tools import format_amount

_logger = logging.getLogger(__name__)

#: Numbers of items that a subject line names one by one; above it says how many there are.
_NAMED_ITEMS = 2
#: Characters that a bank accepts as the unstructured communication of a transfer (EPC069-12).
_COMMUNICATION_SIZE = 140


class CreditDunningNotice(models.Model):
    """What letters, statements and e-mails print of a notice."""

    _inherit = "credit.dunning.notice"

    payment_deadline = fields.Date(
        compute="_compute_payment_deadline", help="Date until which to pay."
    )
    items_label = fields.Char(
        string="Items in Short",
        compute="_compute_items_label",
        help="The numbers of the items the notice is about, or how many they are.",
    )
    payment_text = fields.Char(
        string="Amount to Pay",
        compute="_compute_payment_text",
        help="The amounts to pay, per currency, in the recipient's language.",
    )
    payment_html = fields.Html(
        string="How to Pay",
        compute="_compute_message_blocks",
        sanitize=False,
        help="Amount, bank account and reference to quote, for messages.",
    )
    contact_html = fields.Html(
        string="Whom to Answer",
        compute="_compute_message_blocks",
        sanitize=False,
        help="Signatory, and why the recipient gets the message.",
    )

    @api.depends("date", "level_id.payment_deadline_days")
    def _compute_payment_deadline(self):
        for notice in self:
            notice.payment_deadline = notice.date and fields.Date.add(
                notice.date, days=notice.level_id.payment_deadline_days
            )

    @api.depends("line_ids", "lang")
    @api.depends_context("lang")
    def _compute_items_label(self):
        for notice in self:
            names = list(
                dict.fromkeys(line.name for line in notice._get_asked_lines() if line.name)
            )
            env = notice.with_context(lang=notice.lang or self.env.lang).env
            notice.items_label = (
                ", ".join(names) if len(names) <= _NAMED_ITEMS else env._("%s invoices", len(names))
            )

    @api.depends("line_ids", "lang")
    @api.depends_context("lang")
    def _compute_payment_text(self):
        for notice in self:
            env = notice.with_context(lang=notice.lang or self.env.lang).env
            notice.payment_text = " + ".join(
                format_amount(env, amount, currency)
                for currency, amount in notice._get_payment_amounts().items()
            )

    @api.depends("line_ids", "lang", "collector_id")
    @api.depends_context("lang")
    def _compute_message_blocks(self):
        for notice in self:
            lang = notice.lang or self.env.lang
            qweb = self.env["ir.qweb"].with_context(lang=lang)
            values = {"notice": notice.with_context(lang=lang)}
            notice.payment_html = qweb._render("credit_mgmt.credit_dunning_notice_payment", values)
            notice.contact_html = qweb._render("credit_mgmt.credit_dunning_notice_contact", values)

    # === ITEMS === #

    def _get_asked_lines(self):
        """Return the lines that the notice asks to pay: what is overdue, else what it claims."""
        self.ensure_one()
        debts = self.line_ids.filtered(lambda line: line.kind != "credit")
        return debts.filtered(lambda line: line.days_overdue > 0) or debts.filtered(
            lambda line: line.kind == "claimed"
        )

    def _get_item_sections(self) -> list[dict]:
        """Return the lines in the order and under the headings that letters print.

        The sections are those of ``_get_totals_by_currency``; amounts are in each line's own
        currency, labels in the language of the environment.

        :return: dicts with ``code`` (``overdue``, ``not_due`` or ``credit``), ``label`` and
            ``lines``, without the empty sections
        """
        self.ensure_one()
        credits = self.line_ids.filtered(lambda line: line.kind == "credit")
        overdue = (self.line_ids - credits).filtered(lambda line: line.days_overdue > 0)
        sections = [
            ("overdue", self.env._("Overdue"), overdue),
            ("not_due", self.env._("Not due yet"), self.line_ids - credits - overdue),
            ("credit", self.env._("Credit notes and unallocated payments"), credits),
        ]
        return [
            {"code": code, "label": label, "lines": lines}
            for code, label, lines in sections
            if lines
        ]

    def _get_statement(self) -> dict:
        """Return the figures of the statement that goes with a reminder: those of its lines.

        :return: see ``credit.statement._get_statements``
        """
        self.ensure_one()
        return {
            "kind": "open",
            "date": self.date,
            "sections": self._get_item_sections(),
            "totals": self._get_totals_by_currency(),
            "payment_text": self.payment_text,
            "bank": self._get_bank_account(),
        }

    # === PEOPLE === #

    def _get_letter_contact(self):
        """Return the partner to whom the letter is addressed."""
        self.ensure_one()
        letters = self.delivery_ids.filtered(
            lambda delivery: delivery.channel_id.is_letter and delivery.state != "cancelled"
        )
        return letters.contact_id[:1] or self.contact_id or self.partner_id

    def _get_earlier_notices(self, limit=5):
        """Return the customer's last sent notices before this one, newest first."""
        self.ensure_one()
        return self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "sent"),
                ("id", "!=", self._origin.id or 0),
            ],
            order="date desc, id desc",
            limit=limit,
        )

    # === PAYMENT === #

    def _get_payment_amounts(self) -> dict:
        """Return what is to be paid: {currency: amount in it}, only amounts above zero.

        The lines asked for, less credits and unallocated payments of the same currency.
        """
        self.ensure_one()
        credits = self.line_ids.filtered(lambda line: line.kind == "credit")
        return {
            currency: currency.round(amount)
            for currency, amount in self._sum_by_currency(self._get_asked_lines() + credits).items()
            if currency.compare_amounts(amount, 0) > 0
        }

    def _get_bank_account(self, moves=None):
        return super()._get_bank_account(self.sudo()._get_asked_lines().move_id)

    def _get_payment_communication(self) -> str:
        """Return the text of the transfer: our reference, then the numbers that still fit."""
        self.ensure_one()
        text = self.name
        for name in dict.fromkeys(line.name for line in self._get_asked_lines() if line.name):
            if len(text) + 1 + len(name) > _COMMUNICATION_SIZE:
                break
            text = f"{text} {name}"
        return text

    def _get_payment_qr(self) -> str:
        """Return the payment QR code as a data URI, empty when Odoo cannot make one.

        Made for a notice in one currency only: a code pays one amount.
        """
        self.ensure_one()
        bank, amounts = self._get_bank_account(), self._get_payment_amounts()
        if not bank or len(amounts) != 1:
            return ""
        [(currency, amount)] = amounts.items()
        try:
            code = bank.build_qr_code_base64(
                amount, self._get_payment_communication(), "", currency, self.partner_id
            )
        except Exception as error:  # data or drawing library: the letter leaves without a code
            _logger.warning("No payment QR code on the reminder %s: %s", self.id, error)
            return ""
        return code or ""
