from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _message_post_after_hook(self, message, msg_values):
        """What a collector writes from the work list is a contact with the customer."""
        result = super()._message_post_after_hook(message, msg_values)
        company_id = self.env.context.get("credit_written_for")
        if company_id and message.message_type == "comment" and not message.is_internal:
            company = self.env["res.company"].browse(company_id)
            self.env["credit.contact.log"].with_context(credit_written_for=False)._log(
                self, company, "written", note=message.subject
            )
        return result
