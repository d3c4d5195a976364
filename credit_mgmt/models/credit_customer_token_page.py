import psycopg2
from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_amount, format_date

from ..exceptions import CustomerRefusal
from ..tools import customer_form

#: States of items about which the customer may still say something new.
_FREE_STATES = ("overdue", "not_due", "excluded")
#: Parts of a promise that the form has room for.
PROMISE_PARTS = 3
MAX_INSTALMENTS = 12
RHYTHMS = ("week", "fortnight", "month")
MAX_FILES = 5
MAX_FILE_SIZE = 8 * 1024 * 1024
_TEXT_SIZE, _LINE_SIZE = 2000, 100


class CreditCustomerTokenPage(models.Model):
    """What the customer sees on his page, and what he does there.

    Nothing here trusts the visitor: items are looked up among the customer's own, amounts and
    dates are checked against the ledger, and refusals are sentences for him, without a word about
    others. Readable pages come from records that need not be saved: a portal user has no link.
    """

    _inherit = "credit.customer.token"

    @api.model
    def _for_portal(self, partner, company):
        """Return the page of a customer who is logged in, not saved."""
        return self.sudo().new({"partner_id": partner.id, "company_id": company.id})

    def _as_visitor(self, lang=None):
        """Return the page in the customer's language, with the rights of the machine.

        Not with those of the visitor, who has none: what he may see is in each domain below.
        """
        self.ensure_one()
        company = self.sudo().company_id
        branches = (
            self.env["res.company"]
            .sudo()
            .search([("id", "child_of", company.id), ("id", "!=", company.id)])
        )
        lang = lang or self.sudo().partner_id.lang or company.partner_id.lang or self.env.lang
        return self.with_user(SUPERUSER_ID).with_context(
            allowed_company_ids=[company.id, *branches.ids], lang=lang, tz=None
        )

    # === WHAT HE SEES === #

    def _get_item_domain(self) -> list:
        return [
            ("partner_id", "=", self.partner_id.id),
            ("root_company_id", "=", self.company_id.id),
        ]

    def _get_items(self) -> list[dict]:
        """Return the open items as the page shows them, the oldest first; few queries for many.

        :return: dicts with ``id`` (of the journal item), ``entry``, ``move``, ``name``, ``date``,
            ``date_maturity``, ``days``, ``currency``, ``open``, ``free`` (not disputed),
            ``disputed``, ``state`` (of ``credit.receivable``), ``status`` (in words), ``is_late``,
            ``is_debt``, ``is_free`` (something new may be said about it), ``can_dispute``,
            ``has_pdf`` (a stored one) and ``is_document`` (one can be printed)
        """
        items = self.env["credit.receivable"].search(self._get_item_domain())
        debts = items.filtered(lambda item: item.amount_residual_currency > 0)
        free = self.env["credit.dispute"]._read_free(debts.move_line_id)
        return [
            self._prepare_item(item, free.get(item.id, {}).get("free", 0.0))
            for item in items
            if not item.currency_id.is_zero(item.amount_residual_currency)
        ]

    def _prepare_item(self, item, free) -> dict:
        currency, is_open = item.currency_id, item.amount_residual_currency
        is_debt = is_open > 0 and item.kind != "payment"
        is_document = item.kind in ("invoice", "credit_note")
        is_free = bool(is_debt and item.state in _FREE_STATES and currency.round(free) > 0)
        return {
            "id": item.id,
            "entry": item.move_line_id,
            "move": item.move_id,
            "name": item.name or item.ref or "",
            "kind": item.kind,
            "date": item.date,
            "date_maturity": item.date_maturity,
            "days": item.days_overdue,
            "currency": currency,
            "open": is_open,
            "free": currency.round(free),
            "disputed": currency.round(is_open - free) if is_debt else 0.0,
            "state": item.state,
            "status": self._get_status(item) if is_debt else "",
            "is_late": is_debt and item.days_overdue > 0,
            "is_debt": is_debt,
            "is_free": is_free,
            "can_dispute": bool(
                is_debt
                and item.state in (*_FREE_STATES, "promised", "plan")
                and currency.round(free) > 0
            ),
            "has_pdf": bool(is_document and item.move_id.invoice_pdf_report_id),
            "is_document": is_document,
        }

    def _get_status(self, item) -> str:
        """Return in the customer's words how an item stands."""
        if item.state == "promised" and item.expected_payment_date:
            day = format_date(self.env, item.expected_payment_date)
            return self.env._("You promised to pay by %s", day)
        words = {
            "legal": self.env._("With our legal department"),
            "factored": self.env._("To be paid to our factoring company"),
            "disputed": self.env._("In dispute: we are looking into it"),
            "plan": self.env._("Part of a payment plan"),
            "promised": self.env._("You promised to pay"),
            "in_collection": self.env._("Payment under way"),
        }
        if item.state in words:
            return words[item.state]
        if item.days_overdue > 0:
            return self.env._("%s days late", item.days_overdue)
        if item.days_overdue == 0:
            return self.env._("Due today")
        return self.env._("Due on %s", format_date(self.env, item.date_maturity))

    def _get_accounts(self, items) -> list[dict]:
        """Return the items by currency, with their totals.

        :return: dicts with ``currency``, ``debts``, ``credits`` (items), ``overdue``, ``not_due``,
            ``credit`` and ``balance``
        """
        result = {}
        for item in items:
            account = result.setdefault(
                item["currency"], {"debts": [], "credits": [], "overdue": 0.0, "not_due": 0.0,
                                   "credit": 0.0}
            )  # fmt: skip
            account["debts" if item["is_debt"] else "credits"].append(item)
            total = "credit" if not item["is_debt"] else "overdue" if item["is_late"] else "not_due"
            account[total] += item["open"]
        return [
            dict(
                account,
                currency=currency,
                balance=account["overdue"] + account["not_due"] + account["credit"],
            )
            for currency, account in result.items()
        ]

    def _get_proposed_plans(self):
        """Return the payment plans that wait for the customer's agreement."""
        today = self.company_id._get_credit_today()
        return (
            self.env["credit.payment.plan"]
            .search(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("stage", "=", "proposed"),
                ]
            )
            .filtered(lambda plan: not plan.date_offer_until or plan.date_offer_until >= today)
        )

    def _get_reasons(self):
        """Return the reasons of disputes that the company offers."""
        return self.env["credit.dispute.reason"].search(
            [("company_id", "in", (False, self.company_id.id))]
        )

    def _get_actions(self, limit=8):
        """Return what the customer did on his page lately, newest first."""
        return self.env["credit.customer.action"].search(
            [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)],
            limit=limit,
        )

    def _get_thanks(self, kind) -> str:
        """Return what the customer reads after a form was taken; nothing for any other word."""
        env = self.env
        return {
            "promise": env._("Thank you, we noted when you will pay."),
            "dispute": env._("Thank you, we are looking into it and will answer you."),
            "plan": env._("Thank you, we will look at your proposal and answer you."),
            "accept": env._("Thank you, the payment plan is agreed."),
            "paid": env._("Thank you, we will look for your payment."),
        }.get(kind, "")

    def _get_signatory(self) -> dict:
        """Return who answers: name, phone and e-mail of the collector or of the company."""
        company = self.company_id
        user = self._get_owner(fallback=False)
        return {
            "name": user.name or "",
            "phone": user.phone or company.phone or "",
            "email": user.email or company.email or "",
        }

    def _get_owner(self, fallback=True):
        """Return the user who is in charge of the customer."""
        user = self.partner_id.with_company(self.company_id).collector_id
        user = user or self.company_id.credit_responsible_id
        return user or (self.company_id._get_credit_responsible() if fallback else user)

    def _get_invoice(self, move_id):
        """Return an invoice of the customer that may be downloaded, empty otherwise."""
        if move_id >= 2**31:
            return self.env["account.move"]
        item = self.env["credit.receivable"].search(
            self._get_item_domain()
            + [("move_id", "=", move_id), ("kind", "in", ("invoice", "credit_note"))],
            limit=1,
        )
        return item.move_id

    def _render_statement(self) -> tuple[str, bytes]:
        """Return the name and the PDF of the statement of today's open items."""
        wizard = self.env["credit.statement"].create(
            {
                "company_id": self.company_id.id,
                "partner_ids": [fields.Command.set(self.partner_id.ids)],
            }
        )
        document = wizard._create_documents()
        document.lang = self.env.lang
        content = document._render_pdfs("credit_mgmt.action_report_credit_statement", document)
        name = document.name.replace("/", "-")
        wizard.unlink()
        return f"{name}.pdf", content[document.id]

    # === WHAT HE DOES === #

    def _act(self, kind, values, files=(), **origin):
        """Do what a form of the page asks for, once.

        :param str kind: promise, dispute, plan, accept or paid
        :param dict values: what the browser sent: texts, and lists of texts under ``item``
        :param files: [(name, content)]
        :param origin: ``ip`` and ``user_id`` of the visitor
        :return: the ``credit.customer.action``
        :raises CustomerRefusal: what cannot be, in words for the customer
        """
        self.ensure_one()
        try:
            key = customer_form.read_key(values.get("once"))
        except ValueError:
            raise CustomerRefusal(self.env._("This form is out of date: open it again.")) from None
        Action = self.env["credit.customer.action"]
        done = Action.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("key", "=", key),
            ]
        )
        if done:
            return done
        try:
            prepared = getattr(self, f"_prepare_{kind}")(values)
        except (ValueError, OverflowError, psycopg2.DataError):
            raise CustomerRefusal(
                self.env._("An amount or a date cannot be read: please check them.")
            ) from None
        attachments = self._prepare_files(files)
        action = Action.create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "kind": kind,
                "key": key,
                "text": customer_form.read_text(values.get("text"), _TEXT_SIZE),
                **prepared,
                **origin,
            }
        )
        self.env["ir.attachment"].create(
            [dict(row, res_model=action._name, res_id=action.id) for row in attachments]
        )
        action._begin(self._get_owner())
        return action

    def _prepare_files(self, files) -> list[dict]:
        if len(files) > MAX_FILES:
            raise CustomerRefusal(self.env._("At most %s files, please.", MAX_FILES))
        result = []
        for name, content in files:
            name = customer_form.file_name(name)
            if len(content) > MAX_FILE_SIZE:
                raise CustomerRefusal(
                    self.env._(
                        "The file %(name)s is too large: at most %(size)s MB.",
                        name=name,
                        size=MAX_FILE_SIZE // 1024 // 1024,
                    )
                )
            if not customer_form.is_allowed_file(name, content):
                raise CustomerRefusal(
                    self.env._("The file %s cannot be taken: PDF, JPG and PNG files can.", name)
                )
            result.append({"name": name, "raw": content})
        return result

    def _get_chosen(self, values, allowed="is_free") -> list[dict]:
        """Return the customer's own items that a form is about.

        :param str allowed: key of ``_get_items`` that must be true
        """
        ids = customer_form.read_ids(values.get("item") or ())
        chosen = [item for item in self._get_items() if item["id"] in ids]
        if not chosen:
            raise CustomerRefusal(self.env._("Please choose at least one invoice."))
        if any(not item[allowed] for item in chosen):
            raise CustomerRefusal(
                self.env._(
                    "One of these invoices has been paid, or something else is under way for it. "
                    "Please choose again."
                )
            )
        if len({item["currency"] for item in chosen}) > 1:
            raise CustomerRefusal(
                self.env._("These invoices are in several currencies: choose those of one.")
            )
        return chosen

    def _prepare_items(self, chosen) -> dict:
        return {
            "move_line_ids": [fields.Command.set([item["id"] for item in chosen])],
            "item_names": ", ".join(item["name"] for item in chosen),
            "currency_id": chosen[0]["currency"].id,
        }

    def _check_day(self, day, days):
        """Return a day that was typed, which lies between today and so many days ahead."""
        today = self.company_id._get_credit_today()
        last = fields.Date.add(today, days=days)
        if not day or not today <= day <= last:
            raise CustomerRefusal(
                self.env._(
                    "Please choose a date between %(first)s and %(last)s.",
                    first=format_date(self.env, today),
                    last=format_date(self.env, last),
                )
            )
        return day

    def _check_amount(self, amount, most, currency):
        amount = currency.round(amount)
        if currency.compare_amounts(amount, 0) <= 0 or currency.compare_amounts(amount, most) > 0:
            raise CustomerRefusal(
                self.env._(
                    "Please give an amount above zero, at most %s.",
                    format_amount(self.env, most, currency),
                )
            )
        return amount

    def _prepare_promise(self, values) -> dict:
        chosen = self._get_chosen(values)
        currency = chosen[0]["currency"]
        most = currency.round(sum(item["free"] for item in chosen))
        parts = []
        for number in range(1, PROMISE_PARTS + 1):
            day = customer_form.read_date(values.get(f"date_{number}"))
            amount = customer_form.read_amount(values.get(f"amount_{number}"))
            if number > 1 and not day and not amount:
                continue
            day = self._check_day(day, 365)
            amount = self._check_amount(most if amount is None else amount, most, currency)
            parts.append((day, amount))
        total = currency.round(sum(amount for _day, amount in parts))
        self._check_amount(total, most, currency)
        last = max(day for day, _amount in parts)
        limit = fields.Date.add(
            self.company_id._get_credit_today(), days=self.company_id.credit_page_promise_days
        )
        return {
            **self._prepare_items(chosen),
            "parts": [[fields.Date.to_string(day), amount] for day, amount in parts],
            "date_said": last,
            "amount": total,
            "state": "to_confirm" if last > limit or self._has_broken(chosen) else "done",
        }

    def _has_broken(self, chosen) -> bool:
        """Return whether one of the items was promised before, in vain."""
        lines = self.env["credit.promise.item"].search(
            [("move_line_id", "in", [item["id"] for item in chosen])]
        )
        return bool(
            lines.promise_id.filtered(
                lambda promise: promise.state in ("broken", "partly_kept", "cancelled")
            )
        )

    def _prepare_dispute(self, values) -> dict:
        chosen = self._get_chosen(values, "can_dispute")
        if len(chosen) > 1:
            raise CustomerRefusal(self.env._("Please report one invoice at a time."))
        currency, most = chosen[0]["currency"], chosen[0]["free"]
        try:
            reason_id = customer_form.read_id(values.get("reason"))
        except ValueError:
            reason_id = 0
        reason = self._get_reasons().filtered(lambda reason: reason.id == reason_id)
        if not reason:
            raise CustomerRefusal(self.env._("Please choose what is wrong."))
        amount = customer_form.read_amount(values.get("amount"))
        earlier = self.env["credit.dispute.item"].search([("move_line_id", "=", chosen[0]["id"])])
        rejected = earlier.dispute_id.filtered(
            lambda dispute: dispute.resolution in ("rejected", "withdrawn")
        )
        return {
            **self._prepare_items(chosen),
            "reason_id": reason.id,
            "amount": self._check_amount(most if amount is None else amount, most, currency),
            "state": "to_confirm" if rejected else "done",
        }

    def _prepare_plan(self, values) -> dict:
        chosen = self._get_chosen(values)
        asked = self.env["credit.customer.action"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "plan"),
                ("plan_id.stage", "in", ("draft", "proposed")),
            ]
        )
        if asked:
            raise CustomerRefusal(
                self.env._("We have your proposal already and will answer it soon.")
            )
        number = int(customer_form.read_amount(values.get("number")) or 0)
        if not 2 <= number <= MAX_INSTALMENTS:
            raise CustomerRefusal(
                self.env._("Please choose between 2 and %s instalments.", MAX_INSTALMENTS)
            )
        if values.get("rhythm") not in RHYTHMS:
            raise CustomerRefusal(self.env._("Please choose how often you want to pay."))
        first = self._check_day(customer_form.read_date(values.get("date_first")), 90)
        return {
            **self._prepare_items(chosen),
            "amount": chosen[0]["currency"].round(sum(item["open"] for item in chosen)),
            "date_said": first,
            "instalments": number,
            "rhythm": values["rhythm"],
        }

    def _prepare_accept(self, values) -> dict:
        plan_id = customer_form.read_id(values.get("plan"))
        plan = self._get_proposed_plans().filtered(lambda plan: plan.id == plan_id)
        if not plan:
            raise CustomerRefusal(
                self.env._("This payment plan is no longer offered: please contact us.")
            )
        name = customer_form.read_line(values.get("name"), _LINE_SIZE)
        if not name or not values.get("agreed"):
            raise CustomerRefusal(self.env._("Please give your name and tick the box to agree."))
        return {
            "plan_id": plan.id,
            "currency_id": plan.currency_id.id,
            "amount": plan.amount,
            "item_names": ", ".join(plan.item_ids.mapped("name")),
            "reference": name,
        }

    def _prepare_paid(self, values) -> dict:
        chosen = self._get_chosen(values, "is_debt")
        today = self.company_id._get_credit_today()
        day = customer_form.read_date(values.get("date_paid"))
        if not day or not fields.Date.subtract(today, days=365) <= day <= today:
            raise CustomerRefusal(
                self.env._("Please give the day of the payment, today or earlier.")
            )
        currency = chosen[0]["currency"]
        most = currency.round(sum(item["open"] for item in chosen))
        amount = customer_form.read_amount(values.get("amount"))
        return {
            **self._prepare_items(chosen),
            "date_said": day,
            "amount": self._check_amount(most if amount is None else amount, 10 * most, currency),
            "reference": customer_form.read_line(values.get("reference"), _LINE_SIZE),
            "state": "to_confirm",
        }
