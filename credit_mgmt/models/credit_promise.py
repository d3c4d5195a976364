from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_amount, format_date


class CreditPromise(models.Model):
    """A customer said when he pays what: reminders of these items wait until then, plus grace.

    Kept, partly kept or broken is what the ledger says; see ``credit.commitment``.
    """

    _name = "credit.promise"
    _description = "Promise to Pay"
    _inherit = ["credit.commitment"]
    _owner_field = "promise_id"

    state = fields.Selection(
        [
            ("open", "Awaited"),
            ("kept", "Kept"),
            ("partly_kept", "Partly kept"),
            ("broken", "Broken"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_progress",
        search="_search_state",
        help="Read from the ledger: what was paid or credited on the items by the promised dates, "
        "plus the days of grace.",
    )
    grace_days = fields.Integer(
        default=lambda self: self.env.company.root_id.credit_promise_grace_days,
        help="Days after a promised date until which the money may still arrive.",
    )
    line_ids = fields.One2many("credit.promise.line", "promise_id", string="Payments")
    item_ids = fields.One2many("credit.promise.item", "promise_id", string="Items")
    date_last = fields.Date(
        string="Promised For",
        compute="_compute_date_last",
        store=True,
        help="The last promised date.",
    )
    origin = fields.Selection(
        [
            ("call", "Phone call"),
            ("message", "E-mail or letter"),
            ("meeting", "Meeting"),
            ("customer", "Customer's own page"),
        ],
        string="Given By",
        default="call",
        required=True,
    )
    contact_id = fields.Many2one(
        "res.partner",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person who promised.",
    )
    reminder_date = fields.Date(
        string="Reminders Pause Until",
        compute="_compute_reminder_date",
        help="The next promised date plus the days of grace.",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.date")
    def _compute_date_last(self):
        for promise in self:
            promise.date_last = max(filter(None, promise.line_ids.mapped("date")), default=False)

    @api.depends("next_date", "grace_days", "state")
    def _compute_reminder_date(self):
        for promise in self:
            waits = promise.state == "open" and promise.next_date
            promise.reminder_date = waits and fields.Date.add(waits, days=promise.grace_days)

    @api.depends("date_last")
    def _compute_display_name(self):
        for promise in self:
            promise.display_name = self.env._(
                "%(customer)s: %(amount)s by %(date)s",
                customer=promise.partner_id.display_name or "",
                amount=format_amount(self.env, promise.amount, promise.currency_id)
                if promise.currency_id
                else "",
                date=format_date(self.env, promise.date_last) if promise.date_last else "",
            )

    # === STATE === #

    @api.model
    def _get_first_state(self) -> str:
        return "open"

    @api.model
    def _get_state_case(self, owner: SQL) -> SQL:
        return SQL(
            """
            CASE WHEN %(owner)s.cancelled_on IS NOT NULL THEN 'cancelled'
                 WHEN progress.missed_on IS NOT NULL AND progress.settled_missed > 0
                 THEN 'partly_kept'
                 WHEN progress.missed_on IS NOT NULL THEN 'broken'
                 WHEN progress.settled >= %(owner)s.amount THEN 'kept'
                 ELSE 'open' END
            """,
            owner=owner,
        )

    @api.model
    def _get_states_over(self) -> list[str]:
        return ["kept", "partly_kept", "broken", "cancelled"]

    # === CREATION === #

    @api.model
    def _promise(self, entries, parts, **values):
        """Record what a customer promises to pay for open items; reminders of them pause.

        The amount covers the items in the order of their due dates.

        :param entries: receivable journal items of one customer and currency
        :param parts: [(date, amount)] in the items' currency
        :param values: further values of the promise
        :return: the promise
        :raises UserError: nothing open, more promised than is open, a date or amount that cannot
            be, or items that are promised already
        """
        partner = entries.partner_id.commercial_partner_id
        company = entries.company_id.root_id
        if len(partner) != 1 or len(company) != 1 or len(entries.currency_id) != 1:
            raise UserError(
                self.env._("A promise is about the items of one customer in one currency.")
            )
        entries = self._get_open_entries(entries, entries.currency_id)
        parts = [(fields.Date.to_date(day), amount) for day, amount in parts]
        self._check_parts(company, entries.currency_id, parts)
        promise = self.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "currency_id": entries.currency_id.id,
                "amount": entries.currency_id.round(sum(amount for _day, amount in parts)),
                "user_id": partner.with_company(company).collector_id.id or self.env.uid,
                "grace_days": company.credit_promise_grace_days,
                **values,
            }
        )
        self.env["credit.promise.line"].create(
            [{"promise_id": promise.id, "date": day, "amount": amount} for day, amount in parts]
        )
        self.env["credit.promise.item"].create(promise._prepare_items(entries))
        promise._set_live(True)
        self.env["credit.contact.log"]._log(
            partner, company, "promise", note=promise.display_name, contact_id=promise.contact_id.id
        )
        return promise

    def _prepare_items(self, entries) -> list[dict]:
        """Return the values of the items: the amount is laid over them, the oldest first."""
        self.ensure_one()
        Item = self.env["credit.promise.item"]
        taken = Item.sudo().search([("move_line_id", "in", entries.ids), ("live", "=", True)])
        taken = taken.filtered(lambda item: item.promise_id.state == "open")
        if taken:
            raise UserError(
                self.env._(
                    "%(items)s: promised already. Cancel the promise %(promise)s first.",
                    items=", ".join(taken.mapped("name")),
                    promise=taken[0].promise_id.display_name,
                )
            )
        left, result = self.amount, []
        for entry in entries:
            amount = min(left, entry.amount_residual_currency)
            left = self.currency_id.round(left - amount)
            values = Item._prepare_item_values(entry)
            result.append(dict(values, promise_id=self.id, amount=amount))
            if self.currency_id.is_zero(left):
                break
        if not self.currency_id.is_zero(left):
            raise UserError(
                self.env._(
                    "More is promised than these items have open: %s too much.",
                    format_amount(self.env, left, self.currency_id),
                )
            )
        return result

    @api.model
    def _check_parts(self, company, currency, parts):
        """Refuse dates and amounts that no one can promise."""
        if not parts:
            raise UserError(self.env._("Say when the customer pays how much."))
        today = company._get_credit_today()
        for day, amount in parts:
            if not day or day < today:
                raise ValidationError(
                    self.env._("A promised date is in the past: choose today or later.")
                )
            if currency.compare_amounts(amount, 0) <= 0:
                raise ValidationError(self.env._("Each promised amount must be above zero."))

    # === END === #

    def action_cancel(self):
        """Ask why the promise no longer stands, and end it; reminders go on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel the promise"),
            "res_model": "credit.commitment.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_promise_id": self.id},
        }

    def _get_broken_summary(self) -> str:
        self.ensure_one()
        return self.env._(
            "Promise not kept: %(left)s of %(amount)s missing",
            left=format_amount(self.env, self.amount_left, self.currency_id),
            amount=format_amount(self.env, self.amount, self.currency_id),
        )

    @api.model
    def _cron_follow(self):
        """Close and tell, every night, what the ledger says about the promises."""
        self._follow_ledger()
