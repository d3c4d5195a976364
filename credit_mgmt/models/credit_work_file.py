from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import html2plaintext

from ..tools import placeholders

#: So many items, contacts, and rows of everything else are shown; the lists have the rest.
MAX_ITEMS = 30
MAX_HISTORY = 12
MAX_ROWS = 6


class CreditWorkFile(models.AbstractModel):
    """What a collector wants to have in sight while speaking with a customer, in one answer."""

    _name = "credit.work.file"
    _description = "Customer's File on the Work List"

    @api.model
    @api.readonly
    def get_file(self, partner_id, company_id) -> dict:
        """Return the file of a customer towards a main company.

        To be extended by ``super() | {...}``.

        :return: a dict that JSON can carry, dates in ISO, amounts with their ``currency_id``:

            * ``key`` ([partner id, company id]), ``name``, ``company``, ``currency_id``
            * ``contacts``: [{id, name, function, phone, email, is_recipient}]
            * ``notes``: text; ``collector``: {id, name} or False
            * ``row``: see ``credit.work.list``; False when nothing is open
            * ``items``: [{id, name, kind, kind_label, due, days, amount, currency_id, state,
              state_label, note}] and ``item_count``
            * ``history``: [{model, id, date, icon, title, text, user}], the latest first
            * ``promises``, ``disputes``, ``plans``: [{model, id, name, state, state_label, date,
              amount, currency_id}], the latest first
            * ``activities``: [{id, summary, date, user, model, res_id}]
            * ``alerts``: [{model, id, name, severity}]
            * ``script``: HTML of what to say on the phone
        """
        partner = self.env["res.partner"].browse(partner_id).with_company(company_id)
        company = self.env["res.company"].browse(company_id)
        partner.check_access("read")
        Item = self.env["credit.work.item"].with_context(credit_work_partner=partner.id)
        row = Item.search(self._get_domain(partner, company))
        recipients = self.env["credit.dunning.notice"]._get_recipients_by_partner(partner)
        items = self.env["credit.receivable"].search(
            [("partner_id", "=", partner.id), ("root_company_id", "=", company.id)]
        )
        main = company.sudo()  # what a branch's user works on belongs to its main company
        return {
            "key": [partner.id, company.id],
            "name": partner.display_name,
            "company": main.name,
            "currency_id": main.currency_id.id,
            "contacts": self._get_contacts(partner, recipients[partner.id]),
            "notes": html2plaintext(partner.comment or "").strip(),
            "collector": {"id": partner.collector_id.id, "name": partner.collector_id.name}
            if partner.collector_id
            else False,
            "row": self.env["credit.work.list"]._export_rows(row)[0] if row else False,
            "items": self._get_items(items[:MAX_ITEMS]),
            "item_count": len(items),
            "history": self._get_history(partner, company),
            "promises": self._get_claims("credit.promise", partner, company),
            "disputes": self._get_claims("credit.dispute", partner, company),
            "plans": self._get_claims("credit.payment.plan", partner, company),
            "activities": self._get_activities(partner, company),
            "alerts": self._get_alerts(partner, company),
            "script": self._get_script(partner, main, items, row, recipients[partner.id]),
        }

    @api.model
    def _get_domain(self, partner, company) -> Domain:
        return Domain("partner_id", "=", partner.id) & Domain("company_id", "=", company.id)

    # === PARTS === #

    @api.model
    def _get_contacts(self, partner, recipients) -> list[dict]:
        people = recipients | partner.child_ids.filtered(
            lambda contact: contact.phone or contact.email
        )
        return [
            {
                "id": person.id,
                "name": person.name or person.display_name,
                "function": person.function or "",
                "phone": person.phone or "",
                "email": person.email or "",
                "is_recipient": person == recipients[:1],
            }
            for person in people[:MAX_ROWS]
        ]

    @api.model
    def _get_items(self, items) -> list[dict]:
        states = dict(items._fields["state"]._description_selection(self.env))
        kinds = dict(items._fields["kind"]._description_selection(self.env))
        reasons = dict(items._selection_exclusion_reason())
        return [
            {
                "id": item.id,
                "name": item.name or item.ref or "",
                "kind": item.kind,
                "kind_label": kinds[item.kind],
                "due": fields.Date.to_string(item.date_maturity),
                "days": item.days_overdue,
                "amount": item.amount_residual_currency,
                "currency_id": item.currency_id.id,
                "state": item.state,
                "state_label": states[item.state],
                "note": reasons.get(item.exclusion_reason) or item.dunning_level_id.name or "",
            }
            for item in items
        ]

    @api.model
    def _get_history(self, partner, company) -> list[dict]:
        """Return what was sent and said last: reminders, answers, contacts."""
        domain = self._get_domain(partner, company)
        logs = self.env["credit.contact.log"].search(domain, limit=MAX_HISTORY)
        outcomes = dict(logs._fields["outcome"]._description_selection(self.env))
        icons = {"written": "fa-pencil", "snoozed": "fa-clock-o", "handed_over": "fa-share"}
        entries = [
            {
                "model": log._name,
                "id": log.id,
                "date": fields.Date.to_string(log.date),
                "icon": icons.get(log.outcome, "fa-phone"),
                "title": outcomes[log.outcome],
                "text": " · ".join(filter(None, (log.contact_id.name, log.note))),
                "user": log.user_id.name,
            }
            for log in logs
        ]
        notices = self.env["credit.dunning.notice"].search(
            domain & Domain("state", "not in", ("draft", "cancelled")), limit=MAX_HISTORY
        )
        states = dict(notices._fields["state"]._description_selection(self.env))
        for notice in notices:
            entry = {
                "model": notice._name,
                "id": notice.id,
                "user": notice.collector_id.name or "",
            }
            entries.append(
                entry
                | {
                    "date": fields.Date.to_string(notice.sent_date or notice.date),
                    "icon": "fa-envelope-o",
                    "title": notice.level_id.name,
                    "text": " · ".join(filter(None, (notice.channel_names, states[notice.state]))),
                }
            )
            if notice.replied_on:
                entries.append(
                    entry
                    | {
                        "date": fields.Date.to_string(notice.replied_on.date()),
                        "icon": "fa-reply",
                        "title": self.env._("Answer of the customer"),
                        "text": notice.name,
                    }
                )
        entries.sort(key=lambda entry: (entry["date"], entry["id"]), reverse=True)
        return entries[:MAX_HISTORY]

    @api.model
    def _get_claims(self, model, partner, company) -> list[dict]:
        """Return the last promises, disputes or plans of a customer."""
        claims = self.env[model].search(self._get_domain(partner, company), limit=MAX_ROWS)
        states = dict(claims._fields["state"]._description_selection(self.env))
        days = {"credit.promise": "date_last", "credit.dispute": "date_deadline"}
        return [
            {
                "model": model,
                "id": claim.id,
                "name": claim.reason_id.name if model == "credit.dispute" else claim.display_name,
                "state": claim.state,
                "state_label": states[claim.state],
                "date": fields.Date.to_string(
                    claim[days[model]] if model in days else claim.next_date
                )
                or False,
                "amount": claim.amount,
                "currency_id": claim.currency_id.id,
            }
            for claim in claims
        ]

    @api.model
    def _get_activities(self, partner, company) -> list[dict]:
        """Return what is planned with the customer, on whatever of our documents."""
        of_customer = self._get_domain(partner, company)
        domain = Domain("res_model", "=", "res.partner") & Domain("res_id", "=", partner.id)
        for model in (
            "credit.dunning.notice", "credit.promise", "credit.dispute", "credit.payment.plan",
            "credit.wait.request",
        ):  # fmt: skip
            records = self.env[model]._search(of_customer)
            domain |= Domain("res_model", "=", model) & Domain("res_id", "in", records)
        activities = self.env["mail.activity"].search(
            domain, order="date_deadline, id", limit=MAX_ROWS
        )
        return [
            {
                "id": activity.id,
                "summary": activity.summary or activity.activity_type_id.name or "",
                "date": fields.Date.to_string(activity.date_deadline),
                "user": activity.user_id.name or "",
                "model": activity.res_model,
                "res_id": activity.res_id,
            }
            for activity in activities
        ]

    @api.model
    def _get_alerts(self, partner, company) -> list[dict]:
        """Return the risks of a customer that are true now, where alerts are known."""
        if "credit.alert" not in self.env:
            return []
        alerts = self.env["credit.alert"].search(
            self._get_domain(partner, company) & Domain("live", "=", True), limit=MAX_ROWS
        )
        return [
            {
                "model": alert._name,
                "id": alert.id,
                "name": alert.message,
                "severity": alert.severity,
            }
            for alert in alerts
        ]

    # === PHONE SCRIPT === #

    @api.model
    def _get_script(self, partner, company, items, row, recipients) -> str:
        """Return what to say on the phone: the call text of the level that comes next.

        A level without one borrows that of the level before it; a policy without any has a
        short text of ours. The text is in the language of the recipient.
        """
        contact = recipients[:1]
        language = contact.lang or company.partner_id.lang or self.env.lang
        notice = self.with_context(lang=language)._make_notice(partner, company, items, contact)
        level = row.dunning_level_id or items.dunning_level_id.sorted("delay_days")[-1:]
        candidates = (level.policy_id or items.dunning_policy_id[:1]).level_ids.sorted("delay_days")
        with_text = candidates.filtered("call_script")
        before = with_text.filtered(lambda other: other.delay_days <= level.delay_days)
        chosen = (before[-1:] or with_text[:1]).with_context(lang=language)
        values = notice._get_placeholder_values()
        # What the customer can find among his papers: the last reminder, or the invoices.
        last = self.env["credit.dunning.notice"].search(
            self._get_domain(partner, company) & Domain("sent_date", "!=", False), limit=1
        )
        values["reference"] = last.name or values["invoice_list"]
        text = chosen.call_script or notice.env._(
            "Good morning, this is {collector} from {company}. May I speak to the person who "
            "handles your supplier payments?\n\n"
            "I am calling about {amount_overdue}, open since {oldest_due_date}: {invoice_list}. "
            "Is anything in the way of the payment? By when may we expect it?"
        )
        return str(placeholders.fill_html(text, values))

    @api.model
    def _make_notice(self, partner, company, items, contact):
        """Return a notice in memory that says what a call would be about; nothing is written."""
        today = company._get_credit_today()
        return self.env["credit.dunning.notice"].new(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "contact_id": contact.id,
                "collector_id": partner.collector_id.id or self.env.uid,
                "date": today,
                "level_id": items.dunning_level_id[:1].id,
                "line_ids": [
                    Command.create(
                        {
                            "name": item.name,
                            "kind": "credit"
                            if item.amount_residual < 0
                            else "claimed"
                            if item.days_overdue > 0
                            else "not_due",
                            "date_maturity": item.date_maturity,
                            "days_overdue": item.days_overdue,
                            "currency_id": item.currency_id.id,
                            "amount_residual": item.amount_residual,
                            "amount_residual_currency": item.amount_residual_currency,
                        }
                    )
                    for item in items
                    if item.state not in ("disputed", "legal", "factored")
                ],
            }
        )
