from odoo import fields, models


class CreditApprovalLevel(models.Model):
    """Up to which amount somebody may grant credit: limits and releases of orders."""

    _name = "credit.approval.level"
    _description = "Credit Approval Threshold"
    _order = "company_id, no_ceiling, ceiling, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    no_ceiling = fields.Boolean(help="Any amount, and unlimited credit.")
    ceiling = fields.Monetary(
        string="Up To", help="The highest limit or order that these people may grant."
    )
    user_ids = fields.Many2many("res.users", string="Approvers", domain=[("share", "=", False)])
    group_id = fields.Many2one(
        "res.groups",
        string="Group of Approvers",
        help="Its users may approve as well; the activities go to the users named.",
    )

    _check_ceiling = models.Constraint(
        "CHECK(no_ceiling OR ceiling > 0)", "Give an amount, or tick “No ceiling”."
    )

    def _covers(self, amount) -> bool:
        """Return whether the level suffices for an amount; None stands for unlimited."""
        self.ensure_one()
        if self.no_ceiling:
            return True
        return amount is not None and self.currency_id.compare_amounts(amount, self.ceiling) <= 0

    def _get_users(self):
        """Return who approves at this level, the users named first."""
        # Whom to ask is no secret.
        levels = self.sudo()
        return (levels.user_ids | levels.group_id.all_user_ids).filtered(
            lambda user: user.active and not user.share
        )
