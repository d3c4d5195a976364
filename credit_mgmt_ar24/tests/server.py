"""A server that behaves as AR24's interface is known to, for tests and for the demo.

It is written from the protocol alone and shares no code with our client. It checks what AR24
checks, in one order (the real one is not known); switches make it misbehave. By itself:

    python server.py --port 8075 --token T --key K

It then lets each letter be accepted as soon as it is asked about it again.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import threading
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from email.parser import BytesParser
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PARIS = ZoneInfo("Europe/Paris")
DATE = "%Y-%m-%d %H:%M:%S"
WINDOW = timedelta(minutes=10)
PROOF_FIELDS = {
    "sent": ("ev", "ts_ev_date"),
    "AR": ("ar", "view_date"),
    "negligence": ("ng", "negligence_date"),
    "refused": ("rf", "refused_date"),
    "bounced": ("bc", "bounced_date"),
}
PDF = b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/" \
    b"Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/" \
    b"Resources<</Font<</F 5 0 R>>>>>>endobj 5 0 obj<</Type/Font/Subtype/Type1/BaseFont/" \
    b"Helvetica>>endobj 4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n" \
    b"trailer<</Root 1 0 R>>\n%%%%EOF\n"  # fmt: skip


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def encrypt(text: str, key: str, private_key: str) -> str:
    """AES-256-CBC with the first characters of hexadecimal texts as key and vector."""
    padder = padding.PKCS7(128).padder()
    data = padder.update(text.encode()) + padder.finalize()
    vector = sha(sha(private_key))[:16].encode()
    cipher = Cipher(algorithms.AES(key[:32].encode()), modes.CBC(vector)).encryptor()
    return base64.b64encode(cipher.update(data) + cipher.finalize()).decode()


def pdf(text: str) -> bytes:
    stream = f"BT /F 18 Tf 60 760 Td ({text}) Tj ET".encode("latin-1", "replace")
    return PDF % (len(stream), stream)


class Problem(Exception):
    """A functional error: a code of the protocol and words."""


class Drop(Exception):
    """The connection breaks without an answer."""


class Ar24Server:
    """The state of the service, its switches, and the HTTP server.

    Switches, each for the next ``times`` requests that it concerns (``misbehave``):
    ``maintenance``, ``http`` (a status), ``slow`` (seconds), ``drop_before`` and ``drop_after``
    (of a letter's registration), ``garbage``, ``slug`` (a refusal), ``quota``, ``half_document``.
    """

    def __init__(self, token: str, private_key: str, port: int = 0) -> None:
        self.token, self.private_key = token, private_key
        self.clock_offset = timedelta()
        self.user = {
            "id": 7, "firstname": "Claire", "lastname": "Besson", "name": "Claire Besson",
            "email": "sender@example.com", "statut": "professionnel", "confirmed": 1, "cgu": 1,
            "payment_active": 1, "is_payment_possible": 1, "is_identity_verified": 1,
        }  # fmt: skip
        self.otp = "123456"
        #: The key that the last authentication gave: a secret.
        self.otp_key = sha(f"{private_key} nobody yet")
        self.mails: dict[int, dict] = {}
        self.files: dict[str, dict] = {}
        self.requests: list[tuple[str, str, dict]] = []
        self.page_cap = 1000
        #: Values given to every new letter: fields that nobody knows yet, other shapes.
        self.extra: dict = {}
        #: Called when a letter is registered and its answer not sent yet.
        self.on_mail = lambda mail: None
        #: A letter moves on each time it is asked for.
        self.lively: list[str] = []
        self._hashes: dict[str, datetime] = {}
        self._switches: dict[str, list] = {}
        self._lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"service": self})
        self.http = _Server(("127.0.0.1", port), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/api/"

    def start(self) -> Ar24Server:
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    # === SWITCHES === #

    def reset(self) -> None:
        """Forget everything, as for another test."""
        self.mails.clear()
        self.files.clear()
        self.requests.clear()
        self._switches.clear()
        self.extra, self.lively, self.page_cap = {}, [], 1000
        self.clock_offset = timedelta()
        self.on_mail = lambda mail: None
        self.user.update(confirmed=1, cgu=1, payment_active=1, is_payment_possible=1)

    def misbehave(self, name: str, value=True, times: int = 1, only: str = "") -> None:
        """Turn a switch on for the next requests.

        :param only: method and path of the requests it concerns, e.g. ``POST mail``
        """
        self._switches[name] = [value, times, only]

    def behave(self) -> None:
        self._switches.clear()

    def take(self, name: str, request: str):
        """Return the value of a switch that is on for this request, and count it."""
        with self._lock:
            value, times, only = self._switches.get(name, (None, 0, ""))
            if times <= 0 or (only and only != request):
                return None
            self._switches[name][1] -= 1
            return value

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.clock_offset

    def paris(self, moment: datetime | None = None) -> str:
        return (moment or self.now()).astimezone(PARIS).strftime(DATE)

    # === THE LIFE OF LETTERS === #

    def find(self, reference: str) -> list[dict]:
        return [mail for mail in self.mails.values() if mail["ref_dossier"] == reference]

    def move(self, mail_id: int, status: str, moment: datetime | None = None) -> None:
        """Let something happen to a letter."""
        with self._lock:
            mail = self.mails[int(mail_id)]
            mail["status"] = status
            if status not in PROOF_FIELDS:
                return
            if status not in ("sent", "bounced") and not mail["ts_ev_date"]:
                self.move(mail_id, "sent", moment)
                mail["status"] = status
            code, field = PROOF_FIELDS[status]
            mail[field] = self.paris(moment)
            mail[f"proof_{code}_url"] = self._proof_url(mail_id, code)

    def _proof_url(self, mail_id: int, code: str) -> str:
        base = self.url.removesuffix("api/")
        return f"{base}get/proof/{code}-{mail_id}?token={sha(f'{self.private_key}{mail_id}')[:24]}"

    def call_webhook(self, mail_id: int, state: str = "", url: str = "") -> int:
        """Tell of a letter as AR24 does, once; return the HTTP status."""
        mail = self.mails[int(mail_id)]
        fields = {"id_mail": mail_id, "new_state": state or mail["status"], "proof_url": ""}
        data = urllib.parse.urlencode(fields).encode()
        try:
            with urllib.request.urlopen(url or mail["webhook"], data, timeout=11) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    # === REQUESTS === #

    def handle(self, method: str, path: str, values: dict, headers, files: dict):
        """Return the result of a request.

        :raises Problem: with a code of the protocol
        """
        self._check(values, headers)
        name = f"{method} {path}"
        self.requests.append((method, path, values))
        if slug := self.take("slug", name):
            raise Problem(slug, f"Refused: {slug}")
        handlers = {
            "GET user": self.get_user,
            "GET user/list": lambda values: {"users": [self.user]},
            "POST user/auth_otp": self.authenticate,
            "POST attachment": lambda values: self.upload(values, files),
            "POST mail": self.create_mail,
            "GET mail": self.get_mail,
            "GET user/mail": self.list_mails,
        }
        if name not in handlers:
            raise Problem("unknown_error", "No such method.")
        return handlers[name](values)

    def _check(self, values: dict, headers) -> None:
        if not values.get("token"):
            raise Problem("token_missing", "The token is missing.")
        if values["token"] != self.token:
            raise Problem("token_invalid", "The token is not valid.")
        if not values.get("date"):
            raise Problem("empty_date", "The date is empty.")
        try:
            date = datetime.strptime(values["date"], DATE).replace(tzinfo=PARIS)
        except ValueError:
            raise Problem("invalid_date", "The date is not valid.") from None
        if date < self.now() - WINDOW:
            raise Problem("expired_date", "The date has expired.")
        if date > self.now() + WINDOW:
            raise Problem("date_in_future", "The date is in the future.")
        if not headers.get("signature"):
            raise Problem("empty_signature", "The signature is missing.")
        expected = encrypt(values["date"], sha(self.private_key), self.private_key)
        if headers["signature"] != expected:
            raise Problem("token_invalid", "The signature is not valid.")

    def get_user(self, values: dict) -> dict:
        if str(values.get("id_user") or values.get("email")) not in (
            str(self.user["id"]), self.user["email"],
        ):  # fmt: skip
            raise Problem("user_not_exist", "This user does not exist.")
        return self.user

    def authenticate(self, values: dict) -> dict:
        if values.get("otp") != self.otp:
            raise Problem("authentication_otp_invalid", "This code is not valid.")
        key = self.otp_key = sha(f"{values['date']}{len(self._hashes)}")
        self._hashes[key] = self.now() + timedelta(hours=1)
        return {"hash": key, "expiration_date": self.paris(self._hashes[key])}

    def upload(self, values: dict, files: dict) -> dict:
        self.get_user(values)
        if "file" not in files:
            raise Problem("attachment_missing_file", "The file is missing.")
        name, content = files["file"]
        if not (values.get("file_name") or name):
            raise Problem("attachment_empty_name", "The file has no name.")
        if not content:
            raise Problem("attachment_too_big", "The file is too big.")
        with self._lock:
            number = sha(f"file {len(self.files)}")[:20]
            self.files[number] = {"name": values.get("file_name") or name, "content": content}
        return {"file_id": number}

    def create_mail(self, values: dict) -> dict:
        self.get_user(values)
        professional = values.get("dest_statut") == "professionnel"
        attachments = [value for name, value in sorted(values.items())
                       if name.startswith("attachment[")]  # fmt: skip
        for is_wrong, slug in (
            (not values.get("to_email"), "missing_email"),
            (values.get("to_email") == self.user["email"], "same_sender_recipients_emails"),
            ("@" not in values.get("to_email", ""), "invalid_email"),
            (not professional and not (values.get("to_firstname") and values.get("to_lastname")),
             "invalid_recipient"),
            (professional and not values.get("to_company"), "invalid_recipient"),
            (not attachments and not values.get("content"), "error_no_content_no_attachment"),
            (any(number not in self.files for number in attachments), "attachment_not_exists"),
            (not self.user["payment_active"], "user_no_payment"),
        ):  # fmt: skip
            if is_wrong:
                raise Problem(slug, f"Refused: {slug}")
        if values.get("eidas") == "1":
            if not values.get("auth_otp_hash"):
                raise Problem("authentication_missing", "Authenticate first.")
            if self._hashes.get(values["auth_otp_hash"], self.now()) <= self.now():
                raise Problem("authentication_otp_hash_invalid", "The hour is over.")
        if self.take("drop_before", "POST mail"):
            raise Drop
        with self._lock:
            number = 1000 + len(self.mails)
            mail = self._describe(number, values, attachments)
            self.mails[number] = mail
        self.on_mail(mail)
        if self.take("drop_after", "POST mail"):
            raise Drop
        return mail

    def _describe(self, number: int, values: dict, attachments: list[str]) -> dict:
        names = ("to_firstname", "to_lastname", "to_company", "to_email", "dest_statut",
                 "ref_dossier", "ref_client", "ref_facturation", "payment_slug",
                 "webhook")  # fmt: skip
        mail = {name: values.get(name, "") for name in names}
        mail.update(
            id=str(number), type="lre", status="waiting", date=self.paris(), send_fail=0,
            from_name=values.get("custom_name_sender") or self.user["name"], price_ht="399",
            is_eidas=int(values.get("eidas") or 0), id_sender=str(self.user["id"]),
            full_hash_sha256=sha(str(number)), update=[], pdf_content="", zip="",
            attachments_details=[
                {"id": file_id, "name": self.files[file_id]["name"],
                 "hash_sha1": hashlib.sha1(self.files[file_id]["content"]).hexdigest(),
                 "file_size": len(self.files[file_id]["content"])}
                for file_id in attachments
            ],
        )  # fmt: skip
        for code, field in PROOF_FIELDS.values():
            mail[f"proof_{code}_url"], mail[field] = "", ""
        mail["view_date"], mail["negligence_date"] = None, ""
        return {**mail, **self.extra}

    def get_mail(self, values: dict) -> dict:
        mail = self.mails.get(int(values.get("id") or 0))
        if not mail:
            raise Problem("missing_erm_id", "This letter does not exist.")
        if self.lively and mail["status"] in ("waiting", "sent"):
            self.move(int(mail["id"]), self.lively[-1])
        return mail

    def list_mails(self, values: dict) -> list[dict]:
        rows = sorted(self.mails.values(), key=lambda mail: int(mail["id"]))
        if values.get("sort", "ASC") == "DESC":
            rows.reverse()
        start = int(values.get("start") or 0)
        return rows[start : start + min(int(values.get("max") or 10), self.page_cap)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A caller that hangs up or is killed is part of the tests."""
        if isinstance(sys.exc_info()[1], ConnectionError):
            return None
        return super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """HTTP to and from the service."""

    service: Ar24Server
    protocol_version = "HTTP/1.1"

    # The name of the argument is the base class's.
    def log_message(self, format, *args) -> None:  # noqa: A002
        """Addresses hold the token: nothing is logged."""

    def date_time_string(self, timestamp=None) -> str:
        return format_datetime(self.service.now(), usegmt=True)

    def do_GET(self) -> None:
        self._work("GET")

    def do_POST(self) -> None:
        self._work("POST")

    def _work(self, method: str) -> None:
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if parts.path.startswith("/get/"):
            self._give_document(parts.path, query)
            return
        path = parts.path.removeprefix("/api/").strip("/")
        with suppress(BrokenPipeError, ConnectionResetError):
            self._answer(method, path, query, body)

    def _answer(self, method: str, path: str, query: dict, body: bytes) -> None:
        service, name = self.service, f"{method} {path}"
        if seconds := service.take("slow", name):
            time.sleep(seconds)
        if status := service.take("http", name):
            self._write(b"<html>Bad gateway</html>", status, "text/html")
            return
        if service.take("quota", name):
            self._write(b"Too many requests", 429, "text/plain")
            return
        if service.take("maintenance", name):
            self._write(b'{"status":"maintenance"}')
            return
        try:
            values, files = (query, {}) if method == "GET" else self._parse_form(body)
            result = service.handle(method, path, values, self.headers, files)
        except Problem as problem:
            slug, message = problem.args
            error = {"status": "ERROR", "slug": slug, "message": message}
            self._write(json.dumps(error).encode())
            return
        except Drop:
            self.close_connection = True
            return
        if service.take("garbage", name):
            self._write(b"<html><body>What is this?</body></html>")
            return
        text = json.dumps({"status": "SUCCESS", "result": result})
        key = sha(values["date"] + service.private_key)
        self._write(encrypt(text, key, service.private_key).encode(), kind="text/plain")

    def _parse_form(self, body: bytes) -> tuple[dict, dict]:
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            return dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)), {}
        if not kind.startswith("multipart/form-data"):
            raise Problem("unknown_error", "Form data are expected.")
        message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        values, files = {}, {}
        for part in message.get_payload():
            name = part.get_param("name", header="Content-Disposition")
            content = part.get_payload(decode=True)
            if (filename := part.get_filename()) is not None:
                files[name] = (filename, content)
            else:
                values[name] = content.decode()
        return values, files

    def _give_document(self, path: str, query: dict) -> None:
        service = self.service
        code, _sep, number = path.rpartition("/")[2].partition("-")
        if query.get("token") != sha(f"{service.private_key}{number}")[:24]:
            self._write(b"<html>Please log in</html>", kind="text/html")
            return
        if service.take("http", "GET document"):
            self._write(b"", 503)
            return
        if service.take("half_document", "GET document"):
            self._write(b"<html>Not ready yet</html>", kind="text/html")
            return
        self._write(
            pdf(f"Proof {code} of letter {number}, by a test server: no evidence"),
            kind="application/pdf",
        )

    def _write(self, body: bytes, status: int = 200, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--key", required=True)
    options = parser.parse_args()
    service = Ar24Server(options.token, options.key, options.port)
    service.lively = ["AR"]
    service.http.serve_forever()


if __name__ == "__main__":
    main()
