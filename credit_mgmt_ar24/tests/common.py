import logging
from contextlib import nullcontext

from odoo.addons.credit_mgmt.tests.common import freeze_time
from odoo.addons.credit_mgmt.tests.test_registered import RegisteredCommon
from odoo.fields import Command
from odoo.tests.common import HOST, HttpCase, _super_send

from .server import Ar24Server

#: Secrets of the tests, of which no log may know. The key is that of AR24's own example.
TOKEN = "test-token-5e0d1c"
PRIVATE_KEY = "7X9gx9E3Qx4EiUdB63nc"
WEBHOOK_KEY = "test-webhook-key-77ab"
#: A working hour of a working day.
NOW = "2026-03-10 10:00:00"


class SecretsWitness(logging.Handler):
    """Reads every log line, the libraries' own at their most talkative too."""

    def __init__(self, secrets, watches_library):
        super().__init__(logging.DEBUG)
        self.secrets, self.watches_library = secrets, watches_library
        self.found = []
        self.lines = 0

    def emit(self, record):
        if record.name.startswith("urllib3") and not self.watches_library:
            return
        self.lines += 1
        text = self.format(record)
        self.found += [text[:200] for secret in self.secrets() if secret in text]


class Ar24Service:
    """An AR24 account of ``cls.company``, at a server that speaks its protocol over HTTP."""

    watches_library = True

    @classmethod
    def _start_ar24(cls, **values):
        cls.ar24 = Ar24Server(TOKEN, PRIVATE_KEY).start()
        cls.addClassCleanup(cls.ar24.stop)
        cls.account = cls._create_account(**values)
        cls._watch_logs()

    @classmethod
    def _create_account(cls, **values):
        return cls.env["credit.registered.provider"].create(
            {
                "name": "AR24",
                "code": "ar24",
                "company_id": cls.company.id,
                "ar24_environment": "production",
                "ar24_url": cls.ar24.url,
                "ar24_token": TOKEN,
                "ar24_private_key": PRIVATE_KEY,
                "ar24_user": "7",
                "webhook_key": WEBHOOK_KEY,
                **values,
            }
        )

    @classmethod
    def _watch_logs(cls):
        """Whatever the tests of the class do, no secret may be in a log line."""
        witness = SecretsWitness(cls._get_secrets, cls.watches_library)
        root, library = logging.getLogger(), logging.getLogger("urllib3")
        level = library.level
        if cls.watches_library:
            library.setLevel(logging.DEBUG)
        root.addHandler(witness)

        def check():
            root.removeHandler(witness)
            library.setLevel(level)
            assert not witness.found, witness.found

        cls.addClassCleanup(check)
        cls.witness = witness

    @classmethod
    def _get_secrets(cls):
        urls = [
            mail[name].rpartition("token=")[2]
            for mail in list(cls.ar24.mails.values())
            for name in mail
            if name.startswith("proof_") and "token=" in mail[name]
        ]
        return [TOKEN, PRIVATE_KEY, WEBHOOK_KEY, cls.ar24.otp_key, *urls]

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # As Odoo's own, which cannot compare a pair of timeouts.
        assert f"//{HOST}:" in request.url, "no request leaves the machine"
        return _super_send(session, request, **kwargs)


class Ar24Common(Ar24Service, RegisteredCommon):
    """Formal notices through AR24, at a frozen moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        frozen = freeze_time(NOW)
        frozen.start()
        cls.addClassCleanup(frozen.stop)
        cls._start_ar24()
        # The audience alone would put a customer under the policy of its audience.
        cls.customer.write({"credit_audience": "business", "dunning_policy_id": cls.policy.id})

    def setUp(self):
        super().setUp()
        self.ar24.reset()

    # === WHAT USERS DO === #

    def _send_notice(self, partner=None):
        """Prepare, release and send a formal notice; return its delivery."""
        notice = self._formal(partner)
        notice.action_send()
        return notice.delivery_ids.sorted("id")[:1]

    def _sent_letter(self, partner=None):
        letter = self._send_notice(partner).registered_letter_ids
        self.assertEqual(letter.state, "sent", letter.delivery_id.failure_reason)
        return letter

    def _business(self, name, **values):
        return self._audience(name, "business", **values)

    def _audience(self, name, audience, **values):
        return self._create_customer(
            name, credit_audience=audience, dunning_policy_id=self.policy.id, **values
        )

    def _follow(self):
        """Let the scheduled action work as Odoo runs it."""
        is_http = isinstance(self, HttpCase)  # which is in that mode already
        with nullcontext() if is_http else self.enter_registry_test_mode():
            self.env.ref("credit_mgmt.credit_registered_follow_cron").method_direct_trigger()
        self.env.invalidate_all()

    def _mail_of(self, letter):
        [mail] = self.ar24.find(letter.reference)
        return mail

    def _move(self, letter, status, moment=None):
        """Let something happen to a letter at AR24, and Odoo read it."""
        self.ar24.move(self._mail_of(letter)["id"], status, moment)
        letter.action_refresh()

    def _set_fallback(self, channel):
        self.formal.write(
            {"fallback_channel_id": channel.id, "channel_ids": [Command.set(self.channel.ids)]}
        )
