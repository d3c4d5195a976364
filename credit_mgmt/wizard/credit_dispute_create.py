from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditDisputeCreate(models.TransientModel):
    """Records that a customer disputes an invoice or a part of it."""

    _name = "credit.dispute.create"
    _description = "Record a Dispute"

    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        domain="[('state', '=', 'posted'), ('company_id', 'child_of', company_id),"
        " ('payment_state', 'in', ('not_paid', 'partial', 'in_payment', 'blocked')),"
        " ('move_type', 'in', ('out_invoice', 'out_receipt', 'entry')),"
        " ('commercial_partner_id', '=?', partner_id)]",
    )
    move_line_ids = fields.Many2many(
        "account.move.line",
        string="Instalments",
        compute="_compute_move_line_ids",
        store=True,
        readonly=False,
        domain="[('move_id', '=', move_id), ('account_id.account_type', '=', 'asset_receivable'),"
        " ('amount_residual', '>', 0)]",
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_free = fields.Monetary(
        string="Can Be Disputed",
        compute="_compute_amount_free",
        help="What is open and not disputed yet.",
    )
    amount = fields.Monetary(
        string="Disputed", compute="_compute_amount", store=True, readonly=False
    )
    reason_id = fields.Many2one("credit.dispute.reason", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        required=True,
        domain=[("share", "=", False)],
        help="Is to answer, in whatever department; needs no right on the books.",
    )
    date_deadline = fields.Date(
        string="Answer Until",
        required=True,
        default=lambda self: self._default_date_deadline(),
    )
    product_id = fields.Many2one(
        "product.product", compute="_compute_product_id", store=True, readonly=False
    )
    description = fields.Text(string="What the Customer Says")
    document = fields.Binary(attachment=False)
    document_name = fields.Char()

    @api.model
    def _default_date_deadline(self):
        company = self.env.company
        return company._add_credit_working_days(
            company._get_credit_today(), company.root_id.credit_dispute_days
        )

    @api.depends("move_id")
    def _compute_move_line_ids(self):
        for wizard in self:
            kept = wizard.move_line_ids.filtered(
                lambda line, wizard=wizard: line.move_id == wizard.move_id
            )
            wizard.move_line_ids = kept or wizard.move_id.line_ids.filtered(
                lambda line: (
                    line.account_id.account_type == "asset_receivable"
                    and line.amount_residual_currency > 0
                )
            )

    @api.depends("move_line_ids")
    def _compute_amount_free(self):
        for wizard in self:
            rows = self.env["credit.dispute"]._read_free(wizard.move_line_ids._origin)
            wizard.amount_free = sum(float(row["free"]) for row in rows.values())

    @api.depends("move_line_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.amount_free

    @api.depends("move_id")
    def _compute_product_id(self):
        for wizard in self:
            products = wizard.move_id.invoice_line_ids.product_id
            wizard.product_id = products if len(products) == 1 else False

    @api.depends("reason_id", "move_id")
    def _compute_user_id(self):
        for wizard in self:
            wizard.user_id = (
                wizard.reason_id.user_id or wizard.move_id.invoice_user_id or self.env.user
            )

    @api.model
    def _open(self, entries):
        """Open the wizard on the items of one invoice.

        :raises UserError: items of several invoices
        """
        entries = entries.filtered(lambda line: line.amount_residual_currency > 0)
        if len(entries.move_id) != 1:
            raise UserError(self.env._("Select the open items of one invoice to dispute."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": entries.partner_id.commercial_partner_id[:1].id,
                "default_company_id": entries.company_id.root_id.id,
                "default_move_id": entries.move_id.id,
                "default_move_line_ids": [fields.Command.set(entries.ids)],
            },
        }

    def action_confirm(self):
        """Record the dispute and show it."""
        self.ensure_one()
        if not self.amount:
            raise UserError(self.env._("The disputed amount must be above zero."))
        dispute = self.env["credit.dispute"]._dispute(
            self.move_line_ids,
            self.amount,
            self.reason_id,
            user_id=self.user_id.id,
            date_deadline=self.date_deadline,
            product_id=self.product_id.id,
            description=self.description,
        )
        if self.document:
            attachment = self.env["ir.attachment"].create(
                {
                    "name": self.document_name or self.move_id.name,
                    "datas": self.document,
                    "res_model": "credit.dispute",
                    "res_id": dispute.id,
                }
            )
            dispute.message_post(
                body=self.env._("Document of the customer"), attachment_ids=attachment.ids
            )
        if self.env.context.get("credit_stay"):
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.dispute",
            "res_id": dispute.id,
            "views": [(False, "form")],
        }
