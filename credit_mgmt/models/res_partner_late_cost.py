from odoo import api, fields, models


class ResPartner(models.Model):
    """What a customer agreed to pay for lateness, and owes for it."""

    _inherit = "res.partner"

    late_interest_rate = fields.Float(
        string="Agreed Late Interest (%)",
        digits=(8, 4),
        company_dependent=True,
        tracking=True,
        help="Yearly rate of late interest agreed with this business. It is kept on each invoice "
        "when it is posted. 0: that of the company's invoices, else of the law.",
    )
    late_cost_amount = fields.Monetary(
        string="Late Costs to Claim",
        compute="_compute_late_cost_amount",
        currency_field="currency_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="Interest and indemnities to date of open invoices and of those paid late, which "
        "were neither booked nor waived.",
    )

    @api.depends_context("company", "receivable_date")
    def _compute_late_cost_amount(self):
        company = self.env.company
        # The figures describe customers that the user reads.
        rows = (
            self.env["credit.late.cost"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("root_company_id", "=", company.root_id.id),
                    ("to_claim", "=", True),
                ]
            )
        )
        totals = {}
        for row in rows:
            amount = row.late_interest + row.late_indemnity
            if row.currency_id != company.currency_id:
                amount = row.currency_id._convert(
                    amount, company.currency_id, company, company._get_credit_today()
                )
            totals[row.partner_id.id] = totals.get(row.partner_id.id, 0.0) + amount
        for partner in self:
            partner.late_cost_amount = totals.get(partner.commercial_partner_id.id, 0.0)

    @api.model
    def _commercial_fields(self):
        return super()._commercial_fields() + ["late_interest_rate"]

    @api.model
    def _get_root_fields(self):
        return super()._get_root_fields() | {"late_interest_rate"}

    def action_open_late_costs(self):
        """Open the late costs of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_mgmt.credit_late_cost_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        return action
