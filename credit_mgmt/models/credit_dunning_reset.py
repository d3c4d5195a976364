from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CreditDunningReset(models.Model):
    """A decision to let items begin again: the only way, besides cancelling, to free a level.

    Nothing that was printed or sent changes; the notice lines only stop counting.
    """

    _name = "credit.dunning.reset"
    _description = "Dunning Level Reset"
    _rec_name = "reason"
    _order = "id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, default=lambda self: self.env.user
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    reason = fields.Char(required=True, readonly=True)
    line_ids = fields.One2many(
        "credit.dunning.notice.line", "reset_id", string="Freed Lines", readonly=True
    )
    line_count = fields.Integer(compute="_compute_line_count")

    @api.depends("line_ids")
    def _compute_line_count(self):
        for reset in self:
            reset.line_count = len(reset.line_ids)

    @api.model
    def _reset_items(self, move_lines, reason, level=None):
        """Free the levels that items have consumed, all of them or those above ``level``.

        :param move_lines: receivable journal items
        :param str reason: why, kept with the record
        :param level: the level at which the items stay; none: they begin again
        :return: the reset records, one per main company
        :raises AccessError: the user is no credit manager
        :raises UserError: nothing to reset, or a reminder of the items has not left yet
        """
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager"):
            raise AccessError(self.env._("Only a credit manager may reset dunning levels."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the level is reset."))
        lines = self._get_claims(move_lines, level)
        if not lines:
            raise UserError(self.env._("These items have no dunning level to reset."))
        return self._free(lines, reason)

    @api.model
    def _resume_items(self, move_lines, reason, level=None):
        """Let items go on at a level, or begin again, after a dispute or a returned payment.

        What ended is a record of its own, so that credit users need no manager for it; nothing
        happens to items that are not above the level.

        :return: the reset records, maybe none
        """
        lines = self._get_claims(move_lines, level)
        return self._free(lines, reason) if lines else self.browse()

    @api.model
    def _get_claims(self, move_lines, level=None):
        """Return the live claims of items, all of them or those above a level."""
        domain = [
            ("move_line_id", "in", move_lines.ids),
            ("live", "=", True),
            ("kind", "=", "claimed"),
        ]
        if level:
            domain.append(("level_id.delay_days", ">", level.delay_days))
        return self.env["credit.dunning.notice.line"].search(domain)

    @api.model
    def _free(self, lines, reason):
        """Free the levels that notice lines consume; see ``_reset_items``."""
        pending = lines.notice_id.filtered("pending")
        if pending:
            raise UserError(
                self.env._(
                    "A reminder that has not left yet claims these items (%(notices)s): cancel "
                    "or send it first.",
                    notices=", ".join(pending.mapped("display_name")),
                )
            )
        resets = self.browse()
        for company, company_lines in lines.grouped("company_id").items():
            # Users have no write access on notice lines: this record is the only way.
            reset = self.sudo().create({"company_id": company.id, "reason": reason.strip()})
            company_lines.sudo().write({"live": False, "reset_id": reset.id})
            resets |= reset.sudo(False)
        return resets
