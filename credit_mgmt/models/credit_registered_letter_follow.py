import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exceptions import CarrierUnavailable
from .credit_registered_letter import FINAL_STATES

_logger = logging.getLogger(__name__)

#: How often a letter under way is read again; less often when its news are long overdue.
CHECK_EVERY = timedelta(hours=4)
CHECK_LATE_EVERY = timedelta(days=1)
#: A hint does not make a letter be read again sooner than this after the last time.
HINT_PAUSE = timedelta(minutes=1)
#: The first pause after a failure; each further one doubles it, up to the longest.
FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)
#: Pauses before a letter that could not be handed over is tried again.
RETRY_AFTER = tuple(timedelta(hours=hours) for hours in (0.25, 1, 4, 12, 24))
#: What an interrupted sending may take at the carrier before it is there or not.
UNCLEAR_PAUSE = timedelta(minutes=10)
#: Days during which a letter of which nobody knows is looked up.
UNCLEAR_DAYS = 20
#: Days after the end of the keeping time without news, until a person is told.
NO_NEWS_DAYS = 5
#: Days after the end of a letter during which its last proofs are asked for.
PROOF_DAYS = 30
#: Letters that one call of the scheduled action looks at.
FOLLOW_BATCH = 500


class CreditRegisteredLetter(models.Model):
    """What the machine does with letters that have left: read them again, try again, go on."""

    _inherit = "credit.registered.letter"

    hint_ids = fields.One2many("credit.registered.hint", "letter_id")
    next_check = fields.Datetime(
        string="Looked At Next", readonly=True, copy=False, index="btree_not_null"
    )
    checked_on = fields.Datetime(string="Last Looked At", readonly=True, copy=False)
    failures = fields.Integer(readonly=True, copy=False)
    trouble = fields.Char(
        string="Last Trouble", readonly=True, copy=False, help="Why it could not be read again."
    )
    retries = fields.Integer(readonly=True, copy=False)
    retry_on = fields.Datetime(
        string="Tried Again On",
        readonly=True,
        copy=False,
        help="The carrier could not be reached: the letter is handed over again by itself.",
    )
    unclear_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="The carrier's answer was lost: it may have the letter. It is looked up by our "
        "reference, and never handed over again by itself.",
    )
    awaits_proof = fields.Boolean(
        readonly=True, copy=False, help="The carrier has not given all of its proofs yet."
    )
    step_due = fields.Boolean(readonly=True, copy=False)
    no_news = fields.Boolean(
        readonly=True, copy=False, help="Nothing was heard long after the letter's keeping time."
    )
    carrier_state = fields.Char(
        string="Carrier's State", readonly=True, copy=False, help="In the carrier's own word."
    )
    claim_until = fields.Date(
        string="Can Be Claimed Until",
        compute="_compute_claim_until",
        help="The last day on which the addressee can accept the letter.",
    )

    @api.depends("state", "sent_date", "presented_date", "provider_id.unclaimed_days")
    def _compute_claim_until(self):
        for letter in self:
            begin = letter.presented_date or letter.sent_date
            letter.claim_until = (
                begin and begin + timedelta(days=letter.provider_id.unclaimed_days) or False
            )

    # === WHAT IS DUE === #

    def _hook_after_record(self):
        result = super()._hook_after_record()
        values = {"no_news": False, "retry_on": False}
        if self.state not in ("draft", "failed"):
            values.update(unclear_since=False, retries=0)
        if self.state in ("refused", "unclaimed", "undeliverable") and self._get_other_channel():
            values["step_due"] = True
        self.write(values)
        self._plan_check()
        if self.step_due:
            self._trigger_follow()
        return result

    def _plan_check(self):
        """Set when the machine looks at each letter next."""
        now = fields.Datetime.now()
        for letter in self:
            letter.next_check = letter._get_next_check(now)

    def _get_next_check(self, now):
        self.ensure_one()
        if self.step_due:
            return now
        if self.retry_on:
            return self.retry_on
        if self.unclear_since:
            is_over = self.unclear_since + timedelta(days=UNCLEAR_DAYS) < now
            return not is_over and now + UNCLEAR_PAUSE
        if self.state in FINAL_STATES and not self.awaits_proof:
            return False
        late = self.claim_until and self.claim_until + timedelta(days=NO_NEWS_DAYS)
        if "status" in self.provider_id._get_capabilities():
            is_late = late and late < self.company_id._get_credit_today()
            return now + (CHECK_LATE_EVERY if is_late else CHECK_EVERY)
        return late and not self.no_news and fields.Datetime.to_datetime(late)

    @api.model
    def _trigger_follow(self, at=None):
        self.env.ref("credit_mgmt.credit_registered_follow_cron").sudo()._trigger(at)

    @api.model
    def _get_due_letters(self):
        """Return the letters that something is to be done about now."""
        now = fields.Datetime.now()
        available = [
            "|",
            ("provider_id.unavailable_until", "=", False),
            ("provider_id.unavailable_until", "<=", now),
        ]
        hinted = [
            ("hint_ids", "!=", False),
            "|",
            ("checked_on", "=", False),
            ("checked_on", "<=", now - HINT_PAUSE),
        ]
        return self.search(
            [*available, "|", ("next_check", "<=", now), *["&", *hinted]],
            order="next_check, id",
            limit=FOLLOW_BATCH,
        )

    @api.model
    def _cron_follow(self):
        """Look at the letters that are due, each claimed and in transactions of its own."""
        due = self._get_due_letters()
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for letter in due:
            if letter.provider_id._is_available():
                letter._follow()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # === ONE LETTER === #

    def _follow(self):
        """Do what is due about one letter, unless another worker is at it."""
        self.ensure_one()
        with self._worker_lock() as mine:
            if not mine.exists():
                return
            with mine._own_transaction():
                # Told first, so that a letter on which workers die does not stop the others.
                mine.sudo().hint_ids.unlink()
                now = fields.Datetime.now()
                mine.write({"checked_on": now, "next_check": now + mine._get_pause()})
            try:
                mine._do_due_work()
            except Exception as error:  # one letter's trouble spares the others
                with mine._own_transaction():
                    mine._note_trouble(error)

    def _do_due_work(self):
        self.ensure_one()
        if self.unclear_since and self.delivery_id.state in ("uncertain", "cancelled"):
            self._look_up()
        elif self.retry_on and self.delivery_id.state == "failed":
            self._try_again()
        elif self._is_under_way():
            self._read_again()
        else:
            with self._own_transaction():
                self._plan_check()
        if self.step_due:
            self._take_next_step()

    def _is_under_way(self) -> bool:
        """Return whether there may be news: a letter in our own hands has none."""
        self.ensure_one()
        tells = "status" in self.provider_id._get_capabilities()
        return (
            self.awaits_proof
            or self.state in ("sent", "presented")
            or (self.state == "queued" and tells)
        )

    def _get_pause(self) -> timedelta:
        """Return how long a letter waits after so many failures in a row."""
        return min(FIRST_PAUSE * 2 ** min(self.failures, 10), LONGEST_PAUSE)

    def _note_trouble(self, error):
        """Keep why a letter could not be looked at, and when the next try is."""
        self.ensure_one()
        known = isinstance(error, UserError)
        _logger.log(
            logging.INFO if known else logging.WARNING,
            "Registered letter %s could not be followed: %s",
            self.id,
            type(error).__name__,
            exc_info=None if known else error,
        )
        if isinstance(error, CarrierUnavailable):
            self.provider_id._pause()
        pause = self._get_pause()
        self.write(
            {
                "failures": self.failures + 1,
                "trouble": str(error) if known else self.env._("Unexpected error: see the log."),
                "next_check": fields.Datetime.now() + pause,
            }
        )

    def _read_again(self):
        """Ask the carrier where the letter is, and for its proofs."""
        self.ensure_one()
        with self._own_transaction():
            if "status" in self.provider_id._get_capabilities():
                self.provider_id._refresh(self)
            self.provider_id._resume()
            self.write({"failures": 0, "trouble": False})
            self._give_up_proofs()
            self._tell_no_news()
            self._plan_check()

    def _give_up_proofs(self):
        limit = self.company_id._get_credit_today() - timedelta(days=PROOF_DAYS)
        if self.awaits_proof and self.closed_date and self.closed_date < limit:
            self.awaits_proof = False
            self.message_post(
                body=self.env._(
                    "The carrier has not given all proofs within %s days: ask for them.", PROOF_DAYS
                )
            )

    def _tell_no_news(self):
        """Tell a person, once, that nothing was heard of a letter for too long."""
        if self.no_news or self.state not in ("sent", "presented") or not self.claim_until:
            return
        if self.claim_until + timedelta(days=NO_NEWS_DAYS) > self.company_id._get_credit_today():
            return
        self.no_news = True
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("No news of a registered letter"),
            note=self.env._(
                "It could be claimed until %(date)s, and nothing was heard since: ask the carrier.",
                date=self.claim_until,
            ),
            user_id=self._get_responsible().id,
        )

    # === AN ANSWER THAT WAS LOST === #

    def _look_up(self):
        """Ask the carrier whether it has a letter of which nobody knows; never send it."""
        self.ensure_one()
        with self.notice_id._worker_lock() as notice, self._own_transaction():
            if not notice or not self.unclear_since:
                return
            number = self.provider_id._find_by_reference(self)
            self.provider_id._resume()
            if number:
                self._take_found(number)
                return
            self.write(
                {"failures": self.failures + 1, "trouble": self.env._("The carrier has it not.")}
            )
            # Less and less often: a person decides meanwhile.
            self._plan_check()
            if self.next_check:
                self.next_check = fields.Datetime.now() + self._get_pause()

    def _take_found(self, number):
        """Record that the carrier has a letter of which nobody knew."""
        self.ensure_one()
        self._record("sent", external_id=number, note=self.env._("Found by our reference"))
        self.write({"failures": 0, "trouble": False})
        if self.delivery_id.state == "uncertain":
            self.delivery_id._set_sent(failure_reason=False, external_reference=number)
            self.notice_id._sync_state()
            return
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("A cancelled registered letter has left"),
            note=self.env._(
                "Its reminder was cancelled while nobody knew whether it had left: the carrier "
                "has it. Tell the customer if need be."
            ),
            user_id=self._get_responsible().id,
        )

    # === TRYING AGAIN === #

    def _plan_retry(self) -> bool:
        """Plan that a letter is handed over again; return whether there is another try."""
        self.ensure_one()
        if self.unclear_since or self.retries >= len(RETRY_AFTER):
            return False
        self.retry_on = fields.Datetime.now() + RETRY_AFTER[self.retries]
        self.retries += 1
        self._plan_check()
        return True

    def _try_again(self):
        """Hand a letter over again, rechecked like any other sending."""
        self.ensure_one()
        notice = self.notice_id
        if not notice.policy_id._is_open(self.company_id, hours=True):
            return  # rule 8; the next call comes after the usual pause
        with self._own_transaction():
            self.retry_on = False
        self.delivery_id.action_retry()

    # === THE NEXT STEP === #

    def _take_next_step(self):
        """Send what did not reach the addressee through the level's other channel."""
        self.ensure_one()
        notice = self.notice_id
        if not notice.policy_id._is_open(self.company_id, hours=True):
            return  # rule 8
        with notice._worker_lock() as mine:
            if not mine:
                return
            # Committed with the claim of the delivery that follows, or not at all.
            self.step_due = False
            self._plan_check()
            claimed = mine.line_ids.filtered(lambda line: line.kind == "claimed")
            if not all(claimed.move_line_id.mapped("reconciled")):
                mine._send_otherwise(self._get_other_channel())
