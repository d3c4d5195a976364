from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import formatLang

from ..const import LIMIT_MODES
from ..tools import gate

#: Written by the actions of the request alone.
_PROTECTED = {
    "state", "requested_by_id", "requested_on", "decided_by_id", "decided_on", "former_mode",
    "former_limit", "applied", "name",
}  # fmt: skip
_EDITABLE_STATES = ("draft",)


class CreditLimitRequest(models.Model):
    """A limit asked for a customer, and what became of it.

    With an end date it is a temporary increase: it counts from its first to its last day beside
    the customer's own limit, which it never overwrites. Without one it becomes the customer's own
    limit on its first day.
    """

    _name = "credit.limit.request"
    _description = "Credit Limit Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        tracking=True,
        domain="['|', ('is_company', '=', True), ('parent_id', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        domain=[("parent_id", "=", False)],
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="Limit Asked", required=True, tracking=True)
    reason = fields.Text(required=True)
    date_from = fields.Date(
        string="Valid From",
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
        tracking=True,
    )
    date_to = fields.Date(
        string="Valid To",
        tracking=True,
        help="Last day of a temporary increase. Empty: the limit stays until it is changed.",
    )
    temporary = fields.Boolean(compute="_compute_temporary", store=True)
    review_date = fields.Date(
        string="Next Review", help="Noted on the customer when the request is approved."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("requested", "Asked"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    in_force = fields.Boolean(compute="_compute_in_force", search="_search_in_force")
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, default=lambda self: self.env.user
    )
    requested_on = fields.Datetime(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    decided_on = fields.Datetime(readonly=True, copy=False)
    decision_note = fields.Char(string="Remark of the Approver", copy=False, tracking=True)
    former_mode = fields.Selection(LIMIT_MODES, string="Limit Before", readonly=True, copy=False)
    former_limit = fields.Monetary(string="Amount Before", readonly=True, copy=False)
    applied = fields.Boolean(
        readonly=True, copy=False, help="The limit was written on the customer."
    )
    can_approve = fields.Boolean(compute="_compute_can_approve")
    approver_ids = fields.Many2many("res.users", compute="_compute_approver_ids")
    exposure = fields.Monetary(compute="_compute_exposure")
    limit_in_force = fields.Monetary(string="Limit in Force", compute="_compute_exposure")
    unlimited = fields.Boolean(compute="_compute_exposure")

    _check_amount = models.Constraint("CHECK(amount >= 0)", "A limit cannot be below zero.")
    _check_dates = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "The last day of a temporary increase cannot be before its first.",
    )
    _valid_idx = models.Index("(company_id, partner_id) WHERE state = 'approved'")

    # === COMPUTE METHODS === #

    @api.depends("date_to")
    def _compute_temporary(self):
        for request in self:
            request.temporary = bool(request.date_to)

    @api.depends("state", "date_from", "date_to")
    def _compute_in_force(self):
        for request in self:
            today = (request.company_id or self.env.company)._get_credit_today()
            request.in_force = (
                request.state == "approved"
                and bool(request.date_to)
                and bool(request.date_from)
                and request.date_from <= today <= request.date_to
            )

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._get_credit_today()
        return [
            ("state", "=", "approved"),
            ("date_from", "<=", today),
            ("date_to", ">=", today),
        ]

    @api.depends("partner_id", "company_id")
    def _compute_exposure(self):
        for company, requests in self.grouped("company_id").items():
            # Figures of customers that the user reads, without a right on the journal items.
            Exposure = self.env["credit.exposure"].sudo()
            partners = requests.partner_id.commercial_partner_id._origin
            exposures = Exposure._get_exposures(partners, company or self.env.company)
            limits = Exposure._get_limits(partners, company or self.env.company)
            for request in requests:
                partner_id = request.partner_id.commercial_partner_id._origin.id
                limit, _source = limits.get(partner_id, (None, "company"))
                request.exposure = exposures.get(partner_id, 0.0)
                request.limit_in_force = limit or 0.0
                request.unlimited = bool(partner_id) and limit is None

    @api.depends("amount", "company_id")
    def _compute_approver_ids(self):
        for request in self:
            request.approver_ids = request.company_id._get_credit_approvers(request.amount)

    @api.depends("amount", "company_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        for request in self:
            request.can_approve = request.company_id._can_approve_credit(request.amount)

    # === CONSTRAINTS === #

    @api.constrains("company_id")
    def _check_root_company(self):
        for request in self:
            if request.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Limits belong to the main company: choose %(root)s instead of %(branch)s.",
                        root=request.company_id.root_id.name,
                        branch=request.company_id.name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not gate.is_open(self.env.context):
            for vals in vals_list:
                for name in _PROTECTED & vals.keys():
                    del vals[name]
        requests = super().create(vals_list)
        for request in requests:
            commercial = request.partner_id.commercial_partner_id
            if request.partner_id != commercial:
                request.partner_id = commercial
            # The number is the record's own: no sequence to set up per company.
            request._write_gated({"name": f"LR{request.id:06d}"})
        return requests

    def write(self, vals):
        if not gate.is_open(self.env.context):
            if _PROTECTED & vals.keys():
                raise UserError(self.env._("Use the buttons to ask, approve, refuse or cancel."))
            frozen = {"partner_id", "company_id", "amount", "reason", "date_from", "date_to"}
            if frozen & vals.keys() and any(r.state not in _EDITABLE_STATES for r in self):
                raise UserError(
                    self.env._("A request that was asked is not changed any more: cancel it.")
                )
        return super().write(vals)

    def _write_gated(self, vals):
        return self.with_context(**gate.open_gate()).write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        if any(request.state not in ("draft", "cancelled") for request in self):
            raise UserError(self.env._("A request that was asked stays as history: cancel it."))

    # === ACTIONS === #

    def action_request(self):
        """Ask for the limit: the right approver gets an activity."""
        for request in self:
            request._check_state("draft")
            request._check_increase()
            request._write_gated(
                {
                    "state": "requested",
                    "requested_by_id": self.env.uid,
                    "requested_on": fields.Datetime.now(),
                }
            )
            approver = (
                request.approver_ids[:1] or request.company_id.sudo()._get_credit_responsible()
            )
            # Who asks may not be allowed to plan activities for others.
            request.sudo().activity_schedule(
                "credit_mgmt.mail_activity_type_approve",
                summary=self.env._(
                    "Credit limit of %(amount)s asked for %(customer)s",
                    amount=formatLang(self.env, request.amount, currency_obj=request.currency_id),
                    customer=request.partner_id.display_name,
                ),
                note=request.reason,
                user_id=approver.id,
            )
        return True

    def action_approve(self):
        """Approve what was asked; it counts from its first day."""
        for request in self:
            request._check_state("requested")
            request._check_approver()
            today = request.company_id._get_credit_today()
            if request.date_to and request.date_to < today:
                raise UserError(
                    self.env._("The increase would have ended on %s already.", request.date_to)
                )
            request._check_increase()
            partner = request.partner_id.with_company(request.company_id).sudo()
            request._write_gated(
                {
                    "state": "approved",
                    "decided_by_id": self.env.uid,
                    "decided_on": fields.Datetime.now(),
                    "former_mode": partner.credit_limit_mode or "default",
                    "former_limit": partner.credit_limit,
                }
            )
            request._done("credit_mgmt.mail_activity_type_approve")
            if request.date_to:
                request._log_change("temporary")
            if request.review_date:
                partner.credit_review_date = request.review_date
        self._apply_due()
        return True

    def action_refuse(self):
        """Refuse what was asked; the remark of the approver says why."""
        for request in self:
            request._check_state("requested")
            request._check_approver()
            request._write_gated(
                {
                    "state": "refused",
                    "decided_by_id": self.env.uid,
                    "decided_on": fields.Datetime.now(),
                }
            )
            request._done("credit_mgmt.mail_activity_type_approve")
        return True

    def action_cancel(self):
        """Withdraw a request, or end a temporary increase before its day."""
        for request in self:
            request._check_state("draft", "requested", "approved")
            if request.state == "approved":
                request._check_approver()
                if request.applied and not request.date_to:
                    raise UserError(
                        self.env._("The limit was set on the customer: change it there.")
                    )
            elif request.requested_by_id != self.env.user:
                request._check_approver()
            in_force = request.in_force
            request._write_gated({"state": "cancelled"})
            request._done("credit_mgmt.mail_activity_type_approve")
            if in_force:
                request._log_change("expiry")
        return True

    # === BUSINESS === #

    def _check_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            raise UserError(
                self.env._(
                    "The request %(name)s is %(state)s: this step is not possible any more.",
                    name=self.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )

    def _check_approver(self):
        self.ensure_one()
        if not self.company_id._can_approve_credit(self.amount):
            raise AccessError(
                self.env._(
                    "A limit of %(amount)s is approved by: %(approvers)s.",
                    amount=formatLang(self.env, self.amount, currency_obj=self.currency_id),
                    approvers=", ".join(self.approver_ids.mapped("name")) or self.env._("nobody"),
                )
            )

    def _check_increase(self):
        """A temporary request that changes nothing would only look as if it did."""
        self.ensure_one()
        if not self.date_to:
            return
        # The limit in force is shown on the request anyway.
        limits = self.env["credit.exposure"].sudo()._get_limits(self.partner_id, self.company_id)
        limit = limits[self.partner_id.id][0]
        if limit is None or self.currency_id.compare_amounts(self.amount, limit) <= 0:
            raise UserError(
                self.env._(
                    "A temporary increase must be above the limit in force of %(customer)s "
                    "(%(limit)s).",
                    customer=self.partner_id.display_name,
                    limit=self.env._("unlimited")
                    if limit is None
                    else formatLang(self.env, limit, currency_obj=self.currency_id),
                )
            )

    def _apply_due(self):
        """Write the approved lasting limits whose day has come."""
        for request in self:
            if request.state != "approved" or request.date_to or request.applied:
                continue
            if request.date_from > request.company_id._get_credit_today():
                continue
            # The approver decided; writing limits is otherwise the managers'.
            request.partner_id.with_company(request.company_id).sudo()._set_credit_limit(
                "limited" if request.amount else "none",
                request.amount,
                request.reason,
                origin="request",
                request=request,
            )
            request._write_gated({"applied": True})

    def _log_change(self, origin):
        """Write the beginning or end of a temporary increase into the history."""
        self.ensure_one()
        partner = self.partner_id.with_company(self.company_id).sudo()
        own = {
            "mode": partner.credit_limit_mode or "default",
            "amount": partner.credit_limit if partner.credit_limit_mode == "limited" else 0.0,
        }
        increased = {"mode": "limited", "amount": self.amount}
        before, after = (own, increased) if origin == "temporary" else (increased, own)
        # Nobody writes the history by hand.
        self.env["credit.limit.change"].sudo().create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "origin": origin,
                "reason": self.reason,
                "mode_before": before["mode"],
                "amount_before": before["amount"],
                "mode_after": after["mode"],
                "amount_after": after["amount"],
                "date_from": self.date_from,
                "date_to": self.date_to,
                "request_id": self.id,
            }
        )

    def _done(self, activity_type):
        self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(activity_type)
        ).sudo().action_feedback()  # also the colleague's: the matter is settled

    @api.model
    def _cron_limits(self):
        """Daily work: limits whose day has come, increases that have ended."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            today = company._get_credit_today()
            approved = self.search([("company_id", "=", company.id), ("state", "=", "approved")])
            approved.filtered(lambda r: not r.date_to and not r.applied)._apply_due()
            for request in approved.filtered(lambda r, t=today: r.date_to and r.date_to < t):
                request._write_gated({"state": "expired"})
                request._log_change("expiry")
            waiting = self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "requested"),
                    ("date_to", "<", today),
                ]
            )
            for request in waiting:
                request._write_gated({"state": "expired"})
                request._done("credit_mgmt.mail_activity_type_approve")
