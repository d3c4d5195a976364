from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY, freeze_time
from .common_alert import AlertCommon

LATER = "2026-03-20"


@tagged("post_install", "-at_install")
class TestAlert(AlertCommon):
    """What becomes of what a rule finds: raised once, refreshed, snoozed, closed by itself."""

    def test_raised_once_and_refreshed(self):
        """A second evaluation raises nothing; more debt changes the sentence of the same alert."""
        self._rule("overdue", threshold_days=10, threshold_amount=50)
        self._overdue(20, amount=100)
        alert = self._evaluate()
        self.assertEqual(alert.partner_id, self.customer)
        self.assertIn("100.00", alert.message)
        self.assertIn("20 days", alert.message)
        self._overdue(30, amount=200)
        self.assertEqual(self._evaluate(), alert)
        self.assertIn("300.00", alert.message)
        self.assertIn("30 days", alert.message)
        self.assertEqual(len(self._activities(alert)), 1)

    def test_closes_itself(self):
        """Paid: the alert closes, its activity goes; late again: a new alert."""
        self._rule("overdue", threshold_days=10)
        move = self._overdue(20)
        alert = self._evaluate()
        self._pay(move)
        self.assertFalse(self._evaluate())
        self.assertEqual(alert.state, "closed")
        self.assertEqual(alert.closed_on, fields.Date.to_date(TODAY))
        self.assertFalse(self._activities(alert))
        self._overdue(15)
        again = self._evaluate()
        self.assertTrue(again)
        self.assertNotEqual(again, alert)

    def test_the_database_keeps_one(self):
        """Two workers on the same customer leave one open alert."""
        rule = self._rule("overdue", threshold_days=10)
        self._overdue(20)
        statement = self.env["credit.alert"]._get_claim_sql(
            rule, self.company, fields.Date.to_date(TODAY), None
        )
        outcomes = [self.env.execute_query(statement) for _attempt in range(2)]
        self.assertEqual([row[0] for row in outcomes[0]], ["raised"])
        self.assertEqual(outcomes[1], [])

    def test_snoozed_until_it_ends(self):
        """Snoozed: not open, no activity; after the day it is back, with a new activity."""
        self._rule("overdue", threshold_days=10)
        self._overdue(20)
        alert = self._evaluate()
        wizard = self.env["credit.alert.snooze"].create(
            {"alert_ids": alert.ids, "date_until": "2026-03-15", "reason": "Cheque announced"}
        )
        wizard.action_apply()
        self.assertEqual(alert.state, "snoozed")
        self.assertFalse(self._evaluate())
        self.assertFalse(self._activities(alert))
        self.assertIn("Cheque announced", alert.message_ids[0].body)
        self.assertFalse(self._evaluate(on="2026-03-15"))
        self.assertEqual(self._evaluate(on="2026-03-16"), alert)
        self.assertEqual(len(self._activities(alert)), 1)
        self.assertFalse(alert.snooze_reason)

    def test_snoozed_closes_too(self):
        self._rule("overdue", threshold_days=10)
        move = self._overdue(20)
        alert = self._evaluate()
        alert._snooze(fields.Date.to_date(LATER), "Wait")
        self._pay(move)
        self._evaluate()
        self.assertEqual(alert.state, "closed")

    def test_woken_by_hand(self):
        self._rule("overdue", threshold_days=10)
        self._overdue(20)
        alert = self._evaluate()
        alert._snooze(fields.Date.to_date(LATER), "Wait")
        alert.action_wake()
        self.assertEqual(alert.state, "open")
        self.assertEqual(len(self._activities(alert)), 1)

    def test_snooze_is_for_later(self):
        self._rule("overdue", threshold_days=10)
        self._overdue(20)
        alert = self._evaluate()
        with self.assertRefused("after today"):
            alert._snooze(fields.Date.to_date(TODAY), "Wait")

    def test_archived_rule_closes_its_alerts(self):
        rule = self._rule("overdue", threshold_days=10)
        self._overdue(20)
        alert = self._evaluate()
        rule.active = False
        self._evaluate()
        self.assertEqual(alert.state, "closed")

    def test_right_person(self):
        """The collector, the salesperson or the responsible; nobody's goes to the responsible."""
        collector, seller, responsible = (
            new_test_user(
                self.env, f"alert_{name}", groups="credit_mgmt.credit_mgmt_group_user",
                company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
            )
            for name in ("collector", "seller", "responsible")
        )  # fmt: skip
        self.company.credit_responsible_id = responsible
        self.customer.write({"collector_id": collector.id, "user_id": seller.id})
        nobodys = self._create_customer("Nobody's")
        rules = {
            name: self._rule("overdue", threshold_days=10, recipient=name)
            for name in ("collector", "salesperson", "responsible")
        }
        self._overdue(20)
        self._overdue(20, nobodys)
        alerts = self._evaluate()
        found = {(a.rule_id, a.partner_id): a.user_id for a in alerts}
        self.assertEqual(found[rules["collector"], self.customer], collector)
        self.assertEqual(found[rules["salesperson"], self.customer], seller)
        self.assertEqual(found[rules["responsible"], self.customer], responsible)
        self.assertEqual(found[rules["collector"], nobodys], responsible)
        activity = self._activities(alerts).filtered(lambda a: a.user_id == seller)
        self.assertEqual(activity.summary, "Customer A: Rule overdue")

    def test_no_activity_when_the_rule_wants_none(self):
        self._rule("overdue", threshold_days=10, with_activity=False)
        self._overdue(20)
        self.assertFalse(self._activities(self._evaluate()))

    def test_only_the_customers_asked_for(self):
        """What happens to one customer neither raises nor closes alerts of another."""
        self._rule("overdue", threshold_days=10)
        other = self._create_customer("Other")
        move = self._overdue(20)
        self._overdue(20, other)
        self.assertEqual(self._evaluate(partners=other).partner_id, other)
        self._evaluate()
        self._pay(move)
        self.assertEqual(len(self._evaluate(partners=other)), 2)
        self.assertEqual(self._evaluate(partners=self.customer).partner_id, other)

    def test_events_have_the_rules_look_again(self):
        """An invoice, its payment, a new limit: the list of customers to look at is worked off."""
        self._rule("over_limit")
        Pending = self.env["credit.alert.pending"]
        Pending.search([]).unlink()
        move = self._invoice(amount=500)
        self.assertEqual(Pending.search([]).partner_id, self.customer)
        self.customer.credit_limit = 100

        def work():
            with self.enter_registry_test_mode():
                self.env.ref("credit_mgmt.credit_alert_pending_cron").method_direct_trigger()
            self.assertFalse(Pending.search_count([]))

        work()
        self.assertEqual(self._alerts().amount, 400)
        self._pay(move)
        self.assertTrue(Pending.search_count([]))
        work()
        self.assertFalse(self._alerts())

    def test_nothing_before_it_is_switched_on(self):
        """Without the setting neither events nor nights do anything; starting switches it on."""
        self._rule("overdue", threshold_days=10)
        self.company.credit_alerts = False
        self.env["credit.alert.pending"].search([]).unlink()
        self._overdue(20)
        self.assertFalse(self.env["credit.alert.pending"].search_count([]))
        self._night()
        self.assertFalse(self._alerts())
        self.company.credit_start_date = TODAY
        self.assertTrue(self.company.credit_alerts)
        self._night()
        self.assertEqual(len(self._alerts()), 1)
        self._night()
        self.assertEqual(len(self._alerts()), 1)

    def _night(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_mgmt.credit_alert_cron").method_direct_trigger()

    def test_constant_number_of_queries(self):
        """As many statements for thirty customers as for two."""
        for code in dict(self.env["credit.alert.rule"]._fields["code"].selection):
            self._rule(code, threshold_days=10, threshold_percent=50)

        def count():
            self.env["credit.alert"]._evaluate(self.company)  # warms the caches
            self.env["credit.alert"].search([])._write_gated({"live": False})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            raised = self.env["credit.alert"]._evaluate(self.company)
            self.env.flush_all()
            return len(raised), self.cr.sql_log_count - before

        for number in range(2):
            self._overdue(20, self._create_customer(f"Late {number}"))
        few, queries = count()
        for number in range(28):
            self._overdue(20, self._create_customer(f"Later {number}"))
        many, more_queries = count()
        self.assertGreaterEqual(many, few + 28)
        self.assertLessEqual(more_queries, queries)

    def test_states_in_lists(self):
        """Lists filter, sort and group by the state, which depends on the day."""
        self._rule("overdue", threshold_days=10)
        self._overdue(20)
        self._overdue(20, self._create_customer("Other"))
        first, second = self._evaluate()
        first._snooze(fields.Date.to_date(LATER), "Wait")
        Alert = self.env["credit.alert"]
        self.assertEqual(
            Alert._read_group([("live", "=", True)], ["state"], ["__count"]),
            [("open", 1), ("snoozed", 1)],
        )
        self.assertEqual(Alert.search([("state", "!=", "open")]), first)
        self.assertEqual(Alert.search([("live", "=", True)], order="state"), second + first)
        with freeze_time("2026-03-21"):
            self.env.invalidate_all()
            self.assertEqual(Alert.search([("state", "=", "open")]), first + second)

    def test_customer_shows_the_worst(self):
        self._rule("overdue", threshold_days=10, severity="1")
        self._rule("overdue", threshold_days=15, severity="3", recipient="collector")
        self._overdue(20)
        other = self._create_customer("Other")
        self._overdue(12, other)
        self._evaluate()
        partners = self.customer | other
        self.assertEqual(partners.mapped("credit_alert_count"), [2, 1])
        self.assertEqual(partners.mapped("credit_alert_severity"), ["3", "1"])
        Partner = self.env["res.partner"]
        self.assertEqual(Partner.search([("credit_alert_severity", "=", "3")]), self.customer)
        self.assertEqual(Partner.search([("credit_alert_severity", "=", "1")]), other)
        action = self.customer.action_open_credit_alerts()
        self.assertEqual(len(self.env["credit.alert"].search(action["domain"])), 2)

    # === WHO === #

    def test_rights(self):
        """A salesperson sees the own customers' alerts, a credit user all; nobody rewrites one."""
        self._rule("overdue", threshold_days=10)
        seller = new_test_user(
            self.env, "alert_viewer", groups="credit_mgmt.credit_mgmt_group_viewer",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        user = new_test_user(
            self.env, "alert_user", groups="credit_mgmt.credit_mgmt_group_user",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        self.customer.user_id = seller
        self._overdue(20)
        self._overdue(20, self._create_customer("Other"))
        own, other = self._evaluate()
        Alert = self.env["credit.alert"]
        self.assertEqual(Alert.with_user(seller).search([]), own)
        self.assertEqual(Alert.with_user(user).search([]), own + other)
        with self.assertRefused("in charge", AccessError):
            own.with_user(seller)._snooze(fields.Date.to_date(LATER), "No")
        with self.assertRefused("rules"):
            other.with_user(user).write({"live": False})
        with self.assertRefused("", AccessError):
            Alert.with_user(user).create({"partner_id": self.customer.id})
        with self.assertRefused("", AccessError):
            self.env["credit.alert.rule"].with_user(user).create({"name": "x"})
        own.with_user(user).user_id = seller
        self.assertEqual(self._activities(own).user_id, seller)
        own.with_user(seller)._snooze(fields.Date.to_date(LATER), "He calls me")
        self.assertEqual(own.state, "snoozed")

    def test_salesperson_without_the_application(self):
        """Who gets an alert reads it, with its activity, and may snooze it; nothing else."""
        seller = new_test_user(
            self.env, "alert_seller", groups="base.group_user",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        self._rule("overdue", threshold_days=10, recipient="salesperson")
        self.customer.user_id = seller
        self._overdue(20)
        self._overdue(20, self._create_customer("Other"))
        self._evaluate()
        alert = self.env["credit.alert"].with_user(seller).with_company(self.company).search([])
        self.assertEqual(alert.partner_id, self.customer)
        self.assertIn("overdue", alert.message)
        alert.web_read({"message": {}, "state": {}, "partner_id": {"fields": {"display_name": {}}}})
        self.assertEqual(alert.activity_ids.user_id, seller)
        alert.activity_ids.action_feedback("Called him")
        alert._snooze(fields.Date.to_date(LATER), "He pays on Friday")
        self.assertEqual(alert.state, "snoozed")
        with self.assertRefused("", AccessError):
            alert.rule_id.read(["name"])

    def test_night_empties_the_list(self):
        """Whoever waited to be looked at was looked at with all of them."""
        self._rule("overdue", threshold_days=10)
        self._overdue(20)
        self.assertTrue(self.env["credit.alert.pending"].search_count([]))
        self._night()
        self.assertFalse(self.env["credit.alert.pending"].search_count([]))
        self.assertEqual(len(self._alerts()), 1)

    def test_companies_do_not_see_each_other(self):
        """A rule shared by all finds each company's own; a branch's debt counts for its root."""
        other = self.setup_other_company(name="Elsewhere")["company"]
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.cr.precommit.run()
        rule = self._rule("overdue", threshold_days=10, company_id=False)
        self._overdue(20)
        self.env["credit.alert"]._evaluate(other)
        self.assertFalse(self.env["credit.alert"].search([("rule_id", "=", rule.id)]))
        self.env["credit.alert"]._evaluate(branch)
        alert = self.env["credit.alert"].search([("rule_id", "=", rule.id)])
        self.assertEqual(alert.company_id, self.company)
        stranger = new_test_user(
            self.env, "alert_stranger", groups="credit_mgmt.credit_mgmt_group_manager",
            company_id=other.id, company_ids=[Command.set(other.ids)],
        )  # fmt: skip
        self.assertFalse(self.env["credit.alert"].with_user(stranger).search([]))
        local = new_test_user(
            self.env, "alert_branch", groups="credit_mgmt.credit_mgmt_group_user",
            company_id=branch.id, company_ids=[Command.set(branch.ids)],
        )  # fmt: skip
        self.assertEqual(self.env["credit.alert"].with_user(local).search([]), alert)

    def test_rule_of_a_branch_is_refused(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        with self.assertRefused("main company", Exception):
            self._rule("overdue", company_id=branch.id)

    def test_look_now(self):
        """The button of a rule looks at once, also where the nights are off."""
        self.company.credit_alerts = False
        rule = self._rule("overdue", threshold_days=10)
        self._overdue(20)
        rule.action_evaluate()
        self.assertEqual(rule.alert_count, 1)

    def test_opened_from_the_alert(self):
        self._rule("overdue", threshold_days=10)
        self._overdue(20)
        alert = self._evaluate()
        self.assertEqual(alert.action_open_cause()["res_model"], "credit.receivable")
        self.assertEqual(
            alert.action_open_credit_page()["params"], {"partner_id": self.customer.id}
        )
        with self.assertRefused("not closed", UserError):
            self.env["credit.alert"].action_snooze()
