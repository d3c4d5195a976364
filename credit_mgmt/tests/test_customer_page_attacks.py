import logging
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..controllers.customer_page import HideLinks
from .common import freeze_time
from .common_page import PageCommon


@tagged("post_install", "-at_install")
class TestCustomerPageAttacks(PageCommon):
    """The public page in the hands of people with bad intentions, and of machines."""

    def _watch(self):
        """Return everything that a visit could change."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT (SELECT COUNT(*) FROM credit_customer_action),
                   (SELECT MD5(STRING_AGG(t::text, '|' ORDER BY id)) FROM credit_customer_token t),
                   (SELECT COUNT(*) FROM credit_promise), (SELECT COUNT(*) FROM credit_dispute),
                   (SELECT COUNT(*) FROM credit_payment_plan), (SELECT COUNT(*) FROM mail_message),
                   (SELECT COUNT(*) FROM mail_activity),
                   (SELECT MD5(STRING_AGG(m.access_token, '|')) FROM account_move m),
                   (SELECT COUNT(*) FROM ir_attachment WHERE res_model IS NOT NULL)
            """
        )
        return self.env.cr.fetchone()

    # === THE LINK === #

    def test_forged_links_open_nothing(self):
        self._overdue(20)
        token = self._token()
        path = token._get_path()
        other = self._token(self._create_customer("Customer B"))
        number, signature = path.removeprefix("/credit/").split("-")
        for forged in (
            f"{number}-{'0' * 64}",
            f"{number}-{signature[:-1]}",
            f"{number}-{signature}0",
            f"{number}-",
            number,
            "-",
            f"{other.id}-{signature}",
            f"0-{signature}",
            f"99999999999999999999-{signature}",
            f"2147483648-{signature}",
            f"-1-{signature}",
            f"{number}-é",
            f"²-{signature}",
            "%00-0",
        ):
            with self.subTest(forged):
                text = self._read(self._get(f"/credit/{forged}", 404))
                self.assertNotIn("Customer", text)
                self.assertNotIn(self.company.name, text.replace("Logo", ""))

    def test_expired_link(self):
        move = self._overdue(20)
        path = self._link()
        with freeze_time("2026-05-09"):
            self._get(path)
        with freeze_time("2026-05-10"):
            text = self._read(self._get(path, 410))
            self.assertNotIn(move.name, text)
            self.assertIn("too old", text)
            # The next reminder makes a new link; the old message opens nothing even then.
            fresh = self._link()
            self._get(path, 404)
            self._get(fresh)

    def test_revoked_and_renewed_link(self):
        move = self._overdue(20)
        token, path = self._token(), self._link()
        form = f"{path}/promise?{self._items(move)}"
        drawn = self._fields(self._get(form))
        token.action_revoke()
        self._get(path, 410)
        self._get(f"{path}/invoice/{move.id}", 410)
        answer = self._send(form, {"date_1": "2026-03-20"}, drawn=drawn)
        self.assertEqual(answer.status_code, 410)
        self.assertFalse(self._actions())
        token.action_renew()
        self._get(path, 404)
        self._get(self._link())

    def test_page_switched_off(self):
        path = self._link()
        self.company.credit_page_enabled = False
        self._get(path, 410)

    def test_link_is_not_stored(self):
        token = self._token()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT t::text FROM credit_customer_token t WHERE id = %s", (token.id,)
        )
        [row] = self.env.cr.fetchone()
        self.assertNotIn(token._sign(), row)

    # === WHAT OTHERS OWE === #

    def test_items_of_others_and_of_other_companies(self):
        other = self._create_customer("Customer B")
        own, foreign = self._overdue(20), self._overdue(20, other, amount=77.0)
        company_b = self.setup_other_company(name="Company B")["company"]
        abroad = (
            self.env["account.move"]
            .with_company(company_b)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "company_id": company_b.id,
                    "invoice_date": "2026-01-10",
                    "invoice_date_due": "2026-02-10",
                    "invoice_line_ids": [
                        Command.create({"name": "Goods", "price_unit": 66.0, "tax_ids": []})
                    ],
                }
            )
        )
        abroad.action_post()
        path = self._link()
        text = self._read(self._get(path))
        for move in (foreign, abroad):
            self.assertNotIn(str(move.amount_total), text)
            self._get(f"{path}/invoice/{move.id}", 404)
            drawn = self._fields(self._get(f"{path}/promise?{self._items(own)}"))
            answer = self._send(
                f"{path}/promise",
                {"date_1": "2026-03-20", "item": [str(self._entries(move).id)]},
                drawn=drawn,
            )
            self.assertTurnedDown(answer, "choose at least one invoice")
            # A foreign number among the own ones is not even mentioned.
            self.assertTaken(
                self._send(
                    f"{path}/paid",
                    {"date_paid": "2026-03-09",
                     "item": [str(self._entries(m).id) for m in (own, move)]},
                    drawn=self._fields(self._get(f"{path}/paid?{self._items(own)}")),
                )
            )  # fmt: skip
            self.assertEqual(self._actions()[0].move_line_ids, self._entries(own))
        self.assertFalse(self.env["credit.promise"].search([]))
        # His items with the other company are on that company's page.
        text = self._read(self._get(self._link(company=company_b)))
        self.assertIn("66.00", text)
        self.assertNotIn(own.name + " ", text.replace(abroad.name, ""))

    def test_plan_of_another_customer(self):
        other = self._create_customer("Customer B")
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(self._overdue(20, other)))
        plan.action_propose()
        own = self.env["credit.payment.plan"]._propose_for(self._entries(self._overdue(20)))
        own.action_propose()
        path = self._link()
        self._get(f"{path}/plan/{plan.id}.pdf", 404)
        self.assertIn("no longer offered", self._read(self._get(f"{path}/accept?plan={plan.id}")))
        drawn = self._fields(self._get(f"{path}/accept?plan={own.id}"))
        answer = self._send(
            f"{path}/accept",
            {"plan": str(plan.id), "name": "Jane", "agreed": "1"},
            drawn=drawn,
        )
        self.assertTurnedDown(answer, "no longer offered")
        self.assertEqual(plan.stage, "proposed")

    def test_numbers_that_are_none(self):
        move = self._overdue(20)
        path = self._link()
        for number in ("x", "-1", "99999999999999", "1 OR 1=1", "", "١"):
            with self.subTest(number):
                self._get(f"{path}/promise?item={number}")
        self._get(f"{path}/invoice/99999999999", 404)
        drawn = self._fields(self._get(f"{path}/promise?{self._items(move)}"))
        answer = self._send(f"{path}/promise", {"date_1": "2026-03-20\x00"}, drawn=drawn)
        self.assertIn(answer.status_code, (303, 422))
        answer = self._send(
            f"{path}/promise?{self._items(move)}", {"text": "a\x00b", "date_1": "2026-03-20"}
        )
        self.assertIn(answer.status_code, (303, 422))

    # === MACHINES === #

    def test_reading_changes_nothing(self):
        """Mail scanners open every link of a message, and those of the page behind it."""
        move = self._overdue(20)
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(self._overdue(9)))
        plan.action_propose()
        path = self._link()
        self._get(path)
        before = self._watch()
        for tail in (
            "", "?done=promise", f"/promise?{self._items(move)}", f"/dispute?{self._items(move)}",
            f"/plan?{self._items(move)}", f"/paid?{self._items(move)}", f"/accept?plan={plan.id}",
            f"/plan/{plan.id}.pdf",
            # A form sent by GET is only drawn.
            f"/promise?{self._items(move)}&date_1=2026-03-20&confirm=1&once={'0' * 32}",
            f"/accept?plan={plan.id}&name=Jane&agreed=1&once={'0' * 32}",
        ):  # fmt: skip
            with self.subTest(tail):
                self._get(path + tail)
        self.assertEqual(self._watch(), before)
        self.assertEqual(self.url_open(f"{path}/statement", allow_redirects=False).status_code, 405)

    def test_form_without_csrf_token(self):
        move = self._overdue(20)
        path = f"{self._link()}/promise?{self._items(move)}"
        drawn = [row for row in self._fields(self._get(path)) if row[0] != "csrf_token"]
        with mute_logger("odoo.http"):
            answer = self._send(path, {"date_1": "2026-03-20"}, drawn=drawn)
            forged = self._send(path, {"date_1": "2026-03-20", "csrf_token": "x"}, drawn=drawn)
        self.assertEqual((answer.status_code, forged.status_code), (400, 400))
        self.assertFalse(self._actions())

    def test_form_sent_twice_counts_once(self):
        move = self._overdue(20)
        path = f"{self._link()}/promise?{self._items(move)}"
        drawn = self._fields(self._get(path))
        for _again in range(2):
            self.assertTaken(self._send(path, {"date_1": "2026-03-20"}, drawn=drawn))
        self.assertEqual(len(self._actions()), 1)
        self.assertEqual(len(self.env["credit.promise"].search([])), 1)

    def test_form_without_its_key(self):
        move = self._overdue(20)
        path = f"{self._link()}/promise?{self._items(move)}"
        for key in ("", "x", "0" * 31):
            answer = self._send(path, {"date_1": "2026-03-20", "once": key})
            self.assertTurnedDown(answer, "out of date")

    def test_many_forms_are_too_many(self):
        move = self._overdue(20)
        path = f"{self._link()}/promise?{self._items(move)}"
        drawn = self._fields(self._get(path))
        self._token().sudo().write({"post_start": "2026-03-10 00:00:00", "post_count": 29})
        late = self._send(path, {"date_1": "2020-01-01"}, drawn=drawn)
        self.assertEqual(late.status_code, 422)
        answer = self._send(path, {"date_1": "2026-03-20"}, drawn=drawn)
        self.assertTurnedDown(answer, "try again in an hour", 429)
        self.assertFalse(self._actions())
        with freeze_time("2026-03-10 01:00:01"):
            self.assertTaken(self._send(path, {"date_1": "2026-03-20"}, drawn=drawn))

    def test_headers(self):
        for path, status in ((self._link(), 200), ("/credit/1-0", 404)):
            headers = self._get(path, status).headers
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("noindex", headers["X-Robots-Tag"])
            self.assertIn("no-store", headers["Cache-Control"])
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])

    def test_link_stays_out_of_the_log(self):
        secret = self._token()._sign()
        with self.assertLogs("werkzeug", logging.INFO) as logs:
            self._get(self._link())
        lines = " ".join(logs.output)
        self.assertIn("/credit/", lines)
        self.assertNotIn(secret, lines)
        for name in ("werkzeug", "odoo.http"):
            self.assertTrue(any(isinstance(f, HideLinks) for f in logging.getLogger(name).filters))

    def test_html_is_shown_as_text(self):
        evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
        move = self._overdue(20)
        path = f"{self._link()}/dispute?{self._items(move)}"
        pdf = [("file", ("<img src=x>.pdf", b"%PDF-1", "application/pdf"))]
        refused = self._send(path, {"reason": "", "text": evil, "amount": evil}, files=pdf)
        self.assertNotIn("<script>alert", refused.text)
        self.assertNotIn("<img src=x", refused.text)
        self.assertTaken(self._send(path, {"reason": str(self.reason.id), "text": evil}, files=pdf))
        dispute = self._actions().dispute_id
        self.assertEqual(dispute.description, evil)
        self.assertNotIn("<script", "".join(dispute.message_ids.mapped("body")))
        self.assertNotIn("<img src=x", "".join(self.customer.message_ids.mapped("body")))
        self.assertNotIn("<", dispute.message_ids.attachment_ids.name)
        paid = f"{self._link()}/paid?{self._items(self._overdue(9))}"
        page = self.assertTaken(
            self._send(paid, {"date_paid": "2026-03-09", "reference": evil, "text": evil})
        )
        self.assertNotIn("<script>alert", page.text)

    def test_error_inside_is_answered_politely(self):
        move = self._overdue(20)
        path = f"{self._link()}/promise?{self._items(move)}"
        Promise = self.env.registry["credit.promise"]

        def fail(*args, **kwargs):
            raise RuntimeError("secret of the house")

        with (
            patch.object(Promise, "_promise", fail),
            mute_logger("odoo.addons.credit_mgmt.controllers.customer_page"),
        ):
            answer = self._send(path, {"date_1": "2026-03-20"})
        self.assertTurnedDown(answer, "could not be recorded")
        self.assertNotIn("secret of the house", answer.text)
        self.assertFalse(self._actions())

    # === WHO IS LOGGED IN === #

    def _portal_user(self, partner, login, **values):
        return new_test_user(
            self.env,
            login=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
            **values,
        )

    def test_portal_user_sees_his_own_company_only(self):
        contact = self.env["res.partner"].create({"name": "Jane", "parent_id": self.customer.id})
        other = self._create_customer("Customer B")
        own, foreign = self._overdue(20), self._overdue(20, other, amount=77.0)
        self._portal_user(contact, "jane_portal")
        self.authenticate("jane_portal", "jane_portal")
        answer = self._get("/my/credit", 303)
        self.assertTrue(answer.headers["Location"].endswith(f"/my/credit/{self.company.id}"))
        path = f"/my/credit/{self.company.id}"
        text = self._read(self._get(path))
        self.assertIn(own.name, text)
        self.assertNotIn("77.00", text)
        self._get(f"{path}/invoice/{foreign.id}", 404)
        form = f"{path}/promise?{self._items(own)}"
        self.assertTaken(self._send(form, {"date_1": "2026-03-20"}))
        self.assertEqual(self._actions().user_id.login, "jane_portal")
        home = self.url_open(
            "/my/counters",
            json={"jsonrpc": "2.0", "params": {"counters": ["credit_item_count"]}},
        )
        self.assertEqual(home.json()["result"]["credit_item_count"], 1)

    def test_portal_user_and_the_other_companies(self):
        company_b = self.setup_other_company(name="Company B")["company"]
        self._portal_user(self.customer, "customer_portal")
        self.authenticate("customer_portal", "customer_portal")
        self._get(f"/my/credit/{company_b.id}", 404)
        self._get("/my/credit/99999999", 404)

    def test_portal_page_asks_to_log_in(self):
        answer = self._get(f"/my/credit/{self.company.id}", 303)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_portal_user_reads_no_table(self):
        user = self._portal_user(self.customer, "customer_portal")
        self._token()
        for model in ("credit.customer.token", "credit.customer.action", "credit.receivable"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(user).search([])

    def test_employee_cannot_act_as_the_customer(self):
        move = self._overdue(20)
        new_test_user(
            self.env, login="colleague", groups="base.group_user",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        self.authenticate("colleague", "colleague")
        path = f"{self._link()}/promise?{self._items(move)}"
        self.assertIn("logged in as an employee", self._read(self._get(self._link())))
        self.assertTurnedDown(
            self._send(path, {"date_1": "2026-03-20"}), "only the customer acts here", 403
        )
        self.assertFalse(self._actions())

    def test_who_reads_and_decides(self):
        self.company.credit_page_promise_days = 0
        self.assertTaken(self._send_promise(self._link(), self._overdue(20)))
        action, token = self._actions(), self._token()
        viewer = new_test_user(
            self.env, login="seller", groups="credit_mgmt.credit_mgmt_group_viewer",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        Action = self.env["credit.customer.action"].with_user(viewer)
        self.assertFalse(Action.search([]))
        self.customer.user_id = viewer
        self.assertEqual(Action.search([]), action)
        for decide in (action.action_accept, action.action_refuse):
            with self.assertRaises(AccessError):
                getattr(action.with_user(viewer), decide.__name__)()
        with self.assertRaises(AccessError):
            token.with_user(viewer).action_renew()
        with self.assertRaises(AccessError):
            token.with_user(viewer).read(["url"])
        with self.assertRaises(AccessError):
            token.with_user(viewer).read(["nonce"])
        with self.assertRaises(AccessError):
            action.with_user(viewer).write({"state": "accepted"})
