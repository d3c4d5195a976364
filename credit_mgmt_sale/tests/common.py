from unittest.mock import patch

from odoo.addons.credit_mgmt.tests.common import TODAY, CreditMgmtCommon, freeze_time
from odoo.fields import Command
from odoo.tests import new_test_user


class CreditSaleCommon(CreditMgmtCommon):
    """A customer with a limit of 1,000 and products invoiced on order or on delivery."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.product = cls.env["product.product"].create(
            {
                "name": "Machine",
                "type": "consu",
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
                "list_price": 100.0,
            }
        )
        cls.service = cls.env["product.product"].create(
            {
                "name": "Hours",
                "type": "service",
                "invoice_policy": "delivery",
                "taxes_id": [Command.clear()],
                "list_price": 100.0,
            }
        )
        cls.cash = cls.env["account.payment.term"].create(
            {"name": "Prepayment", "credit_cash": True}
        )
        cls.customer.write({"credit_limit_mode": "limited", "credit_limit": 1000})
        cls.salesman = cls._user("salesman", "sales_team.group_sale_salesman_all_leads")
        cls.approver = cls._user("approver", "credit_mgmt.credit_mgmt_group_manager")

    @classmethod
    def _user(cls, login, groups):
        return new_test_user(
            cls.env,
            f"credit_{login}",
            groups=f"base.group_user,{groups}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _order(cls, amount=1000, partner=None, product=None, lines=None, **values):
        """Create a quotation of one line per amount; without tax."""
        amounts = lines or [amount]
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "payment_term_id": False,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.product).id,
                            "product_uom_qty": 1,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                    for price in amounts
                ],
                **values,
            }
        )

    def _exposure(self, partner=None):
        partner = partner or self.customer
        self.env.flush_all()
        partner.invalidate_recordset()
        return partner.credit_exposure

    def _components(self, partner=None):
        """Return what each component counts, those with nothing left out."""
        partner = partner or self.customer
        amounts = self.env["credit.exposure"]._get_exposure_components(partner)
        found = {code: values.get(partner.id, 0.0) for code, values in amounts.items()}
        return {code: amount for code, amount in found.items() if amount}

    def assertPasses(self, orders):
        orders.action_confirm()
        self.assertEqual(set(orders.mapped("state")), {"sale"})

    def assertStopped(self, orders, message="Too much by"):
        with self.assertRefused(message):
            orders.action_confirm()
        self.assertNotIn("sale", orders.mapped("state"))

    def _bill(self, order, post=True, **values):
        moves = order._create_invoices(**values)
        if post:
            moves.action_post()
        return moves

    def _transaction(self, order, amount=None, state="authorized"):
        provider = (
            self.env["payment.provider"]
            .sudo()
            .create({"name": "Test", "company_id": self.company.id, "state": "disabled"})
        )
        # No real provider is installed: this one can authorise.
        providers = self.env.registry["payment.provider"]
        compute = providers._compute_feature_support_fields

        def support(records):
            compute(records)
            records.support_manual_capture = "partial"

        supported = patch.object(providers, "_compute_feature_support_fields", support)
        supported.start()
        self.addCleanup(supported.stop)
        methods = self.env["payment.method"].sudo().with_context(active_test=False)
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": methods.search([], limit=1).id,
                    "reference": f"TX {order.name} {state} {amount}",
                    "amount": amount or order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "operation": "online_direct",
                    "state": state,
                    "sale_order_ids": [Command.set(order.ids)],
                }
            )
        )


__all__ = ["TODAY", "CreditSaleCommon", "freeze_time"]
