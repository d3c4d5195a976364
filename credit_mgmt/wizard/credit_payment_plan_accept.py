from odoo import fields, models


class CreditPaymentPlanAccept(models.TransientModel):
    """Records who signed a payment plan for the customer, and when."""

    _name = "credit.payment.plan.accept"
    _description = "Accept a Payment Plan"

    plan_id = fields.Many2one("credit.payment.plan", required=True)
    name = fields.Char(string="Signed By", required=True)
    date = fields.Date(
        string="Signed On",
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
    )
    document = fields.Binary(string="Signed Agreement", attachment=False)
    document_name = fields.Char()

    def action_confirm(self):
        """Record the agreement, with the signed document if there is one."""
        self.ensure_one()
        self.plan_id.action_accept(self.name, self.date)
        if self.document:
            attachment = self.env["ir.attachment"].create(
                {
                    "name": self.document_name or self.plan_id.name,
                    "datas": self.document,
                    "res_model": "credit.payment.plan",
                    "res_id": self.plan_id.id,
                }
            )
            self.plan_id.message_post(
                body=self.env._("Agreement signed by %s", self.name),
                attachment_ids=attachment.ids,
            )
        return {"type": "ir.actions.act_window_close"}
