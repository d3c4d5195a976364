import hashlib
import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

#: The states that every carrier's own are translated to, in the order of a letter's life.
STATES = [
    ("draft", "New"),
    ("queued", "To post"),
    ("sent", "Sent"),
    ("presented", "Presented"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("unclaimed", "Not claimed"),
    ("undeliverable", "Undeliverable"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
#: Nothing follows by itself; a person may still correct a mistake.
FINAL_STATES = ("accepted", "refused", "unclaimed", "undeliverable", "failed", "cancelled")
#: What can be recorded next, whoever says so.
NEXT_STATES = {
    "draft": ("queued", "sent", "failed", "cancelled"),
    "queued": ("sent", "failed", "cancelled"),
    "sent": ("presented", "accepted", "refused", "unclaimed", "undeliverable", "failed"),
    "presented": ("accepted", "refused", "unclaimed", "undeliverable"),
    # What a carrier refused may be handed over again.
    "failed": ("queued", "sent", "failed", "cancelled"),
}
#: The letter did not reach the addressee's hand, and somebody has to decide what follows.
_TO_DECIDE = ("refused", "unclaimed", "undeliverable")


class CreditRegisteredLetter(models.Model):
    """A registered letter: the delivery that it is, where it is, and the proofs of that.

    Its state is that of its last event; events and proofs are only added. What the letter said
    is on the delivery, which is evidence already.
    """

    _name = "credit.registered.letter"
    _description = "Registered Letter"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.dunning.worker"]
    _rec_name = "reference"
    _order = "id desc"

    delivery_id = fields.Many2one(
        "credit.dunning.delivery", required=True, readonly=True, index=True, ondelete="restrict"
    )
    notice_id = fields.Many2one(related="delivery_id.notice_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="delivery_id.partner_id", string="Customer", store=True, index=True
    )
    contact_id = fields.Many2one(related="delivery_id.contact_id", string="Addressee")
    address = fields.Char(related="delivery_id.address")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    provider_id = fields.Many2one(
        "credit.registered.provider",
        string="Carrier",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    provider_code = fields.Selection(related="provider_id.code")
    reference = fields.Char(
        required=True,
        readonly=True,
        help="Our own reference, by which the carrier knows the letter again.",
    )
    external_id = fields.Char(
        string="Carrier's Number", readonly=True, copy=False, index="btree_not_null"
    )
    tracking_number = fields.Char(readonly=True, copy=False)
    state = fields.Selection(STATES, default="draft", required=True, readonly=True, index=True)
    sent_date = fields.Date(readonly=True, help="When it was posted or deposited.")
    presented_date = fields.Date(
        string="First Presented",
        readonly=True,
        help="What counts for a formal notice, even if the letter was refused or not claimed.",
    )
    closed_date = fields.Date(
        string="Ended On", readonly=True, help="Accepted, refused, not claimed or returned."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    price = fields.Monetary(readonly=True, help="What the carrier charged, excluding tax.")
    amount_due = fields.Monetary(related="delivery_id.amount_due")
    event_ids = fields.One2many("credit.registered.event", "letter_id", readonly=True)
    proof_ids = fields.One2many("credit.registered.proof", "letter_id", readonly=True)
    proof_count = fields.Integer(compute="_compute_proof_count")
    attachment_id = fields.Many2one(related="delivery_id.attachment_id", string="Letter")
    tells_status = fields.Boolean(compute="_compute_tells_status")

    _delivery_unique = models.UniqueIndex("(delivery_id)", "A delivery is one registered letter.")
    _reference_unique = models.UniqueIndex("(reference)", "This reference exists already.")
    _tracking_unique = models.UniqueIndex(
        "(provider_id, tracking_number) WHERE tracking_number IS NOT NULL",
        "Another registered letter has this tracking number.",
    )

    @api.depends("proof_ids")
    def _compute_proof_count(self):
        counts = dict(
            self.env["credit.registered.proof"]._read_group(
                [("letter_id", "in", self.ids)], ["letter_id"], ["__count"]
            )
        )
        for letter in self:
            letter.proof_count = counts.get(letter, 0)

    @api.depends("provider_id")
    def _compute_tells_status(self):
        for letter in self:
            letter.tells_status = "status" in letter.provider_id._get_capabilities()

    # === LIFE === #

    @api.model
    def _create_for(self, deliveries, provider):
        """Create the letters of deliveries that a carrier is to take.

        A reference is never used again, not even in a database restored from a backup: a carrier
        would take the new letter for the old one.
        """
        return self.create(
            [
                {
                    "delivery_id": delivery.id,
                    "company_id": delivery.company_id.id,
                    "provider_id": provider.id,
                    "reference": f"{delivery.notice_id.name}-{secrets.token_hex(4)}",
                }
                for delivery in deliveries
            ]
        )

    def _record(self, state, date=None, *, raw="", note="", moment=None, **values):
        """Record what became of a letter; the only place that writes its state.

        The same event again, and one that cannot follow any more, change nothing and are kept
        as a line of the log all the same: carriers repeat themselves and come late.

        :param state: a key of ``STATES``
        :param date: when it happened (date); today by default
        :param raw: what the carrier called it
        :param note: words for people
        :param moment: the exact moment, if it is known (datetime, UTC)
        :param values: further fields of the letter (external id, tracking number, price)
        :return: whether the state changed
        """
        self.ensure_one()
        date = fields.Date.to_date(date) or self.company_id._get_credit_today()
        follows = state in NEXT_STATES.get(self.state, ())
        self.env["credit.registered.event"].create(
            {
                "letter_id": self.id,
                "state": state,
                "date": date,
                "moment": moment,
                "raw": raw,
                "note": note,
                "ignored": not follows,
                "user_id": self.env.uid,
            }
        )
        if follows:
            values["state"] = state
            if state in ("sent", "presented"):
                values[f"{state}_date"] = date
            values["closed_date"] = date if state in FINAL_STATES else False
        if values:
            self.write(values)
        if follows:
            self._hook_after_record()
        return follows

    def _hook_after_record(self):
        """Extension point: called on a letter whose state has just changed.

        What did not arrive comes back to a person: the delivery fails when the carrier could not
        deliver, and the collector gets an activity when somebody has to decide what follows.
        """
        self.ensure_one()
        label = dict(self._fields["state"]._description_selection(self.env))[self.state]
        self.notice_id.message_post(
            body=self.env._(
                "Registered letter %(number)s: %(state)s",
                number=self.tracking_number or self.reference,
                state=label,
            )
        )
        if self.state in ("undeliverable", "failed") or (
            self.state == "cancelled" and self.delivery_id.state != "cancelled"
        ):
            self.delivery_id._set_failed(
                self.env._("Registered letter %(state)s", state=label.lower())
            )
            self.notice_id._sync_state()
        if self.state in _TO_DECIDE:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Registered letter: %s", label),
                note=self._describe_next_step(),
                user_id=self._get_responsible().id,
            )

    def _get_responsible(self):
        """Return the user who decides what follows."""
        self.ensure_one()
        return self.notice_id.collector_id or self.company_id._get_credit_responsible()

    def _describe_next_step(self) -> str:
        """Return what follows by the policy, for the person who decides."""
        self.ensure_one()
        texts = [
            self.env._(
                "The first presentation counts all the same. Decide the next step, or check "
                "the address."
            )
        ]
        if self.state == "undeliverable":
            texts = [self.env._("The letter reached nobody: check the address.")]
        if channel := self._get_other_channel():
            texts.append(self.env._("By its level, the reminder goes by %s as well.", channel.name))
        level, date = self._get_next_level()
        if level:
            texts.append(
                self.env._(
                    "Next by the policy: %(level)s, from %(date)s.",
                    level=level.name,
                    date=format_date(self.env, date),
                )
            )
        else:
            texts.append(self.env._("The policy has no level after this one."))
        return " ".join(texts)

    def _get_other_channel(self):
        """Return the channel by which the level sends what did not arrive, if it is not used."""
        self.ensure_one()
        channel = self.notice_id.level_id.fallback_channel_id
        return channel - self.notice_id.delivery_ids.channel_id

    def _get_next_level(self):
        """Return the level that the claimed items reach next, and when; both empty if none."""
        self.ensure_one()
        claimed = self.notice_id.line_ids.filtered(
            lambda line: line.kind == "claimed" and line.live
        )
        rows = (
            self.env["credit.receivable"]
            .sudo()  # the salesperson's rule on the items has no say in what follows
            .search([("id", "in", claimed.move_line_id.ids), ("next_level_id", "!=", False)])
        )
        first = rows.sorted("next_dunning_date")[:1]
        return first.next_level_id, first.next_dunning_date

    @api.model
    def _clean_tracking_number(self, number) -> str:
        """Return a tracking number as it is stored.

        :raises UserError: not what a postal service prints: 8 to 35 letters and digits
        """
        cleaned = re.sub(r"[\s.-]", "", number or "").upper()
        if not re.fullmatch(r"[0-9A-Z]{8,35}", cleaned):
            raise UserError(
                self.env._(
                    "“%s” is not a tracking number: 8 to 35 letters and digits.", number or ""
                )
            )
        return cleaned

    def _add_proof(self, kind, name, content, date=None):
        """Keep a proof with its fingerprint; the same document twice is kept once.

        :param kind: a key of ``credit.registered.proof.kind``
        :param content: bytes
        :return: the proof
        """
        self.ensure_one()
        digest = hashlib.sha256(content).hexdigest()
        if known := self.proof_ids.filtered(lambda p: p.kind == kind and p.sha256 == digest):
            return known
        proof = self.env["credit.registered.proof"].create(
            {
                "letter_id": self.id,
                "kind": kind,
                "date": fields.Date.to_date(date) or self.company_id._get_credit_today(),
                "sha256": digest,
            }
        )
        proof.attachment_id = self.env["ir.attachment"].create(
            {"name": name, "raw": content, "res_model": proof._name, "res_id": proof.id}
        )
        return proof

    # === ACTIONS === #

    def action_record(self):
        """Open the dialog that records what became of a letter."""
        self._check_by_hand()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record"),
            "res_model": "credit.registered.record",
            "view_mode": "form",
            "target": "new",
            "context": {"default_letter_id": self[:1].id} if len(self) == 1 else {},
        }

    def action_print(self):
        """Download the letters as one PDF, in the order of the addresses."""
        return self.delivery_id.action_print()

    def action_refresh(self):
        """Ask the carriers where the letters are."""
        self.notice_id._check_user()
        letters = self.sudo()  # the groups of reminders may not write letters by hand
        for provider, group in letters.grouped("provider_id").items():
            if "status" not in provider._get_capabilities():
                raise UserError(
                    self.env._("%s tells nothing: record what became of it by hand.", provider.name)
                )
            for letter in group:
                if letter.delivery_id.state == "uncertain":
                    letter._look_up()
                else:
                    letter._read_again()
        return True

    def action_cancel(self):
        """Take letters back that have not left; their reminders can be sent otherwise."""
        self.notice_id._check_user()
        for letter in self.sudo():  # as in action_refresh
            if letter.state not in ("draft", "queued"):
                raise UserError(
                    self.env._("%s has left and cannot be taken back.", letter.display_name)
                )
            letter.provider_id._cancel(letter)
            letter._record("cancelled")
        return True

    def action_correct(self):
        """Go back to the state before a mistake; the log keeps both."""
        self.notice_id._check_user()
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager"):
            raise UserError(self.env._("Only a credit manager may correct a recorded state."))
        for letter in self.sudo():  # as in action_refresh
            last = letter.event_ids.filtered(lambda e: not e.ignored).sorted("id", reverse=True)
            if len(last) < 2 or last[1].state == "draft":
                raise UserError(self.env._("There is nothing to correct."))
            last[0].ignored = True
            letter.write(
                {
                    "state": last[1].state,
                    "closed_date": False,
                    **({"sent_date": False} if last[0].state == "sent" else {}),
                    **({"presented_date": False} if last[0].state == "presented" else {}),
                }
            )
            if letter.delivery_id.state == "failed":
                letter.delivery_id.write({"state": "sent", "failure_reason": False})
                letter.notice_id._sync_state()
            letter.message_post(
                body=self.env._(
                    "Corrected by %s: the last state was a mistake.", self.env.user.name
                )
            )
        return True

    def _check_by_hand(self):
        self.notice_id._check_user()
        for letter in self:
            if "status" in letter.provider_id._get_capabilities():
                raise UserError(
                    self.env._(
                        "%s tells by itself what became of a letter.", letter.provider_id.name
                    )
                )
