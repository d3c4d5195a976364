"""A client of AR24's interface: signed requests, opened answers, errors that say what is known.

No ORM here. What was sent and answered is never logged or put into an error: requests carry the
token, addresses of proofs carry one too.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from . import cipher, moments

_logger = logging.getLogger(__name__)

#: Seconds to connect, and to wait for an answer; more for a file.
TIMEOUT = (10, 60)
UPLOAD_TIMEOUT = (10, 300)
#: The refusals that a wrong clock explains.
CLOCK_SLUGS = frozenset({"expired_date", "date_in_future"})
#: Nothing was done, and the same request may pass later.
PASSING_SLUGS = CLOCK_SLUGS | {"unknown_error"}
#: Clocks that differ less do not explain a refusal.
_SMALL_SKEW = timedelta(minutes=1)
#: Letters per page of a list, and pages at most.
PAGE = 50
MAX_PAGES = 200
#: Bytes of the largest document that is fetched.
MAX_DOCUMENT = 50 * 1024 * 1024
_SECRETS_IN_URL = re.compile(r"((?:token|signature)=)[^&\s\"']+", re.I)


class Ar24Error(Exception):
    """The request did not succeed; the message holds no secret."""


class Refused(Ar24Error):
    """AR24 has said no, and nothing was done.

    :param slug: its code
    :param message: its words, for people
    """

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(f"{slug}: {message}" if message else slug)
        self.slug = slug
        self.message = message


class Unavailable(Ar24Error):
    """Nothing was done; another try may succeed later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unclear(Ar24Error):
    """The request left and no usable answer came: what it asked for may have been done."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _SecretFilter(logging.Filter):
    """The library below logs addresses, in which AR24 wants the token: blank it there."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "=" in message:
            record.msg, record.args = _SECRETS_IN_URL.sub(r"\1***", message), None
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_SecretFilter())


class Client:
    """One account in one of AR24's environments.

    :param url: the address of the interface, e.g. ``https://sandbox.ar24.fr/api/``
    :param token: of the account
    :param private_key: of the account
    :param user: AR24's number of the sender
    :param language: of AR24's messages, e.g. ``fr``
    """

    def __init__(
        self, url: str, token: str, private_key: str, user: str = "", language: str = "fr"
    ) -> None:
        self.url = url.rstrip("/") + "/"
        self._token = token
        self._private_key = private_key
        self.user = user
        self.language = language
        #: How much AR24's clock is ahead of ours, as its last answer told.
        self.skew = timedelta()
        self._correction = timedelta()

    # === REQUESTS === #

    def call(
        self,
        method: str,
        path: str,
        values: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> Any:
        """Send a request and return the ``result`` of its answer.

        A refusal for the clock is tried once more with AR24's time: nothing was done yet.

        :raises Refused, Unavailable, Unclear: see there
        """
        try:
            return self._call_once(method, path, values, files)
        except Refused as refusal:
            if refusal.slug not in CLOCK_SLUGS or abs(self.skew) < _SMALL_SKEW:
                raise
            self._correction = self.skew
        return self._call_once(method, path, values, files)

    def _call_once(self, method, path, values, files) -> Any:
        date = self._now()
        data = {**(values or {}), "token": self._token, "date": date}
        response = self._exchange(
            method, urljoin(self.url, path), self._headers(date), data, files, path
        )
        return self._read(response.content, date)

    def _now(self) -> str:
        return moments.to_text(datetime.now(timezone.utc) + self._correction)

    def _headers(self, date: str) -> dict[str, str]:
        return {
            "signature": cipher.sign(date, self._private_key),
            "Accept-Language": self.language,
        }

    def _exchange(self, method, url, headers, data, files=None, label="", stream=False):
        """Return the answer to a request, if it is an answer of AR24's."""
        where = {"params": data} if method == "GET" else {"data": data}
        begin = time.monotonic()
        try:
            response = requests.request(
                method, url, headers=headers, files=files, allow_redirects=False, stream=stream,
                timeout=UPLOAD_TIMEOUT if files else TIMEOUT, **where,
            )  # fmt: skip
        except requests.RequestException as error:
            # The library's words quote the address; the kind of the error says enough.
            problem = _describe(error)
            _logger.info("AR24 %s %s: %s", method, label, problem)
            raised = Unavailable if _never_left(error) else Unclear
            raise raised(problem) from None
        self._measure_skew(response.headers.get("Date"))
        _logger.info(
            "AR24 %s %s: HTTP %s in %.1f s",
            method, label, response.status_code, time.monotonic() - begin,
        )  # fmt: skip
        if response.status_code == 429:
            raise Unavailable("quota")
        if response.status_code >= 500:
            raise Unclear(f"HTTP {response.status_code}")
        if response.status_code != 200:
            raise Unavailable(f"HTTP {response.status_code}")
        return response

    def _measure_skew(self, text: str | None) -> None:
        try:
            theirs = parsedate_to_datetime(text or "")
        except (TypeError, ValueError):
            return
        self.skew = theirs - datetime.now(timezone.utc)

    def _read(self, body: bytes, date: str) -> Any:
        """Return the result in an answer: errors come as plain JSON, success comes closed."""
        if (plain := _json_object(body)) is not None:
            status = str(plain.get("status", "")).lower()
            if status == "maintenance":
                raise Unavailable("maintenance")
            if status == "error":
                slug = str(plain.get("slug") or "unknown_error")
                raise Refused(slug, self._clean(plain.get("message")))
            raise Unclear("garbage")
        try:
            answer = _json_object(cipher.open_answer(body, date, self._private_key).encode())
        except ValueError:
            raise Unclear("garbage") from None
        if answer is None or str(answer.get("status", "")).lower() != "success":
            raise Unclear("garbage")
        return answer.get("result")

    def _clean(self, text: object) -> str:
        """Return AR24's words without what must not be shown, and not too many of them."""
        cleaned = _SECRETS_IN_URL.sub(r"\1***", str(text or "").strip())
        for secret in filter(None, (self._token, self._private_key)):
            cleaned = cleaned.replace(secret, "***")
        return cleaned[:500]

    # === WHAT IS ASKED === #

    def get_user(self) -> dict[str, Any]:
        """Return the sender's account."""
        return _as_dict(self.call("GET", "user", {"id_user": self.user}))

    def authenticate(self, code: str) -> tuple[str, datetime | None]:
        """Open an hour of qualified sending; return its key and its end."""
        values = {"id_user": self.user, "otp": code}
        result = _as_dict(self.call("POST", "user/auth_otp", values))
        return str(result.get("hash") or ""), moments.parse(result.get("expiration_date"))

    def upload(self, name: str, content: bytes) -> str:
        """Upload a document; return AR24's number of it."""
        result = _as_dict(
            self.call(
                "POST", "attachment", {"id_user": self.user, "file_name": name},
                {"file": (name, content, "application/pdf")},
            )
        )  # fmt: skip
        if not (number := str(result.get("file_id") or "")):
            raise Unclear("garbage")
        return number

    def send(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Send a letter; return it as AR24 describes it.

        :raises Unclear: AR24 may have it; look it up before anything else
        """
        result = self.call("POST", "mail", {**values, "id_user": self.user})
        if not isinstance(result, dict) or not result.get("id"):
            raise Unclear("garbage")
        return result

    def get_mail(self, number: str) -> dict[str, Any]:
        """Return a letter."""
        return _as_dict(self.call("GET", "mail", {"id": number}))

    def iter_mails(self, since: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Yield the letters of the sender, newest first.

        What is not certain of the lists is not relied upon: how long a page may be, whether
        they are sorted, and where the next page begins.

        :param since: letters before it need not be found
        :raises Unavailable: they cannot all be read
        """
        seen: set[str] = set()
        for page in range(MAX_PAGES):
            # One letter of the page before comes again and shows that none lies between; those
            # that arrive meanwhile only push others back.
            start = max(len(seen) - 1, 0)
            values = {"id_user": self.user, "max": PAGE, "start": start, "sort": "DESC"}
            rows = self.call("GET", "user/mail", values)
            rows = rows.get("mails") if isinstance(rows, dict) else rows
            rows = [row for row in rows or [] if isinstance(row, dict)]
            fresh = [row for row in rows if str(row.get("id")) not in seen]
            if page and rows and len(fresh) == len(rows):
                raise Unavailable("list")
            seen.update(str(row.get("id")) for row in fresh)
            yield from fresh
            if not fresh or _is_older(fresh, since):
                return
        raise Unavailable("list")

    def download(self, url: str) -> bytes:
        """Return a document that AR24 offers.

        :raises Unavailable: it is not there yet, or what came is no document
        """
        theirs, ours = urlsplit(url), urlsplit(self.url)
        if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
            # Our signature is for AR24 alone.
            raise Unavailable("elsewhere")
        try:
            response = self._exchange(
                "GET", url, self._headers(self._now()), None, label="document", stream=True
            )
            content = b""
            for chunk in response.iter_content(1 << 16):
                content += chunk
                if len(content) > MAX_DOCUMENT:
                    raise Unavailable("size")
        except (Unclear, requests.RequestException):
            raise Unavailable("document") from None
        if not content.startswith(b"%PDF"):
            raise Unavailable("document")
        return content


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_older(rows: list[dict[str, Any]], since: datetime | None) -> bool:
    """Return whether a page of letters, sorted as it should be, lies before a moment."""
    dates = [moments.parse(row.get("date")) for row in rows]
    known = [date for date in dates if date]
    if since is None or len(known) < 2 or len(known) < len(dates):
        return False
    return known == sorted(known, reverse=True) and known[0] < since and known[0] != known[-1]


def _as_dict(result: Any) -> dict[str, Any]:
    if not isinstance(result, dict):
        raise Unclear("garbage")
    return result


def _describe(error: requests.RequestException) -> str:
    """Return what kind of trouble a request met, as a word that is explained elsewhere."""
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate"
    if isinstance(error, requests.Timeout):
        return "timeout"
    return "connection"


def _never_left(error: requests.RequestException) -> bool:
    """Return whether AR24 cannot have got the request."""
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(error)
    if isinstance(
        error,
        (
            requests.exceptions.ConnectTimeout,
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ),
    ):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, (NewConnectionError, NameResolutionError))
