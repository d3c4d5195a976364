from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import freeze_time
from .common_claims import ClaimsCommon


@tagged("post_install", "-at_install")
class TestSalespersonDigest(ClaimsCommon):
    """Salespeople learn in time what will be reminded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "digest_seller",
            "credit_mgmt.credit_mgmt_group_viewer",
            email="seller@example.com",
            lang="en_US",
            notification_type="email",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.company.credit_salesperson_digest = True
        cls.customer.user_id = cls.seller

    def _send_digests(self, on):
        with freeze_time(on), self.mock_mail_gateway():
            self.env.invalidate_all()
            self.env["credit.salesperson.digest"]._cron_follow()
            self.env.flush_all()
            return [
                mail["body"]
                for mail in self._mails
                if "seller@example.com" in str(mail["email_to"])
            ]

    def test_what_is_reached_on_the_next_working_day(self):
        # First level: five days after the due date. Monday the 16th follows Friday the 13th.
        tomorrow, later = self._invoice(due="2026-03-11"), self._invoice(due="2026-03-12")
        reached = self._overdue(6)
        others = self._invoice(self._create_customer("Other"), due="2026-03-11")
        [body] = self._send_digests("2026-03-13")
        self.assertIn(tomorrow.name, body)
        self.assertIn("First", body)
        for move in (later, reached, others):
            self.assertNotIn(move.name, body)
        self.assertFalse(self._send_digests("2026-03-13"), "once a day")
        self.assertFalse(self._send_digests("2026-03-14"), "not on a Saturday")

    def test_nothing_to_tell(self):
        move = self._invoice(due="2026-03-11")
        self._promise(move, ("2026-03-20", 100.0))
        self.assertFalse(self._send_digests("2026-03-13"))

    def test_only_where_a_company_wants_it(self):
        self._invoice(due="2026-03-11")
        self.company.credit_salesperson_digest = False
        self.assertFalse(self._send_digests("2026-03-13"))
