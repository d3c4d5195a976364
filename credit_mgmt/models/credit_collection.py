from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date


class CreditCollection(models.Model):
    """An item that somebody else collects, or that is on its way: factor, direct debit, bill.

    Reminders wait until the date of the mark; what came of it is read from the ledger. A
    collection that is returned unpaid resumes at a chosen level.
    """

    _name = "credit.collection"
    _description = "Item in Collection"
    _inherit = ["credit.claim.item", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _owner_field = "id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(index=True)
    kind = fields.Selection(
        [
            ("factored", "Assigned to a factor"),
            ("direct_debit", "Direct debit"),
            ("bill", "Bill of exchange"),
            ("cheque", "Cheque to be cashed"),
        ],
        required=True,
        readonly=True,
        tracking=True,
    )
    date = fields.Date(string="Since", required=True, readonly=True)
    date_until = fields.Date(
        string="Reminders Wait Until",
        tracking=True,
        help="Last day on which reminders wait: the date of the debit, the bill or the end of the "
        "factor's guarantee, with the days that a return may take. Empty: until it is unmarked.",
    )
    counterparty_id = fields.Many2one(
        "res.partner",
        string="Factor or Bank",
        readonly=True,
        ondelete="restrict",
    )
    reference = fields.Char(readonly=True, help="Remittance, mandate or number of the bill.")
    user_id = fields.Many2one(
        "res.users", string="Author", readonly=True, default=lambda self: self.env.user
    )
    state = fields.Selection(
        [
            ("waiting", "Under way"),
            ("late", "Not arrived"),
            ("settled", "Settled"),
            ("returned", "Returned"),
            ("unmarked", "Unmarked"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    returned_on = fields.Date(readonly=True, copy=False)
    return_reason = fields.Char(readonly=True, copy=False, tracking=True)
    resume_level_id = fields.Many2one(
        "credit.dunning.level", string="Resumed at Level", readonly=True, ondelete="set null"
    )
    unmarked_on = fields.Date(readonly=True, copy=False)

    _live_idx = models.Index("(move_line_id) WHERE live")
    _marked_once = models.UniqueIndex(
        "(move_line_id) WHERE live", "This item is marked already: unmark it first."
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "name", "partner_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for mark in self:
            parts = (mark.name, labels.get(mark.kind), mark.partner_id.name)
            mark.display_name = " - ".join(part for part in parts if part)

    @api.depends(
        "returned_on",
        "unmarked_on",
        "date_until",
        "move_line_id.amount_residual_currency",
        "move_id.state",
    )
    def _compute_state(self):
        rows = {}
        if self.ids:
            self._flush_progress()
            rows = dict(
                self.env.execute_query(
                    SQL(
                        "SELECT owner.id, %s FROM credit_collection owner WHERE owner.id IN %s",
                        self._get_state_sql(SQL("owner")),
                        tuple(self.ids),
                    )
                )
            )
        for mark in self:
            mark.state = rows.get(mark._origin.id, "waiting")

    @api.model
    def _get_state_sql(self, owner: SQL) -> SQL:
        """Return the state of a mark as the ledger and the calendar say."""
        return SQL(
            """
            (SELECT CASE
                WHEN %(owner)s.unmarked_on IS NOT NULL THEN 'unmarked'
                WHEN %(owner)s.returned_on IS NOT NULL THEN 'returned'
                WHEN move.id IS NULL OR move.state = 'cancel' THEN 'settled'
                WHEN entry.amount_residual_currency <= 0 AND move.state = 'posted' THEN 'settled'
                WHEN %(owner)s.date_until < day.today THEN 'late'
                ELSE 'waiting' END
               FROM %(days)s
          LEFT JOIN account_move move ON move.id = %(owner)s.move_id
          LEFT JOIN account_move_line entry ON entry.id = %(owner)s.move_line_id
              WHERE day.company_id = %(owner)s.company_id)
            """,
            owner=owner,
            days=self.env["credit.receivable"]._get_days_sql(),
        )

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._flush_progress()
        return [
            (
                "id",
                "in",
                SQL(
                    "(SELECT owner.id FROM credit_collection owner WHERE %s IN %s)",
                    self._get_state_sql(SQL("owner")),
                    tuple(value) or ("",),
                ),
            )
        ]

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort and group by the state."""
        if fname == "state":
            self._flush_progress()
            return self._get_state_sql(SQL.identifier(alias))
        return super()._field_to_sql(alias, fname, query)

    @api.model
    def _flush_progress(self):
        for model in ("credit.collection", "account.move", "account.move.line"):
            self.env[model].flush_model()

    # === DECISIONS === #

    @api.model
    def _mark(self, entries, kind, **values):
        """Mark open items as collected by somebody else or on their way.

        :param entries: receivable journal items, of any customers
        :param str kind: a key of the field
        :param values: date, date_until, counterparty_id, reference
        :return: the marks, one per item
        """
        entries = entries.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.partner_id
                and line.amount_residual_currency > 0
            )
        )
        if not entries:
            raise UserError(self.env._("None of these items is open: nothing to collect."))
        marked = self.search([("move_line_id", "in", entries.ids), ("live", "=", True)])
        if marked:
            raise UserError(
                self.env._("%s: marked already. Unmark it first.", marked[0].display_name)
            )
        today = self.env.company._get_credit_today()
        date_until = fields.Date.to_date(values.get("date_until"))
        if date_until and date_until < today:
            raise ValidationError(self.env._("The date is in the past: choose today or later."))
        return self.create(
            [
                {
                    "date": today,
                    **values,
                    **self._prepare_item_values(entry),
                    "partner_id": entry.partner_id.commercial_partner_id.id,
                    "kind": kind,
                    "live": True,
                }
                for entry in entries
            ]
        )

    def _return(self, reason, level=None, resume=False):
        """The collection failed: the item is claimed again, at a chosen level."""
        wrong = self.filtered(lambda mark: mark.state not in ("waiting", "late"))
        if wrong:
            raise UserError(
                self.env._("%s is not under way: it cannot be returned.", wrong[0].display_name)
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        for company, marks in self.grouped("company_id").items():
            marks.write(
                {
                    "returned_on": company._get_credit_today(),
                    "return_reason": reason.strip(),
                    "resume_level_id": level.id if level else False,
                    "live": False,
                }
            )
        self.activity_ids.unlink()
        if resume:
            self.env["credit.dunning.reset"]._resume_items(self.move_line_id, reason, level)

    def action_unmark(self):
        """End the marks; reminders of the items go on."""
        for company, marks in self.filtered("live").grouped("company_id").items():
            marks.write({"unmarked_on": company._get_credit_today(), "live": False})
        self.activity_ids.unlink()
        return True

    def action_open_return(self):
        """Ask why the collection failed, and where the cycle resumes."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Returned unpaid"),
            "res_model": "credit.collection.return",
            "view_mode": "form",
            "target": "new",
            "context": {"default_collection_ids": [fields.Command.set(self.ids)]},
        }

    # === NIGHT === #

    @api.model
    def _cron_follow(self):
        """Put settled marks away, and tell about money that did not arrive."""
        marks = self.search([("live", "=", True)])
        marks.filtered(lambda mark: mark.state == "settled").live = False
        for mark in marks.filtered(lambda mark: mark.state == "late" and not mark.activity_ids):
            owner = mark.partner_id.with_company(mark.company_id).collector_id or mark.user_id
            env = mark.with_context(lang=owner.lang).env
            mark.activity_schedule(
                "credit_mgmt.mail_activity_type_broken",
                summary=env._("Expected by %s and not arrived", format_date(env, mark.date_until)),
                user_id=owner.id,
            )
