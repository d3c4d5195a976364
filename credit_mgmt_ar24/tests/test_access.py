from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import file_open

from .common import PRIVATE_KEY, TOKEN, Ar24Common


@tagged("post_install", "-at_install")
class TestAr24Account(Ar24Common):
    """The account: who sees its secrets, what its test says, what a copy keeps."""

    def _user(self, group):
        return new_test_user(
            self.env,
            login=f"ar24 {group}",
            groups=f"base.group_user,credit_mgmt.credit_mgmt_group_{group}",
            company_id=self.company.id,
            company_ids=[fields.Command.set(self.company.ids)],
        )

    def test_secrets_are_for_managers_only(self):
        secrets = ("ar24_token", "ar24_private_key", "webhook_key", "webhook_url")
        for group in ("viewer", "user"):
            account = self.account.with_user(self._user(group))
            self.assertEqual(account.name, "AR24")
            for name in (*secrets, "ar24_auth_hash"):
                with self.subTest(group=group, name=name), self.assertRaises(AccessError):
                    account.read([name])
        manager = self.account.with_user(self._user("manager"))
        self.assertEqual(manager.ar24_token, TOKEN)
        with self.assertRaises(AccessError):
            manager.read(["ar24_auth_hash"])
        self.assertFalse(self.account.copy({"active": False}).ar24_token, "not copied")

    def test_who_sends_need_not_read_the_secrets(self):
        user = self._user("user")
        notice = self._formal()
        notice.with_user(user).action_send()
        letter = notice.delivery_ids.registered_letter_ids
        self.assertEqual(letter.state, "sent")
        self.ar24.move(self._mail_of(letter)["id"], "AR")
        letter.with_user(user).action_refresh()
        self.assertEqual(letter.state, "accepted")
        with self.assertRaises(AccessError):
            self.account.with_user(user).action_ar24_test()

    def test_connection_test_in_plain_words(self):
        ready = self._test()
        self.assertEqual(ready["type"], "success")
        self.assertIn("Claire Besson", ready["message"])
        for change, expected in (
            (lambda: self.ar24.misbehave("maintenance"), "under maintenance"),
            (lambda: self.ar24.misbehave("quota"), "quota is used up"),
            (lambda: self.ar24.misbehave("garbage"), "private key may be wrong"),
            (lambda: self.ar24.misbehave("http", 502), "HTTP 502"),
            (lambda: self.ar24.misbehave("slug", "user_unavailable"), "ask for access"),
            (lambda: setattr(self.account, "ar24_token", "wrong"), "does not know this token"),
            (lambda: setattr(self.account, "ar24_private_key", "wrong"), "private key"),
            (lambda: setattr(self.account, "ar24_user", "8"), "no sender of this number"),
            (lambda: self.ar24.user.update(is_payment_possible=0), "no means of payment"),
            (lambda: self.ar24.user.update(cgu="0"), "has not accepted"),
            (lambda: self._set_clock(30), "30 minutes slow"),
            (lambda: self._set_clock(-30), "30 minutes fast"),
        ):
            with self.subTest(expected):
                self.ar24.reset()
                self.account.write(
                    {"ar24_token": TOKEN, "ar24_private_key": PRIVATE_KEY, "ar24_user": "7"}
                )
                change()
                answer = self._test()
                self.assertEqual(answer["type"], "danger")
                self.assertIn(expected, answer["message"])

    def _test(self):
        return self.account.action_ar24_test()["params"]

    def _set_clock(self, minutes):
        self.ar24.clock_offset = timedelta(minutes=minutes)

    def test_unverified_sender_of_qualified_letters(self):
        self.account.ar24_qualified = True
        self.ar24.user["is_identity_verified"] = 0
        self.addCleanup(self.ar24.user.update, is_identity_verified=1)
        self.assertIn("identity is not verified", self._test()["message"])

    def test_account_that_is_not_complete(self):
        self.account.ar24_token = False
        with self.assertRefused("not complete"):
            self.account.action_ar24_test()
        self.assertIn("not complete", self._send_notice().failure_reason)

    def test_one_account_per_company(self):
        with self.assertRefused("has an AR24 account already", ValidationError):
            self._create_account()
        with self.assertRefused("belongs to one main company", ValidationError):
            self._create_account(company_id=False)
        other = self.setup_other_company(name="Other company")["company"]
        account = self._create_account(company_id=other.id)
        Provider = self.env["credit.registered.provider"]
        self.assertEqual(Provider._get_provider(other), account)
        self.assertEqual(Provider._get_provider(self.company), self.account)

    def test_new_account_in_its_form(self):
        """AR24's own network address is proposed, and the sandbox."""
        self.account.active = False
        form = Form(self.env["credit.registered.provider"].with_company(self.company))
        form.name = "Second account"
        form.code = "ar24"
        form.ar24_token, form.ar24_private_key, form.ar24_user = "token", "key", "9"
        account = form.save()
        self.assertEqual(account.webhook_sources, "185.183.140.195")
        self.assertEqual(account.ar24_url, "https://sandbox.ar24.fr/api/")
        self.assertEqual(account.company_id, self.company)

    def test_address_follows_the_environment(self):
        self.account.ar24_environment = "sandbox"
        self.assertEqual(self.account.ar24_url, "https://sandbox.ar24.fr/api/")
        with self.assertRefused("https", ValidationError):
            self.account.ar24_url = "http://app.ar24.fr/api/"

    def test_copy_of_the_database_knows_no_secret(self):
        self.account._ensure_webhook_url()
        self.env.flush_all()
        with file_open("credit_mgmt_ar24/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertRecordValues(
            self.account,
            [
                {
                    "ar24_environment": "sandbox",
                    "ar24_url": "https://sandbox.ar24.fr/api/",
                    "ar24_token": False,
                    "ar24_private_key": False,
                    "webhook_key": False,
                }
            ],
        )
        self.assertEqual(self._send_notice().state, "failed")
        self.assertFalse(self.ar24.requests)

    def test_consents_are_the_company_s_and_the_seller_s_own(self):
        jeanne = self._audience("Jeanne Petit", "consumer", is_company=False)
        consent = self.env["credit.registered.consent"].create(
            {"partner_id": jeanne.id, "company_id": self.company.id, "source": "Order form"}
        )
        seller = self._user("viewer")
        consents = self.env["credit.registered.consent"].with_user(seller)
        self.assertFalse(consents.search([]))
        jeanne.user_id = seller
        self.assertEqual(consents.search([]), consent)
        with self.assertRaises(AccessError):
            consent.with_user(seller).action_withdraw()
        stranger = new_test_user(
            self.env,
            login="ar24 stranger",
            groups="base.group_user,credit_mgmt.credit_mgmt_group_user",
            company_id=self.env.ref("base.main_company").id,
            company_ids=[fields.Command.set(self.env.ref("base.main_company").ids)],
        )
        self.assertFalse(self.env["credit.registered.consent"].with_user(stranger).search([]))

    def test_merged_customers_have_one_consent_in_force(self):
        other = self.customer.copy({"name": "Double"})
        consents = self.env["credit.registered.consent"].create(
            [
                {"partner_id": partner.id, "company_id": self.company.id, "source": "Contract"}
                for partner in (other, self.customer)
            ]
        )
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [fields.Command.set((self.customer | other).ids)],
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual(consents.partner_id, self.customer)
        self.assertEqual(consents.filtered("withdrawn_on"), consents[0])
