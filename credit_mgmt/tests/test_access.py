from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CreditMgmtCommon


@tagged("post_install", "-at_install")
class TestAccess(CreditMgmtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            level: cls.env["res.users"].create(
                {
                    "name": level,
                    "login": f"{level}@credit.example.com",
                    "email": f"{level}@credit.example.com",
                    "company_id": cls.company.id,
                    "company_ids": [Command.set(cls.company.ids)],
                    "group_ids": [Command.set(cls.env.ref(xmlid).ids)],
                }
            )
            for level, xmlid in {
                "employee": "base.group_user",
                "viewer": "credit_mgmt.credit_mgmt_group_viewer",
                "user": "credit_mgmt.credit_mgmt_group_user",
                "manager": "credit_mgmt.credit_mgmt_group_manager",
            }.items()
        }

    def _as(self, level, record):
        return record.with_user(self.users[level]).with_context(
            allowed_company_ids=self.company.ids
        )

    def test_user_works_a_run_from_end_to_end(self):
        self._overdue(20)
        run = self._as("user", self.env["credit.dunning.run"]).create(
            {"company_id": self.company.id}
        )
        run.action_prepare()
        notice = run.notice_ids
        notice.action_release()
        notice.action_unrelease()
        with self.mock_mail_gateway():
            run.action_send()
        self.assertEqual(notice.state, "sent")
        self.assertTrue(run.summary_html)

    def test_nobody_forges_a_reminder(self):
        self._overdue(20)
        notice = self._run().notice_ids
        for level in ("viewer", "user", "manager"):
            with self.subTest(level):
                forged = self._as(level, notice)
                for step in (
                    lambda record=forged: record.write({"state": "sent"}),
                    lambda record=forged: record.line_ids.write({"live": False}),
                    lambda record=forged: record.delivery_ids.write({"state": "sent"}),
                    lambda record=forged: record.unlink(),
                    lambda record=forged: record.copy(),
                ):
                    with self.assertRefused("", AccessError):
                        step()

    def test_viewer_sees_the_own_customers_and_decides_nothing(self):
        viewer = self.users["viewer"]
        other = self._create_customer("Other")
        moves = self._overdue(20) + self._overdue(20, other)
        moves.invoice_user_id = False
        self.customer.user_id = viewer
        run = self._run()
        notices = self._as("viewer", self.env["credit.dunning.notice"])
        self.assertEqual(notices.search([]).partner_id, self.customer)
        mine = notices.search([])
        self.assertTrue(mine.line_ids)
        with self.assertRefused("Only credit users", UserError):
            mine.action_release()
        with self.assertRefused("", AccessError):
            self._as("viewer", run).action_send()
        with self.assertRefused("", AccessError):
            self._as("viewer", self.env["credit.dunning.send"])._open(partners=self.customer)
        partner = self._as("viewer", self.customer)
        self.assertEqual(partner.amount_overdue, 100.0)
        self.assertEqual(partner.days_overdue_max, 20)

    def test_employee_has_no_figures(self):
        self._overdue(20)
        with self.assertRefused("", AccessError):
            self._as("employee", self.env["credit.receivable"]).search([])
        with self.assertRefused("", AccessError):
            self._as("employee", self.customer).read(["amount_overdue"])
        self._as("employee", self.customer).read(["name"])

    def test_configuration_is_the_managers(self):
        with self.assertRefused("", AccessError):
            self._as("user", self.policy).name = "x"
        self._as("manager", self.policy).name = "x"
        self._as("manager", self.first).name = "y"

    def test_reset_is_the_managers(self):
        move = self._overdue(20)
        notice = self._remind(move)
        lines = notice.line_ids.move_line_id
        with self.assertRefused("credit manager", AccessError):
            self._as("user", self.env["credit.dunning.reset"])._reset_items(lines, "why")
        reset = self._as("manager", self.env["credit.dunning.reset"])._reset_items(lines, "why")
        self.assertEqual(reset.user_id, self.users["manager"])
        with self.assertRefused("", AccessError):
            reset.write({"reason": "changed"})

    def test_no_rights_are_granted_on_mail_models(self):
        granted = self.env["ir.model.access"].search(
            [("model_id.model", "=like", "mail.%"), ("group_id", "in", [
                self.env.ref(f"credit_mgmt.credit_mgmt_group_{name}").id
                for name in ("viewer", "user", "manager")
            ])]
        )  # fmt: skip
        self.assertFalse(granted)

    def test_every_model_has_rights_and_a_company_rule(self):
        models = self.env["ir.model"].search([("model", "=like", "credit.%")])
        own = models.filtered(lambda m: "credit_mgmt" in (m.modules or ""))
        self.assertGreater(len(own), 10)
        without = own.filtered(lambda m: not m.access_ids and not self.env[m.model]._abstract)
        self.assertFalse(without.mapped("model"))
        for model in own:
            stored = self.env[model.model]
            if "company_id" in stored._fields and not (stored._transient or stored._abstract):
                self.assertTrue(
                    model.rule_ids.filtered(lambda r: "company" in (r.domain_force or "")),
                    model.model,
                )
