"""Replays the past of one demo company: invoices, payments and reminder runs, day by day.

The runs are real ones, prepared by the product's own decision as of their day; only the sending is
recorded instead of done, so that no message leaves and the dates lie in the past.
"""

from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo.fields import Command

from . import demo_claims, demo_data, demo_plan

#: What came of the phone calls of the past, in turn.
_CALL_RESULTS = (
    "Transfer promised for the end of the month.",
    "Left a message with the switchboard; no answer yet.",
    "Asks for a copy of the invoice: sent at once.",
    "Says that the payment is in the next batch.",
)


class CompanyReplay:
    """The past of one company, from its first invoice to the day of installation."""

    def __init__(self, demo, key, company, partners, users):
        env = demo.with_company(company).env
        self.env = env(context=dict(env.context, allowed_company_ids=company.ids))
        self.key = key
        self.company = company.with_env(self.env)
        self.users = users
        self.partners = {row: partner.with_env(self.env) for row, partner in partners.items()}
        self.today = self.company._get_credit_today()
        self.bank = self._search_journal("bank")
        self.receivable = self.company.partner_id.property_account_receivable_id
        self.terms = self._create_terms()
        self.pending = demo_plan.documents(key)
        self.settlements = []
        self.moves = {}

    # === THE ROAD THROUGH TIME === #

    def play(self):
        """Create everything up to the day of installation."""
        self._create_opening_entry()
        self._start_dunning()
        last = len(demo_data.RUN_AGES) - 1
        for number, age in enumerate(demo_data.RUN_AGES):
            day = self._working_day(age)
            self._book_until(day)
            self._replay_run(self._prepare_run(day), is_first=number == 0, is_last=number == last)
        self._book_until(self._working_day(demo_data.YESTERDAY))
        self._replay_yesterday()
        self._book_until(self.today)
        self._create_loose_payments()
        self._create_unmatched_receipts()
        self._decide_late_costs()
        demo_claims.create(self)

    def _book_until(self, day):
        """Create and settle the documents up to a day."""
        due = [row for row in self.pending if self._date(row.age) <= day]
        self.pending = self.pending[len(due) :]
        for document, move in zip(due, self._create_documents(due), strict=True):
            self.moves[document] = move
            self.settlements += [(settlement, document) for settlement in document.settlements]
        settled = [row for row in self.settlements if self._bank_day(row[0].age) <= day]
        self.settlements = [row for row in self.settlements if row not in settled]
        self._settle(settled)

    # === DAYS === #

    def _date(self, age):
        return self.today - timedelta(days=age)

    def _bank_day(self, age):
        """Return a day of that age, or the Friday before: banks book on weekdays."""
        day = self._date(age)
        return day - timedelta(days=max(day.weekday() - 4, 0))

    def _working_day(self, age):
        """Return the last working day of the company at that age or older."""
        end = self._date(age)
        return max(self.company._get_credit_working_days(end - timedelta(days=10), end))

    # === LEDGER === #

    def _search_journal(self, journal_type):
        return self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", journal_type)], limit=1
        )

    def _create_terms(self):
        """Return the payment terms: {days or (days, days): term}, core's where it has one."""
        terms = {
            0: self.env.ref("account.account_payment_term_immediate"),
            30: self.env.ref("account.account_payment_term_30days"),
            45: self.env.ref("account.account_payment_term_45days"),
        }
        names = {60: "60 Days", (30, 60): "Two instalments, 30 and 60 days"}
        for days, name in names.items():
            parts = days if isinstance(days, tuple) else (days,)
            share = 100.0 / len(parts)
            terms[days] = self.env["account.payment.term"].create(
                {
                    "name": name,
                    "company_id": self.company.id,
                    "line_ids": [
                        Command.create({"value": "percent", "value_amount": share, "nb_days": part})
                        for part in parts
                    ],
                }
            )
        return terms

    def _create_documents(self, documents):
        """Create and post invoices and credit notes in one batch."""
        moves = self.env["account.move"].create(
            [self._prepare_document(document) for document in documents]
        )
        moves.action_post()
        for document, move in zip(documents, moves, strict=True):
            if document.mark == "blocked":
                move.action_toggle_block_payment()
            elif document.mark == "no_followup":
                self._open_lines(move).no_followup = True
        return moves

    def _prepare_document(self, document):
        partner = self.partners[document.customer]
        is_domestic = document.customer.country == "FR"
        line = {
            "name": document.wording,
            "quantity": 1,
            "price_unit": document.amount,
            "tax_ids": [Command.set(self.company.account_sale_tax_id.ids if is_domestic else [])],
        }
        return {
            "move_type": "out_refund" if document.kind == "credit_note" else "out_invoice",
            "partner_id": partner.id,
            "currency_id": self.env.ref(f"base.{document.currency}").id,
            "invoice_date": self._date(document.age),
            "invoice_payment_term_id": self.terms[document.terms].id,
            "invoice_user_id": partner.user_id.id,
            "invoice_line_ids": [Command.create(line)],
        }

    def _open_lines(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        ).sorted("date_maturity")

    def _settle(self, settlements):
        """Close invoices by credit notes, then by bank receipts."""
        notes = [row for row in settlements if row[0].kind == "credit_note"]
        refunds = self._create_documents(
            [
                demo_plan.Document(
                    document.customer, settlement.age,
                    round(document.amount * settlement.share, 2), 0,
                    document.wording, document.currency, kind="credit_note",
                )
                for settlement, document in notes
            ]
        )  # fmt: skip
        self._reconcile(
            (self.moves[document], self._open_lines(refund))
            for (_settlement, document), refund in zip(notes, refunds, strict=True)
        )
        payments = [row for row in settlements if row[0].kind == "payment"]
        receipts = self._create_receipts(
            [self._prepare_settlement(settlement, document) for settlement, document in payments]
        )
        self._reconcile(
            (self.moves[document], self._open_lines(receipt.move_id))
            for (_settlement, document), receipt in zip(payments, receipts, strict=True)
        )

    def _reconcile(self, pairs):
        """Reconcile the open items of invoices with items that settle them."""
        self.env["account.move.line"]._reconcile_plan(
            [self._open_lines(move) | lines for move, lines in pairs]
        )

    def _prepare_settlement(self, settlement, document):
        """Return the bank receipt that pays an invoice."""
        move = self.moves[document]
        amount = move.amount_residual - settlement.short_by
        if settlement.share:
            amount = move.currency_id.round(move.amount_total * settlement.share)
        day = self._bank_day(settlement.age)
        return self._prepare_receipt(
            day, move.commercial_partner_id, amount, f"VIR SEPA RECU {move.name}", move.currency_id
        )

    def _prepare_receipt(self, day, partner, amount, wording, currency=None):
        values = {
            "journal_id": self.bank.id,
            "date": day,
            "payment_ref": wording,
            "partner_id": partner.id,
            "amount": amount,
            "counterpart_account_id": self.receivable.id if partner else None,
        }
        euro = self.company.currency_id
        if currency and currency != euro:
            values["foreign_currency_id"] = currency.id
            values["amount_currency"] = amount
            values["amount"] = currency._convert(amount, euro, self.company, day)
        return values

    def _create_receipts(self, values):
        return self.env["account.bank.statement.line"].create(values)

    def _create_loose_payments(self):
        """Create the customer payments that nobody has allocated yet."""
        self._create_receipts(
            [
                self._prepare_receipt(
                    self._bank_day(row.age), self.partners[customer], row.amount,
                    "VIR SEPA RECU ACOMPTE",
                )
                for customer in demo_plan.customers_of(self.key)
                for row in demo_plan.open_of(customer, self.key)
                if isinstance(row, demo_data.Credit) and row.kind == "payment"
            ]
        )  # fmt: skip

    def _create_unmatched_receipts(self):
        """Create the last receipts of the bank, of which nobody knows yet what they pay."""
        nobody = self.env["res.partner"]
        self._create_receipts(
            [
                self._prepare_receipt(self._bank_day(age), nobody, amount, wording)
                for age, amount, wording in demo_data.UNMATCHED[self.key]
            ]
        )

    def _create_opening_entry(self):
        """Create the opening balance in a miscellaneous journal; Odoo does not follow it up."""
        rows = [
            (self.partners[customer], row)
            for customer in demo_plan.customers_of(self.key)
            for row in demo_plan.open_of(customer, self.key)
            if isinstance(row, demo_data.Entry)
        ]
        if not rows:
            return
        rows.append((self.env["res.partner"], demo_data.UNKNOWN_DEBTOR))
        equity = self.env["account.account"].search(
            [
                ("company_ids", "in", self.company.ids),
                ("account_type", "in", ("equity", "equity_unaffected")),
            ],
            limit=1,
        )
        lines = [
            {
                "name": "Reprise des soldes clients",
                "account_id": self.receivable.id,
                "partner_id": partner.id,
                "debit": row.amount,
                "date_maturity": self._date(row.age),
            }
            for partner, row in rows
        ]
        lines.append({"account_id": equity.id, "credit": sum(row.amount for _p, row in rows)})
        move = self.env["account.move"].create(
            {
                "journal_id": self._search_journal("general").id,
                "date": self._date(demo_data.HISTORY_AGE),
                "ref": "Reprise des soldes",
                "line_ids": [Command.create(line) for line in lines],
            }
        )
        move.action_post()
        followed = {self._date(row.age) for _partner, row in rows if row.follow_up}
        move.line_ids.filtered(lambda line: line.date_maturity in followed).no_followup = False

    # === REMINDERS === #

    def _start_dunning(self):
        self.env["credit.dunning.start"].create(
            {
                "company_id": self.company.id,
                "date": self._date(demo_data.START_AGE),
                "mode": "age",
                "policy_id": self.env.ref("credit_mgmt.policy_business").id,
                "responsible_id": self.users["manager"].id,
            }
        ).action_start()

    def _prepare_run(self, day, **values):
        """Prepare a run as of a day of the past."""
        self.env["credit.receivable"].invalidate_model()
        run = self.env["credit.dunning.run"].create(
            {
                "company_id": self.company.id,
                "date": day,
                "user_id": self.users["collector"].id,
                **values,
            }
        )
        run.action_prepare()
        return run

    def _replay_run(self, run, is_first=False, is_last=False):
        """Record a run of the past as sent, with what went otherwise.

        The stories of the customers: ``formal`` had its formal notice released (all others were
        left to expire), ``bounced`` was not reached by the first run, ``uncertain`` is the last
        e-mail of which nobody knows, ``replied`` answered the last reminder.
        """
        stories = self._get_stories(run)
        formal = run.notice_ids.filtered("formal_notice")
        released = formal & stories["formal"]
        if released:
            released.with_user(self.users["manager"]).action_release()
        (formal - released)._cancel(self.env._("Expired: not sent within %s working days", 3))
        run._set_ready()
        notices = run.notice_ids.filtered(lambda notice: notice.state == "ready")
        self._record_sent(notices, run.date)
        if is_first:
            self._record_bounced(stories["bounced"])
        if is_last:
            self._record_uncertain(stories["uncertain"])
            self._record_answer(stories["replied"])
        run.state = "done"

    def _get_stories(self, run):
        stories = defaultdict(run.notice_ids.browse)
        by_partner = {notice.partner_id.id: notice for notice in run.notice_ids}
        for customer in demo_plan.customers_of(self.key):
            notice = by_partner.get(self.partners[customer].id)
            if customer.story and notice:
                stories[customer.story] |= notice
        return stories

    def partners_of_story(self, story):
        """Return the customers of the company with a story of ``demo_data``."""
        return self.env["res.partner"].browse(
            self.partners[customer].id
            for customer in demo_plan.customers_of(self.key)
            if customer.story == story
        )

    def _replay_yesterday(self):
        """One selection that was sent, one that was only prepared."""
        day = self._working_day(demo_data.YESTERDAY)
        for story in ("yesterday", "prepared"):
            partners = self.env["res.partner"].browse(
                self.partners[customer].id
                for customer in demo_plan.customers_of(self.key)
                if customer.story == story
            )
            if not partners:
                continue
            run = self._prepare_run(day, limited=True, partner_ids=[Command.set(partners.ids)])
            if story == "yesterday":
                self._replay_run(run)

    def _record_sent(self, notices, day):
        """Record deliveries as they stood after the sending of that day."""
        moment = datetime.combine(day, time(8, 30))
        deliveries = notices.delivery_ids
        deliveries._claim()
        by_channel = deliveries.grouped(lambda delivery: delivery.channel_id.code)
        messages = self._create_messages(by_channel.get("email", deliveries.browse()), moment)
        for number, delivery in enumerate(deliveries):
            values = messages.get(delivery.id, {})
            if delivery.channel_id.code == "call":
                self._record_call(delivery, moment)
            elif delivery.channel_id.code == "letter":
                notice = delivery.notice_id.with_context(lang=delivery.notice_id.lang)
                values = {"subject": notice._get_letter_subject()}
            delivery._set_sent(**values, sent_on=moment + timedelta(minutes=number))
        notices._sync_state()

    def _create_messages(self, deliveries, moment):
        """Create the messages of the sent e-mails: {delivery id: values of the delivery}."""
        texts = {}
        for template, group in deliveries.grouped(
            lambda delivery: delivery.notice_id.level_id.mail_template_id
        ).items():
            texts.update(
                template._generate_template(
                    group.notice_id.ids, ("subject", "body_html", "email_from")
                )
            )
        rows = [(delivery, texts[delivery.notice_id.id]) for delivery in deliveries]
        messages = self.env["mail.message"].create(
            [
                {
                    "model": "credit.dunning.notice",
                    "res_id": delivery.notice_id.id,
                    "message_type": "email_outgoing",
                    "subject": text["subject"],
                    "body": text["body_html"],
                    "email_from": text["email_from"],
                    "author_id": self._get_author(delivery).id,
                    "date": moment,
                    "message_id": delivery.external_reference,
                    "partner_ids": [Command.set(delivery.contact_id.ids)],
                }
                for delivery, text in rows
            ]
        )
        return {
            delivery.id: {
                "mail_message_id": message.id,
                "subject": text["subject"],
                "body_html": text["body_html"],
            }
            for (delivery, text), message in zip(rows, messages, strict=True)
        }

    def _get_author(self, delivery):
        return (delivery.notice_id.collector_id or self.users["manager"]).partner_id

    def _record_call(self, delivery, moment):
        """Record a call that was made, with its result in the chatter."""
        notice = delivery.notice_id
        user = notice.collector_id or self.users["manager"]
        script = notice.with_context(lang=user.lang)._get_call_script()
        delivery.body_html = script
        self.env["mail.message"].create(
            {
                "model": notice._name,
                "res_id": notice.id,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_note").id,
                "body": _CALL_RESULTS[delivery.id % len(_CALL_RESULTS)],
                "author_id": self._get_author(delivery).id,
                "date": moment + timedelta(hours=2),
            }
        )

    def _record_bounced(self, notices):
        """The message came back and nobody answers the phone: no reminder reached the customer."""
        reasons = {
            "email": "550 5.1.1 The mailbox does not exist.",
            "call": "The number is not attributed.",
        }
        for delivery in notices.delivery_ids:
            delivery._set_failed(reasons.get(delivery.channel_id.code, "Unknown at this address"))
        notices._sync_state()

    def _record_uncertain(self, notices):
        emails = notices.delivery_ids.filtered(lambda d: d.channel_id.code == "email")
        emails._set_uncertain(
            "The server stopped while sending: nobody knows whether the message left."
        )
        notices._sync_state()

    def _record_answer(self, notices):
        for notice in notices:
            self.env["mail.message"].create(
                {
                    "model": notice._name,
                    "res_id": notice.id,
                    "message_type": "email",
                    "subject": "Re: votre relance",
                    "body": "Bonjour, le virement est prévu la semaine prochaine. Cordialement",
                    "email_from": notice.contact_id.email_formatted,
                    "author_id": notice.contact_id.id,
                    "date": datetime.combine(self._working_day(3), time(14, 5)),
                }
            )
            notice._register_answer({"subject": "Re: votre relance"})

    # === LATE COSTS === #

    def _decide_late_costs(self):
        """Book the late costs of two invoices paid late as drafts, and waive those of a third."""
        if self.company.chart_template != "fr":
            income = self.env["account.account"].search([("account_type", "=", "income")], limit=1)
            self.company.credit_interest_account_id = income
            self.company.credit_indemnity_account_id = income
        paid = self.env["credit.late.cost"].search(
            [("company_id", "=", self.company.id), ("state", "=", "paid"), ("days_late", ">", 5)],
            limit=3,
        )
        Claim = self.env["credit.late.cost.claim"]
        items = paid.move_line_id
        Claim._book(items[:2], date=self.today)
        Claim._waive(items[2:], "Goodwill: paid by return after our call.", date=self.today)
