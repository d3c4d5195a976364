from odoo import api, fields, models
from odoo.tools import SQL

#: Company-dependent fields of a customer that a branch shares with its root company.
SHARED_FIELDS = (
    "credit_limit_mode", "credit_limit", "credit_review_date", "risk_class_id", "credit_hold",
    "dunning_policy_id", "collector_id",
)  # fmt: skip


class ResCompany(models.Model):
    """Default limit and approval of a root company."""

    _inherit = "res.company"

    credit_default_limit_mode = fields.Selection(
        [("unlimited", "Unlimited"), ("limited", "Limited"), ("none", "No credit")],
        string="Default Credit Limit",
        default="unlimited",
        required=True,
        help="For customers without a limit of their own or of their risk class.",
    )
    credit_default_limit_amount = fields.Monetary(string="Amount of the Default Limit")
    credit_include_drafts = fields.Boolean(
        string="Draft Invoices Count",
        help="Draft customer invoices and credit notes are part of the exposure.",
    )
    credit_approval_level_ids = fields.One2many(
        "credit.approval.level", "company_id", string="Approval Thresholds"
    )

    _check_credit_default_limit = models.Constraint(
        "CHECK(credit_default_limit_mode <> 'limited' OR credit_default_limit_amount > 0)",
        "Give the amount of the default limit, or choose “No credit”.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        for company in companies.filtered("parent_id"):
            company._copy_root_credit_values()
        return companies

    def _copy_root_credit_values(self):
        """Give a new branch what its root has: Odoo would read an empty value there."""
        self.ensure_one()
        Partner = self.env["res.partner"]
        Partner.flush_model(SHARED_FIELDS)
        key, root_key = str(self.id), str(self.root_id.id)
        for name in SHARED_FIELDS:
            column = SQL.identifier(name)
            self.env.execute_query(
                SQL(
                    "UPDATE res_partner SET %(column)s = %(column)s"
                    " || jsonb_build_object(%(key)s::text, %(column)s -> %(root)s)"
                    " WHERE %(column)s ? %(root)s RETURNING 1",
                    column=column,
                    key=key,
                    root=root_key,
                )
            )
        Partner.invalidate_model(SHARED_FIELDS)

    # === LIMITS === #

    def _get_credit_default_limit(self) -> float | None:
        """Return the limit of customers for whom nothing else was chosen; None: unlimited."""
        self.ensure_one()
        root = self.root_id.sudo()  # limits bind whoever sells
        return {
            "limited": root.credit_default_limit_amount,
            "none": 0.0,
        }.get(root.credit_default_limit_mode)

    # === APPROVAL === #

    def _get_credit_approvers(self, amount):
        """Return who may grant an amount, the first one being asked.

        :param amount: in the root company's currency; None stands for unlimited
        :return: users of the lowest threshold that suffices, then of the higher ones; without any
            threshold the credit managers
        """
        self.ensure_one()
        root = self.root_id.sudo()  # whom to ask is no secret
        users = self.env["res.users"].sudo()
        levels = root.credit_approval_level_ids.sorted(lambda lev: (lev.no_ceiling, lev.ceiling))
        if not levels:
            group = self.env.ref("credit_mgmt.credit_mgmt_group_manager").sudo()
            users = root.credit_responsible_id.filtered(lambda u: group in u.all_group_ids)
            users |= group.all_user_ids.filtered(lambda u: u.active and not u.share)
        for level in levels:
            if level._covers(amount):
                users |= level._get_users()
        return users.filtered(lambda user: root in user.company_ids.root_id).sudo(False)

    def _can_approve_credit(self, amount) -> bool:
        """Return whether the user may grant an amount (None: unlimited) in this company."""
        self.ensure_one()
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            return False
        if not self.root_id.sudo().credit_approval_level_ids:
            return self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager")
        return self.env.user in self._get_credit_approvers(amount)
