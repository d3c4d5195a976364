from odoo.addons.credit_mgmt.tools import gate
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import CreditSaleCommon

_CONTEXTS = (
    {"bypass_risk": True},
    {"credit_gate": True},
    {"credit_gate": "object"},
    {"credit_customer_driven": True},
    {"credit_branches_written": True},
    {"force_confirm": True},
    {"import_file": True},
    {"install_mode": True},
    {"tracking_disable": True},
    {"active_test": False},
    {"receivable_date": "2000-01-01"},
)


@tagged("post_install", "-at_install")
class TestNoWayRound(CreditSaleCommon):
    """Nobody gets round the check, in any group, by any trick."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "salesman": cls.salesman,
            "sales manager": cls._user("sales_manager", "sales_team.group_sale_manager"),
            "viewer": cls._user(
                "viewer", "sales_team.group_sale_salesman,credit_mgmt.credit_mgmt_group_viewer"
            ),
            "credit user": cls._user(
                "user", "sales_team.group_sale_manager,credit_mgmt.credit_mgmt_group_user"
            ),
            "credit manager": cls._user(
                "manager", "sales_team.group_sale_manager,credit_mgmt.credit_mgmt_group_manager"
            ),
            "accountant": cls._user(
                "accountant", "sales_team.group_sale_manager,account.group_account_manager"
            ),
            "administrator": cls._user("admin", "sales_team.group_sale_manager,base.group_system"),
        }

    def _attempts(self, order):
        return {
            "button": order.action_confirm,
            "state": lambda: order.write({"state": "sale"}),
            "assignment": lambda: setattr(order, "state", "sale"),
        }

    def test_context_keys(self):
        """No context key lets an order through, whoever sends it."""
        for name, user in self.people.items():
            for context in _CONTEXTS:
                order = self._order(1001, user_id=user.id)
                order = order.with_user(user).with_context(**context)
                for way, attempt in self._attempts(order).items():
                    with self.subTest(user=name, context=context, way=way):
                        try:
                            with self.cr.savepoint():
                                attempt()
                                self.env.flush_all()
                        except UserError:
                            self.env.invalidate_all()
                        self.assertNotEqual(order.sudo().state, "sale")

    def test_context_does_not_blind_rules_and_classes(self):
        """Another day does not lift a rule's hold; archived records give no limit."""
        self.env["credit.hold.rule"].create(
            {"name": "Late", "company_id": self.company.id, "kind": "overdue", "days": 30}
        )
        self._overdue(31)
        order = self._order(10).with_context(receivable_date="2000-01-01")
        self.assertStopped(order, "on hold: Late")
        other = self._create_customer("Other")
        risk_class = self.env["credit.risk.class"].create({"name": "Z", "limit_mode": "unlimited"})
        other.risk_class_id = risk_class
        risk_class.active = False
        self.company.credit_default_limit_mode = "none"
        self.assertStopped(self._order(10, other).with_context(active_test=False))

    def test_superuser(self):
        """Not even a program with all rights: only a release lets the order go."""
        order = self._order(1001)
        with self.assertRefused("Too much by"):
            order.sudo().action_confirm()

    def test_gate_cannot_be_forged(self):
        """The key of our own code is an object: JSON cannot carry it."""
        for value in (True, 1, "x", {"a": 1}, [], None):
            self.assertFalse(gate.is_open({"credit_gate": value}))
        self.assertTrue(gate.is_open(gate.open_gate()))

    def _tries(self, order, release):
        """Return what a user may try on an order and the request for its release."""
        env, customer = order.env, self.customer
        forged = {
            "order_id": order.id,
            "state": "granted",
            "amount": 10**9,
            "reason": "x",
            "partner_id": customer.id,
            "currency_id": order.sudo().currency_id.id,
            "date_until": "2099-01-01",
        }
        return {
            "credit_state": lambda: order.write({"credit_state": "ok"}),
            "create": lambda: env["sale.order"].create(
                {"partner_id": customer.id, "credit_state": "released"}
            ),
            "release": lambda: order.write(
                {"credit_release_ids": [Command.create({"state": "granted"})]}
            ),
            "granted": lambda: release.write({"state": "granted"}),
            "amount": lambda: release.write({"amount": 10**9}),
            "record": lambda: env["credit.release"].create(forged),
            "unlink": lambda: release.unlink(),
            "lock": lambda: env["credit.exposure.lock"].create({"partner_id": customer.id}),
        }

    def test_protected_fields(self):
        """Credit state, releases, locks and holds are not writable by anyone."""
        order = self._order(1001)
        order._request_release("x")
        release = order.credit_release_ids
        for name, user in self.people.items():
            tries = self._tries(order.with_user(user), release.with_user(user))
            for what, attempt in tries.items():
                for context in ({}, {"credit_gate": True}):
                    with self.subTest(user=name, what=what, context=context):
                        with self.assertRefused("", (UserError, AccessError)):
                            attempt()
        self.assertEqual(release.state, "requested")

    def test_limits_and_holds(self):
        """Only a credit manager makes a customer's credit easier."""
        self.customer._set_credit_hold("hold", "Audit")
        for name, user in self.people.items():
            if name == "credit manager":
                continue
            user.group_ids += self.env.ref("base.group_partner_manager")
            customer = self.customer.with_user(user)
            for values in (
                {"credit_limit": 10**6},
                {"credit_limit_mode": "unlimited"},
                {"credit_hold": "none"},
                {"credit_hold_until": "2026-03-11"},
            ):
                with self.subTest(user=name, values=values):
                    with self.assertRefused("", AccessError):
                        customer.write(values)
            with self.subTest(user=name), self.assertRefused("", AccessError):
                self.cash.with_user(user).credit_cash = False

    def test_new_customer_for_the_same_debtor(self):
        """Putting the contact under another parent moves his debts with him."""
        contact = self.env["res.partner"].create({"name": "B", "parent_id": self.customer.id})
        self.assertPasses(self._order(1000, contact))
        other = self._create_customer("Other", credit_limit_mode="limited", credit_limit=1)
        contact.parent_id = other
        self.assertStopped(self._order(1, contact))

    def test_order_moved_to_another_company(self):
        """The company in which the order ends up decides."""
        other = self.setup_other_company()["company"]
        order = self._order(5000, company_id=other.id)
        order.company_id = self.company
        self.assertStopped(order)

    def test_amount_raised_after_the_request(self):
        """Raising the order between request and confirmation needs a new release."""
        order = self._order(1500)
        order._request_release("x")
        order.with_user(self.approver).action_credit_release()
        order._action_cancel()
        order.action_draft()
        order.order_line.price_unit = 2000
        self.assertStopped(order)

    def test_quantity_written_by_the_line(self):
        """Lines written on their own are seen as well, in several steps too."""
        order = self._order(500)
        self.assertPasses(order)
        line = order.order_line.with_user(self.people["salesman"])
        line.write({"product_uom_qty": 2, "price_unit": 500})
        with self.assertRefused("Too much by"):
            line.write({"product_uom_qty": 3, "price_unit": 500})
        with self.assertRefused("Too much by"):
            self.env["sale.order.line"].with_user(self.people["salesman"]).create(
                {"order_id": order.id, "product_id": self.product.id, "price_unit": 1}
            )


@tagged("post_install", "-at_install")
class TestCustomerDriven(CreditSaleCommon, HttpCase):
    """Rule 14: a customer who signs or pays never meets an error, nor a figure."""

    def _sign(self, order):
        return self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order._portal_ensure_token(),
                "name": "Buyer",
                "signature": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
                "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
            },
        )

    def test_signature_is_kept_and_the_order_held(self):
        """Signed beyond the limit: signature kept, order held, activity, a neutral sentence."""
        order = self._order(1500, require_signature=True, require_payment=False)
        order.action_quotation_sent()
        result = self._sign(order)
        self.assertNotIn("error", result)
        order.invalidate_recordset()
        self.assertTrue(order.signature)
        self.assertEqual((order.state, order.credit_state), ("sent", "held"))
        self.assertTrue(order.credit_release_ids.filtered(lambda r: r.origin == "customer"))
        self.assertEqual(order.activity_ids.user_id, self.company._get_credit_approvers(1500)[:1])
        page = self.url_open(order.get_portal_url(query_string="&message=sign_ok")).text
        self.assertIn("o_credit_held", page)
        for word in ("Too much by", "limit", "1,000.00", "500.00 "):
            self.assertNotIn(word, page.split("o_credit_held")[1].split("</div>")[0])
        order.with_user(self.approver).action_credit_release()
        self.assertEqual(order.state, "sale")
        self.assertTrue(order.signature)

    def test_signature_within_the_limit_confirms(self):
        order = self._order(500, require_signature=True, require_payment=False)
        order.action_quotation_sent()
        self._sign(order)
        order.invalidate_recordset()
        self.assertEqual((order.state, order.credit_state), ("sale", "ok"))

    def test_portal_user_cannot_write(self):
        """A buyer with a login has no way to confirm or release by calls of his own."""
        portal = self.env["res.users"].create(
            {
                "name": "Buyer",
                "login": "credit_portal",
                "partner_id": self.env["res.partner"]
                .create({"name": "Buyer", "parent_id": self.customer.id})
                .id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        order = self._order(1500)
        order.action_quotation_sent()
        for attempt in (
            lambda o: o.write({"state": "sale"}),
            lambda o: o.write({"credit_state": "ok"}),
            lambda o: o.read(["credit_state"]),
        ):
            with self.assertRefused("", (AccessError, UserError)):
                attempt(order.with_user(portal))
        self.assertEqual(order.state, "sent")

    def test_website_cart(self):
        """The shop confirms by _validate_order: the cart is held, nothing raises."""
        order = self._order(1500)
        order._validate_order()
        self.assertEqual((order.state, order.credit_state), ("draft", "held"))
