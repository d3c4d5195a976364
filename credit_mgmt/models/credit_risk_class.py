from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditRiskClass(models.Model):
    """A class of customers with the limit and the dunning policy that go with it."""

    _name = "credit.risk.class"
    _description = "Risk Class"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Char(translate=True, help="Which customers belong to this class.")
    company_id = fields.Many2one(
        "res.company",
        domain=[("parent_id", "=", False)],
        help="Empty: the class is shared by all companies.",
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    limit_mode = fields.Selection(
        [("limited", "Limited"), ("unlimited", "Unlimited"), ("none", "No credit")],
        string="Credit Limit",
        tracking=True,
        help="For customers of the class without a limit of their own. Empty: the company's "
        "default.",
    )
    limit_amount = fields.Monetary(string="Amount of the Limit", tracking=True)
    dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        check_company=True,
        tracking=True,
        help="For customers of the class without a policy of their own.",
    )
    by_score = fields.Boolean(
        string="Proposed by Score", help="Customers are proposed for the class by their risk score."
    )
    score_from = fields.Integer(
        help="Least score of the class; the class with the highest one that a customer reaches is "
        "proposed.",
    )
    partner_count = fields.Integer(string="Customers", compute="_compute_partner_count")

    _check_limit_amount = models.Constraint(
        "CHECK(limit_mode IS DISTINCT FROM 'limited' OR limit_amount > 0)",
        "A limit must be above zero: choose “No credit” for customers who get none.",
    )

    _check_score_from = models.Constraint(
        "CHECK(score_from >= 0 AND score_from <= 100)", "A score is a number from 0 to 100."
    )

    @api.depends_context("company")
    def _compute_partner_count(self):
        counts = dict(
            self.env["res.partner"]
            .with_company(self.env.company.root_id)
            ._read_group([("risk_class_id", "in", self.ids)], ["risk_class_id"], ["__count"])
        )
        for risk_class in self:
            risk_class.partner_count = counts.get(risk_class, 0)

    @api.constrains("company_id")
    def _check_root_company(self):
        for risk_class in self:
            if risk_class.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Limits belong to the main company: choose %(root)s instead of %(branch)s.",
                        root=risk_class.company_id.root_id.name,
                        branch=risk_class.company_id.name,
                    )
                )

    def _get_limit(self, root) -> float | None:
        """Return the limit of the class in a root company's currency; None: unlimited."""
        self.ensure_one()
        if self.limit_mode == "unlimited":
            return None
        if self.limit_mode == "none":
            return 0.0
        return self.env["credit.exposure"]._convert(self.limit_amount, self.currency_id, root)

    def action_open_partners(self):
        """Open the customers of the class."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_mgmt.res_partner_action_limits"
        )
        return {
            **action,
            "name": self.name,
            "domain": [("risk_class_id", "=", self.id)],
            "context": {},
        }
