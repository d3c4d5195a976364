from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditDunningExclusion(models.Model):
    """A standing order to leave a customer, an invoice or one instalment alone."""

    _name = "credit.dunning.exclusion"
    _description = "Dunning Exclusion"
    _inherit = ["mail.thread"]
    _rec_name = "reason"
    _order = "id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice or Entry",
        index="btree_not_null",
        ondelete="cascade",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        index="btree_not_null",
        ondelete="set null",
        domain="[('move_id', '=', move_id)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
    )
    kind = fields.Selection(
        [
            ("manual", "By hand"),
            ("start", "Left out at the start"),
            ("start_by_hand", "To be handled by hand since the start"),
            ("replied", "The customer answered"),
        ],
        default="manual",
        required=True,
        readonly=True,
    )
    reason = fields.Char(required=True, tracking=True)
    date_until = fields.Date(
        string="Until",
        tracking=True,
        help="Last day on which reminders are left out. Empty: until it is lifted.",
    )
    user_id = fields.Many2one(
        "res.users", string="Author", default=lambda self: self.env.user, readonly=True
    )
    active = fields.Boolean(default=True, tracking=True)

    @api.constrains("company_id")
    def _check_root_company(self):
        for exclusion in self:
            if exclusion.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Reminders belong to the main company: choose %(root)s instead of "
                        "%(branch)s.",
                        root=exclusion.company_id.root_id.name,
                        branch=exclusion.company_id.name,
                    )
                )

    @api.constrains("partner_id", "move_id", "move_line_id")
    def _check_item(self):
        for exclusion in self:
            if exclusion.move_line_id and exclusion.move_line_id.move_id != exclusion.move_id:
                raise ValidationError(
                    self.env._("The instalment belongs to another invoice than the one chosen.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        exclusions = super().create(vals_list)
        for exclusion in exclusions:
            commercial = exclusion.partner_id.commercial_partner_id
            if exclusion.partner_id != commercial:
                exclusion.partner_id = commercial
        return exclusions

    def action_lift(self):
        """End the exclusion today; it stays readable in the archive."""
        self.active = False
