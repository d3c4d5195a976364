from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..const import HOLD_LEVELS
from ..tools import gate

_HOLD_FIELDS = ("credit_hold", "credit_hold_reason", "credit_hold_until")
_RANK = {"none": 0, "watch": 1, "hold": 2}


class ResPartner(models.Model):
    """Hold and watch list: a mirror of the live ``credit.hold`` rows, and the way to set them."""

    _inherit = "res.partner"

    credit_hold = fields.Selection(
        HOLD_LEVELS,
        company_dependent=True,
        copy=False,
        groups="base.group_user",
        help="Hold: orders and deliveries on credit are stopped. Watch: everybody is told.",
    )
    credit_hold_reason = fields.Char(
        string="Reason of the Hold",
        compute="_compute_credit_hold_reason",
        readonly=False,
        groups="base.group_user",
    )
    credit_hold_until = fields.Date(
        string="Held Until",
        compute="_compute_credit_hold_reason",
        readonly=False,
        groups="base.group_user",
        help="Last day; empty until it is lifted.",
    )
    credit_hold_ids = fields.One2many(
        "credit.hold", "partner_id", string="Holds", groups="base.group_user"
    )

    @api.depends("credit_hold")
    @api.depends_context("company")
    def _compute_credit_hold_reason(self):
        rows = (
            self.env["credit.hold"]
            .sudo()  # why a customer is held is told to whoever sells to him
            .search(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.root_id.id),
                    ("live", "=", True),
                ]
            )
        )
        by_partner = rows.grouped("partner_id")
        for partner in self:
            own = by_partner.get(partner.commercial_partner_id._origin, rows.browse())
            own = own.sorted(lambda row: (_RANK[row.level], row.source == "manual"))[-1:]
            partner.credit_hold_reason = own.reason
            partner.credit_hold_until = own.date_until

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        holds = [self._pop_hold_values(vals) for vals in vals_list]
        partners = super().create(vals_list)
        for partner, values in zip(partners, holds, strict=True):
            if values.get("credit_hold") in ("watch", "hold"):
                partner._write_hold(values)
        return partners

    def write(self, vals):
        if gate.is_open(self.env.context):
            return super().write(vals)
        vals = dict(vals)
        values = self._pop_hold_values(vals)
        result = super().write(vals) if vals or not values else True
        if values:
            self._write_hold(values)
        return result

    @api.model
    def _pop_hold_values(self, vals) -> dict:
        return {name: vals.pop(name) for name in _HOLD_FIELDS if name in vals}

    def _write_hold(self, values):
        """Turn what a form, an import or a call writes into decisions with their log."""
        for partner in self.commercial_partner_id:
            level = partner.credit_hold or "none"
            # Another state is another decision: it takes nothing over from the one before.
            same = values.get("credit_hold", level) == level
            partner._set_credit_hold(
                values.get("credit_hold", level) or "none",
                values.get("credit_hold_reason", same and partner.credit_hold_reason),
                values.get("credit_hold_until", same and partner.credit_hold_until),
            )

    # === DECISIONS === #

    def _set_credit_hold(self, level, reason, until=False):
        """Hold, watch or release customers by hand, in the company of the environment.

        :param str level: none, watch or hold; ``none`` with an end date is an exception, during
            which the rules do not hold the customer
        :param str reason: why, for the log
        :param until: last day, or False until it is lifted
        :raises AccessError: the user may not set or lift it
        :raises UserError: a rule holds the customer, or the end has passed
        """
        root = self.env.company.root_id
        until = fields.Date.to_date(until)
        if until and until < root._get_credit_today():
            raise UserError(self.env._("The end of a hold cannot be in the past."))
        partners = self.commercial_partner_id
        partners.check_access("write")
        # The rows are written here alone, once the right is checked.
        Hold = self.env["credit.hold"].sudo()
        live = Hold.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", root.id),
                ("live", "=", True),
            ]
        )
        for partner in partners:
            rows = live.filtered(lambda row, p=partner: row.partner_id == p)
            manual = rows.filtered(lambda row: row.source == "manual")
            by_rule = rows - manual
            partner._check_hold_right(level, rows, until)
            if level == "none" and by_rule and not until:
                raise UserError(
                    self.env._(
                        "%(customer)s is held by the rule “%(rule)s”, which ends it when the "
                        "cause is gone. To make an exception, set the customer to “None” with an "
                        "end date.",
                        customer=partner.display_name,
                        rule=by_rule.reason,
                    )
                )
            manual._lift(reason or self.env._("Changed by hand"))
            manual.flush_recordset()  # one live decision at a time
            if level != "none" or until:
                Hold.create(
                    {
                        "partner_id": partner.id,
                        "company_id": root.id,
                        "level": level,
                        "source": "manual",
                        "reason": reason or self.env._("By hand"),
                        "date_until": until,
                        # Who works, not the system.
                        "user_id": self.env.uid,
                    }
                )
        Hold._mirror(partners.sudo(), root)

    def _check_hold_right(self, level, rows, until):
        """A credit user may hold and watch; only a manager makes it easier for the customer."""
        self.ensure_one()
        if self.env.su:
            return
        user = self.env.user
        if not user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise AccessError(
                self.env._("Only a credit user may hold a customer or put him on the watch list.")
            )
        held = max(rows.mapped("level"), key=_RANK.get, default="none")
        manual = rows.filtered(lambda row: row.source == "manual" and row.level == "hold")
        eased = (
            (level == "none" and (not rows or held == "hold"))
            or (held == "hold" and level != "hold")
            # A hold that ends earlier is an easier one.
            or bool(manual and until and (not manual.date_until or until < manual.date_until))
        )
        if eased and not user.has_group("credit_mgmt.credit_mgmt_group_manager"):
            raise AccessError(
                self.env._("Only a credit manager may release %s from the hold.", self.display_name)
            )

    @api.model
    def _get_hold_sentence(self, partner, hold) -> str:
        """Return a hold in words, for banners and refusals."""
        if hold["date_until"]:
            return self.env._(
                "%(customer)s is on hold until %(date)s: %(reason)s.",
                customer=partner.display_name,
                date=format_date(self.env, hold["date_until"]),
                reason=hold["reason"].rstrip("."),
            )
        return self.env._(
            "%(customer)s is on hold: %(reason)s.",
            customer=partner.display_name,
            reason=hold["reason"].rstrip("."),
        )

    # === ACTIONS === #

    def action_set_hold(self):
        """Open the wizard that holds, watches or releases the selected customers."""
        return self._open_dunning_wizard(
            "credit.hold.set", self.env._("Hold, watch or release customers")
        )

    def action_open_holds(self):
        """Open the holds of the customer, past and present."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Holds"),
            "res_model": "credit.hold",
            "view_mode": "list,form",
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }
