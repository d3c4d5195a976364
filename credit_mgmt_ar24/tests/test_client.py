import json
import socket
import threading
from datetime import datetime, timedelta, timezone

from odoo.tests import BaseCase, tagged
from odoo.tests.common import _super_send

from ..const import SLUGS, TROUBLES
from ..tools import cipher, client, moments
from ..tools.mail import Mail
from . import server
from .common import PRIVATE_KEY, TOKEN

#: AR24's own example.
DATE = "2021-05-26 14:00:00"
SIGNATURE = "bDop0cbjKpkySlpvnNGvBMg7PuYFFgPPqTTS2RAHoY0="


@tagged("post_install", "-at_install")
class TestCipher(BaseCase):
    """The protocol's example, by our client and by the test server, which share no code."""

    def test_official_vector(self):
        self.assertEqual(cipher.sign(DATE, PRIVATE_KEY), SIGNATURE)
        self.assertEqual(
            cipher.open_answer("WwBOU6s8DaMWmYdctBJwfuoujFgVygBUjhsbdf8eWqQ=", DATE, PRIVATE_KEY),
            '{status: "SUCCESS"}',
        )
        answer = "XZhN2E1TvGggEMHYlUusQxv/L8Dt9XQuRAZwJdOfTTLj3eFul4+1ShmOxF+/nrG5"
        self.assertEqual(
            json.loads(cipher.open_answer(answer, DATE, PRIVATE_KEY))["result"]["id"], 42
        )

    def test_server_knows_the_vector_too(self):
        self.assertEqual(server.encrypt(DATE, server.sha(PRIVATE_KEY), PRIVATE_KEY), SIGNATURE)
        closed = server.encrypt("héhé", server.sha(DATE + PRIVATE_KEY), PRIVATE_KEY)
        self.assertEqual(cipher.open_answer(closed, DATE, PRIVATE_KEY), "héhé")

    def test_wrong_key_or_garbage_is_an_error(self):
        closed = cipher.close("text", DATE + PRIVATE_KEY, PRIVATE_KEY)
        for body, date, key in (
            (closed, DATE, "another key"),
            (closed, "2021-05-26 14:00:01", PRIVATE_KEY),
            ("<html>", DATE, PRIVATE_KEY),
            ("", DATE, PRIVATE_KEY),
            ("QUJD", DATE, PRIVATE_KEY),
        ):
            with self.subTest(body=body, key=key), self.assertRaises(ValueError):
                cipher.open_answer(body, date, key)


@tagged("post_install", "-at_install")
class TestMoments(BaseCase):
    """Paris time, summer time included."""

    def test_winter_and_summer(self):
        for utc, paris in (
            (datetime(2026, 1, 15, 12, 0), "2026-01-15 13:00:00"),
            (datetime(2026, 7, 15, 12, 0), "2026-07-15 14:00:00"),
            (datetime(2026, 3, 29, 0, 59), "2026-03-29 01:59:00"),
            (datetime(2026, 3, 29, 1, 0), "2026-03-29 03:00:00"),
            (datetime(2026, 12, 31, 23, 30), "2027-01-01 00:30:00"),
        ):
            with self.subTest(paris):
                aware = utc.replace(tzinfo=timezone.utc)
                self.assertEqual(moments.to_text(aware), paris)
                self.assertEqual(moments.parse(paris), aware)

    def test_repeated_hour_and_nothing(self):
        first = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
        self.assertEqual(moments.to_text(first), "2026-10-25 02:30:00")
        self.assertEqual(moments.to_text(first + timedelta(hours=1)), "2026-10-25 02:30:00")
        self.assertEqual(moments.parse("2026-10-25 02:30:00"), first)
        for nothing in (None, "", "0000-00-00 00:00:00", "soon", 0, {}):
            self.assertIsNone(moments.parse(nothing))


@tagged("post_install", "-at_install")
class TestMail(BaseCase):
    """What AR24 tells of a letter, in all the shapes it may come."""

    def test_steps_of_each_state(self):
        day = "2026-03-10 12:00:00"
        for status, extra, states in (
            ("waiting", {}, ["sent"]),
            ("sent", {}, ["sent", "presented"]),
            ("AR", {}, ["sent", "presented", "accepted"]),
            ("negligence", {}, ["sent", "presented", "unclaimed"]),
            ("REFUSED", {}, ["sent", "presented", "refused"]),
            ("bounced", {}, ["sent", "undeliverable"]),
            ("bounced", {"ts_ev_date": day}, ["sent", "presented", "undeliverable"]),
            ("error", {}, ["sent", "failed"]),
            ("waiting", {"send_fail": "1"}, ["sent", "failed"]),
            ("melted", {}, []),
            ("", {}, []),
        ):
            with self.subTest(status):
                mail = Mail({"status": status, **extra})
                self.assertEqual([step.state for step in mail.steps()], states)

    def test_fields_come_empty_as_numbers_or_not_at_all(self):
        mail = Mail({"id": 12, "proof_ev_url": None, "proof_ar_url": "", "view_date": [], "x": 1})
        self.assertEqual((mail.number, mail.reference, mail.proofs()), ("12", "", []))
        self.assertIsNone(mail.date)

    def test_price(self):
        for given, unit, euros in (
            ("399", "cent", "3.99"), (399, "cent", "3.99"), ("3.99", "cent", "3.99"),
            ("3,99", "euro", "3.99"), (4, "euro", "4"), ("", "cent", None), (None, "cent", None),
            ("free", "cent", None), (-1, "euro", None), ("NaN", "euro", None),
        ):  # fmt: skip
            with self.subTest(given=given):
                price = Mail({"price_ht": given}).price(unit)
                self.assertEqual(price is not None and str(price) or None, euros)


@tagged("post_install", "-at_install")
class TestClient(BaseCase):
    """The client and the server over HTTP, without Odoo between them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = server.Ar24Server(TOKEN, PRIVATE_KEY).start()
        cls.addClassCleanup(cls.server.stop)

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        return _super_send(session, request, **kwargs)

    def setUp(self):
        super().setUp()
        self.server.reset()
        self.client = self._client()

    def _client(self, **values):
        values = {
            "url": self.server.url, "token": TOKEN, "private_key": PRIVATE_KEY, "user": "7",
            **values,
        }  # fmt: skip
        return client.Client(**values)

    def _values(self, **values):
        return {
            "to_email": "jeanne@example.com", "dest_statut": "professionnel",
            "to_company": "Delorme", "content": "<p>Hello</p>", "ref_dossier": "R1", **values,
        }  # fmt: skip

    def test_letter_with_documents(self):
        number = self.client.upload("lettre é.pdf", b"%PDF-1.4 letter")
        data = self.client.send(self._values(**{"attachment[0]": number}))
        [details] = Mail(self.client.get_mail(data["id"]))._data["attachments_details"]
        self.assertEqual((details["name"], details["file_size"]), ("lettre é.pdf", 15))
        self.assertEqual(self.server.mails[int(data["id"])]["from_name"], "Claire Besson")

    def test_wrong_credentials(self):
        for values in ({"token": "no"}, {"private_key": "no"}):
            with self.subTest(values), self.assertRaises(client.Refused) as raised:
                self._client(**values).get_user()
            self.assertEqual(raised.exception.slug, "token_invalid")

    def test_each_slug_is_a_refusal_with_words_of_ours(self):
        for slug in SLUGS:
            with self.subTest(slug):
                # A refusal for the clock is not tried again while the clocks agree.
                self.server.misbehave("slug", slug, times=1)
                with self.assertRaises(client.Refused) as raised:
                    self.client.send(self._values())
                self.assertEqual(raised.exception.slug, slug)
        self.assertFalse(self.server.mails)
        self.assertEqual(len(self.server.requests), len(SLUGS), "none was tried twice")

    def test_clock_is_corrected_once_by_their_time(self):
        """Refused for the clock, nothing was done: the same request with AR24's own time."""
        for minutes in (45, -45):
            with self.subTest(minutes):
                self.server.reset()
                self.server.clock_offset = timedelta(minutes=minutes)
                ours = self._client()
                self.assertEqual(ours.send(self._values())["ref_dossier"], "R1")
                self.assertEqual(len(self.server.mails), 1)
                self.assertAlmostEqual(ours.skew.total_seconds(), minutes * 60, delta=5)
                ours.get_user()
                self.assertEqual(len(self.server.requests), 2, "the correction is kept")

    def test_what_is_known_after_each_kind_of_trouble(self):
        """Only what may have been done is unclear; the words of the error hold no secret."""
        for switch, value, expected, reason in (
            ("maintenance", True, client.Unavailable, "maintenance"),
            ("quota", True, client.Unavailable, "quota"),
            ("http", 404, client.Unavailable, "HTTP 404"),
            ("http", 302, client.Unavailable, "HTTP 302"),
            ("http", 502, client.Unclear, "HTTP 502"),
            ("garbage", True, client.Unclear, "garbage"),
            ("drop_before", True, client.Unclear, "connection"),
            ("drop_after", True, client.Unclear, "connection"),
        ):
            with self.subTest(switch, value=value):
                self.server.reset()
                self.server.misbehave(switch, value)
                with self.assertRaises(expected) as raised:
                    self.client.send(self._values())
                self.assertEqual(raised.exception.reason, reason)
                self.assertIsNone(raised.exception.__cause__)
                self.assertTrue(raised.exception.__suppress_context__ or reason[:4] == "HTTP" or
                                raised.exception.__context__ is None)  # fmt: skip
                self.assertEqual(reason in TROUBLES or reason.startswith("HTTP"), True)

    def test_timeout_is_unclear_for_a_letter(self):
        self.patch(client, "TIMEOUT", (1, 0.2))
        self.server.misbehave("slow", 1.0)
        with self.assertRaisesRegex(client.Unclear, "timeout"):
            self.client.send(self._values())

    def test_nobody_listens(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with self.assertRaisesRegex(client.Unavailable, "connection"):
            self._client(url=f"http://127.0.0.1:{port}/api").send(self._values())

    def test_plain_success_is_not_believed(self):
        """Whatever stands between us and AR24 could say so."""
        listener = socket.create_server(("127.0.0.1", 0))

        def answer():
            connection, _address = listener.accept()
            connection.recv(65536)
            body = b'{"status": "SUCCESS", "result": {"id": 1}}'
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            with self.assertRaisesRegex(client.Unclear, "garbage"):
                self._client(url=f"http://127.0.0.1:{listener.getsockname()[1]}/api").get_user()
        finally:
            thread.join()
            listener.close()

    def test_list_of_letters_whatever_the_pages(self):
        for number in range(130):
            self.client.send(self._values(ref_dossier=f"R{number}"))
        for cap in (1000, 50, 10):
            with self.subTest(cap):
                self.server.page_cap = cap
                found = [mail["ref_dossier"] for mail in self.client.iter_mails()]
                self.assertEqual(found, [f"R{number}" for number in reversed(range(130))])

    def test_list_that_cannot_be_trusted_is_an_error(self):
        """Where the next page begins is not certain: a gap between two must not pass."""
        for number in range(60):
            self.client.send(self._values(ref_dossier=f"R{number}"))
        rows = self.server.list_mails

        def skip_some(values):
            start = int(values["start"])
            return rows({**values, "start": start and start + 5})

        self.patch(self.server, "list_mails", skip_some)
        with self.assertRaisesRegex(client.Unavailable, "list"):
            list(self.client.iter_mails())

    def test_old_pages_are_not_read(self):
        now = self.server.now()
        for number in range(120):
            data = self.client.send(self._values(ref_dossier=f"R{number}"))
            self.server.mails[int(data["id"])]["date"] = self.server.paris(
                now - timedelta(days=121 - number)
            )
        self.server.requests.clear()
        list(self.client.iter_mails(now - timedelta(days=3)))
        self.assertEqual(len(self.server.requests), 2, "the newest page, and one that is old")

    def test_proofs(self):
        data = self.client.send(self._values())
        self.server.move(data["id"], "AR")
        proofs = {
            proof.code: proof.url for proof in Mail(self.client.get_mail(data["id"])).proofs()
        }
        self.assertEqual(set(proofs), {"ev", "ar"})
        self.assertTrue(self.client.download(proofs["ar"]).startswith(b"%PDF"))
        for url, reason in (
            (proofs["ar"].replace("token=", "token=x"), "document"),
            (proofs["ar"].replace("127.0.0.1", "localhost"), "elsewhere"),
            ("https://example.com/get/proof/ar-1", "elsewhere"),
        ):
            with self.subTest(reason), self.assertRaisesRegex(client.Unavailable, reason):
                self.client.download(url)

    def test_server_refuses_json(self):
        """The protocol takes forms only; our own server must not be milder."""
        import requests

        answer = requests.post(f"{self.server.url}mail", json={"token": TOKEN}, timeout=10)
        self.assertEqual(answer.json()["status"], "ERROR")
