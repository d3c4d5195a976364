import logging
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..const import PDF_BATCH
from ..exceptions import DeliveryInterrupted

_logger = logging.getLogger(__name__)

#: Working days after which a prepared notice that nobody sent gives its levels back (rule 2).
EXPIRY_WORKING_DAYS = 3


class CreditDunningNotice(models.Model):
    """How a notice leaves: rechecked, claimed, sent and recorded, never twice."""

    _inherit = "credit.dunning.notice"

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
            merged = {
                notice: notice._merge_rows(current.get(notice.partner_id.id, []))
                for notice in notices
            }
            self._add_late_costs([row for rows in merged.values() for row in rows], today)
            for notice, rows in merged.items():
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
            "currency_id", "amount_residual", "amount_residual_currency", "amount_disputed",
            "amount_promised", "kind", "exclusion_reason",
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
        rows = self.env["credit.dunning.notice.line"]._hold_back(rows)
        level = self._get_rows_level(rows)
        for row in rows:
            row["notice_level_id"] = level.id
        return rows

    @api.model
    def _get_rows_level(self, rows):
        """Return the level that rows give their notice: the highest that they claim (rule 3)."""
        levels = self.env["credit.dunning.level"].browse(
            {row["level_id"] for row in rows if row["role"] == "claimed"}
        )
        return levels.sorted("delay_days")[-1:]

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
            or line.currency_id.compare_amounts(line.late_interest, fresh[key]["late_interest"])
            or line.currency_id.compare_amounts(line.late_indemnity, fresh[key]["late_indemnity"])
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
        level = self._get_rows_level(rows)
        totals = self._get_totals(rows)
        self.write(
            {
                "date": today,
                "level_id": level.id,
                "policy_id": level.policy_id.id,
                "formal_notice": level.formal_notice,
                **totals,
                **self._get_cost_values(level, self.company_id, today, rows, totals["amount_due"]),
            }
        )
        self.delivery_ids._drop_letters()
        statement = self.statement_attachment_id
        self.statement_attachment_id = False
        statement.unlink()

    # === SENDING === #

    def _send(self):
        """Send ready notices, each in transactions of its own (rule 1).

        Per batch: recheck, letters rendered many per call; then notice by notice: claim, recheck
        under a row lock, send, record. Any number of workers may call it on the same notices.
        """
        for start in range(0, len(self), PDF_BATCH):
            with self[start : start + PDF_BATCH]._worker_lock() as mine:
                ready = mine.filtered(lambda notice: notice.state == "ready")
                with self._own_transaction():
                    ready._recheck()
                ready = ready.filtered(lambda notice: notice.state == "ready")
                ready._render_batch()
                for notice in ready:
                    notice = notice.with_prefetch()
                    if notice._claim():
                        notice._deliver()

    def _render_batch(self):
        """Render the documents of notices in few calls; a failure is met again, notice by notice.

        A broken letter must not keep the other messages back (rule 9).
        """
        try:
            with self._own_transaction():
                self._render_missing_statements()
                self.delivery_ids.filtered(
                    lambda delivery: delivery.state == "ready"
                )._render_missing_letters()
        except Exception:
            _logger.info("Letters of %s reminders rendered one by one", len(self), exc_info=True)

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
        left = []
        try:
            with self._own_transaction():
                # The row stays locked until the result is recorded.
                self.lock_for_update(allow_referencing=True)
                self._recheck_claimed()
                if self.state == "sending":
                    self._hook_before_send()
                    self._send_deliveries(deliveries, left)
                    self._hook_after_send()
        except Exception as error:  # every failure of one customer must spare the others
            self._record_interruption(deliveries, error, left)
            return
        self._send_fallbacks(deliveries.filtered(lambda d: d.state == "failed"))

    def _send_deliveries(self, deliveries, left):
        """Send claimed deliveries of the notice and derive its state.

        :param left: list that gets the id of each delivery that left, for the caller to know
            when an error undoes the record of it
        """
        for delivery in deliveries:
            delivery.channel_id._send(delivery)
            if delivery.state == "sent":
                left.append(delivery.id)
        self._sync_state()

    def _recheck_claimed(self):
        """Recheck a claimed notice; it may change or be cancelled, never stay as it was read."""
        self.state = "ready"
        self._recheck()
        if self.state == "ready":
            self._render_missing_statements()
            self.delivery_ids.filtered(lambda d: d.state == "sending")._render_missing_letters()
            self.state = "sending"

    def _record_interruption(self, deliveries, error, left):
        """Record an error that broke the transaction: uncertain once a message may have left.

        :param left: ids of the deliveries that had left when the error came
        """
        reason = self._describe_error(error)
        _logger.info("Reminder %s could not be sent: %s", self.id, reason, exc_info=error)
        interrupted = error.channel_code if isinstance(error, DeliveryInterrupted) else None
        with self._own_transaction():
            for delivery in deliveries:
                if delivery.id in left or delivery.channel_id.code == interrupted:
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
        """Send the notice through the level's fallback channel when nothing of it arrived."""
        failed = failed.filtered(lambda delivery: not delivery._is_tried_again())
        channel = self.level_id.fallback_channel_id
        if (
            not failed
            or not channel
            or channel in self.delivery_ids.channel_id
            or self.delivery_ids.filtered(lambda d: d.state == "sent")
        ):
            return
        self._send_otherwise(channel)

    def _send_otherwise(self, channel):
        """Send the notice through one more channel, if it reaches the customer."""
        with self._own_transaction():
            contact, address = self._get_contact(self._get_recipients()[self.id], channel)
            if not contact:
                return
            delivery = self.env["credit.dunning.delivery"].create(
                self._prepare_delivery_values(channel, contact, address)
            )
            self._claim_again(delivery)
        self._send_claimed(delivery)

    def _claim_again(self, delivery):
        """Claim another delivery of a notice that was handled already."""
        delivery._claim()
        self._sync_state()

    def _send_claimed(self, delivery):
        """Send another delivery of a notice that was handled already, claimed before."""
        left = []
        try:
            with self._own_transaction():
                self._render_missing_statements()
                delivery._render_missing_letters()
                self._send_deliveries(delivery, left)
        except Exception as error:  # recorded on the delivery, the others go on
            self._record_interruption(delivery, error, left)

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
        with self.search([("state", "=", "sending")])._worker_lock() as dead:
            with self._own_transaction():
                dead = dead.filtered(lambda notice: notice.state == "sending")
                for delivery in dead.delivery_ids.filtered(lambda d: d.state == "sending"):
                    delivery._set_uncertain(
                        self.env._(
                            "The server stopped while sending: nobody knows whether the message "
                            "left."
                        )
                    )
                dead._sync_state()

    @api.model
    def _expire(self, company):
        """Cancel notices that nobody sent within some working days (rule 2)."""
        limit = company._add_credit_working_days(company._get_credit_today(), -EXPIRY_WORKING_DAYS)
        stale = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("draft", "ready")),
                ("date", "<", limit),
            ]
        )
        stale._cancel(self.env._("Expired: not sent within %s working days", EXPIRY_WORKING_DAYS))
        stale.run_id._close_if_done()
