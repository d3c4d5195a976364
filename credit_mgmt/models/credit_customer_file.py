from odoo import api, fields, models
from odoo.fields import Domain

from ..const import PAYMENT_KINDS
from ..tools import aging

#: How many rows the lists of the page show; the rest is one click away.
_ROWS = 5
_DELAY_MONTHS = 12


class CreditCustomerFile(models.AbstractModel):
    """The credit page of a customer: everything that a call about money needs, in one answer.

    It is read with the rights of the user, for the user's main company and its branches. Each
    figure carries the action that lists what it counts.
    """

    _name = "credit.customer.file"
    _description = "Credit Page of a Customer"

    # === ENTRY === #

    @api.model
    @api.readonly
    def get_file(self, partner_id) -> dict:
        """Return the sections of the page of a customer, in one call.

        :param int partner_id: the customer or one of the contacts
        :return: {name of the section: what its ``_get_section_<name>`` returns}, in order, JSON
        """
        partner = self.env["res.partner"].browse(partner_id).exists().commercial_partner_id
        company = self.env.company.root_id
        partner = partner.with_company(company)
        partner.check_access("read")
        return {
            name: getattr(self, f"_get_section_{name}")(partner, company)
            for name in self._get_sections()
        }

    @api.model
    def _get_sections(self) -> list[str]:
        """Return the names of the sections, in order.

        To be extended along with a method ``_get_section_<name>(partner, company)``, called with
        the commercial entity and the root company, which returns what JSON can carry. Amounts are
        in the company's currency unless a row brings its own ``currency_id``, dates ISO.
        """
        return [
            "customer", "next_action", "limit", "exposure", "ageing", "delay", "score", "alerts",
            "promises", "disputes", "plans", "late_costs", "solvency", "contacts",
        ]  # fmt: skip

    # === HELPERS === #

    @api.model
    def _open(self, name, model, domain, views="list,form", **context) -> dict:
        return self.env["credit.dashboard"]._open_list(name, model, domain, views, **context)

    @api.model
    def _open_form(self, record) -> dict:
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    @api.model
    def _get_label(self, record, name) -> str:
        """Return the selected value of a field in words."""
        return dict(record._fields[name]._description_selection(self.env)).get(record[name], "")

    @api.model
    def _get_items_domain(self, partner, company) -> Domain:
        today = fields.Date.to_string(company._get_credit_today())
        return (
            Domain("partner_id", "=", partner.id)
            & Domain("root_company_id", "=", company.id)
            & Domain("date", "<=", today)
        )

    # === SECTIONS === #

    @api.model
    def _get_section_customer(self, partner, company) -> dict:
        """Who is called: names, numbers, who is in charge."""
        contacts = partner.child_ids.filtered("dunning_contact") or partner
        return {
            "id": partner.id,
            "name": partner.display_name,
            "company": company.name,
            "currency_id": company.currency_id.id,
            "date": fields.Date.to_string(company._get_credit_today()),
            "city": partner.city or "",
            "vat": partner.vat or "",
            "collector": partner.collector_id.name or "",
            "salesperson": partner.user_id.name or "",
            "risk_class": partner.risk_class_id.display_name or "",
            "is_user": self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"),
            "people": [
                {
                    "id": contact.id,
                    "name": contact.name or contact.display_name,
                    "phone": contact.phone or "",
                    "email": contact.email or "",
                }
                for contact in contacts
            ],
            "action": self._open_form(partner),
        }

    @api.model
    def _get_section_next_action(self, partner, company) -> dict:
        """What happens next by itself, and what somebody has planned."""
        dashboard = self.env["credit.dashboard"]
        today = company._get_credit_today()
        domain = self._get_items_domain(partner, company) & dashboard._get_overdue_domain(today)
        step = dashboard._get_next_steps(partner, domain).get(partner.id)
        activities = partner.activity_ids.sorted("date_deadline")[:_ROWS]
        return {
            "step": step or False,
            "activities": [
                {
                    "id": activity.id,
                    "label": activity.summary or activity.activity_type_id.name,
                    "date": fields.Date.to_string(activity.date_deadline),
                    "user": activity.user_id.name or "",
                }
                for activity in activities
            ],
        }

    @api.model
    def _get_section_limit(self, partner, company) -> dict:
        """What the customer may owe, and whether he is held."""
        return {
            "amount": partner.credit_limit_in_force,
            "unlimited": partner.credit_unlimited,
            "source": self._get_label(partner, "credit_limit_source"),
            "available": partner.credit_available,
            "usage": partner.credit_usage,
            "hold": partner.credit_hold or "none",
            "hold_reason": partner.credit_hold_reason or "",
            "hold_until": fields.Date.to_string(partner.credit_hold_until),
            "review_date": fields.Date.to_string(partner.credit_review_date),
            "action": self._open(
                self.env._("History of the limit"),
                "credit.limit.change",
                [("partner_id", "=", partner.id)],
            ),
        }

    @api.model
    def _get_section_exposure(self, partner, company) -> dict:
        """What he owes or is about to owe, in disjoint components."""
        rows = partner.credit_exposure_table
        return {"total": partner.credit_exposure, "rows": rows}

    @api.model
    def _get_section_ageing(self, partner, company) -> dict:
        """His open items by age; credits and unallocated payments apart."""
        dashboard = self.env["credit.dashboard"]
        Receivable = self.env["credit.receivable"]
        today = company._get_credit_today()
        own = self._get_items_domain(partner, company)
        debts = dashboard._get_debt_domain()
        amounts = {
            bucket: amount
            for bucket, amount in Receivable._read_group(
                own & debts, ["bucket"], ["amount_residual:sum"]
            )
        }
        bounds = aging.bucket_bounds(aging.DEFAULT_EDGES)

        def show(label, domain):
            return self._open(
                f"{label}: {partner.display_name}",
                "credit.receivable",
                own & domain,
                "list,kanban,pivot,graph,calendar,form",
            )

        bars = [
            {
                "code": code,
                "label": label,
                "value": amounts.get(code, 0.0),
                "action": show(label, dashboard._get_bucket_domain(today, *bounds[int(code)])),
            }
            for code, label in Receivable._fields["bucket"]._description_selection(self.env)
        ]
        credits = Domain("amount_residual", "<", 0) | Domain("kind", "=", "payment")
        [[unallocated]] = Receivable._read_group(own & credits, [], ["amount_residual:sum"])
        if unallocated:
            label = self.env._("Credits and unallocated payments")
            bars.append(
                {
                    "code": "unallocated",
                    "label": label,
                    "value": unallocated,
                    "action": show(label, credits),
                }
            )
        return {
            "help": self.env._(
                "Open items by the days past their own due date; due today is not overdue."
            ),
            "overdue": partner.amount_overdue,
            "days_overdue": partner.days_overdue_max,
            "bars": bars,
            "action": show(self.env._("Receivables"), Domain.TRUE),
            "overdue_action": show(self.env._("Overdue"), dashboard._get_overdue_domain(today)),
        }

    @api.model
    def _get_section_delay(self, partner, company) -> dict:
        """How late he paid, month by month."""
        today = company._get_credit_today()
        first = fields.Date.start_of(fields.Date.subtract(today, months=_DELAY_MONTHS - 1), "month")
        domain = (
            Domain("kind", "in", PAYMENT_KINDS)
            & Domain("root_company_id", "=", company.id)
            & Domain("partner_id", "=", partner.id)
            & Domain("date", ">=", fields.Date.to_string(first))
            & Domain("date", "<=", fields.Date.to_string(today))
        )
        found = {
            month: (delay, amount)
            for month, delay, amount in self.env["credit.kpi.settlement"]._read_group(
                domain, ["date:month"], ["delay_days:avg", "amount:sum"]
            )
        }
        months = [fields.Date.add(first, months=number) for number in range(_DELAY_MONTHS)]
        return {
            "average": partner.average_delay_days,
            "months": [
                {
                    "date": fields.Date.to_string(month),
                    "delay": found[month][0] if month in found else None,
                    "amount": found[month][1] if month in found else 0.0,
                }
                for month in months
            ],
            "action": self._open(
                self.env._("Payments and their delay"),
                "credit.kpi.settlement",
                domain,
                "list,graph,pivot,form",
            ),
        }

    @api.model
    def _get_section_score(self, partner, company) -> dict:
        """What the score says, and why."""
        # As the fields of the customer: figures of a customer that the user reads.
        row = self.env["credit.risk.score"].sudo()._get_scores(partner, company)[partner.id]
        proposed = partner.risk_class_proposed_id
        return {
            "score": row["score"],
            "grade": row["grade"] or False,
            "components": row["components"],
            "class_proposed": proposed != partner.risk_class_id and proposed.display_name or "",
        }

    @api.model
    def _get_section_alerts(self, partner, company) -> dict:
        """What the rules found, the worst first; snoozed ones at the end."""
        domain = [("partner_id", "=", partner.id), ("company_id", "=", company.id),
                  ("live", "=", True)]  # fmt: skip
        alerts = self.env["credit.alert"].search(domain)
        alerts = alerts.sorted(lambda alert: (alert.state == "snoozed", -int(alert.severity)))
        return {
            "rows": [
                {
                    "id": alert.id,
                    "severity": alert.severity,
                    "severity_label": self._get_label(alert, "severity"),
                    "message": alert.message,
                    "date": fields.Date.to_string(alert.date),
                    "state": alert.state,
                    "snooze_until": fields.Date.to_string(alert.snooze_until),
                    "snooze_reason": alert.snooze_reason or "",
                    "action": self._open_form(alert),
                }
                for alert in alerts
            ],
            "action": self._open(
                self.env._("Alerts"),
                "credit.alert",
                [("partner_id", "=", partner.id)],
                "list,kanban,graph,pivot,activity,form",
            ),
        }

    @api.model
    def _get_section_promises(self, partner, company) -> dict:
        """What he promised to pay, the newest first."""
        domain = [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        promises = self.env["credit.promise"].search(domain, limit=_ROWS)
        return {
            "rows": [
                {
                    "id": promise.id,
                    "amount": promise.amount,
                    "left": promise.amount_left,
                    "currency_id": promise.currency_id.id,
                    "date": fields.Date.to_string(promise.date_last),
                    "state": promise.state,
                    "state_label": self._get_label(promise, "state"),
                    "action": self._open_form(promise),
                }
                for promise in promises
            ],
            "action": self._open(self.env._("Promises"), "credit.promise", domain),
        }

    @api.model
    def _get_section_disputes(self, partner, company) -> dict:
        """What he contests."""
        domain = [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        disputes = self.env["credit.dispute"].search([*domain, ("live", "=", True)], limit=_ROWS)
        return {
            "rows": [
                {
                    "id": dispute.id,
                    "name": dispute.move_name or "",
                    "reason": dispute.reason_id.name,
                    "amount": dispute.amount_left,
                    "currency_id": dispute.currency_id.id,
                    "date": fields.Date.to_string(dispute.date),
                    "days": dispute.days_open,
                    "owner": dispute.user_id.name,
                    "state": dispute.state,
                    "state_label": self._get_label(dispute, "state"),
                    "action": self._open_form(dispute),
                }
                for dispute in disputes
            ],
            "action": self._open(self.env._("Disputes"), "credit.dispute", domain),
        }

    @api.model
    def _get_section_plans(self, partner, company) -> dict:
        """The payment plans that run or wait for an answer."""
        domain = [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        plans = self.env["credit.payment.plan"].search(domain, limit=_ROWS)
        return {
            "rows": [
                {
                    "id": plan.id,
                    "amount": plan.amount,
                    "left": plan.amount_left,
                    "currency_id": plan.currency_id.id,
                    "date": fields.Date.to_string(plan.next_date),
                    "state": plan.state,
                    "state_label": self._get_label(plan, "state"),
                    "action": self._open_form(plan),
                }
                for plan in plans
            ],
            "action": self._open(self.env._("Payment plans"), "credit.payment.plan", domain),
        }

    @api.model
    def _get_section_late_costs(self, partner, company) -> dict:
        """Interest and indemnities to date that nobody booked or waived yet."""
        rows = self.env["credit.late.cost"].search(
            [
                ("partner_id", "=", partner.id),
                ("root_company_id", "=", company.id),
                ("to_claim", "=", True),
            ]
        )
        today = company._get_credit_today()

        def total(name):
            return company.currency_id.round(
                sum(
                    currency._convert(sum(same.mapped(name)), company.currency_id, company, today)
                    for currency, same in rows.grouped("currency_id").items()
                )
            )

        interest, indemnity = total("late_interest"), total("late_indemnity")
        return {
            "interest": interest,
            "indemnity": indemnity,
            "total": interest + indemnity,
            "action": partner.action_open_late_costs(),
        }

    @api.model
    def _get_section_solvency(self, partner, company) -> dict:
        """What others say about him."""
        domain = [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        notes = self.env["credit.solvency.note"].search(domain, limit=_ROWS)
        return {
            "rows": [
                {
                    "id": note.id,
                    "source": self._get_label(note, "source"),
                    "provider": note.provider or "",
                    "value": note.value,
                    "scale": note.scale or "",
                    "date": fields.Date.to_string(note.date),
                    "date_expiry": fields.Date.to_string(note.date_expiry),
                    "expired": note.expired,
                    "action": self._open_form(note),
                }
                for note in notes
            ],
            "action": self._open(
                self.env._("Solvency notes"),
                "credit.solvency.note",
                domain,
                create=True,
                default_partner_id=partner.id,
            ),
        }

    @api.model
    def _get_section_contacts(self, partner, company) -> dict:
        """The last contacts: reminders, and what people wrote or logged about him."""
        notices = self.env["credit.dunning.notice"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("state", "=", "sent"),
            ],
            order="date desc, id desc",
            limit=_ROWS,
        )
        rows = [
            {
                "id": f"notice-{notice.id}",
                "kind": "reminder",
                "date": fields.Date.to_string(notice.date),
                "label": notice.level_id.name or notice.name,
                "author": ", ".join(notice.delivery_ids.channel_id.mapped("name")),
                "action": self._open_form(notice),
            }
            for notice in notices
        ]
        people = partner | partner.child_ids
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "res.partner"),
                ("res_id", "in", people.ids),
                ("message_type", "in", ("comment", "email", "email_outgoing")),
            ],
            order="date desc, id desc",
            limit=_ROWS,
        )
        activity = self.env.ref("mail.mt_activities")
        done = self.env["mail.message"].search(
            [
                ("model", "=", "res.partner"),
                ("res_id", "in", people.ids),
                ("subtype_id", "=", activity.id),
            ],
            order="date desc, id desc",
            limit=_ROWS,
        )
        for message in messages | done:
            day = fields.Datetime.context_timestamp(self, message.date).date()
            rows.append(
                {
                    "id": f"message-{message.id}",
                    "kind": "message",
                    "date": fields.Date.to_string(day),
                    "label": message.preview or message.subject or "",
                    "author": message.author_id.name or message.email_from or "",
                    "action": self._open_form(partner.browse(message.res_id)),
                }
            )
        rows.sort(key=lambda row: (row["date"], row["id"]), reverse=True)
        return {
            "rows": rows[:_ROWS],
            "last_reminder": fields.Date.to_string(notices[:1].date),
            "action": self._open(
                self.env._("Reminders"),
                "credit.dunning.notice",
                [("partner_id", "=", partner.id), ("company_id", "=", company.id)],
                "list,kanban,form",
            ),
        }
