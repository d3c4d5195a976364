import json

from odoo.addons.credit_mgmt.tests.common import freeze_time
from odoo.tests import HttpCase, tagged

from .common import WEBHOOK_KEY, Ar24Common


@tagged("post_install", "-at_install")
class TestAr24Webhook(Ar24Common, HttpCase):
    """AR24 calls: a hint, never believed, whoever calls and however often."""

    #: Here the test itself is the caller, whose library logs the address it calls.
    watches_library = False

    def setUp(self):
        super().setUp()
        self.letter = self._sent_letter()
        self.number = self._mail_of(self.letter)["id"]
        self.hints = self.env["credit.registered.hint"]
        self.url = f"/credit_mgmt/registered/{WEBHOOK_KEY}"

    def _call(self, url=None, data=None, **values):
        data = data or {"id_mail": self.number, "new_state": "AR", "proof_url": "", **values}
        return self.url_open(url or self.url, data=data)

    def _follow_later(self):
        with freeze_time("2026-03-10 10:02:00"):
            self._follow()

    def test_call_makes_the_letter_be_read(self):
        """Its address is the one that AR24 got with the letter."""
        self.assertTrue(self._mail_of(self.letter)["webhook"].endswith(self.url))
        self.ar24.move(self.number, "sent")
        self.assertEqual(self._call().status_code, 200)
        self.assertEqual(self.hints.search([]).letter_id, self.letter)
        self.assertEqual(self.letter.state, "sent", "answered at once, read later")
        self._follow_later()
        self.assertEqual(self.letter.state, "presented", "what AR24 says, not what the call said")
        self.assertFalse(self.hints.search([]))

    def test_call_in_json(self):
        answer = self.url_open(
            self.url,
            data=json.dumps({"id_mail": int(self.number)}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual((answer.status_code, len(self.hints.search([]))), (200, 1))

    def test_forged_calls(self):
        """Without the key or from elsewhere nothing is taken; with it, lies change nothing."""
        self.assertEqual(self._call("/credit_mgmt/registered/guessed").status_code, 404)
        self.account.webhook_sources = "185.183.140.195, 192.0.2.0/24"
        self.assertEqual(self._call().status_code, 404)
        self.assertFalse(self.hints.search([]))
        self.account.webhook_sources = "127.0.0.0/8"
        self.assertEqual(self._call(new_state="AR").status_code, 200)
        self._follow_later()
        self.assertEqual(self.letter.state, "sent")

    def test_forged_key_of_an_archived_or_other_carrier(self):
        self.provider.webhook_key = "paper-key"
        self.assertEqual(self._call("/credit_mgmt/registered/paper-key").status_code, 404)
        self.account.active = False
        self.assertEqual(self._call().status_code, 404)

    def test_garbage_never_fails(self):
        for data in (
            {"x": "1"}, {"id_mail": "' OR 1=1"}, {"id_mail": "9" * 5000}, {"id_mail": "ÿ€"},
            {"id_mail": ""},
        ):  # fmt: skip
            with self.subTest(data=str(data)[:30]):
                self.assertEqual(self._call(data=data).status_code, 200)
        answer = self.url_open(self.url, data="[1, 2", headers={"Content-Type": "application/json"})
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(self.hints.search([]))

    def test_flood_leaves_one_row_and_one_reading(self):
        """Each further call does nothing; the letter is not read more than once a minute."""
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([])
        for _call in range(12):
            self.assertEqual(self._call().status_code, 200)
        self.assertEqual(len(self.hints.search([])), 1)
        self.assertEqual(triggers.search_count([]), before + 1)
        self.ar24.requests.clear()
        self._follow()
        self.assertEqual(len(self.ar24.requests), 1)
        for _call in range(5):
            self._call()
        with freeze_time("2026-03-10 10:00:30"):
            self._follow()
        self.assertEqual(len(self.ar24.requests), 1, "half a minute later")
        self._follow_later()
        self.assertEqual(len(self.ar24.requests), 2)

    def test_call_costs_few_queries(self):
        self._call()
        with self.assertQueryCount(6):
            self.account.sudo()._receive_webhook({"id_mail": self.number})

    def test_new_address(self):
        self.account.action_renew_webhook_key()
        self.env.flush_all()
        self.assertEqual(self._call().status_code, 404)
        url = self.account.webhook_url
        self.assertEqual(self._call(url[url.index("/credit_mgmt") :]).status_code, 200)

    def test_wrong_source_is_refused_in_words(self):
        with self.assertRefused("is not an address or a network"):
            self.account.webhook_sources = "185.183.140.195, ar24.fr"

    @classmethod
    def _get_secrets(cls):
        return [*super()._get_secrets(), cls.account.webhook_key]
