from odoo import api, fields, models
from odoo.tools import SQL


class CreditExposureLock(models.Model):
    """One row per customer and root company, or per group: what a credit decision updates.

    Odoo runs at REPEATABLE READ: a lock alone would let a second decision read the exposure of
    before the first. An update of the same row makes PostgreSQL refuse the second one, which Odoo
    then repeats from its start, on what the first has written.
    """

    _name = "credit.exposure.lock"
    _description = "Credit Decision Lock"
    _log_access = False

    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade", index=True)
    group_id = fields.Many2one("credit.group", readonly=True, ondelete="cascade", index=True)
    decisions = fields.Integer(readonly=True)

    _partner_unique = models.UniqueIndex("(partner_id, company_id) WHERE group_id IS NULL")
    _group_unique = models.UniqueIndex("(group_id) WHERE group_id IS NOT NULL")

    @api.model
    def _take(self, partners, root):
        """Serialise the decisions about customers of a root company until the end of the
        transaction, and those about their groups."""
        groups = partners.sudo().credit_group_id
        # In the order of the ids, so that two calls never wait for one another.
        if partners.ids:
            self.env.execute_query(
                SQL(
                    "INSERT INTO credit_exposure_lock (partner_id, company_id, decisions)"
                    " SELECT id, %s, 1 FROM unnest(%s::int[]) WITH ORDINALITY AS p(id, place)"
                    " ORDER BY place"
                    " ON CONFLICT (partner_id, company_id) WHERE group_id IS NULL"
                    " DO UPDATE SET decisions = credit_exposure_lock.decisions + 1"
                    " RETURNING id",
                    root.id,
                    sorted(partners.ids),
                )
            )
        if groups:
            self.env.execute_query(
                SQL(
                    "INSERT INTO credit_exposure_lock (group_id, decisions)"
                    " SELECT id, 1 FROM unnest(%s::int[]) WITH ORDINALITY AS g(id, place)"
                    " ORDER BY place"
                    " ON CONFLICT (group_id) WHERE group_id IS NOT NULL"
                    " DO UPDATE SET decisions = credit_exposure_lock.decisions + 1"
                    " RETURNING id",
                    sorted(groups.ids),
                )
            )
