from collections import defaultdict

from markupsafe import Markup
from odoo import api, fields, models

from ..const import PDF_BATCH
from ..tools import placeholders


class CreditDunningNotice(models.Model):
    """What a notice says, and the documents that go with it."""

    _inherit = "credit.dunning.notice"

    # === TEXTS === #

    def _get_placeholder_values(self) -> dict[str, str]:
        """Return what the placeholders of letter and call texts stand for.

        Formatted in the language of the environment, to be called with the recipient's.

        :return: {placeholder: plain text}, one entry per ``_get_placeholder_labels`` of the level
        """
        self.ensure_one()
        Level = self.env["credit.dunning.level"]
        overdue = self.line_ids.filtered(lambda line: line.days_overdue > 0
                                         and line.kind in ("claimed", "recalled"))  # fmt: skip
        claimed = self.line_ids.filtered(lambda line: line.kind == "claimed")
        shown = overdue or claimed
        credits = self.line_ids.filtered(lambda line: line.kind == "credit")
        oldest = min(shown.mapped("date_maturity"), default=None)
        collector = self.collector_id or self.company_id.credit_responsible_id
        earlier = self._get_previous_date()
        deadline = fields.Date.add(self.date, days=self.level_id.payment_deadline_days)
        return {
            "customer": self.partner_id.name or "",
            "contact": self.contact_id.name or self.partner_id.name or "",
            "company": self.company_id.name,
            "reference": self.name,
            "date": Level._format_date(self.date),
            "deadline": Level._format_date(deadline),
            "amount_claimed": Level._format_amounts(self._sum_by_currency(claimed)),
            "amount_overdue": Level._format_amounts(self._sum_by_currency(overdue)),
            "amount_due": Level._format_amounts(self._sum_by_currency(shown + credits)),
            "invoice_count": str(len(shown)),
            "invoice_list": ", ".join(dict.fromkeys(line.name or "" for line in shown)),
            "oldest_due_date": Level._format_date(oldest),
            "days_overdue": str(max(shown.mapped("days_overdue"), default=0)),
            "last_reminder_date": Level._format_date(earlier),
            "collector": collector.name or self.company_id.name,
            "collector_phone": collector.phone or self.company_id.phone or "",
            "collector_email": collector.email or self.company_id.email or "",
        }

    def _get_previous_date(self):
        """Return the date of the customer's last sent notice before this one."""
        [[previous]] = (
            self.env["credit.dunning.notice"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "sent"),
                    ("id", "!=", self._origin.id or 0),
                    ("date", "<=", self.date),
                ],
                [],
                ["date:max"],
            )
        )
        return previous

    @api.model
    def _sum_by_currency(self, lines) -> dict:
        """Return {currency: open amount in it} of notice lines, in order of appearance."""
        totals = defaultdict(float)
        for line in lines:
            totals[line.currency_id] += line.amount_residual_currency
        return dict(totals)

    def _get_totals_by_currency(self) -> list[dict]:
        """Return the totals that a letter prints, one dict per currency.

        :return: dicts with ``currency`` and, in it, ``overdue``, ``not_due``, ``credit`` and
            ``due`` (overdue less credits)
        """
        self.ensure_one()
        totals = {}
        for line in self.line_ids:
            row = totals.setdefault(
                line.currency_id, {"overdue": 0.0, "not_due": 0.0, "credit": 0.0}
            )
            if line.kind == "credit":
                row["credit"] += line.amount_residual_currency
            elif line.days_overdue > 0:
                row["overdue"] += line.amount_residual_currency
            else:
                row["not_due"] += line.amount_residual_currency
        return [
            dict(row, currency=currency, due=row["overdue"] + row["credit"])
            for currency, row in totals.items()
        ]

    def _get_letter_text(self) -> Markup:
        """Return the letter's text as HTML, in the language of the environment."""
        return self.level_id._render_text("letter_text", self._get_placeholder_values())

    def _get_letter_subject(self) -> str:
        return placeholders.fill(
            self.level_id.letter_subject or self.level_id.name,
            self._get_placeholder_values(),
        )

    def _get_call_script(self) -> Markup:
        """Return the phone script as HTML, in the language of the environment."""
        return self.level_id._render_text("call_script", self._get_placeholder_values())

    # === ATTACHMENTS === #

    def _get_invoice_attachments(self, room=None):
        """Return the stored PDFs of the claimed invoices that fit, and the moves to be linked.

        :param room: bytes that they may take; by default the company's limit for e-mails
        :return: (ir.attachment records, account.move records without a PDF that fits)
        """
        self.ensure_one()
        Attachment, Move = (
            self.env["ir.attachment"].sudo(),
            self.env["account.move"].sudo(),
        )
        if not self.level_id.attach_invoices:
            return Attachment, Move
        moves = (
            self.sudo()
            .line_ids.filtered(lambda line: line.kind == "claimed")
            .move_id.filtered(lambda move: move.is_invoice())
        )
        if room is None:
            room = self.company_id.credit_attachment_limit * 1024 * 1024
        fitting, linked = Attachment, Move
        # The bridge between the customer's message and the legal original: never rendered anew.
        for move in moves:
            attachment = move.invoice_pdf_report_id
            if attachment and attachment.file_size <= room:
                room -= attachment.file_size
                fitting |= attachment
            else:
                linked |= move
        return fitting, linked

    def _render_missing_statements(self):
        """Render the statements that the levels attach, many per call of the PDF program."""
        missing = self.filtered(
            lambda notice: notice.level_id.attach_statement and not notice.statement_attachment_id
        )
        for start in range(0, len(missing), PDF_BATCH):
            missing[start : start + PDF_BATCH]._render_statements()

    def _render_statements(self):
        report = "credit_mgmt.action_report_credit_dunning_statement"
        contents = self._render_pdfs(report, self)
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": f"{notice.name}-{notice.partner_id.name}.pdf".replace("/", "-"),
                    "raw": contents[notice.id],
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": notice.id,
                }
                for notice in self
            ]
        )
        for notice, attachment in zip(self, attachments, strict=True):
            notice.statement_attachment_id = attachment
