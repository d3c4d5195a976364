from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.mail.tests.common import MailCommon
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

#: A Tuesday that is no holiday anywhere the product knows of.
TODAY = "2026-03-10"


class CreditMgmtCommon(AccountTestInvoicingCommon, MailCommon):
    """A company with one policy of three levels (+5 e-mail, +12 e-mail, +30 formal letter)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        frozen = freeze_time(TODAY)
        frozen.start()
        cls.addClassCleanup(frozen.stop)
        cls.company = cls.company_data["company"]
        cls.env.user.group_ids += cls.env.ref("credit_mgmt.credit_mgmt_group_manager")
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env.user.write({"email": "accountant@example.com", "lang": "en_US"})
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US"))
        cls.channel_email = cls.env.ref("credit_mgmt.channel_email")
        cls.channel_letter = cls.env.ref("credit_mgmt.channel_letter")
        cls.channel_call = cls.env.ref("credit_mgmt.channel_call")
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Reminder",
                "model_id": cls.env["ir.model"]._get_id("credit.dunning.notice"),
                "subject": "Reminder {{ object.name }}",
                "lang": "{{ object.lang }}",
                "email_from": "accounts@example.com",
                "body_html": '<p>Dear <t t-out="object.partner_id.name"/></p>'
                '<t t-out="object.items_html"/>',
            }
        )
        cls.policy = cls.env["credit.dunning.policy"].create(
            {
                "name": "Test policy",
                "sequence": 0,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "min_contact_interval": 5,
                "level_ids": [
                    Command.create(
                        {
                            "name": "First",
                            "sequence": 1,
                            "delay_days": 5,
                            "channel_ids": [Command.set(cls.channel_email.ids)],
                            "mail_template_id": cls.template.id,
                        }
                    ),
                    Command.create(
                        {
                            "name": "Second",
                            "sequence": 2,
                            "delay_days": 12,
                            "channel_ids": [Command.set(cls.channel_email.ids)],
                            "mail_template_id": cls.template.id,
                        }
                    ),
                    Command.create(
                        {
                            "name": "Formal",
                            "sequence": 3,
                            "delay_days": 30,
                            "channel_ids": [Command.set(cls.channel_letter.ids)],
                            "letter_subject": "Formal notice",
                            "letter_text": "Dear {customer},\n\nPay {amount_due}.",
                            "formal_notice": True,
                        }
                    ),
                ],
            }
        )
        cls.first, cls.second, cls.formal = cls.policy.level_ids
        cls.company.credit_policy_id = cls.policy
        cls.customer = cls._create_customer("Customer A")

    @classmethod
    def _create_customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "email": f"{name.lower().replace(' ', '.')}@example.com",
                "phone": "+33 1 23 45 67 89",
                "street": "1 Main Street",
                "zip": "75001",
                "city": "Paris",
                "is_company": True,
                "lang": "en_US",
                **values,
            }
        )

    @classmethod
    def _invoice(cls, partner=None, due=TODAY, amount=100.0, **values):
        """Post an invoice without tax, dated 30 days before its due date."""
        due = fields.Date.to_date(due)
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.customer).id,
                "invoice_date": fields.Date.subtract(due, days=30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": amount, "tax_ids": []})
                ],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _overdue(cls, days, partner=None, amount=100.0, **values):
        """Post an invoice that is ``days`` overdue on the test's day."""
        due = fields.Date.subtract(fields.Date.to_date(TODAY), days=days)
        return cls._invoice(partner, due=due, amount=amount, **values)

    @classmethod
    def _item(cls, move):
        """Return the receivable row of a move, read afresh."""
        cls.env["credit.receivable"].invalidate_model()
        return cls.env["credit.receivable"].search([("move_id", "in", move.ids)])

    @classmethod
    def _run(cls, **values):
        run = cls.env["credit.dunning.run"].create(
            {"company_id": cls.company.id, "date": fields.Date.today(), **values}
        )
        run.action_prepare()
        return run

    def _send(self, run):
        """Send a run through Odoo's real mail code, the network apart; return the e-mails."""
        with self.mock_mail_gateway(mail_unlink_sent=False):
            run.action_send()
            return list(self._mails)

    @classmethod
    def _remind(cls, moves, level=None, on=TODAY):
        """Put items at a level as a run of that day would have left them, without sending.

        :param moves: invoices (all their items), or journal items
        """
        level = level or cls.first
        lines = moves
        if moves._name == "account.move":
            lines = moves.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
        partner = lines.partner_id.commercial_partner_id
        notice = (
            cls.env["credit.dunning.notice"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "partner_id": partner.id,
                    "policy_id": level.policy_id.id,
                    "level_id": level.id,
                    "formal_notice": level.formal_notice,
                    "date": on,
                    "pending": False,
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": cls.company.id,
                                "move_line_id": line.id,
                                "move_id": line.move_id.id,
                                "kind": "claimed",
                                "live": True,
                                "level_id": level.id,
                                "date": on,
                                "name": line.move_name,
                                "date_maturity": line.date_maturity,
                                "currency_id": line.currency_id.id,
                                "amount_residual": line.amount_residual,
                                "amount_residual_currency": line.amount_residual_currency,
                                "days_overdue": 1,
                            }
                        )
                        for line in lines
                    ],
                    "delivery_ids": [
                        Command.create(
                            {
                                "company_id": cls.company.id,
                                "channel_id": level.channel_ids[0].id,
                                "contact_id": partner.id,
                                "state": "sent",
                                "sent_on": on,
                            }
                        )
                    ],
                }
            )
        )
        notice._sync_state()
        return notice.sudo(False)

    @classmethod
    def _pay(cls, move, amount=None, on=TODAY):
        return cls._register_payment(move, amount=amount or move.amount_residual, payment_date=on)

    @classmethod
    def _analyse(cls):
        """Tell the planner of the rows of the test, of which it knows nothing.

        Without that some of Odoo's own queries about payments take minutes on many entries.
        """
        tables = ("account_move", "account_move_line", "account_partial_reconcile",
                  "account_payment")  # fmt: skip
        # What waits to be written has such queries itself.
        for _time in ("before", "after"):
            cls.env.cr.execute(SQL("ANALYZE %s", SQL(", ").join(map(SQL.identifier, tables))))
            cls.env.flush_all()

    def _run_cron(self):
        """Let the scheduled action work as Odoo runs it."""
        with self.enter_registry_test_mode():
            self.env.ref("credit_mgmt.credit_dunning_run_cron").method_direct_trigger()
        self.env.invalidate_all()

    @contextmanager
    def assertRefused(self, message, exception=UserError):
        """Assert that a step raises a message for people, and undo what it began."""
        with self.assertRaisesRegex(exception, message), self.cr.savepoint():
            yield
            self.env.flush_all()
        self.env.invalidate_all()

    def _skip_reason(self, run, move):
        return run.skip_ids.filtered(lambda skip: skip.move_id == move).mapped("reason")


__all__ = ["TODAY", "CreditMgmtCommon", "freeze_time", "patch"]
