from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..tools import schedule


class CreditPromiseCreate(models.TransientModel):
    """Records what a customer promises to pay: the whole balance or chosen items, in parts."""

    _name = "credit.promise.create"
    _description = "Record a Promise to Pay"

    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    move_line_ids = fields.Many2many(
        "account.move.line",
        string="Items",
        compute="_compute_move_line_ids",
        store=True,
        readonly=False,
        domain="[('partner_id', 'child_of', partner_id), ('company_id', 'child_of', company_id),"
        " ('currency_id', '=', currency_id), ('account_id.account_type', '=', 'asset_receivable'),"
        " ('parent_state', '=', 'posted'), ('reconciled', '=', False),"
        " ('amount_residual', '>', 0)]",
    )
    amount_open = fields.Monetary(string="Open on These Items", compute="_compute_amount_open")
    amount = fields.Monetary(
        string="Promised",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="What the customer will pay: all that is open on the items, or less.",
    )
    date = fields.Date(
        string="By",
        required=True,
        default=lambda self: fields.Date.add(self.env.company._get_credit_today(), days=7),
    )
    number = fields.Integer(string="Payments", default=1, required=True)
    rhythm = fields.Selection(
        [
            ("week", "Every week"),
            ("fortnight", "Every two weeks"),
            ("month", "Every month"),
            ("month_end", "Last day of each month"),
        ],
        default="week",
    )
    line_ids = fields.One2many(
        "credit.promise.create.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    origin = fields.Selection(
        selection=lambda self: self.env["credit.promise"]._fields["origin"].selection,
        string="Given By",
        default="call",
        required=True,
    )
    contact_id = fields.Many2one(
        "res.partner",
        domain="[('commercial_partner_id', '=', partner_id), ('id', '!=', partner_id)]",
    )
    note = fields.Text()

    @api.depends("partner_id", "currency_id")
    def _compute_move_line_ids(self):
        for wizard in self:
            kept = wizard.move_line_ids.filtered(
                lambda line, wizard=wizard: (
                    line.partner_id.commercial_partner_id == wizard.partner_id
                    and line.currency_id == wizard.currency_id
                )
            )
            wizard.move_line_ids = kept or (
                self.env["credit.receivable"]
                .search(
                    [
                        ("partner_id", "=", wizard.partner_id.commercial_partner_id.id),
                        ("root_company_id", "=", wizard.company_id.id),
                        ("currency_id", "=", wizard.currency_id.id),
                        ("amount_residual", ">", 0),
                        ("kind", "!=", "payment"),
                        ("amount_promised", "=", 0),
                        ("state", "not in", ("legal", "factored", "plan", "disputed")),
                    ]
                )
                .move_line_id
                if wizard.partner_id
                else False
            )

    @api.depends("move_line_ids")
    def _compute_amount_open(self):
        for wizard in self:
            wizard.amount_open = sum(wizard.move_line_ids.mapped("amount_residual_currency"))

    @api.depends("move_line_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.amount_open

    @api.depends("amount", "date", "number", "rhythm")
    def _compute_line_ids(self):
        for wizard in self:
            lines = [fields.Command.clear()]
            if wizard.date and 1 <= wizard.number <= 24 and wizard.amount > 0:
                days = schedule.dates(wizard.date, wizard.number, wizard.rhythm or "week")
                amounts = schedule.split_float(
                    wizard.amount, wizard.number, wizard.currency_id.decimal_places
                )
                lines += [
                    fields.Command.create({"date": day, "amount": amount})
                    for day, amount in zip(days, amounts, strict=True)
                ]
            wizard.line_ids = lines

    @api.model
    def _open(self, entries):
        """Open the wizard on journal items of one customer.

        :raises UserError: items of several customers, or none that is open
        """
        entries = entries.filtered(lambda line: line.amount_residual_currency > 0)
        partner = entries.partner_id.commercial_partner_id
        if len(partner) != 1:
            raise UserError(self.env._("Select open items of one customer: he makes the promise."))
        # Several currencies: a promise for each; the first one is offered.
        currency = entries[0].currency_id
        entries = entries.filtered(lambda line: line.currency_id == currency)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to pay"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": partner.id,
                "default_company_id": entries[0].company_id.root_id.id,
                "default_currency_id": currency.id,
                "default_move_line_ids": [fields.Command.set(entries.ids)],
            },
        }

    def action_confirm(self):
        """Record the promise and show it."""
        self.ensure_one()
        if self.number > 1 or len(self.line_ids) > 1:
            total = sum(self.line_ids.mapped("amount"))
            if self.currency_id.compare_amounts(total, self.amount):
                raise UserError(
                    self.env._(
                        "The payments add up to %(total)s, not to %(amount)s.",
                        total=format_amount(self.env, total, self.currency_id),
                        amount=format_amount(self.env, self.amount, self.currency_id),
                    )
                )
            parts = [(line.date, line.amount) for line in self.line_ids]
        else:
            parts = [(self.date, self.amount)]
        promise = self.env["credit.promise"]._promise(
            self.move_line_ids,
            sorted(parts),
            origin=self.origin,
            contact_id=self.contact_id.id,
            note=self.note,
        )
        if self.env.context.get("credit_stay"):
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.promise",
            "res_id": promise.id,
            "views": [(False, "form")],
        }


class CreditPromiseCreateLine(models.TransientModel):
    """A date and amount of the promise that is being recorded."""

    _name = "credit.promise.create.line"
    _description = "Promised Payment"
    _order = "date, id"

    wizard_id = fields.Many2one("credit.promise.create", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True)
