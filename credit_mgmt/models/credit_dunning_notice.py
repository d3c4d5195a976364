import logging
from collections import defaultdict
from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models, modules, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..exceptions import DeliveryInterrupted
from ..tools import placeholders

_logger = logging.getLogger(__name__)

#: Namespace of the session-level advisory lock that a worker holds while it sends a notice. The
#: database frees it when the worker dies, which tells a dead claim from a slow one.
_SEND_LOCK = 1_129_464_147
#: Working days after which a prepared notice that nobody sent gives its levels back (rule 2).
EXPIRY_WORKING_DAYS = 3
#: Letters or statements rendered in one call of the PDF program.
PDF_BATCH = 50
#: What a sent notice can never change again.
_EVIDENCE_FIELDS = {
    "run_id", "company_id", "partner_id", "contact_id", "level_id", "policy_id", "lang", "date",
    "sent_date", "line_ids", "amount_claimed", "amount_overdue", "amount_not_due",
    "amount_credit", "amount_due", "formal_notice",
}  # fmt: skip


class CreditDunningNotice(models.Model):
    """One message to one customer in one run, through one or several channels."""

    _name = "credit.dunning.notice"
    _description = "Reminder"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Reference", compute="_compute_name", search="_search_name")
    run_id = fields.Many2one(
        "credit.dunning.run", index=True, readonly=True, ondelete="restrict"
    )
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
        "credit.dunning.level", required=True, readonly=True, index=True, ondelete="restrict"
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
        compute="_compute_items_html", sanitize=False, help="Table of the items, for messages."
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

    def _search_name(self, operator, value):
        if operator not in ("in", "ilike", "=ilike", "="):
            return NotImplemented
        values = value if operator == "in" else [value]
        numbers = [
            int(digits) for text in values if (digits := "".join(filter(str.isdigit, text or "")))
        ]
        return [("id", "in", numbers)]

    @api.depends("partner_id")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = f"{notice.name} {notice.partner_id.display_name or ''}".strip()

    @api.depends("delivery_ids.channel_id", "delivery_ids.state")
    def _compute_channel_names(self):
        for notice in self:
            channels = notice.delivery_ids.filtered(lambda d: d.state != "cancelled").channel_id
            notice.channel_names = ", ".join(channels.mapped("name"))

    @api.depends("line_ids", "lang")
    @api.depends_context("lang")
    def _compute_items_html(self):
        for notice in self:
            lines = notice.with_context(lang=notice.lang or self.env.lang)
            notice.items_html = self.env["ir.qweb"].with_context(
                lang=lines.env.context.get("lang")
            )._render("credit_mgmt.credit_dunning_notice_items", {"notice": lines, "html": True})

    def _compute_attachment_links(self):
        for notice in self:
            moves = notice._get_invoice_attachments()[1]
            for move in moves:
                move._portal_ensure_token()
            notice.attachment_links_html = moves and self.env["ir.qweb"].with_context(
                lang=notice.lang
            )._render(
                "credit_mgmt.credit_dunning_notice_links",
                {"links": [(move.name, move.get_base_url() + move.get_portal_url())
                           for move in moves]},
            )  # fmt: skip

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
        self._complete_rows([row for rows in rows_by_partner.values() for row in rows])
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
        """Add the original amount of each item to decided rows, in one query."""
        lines = self.env["account.move.line"].sudo().browse([row["id"] for row in rows])
        totals = {line.id: line.amount_currency for line in lines}
        for row in rows:
            row["amount_total"] = totals[row["id"]]

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
        partners = self.partner_id
        contacts = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("id", "not in", partners.ids),
                "|",
                ("dunning_contact", "=", True),
                ("type", "=", "invoice"),
            ],
            order="id",
        )
        by_partner = contacts.grouped("commercial_partner_id")
        result = {}
        for notice in self:
            own = by_partner.get(notice.partner_id, contacts.browse())
            result[notice.id] = (
                own.filtered("dunning_contact")
                + own.filtered(lambda contact: not contact.dunning_contact)
                + notice.partner_id
            )
        return result

    def _get_channels(self) -> dict:
        """Return the channels of each notice: those of its level, none chosen by the customer.

        :return: {notice id: credit.dunning.channel records}
        """
        return {notice.id: notice.level_id.channel_ids for notice in self}

    def _prepare_deliveries(self, recipients, channels) -> list[dict]:
        """Return the values of the deliveries of a notice, one per channel that has an address.

        A channel without a usable address gives way to the level's fallback channel.
        """
        self.ensure_one()
        values = {}
        fallback = self.level_id.fallback_channel_id
        for channel in channels:
            for candidate in channel | fallback:
                contact, address = self._get_contact(recipients, candidate)
                if contact:
                    values.setdefault(
                        candidate.id,
                        {
                            "notice_id": self.id,
                            "company_id": self.company_id.id,
                            "channel_id": candidate.id,
                            "contact_id": contact.id,
                            "address": address,
                        },
                    )
                    break
        return list(values.values())

    @api.model
    def _get_contact(self, recipients, channel):
        """Return the first recipient that the channel reaches, and the address used."""
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
                lambda l, level=level: 0 <= l.delay_days < level.delay_days
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
                lambda l, ids=item_ids: any(l.id not in done[item] for item in ids)
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
            elif "uncertain" in states:
                state = "uncertain"
            elif "ready" in states:
                state = "draft" if notice.state == "draft" else "ready"
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
                self.env._("%s has left already and cannot be cancelled.", wrong[0].display_name)
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
        drafts.sudo().write(
            {"released_by": self.env.user.id, "released_on": fields.Datetime.now()}
        )
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
                    values.append(
                        {
                            "notice_id": notice.id,
                            "company_id": notice.company_id.id,
                            "channel_id": channel.id,
                            "contact_id": contact.id,
                            "address": address,
                        }
                    )
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
            "context": {"default_notice_id": self.id, "default_level_id": self.level_id.id},
        }

    # === RECHECK === #

    def _recheck(self):
        """Compare unsent notices with the ledger as it is now, and mend them (rule 2).

        Items paid, credited, disputed, promised or excluded since leave the notice; one with
        nothing left to claim is cancelled with its reason; sent on another day than its run's, it
        is recomputed for that day.

        :return: the notices that changed and still are to be sent
        """
        changed = self.browse()
        for company, notices in self.grouped("company_id").items():
            today = company._get_credit_today()
            current = notices._get_current_rows(company, today)
            for notice in notices:
                rows = notice._merge_rows(current.get(notice.partner_id.id, []))
                if reason := notice._get_drop_reason(rows):
                    notice._cancel(reason)
                elif notice._is_changed(rows, today):
                    notice._rewrite(rows, today)
                    changed |= notice
        return changed

    def _get_current_rows(self, company, today) -> dict:
        """Return the open items of the customers, as ``_decide`` gives them: {partner id: rows}."""
        receivable = self.env["credit.receivable"].sudo().with_context(receivable_date=today)
        query = receivable._search(
            [
                ("root_company_id", "=", company.id),
                ("partner_id", "in", self.partner_id.ids),
            ],
            order="partner_id, date_maturity, id",
        )
        names = (
            "id", "partner_id", "move_id", "name", "date", "date_maturity", "days_overdue",
            "currency_id", "amount_residual", "amount_residual_currency", "amount_dunnable",
            "kind", "exclusion_reason",
        )  # fmt: skip
        rows = self.env.execute_query_dict(
            query.select(*(SQL.identifier(query.table, name) for name in names))
        )
        result = defaultdict(list)
        for row in rows:
            result[row["partner_id"]].append(row)
        return result

    def _merge_rows(self, current) -> list[dict]:
        """Return the rows the notice should print now, each with its role and level."""
        self.ensure_one()
        claims = {
            line.move_line_id.id: line.level_id.id
            for line in self.line_ids
            if line.kind == "claimed" and line.live
        }
        overridden = self.run_id._get_overridden_reasons()
        rows = []
        for row in current:
            excluded = row["exclusion_reason"] not in (None, *overridden)
            role = None
            if row["amount_residual"] < 0 or row["kind"] == "payment":
                role = "credit"
            elif excluded:
                role = None
            elif row["id"] in claims and self._is_still_reached(claims[row["id"]], row):
                role = "claimed"
            elif row["days_overdue"] > 0:
                role = "recalled"
            elif not self.formal_notice:
                role = "not_due"
            if role:
                rows.append(dict(row, role=role, level_id=claims.get(row["id"])))
        return rows

    def _is_still_reached(self, level_id, row) -> bool:
        """Return whether a level suits an item today: a pre-due text never says "overdue"."""
        delay = self.env["credit.dunning.level"].browse(level_id).delay_days
        return row["days_overdue"] >= 0 if delay >= 0 else row["days_overdue"] <= 0

    def _get_drop_reason(self, rows) -> str:
        """Return why nothing is left to send, empty when the notice stands."""
        self.ensure_one()
        claimed = sum(row["amount_residual"] for row in rows if row["role"] == "claimed")
        net = claimed + sum(row["amount_residual"] for row in rows if row["role"] == "credit")
        labels = dict(self.env["credit.dunning.skip"]._get_run_reasons())
        currency = self.company_currency_id
        if currency.is_zero(claimed):
            return self.env._("Nothing left to claim: paid, credited or left out since")
        if currency.compare_amounts(net, 0) <= 0:
            return labels["net_covered"]
        settings = self.policy_id
        tolerance, floor = (
            settings.currency_id._convert(amount, currency, self.company_id, self.date)
            for amount in (settings.tolerance, settings.min_amount)
        )
        if currency.compare_amounts(net, tolerance) <= 0 and tolerance:
            return labels["within_tolerance"]
        if currency.compare_amounts(net, floor) < 0:
            return labels["below_floor"]
        return ""

    def _is_changed(self, rows, today) -> bool:
        """Return whether the stored lines differ from what should be printed today."""
        self.ensure_one()
        stored = {
            (line.move_line_id.id, line.kind, line.days_overdue): line for line in self.line_ids
        }
        fresh = {(row["id"], row["role"], row["days_overdue"]): row for row in rows}
        if self.date != today or set(stored) != set(fresh):
            return True
        return any(
            line.currency_id.compare_amounts(
                line.amount_residual_currency, fresh[key]["amount_residual_currency"]
            )
            or line.company_currency_id.compare_amounts(
                line.amount_residual, fresh[key]["amount_residual"]
            )
            or line.name != fresh[key]["name"]
            or line.date_maturity != fresh[key]["date_maturity"]
            for key, line in stored.items()
        )

    def _rewrite(self, rows, today):
        """Replace the lines of an unsent notice by ``rows``; its letters are rendered again."""
        self.ensure_one()
        NoticeLine = self.env["credit.dunning.notice.line"]
        self._complete_rows(rows)
        self.line_ids.unlink()
        NoticeLine.create(
            [
                dict(
                    NoticeLine._prepare_line_values(today, self.company_id, row),
                    notice_id=self.id,
                )
                for row in rows
            ]
        )
        levels = self.env["credit.dunning.level"].browse(
            {row["level_id"] for row in rows if row["role"] == "claimed"}
        )
        level = levels.sorted("delay_days")[-1:]
        self.write(
            {
                "date": today,
                "level_id": level.id,
                "policy_id": level.policy_id.id,
                "formal_notice": level.formal_notice,
                **self._get_totals(rows),
            }
        )
        self.delivery_ids._drop_letters()
        statement = self.statement_attachment_id
        self.statement_attachment_id = False
        statement.unlink()

    # === SENDING === #

    @api.model
    def _can_commit(self) -> bool:
        """Return whether each notice is a transaction of its own; a test may not commit."""
        return not (tools.config["test_enable"] or modules.module.current_test)

    @contextmanager
    def _own_transaction(self):
        """Run a step that stands or falls alone: committed at its end, undone on any error."""
        if self._can_commit():
            try:
                yield
                self.env.cr.commit()
            except BaseException:
                self.env.cr.rollback()
                raise
        else:
            with self.env.cr.savepoint():
                yield

    def _send(self):
        """Send ready notices, each in transactions of its own (rule 1).

        Recheck of the whole batch, letters rendered many per call, then notice by notice: claim,
        recheck under a row lock, send, record. Safe to be called by several workers at once.
        """
        ready = self.filtered(lambda notice: notice.state == "ready")
        with self._own_transaction():
            ready._recheck()
        ready = ready.filtered(lambda notice: notice.state == "ready")
        ready._render_missing_statements()
        ready.delivery_ids.filtered(lambda d: d.state == "ready")._render_missing_letters()
        for notice in ready:
            notice.with_prefetch()._send_one()

    def _send_one(self):
        """Send one notice, unless another live worker does."""
        self.ensure_one()
        if not self._try_send_lock():
            return
        try:
            if self._claim():
                self._deliver()
        finally:
            self._release_send_lock()

    def _try_send_lock(self) -> bool:
        """Take the lock that shows a live worker; it outlives commits, not the worker."""
        [[locked]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_lock(%s, %s)", _SEND_LOCK, self.id)
        )
        if locked and self._can_commit():
            # A new snapshot: what another worker has just committed must be seen.
            self.env.cr.commit()
        return locked

    def _release_send_lock(self):
        self.env.execute_query(SQL("SELECT pg_advisory_unlock(%s, %s)", _SEND_LOCK, self.id))

    def _claim(self) -> bool:
        """Commit the claim before anything leaves: state "sending", Message-ID fixed."""
        with self._own_transaction():
            claimed = self.env.execute_query(
                SQL(
                    """
                    UPDATE credit_dunning_notice
                       SET state = 'sending'
                     WHERE id = %s AND state = 'ready'
                 RETURNING id
                    """,
                    self.id,
                )
            )
            self.invalidate_recordset(["state"])
            if claimed:
                self.delivery_ids.filtered(lambda d: d.state == "ready")._claim()
        return bool(claimed)

    def _deliver(self):
        """Recheck and send a claimed notice, and record the result in the same transaction."""
        deliveries = self.delivery_ids.filtered(lambda d: d.state == "sending")
        try:
            with self._own_transaction():
                # The row stays locked until the result is recorded.
                self.lock_for_update(allow_referencing=True)
                self._recheck_claimed()
                if self.state == "sending":
                    self._hook_before_send()
                    for delivery in deliveries:
                        delivery.channel_id._send(delivery)
                    self._sync_state()
                    self._hook_after_send()
        except Exception as error:  # every failure of one customer must spare the others
            self._record_interruption(deliveries, error)
            return
        self._send_fallbacks(deliveries.filtered(lambda d: d.state == "failed"))

    def _recheck_claimed(self):
        """Recheck a claimed notice; it may change or be cancelled, never stay as it was read."""
        self.state = "ready"
        if self._recheck():
            self._render_missing_statements(in_transaction=True)
            self.delivery_ids.filtered(lambda d: d.state == "sending")._render_missing_letters(
                in_transaction=True
            )
        if self.state == "ready":
            self.state = "sending"

    def _record_interruption(self, deliveries, error):
        """Record an error that broke the transaction: uncertain once a message may have left."""
        left = isinstance(error, DeliveryInterrupted)
        reason = self._describe_error(error)
        _logger.info("Reminder %s could not be sent: %s", self.id, reason, exc_info=error)
        with self._own_transaction():
            for delivery in deliveries:
                if left and delivery.channel_id.code == error.channel_code:
                    delivery._set_uncertain(reason)
                else:
                    delivery._set_failed(reason)
            self._sync_state()

    @api.model
    def _describe_error(self, error) -> str:
        """Return what a person can use of an error: a traceback in it is cut off."""
        lines = [line for line in str(error).splitlines() if line.strip()]
        head = lines[0] if lines else type(error).__name__
        return head if len(lines) < 2 else f"{head} ({lines[-1].strip()})"

    def _send_fallbacks(self, failed):
        """Send the failed deliveries of the notice through the level's fallback channel."""
        channel = self.level_id.fallback_channel_id
        if not failed or not channel or channel in self.delivery_ids.channel_id:
            return
        with self._own_transaction():
            contact, address = self._get_contact(self._get_recipients()[self.id], channel)
            if not contact:
                return
            delivery = self.env["credit.dunning.delivery"].create(
                {
                    "notice_id": self.id,
                    "company_id": self.company_id.id,
                    "channel_id": channel.id,
                    "contact_id": contact.id,
                    "address": address,
                }
            )
            delivery._claim()
            self._sync_state()
        try:
            with self._own_transaction():
                delivery._render_missing_letters(in_transaction=True)
                channel._send(delivery)
                self._sync_state()
        except Exception as error:  # the failure of the fallback is recorded like any other
            self._record_interruption(delivery, error)

    def _hook_before_send(self):
        """Extension point: called on one claimed notice, in the transaction that sends it.

        An exception refuses the sending and becomes the failure of its deliveries.
        """

    def _hook_after_send(self):
        """Extension point: called on one notice after its deliveries, same transaction.

        Look at the state of the deliveries; whatever is written here is undone if an error
        follows.
        """

    @api.model
    def _recover_dead_claims(self):
        """List the claims whose worker died as uncertain; they are never repeated by themselves."""
        for notice in self.search([("state", "=", "sending")]):
            if not notice._try_send_lock():
                continue
            try:
                with notice._own_transaction():
                    notice.invalidate_recordset()
                    if notice.state != "sending":
                        continue
                    for delivery in notice.delivery_ids.filtered(lambda d: d.state == "sending"):
                        delivery._set_uncertain(
                            self.env._(
                                "The server stopped while sending: nobody knows whether the "
                                "message left."
                            )
                        )
                    notice._sync_state()
            finally:
                notice._release_send_lock()

    @api.model
    def _expire(self, company):
        """Cancel notices that nobody sent within some working days (rule 2)."""
        limit = company._add_credit_working_days(
            company._get_credit_today(), -EXPIRY_WORKING_DAYS
        )
        stale = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("draft", "ready")),
                ("date", "<", limit),
            ]
        )
        stale._cancel(
            self.env._("Expired: not sent within %s working days", EXPIRY_WORKING_DAYS)
        )
        stale.run_id._close_if_done()

    # === TEXTS === #

    def _get_placeholder_values(self) -> dict[str, str]:
        """Return what the placeholders of letter and call texts stand for.

        Formatted in the language of the environment, to be called with the recipient's.

        :return: {placeholder: plain text}, one entry per ``_get_placeholder_labels`` of the level
        """
        self.ensure_one()
        Level = self.env["credit.dunning.level"]
        overdue = self.line_ids.filtered(lambda line: line.days_overdue > 0
                                         and line.kind in ("claimed", "recalled"))  # fmt: skip
        claimed = self.line_ids.filtered(lambda line: line.kind == "claimed")
        shown = overdue or claimed
        credits = self.line_ids.filtered(lambda line: line.kind == "credit")
        oldest = min(shown.mapped("date_maturity"), default=None)
        collector = self.collector_id or self.company_id.credit_responsible_id
        earlier = self._get_previous_date()
        deadline = fields.Date.add(self.date, days=self.level_id.payment_deadline_days)
        return {
            "customer": self.partner_id.name or "",
            "contact": self.contact_id.name or self.partner_id.name or "",
            "company": self.company_id.name,
            "reference": self.name,
            "date": Level._format_date(self.date),
            "deadline": Level._format_date(deadline),
            "amount_claimed": Level._format_amounts(self._sum_by_currency(claimed)),
            "amount_overdue": Level._format_amounts(self._sum_by_currency(overdue)),
            "amount_due": Level._format_amounts(self._sum_by_currency(shown + credits)),
            "invoice_count": str(len(shown)),
            "invoice_list": ", ".join(dict.fromkeys(line.name or "" for line in shown)),
            "oldest_due_date": Level._format_date(oldest),
            "days_overdue": str(max(shown.mapped("days_overdue"), default=0)),
            "last_reminder_date": Level._format_date(earlier),
            "collector": collector.name or self.company_id.name,
            "collector_phone": collector.phone or self.company_id.phone or "",
            "collector_email": collector.email or self.company_id.email or "",
        }

    def _get_previous_date(self):
        """Return the date of the customer's last sent notice before this one."""
        [[previous]] = self.env["credit.dunning.notice"].sudo()._read_group(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "sent"),
                ("id", "!=", self._origin.id or 0),
                ("date", "<=", self.date),
            ],
            [],
            ["date:max"],
        )
        return previous

    @api.model
    def _sum_by_currency(self, lines) -> dict:
        """Return {currency: open amount in it} of notice lines, in order of appearance."""
        totals = defaultdict(float)
        for line in lines:
            totals[line.currency_id] += line.amount_residual_currency
        return dict(totals)

    def _get_totals_by_currency(self) -> list[dict]:
        """Return the totals that a letter prints, one dict per currency.

        :return: dicts with ``currency`` and, in it, ``overdue``, ``not_due``, ``credit`` and
            ``due`` (overdue less credits)
        """
        self.ensure_one()
        totals = {}
        for line in self.line_ids:
            row = totals.setdefault(
                line.currency_id, {"overdue": 0.0, "not_due": 0.0, "credit": 0.0}
            )
            if line.kind == "credit":
                row["credit"] += line.amount_residual_currency
            elif line.days_overdue > 0:
                row["overdue"] += line.amount_residual_currency
            else:
                row["not_due"] += line.amount_residual_currency
        return [
            dict(row, currency=currency, due=row["overdue"] + row["credit"])
            for currency, row in totals.items()
        ]

    def _get_letter_text(self) -> Markup:
        """Return the letter's text as HTML, in the language of the environment."""
        return self.level_id._render_text("letter_text", self._get_placeholder_values())

    def _get_letter_subject(self) -> str:
        return placeholders.fill(
            self.level_id.letter_subject or self.level_id.name, self._get_placeholder_values()
        )

    def _get_call_script(self) -> Markup:
        """Return the phone script as HTML, in the language of the environment."""
        return self.level_id._render_text("call_script", self._get_placeholder_values())

    # === ATTACHMENTS === #

    def _get_invoice_attachments(self):
        """Return the stored PDFs of the claimed invoices that fit, and the moves to be linked.

        :return: (ir.attachment records, account.move records without a PDF that fits)
        """
        self.ensure_one()
        Attachment, Move = self.env["ir.attachment"].sudo(), self.env["account.move"].sudo()
        if not self.level_id.attach_invoices:
            return Attachment, Move
        moves = self.sudo().line_ids.filtered(
            lambda line: line.kind == "claimed"
        ).move_id.filtered(lambda move: move.is_invoice())
        room = self.company_id.credit_attachment_limit * 1024 * 1024
        fitting, linked = Attachment, Move
        # The bridge between the customer's message and the legal original: never rendered anew.
        for move in moves:
            attachment = move.invoice_pdf_report_id
            if attachment and attachment.file_size <= room:
                room -= attachment.file_size
                fitting |= attachment
            else:
                linked |= move
        return fitting, linked

    @api.model
    def _render_pdfs(self, report_ref, notices) -> dict[int, bytes]:
        """Render a report of many notices in one call: {notice id: PDF}.

        In Odoo's tests the report comes as HTML unless the context forces the rendering.
        """
        Report = self.env["ir.actions.report"]
        rendered, kind = Report._pre_render_qweb_pdf(report_ref, res_ids=notices.ids)
        if kind != "pdf":
            return dict.fromkeys(notices.ids, rendered)
        if set(rendered) == set(notices.ids) and all(row["stream"] for row in rendered.values()):
            return {res_id: row["stream"].getvalue() for res_id, row in rendered.items()}
        # A layout without headings cannot be split: each letter alone then.
        return {
            notice.id: Report._render_qweb_pdf_prepare_streams(report_ref, {}, notice.ids)[
                notice.id
            ]["stream"].getvalue()
            for notice in notices
        }

    def _render_missing_statements(self, in_transaction=False):
        """Render the statements that the levels attach, many per call of the PDF program.

        :param in_transaction: called within the transaction that sends, which must not end here
        """
        missing = self.filtered(
            lambda notice: notice.level_id.attach_statement and not notice.statement_attachment_id
        )
        for start in range(0, len(missing), PDF_BATCH):
            batch = missing[start : start + PDF_BATCH]
            if in_transaction:
                batch._render_statements()
            else:
                with batch._own_transaction():
                    batch._render_statements()

    def _render_statements(self):
        report = "credit_mgmt.action_report_credit_dunning_statement"
        contents = self._render_pdfs(report, self)
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": f"{notice.name}-{notice.partner_id.name}.pdf".replace("/", "-"),
                    "raw": contents[notice.id],
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": notice.id,
                }
                for notice in self
            ]
        )
        for notice, attachment in zip(self, attachments):
            notice.statement_attachment_id = attachment

    # === ANSWERS === #

    def message_update(self, msg_dict, update_vals=None):
        """An answer of the customer: tell the collector and pause automatic reminders."""
        result = super().message_update(msg_dict, update_vals=update_vals)
        if not self.env.context.get("credit_auto_reply"):
            self._register_answer(msg_dict)
        return result

    def _register_answer(self, msg_dict):
        # The gateway is no credit user; what it writes is fixed here.
        for notice in self.sudo():
            company = notice.company_id
            until = company._add_credit_working_days(
                company._get_credit_today(), notice.policy_id.reply_pause_days
            )
            notice.replied_on = fields.Datetime.now()
            paused = self.env["credit.dunning.exclusion"].sudo().search(
                [
                    ("kind", "=", "replied"),
                    ("partner_id", "=", notice.partner_id.id),
                    ("company_id", "=", company.id),
                ]
            )
            if paused:
                paused.date_until = until
            elif notice.policy_id.reply_pause_days:
                paused.create(
                    {
                        "partner_id": notice.partner_id.id,
                        "company_id": company.id,
                        "kind": "replied",
                        "reason": self.env._("Answer to %s", notice.name),
                        "date_until": until,
                    }
                )
            notice.activity_schedule(
                "credit_mgmt.mail_activity_type_answer",
                summary=self.env._("The customer answered: %s", msg_dict.get("subject") or ""),
                user_id=(notice.collector_id or company._get_credit_responsible()).id,
            )

    def _message_receive_bounce(self, email, partner):
        """A bounced e-mail is a failed delivery, with the fallback channel if there is one."""
        result = super()._message_receive_bounce(email, partner)
        for notice in self.sudo():  # the gateway is no credit user
            bounced = notice.delivery_ids.filtered(
                lambda d: d.channel_id.code == "email" and d.state == "sent"
            )
            for delivery in bounced:
                delivery._set_failed(self.env._("The message came back from %s.", email or ""))
            notice._sync_state()
            notice._send_fallbacks(bounced)
        return result

