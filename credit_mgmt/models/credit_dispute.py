from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_amount

from .credit_dispute_reason import EINVOICE_REASONS

#: What the owner of a dispute may write without being a credit user: the answer.
OWNER_FIELDS = {"answer", "proposal"}
#: Resolutions that the ledger gives, not a person.
LEDGER_RESOLUTIONS = ("paid", "credited")


class CreditDispute(models.Model):
    """A customer contests an invoice, or a part of it.

    Only the disputed part leaves the reminders; it stays in the exposure. The owner, in whatever
    department, answers; a credit user closes. It closes itself when it is paid or credited:
    ``amount_left`` is read from the ledger.
    """

    _name = "credit.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice or Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_name = fields.Char(string="Number", readonly=True)
    invoice_user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    product_id = fields.Many2one(
        "product.product", help="What the dispute is about, to find where the causes are."
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount = fields.Monetary(string="Disputed", required=True, readonly=True)
    amount_company = fields.Monetary(
        string="Disputed, Company Currency",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_left = fields.Monetary(
        string="Still Disputed",
        compute="_compute_progress",
        help="Not more than is open, less what credit notes took away since.",
    )
    item_ids = fields.One2many("credit.dispute.item", "dispute_id", string="Items", readonly=True)
    live = fields.Boolean(readonly=True, index="btree_not_null")
    date = fields.Date(required=True, readonly=True)
    reason_id = fields.Many2one(
        "credit.dispute.reason", required=True, index=True, ondelete="restrict", tracking=True
    )
    description = fields.Text(string="What the Customer Says")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        index=True,
        domain=[("share", "=", False)],
        tracking=True,
        help="Is to answer, in whatever department.",
    )
    date_deadline = fields.Date(string="Answer Until", required=True, index=True, tracking=True)
    escalated_on = fields.Date(readonly=True, help="Day on which the responsible was told.")
    answer = fields.Text(string="Answer of the Owner", tracking=True)
    proposal = fields.Selection(
        [
            ("accept", "The customer is right"),
            ("partial", "The customer is partly right"),
            ("reject", "The customer is wrong"),
        ],
        string="Owner's Finding",
        tracking=True,
    )
    answered_on = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("open", "Under way"), ("answered", "Answered"), ("closed", "Closed")],
        compute="_compute_progress",
        search="_search_state",
    )
    resolution = fields.Selection(
        [
            ("credit_note", "Credit note"),
            ("replaced", "Invoice replaced"),
            ("partial", "Partly accepted"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn by the customer"),
            ("paid", "Paid"),
            ("credited", "Credited"),
        ],
        readonly=True,
        tracking=True,
    )
    resolution_note = fields.Text(readonly=True)
    resolution_move_id = fields.Many2one(
        "account.move",
        string="Credit Note or New Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amount_accepted = fields.Monetary(string="Accepted", readonly=True)
    closed_on = fields.Date(readonly=True)
    closed_by = fields.Many2one("res.users", readonly=True)
    resume_level_id = fields.Many2one(
        "credit.dunning.level", string="Resumed at Level", readonly=True, ondelete="set null"
    )
    days_open = fields.Integer(compute="_compute_days_open")
    einvoice_status = fields.Selection(
        [
            ("206", "206 Approved in part"),
            ("207", "207 Contested"),
            ("208", "208 Suspended, documents missing"),
            ("210", "210 Refused"),
        ],
        string="E-invoice Status",
    )
    einvoice_code = fields.Selection(EINVOICE_REASONS, string="E-invoice Reason")
    einvoice_comment = fields.Char(string="E-invoice Comment")
    einvoice_date = fields.Datetime(string="E-invoice Status Of")

    _check_amount = models.Constraint(
        "CHECK(amount > 0)", "The disputed amount must be above zero."
    )

    # === COMPUTE METHODS === #

    @api.depends("reason_id", "move_name", "partner_id")
    def _compute_display_name(self):
        for dispute in self:
            parts = (dispute.move_name, dispute.reason_id.name, dispute.partner_id.name)
            dispute.display_name = " - ".join(part for part in parts if part)

    @api.depends(
        "closed_on",
        "answered_on",
        "item_ids.amount",
        "item_ids.credited_start",
        "item_ids.move_line_id.amount_residual_currency",
        "item_ids.move_id.state",
    )
    def _compute_progress(self):
        rows = {}
        if self.ids:
            self._flush_progress()
            rows = {
                row[0]: row[1:]
                for row in self.env.execute_query(
                    SQL(
                        "SELECT owner.id, %s, %s FROM credit_dispute owner WHERE owner.id IN %s",
                        self._get_state_sql(SQL("owner")),
                        self._get_left_sql(SQL("owner")),
                        tuple(self.ids),
                    )
                )
            }
        for dispute in self:
            dispute.state, dispute.amount_left = rows.get(dispute._origin.id, ("open", 0.0))

    @api.model
    def _get_left_sql(self, owner: SQL) -> SQL:
        """Return what is left of a dispute, as the ledger says (rule of the items)."""
        Item = self.env["credit.dispute.item"]
        return SQL(
            """
            (SELECT CASE WHEN %(owner)s.closed_on IS NOT NULL THEN 0
                         ELSE COALESCE(SUM(%(left)s), 0) END
               FROM %(items)s
              WHERE item.dispute_id = %(owner)s.id)
            """,
            owner=owner,
            left=Item._get_left_sql(Item._get_credited_sql(SQL("item.move_line_id"))),
            items=Item._get_from_sql(),
        )

    @api.model
    def _get_state_sql(self, owner: SQL) -> SQL:
        return SQL(
            """
            CASE WHEN %(owner)s.closed_on IS NOT NULL OR %(left)s <= 0 THEN 'closed'
                 WHEN %(owner)s.answered_on IS NOT NULL THEN 'answered'
                 ELSE 'open' END
            """,
            owner=owner,
            left=self._get_left_sql(owner),
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
                    "(SELECT owner.id FROM credit_dispute owner WHERE %s IN %s)",
                    self._get_state_sql(SQL("owner")),
                    tuple(value) or ("",),
                ),
            )
        ]

    def _field_to_sql(self, alias, fname, query=None):
        """Let lists sort and group by what the ledger gives."""
        if fname in ("state", "amount_left"):
            self._flush_progress()
            get = self._get_state_sql if fname == "state" else self._get_left_sql
            return get(SQL.identifier(alias))
        return super()._field_to_sql(alias, fname, query)

    @api.model
    def _flush_progress(self):
        for model in (
            "credit.dispute",
            "credit.dispute.item",
            "account.move.line",
            "account.move",
            "account.partial.reconcile",
        ):
            self.env[model].flush_model()

    @api.depends("date", "closed_on")
    def _compute_days_open(self):
        for dispute in self:
            company = dispute.company_id or self.env.company
            end = dispute.closed_on or company._get_credit_today()
            dispute.days_open = (end - dispute.date).days if dispute.date else 0

    # === CRUD === #

    def write(self, vals):
        self._check_owner_fields(vals)
        if {"answer", "proposal"} & set(vals) and (vals.get("answer") or vals.get("proposal")):
            vals = {**vals, "answered_on": fields.Datetime.now()}
        previous = {dispute: dispute.user_id for dispute in self}
        result = super().write(vals)
        if "user_id" in vals:
            for dispute in self.filtered(lambda d: d.user_id != previous[d] and d.live):
                dispute.activity_reschedule(
                    ["credit_mgmt.mail_activity_type_dispute"], new_user_id=dispute.user_id.id
                )
        return result

    def _check_owner_fields(self, vals):
        """Let owners without credit rights answer, and nothing else."""
        if self.env.su or self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            return
        # Bookkeeping of the chatter and activities is Odoo's.
        own = {name for name in vals if not name.startswith(("message_", "activity_"))}
        if own - OWNER_FIELDS - {"answered_on"}:
            raise AccessError(
                self.env._("You may answer this dispute; credit users decide about it.")
            )

    # === CREATION === #

    @api.model
    def _dispute(self, entries, amount, reason, **values):
        """Record that a customer disputes open items of an invoice; this part is not claimed.

        The amount is laid over the items, the earliest due first.

        :param entries: receivable journal items of one invoice or entry
        :param float amount: in the currency of the items; 0: all that is open
        :param reason: credit.dispute.reason
        :param values: further values of the dispute
        :return: the dispute
        :raises UserError: more than is open and not disputed yet
        """
        move = entries.move_id
        if len(move) != 1 or len(entries.currency_id) != 1:
            raise UserError(self.env._("A dispute is about one invoice."))
        company, currency = move.company_id.root_id, entries.currency_id
        item_values = self._prepare_items(entries, amount)
        owner = self.env["res.users"].browse(values.pop("user_id", None)) or reason.user_id
        today = company._get_credit_today()
        products = move.invoice_line_ids.product_id
        by_entry = {entry.id: entry for entry in entries}
        dispute = self.create(
            {
                "company_id": company.id,
                "partner_id": entries.partner_id.commercial_partner_id.id,
                "move_id": move.id,
                "move_name": move.name,
                "invoice_user_id": move.invoice_user_id.id,
                "product_id": products.id if len(products) == 1 else False,
                "currency_id": currency.id,
                "amount": currency.round(sum(row["amount"] for row in item_values)),
                "amount_company": sum(
                    self._to_company(by_entry[row["move_line_id"]], row["amount"])
                    for row in item_values
                ),
                "date": today,
                "reason_id": reason.id,
                "user_id": (owner or move.invoice_user_id or self.env.user).id,
                "date_deadline": company._add_credit_working_days(
                    today, company.credit_dispute_days
                ),
                "einvoice_code": reason.einvoice_code,
                **values,
            }
        )
        self.env["credit.dispute.item"].sudo().create(
            [dict(row, dispute_id=dispute.id) for row in item_values]
        )
        dispute._set_live(True)
        self.env["credit.contact.log"]._log(
            dispute.partner_id, company, "dispute", note=dispute.display_name
        )
        dispute._ask_for_answer()
        return dispute

    def _ask_for_answer(self):
        """Give the owners the task to answer until the deadline, or today when it has passed."""
        for dispute in self:
            in_words = dispute.with_context(lang=dispute.user_id.lang)
            dispute.activity_schedule(
                "credit_mgmt.mail_activity_type_dispute",
                date_deadline=max(dispute.date_deadline, dispute.company_id._get_credit_today()),
                summary=in_words.env._("Answer the dispute: %s", in_words.reason_id.name),
                user_id=dispute.user_id.id,
            )

    @api.model
    def _prepare_items(self, entries, amount) -> list[dict]:
        """Return the values of the items that an amount covers; see ``_dispute``."""
        Item = self.env["credit.dispute.item"]
        currency = entries.currency_id
        entries = entries.filtered(
            lambda line: line.parent_state == "posted" and line.amount_residual_currency > 0
        ).sorted(lambda line: (line.date_maturity or line.date, line.id))
        rows = self._read_free(entries)
        free = sum(row["free"] for row in rows.values())
        if currency.compare_amounts(free, 0) <= 0:
            raise UserError(self.env._("Nothing is left to dispute on this invoice."))
        left = amount or free
        if currency.compare_amounts(left, 0) <= 0:
            raise ValidationError(self.env._("The disputed amount must be above zero."))
        if currency.compare_amounts(left, free) > 0:
            raise ValidationError(
                self.env._(
                    "At most %s can be disputed: it is what is open and not disputed yet.",
                    format_amount(self.env, free, currency),
                )
            )
        result = []
        for entry in entries:
            part = currency.round(min(left, rows[entry.id]["free"]))
            left = currency.round(left - part)
            if currency.is_zero(part):
                continue
            result.append(
                {
                    **Item._prepare_item_values(entry),
                    "amount": part,
                    "credited_start": rows[entry.id]["credited"],
                }
            )
        return result

    @api.model
    def _read_free(self, entries) -> dict[int, dict]:
        """Return what can still be disputed of journal items: {id: free, credited}."""
        if not entries:
            return {}
        self._flush_progress()
        Item = self.env["credit.dispute.item"]
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT line.id, credited.amount AS credited,
                       GREATEST(line.amount_residual_currency - COALESCE((
                            SELECT SUM(%(left)s)
                              FROM %(items)s
                             WHERE item.move_line_id = line.id AND item.live
                       ), 0), 0) AS free
                  FROM account_move_line line
            CROSS JOIN LATERAL (SELECT %(credited)s AS amount) credited
                 WHERE line.id IN %(ids)s
                """,
                left=Item._get_left_sql(SQL("credited.amount")),
                items=Item._get_from_sql(),
                credited=Item._get_credited_sql(SQL("line.id")),
                ids=tuple(entries.ids),
            )
        )
        return {row["id"]: row for row in rows}

    @api.model
    def _to_company(self, entry, amount):
        """Return a part of an open item in company currency, at the item's own rate."""
        is_open = entry.amount_residual_currency
        return entry.company_currency_id.round(
            entry.amount_residual * amount / is_open if is_open else amount
        )

    def _set_live(self, live):
        """Let the dispute count for the reminders, or no longer; the only gate."""
        self.sudo().write({"live": live})  # owners and items: nobody writes it by hand
        self.sudo().item_ids.write({"live": live})
        self.env["credit.alert"]._look_again(self.partner_id, self.company_id)

    # === END === #

    def _close(self, resolution, note="", move=None, accepted=0.0, level=None, resume=False):
        """Close disputes; reminders of the items go on, at a chosen level if one is given.

        :param str resolution: a key of the field
        :param str note: how it was settled
        :param move: the credit note or the invoice that replaces the disputed one
        :param float accepted: what the company accepts of the disputed amount
        :param resume: begin the cycle again, at ``level`` or with the first one
        """
        closed = self.filtered("closed_on")
        if closed:
            raise UserError(self.env._("%s is closed already.", closed[0].display_name))
        for company, disputes in self.grouped("company_id").items():
            disputes.write(
                {
                    "closed_on": company._get_credit_today(),
                    "closed_by": self.env.uid,
                    "resolution": resolution,
                    "resolution_note": note,
                    "resolution_move_id": move.id if move else False,
                    "amount_accepted": accepted,
                    "resume_level_id": level.id if level else False,
                }
            )
        self._set_live(False)
        self._use_up_credits()
        self.activity_feedback(
            ["credit_mgmt.mail_activity_type_dispute", "credit_mgmt.mail_activity_type_escalation"]
        )
        if resume:
            entries = self.item_ids.move_line_id
            self.env["credit.dunning.reset"]._resume_items(
                entries, note or self.env._("Dispute closed"), level
            )

    def _use_up_credits(self):
        """Let a credit note answer one dispute only, where an item has several.

        What was credited for the closed one no longer reduces the others.
        """
        items = self.sudo().item_ids  # other users' disputes of the same item
        others = items.search(
            [("move_line_id", "in", items.move_line_id.ids), ("live", "=", True)]
        ).grouped("move_line_id")
        for item in items:
            for other in others.get(item.move_line_id, ()):
                other.credited_start = max(other.credited_start, item.credited_start + item.amount)

    def action_open_close(self):
        """Ask how the dispute was settled."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close the dispute"),
            "res_model": "credit.dispute.close",
            "view_mode": "form",
            "target": "new",
            "context": {"default_dispute_ids": [fields.Command.set(self.ids)]},
        }

    def action_reopen(self):
        """Take a closed dispute up again: it is about what is open now."""
        for dispute in self:
            if not dispute.closed_on:
                raise UserError(self.env._("%s is open.", dispute.display_name))
            entries = dispute.sudo().item_ids.move_line_id
            rows = self._read_free(entries)
            if not sum(row["free"] for row in rows.values()):
                raise UserError(self.env._("Nothing is left to dispute on this invoice."))
            dispute.write(
                {"closed_on": False, "closed_by": False, "resolution": False,
                 "resolution_note": False, "resolution_move_id": False, "amount_accepted": 0.0}
            )  # fmt: skip
            for item in dispute.sudo().item_ids.filtered("move_line_id"):
                item.credited_start = rows[item.move_line_id.id]["credited"]
            dispute._set_live(True)
        return True

    def action_open_invoice(self):
        """Open the disputed invoice or entry."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    # === NIGHT === #

    @api.model
    def _cron_follow(self):
        """Close what was paid or credited, reopen what no longer is, escalate what waits."""
        live = self.search([("live", "=", True)])
        gone = live.filtered(lambda dispute: dispute.state == "closed")
        for dispute in gone.sorted("id"):
            dispute._close(
                dispute._get_ledger_resolution(),
                self.env._("Settled in the ledger, closed by itself"),
            )
        undone = self.search(
            [("live", "=", False), ("resolution", "in", LEDGER_RESOLUTIONS)]
        )._filter_open_again()
        if undone:
            undone.write({"closed_on": False, "closed_by": False, "resolution": False})
            undone._set_live(True)
            undone._ask_for_answer()
        (live - gone)._escalate()

    def _get_ledger_resolution(self) -> str:
        """Return how a dispute of which nothing is left was settled: paid or credited."""
        self.ensure_one()
        Item = self.env["credit.dispute.item"]
        rows = self.env.execute_query(
            SQL(
                "SELECT SUM(LEAST(item.amount, GREATEST(%s - item.credited_start, 0)))"
                " FROM credit_dispute_item item WHERE item.dispute_id = %s",
                Item._get_credited_sql(SQL("item.move_line_id")),
                self.id,
            )
        )
        credited = rows[0][0] or 0
        return (
            "credited" if self.currency_id.compare_amounts(credited, self.amount) >= 0 else "paid"
        )

    def _filter_open_again(self):
        """Return the disputes of which something is left again, as the ledger has it now.

        The ledger closed them: a payment or a credit note that is unmatched since opens them.
        """
        if not self:
            return self
        self._flush_progress()
        Item = self.env["credit.dispute.item"]
        rows = self.env.execute_query(
            SQL(
                "SELECT item.dispute_id FROM %s WHERE item.dispute_id IN %s"
                " GROUP BY item.dispute_id HAVING SUM(%s) > 0",
                Item._get_from_sql(),
                tuple(self.ids),
                Item._get_left_sql(Item._get_credited_sql(SQL("item.move_line_id"))),
            )
        )
        return self.browse(dispute_id for [dispute_id] in rows)

    def _escalate(self):
        """Tell the responsible of the company about disputes that nobody answered in time."""
        for company, disputes in self.grouped("company_id").items():
            today = company._get_credit_today()
            for dispute in disputes.filtered(
                lambda d, today=today: (
                    d.state == "open" and d.date_deadline < today and not d.escalated_on
                )
            ):
                dispute.escalated_on = today
                responsible = company._get_credit_responsible()
                env = self.with_context(lang=responsible.lang).env
                dispute.activity_schedule(
                    "credit_mgmt.mail_activity_type_escalation",
                    summary=env._("Dispute not answered in time by %s", dispute.user_id.name),
                    user_id=responsible.id,
                )
