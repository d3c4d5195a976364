from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_amount, format_date

#: What nobody changes once a commitment counts: it is followed, or ended and made anew.
_AGREED_FIELDS = {
    "partner_id", "company_id", "currency_id", "amount", "date", "grace_days", "line_ids",
    "item_ids",
}  # fmt: skip


class CreditCommitment(models.AbstractModel):
    """What a customer undertakes to pay by dates, for open items: a promise or a plan.

    Whether it is kept is never written by anybody: it is read from the ledger, as what was
    settled of the items by each date plus grace, in SQL. Stored are decisions only, and ``live``,
    which the nightly action takes away from what is over, so that few rows are looked at.
    """

    _name = "credit.commitment"
    _description = "Commitment to Pay"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    #: Many2one of the lines and items to the commitment.
    _owner_field = ""

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True, tracking=True)
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        tracking=True,
        domain=[("share", "=", False)],
        help="Is told when it is not kept.",
    )
    grace_days = fields.Integer(string="Grace (Days)")
    note = fields.Text()
    live = fields.Boolean(readonly=True, copy=False, index="btree_not_null")
    closed_on = fields.Date(
        readonly=True, copy=False, help="Day on which it was found kept or broken."
    )
    cancelled_on = fields.Date(readonly=True, copy=False)
    cancel_reason = fields.Char(readonly=True, copy=False, tracking=True)
    amount_settled = fields.Monetary(
        string="Settled",
        compute="_compute_progress",
        help="Paid or credited on its items since.",
    )
    amount_left = fields.Monetary(string="Left", compute="_compute_progress")
    next_date = fields.Date(
        string="Next Payment",
        compute="_compute_progress",
        help="Date of the first part that is not settled yet.",
    )
    missed_on = fields.Date(
        compute="_compute_progress", help="First date that passed, with grace, without the money."
    )

    _check_figures = models.Constraint(
        "CHECK(amount > 0 AND grace_days >= 0)",
        "The amount must be above zero, and the days of grace cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "amount",
        "date",
        "grace_days",
        "cancelled_on",
        "line_ids.amount",
        "line_ids.date",
        "item_ids.amount_start",
        "item_ids.move_line_id.amount_residual_currency",
        "item_ids.move_id.state",
    )
    def _compute_progress(self):
        rows = self._read_progress()
        for record in self:
            row = rows.get(record._origin.id, {})
            settled = min(row.get("settled") or 0.0, record.amount)
            record.state = row.get("state") or self._get_first_state()
            record.amount_settled = settled
            record.amount_left = record.amount - settled
            record.next_date = row.get("next_date")
            record.missed_on = row.get("missed_on")

    def _read_progress(self) -> dict[int, dict]:
        """Return {id: state, settled, next_date, missed_on} as the ledger says now."""
        if not self.ids:
            return {}
        self._flush_progress()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT owner.id, progress.settled, progress.next_date, progress.missed_on,
                       %(state)s AS state
                  FROM %(table)s owner
                  JOIN %(days)s ON day.company_id = owner.company_id
            CROSS JOIN LATERAL (%(progress)s) progress
                 WHERE owner.id IN %(ids)s
                """,
                state=self._get_state_case(SQL("owner")),
                table=SQL.identifier(self._table),
                days=self.env["credit.receivable"]._get_days_sql(),
                progress=self._get_progress_sql(SQL("owner"), SQL("day.today")),
                ids=tuple(self.ids),
            )
        )
        return {row["id"]: row for row in rows}

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._flush_progress()
        return [
            (
                "id",
                "in",
                SQL(
                    "(SELECT owner.id FROM %s owner WHERE %s IN %s)",
                    SQL.identifier(self._table),
                    self._get_state_sql(SQL("owner")),
                    tuple(value) or ("",),
                ),
            )
        ]

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort and group by the state that the ledger gives."""
        if fname == "state":
            self._flush_progress()
            return self._get_state_sql(SQL.identifier(alias))
        return super()._field_to_sql(alias, fname, query)

    @api.depends("partner_id", "amount", "date", "currency_id")
    def _compute_display_name(self):
        for record in self:
            record.display_name = self.env._(
                "%(customer)s, %(amount)s on %(date)s",
                customer=record.partner_id.display_name or "",
                amount=format_amount(self.env, record.amount, record.currency_id)
                if record.currency_id
                else "",
                date=format_date(self.env, record.date) if record.date else "",
            )

    # === STATE, AS THE LEDGER GIVES IT === #

    @api.model
    def _get_first_state(self) -> str:
        """Return the state of a record that is not saved yet."""
        raise NotImplementedError

    @api.model
    def _get_state_case(self, owner: SQL) -> SQL:
        """Return the state as SQL.

        :param owner: alias of the table; further alias: ``progress`` (``_get_progress_sql``)
        """
        raise NotImplementedError

    @api.model
    def _get_state_sql(self, owner: SQL) -> SQL:
        """Return the state today as a scalar subquery on an alias of the table."""
        return SQL(
            """
            (SELECT %(state)s
               FROM %(days)s
         CROSS JOIN LATERAL (%(progress)s) progress
              WHERE day.company_id = %(owner)s.company_id)
            """,
            state=self._get_state_case(owner),
            days=self.env["credit.receivable"]._get_days_sql(),
            progress=self._get_progress_sql(owner, SQL("day.today")),
            owner=owner,
        )

    @api.model
    def _get_progress_sql(self, owner: SQL, today: SQL) -> SQL:
        """Return what was settled of the items of a commitment, and what was missed.

        A payment counts from the later date of what it reconciles (``max_date``), so that a
        bank entry that is booked late still keeps a promise.

        :return: a SELECT of one row: ``settled`` (since it was made), ``missed_on`` (first date
            that passed with its grace before the amounts due until then were settled; null:
            none), ``settled_missed`` (what was settled by then) and ``next_date``
        """
        Item = self.env[self._fields["item_ids"].comodel_name]
        Line = self.env[self._fields["line_ids"].comodel_name]
        owner_field = SQL.identifier(self._owner_field)
        return SQL(
            """
            SELECT total.settled, missed.date AS missed_on, missed.settled AS settled_missed,
                   following.date AS next_date
              FROM (
                SELECT COALESCE(SUM(%(settled)s), 0) AS settled
                  FROM %(items)s
                 WHERE item.%(owner_field)s = %(owner)s.id
              ) total
         LEFT JOIN LATERAL (
                SELECT due.date, due.settled
                  FROM (
                    SELECT line.date,
                           SUM(line.amount) OVER (ORDER BY line.date, line.id) AS cumulated,
                           GREATEST(total.settled - COALESCE((
                                SELECT SUM(partial.debit_amount_currency)
                                  FROM %(item_table)s item
                                  JOIN account_partial_reconcile partial
                                    ON partial.debit_move_id = item.move_line_id
                                 WHERE item.%(owner_field)s = %(owner)s.id
                                   AND partial.max_date > line.date + %(owner)s.grace_days
                           ), 0), 0) AS settled
                      FROM %(line_table)s line
                     WHERE line.%(owner_field)s = %(owner)s.id
                  ) due
                 WHERE due.date + %(owner)s.grace_days < %(today)s
                   AND due.settled < due.cumulated
              ORDER BY due.date
                 LIMIT 1
              ) missed ON TRUE
         LEFT JOIN LATERAL (
                SELECT due.date
                  FROM (
                    SELECT line.date,
                           SUM(line.amount) OVER (ORDER BY line.date, line.id) AS cumulated
                      FROM %(line_table)s line
                     WHERE line.%(owner_field)s = %(owner)s.id
                  ) due
                 WHERE due.cumulated > total.settled
              ORDER BY due.date
                 LIMIT 1
              ) following ON TRUE
            """,
            settled=Item._get_settled_sql(),
            items=Item._get_from_sql(),
            item_table=SQL.identifier(Item._table),
            line_table=SQL.identifier(Line._table),
            owner_field=owner_field,
            owner=owner,
            today=today,
        )

    @api.model
    def _flush_progress(self):
        for model in (
            self._name,
            self._fields["item_ids"].comodel_name,
            self._fields["line_ids"].comodel_name,
            "account.move.line",
            "account.move",
            "account.partial.reconcile",
        ):
            self.env[model].flush_model()

    # === CONSTRAINTS AND CRUD === #

    @api.constrains("company_id")
    def _check_root_company(self):
        for record in self:
            if record.company_id.parent_id:
                raise ValidationError(
                    self.env._("It belongs to the main company %s.", record.company_id.root_id.name)
                )

    def _is_agreed(self) -> bool:
        """Return whether the figures of the record count already, and so cannot change."""
        return bool(self.live or self.closed_on or self.cancelled_on)

    def write(self, vals):
        if _AGREED_FIELDS & set(vals) and self.filtered(lambda record: record._is_agreed()):
            raise UserError(
                self.env._(
                    "What was agreed cannot change. Cancel it and record what was agreed instead."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if self.filtered(lambda record: record._is_agreed()):
            raise UserError(self.env._("What was agreed cannot be deleted: cancel it."))

    # === ITEMS === #

    @api.model
    def _get_open_entries(self, entries, currency):
        """Return the entries that can be promised: open debts in one currency, oldest first.

        :raises UserError: there is none
        """
        found = entries.filtered(
            lambda line: (
                line.parent_state == "posted"
                and not line.reconciled
                and line.currency_id == currency
                and line.currency_id.compare_amounts(line.amount_residual_currency, 0) > 0
            )
        )
        if not found:
            raise UserError(self.env._("None of these items is open: there is nothing to pay."))
        return found.sorted(lambda line: (line.date_maturity or line.date, line.id))

    def _set_live(self, live):
        """Let the commitment count for the reminders, or no longer; the only gate."""
        # Users cannot write items: what was agreed stays.
        self.sudo().write({"live": live})
        self.sudo().item_ids.write({"live": live})
        self.env["credit.alert"]._look_again(self.partner_id, self.company_id)

    def _cancel(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        over = self.filtered("cancelled_on")
        if over:
            raise UserError(self.env._("%s is cancelled already.", over[0].display_name))
        for company, records in self.grouped("company_id").items():
            records.write(
                {"cancelled_on": company._get_credit_today(), "cancel_reason": reason.strip()}
            )
        self._set_live(False)
        self.activity_ids.unlink()

    # === NIGHT === #

    @api.model
    def _follow_ledger(self):
        """Close what the ledger says is over, tell the owners, reopen what came back to life.

        :return: the commitments that were found broken just now
        """
        over = self._get_states_over()
        candidates = self.search([("live", "=", True)])
        closed = candidates.filtered(lambda record: record.state in over)
        for company, records in closed.grouped("company_id").items():
            records.write({"closed_on": company._get_credit_today()})
        closed._set_live(False)
        broken = closed.filtered(lambda record: record.missed_on)
        broken._tell_broken()
        # A payment that is undone, or booked late for an earlier day, changes what came of it.
        again = self.search(
            [
                ("live", "=", False),
                ("closed_on", "!=", False),
                ("cancelled_on", "=", False),
                ("state", "not in", over),
            ]
        )
        again.write({"closed_on": False})
        again._set_live(True)
        again.activity_unlink(["credit_mgmt.mail_activity_type_broken"])
        return broken

    @api.model
    def _get_states_over(self) -> list[str]:
        """Return the states in which nothing more is expected."""
        raise NotImplementedError

    def _tell_broken(self):
        """Give the owner of each broken commitment an activity."""
        for record in self:
            owner = record._get_owner()
            record.activity_schedule(
                "credit_mgmt.mail_activity_type_broken",
                summary=record.with_context(lang=owner.lang)._get_broken_summary(),
                user_id=owner.id,
            )

    def _get_broken_summary(self) -> str:
        """Return what the owner is told about a broken commitment."""
        raise NotImplementedError

    def _get_owner(self):
        """Return the user in charge: the owner, the customer's collector, the responsible."""
        self.ensure_one()
        return (
            self.user_id
            or self.partner_id.with_company(self.company_id).collector_id
            or self.company_id._get_credit_responsible()
        )
