from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class CreditWaitRequest(models.Model):
    """A salesperson asks to leave a customer or an invoice alone until a date; a user decides."""

    _name = "credit.wait.request"
    _description = "Request to Wait"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "reason"
    _order = "id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Item",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    move_name = fields.Char(string="Number", readonly=True, help="Empty: the whole customer.")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    reason = fields.Char(required=True)
    date_until = fields.Date(string="Wait Until", required=True)
    state = fields.Selection(
        [("asked", "Asked"), ("accepted", "Accepted"), ("refused", "Refused")],
        default="asked",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Date(readonly=True)
    decision_note = fields.Char(string="Answer", tracking=True)
    exclusion_id = fields.Many2one("credit.dunning.exclusion", readonly=True, ondelete="set null")

    @api.constrains("date_until")
    def _check_date_until(self):
        for request in self:
            if request.state == "asked" and (
                request.date_until < request.company_id._get_credit_today()
            ):
                raise ValidationError(self.env._("The date is in the past: choose today or later."))

    @api.model_create_multi
    def create(self, vals_list):
        """Ask, and give whoever decides an activity; nobody decides by creating."""
        decisions = {"state", "user_id", "decided_by", "decided_on", "exclusion_id"}
        requests = super().create(
            [
                {name: value for name, value in vals.items() if name not in decisions}
                for vals in vals_list
            ]
        )
        for request in requests:
            partner = request.partner_id.commercial_partner_id
            collector = partner.with_company(request.company_id).sudo().collector_id
            if request.partner_id != partner:
                request.sudo().partner_id = partner
            # The salesperson asks; the activity is another person's.
            decider = collector or request.company_id._get_credit_responsible()
            request.sudo().activity_schedule(
                "credit_mgmt.mail_activity_type_wait_request",
                summary=request.with_context(lang=decider.lang).env._(
                    "%(user)s asks to wait: %(reason)s",
                    user=request.user_id.name,
                    reason=request.reason,
                ),
                user_id=decider.id,
            )
        return requests

    def write(self, vals):
        if not self.env.su and "state" in vals:
            raise AccessError(self.env._("A request is decided with its buttons."))
        return super().write(vals)

    def _check_decision(self):
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise AccessError(self.env._("Only credit users decide about requests to wait."))
        decided = self.filtered(lambda request: request.state != "asked")
        if decided:
            raise UserError(self.env._("%s is decided already.", decided[0].display_name))

    def action_accept(self):
        """Leave the customer or item alone until the date."""
        self._check_decision()
        for request in self:
            exclusion = self.env["credit.dunning.exclusion"].create(
                {
                    "partner_id": request.partner_id.id,
                    "move_id": request.move_line_id.move_id.id,
                    "move_line_id": request.move_line_id.id,
                    "company_id": request.company_id.id,
                    "reason": self.env._(
                        "%(reason)s (asked by %(user)s)",
                        reason=request.reason,
                        user=request.user_id.name,
                    ),
                    "date_until": request.date_until,
                }
            )
            request.sudo().exclusion_id = exclusion
        self._decide("accepted", self.env._("Accepted: reminders wait."))
        return True

    def action_refuse(self):
        """Let the reminders go on."""
        self._check_decision()
        self._decide("refused", self.env._("Refused: reminders go on."))
        return True

    def _decide(self, state, message):
        for company, requests in self.grouped("company_id").items():
            # The state is written by these buttons only, see write.
            requests.sudo().write(
                {
                    "state": state,
                    "decided_by": self.env.uid,
                    "decided_on": company._get_credit_today(),
                }
            )
        self.activity_feedback(["credit_mgmt.mail_activity_type_wait_request"])
        for request in self:
            request.message_post(
                body=request.decision_note or message,
                partner_ids=request.user_id.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )
