from odoo import api, models
from odoo.tools import SQL

from ..tools import gate

#: Decided for a customer: never mixed from several by the merge.
_OWN_FIELDS = ("credit_limit_mode", "credit_limit", "risk_class_id", "credit_hold",
               "credit_review_date")  # fmt: skip


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """What becomes of reminders, limits and holds when customers are merged."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Decide about limits and holds, and cancel the reminders that have not left yet.

        Two pending reminders would break "one per customer", and Odoo then deletes the rows it
        cannot move: the merged customer is decided about anew by the next run.
        """
        # The person who merges contacts needs no right on reminders, limits and holds.
        sources, target = src_partners.sudo(), dst_partner.sudo()
        self.env["credit.dunning.notice"].sudo().search(
            [("partner_id", "in", (sources | target).ids), ("pending", "=", True),
             ("state", "!=", "sending")]
        )._cancel(self.env._("The customer was merged with another one"))  # fmt: skip
        roots = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        if target == target.commercial_partner_id:
            for root in roots:
                self._merge_limits(sources.with_company(root), target.with_company(root))
                self._merge_holds(sources, target, root)
        self._merge_single_rows(sources, target)
        self.env.flush_all()
        self._forget_own_fields(sources)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all()
        if target == target.commercial_partner_id:
            for root in roots:
                self.env["credit.hold"].sudo().with_company(root)._mirror(target, root)
            self.env["credit.alert"]._look_again(target, roots)
        self.env.flush_all()
        return result

    @api.model
    def _merge_single_rows(self, sources, target):
        """Let one row stay of what a customer has once per company.

        Odoo moves the rows of all customers by one statement, which a unique index refuses.
        Bridges with such rows extend this.

        :param sources: customers that go, with superuser rights
        :param target: the customer who stays, with superuser rights
        """
        everybody = [("partner_id", "in", (sources | target).ids)]
        links = self.env["credit.customer.token"].sudo().search(everybody)
        locks = self.env["credit.exposure.lock"].sudo().search(everybody)
        for rows in (*links.grouped("company_id").values(), *locks.grouped("company_id").values()):
            self._get_surplus(rows, target).unlink()

    @api.model
    def _get_surplus(self, rows, target):
        """Return rows without the one that stays: that of the remaining customer, or the first."""
        return rows - (rows.filtered(lambda row: row.partner_id == target) or rows)[:1]

    @api.model
    def _merge_limits(self, sources, target):
        """Keep the limit of the remaining customer; take over another one where he has none."""
        names = ", ".join(sources.mapped("display_name"))
        found = sources.filtered(lambda p: (p.credit_limit_mode or "default") != "default")[:1]
        if (target.credit_limit_mode or "default") == "default" and found:
            target._set_credit_limit(
                found.credit_limit_mode,
                found.credit_limit,
                self.env._("Taken over from %s, merged with this customer", names),
                origin="merge",
            )
        classified = sources.filtered("risk_class_id")[:1]
        if not target.risk_class_id and classified:
            target.with_context(**gate.open_gate(), credit_limit_origin="merge").write(
                {
                    "risk_class_id": classified.risk_class_id.id,
                    "credit_limit_reason": self.env._(
                        "Taken over from %s, merged with this customer", names
                    ),
                }
            )
        dates = [day for day in (sources | target).mapped("credit_review_date") if day]
        if dates and target.credit_review_date != min(dates):
            for company in target._get_credit_family():
                target.with_company(company).credit_review_date = min(dates)

    @api.model
    def _merge_holds(self, sources, target, root):
        """Let the live holds move, where the remaining customer has none of the kind already."""
        live = self.env["credit.hold"].sudo().search(
            [
                ("partner_id", "in", (sources | target).ids),
                ("company_id", "=", root.id),
                ("live", "=", True),
            ]
        )  # fmt: skip
        for rows in live.grouped("source").values():
            kept = (rows.filtered(lambda row: row.partner_id == target) or rows)[:1]
            (rows - kept)._lift(self.env._("The customer was merged with another one"))
        alerts = self.env["credit.alert"].sudo().search(
            [("partner_id", "in", sources.ids), ("company_id", "=", root.id), ("live", "=", True)]
        )  # fmt: skip
        # The rules look at the remaining customer, with what he takes over.
        alerts._close(root._get_credit_today())

    @api.model
    def _forget_own_fields(self, sources):
        """Keep Odoo from mixing decided values into the remaining customer, field by field."""
        self.env.execute_query(
            SQL(
                "UPDATE res_partner SET %s WHERE id IN %s RETURNING id",
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in _OWN_FIELDS),
                tuple(sources.ids),
            )
        )
        sources.invalidate_recordset(_OWN_FIELDS)

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Odoo writes every value back: the decided ones were decided before."""
        return super()._update_values(src_partners, dst_partner.with_context(**gate.open_gate()))
