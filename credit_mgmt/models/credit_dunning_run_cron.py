import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: Notices sent between two commits of progress of the scheduled action.
SEND_BATCH = 20


class CreditDunningRun(models.Model):
    """What the scheduled action does with runs."""

    _inherit = "credit.dunning.run"

    @api.model
    def _cron_run(self):
        """Daily work: expire, recover, prepare the automatic runs, send what waits."""
        runs = self.with_context(credit_automatic=True)
        self.env["credit.dunning.notice"]._recover_dead_claims()
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            if not company.credit_start_date:
                continue
            try:
                with self.env.cr.savepoint():
                    self.env["credit.dunning.notice"]._expire(company)
                    runs.with_company(company)._prepare_automatic(company)
            except UserError as error:
                # One company's trouble spares the others; the next call tries again.
                _logger.info("No automatic reminders for company %s: %s", company.id, error)
            self.env["ir.cron"]._commit_progress(1)
        waiting = runs.search([("state", "=", "sending")], order="date, id")
        # A worker that died after the last message could not close its run.
        waiting._close_after_sending()
        # What waits for its hour is not work left over: the next call finds it.
        sendable = waiting._get_sendable()
        self.env["ir.cron"]._commit_progress(remaining=len(sendable))
        for start in range(0, len(sendable), SEND_BATCH):
            batch = sendable[start : start + SEND_BATCH]
            batch.run_id._dispatch(batch.delivery_ids.filtered(lambda d: d.state == "ready"))
            batch.run_id._close_after_sending()
            if not self.env["ir.cron"]._commit_progress(len(batch)):
                break

    @api.model
    def _prepare_automatic(self, company):
        """Prepare today's automatic run of a company, once, if it is a day for it.

        :return: the run, new or existing; empty when dunning is not started, the day is closed
            or the bank entries are too old
        """
        today = company._get_credit_today()
        if not company.credit_start_date or company.credit_start_date > today:
            return self.browse()
        if not company._is_credit_working_day(today):
            return self.browse()
        run = self.search(
            [
                ("company_id", "=", company.id),
                ("date", "=", today),
                ("automatic", "=", True),
            ],
            limit=1,
        )
        if run:
            # Also a cancelled one: somebody decided that nothing leaves today.
            return run
        if company._is_credit_bank_stale():
            company._schedule_credit_activity(
                self.env.ref("credit_mgmt.mail_activity_type_bank"),
                self.env._("Automatic reminders pause: import the bank statements"),
            )
            return self.browse()
        run = self.create({"company_id": company.id, "date": today, "automatic": True})
        run.action_prepare()
        automatic = run.notice_ids.filtered(
            lambda notice: notice.level_id.auto_send and not notice.formal_notice
        )
        automatic._set_ready()
        to_review = run.notice_ids.filtered(lambda notice: notice.state == "draft")
        if to_review:
            run.activity_schedule(
                "credit_mgmt.mail_activity_type_review",
                summary=self.env._("%s reminders to review and release", len(to_review)),
                user_id=company._get_credit_responsible().id,
            )
        if automatic:
            run.state = "sending"
        elif not run.notice_ids:
            run.state = "done"
        return run
