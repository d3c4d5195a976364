from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditWorkHandover(models.TransientModel):
    """Gives customers to another collector, with what was planned for them."""

    _name = "credit.work.handover"
    _description = "Hand Customers Over"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    collector_id = fields.Many2one(
        "res.users", string="To", required=True, domain=[("share", "=", False)]
    )
    note = fields.Text(string="What to Know")

    @api.model
    def _open(self, partners, **context):
        """Open the wizard on customers.

        :raises UserError: none is chosen
        """
        if not partners:
            raise UserError(self.env._("Select at least one customer."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_ids": [fields.Command.set(partners.commercial_partner_id.ids)],
                **context,
            },
        }

    def action_hand_over(self):
        """Change the collector, log it, and give the open activities to the new one."""
        self.ensure_one()
        company = self.company_id
        partners = self.partner_ids.commercial_partner_id.with_company(company)
        earlier = partners.collector_id | self.env.user
        # Portfolios are the credit department's, whoever may edit contacts.
        partners.sudo().write({"collector_id": self.collector_id.id})
        # What the new collector should know is what he is to read today.
        task = {"next_date": company._get_credit_today(), "next_step": self.note}
        for partner in partners:
            self.env["credit.contact.log"]._log(
                partner,
                company,
                "handed_over",
                note=" · ".join(filter(None, (self.collector_id.name, self.note))),
                **(task if self.note else {}),
            )
        self.env["credit.collector.cover"]._move_activities(
            self.env["credit.collector.cover"]._search_activities(earlier, company, partners),
            self.collector_id,
        )
        return {"type": "ir.actions.act_window_close"}
