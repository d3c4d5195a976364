from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_alerts = fields.Boolean(
        help="Alert rules are looked at every night and when something happens. Switched on when "
        "dunning is started.",
    )

    credit_trust_from_score = fields.Boolean(
        string="Trust from the Score",
        help="Every night the degree of trust of customers follows their risk score: good for A "
        "and B, normal for C, bad for D and E. One set by hand stays.",
    )

    def write(self, vals):
        # Starting is the moment from which anything may happen by itself.
        starts = vals.get("credit_start_date") and not any(self.mapped("credit_start_date"))
        if starts and "credit_alerts" not in vals:
            vals = {**vals, "credit_alerts": True}
        return super().write(vals)
