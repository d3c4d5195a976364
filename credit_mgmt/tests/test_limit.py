from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY, CreditMgmtCommon, freeze_time


class LimitCommon(CreditMgmtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(
                cls.env,
                f"limit_{name}",
                groups=f"base.group_partner_manager,credit_mgmt.credit_mgmt_group_{name}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name in ("viewer", "user", "manager")
        }
        cls.users["accountant"] = new_test_user(
            cls.env,
            "limit_accountant",
            groups="base.group_partner_manager,account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _as(self, name, record=None):
        record = self.customer if record is None else record
        return record.with_user(self.users[name]).with_company(self.company)

    def _history(self):
        return self.env["credit.limit.change"].search([("partner_id", "=", self.customer.id)])

    def _limit(self):
        self.customer.invalidate_recordset()
        return self.customer.credit_limit_in_force

    def _request(self, amount, as_user="viewer", **values):
        return self._as(as_user, self.env["credit.limit.request"]).create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "amount": amount,
                "reason": "Big order",
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestLimit(LimitCommon):
    """Who sets limits, how, and what is remembered."""

    def test_only_managers_set_limits(self):
        """Neither a viewer, a credit user nor an accountant sets a limit, by any field."""
        for name in ("viewer", "user", "accountant"):
            for values in (
                {"credit_limit": 500},
                {"credit_limit_mode": "unlimited"},
                {"credit_limit_mode": "limited", "credit_limit": 10},
            ):
                with self.subTest(user=name, values=values):
                    with self.assertRefused("credit manager", AccessError):
                        self._as(name).write(values)
        with self.assertRefused("credit manager", AccessError):
            self._as("accountant", self.env["res.partner"]).create({"name": "x", "credit_limit": 5})
        self._as("manager").write({"credit_limit_mode": "limited", "credit_limit": 500})
        self.assertEqual(self._limit(), 500)

    def test_every_write_leaves_history(self):
        """Form, native field, class and code: each change is in the history, with its reason."""
        self.customer.credit_limit = 500
        self.assertEqual(self.customer.credit_limit_mode, "limited")
        self.customer.write(
            {"credit_limit_mode": "none", "credit_limit_reason": "Insolvency feared"}
        )
        self.customer.use_partner_credit_limit = False
        risk_class = self.env["credit.risk.class"].create({"name": "B", "limit_mode": "none"})
        self.customer.risk_class_id = risk_class
        changes = self._history()
        self.assertEqual(
            [
                (c.mode_before, c.amount_before, c.mode_after, c.amount_after, c.reason or "")
                for c in changes.sorted("id")
            ],
            [
                ("default", 0, "limited", 500, ""),
                ("limited", 500, "none", 0, "Insolvency feared"),
                ("none", 0, "default", 0, ""),
                ("default", 0, "default", 0, ""),
            ],
        )
        self.assertEqual(changes[0].risk_class_after_id, risk_class)
        self.assertEqual(changes.user_id, self.env.user)

    def test_same_value_leaves_none(self):
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 500})
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 500})
        self.assertEqual(len(self._history()), 1)

    def test_history_is_not_written_by_hand(self):
        self.customer.credit_limit = 500
        with self.assertRefused("", AccessError):
            self._as("manager", self._history()).reason = "forged"
        with self.assertRefused("", AccessError):
            self._as("manager", self._history()).unlink()

    def test_limited_needs_an_amount(self):
        with self.assertRefused("amount", ValidationError):
            self.customer.credit_limit_mode = "limited"
        with self.assertRefused("below zero", ValidationError):
            self.customer.write({"credit_limit_mode": "limited", "credit_limit": -5})

    def test_limit_equal_to_the_default_stays_when_the_default_moves(self):
        """Odoo cannot tell an own limit equal to the default; the mode can."""
        settings = self.env["res.config.settings"].create({"account_default_credit_limit": 500})
        settings.execute()
        self.assertEqual(self._limit(), 500)
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 500})
        self.company.credit_default_limit_amount = 900
        self.assertEqual(self._limit(), 500)

    def test_no_credit_when_the_default_is_zero(self):
        """Nothing stored for 0 does not turn "no credit" into "no limit"."""
        self.customer.credit_limit_mode = "none"
        self._invoice(amount=10)
        self.assertEqual(self.env["res.partner"].search([("credit_available", "<", 0)]),
                         self.customer)  # fmt: skip

    def test_import(self):
        """Odoo's own import sets limits, with its history; a bad row is refused alone."""
        Partner = self.env["res.partner"].with_context(import_file=True)
        other = self._create_customer("Other")
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"credit_mgmt.test_import_{p.id}", "record": p}
                for p in self.customer | other
            ]
        )
        result = Partner.load(
            ["id", "credit_limit_mode", "credit_limit", "credit_limit_reason"],
            [
                [f"credit_mgmt.test_import_{self.customer.id}", "Limited", "1500", "Insurer"],
                [f"credit_mgmt.test_import_{other.id}", "No credit", "", "Insurer"],
            ],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self._limit(), 1500)
        self.assertEqual(other.credit_limit_mode, "none")
        self.assertEqual(self._history().origin, "import")
        self.assertEqual(self._history().reason, "Insurer")
        result = Partner.load(
            ["id", "credit_limit_mode", "credit_limit"],
            [[f"credit_mgmt.test_import_{self.customer.id}", "Limited", "-3"]],
        )
        self.assertTrue(result["messages"])
        result = Partner.with_user(self.users["viewer"]).load(
            ["id", "credit_limit"], [[f"credit_mgmt.test_import_{self.customer.id}", "9"]]
        )
        self.assertTrue(result["messages"])
        self.assertEqual(self._limit(), 1500)

    def test_thresholds(self):
        """A manager grants up to his ceiling; more, or unlimited, needs another approver."""
        self.env["credit.approval.level"].create(
            [
                {
                    "name": "Small",
                    "company_id": self.company.id,
                    "ceiling": 1000,
                    "user_ids": [Command.set(self.users["manager"].ids)],
                },
                {
                    "name": "Large",
                    "company_id": self.company.id,
                    "no_ceiling": True,
                    "user_ids": [Command.set(self.env.user.ids)],
                },
            ]
        )
        self._as("manager").credit_limit = 1000
        for values in ({"credit_limit": 1001}, {"credit_limit_mode": "unlimited"}):
            with self.subTest(values=values), self.assertRefused("may not grant", AccessError):
                self._as("manager").write(values)
        self.customer.credit_limit = 5000
        self._as("manager").credit_limit = 4000  # lower than it was: easier on nobody
        self.assertEqual(self.company._get_credit_approvers(500)[:1], self.users["manager"])
        self.assertEqual(self.company._get_credit_approvers(5000), self.env.user)
        self.assertEqual(self.company._get_credit_approvers(None), self.env.user)

    def test_takes_over_native_limits(self):
        """Limits set before the installation keep their meaning."""
        other = self._create_customer("No check")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_partner SET credit_limit = jsonb_build_object(%s, %s) WHERE id = %s",
            [str(self.company.id), 700, self.customer.id],
        )
        self.cr.execute(
            "UPDATE res_partner SET credit_limit = jsonb_build_object(%s, 0) WHERE id = %s",
            [str(self.company.id), other.id],
        )
        self.env["ir.default"].set("res.partner", "credit_limit", 400, company_id=self.company.id)
        self.env.invalidate_all()
        self.env["res.partner"].sudo()._take_over_native_limits()
        self.assertEqual(self._limit(), 700)
        self.assertTrue(other.credit_unlimited)
        third = self._create_customer("Default")
        self.assertEqual(third.credit_limit_in_force, 400)


@tagged("post_install", "-at_install")
class TestLimitRequest(LimitCommon):
    """A limit asked, decided, dated."""

    def test_asked_and_approved(self):
        """A viewer asks, the approver gets an activity and approves, the limit counts."""
        self.customer.user_id = self.users["viewer"]
        request = self._request(2000)
        request.action_request()
        self.assertEqual(request.state, "requested")
        activity = request.activity_ids
        self.assertEqual(activity.user_id, self.company._get_credit_approvers(2000)[:1])
        with self.assertRefused("approved by", AccessError):
            request.action_approve()
        self._as("manager", request).action_approve()
        self.assertEqual(self._limit(), 2000)
        change = self._history()
        self.assertEqual(change.request_id, request)
        self.assertEqual(change.user_id, self.users["manager"])
        self.assertEqual(change.reason, "Big order")
        self.assertFalse(request.activity_ids)

    def test_refused(self):
        request = self._request(2000)
        request.action_request()
        self._as("manager", request).action_refuse()
        self.assertEqual(request.state, "refused")
        self.assertFalse(self._limit())
        with self.assertRefused("not possible"):
            self._as("manager", request).action_approve()

    def test_temporary_increase_returns_by_itself(self):
        """A temporary increase counts on its days alone, even where the cron has not run."""
        self.customer.credit_limit = 1000
        request = self._request(3000, date_from="2026-03-12", date_to="2026-03-20")
        request.action_request()
        self._as("manager", request).action_approve()
        for day, expected in (
            (TODAY, 1000),
            ("2026-03-12", 3000),
            ("2026-03-20", 3000),
            ("2026-03-21", 1000),
        ):
            with self.subTest(day=day), freeze_time(day):
                self.assertEqual(self._limit(), expected)
                self.assertEqual(self.customer.credit_limit, 1000)
        with freeze_time("2026-03-21"):
            self.env["credit.limit.request"].sudo()._cron_limits()
        self.assertEqual(request.state, "expired")
        self.assertEqual(
            self._history().sorted("id").mapped("origin"), ["manual", "temporary", "expiry"]
        )

    def test_former_limit_changed_meanwhile(self):
        """What returns is the limit of that day, not one remembered from before."""
        self.customer.credit_limit = 1000
        request = self._request(3000, date_to="2026-03-20")
        request.action_request()
        self._as("manager", request).action_approve()
        self.customer.credit_limit = 500
        self.assertEqual(self._limit(), 3000)
        with freeze_time("2026-03-21"):
            self.env["credit.limit.request"].sudo()._cron_limits()
            self.assertEqual(self._limit(), 500)

    def test_lasting_limit_of_a_later_day(self):
        request = self._request(3000, date_from="2026-04-01")
        request.action_request()
        self._as("manager", request).action_approve()
        self.assertTrue(self.customer.credit_unlimited)
        with freeze_time("2026-04-01"):
            self.env["credit.limit.request"].sudo()._cron_limits()
            self.assertEqual(self._limit(), 3000)
        self.assertTrue(request.applied)

    def test_temporary_must_increase(self):
        self.customer.credit_limit = 1000
        with self.assertRefused("must be above"):
            self._request(900, date_to="2026-03-20").action_request()

    def test_protected_fields(self):
        """Neither creation nor a write, whatever the context, decides a request."""
        request = self._request(9000, state="approved", decided_by_id=self.env.uid)
        self.assertEqual(request.state, "draft")
        self.assertFalse(request.decided_by_id)
        for context in ({}, {"credit_gate": True}, {"credit_gate": {"__class__": "object"}}):
            for values in ({"state": "approved"}, {"applied": True}, {"requested_by_id": 1}):
                with self.subTest(values=values), self.assertRefused("Use the buttons"):
                    request.with_context(**context).write(values)
        request.action_request()
        with self.assertRefused("not changed any more"):
            request.amount = 1
        with self.assertRefused("stays as history"):
            request.unlink()

    def test_approver_by_amount(self):
        self.env["credit.approval.level"].create(
            [
                {"name": "Small", "company_id": self.company.id, "ceiling": 1000,
                 "user_ids": [Command.set(self.users["user"].ids)]},
                {"name": "Large", "company_id": self.company.id, "ceiling": 9000,
                 "user_ids": [Command.set(self.users["manager"].ids)]},
            ]
        )  # fmt: skip
        small, large, huge = (self._request(n) for n in (1000, 1001, 9001))
        (small | large | huge).action_request()
        self.assertEqual(small.activity_ids.user_id, self.users["user"])
        self.assertEqual(large.activity_ids.user_id, self.users["manager"])
        self._as("user", small).action_approve()
        with self.assertRefused("approved by", AccessError):
            self._as("user", large).action_approve()
        self._as("manager", large).action_approve()
        with self.assertRefused("nobody", AccessError):
            self._as("manager", huge).action_approve()
        self.assertEqual(self._limit(), 1001)


@tagged("post_install", "-at_install")
class TestHold(LimitCommon):
    """Hold and watch list, by hand and by rules."""

    def _state(self):
        self.env.invalidate_all()
        return self.customer.credit_hold or "none"

    def _decided(self):
        return self.env["credit.hold"]._get_holds(self.customer, self.company)

    def _rule(self, **values):
        return self.env["credit.hold.rule"].create(
            {"name": "Overdue", "company_id": self.company.id, "kind": "overdue", "days": 30,
             **values}
        )  # fmt: skip

    def test_by_hand(self):
        """A user holds with reason and end; only a manager releases; the log remembers both."""
        self._as("user").write(
            {
                "credit_hold": "hold",
                "credit_hold_reason": "Cheque returned",
                "credit_hold_until": "2026-03-31",
            }
        )
        self.assertEqual(self._state(), "hold")
        self.assertEqual(self.customer.credit_hold_reason, "Cheque returned")
        for values in ({"credit_hold": "none"}, {"credit_hold": "watch"},
                       {"credit_hold_until": "2026-03-11"}):  # fmt: skip
            with self.subTest(values=values), self.assertRefused("manager", AccessError):
                self._as("user").write(values)
        with self.assertRefused("credit user", AccessError):
            self._as("viewer").credit_hold = "watch"
        self._as("manager").credit_hold = "none"
        self.assertEqual(self._state(), "none")
        row = self.customer.credit_hold_ids
        self.assertEqual((row.user_id, row.lifted_by_id),
                         (self.users["user"], self.users["manager"]))  # fmt: skip

    def test_ends_on_its_day_and_not_before(self):
        """A hold by hand is not lifted by the cron before its end, and counts until then."""
        self.customer._set_credit_hold("hold", "Audit", "2026-03-12")
        self.env["credit.hold"].sudo()._cron_holds()
        self.assertEqual(self._state(), "hold")
        with freeze_time("2026-03-13"):
            self.assertFalse(self._decided())
            self.env["credit.hold"].sudo()._cron_holds()
            self.assertEqual(self._state(), "none")

    def test_rule_holds_and_releases(self):
        """Overdue by n days above an amount; released by itself when cured, live at once."""
        self._rule(amount=500)
        invoice = self._overdue(31, amount=501)
        self.assertEqual(self._decided()[self.customer.id]["level"], "hold")
        self.assertEqual(self._state(), "none")
        self.env["credit.hold"].sudo()._cron_holds()
        self.assertEqual(self._state(), "hold")
        self.assertEqual(self.customer.credit_hold_ids.reason, "Overdue")
        self._pay(invoice)
        self.assertFalse(self._decided())
        self.env["credit.hold"].sudo()._cron_holds()
        self.assertEqual(self._state(), "none")

    def test_rule_boundaries(self):
        """Not for exactly n days, nor for exactly the amount."""
        self._rule(amount=500)
        self._overdue(30, amount=900)
        self._overdue(40, amount=500)
        self.assertFalse(self._decided())
        self._overdue(31, amount=1)
        self.assertTrue(self._decided())

    def test_rule_over_limit_and_level(self):
        self.customer.credit_limit = 1000
        rule = self._rule(kind="over_limit", percent=10, level="watch")
        self._invoice(amount=1100)
        self.assertFalse(self._decided())
        self._invoice(amount=1)
        self.assertEqual(self._decided()[self.customer.id]["level"], "watch")
        rule.active = False
        self._rule(kind="level", dunning_level_id=self.second.id)
        invoice = self._overdue(20)
        self._remind(invoice, self.first)
        self.assertFalse(self._decided())
        self._remind(invoice, self.second)
        self.assertEqual(self._decided()[self.customer.id]["level"], "hold")

    def test_exception_from_the_rules(self):
        """“None” with an end date keeps the rules away until then."""
        self._rule()
        self._overdue(31)
        self.env["credit.hold"].sudo()._cron_holds()
        with self.assertRefused("held by the rule"):
            self.customer.credit_hold = "none"
        self.customer._set_credit_hold("none", "Agreed with the customer", "2026-03-15")
        self.assertEqual(self._state(), "none")
        self.assertFalse(self._decided())
        self.env["credit.hold"].sudo()._cron_holds()
        self.assertEqual(self._state(), "none")
        with freeze_time("2026-03-16"):
            self.assertTrue(self._decided())
            self.env["credit.hold"].sudo()._cron_holds()
            self.assertEqual(self._state(), "hold")

    def test_watch_by_hand_does_not_hide_a_rule(self):
        self._rule()
        self._overdue(31)
        self.customer._set_credit_hold("watch", "New owner")
        self.assertEqual(self._decided()[self.customer.id]["level"], "hold")

    def test_log_is_not_written_by_hand(self):
        self.customer._set_credit_hold("hold", "Audit")
        row = self.customer.credit_hold_ids
        for name in ("viewer", "user", "manager"):
            with self.subTest(user=name), self.assertRefused("", AccessError):
                self._as(name, row).live = False
        with self.assertRefused("", AccessError):
            self._as("manager", self.env["credit.hold"]).create(
                {"partner_id": self.customer.id, "company_id": self.company.id, "level": "none",
                 "source": "manual", "reason": "x"}
            )  # fmt: skip

    def test_wizard_holds_several(self):
        other = self._create_customer("Other")
        action = (self.customer | other).action_set_hold()
        wizard = (
            self.env["credit.hold.set"]
            .with_context(**action["context"])
            .create({"level": "hold", "reason": "Strike"})
        )
        wizard.action_apply()
        self.assertEqual((self.customer | other).mapped("credit_hold"), ["hold", "hold"])
        with self.assertRefused("past"):
            self.customer._set_credit_hold("hold", "x", "2026-03-09")

    def test_queries_of_the_nightly_evaluation(self):
        """The rules are set-based: more customers, no more queries than to write them."""
        self._rule()
        for number in range(3):
            self._overdue(31, self._create_customer(f"Late {number}"))
        with self.assertQueryCount(30):
            self.env["credit.hold.rule"]._evaluate(self.company)

    def test_another_company_holds_for_itself(self):
        other = self.setup_other_company()["company"]
        self.customer._set_credit_hold("hold", "Audit")
        there = self.customer.with_company(other)
        self.assertNotEqual(there.credit_hold, "hold")
        self.assertFalse(self.env["credit.hold"]._get_holds(self.customer, other))

    def test_banner_on_invoices(self):
        """Odoo's banner speaks our words, in the company of the invoice, whatever the switch."""
        self.customer.credit_limit = 100
        draft = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 150,
                                                     "tax_ids": []})],
            }
        )  # fmt: skip
        self.assertIn("Too much by", draft.partner_credit_warning)
        other = self.setup_other_company()["company"]
        seen = draft.with_context(allowed_company_ids=(other | self.company).ids)
        seen.invalidate_recordset()
        self.assertIn("Too much by", seen.partner_credit_warning)
        self.customer.credit_limit = 150
        draft.invalidate_recordset()
        self.assertFalse(draft.partner_credit_warning)
        self.customer._set_credit_hold("hold", "Audit")
        draft.invalidate_recordset()
        self.assertIn("is on hold: Audit.", draft.partner_credit_warning)
        draft.action_post()
        self.assertEqual(draft.state, "posted")


@tagged("post_install", "-at_install")
class TestRiskClass(LimitCommon):
    def test_policy_of_the_class(self):
        """Policy in force: customer > risk class > audience > company."""
        gentle = self.env.ref("credit_mgmt.policy_gentle")
        risk_class = self.env["credit.risk.class"].create(
            {"name": "A", "dunning_policy_id": gentle.id}
        )
        self._overdue(10)
        self.assertEqual(self.customer.dunning_policy_in_force_id, self.policy)
        self.customer.risk_class_id = risk_class
        self.env.invalidate_all()
        self.assertEqual(self.customer.dunning_policy_in_force_id, gentle)
        self.assertEqual(self.customer.dunning_policy_source, "class")
        item = self.env["credit.receivable"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(item.dunning_policy_id, gentle)
        self.customer.dunning_policy_id = self.policy
        self.env.invalidate_all()
        self.assertEqual(self.customer.dunning_policy_in_force_id, self.policy)
        self.assertEqual(item.dunning_policy_id, self.policy)
