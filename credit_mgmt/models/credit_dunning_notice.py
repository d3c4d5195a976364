from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.reference import search_by_number

#: What a sent notice can never change again.
_EVIDENCE_FIELDS = {
    "run_id", "company_id", "partner_id", "contact_id", "level_id", "policy_id", "lang", "date",
    "sent_date", "line_ids", "amount_claimed", "amount_overdue", "amount_not_due",
    "amount_credit", "amount_due", "formal_notice", "claim_interest", "claim_indemnity",
    "costs_in_due", "amount_interest", "amount_indemnity", "amount_with_costs", "interest_term_id",
    "interest_missing_from",
}  # fmt: skip


class CreditDunningNotice(models.Model):
    """One message to one customer in one run, through one or several channels."""

    _name = "credit.dunning.notice"
    _description = "Reminder"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.dunning.worker", "credit.letter"]
    _order = "date desc, id desc"
    _mail_post_access = "read"
    _rec_names_search = ["name", "partner_id"]

    name = fields.Char(string="Reference", compute="_compute_name", search="_search_name")
    run_id = fields.Many2one("credit.dunning.run", index=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    contact_id = fields.Many2one(
        "res.partner", string="Recipient", readonly=True, ondelete="restrict"
    )
    policy_id = fields.Many2one(
        "credit.dunning.policy", readonly=True, index=True, ondelete="restrict"
    )
    level_id = fields.Many2one(
        "credit.dunning.level",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    formal_notice = fields.Boolean(readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    sent_date = fields.Date(readonly=True, copy=False)
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        readonly=True,
    )
    collector_id = fields.Many2one("res.users", readonly=True)
    line_ids = fields.One2many("credit.dunning.notice.line", "notice_id", readonly=True)
    delivery_ids = fields.One2many("credit.dunning.delivery", "notice_id", readonly=True)
    channel_names = fields.Char(string="Channels", compute="_compute_channel_names")
    letter_count = fields.Integer(string="Letters", compute="_compute_channel_names")
    amount_claimed = fields.Monetary(currency_field="company_currency_id", readonly=True)
    amount_overdue = fields.Monetary(currency_field="company_currency_id", readonly=True)
    amount_not_due = fields.Monetary(currency_field="company_currency_id", readonly=True)
    amount_credit = fields.Monetary(
        string="Credits", currency_field="company_currency_id", readonly=True
    )
    amount_due = fields.Monetary(
        string="Net Due",
        currency_field="company_currency_id",
        readonly=True,
        help="Overdue items less credits and unallocated payments.",
    )
    state = fields.Selection(
        [
            ("draft", "To release"),
            ("ready", "Ready"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("uncertain", "Uncertain"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
    )
    # A plain column set with the state: a unique index on a derived state would speak too late.
    pending = fields.Boolean(readonly=True, default=True)
    cancel_reason = fields.Char(readonly=True)
    released_by = fields.Many2one("res.users", readonly=True)
    released_on = fields.Datetime(readonly=True)
    replied_on = fields.Datetime(string="Answered On", readonly=True)
    items_html = fields.Html(
        compute="_compute_items_html",
        sanitize=False,
        help="Table of the items, for messages.",
    )
    statement_attachment_id = fields.Many2one(
        "ir.attachment", string="Statement", readonly=True, ondelete="restrict"
    )
    attachment_links_html = fields.Html(compute="_compute_attachment_links", sanitize=False)

    _one_pending_per_customer = models.UniqueIndex(
        "(company_id, partner_id) WHERE pending",
        "This customer has a prepared reminder already. Prepare the run again.",
    )

    # === COMPUTE METHODS === #

    def _compute_name(self):
        for notice in self:
            notice.name = f"RL{notice._origin.id or 0:06d}"

    @api.model
    def _search_name(self, operator, value):
        return search_by_number(operator, value)

    @api.depends("partner_id")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = f"{notice.name} {notice.partner_id.display_name or ''}".strip()

    @api.depends("delivery_ids.channel_id", "delivery_ids.state", "delivery_ids.attachment_id")
    def _compute_channel_names(self):
        for notice in self:
            channels = notice.delivery_ids.filtered(lambda d: d.state != "cancelled").channel_id
            notice.channel_names = ", ".join(channels.mapped("name"))
            notice.letter_count = len(notice.delivery_ids.filtered("attachment_id"))

    @api.depends("line_ids", "lang")
    @api.depends_context("lang")
    def _compute_items_html(self):
        for notice in self:
            lines = notice.with_context(lang=notice.lang or self.env.lang)
            notice.items_html = (
                self.env["ir.qweb"]
                .with_context(lang=lines.env.context.get("lang"))
                ._render(
                    "credit_mgmt.credit_dunning_notice_items",
                    {"notice": lines, "html": True},
                )
            )

    def _compute_attachment_links(self):
        for notice in self:
            moves = notice._get_invoice_attachments()[1]
            self._ensure_portal_tokens(moves)
            notice.attachment_links_html = bool(moves) and self.env["ir.qweb"].with_context(
                lang=notice.lang
            )._render(
                "credit_mgmt.credit_dunning_notice_links",
                {"links": [(move.name, move.get_base_url() + move.get_portal_url())
                           for move in moves]},
            )  # fmt: skip

    @api.model
    def _ensure_portal_tokens(self, moves):
        """Give invoices the secret of their portal link, as ``_portal_ensure_token`` does.

        Not by ``write``, which would touch posted journal items for the sake of a link (rule 12).
        """
        missing = moves.filtered(lambda move: not move.access_token)
        if missing:
            self.env.cr.execute(
                SQL(
                    "UPDATE account_move SET access_token = gen_random_uuid()::text "
                    "WHERE id IN %s AND access_token IS NULL",
                    tuple(missing.ids),
                )
            )
            missing.invalidate_recordset(["access_token"])

    # === CRUD === #

    def write(self, vals):
        if _EVIDENCE_FIELDS & set(vals) and self.filtered(lambda n: n._origin.sent_date):
            raise UserError(self.env._("A reminder that was sent is evidence: it cannot change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        if self.filtered(lambda notice: notice.sent_date or notice.state == "sending"):
            raise UserError(
                self.env._("A reminder that was sent is evidence: it cannot be deleted.")
            )

    # === PREPARATION === #

    @api.model
    def _create_for_run(self, run, rows_by_partner):
        """Create the notices, lines and deliveries of a run, in batches.

        :param run: the run, with ``sudo``
        :param rows_by_partner: {partner id: decided rows with a role}
        :return: the notices, and the ids of the partners that no channel reaches
        """
        partner_ids = list(rows_by_partner)
        rows = [row for rows in rows_by_partner.values() for row in rows]
        self._complete_rows(rows)
        self._add_late_costs(rows, run.date)
        notices = self.with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True
        ).create(
            [
                self._prepare_notice_values(run, partner_id, rows_by_partner[partner_id])
                for partner_id in partner_ids
            ]
        )
        recipients = notices._get_recipients()
        channels = notices._get_channels()
        values, unreachable = [], self.browse()
        for notice in notices:
            found = notice._prepare_deliveries(recipients[notice.id], channels[notice.id])
            values += found
            if not found:
                unreachable |= notice
        without_address = unreachable.partner_id.ids
        unreachable.unlink()
        notices -= unreachable
        self.env["credit.dunning.delivery"].create(values)
        for notice in notices:
            contact = recipients[notice.id][:1]
            notice.contact_id = contact
            notice.lang = contact.lang or run.company_id.partner_id.lang or self.env.lang
        notices._log_skipped_levels()
        return notices, without_address

    @api.model
    def _complete_rows(self, rows):
        """Add the original amount and the discount of each item to decided rows, in one query."""
        lines = self.env["account.move.line"].sudo().browse([row["id"] for row in rows])
        by_id = {line.id: line for line in lines}
        for row in rows:
            line = by_id[row["id"]]
            row["amount_total"] = line.amount_currency
            row["discount_date"] = line.discount_date
            row["discount_amount_currency"] = line.discount_amount_currency

    @api.model
    def _prepare_notice_values(self, run, partner_id, rows) -> dict:
        """Return the values of a customer's notice, lines included.

        :param run: the run it belongs to
        :param partner_id: the commercial entity
        :param rows: the customer's decided rows with a role (see ``credit.dunning.run._decide``)
        """
        NoticeLine = self.env["credit.dunning.notice.line"]
        level = self.env["credit.dunning.level"].browse(rows[0]["notice_level_id"])
        return {
            "run_id": run.id,
            "company_id": run.company_id.id,
            "partner_id": partner_id,
            "policy_id": level.policy_id.id,
            "level_id": level.id,
            "formal_notice": level.formal_notice,
            "date": run.date,
            "collector_id": next((row["collector_id"] for row in rows if row["collector_id"]), None)
            or run.company_id.credit_responsible_id.id,
            "line_ids": [
                fields.Command.create(
                    NoticeLine._prepare_line_values(run.date, run.company_id, row)
                )
                for row in rows
            ],
            **self._get_totals(rows),
        }

    @api.model
    def _get_totals(self, rows) -> dict:
        """Return the totals of decided rows, in company currency as booked."""
        totals = defaultdict(float)
        for row in rows:
            amount = row["amount_residual"]
            if row["role"] == "claimed":
                totals["amount_claimed"] += amount
            if row["role"] == "credit":
                totals["amount_credit"] += amount
            elif row["days_overdue"] > 0:
                totals["amount_overdue"] += amount
            else:
                totals["amount_not_due"] += amount
        return {
            "amount_claimed": totals["amount_claimed"],
            "amount_overdue": totals["amount_overdue"],
            "amount_not_due": totals["amount_not_due"],
            "amount_credit": totals["amount_credit"],
            "amount_due": totals["amount_overdue"] + totals["amount_credit"],
        }

    def _get_recipients(self) -> dict:
        """Return whom each notice is addressed to, in order of preference (rule 7).

        The dunning contacts of the customer, then its invoice addresses, then itself. A channel
        takes the first of them that it can reach.

        :return: {notice id: res.partner records, best first}
        """
        recipients = self._get_recipients_by_partner(self.partner_id)
        return {notice.id: recipients[notice.partner_id.id] for notice in self}

    def _get_channels(self) -> dict:
        """Return the channels of each notice: those of its level, none chosen by the customer.

        :return: {notice id: credit.dunning.channel records}
        """
        return {notice.id: notice.level_id.channel_ids for notice in self}

    def _prepare_deliveries(self, recipients, channels) -> list[dict]:
        """Return the values of the deliveries of a notice, one per channel that has an address.

        The level's fallback channel steps in when none of its channels reaches the customer.
        """
        self.ensure_one()
        for candidates in (channels, self.level_id.fallback_channel_id):
            values = []
            for channel in candidates:
                contact, address = self._get_contact(recipients, channel)
                if contact:
                    values.append(self._prepare_delivery_values(channel, contact, address))
            if values:
                return values
        return []

    def _prepare_delivery_values(self, channel, contact, address) -> dict:
        """Return the values of a delivery of the notice through a channel."""
        self.ensure_one()
        return {
            "notice_id": self.id,
            "company_id": self.company_id.id,
            "channel_id": channel.id,
            "contact_id": contact.id,
            "address": address,
        }

    @api.model
    def _get_contact(self, recipients, channel):
        """Return the first recipient that the channel reaches, and the address used."""
        channel = channel.with_company(self.company_id[:1] or self.env.company)
        for contact in recipients:
            if address := channel._get_address(contact):
                return contact, address
        return recipients.browse(), ""

    def _log_skipped_levels(self):
        """Say in the chatter which levels an item jumped over (catch-up, chosen level)."""
        bodies = {}
        for notice in self:
            claimed = notice.line_ids.filtered(lambda line: line.kind == "claimed")
            levels = notice.policy_id.level_ids
            level = claimed.level_id.sorted("delay_days")[-1:]
            before = levels.filtered(
                lambda before, level=level: 0 <= before.delay_days < level.delay_days
            )
            if not before or notice.run_id.level_mode == "next":
                continue
            reached = claimed.move_line_id.ids
            bodies[notice.id] = (before, reached)
        if not bodies:
            return
        done = defaultdict(set)
        for line in self.env["credit.dunning.notice.line"].search(
            [
                ("move_line_id", "in", [i for _b, ids in bodies.values() for i in ids]),
                ("live", "=", True),
                ("kind", "=", "claimed"),
            ]
        ):
            done[line.move_line_id.id].add(line.level_id.id)
        messages = {}
        for notice_id, (before, item_ids) in bodies.items():
            skipped = before.filtered(
                lambda level, ids=item_ids: any(level.id not in done[item] for item in ids)
            )
            if skipped:
                messages[notice_id] = self.env._(
                    "Levels skipped: %s.", ", ".join(skipped.mapped("name"))
                )
        if messages:
            self.browse(messages)._message_log_batch(bodies=messages)

    # === STATE === #

    def _sync_state(self):
        """Derive the state from the deliveries; the only place that writes it."""
        for notice in self:
            deliveries = notice.delivery_ids
            states = set(deliveries.mapped("state"))
            if "sending" in states:
                state = "sending"
            elif "ready" in states:
                state = "draft" if notice.state == "draft" else "ready"
            elif "uncertain" in states:
                state = "uncertain"
            elif "sent" in states:
                state = "sent"
            elif "failed" in states:
                state = "failed"
            else:
                state = "cancelled"
            values = {"state": state, "pending": state in ("draft", "ready", "sending")}
            if state == "sent" and not notice.sent_date:
                # The date that the messages print: the notice was recomputed for it.
                values["sent_date"] = notice.date
            if values["state"] != notice.state or values["pending"] != notice.pending:
                notice.write(values)

    def _set_ready(self):
        """Let drafts be sent: by a person, or by the machine for an automatic level."""
        self.filtered(lambda notice: notice.state == "draft").write({"state": "ready"})

    def _cancel(self, reason):
        """Cancel what has not left and free the levels it claims.

        :raises UserError: a notice that is being sent or was sent
        """
        wrong = self.filtered(lambda notice: notice.state in ("sending", "sent"))
        if wrong:
            raise UserError(
                self.env._(
                    "%s has left already and cannot be cancelled.",
                    wrong[0].display_name,
                )
            )
        self.delivery_ids.filtered(lambda d: d.state != "cancelled").write({"state": "cancelled"})
        self.line_ids.filtered("live").write({"live": False})
        self.write({"cancel_reason": reason, "state": "cancelled", "pending": False})

    # === ACTIONS === #

    def _check_user(self):
        """Refuse those who may not decide about reminders; the writes themselves use sudo.

        Users have no write access on notices, so that no import or API call can forge one.
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise UserError(self.env._("Only credit users may decide about reminders."))

    def action_release(self):
        """Release notices to be sent; for a formal notice this is the person's decision."""
        self._check_user()
        drafts = self.filtered(lambda notice: notice.state == "draft")
        if not drafts:
            raise UserError(self.env._("None of these reminders waits for a release."))
        drafts.sudo().write({"released_by": self.env.user.id, "released_on": fields.Datetime.now()})
        drafts.sudo()._set_ready()
        return True

    def action_unrelease(self):
        """Take a released notice back for review."""
        self._check_user()
        ready = self.filtered(lambda notice: notice.state == "ready").sudo()
        ready.write({"state": "draft", "released_by": False, "released_on": False})
        return True

    def action_send(self):
        """Send the selected ready notices now."""
        self._check_user()
        ready = self.filtered(lambda notice: notice.state == "ready").sudo()
        if not ready:
            raise UserError(self.env._("None of these reminders is ready: release them first."))
        ready.run_id.filtered(lambda run: run.state == "prepared").write({"state": "sending"})
        ready._send()
        ready.run_id._close_if_done()
        return True

    def action_drop(self):
        """Take notices out of their run; the customers are listed as left out."""
        self._check_user()
        for run, notices in self.sudo().grouped("run_id").items():
            rows = [
                {
                    "partner_id": line.partner_id.id,
                    "id": line.move_line_id.id,
                    "move_id": line.move_id.id,
                    "scope": "customer",
                    "reason": "dropped",
                    "detail": self.env.user.name,
                    "amount_residual": line.amount_residual,
                    "days_overdue": line.days_overdue,
                    "level_id": line.level_id.id,
                }
                for line in notices.line_ids
                if line.kind == "claimed"
            ]
            notices._cancel(self.env._("Taken out by %s", self.env.user.name))
            run._create_skips(rows)
            run._close_if_done()
        return True

    def action_cancel(self):
        """Cancel notices that have not left, failed and uncertain ones included."""
        self._check_user()
        self.sudo()._cancel(self.env._("Cancelled by %s", self.env.user.name))
        self.sudo().run_id._close_if_done()
        return True

    def action_set_channels(self, channels):
        """Send notices that have not left through these channels instead.

        :param channels: credit.dunning.channel records
        :raises UserError: a notice has left, or the customer has no address on a channel
        """
        self._check_user()
        if not channels:
            raise UserError(self.env._("Choose at least one channel."))
        notices = self.sudo()
        if notices.filtered(lambda notice: notice.state not in ("draft", "ready")):
            raise UserError(self.env._("Only reminders that have not left can change channel."))
        recipients = notices._get_recipients()
        values = []
        for notice in notices:
            for channel in channels:
                contact, address = self._get_contact(recipients[notice.id], channel)
                if not contact:
                    raise UserError(
                        self.env._(
                            "%(customer)s has no usable address for the channel %(channel)s.",
                            customer=notice.partner_id.display_name,
                            channel=channel.name,
                        )
                    )
                if channel not in notice.delivery_ids.channel_id:
                    values.append(notice._prepare_delivery_values(channel, contact, address))
            notice.delivery_ids.filtered(lambda d: d.channel_id not in channels).unlink()
        self.env["credit.dunning.delivery"].sudo().create(values)
        return True

    def action_mark_handled(self):
        """The customer's answer is handled: automatic reminders go on."""
        self._check_user()
        self.env["credit.dunning.exclusion"].search(
            [
                ("kind", "=", "replied"),
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        ).action_lift()
        self.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref("credit_mgmt.mail_activity_type_answer")
        ).action_feedback()
        return True

    def action_print_letters(self):
        """Download the letters of the notices as one PDF, in the order of the addresses."""
        letters = self.delivery_ids.filtered(lambda d: d.attachment_id)
        if not letters:
            raise UserError(self.env._("There is no letter to print among these reminders."))
        return letters.action_print()

    def action_preview(self):
        """Show the message and the letter as the recipient will see them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview: %s", self.display_name),
            "res_model": "credit.dunning.level.preview",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_notice_id": self.id,
                "default_level_id": self.level_id.id,
                "dialog_size": "extra-large",
            },
        }
