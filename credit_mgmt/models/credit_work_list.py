from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .credit_work_item import STEPS

#: Customers of the queue that are shown at once; the rest comes on demand.
PAGE = 100
#: Whose customers the queue has.
SCOPES = ("mine", "all", "unassigned")


class CreditWorkList(models.AbstractModel):
    """The screen *My day*: the customers to be treated, ranked, and the file of one of them."""

    _name = "credit.work.list"
    _description = "My Day"

    @api.model
    @api.readonly
    def get_data(self, options=None) -> dict:
        """Return the whole screen in one call, in a number of queries that does not grow.

        :param dict options: any of ``scope`` (mine, all, unassigned; mine by default for
            whoever has customers), ``state`` (todo, planned, waiting), ``step``, ``key``
            ([partner id, company id] of the file; the first of the queue by default), ``limit``
        :return: a dict that JSON can carry:

            * ``date``, ``user``; ``scope``, ``state``, ``step`` in force; ``steps``: {code: label}
            * ``counters``: {todo, planned, waiting, unassigned, mine, treated}: numbers of
              customers, ``treated`` by the user today; ``amounts``: {todo, ...}: overdue, in
              ``currency_id``, when all companies have the same
            * ``by_step``: [{code, label, count}] of what is to do
            * ``rows``: see ``_export_rows``; ``count``: of all
            * ``file``: see ``credit.work.file``, False when nobody is in the queue
        """
        options = self._get_options(options)
        ranking = self._read_ranking()
        mine = [row for row in ranking if row["collector_id"] == self.env.uid]
        scope = options["scope"] or ("mine" if mine else "all")
        in_scope = {
            "mine": mine,
            "all": ranking,
            "unassigned": [row for row in ranking if not row["collector_id"]],
        }[scope]
        chosen = [
            row
            for row in in_scope
            if row["state"] == options["state"] and options["step"] in (None, row["step"])
        ]
        items = self.env["credit.work.item"].browse(row["id"] for row in chosen[: options["limit"]])
        labels = dict(self.env["credit.work.item"]._fields["step"]._description_selection(self.env))
        todo = [row for row in in_scope if row["state"] == "todo"]
        counts = {code: sum(row["step"] == code for row in todo) for code, _label in STEPS}
        key = options["key"] or (
            [chosen[0]["partner_id"], chosen[0]["company_id"]] if chosen else None
        )
        return {
            "date": fields.Date.to_string(self.env.company._get_credit_today()),
            "user": self.env.user.name,
            "scope": scope,
            "state": options["state"],
            "step": options["step"] or False,
            "steps": labels,
            "counters": {
                **{
                    state: sum(row["state"] == state for row in in_scope)
                    for state in ("todo", "planned", "waiting")
                },
                "mine": sum(row["state"] == "todo" for row in mine),
                "all": sum(row["state"] == "todo" for row in ranking),
                "unassigned": sum(not row["collector_id"] for row in ranking),
                "treated": self._count_treated(),
            },
            "currency_id": self._get_currency(in_scope).id,
            "amount": sum(row["amount_overdue"] for row in chosen),
            "by_step": [
                {"code": code, "label": labels[code], "count": count}
                for code, count in counts.items()
                if count
            ],
            "rows": self._export_rows(items),
            "count": len(chosen),
            "file": self.env["credit.work.file"].get_file(*key) if key else False,
        }

    @api.model
    def _get_options(self, options) -> dict:
        """Return complete options; what a client made up is refused in words."""
        options = {
            "scope": None, "state": "todo", "step": None, "key": None, "limit": PAGE,
            **{name: value for name, value in (options or {}).items() if value},
        }  # fmt: skip
        key = options["key"]
        if (
            options["scope"] not in (None, *SCOPES)
            or options["state"] not in ("todo", "planned", "waiting")
            or options["step"] not in (None, *dict(STEPS))
            or not isinstance(options["limit"], int)
            or (key and not (isinstance(key, list | tuple) and list(map(type, key)) == [int, int]))
        ):
            raise UserError(self.env._("The work list cannot be shown that way."))
        return options

    @api.model
    def _read_ranking(self) -> list[dict]:
        """Return the whole list in its order, the columns that are counted only; one query."""
        items = self.env["credit.work.item"]
        query = items._search(Domain.TRUE, order=items._order)
        names = (
            "id", "partner_id", "company_id", "collector_id", "state", "step", "amount_overdue",
        )  # fmt: skip
        columns = (items._field_to_sql(query.table, name, query) for name in names)
        return [
            dict(zip(names, row, strict=True))
            for row in self.env.execute_query(query.select(*columns))
        ]

    @api.model
    def _count_treated(self) -> int:
        """Return how many customers the user treated today."""
        logs = self.env["credit.contact.log"]._read_group(
            [
                ("user_id", "=", self.env.uid),
                ("date", "=", fields.Date.to_string(self.env.company._get_credit_today())),
            ],
            [],
            ["partner_id:count_distinct"],
        )
        return logs[0][0]

    @api.model
    def _get_currency(self, rows):
        """Return the currency of amounts that are added up: none when there are several."""
        companies = self.env["res.company"].sudo().browse({row["company_id"] for row in rows})
        currencies = companies.currency_id or self.env.company.currency_id
        return currencies if len(currencies) == 1 else currencies.browse()

    @api.model
    def _export_rows(self, items) -> list[dict]:
        """Return work items for the screen.

        :return: list of {id, key, name, company, collector, state, step, step_label, reason,
            urgent, priority, points ([{code, label, text, points, weight}]), overdue, open,
            credit, disputed, promised, currency_id, days, items, level, planned_on}
        """
        labels = dict(items._fields["step"]._description_selection(self.env))
        several = len(self.env.companies.sudo().root_id) > 1
        return [
            {
                "id": item.id,
                "key": [item.partner_id.id, item.company_id.id],
                # An item that the user may read names its customer, whatever his company.
                "name": item.partner_id.sudo().display_name,
                "company": item.company_id.sudo().name if several else "",
                "collector": item.collector_id.name or "",
                "state": item.state,
                "step": item.step,
                "step_label": labels.get(item.step, ""),
                "reason": item.reason,
                "urgent": item.urgent,
                "priority": item.priority,
                "points": item._explain_points(),
                "overdue": item.amount_overdue,
                "open": item.amount_open,
                "credit": item.amount_credit,
                "disputed": item.amount_disputed,
                "promised": item.amount_promised,
                "currency_id": item.currency_id.id,
                "days": item.days_overdue,
                "items": item.item_count,
                "level": item.dunning_level_id.name or "",
                "planned_on": fields.Date.to_string(item.planned_on) or False,
            }
            for item in items
        ]

    # === ACTIONS === #

    @api.model
    def open_step(self, partner_id, company_id):
        """Return the action that does the next step of a customer.

        Steps that are done by speaking or writing have the buttons of the screen, and no action.
        """
        partner = self.env["res.partner"].browse(partner_id).with_company(company_id)
        Item = self.env["credit.work.item"].with_context(credit_work_partner=partner.id)
        row = Item.search([("partner_id", "=", partner_id), ("company_id", "=", company_id)])
        opener = getattr(self, f"_open_{row.step}", None) if row.step else None
        return opener(partner, row) if opener else False

    @api.model
    def _open_list(self, name, model, domain, views="list,form") -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": views,
            "views": [(False, mode) for mode in views.split(",")],
            "domain": domain,
            "context": {"create": False},
        }

    @api.model
    def _get_notices(self, partner, row, *domain) -> dict:
        return self._open_list(
            self.env._("Reminders"),
            "credit.dunning.notice",
            [("partner_id", "=", partner.id), ("company_id", "=", row.company_id.id), *domain],
        )

    @api.model
    def _open_broken(self, partner, row):
        return self._open_list(
            self.env._("Promises"),
            "credit.promise",
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", row.company_id.id),
                ("state", "in", ("broken", "partly_kept")),
            ],
        )

    @api.model
    def _open_answer(self, partner, row):
        return self._get_notices(partner, row, ("replied_on", "!=", False))

    @api.model
    def _open_delivery(self, partner, row):
        return self._open_list(
            self.env._("Deliveries"),
            "credit.dunning.delivery",
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", row.company_id.id),
                ("state", "in", ("failed", "uncertain")),
            ],
        )

    @api.model
    def _open_formal_notice(self, partner, row):
        return self._get_notices(partner, row, ("state", "=", "draft"))

    @api.model
    def _open_release(self, partner, row):
        return self._get_notices(partner, row, ("state", "=", "draft"))

    @api.model
    def _open_send(self, partner, row):
        return self._get_notices(partner, row, ("state", "=", "ready"))

    @api.model
    def _open_address(self, partner, row):
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": partner.id,
            "views": [(False, "form")],
        }

    @api.model
    def _open_check_payment(self, partner, row):
        return self._open_allocate(partner, row)

    @api.model
    def _open_allocate(self, partner, row):
        """Open the items of the customer: debts and what is not matched, to reconcile them."""
        return self._open_list(
            self.env._("Items to match"),
            "account.move.line",
            [
                ("partner_id", "child_of", partner.id),
                ("company_id", "child_of", row.company_id.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ],
        )

    @api.model
    def _open_dispute(self, partner, row):
        return partner.action_open_disputes() | {"views": [(False, "list"), (False, "form")]}

    @api.model
    def _open_instalment(self, partner, row):
        return partner.action_open_plans() | {"views": [(False, "list"), (False, "form")]}

    @api.model
    def _open_remind(self, partner, row):
        return partner.action_send_reminders()

    @api.model
    def open_call(self, partner_id, company_id, outcome):
        """Return the dialog that records the outcome of a call, or why a customer can wait.

        :param outcome: reached, message, no_answer, wrong_number or snoozed
        """
        labels = dict(
            self.env["credit.contact.log"]._fields["outcome"]._description_selection(self.env)
        )
        company = self.env["res.company"].browse(company_id)
        days = {"no_answer": 1, "message": 3, "snoozed": 5}.get(outcome)
        next_date = days and company._add_credit_working_days(company._get_credit_today(), days)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Snooze") if outcome == "snoozed" else labels[outcome],
            "res_model": "credit.contact.log",
            "view_mode": "form",
            "views": [(self.env.ref("credit_mgmt.credit_contact_log_view_form_call").id, "form")],
            "target": "new",
            "context": {
                "default_partner_id": partner_id,
                "default_company_id": company_id,
                "default_outcome": outcome,
                "default_next_date": fields.Date.to_string(next_date) if next_date else False,
                "dialog_size": "medium",
            },
        }

    @api.model
    def open_handover(self, partner_id, company_id):
        """Return the dialog that gives the customer to another collector."""
        return self.env["credit.work.handover"]._open(
            self.env["res.partner"].browse(partner_id), default_company_id=company_id
        )

    @api.model
    def open_writing(self, partner_id, company_id):
        """Return the composer of a message to whom reminders of the customer go to."""
        partner = self.env["res.partner"].browse(partner_id)
        recipients = self.env["credit.dunning.notice"]._get_recipients_by_partner(partner)
        reached = recipients[partner.id].filtered("email")[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write to %s", partner.display_name),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": "res.partner",
                "default_res_ids": partner.ids,
                "default_composition_mode": "comment",
                "default_partner_ids": (reached or partner).ids,
                "default_subject": self.env._("Your account"),
                # Read when the message is posted: what was written is a contact.
                "credit_written_for": company_id,
            },
        }

    @api.model
    def open_claim(self, partner_id, company_id, kind):
        """Return the dialog that records a promise, a dispute or a plan, and stays here.

        :param kind: promise, dispute or plan
        :raises UserError: nothing is open
        """
        partner = self.env["res.partner"].browse(partner_id).with_company(company_id)
        openers = {
            "promise": lambda: partner._get_open_debts().action_promise(),
            "dispute": lambda: self._open_dispute_dialog(partner, company_id),
            "plan": lambda: partner._get_open_debts().action_payment_plan(),
        }
        if kind not in openers:
            raise UserError(self.env._("The work list cannot be shown that way."))
        action = openers[kind]()
        return action | {
            "views": [(False, "form")],
            "target": "new",
            "context": {**action.get("context", {}), "credit_stay": True},
        }

    @api.model
    def _open_dispute_dialog(self, partner, company_id) -> dict:
        debts = partner._get_open_debts()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute"),
            "res_model": "credit.dispute.create",
            "view_mode": "form",
            "context": {
                "default_partner_id": partner.id,
                "default_company_id": company_id,
                # The oldest invoice that is disputed most often; another one can be chosen.
                "default_move_id": debts.sorted("date_maturity").move_id[:1].id,
            },
        }
