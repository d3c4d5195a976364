from odoo import api, fields, models


class CreditPortfolioApply(models.TransientModel):
    """Shows whom the portfolio rules would assign, and does it."""

    _name = "credit.portfolio.apply"
    _description = "Assign Collectors"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    overwrite = fields.Boolean(
        string="Also Customers With a Collector",
        help="Collectors that were chosen by hand are replaced.",
    )
    line_ids = fields.One2many(
        "credit.portfolio.apply.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
    )

    @api.depends("company_id", "overwrite")
    def _compute_line_ids(self):
        for wizard in self:
            matches = self.env["credit.portfolio.rule"]._get_matches(
                wizard.company_id, unassigned_only=not wizard.overwrite
            )
            lines = [fields.Command.clear()]
            for rule in sorted(matches, key=lambda rule: (not rule, rule.sequence, rule.id)):
                rows = matches[rule]
                changed = [row for row in rows if row["collector_id"] != rule.collector_id.id]
                lines.append(
                    fields.Command.create(
                        {
                            "rule_id": rule.id,
                            "name": rule.name or self.env._("No rule fits"),
                            "collector_id": rule.collector_id.id,
                            "partner_count": len(rows),
                            "changed_count": len(changed) if rule else 0,
                            "amount": sum(row["amount"] for row in rows),
                        }
                    )
                )
            wizard.line_ids = lines

    def action_apply(self):
        """Assign, and say how many customers changed hands."""
        self.ensure_one()
        changed = self.env["credit.portfolio.rule"]._apply(self.company_id, self.overwrite)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Customers with a new collector: %s", changed),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class CreditPortfolioApplyLine(models.TransientModel):
    """A rule, and whom it would assign."""

    _name = "credit.portfolio.apply.line"
    _description = "Preview of a Portfolio Rule"

    wizard_id = fields.Many2one("credit.portfolio.apply", required=True, ondelete="cascade")
    rule_id = fields.Many2one("credit.portfolio.rule", ondelete="cascade")
    name = fields.Char()
    collector_id = fields.Many2one("res.users")
    partner_count = fields.Integer(string="Customers")
    changed_count = fields.Integer(string="Change Hands")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    amount = fields.Monetary(string="Open")
