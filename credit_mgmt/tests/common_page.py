import re
from urllib.parse import urlsplit

from lxml import html
from odoo.tests import HttpCase

from .common_claims import ClaimsCommon

PDF = b"%PDF-1.4 proof"


class PageCommon(ClaimsCommon, HttpCase):
    """A customer who opens his page with the link of a message, without an account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.collector_id = cls.env.user
        cls.reason = cls.env.ref("credit_mgmt.dispute_reason_price")

    @classmethod
    def _token(cls, partner=None, company=None):
        return cls.env["credit.customer.token"]._ensure(
            partner or cls.customer, company or cls.company
        )

    @classmethod
    def _link(cls, partner=None, company=None):
        return cls._token(partner, company)._get_path()

    def _actions(self, partner=None):
        self.env.invalidate_all()
        return self.env["credit.customer.action"].search(
            [("partner_id", "=", (partner or self.customer).id)]
        )

    def _get(self, path, status=200):
        response = self.url_open(path, allow_redirects=False)
        self.assertEqual(response.status_code, status, response.text[:2000])
        return response

    def _read(self, response):
        """Return the text of a page, spaces made one."""
        body = html.fromstring(response.text)
        for element in body.xpath("//script|//style"):
            element.drop_tree()
        return re.sub(r"[\s\ufeff]+", " ", " ".join(body.itertext()))

    def _fields(self, response, action=""):
        """Return what the form of a page would send as it is drawn: [(name, value)]."""
        forms = html.fromstring(response.text).xpath("//form[@method='post']")
        form = next(
            form for form in forms if (form.get("id") or form.action or "").endswith(action)
        )
        return [(name, value) for name, value in form.form_values() if name != "file"]

    def _send(self, path, changes=None, files=None, drawn=None):
        """Fill in the form of an address and send it; return the answer, not followed."""
        if drawn is None:
            drawn = self._fields(self._get(path))
        changes = changes or {}
        data = [(name, value) for name, value in drawn if name not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, list) else [value]
            data += [(name, value) for value in values if value is not None]
        return self.url_open(
            urlsplit(path).path, data=data, files=files, allow_redirects=False, timeout=60
        )

    def _send_promise(self, link, moves, **changes):
        return self._send(
            f"{link}/promise?{self._items(moves)}",
            {"date_1": "2026-03-20", **changes},
        )

    def _items(self, moves):
        return "&".join(f"item={entry.id}" for entry in self._entries(moves))

    def assertTaken(self, response):
        self.assertEqual(response.status_code, 303, response.text[:3000])
        page = self._get(urlsplit(response.headers["Location"])._replace(netloc="", scheme="")
                         .geturl())  # fmt: skip
        self.assertIn("alert-success", page.text)
        return page

    def assertTurnedDown(self, response, words, status=422):
        self.assertEqual(response.status_code, status)
        self.assertIn(words, self._read(response))
