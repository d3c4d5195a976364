from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, formatLang

from ..const import LIMIT_MODES
from ..tools import gate

#: A change of one of them is a change of the limit: rights, branches and history.
_LIMIT_FIELDS = ("credit_limit_mode", "credit_limit", "risk_class_id")


class ResPartner(models.Model):
    """Limits: who may set them, for the main company and its branches, with their history."""

    _inherit = "res.partner"

    credit_limit_mode = fields.Selection(
        LIMIT_MODES,
        company_dependent=True,
        copy=False,
        groups="base.group_user",
        help="Default: the limit of the risk class, else of the company.",
    )
    credit_limit = fields.Float(
        groups="account.group_account_invoice,account.group_account_readonly,"
        "credit_mgmt.credit_mgmt_group_viewer",
    )
    credit_limit_reason = fields.Char(
        string="Reason of the Limit", store=False, help="Kept with the change in the history."
    )
    credit_review_date = fields.Date(
        string="Next Review of the Limit",
        company_dependent=True,
        copy=False,
        groups="base.group_user",
    )
    risk_class_id = fields.Many2one(
        "credit.risk.class",
        company_dependent=True,
        check_company=True,
        copy=False,
        groups="base.group_user",
    )
    credit_group_id = fields.Many2one(
        "credit.group",
        string="Group of Affiliates",
        index="btree_not_null",
        tracking=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
    )
    credit_limit_change_ids = fields.One2many(
        "credit.limit.change", "partner_id", string="History of Limits", groups="base.group_user"
    )
    credit_limit_request_ids = fields.One2many(
        "credit.limit.request", "partner_id", string="Limit Requests", groups="base.group_user"
    )

    @api.constrains("credit_limit_mode", "credit_limit")
    def _check_credit_limit(self):
        for partner in self:
            if partner.credit_limit < 0:
                raise ValidationError(self.env._("A limit cannot be below zero."))
            if partner.credit_limit_mode == "limited" and not partner.credit_limit:
                raise ValidationError(
                    self.env._(
                        "%s: give the amount of the limit, or choose “No credit”.",
                        partner.display_name,
                    )
                )

    @api.constrains("credit_group_id")
    def _check_credit_group(self):
        for partner in self:
            if partner.credit_group_id and partner.commercial_partner_id != partner:
                raise ValidationError(
                    self.env._(
                        "%(contact)s counts for %(customer)s: put that customer into the group.",
                        contact=partner.display_name,
                        customer=partner.commercial_partner_id.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        limits = [self._pop_limit_values(vals) for vals in vals_list]
        if any("credit_group_id" in vals for vals in vals_list):
            self._check_credit_manager()
        partners = super().create(vals_list)
        for partner, values in zip(partners, limits, strict=True):
            # A form sends what it shows: the default is no decision.
            if any(values.get(name) for name in _LIMIT_FIELDS if values.get(name) != "default"):
                partner._write_limit(values)
        return partners

    def write(self, vals):
        vals = dict(vals)
        if "credit_group_id" in vals and any(
            partner.credit_group_id.id != vals["credit_group_id"] for partner in self
        ):
            self._check_credit_manager()
        values = self._pop_limit_values(vals)
        result = super().write(vals) if vals or not values else True
        if values:
            self._write_limit(values)
        return result

    @api.model
    def _pop_limit_values(self, vals) -> dict:
        """Take the fields of the limit out of the values to write."""
        names = (*_LIMIT_FIELDS, "credit_limit_reason")
        values = {name: vals.pop(name) for name in names if name in vals}
        if set(values) == {"credit_limit_reason"}:
            return {}
        if "credit_limit" in values and "credit_limit_mode" not in values:
            # Written as Odoo knows it: an amount limits, nothing leaves it to the default.
            values["credit_limit_mode"] = "limited" if values["credit_limit"] else "default"
        return values

    def _write_limit(self, values):
        """Write the fields of the limit for the whole family of companies, once checked.

        The limit belongs to the root company; its branches keep the same values, since Odoo reads
        an empty value in a branch where only its root has one.
        """
        values = dict(values)
        reason = values.pop("credit_limit_reason", False) or ""
        context = self.env.context
        origin, request = "manual", self.env["credit.limit.request"]
        if gate.is_open(context):
            origin = context.get("credit_limit_origin", origin)
            request = request.browse(context.get("credit_limit_request_id") or [])
        elif context.get("import_file"):
            origin = "import"
        root = self.env.company.root_id
        # A limit of a contact is its company's.
        partners = self.commercial_partner_id.sudo().with_company(root)
        if not values.get("credit_limit_mode", True):
            values["credit_limit_mode"] = "default"
        before = {partner: partner._get_limit_values() for partner in partners}
        if values.get("credit_limit_mode", "limited") != "limited":
            values["credit_limit"] = 0.0
        changed = partners.filtered(
            lambda partner: any(
                (partner._fields[name].convert_to_write(partner[name], partner) or False)
                != (value or False)
                for name, value in values.items()
            )
        )
        if not changed:
            return
        # The user's rights are checked here; the branches may be closed to him.
        changed.sudo(self.env.su).check_access("write")
        for company in self._get_credit_family():
            # Past this file's own write, which is what calls this method.
            super(ResPartner, changed.with_company(company)).write(values)  # pylint: disable=super-method-mismatch
        for partner in changed:
            partner.sudo(self.env.su)._check_limit_right(before[partner], root)
            partner._log_limit(before[partner], origin, reason, request)

    def _get_credit_family(self):
        """Return the user's root company and its branches, whichever are ticked at the moment."""
        return (
            self.env["res.company"].sudo().search([("id", "child_of", self.env.company.root_id.id)])
        )

    def _get_limit_values(self) -> dict:
        """Return the customer's own values in the company of the environment."""
        self.ensure_one()
        mode = self.credit_limit_mode or "default"
        return {
            "mode": mode,
            "amount": self.credit_limit if mode == "limited" else 0.0,
            "risk_class": self.risk_class_id,
        }

    def _check_credit_manager(self):
        if not (self.env.su or self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager")):
            raise AccessError(
                self.env._("Only a credit manager may set limits. Ask for the limit instead.")
            )

    def _check_limit_right(self, before, root):
        """Refuse a limit that the user may not grant; lowering one is every manager's."""
        self.ensure_one()
        if self.env.su:
            return
        self._check_credit_manager()
        after = self.sudo()._get_limit_values()
        mode, amount = after["mode"], after["amount"]
        if mode in ("none", "default") and after["risk_class"] == before["risk_class"]:
            return
        granted = None if mode == "unlimited" else amount
        if mode in ("none", "default"):
            granted = 0.0
            if mode == "default" and after["risk_class"].limit_mode:
                granted = after["risk_class"]._get_limit(root)
        was = {"unlimited": None, "limited": before["amount"]}.get(before["mode"], 0.0)
        lowered = granted is not None and (was is None or granted <= was)
        if not lowered and not root._can_approve_credit(granted):
            raise AccessError(
                self.env._(
                    "You may not grant %(amount)s to %(customer)s. Ask for it: %(approvers)s "
                    "may approve.",
                    amount=self.env._("unlimited credit")
                    if granted is None
                    else formatLang(self.env, granted, currency_obj=root.currency_id),
                    customer=self.display_name,
                    approvers=", ".join(root._get_credit_approvers(granted).mapped("name"))
                    or self.env._("nobody"),
                )
            )

    def _log_limit(self, before, origin, reason, request):
        self.ensure_one()
        after = self._get_limit_values()
        if after == before:
            return
        # Nobody writes the history by hand.
        self.env["credit.limit.change"].sudo().create(
            {
                "partner_id": self.id,
                "company_id": self.env.company.root_id.id,
                # Who works, also where the system writes for him.
                "user_id": self.env.uid,
                "origin": origin,
                "reason": reason,
                "mode_before": before["mode"],
                "amount_before": before["amount"],
                "risk_class_before_id": before["risk_class"].id,
                "mode_after": after["mode"],
                "amount_after": after["amount"],
                "risk_class_after_id": after["risk_class"].id,
                "date_from": request.date_from or False,
                "request_id": request.id,
            }
        )

    def _set_credit_limit(self, mode, amount, reason, origin="manual", request=None):
        """Set the limit of customers in the company of the environment, with its history.

        :param str mode: one of LIMIT_MODES
        :param float amount: the limit when ``mode`` is ``limited``
        :param str reason: why, for the history
        """
        self.with_context(
            **gate.open_gate(),
            credit_limit_origin=origin,
            credit_limit_request_id=request.id if request else False,
        ).write({"credit_limit_mode": mode, "credit_limit": amount, "credit_limit_reason": reason})

    @api.model
    def _take_over_native_limits(self):
        """Give limits set before the installation their mode, and the default its own place.

        Odoo tells a customer's own limit from the default by comparing amounts: as soon as the
        default is 0, every own amount is kept as it is.
        """
        Default = self.env["ir.default"]
        field = self._fields["credit_limit"]
        for root in self.env["res.company"].search([("parent_id", "=", False)]):
            key = str(root.id)
            amount = field.get_company_dependent_fallback(self.with_company(root))
            if amount > 0 and root.credit_default_limit_mode == "unlimited":
                root.write(
                    {"credit_default_limit_mode": "limited", "credit_default_limit_amount": amount}
                )
            self.flush_model(["credit_limit", "credit_limit_mode"])
            self.env.execute_query(
                SQL(
                    "UPDATE res_partner SET credit_limit_mode ="
                    " COALESCE(credit_limit_mode, '{}'::jsonb) || jsonb_build_object(%(key)s::text,"
                    " CASE WHEN (credit_limit ->> %(key)s)::numeric > 0 THEN 'limited'"
                    " ELSE 'unlimited' END)"
                    " WHERE credit_limit ? %(key)s AND NOT COALESCE(credit_limit_mode ? %(key)s,"
                    " FALSE) RETURNING 1",
                    key=key,
                )
            )
        self.invalidate_model(["credit_limit_mode"])
        Default.search(
            [
                ("field_id", "=", self.env["ir.model.fields"]._get(self._name, "credit_limit").id),
                ("user_id", "=", False),
            ]
        ).unlink()

    # === ACTIONS === #

    def action_request_limit(self):
        """Open a new request for the customer's limit."""
        self.ensure_one()
        partner = self.commercial_partner_id
        if not partner:
            raise UserError(self.env._("Save the customer first."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for a credit limit"),
            "res_model": "credit.limit.request",
            "view_mode": "form",
            "context": {"default_partner_id": partner.id},
        }

    def action_open_limit_history(self):
        """Open the history of the customer's limit."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("History of the limit"),
            "res_model": "credit.limit.change",
            "view_mode": "list,form",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }
