from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditWaitRequestCreate(models.TransientModel):
    """Asks, for customers or items, to leave them alone until a date."""

    _name = "credit.wait.request.create"
    _description = "Ask to Wait"

    partner_ids = fields.Many2many("res.partner", string="Customers")
    receivable_ids = fields.Many2many(
        "credit.receivable", string="Items", compute="_compute_receivable_ids"
    )
    # Ids only: a salesperson may have no right on journal items.
    item_refs = fields.Json()
    reason = fields.Char(required=True)
    date_until = fields.Date(
        string="Wait Until",
        required=True,
        default=lambda self: fields.Date.add(self.env.company._get_credit_today(), days=14),
    )

    @api.depends("item_refs")
    def _compute_receivable_ids(self):
        for wizard in self:
            wizard.receivable_ids = self.env["credit.receivable"].search(
                [("id", "in", wizard.item_refs or [])]
            )

    @api.model
    def _open(self, items=None, partners=None):
        if not items and not partners:
            raise UserError(self.env._("Select at least one customer or open item."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask to wait"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_item_refs": items.ids if items else [],
                "default_partner_ids": [
                    fields.Command.set(partners.commercial_partner_id.ids if partners else [])
                ],
            },
        }

    def action_confirm(self):
        """Ask; a credit user decides."""
        self.ensure_one()
        common = {"reason": self.reason, "date_until": self.date_until}
        values = [
            {
                **common,
                "partner_id": partner.id,
                "company_id": self.env.company.root_id.id,
            }
            for partner in self.partner_ids
        ]
        values += [
            {
                **common,
                "partner_id": item.partner_id.id,
                "move_line_id": item.id,
                "move_name": item.name,
                "company_id": item.root_company_id.id,
            }
            for item in self.receivable_ids
            if item.partner_id
        ]
        self.env["credit.wait.request"].create(values)
        return {"type": "ir.actions.act_window_close"}
