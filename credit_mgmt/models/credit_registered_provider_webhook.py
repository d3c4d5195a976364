import ipaddress
import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, consteq

from .credit_registered_letter_follow import FIRST_PAUSE, HINT_PAUSE

_logger = logging.getLogger(__name__)

#: Letters that one message may be about.
MAX_NUMBERS = 100
#: While a carrier does not answer, it is asked this often at least.
LONGEST_OUTAGE_PAUSE = timedelta(hours=4)


class CreditRegisteredProvider(models.Model):
    """How a carrier tells that letters have news, and what happens while it does not answer."""

    _inherit = "credit.registered.provider"

    webhook_key = fields.Char(
        string="Key of the Messages",
        copy=False,
        groups="credit_mgmt.credit_mgmt_group_manager",
        index="btree_not_null",
    )
    webhook_url = fields.Char(
        string="Address for Messages",
        compute="_compute_webhook_url",
        groups="credit_mgmt.credit_mgmt_group_manager",
        help="Where the carrier tells that a letter has news. Its key is a secret.",
    )
    webhook_sources = fields.Char(
        string="Messages Come From",
        groups="credit_mgmt.credit_mgmt_group_manager",
        help="Addresses or networks of the carrier, separated by commas; empty: any. Behind a "
        "reverse proxy, Odoo must run in proxy mode to see them.",
    )
    takes_webhook = fields.Boolean(compute="_compute_takes_webhook")
    unavailable_until = fields.Datetime(
        readonly=True, copy=False, help="It did not answer: letters are read again from then on."
    )
    outages = fields.Integer(string="Failures in a Row", readonly=True, copy=False)

    @api.depends("code")
    def _compute_takes_webhook(self):
        for provider in self:
            provider.takes_webhook = "webhook" in provider._get_capabilities()

    @api.depends("webhook_key")
    def _compute_webhook_url(self):
        for provider in self:
            provider.webhook_url = (
                f"{provider.get_base_url()}/credit_mgmt/registered/{provider.webhook_key}"
                if provider.webhook_key
                else False
            )

    @api.constrains("webhook_sources")
    def _check_webhook_sources(self):
        for provider in self:
            for source in provider._get_webhook_sources():
                try:
                    ipaddress.ip_network(source, strict=False)
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "“%s” is not an address or a network, such as 192.0.2.7 or "
                            "192.0.2.0/24.",
                            source,
                        )
                    ) from error

    # === MESSAGES === #

    def action_renew_webhook_key(self):
        """Make a new key: messages to the address before it are refused from now on."""
        for provider in self:
            provider.webhook_key = secrets.token_urlsafe(24)
        return True

    def _ensure_webhook_url(self) -> str:
        """Return the address for messages, with a key made when it is first needed."""
        self.ensure_one()
        if not self.webhook_key:
            self.action_renew_webhook_key()
        return self.webhook_url

    @api.model
    def _find_by_webhook_key(self, key):
        found = self.search([("webhook_key", "=", key)], limit=1)
        return found.filtered(lambda p: p.takes_webhook and consteq(p.webhook_key, key))

    def _get_webhook_sources(self) -> list[str]:
        self.ensure_one()
        return [part.strip() for part in (self.webhook_sources or "").split(",") if part.strip()]

    def _is_webhook_source(self, address) -> bool:
        """Return whether messages may come from an address."""
        self.ensure_one()
        sources = self._get_webhook_sources()
        if not sources:
            return True
        try:
            caller = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        if any(caller in ipaddress.ip_network(source, strict=False) for source in sources):
            return True
        _logger.info("A message for carrier %s from %s was refused", self.id, caller)
        return False

    def _receive_webhook(self, payload):
        """Note which letters a message is about; they are read again by the scheduled action.

        A flood of messages leaves one row per letter, and calls the action once for it.
        """
        self.ensure_one()
        numbers = [str(number) for number in self._parse_webhook(payload)[:MAX_NUMBERS]]
        letters = self.env["credit.registered.letter"].search(
            [("provider_id", "=", self.id), ("external_id", "in", numbers)]
        )
        if not letters:
            return
        fresh = self.env.execute_query(
            SQL(
                """
                INSERT INTO credit_registered_hint (letter_id, create_date, write_date,
                                                    create_uid, write_uid)
                     SELECT id, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC', %(uid)s, %(uid)s
                       FROM unnest(%(ids)s) AS id
                ON CONFLICT DO NOTHING
                  RETURNING letter_id
                """,
                uid=self.env.uid,
                ids=letters.ids,
            )
        )
        self.env["credit.registered.hint"].invalidate_model()
        letters.invalidate_recordset(["hint_ids"])
        if fresh:
            now = fields.Datetime.now()
            last = max((letter.checked_on for letter in letters if letter.checked_on), default=now)
            letters._trigger_follow(max(now, last + HINT_PAUSE))

    # === OUTAGES === #

    def _is_available(self) -> bool:
        self.ensure_one()
        return not self.unavailable_until or self.unavailable_until <= fields.Datetime.now()

    def _pause(self):
        """Leave a carrier alone that does not answer, longer each time."""
        self.ensure_one()
        pause = min(FIRST_PAUSE * 2 ** min(self.outages, 10), LONGEST_OUTAGE_PAUSE)
        self.write(
            {
                "outages": self.outages + 1,
                "unavailable_until": fields.Datetime.now() + pause,
            }
        )

    def _resume(self):
        """The carrier answers again."""
        if self.filtered("outages"):
            self.write({"outages": 0, "unavailable_until": False})
