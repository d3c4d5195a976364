from odoo.addons.credit_mgmt_sale.tests.common import CreditSaleCommon
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestDelivery(CreditSaleCommon):
    """Goods leave only where the credit allows it, by whatever way; limit 1,000."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("stock.group_stock_manager")
        cls.goods = cls.env["product.product"].create(
            {
                "name": "Goods",
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "delivery",
                "taxes_id": [Command.clear()],
                "list_price": 100.0,
            }
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.goods, cls.warehouse.lot_stock_id, 1000
        )

    def _confirmed(self, quantity=5, price=100, **values):
        order = self._order(0, product=self.goods, **values)
        order.order_line.write({"product_uom_qty": quantity, "price_unit": price})
        order.action_confirm()
        return order

    def _ship(self, order, quantity=None):
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity = quantity or move.product_uom_qty
            move.picked = True
        return picking.with_context(skip_backorder=True).button_validate()

    def test_delivery_splits_the_exposure(self):
        """What leaves moves from "ordered" to "delivered", then to the ledger."""
        order = self._confirmed(10)
        self.assertEqual(self._components(), {"ordered": 1000})
        self._ship(order, 4)
        self.assertEqual(self._components(), {"delivered": 400, "ordered": 600})
        self._bill(order)
        self.assertEqual(self._components(), {"ledger": 400, "ordered": 600})

    def test_held_after_the_order(self):
        """A customer held after the order gets no goods; released, he does; held goods delivered
        before can be invoiced."""
        order = self._confirmed(5)
        self._ship(order, 2)
        self.customer._set_credit_hold("hold", "Audit")
        with self.assertRefused("on hold: Audit"):
            self._ship(order)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(self._bill(order).amount_total, 200)
        order.with_user(self.approver).action_credit_release()
        self._ship(order)
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_over_the_limit_after_the_order(self):
        """Debts that came after the order stop its delivery, with the figures."""
        order = self._confirmed(5)
        invoice = self._invoice(amount=600)
        with self.assertRefused("Too much by"):
            self._ship(order)
        self.assertIn("Too much by", order.picking_ids.credit_message)
        self._pay(invoice)
        self._ship(order)
        self.assertEqual(order.picking_ids.state, "done")

    def test_released_order_is_delivered(self):
        order = self._order(1500, product=self.goods)
        order._request_release("x")
        order.with_user(self.approver).action_credit_release()
        self._ship(order)
        self.assertEqual(order.order_line.qty_delivered, 1)

    def test_cash_terms_must_be_paid_when_goods_leave(self):
        """Cash terms spare the order, not the delivery: unpaid beyond the limit it waits."""
        order = self._confirmed(20, payment_term_id=self.cash.id)
        with self.assertRefused("Too much by"):
            self._ship(order)
        self._transaction(order)
        self._ship(order)
        self.assertEqual(order.order_line.qty_delivered, 20)

    def test_cash_terms_within_the_limit(self):
        order = self._confirmed(10, payment_term_id=self.cash.id)
        self._ship(order)
        self.assertEqual(self._components(), {"delivered": 1000})

    def test_paid_invoice_lets_goods_leave(self):
        """An order invoiced and paid before goes, whoever is on hold."""
        self.goods.invoice_policy = "order"
        order = self._confirmed(5)
        self._pay(self._bill(order))
        self.customer._set_credit_hold("hold", "Audit")
        self._ship(order)
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_lowest_hook(self):
        """Not only the button: the transfer and the move themselves are checked."""
        order = self._confirmed(5)
        self.customer._set_credit_hold("hold", "Audit")
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 5, "picked": True})
        for attempt in (picking._action_done, picking.move_ids._action_done):
            with self.assertRefused("on hold"):
                attempt()

    def test_batch(self):
        """A batch with one held customer is refused as a whole; without him it goes."""
        if "stock.picking.batch" not in self.env:
            self.skipTest("stock_picking_batch is not installed")
        other = self._create_customer("Other")
        good, bad = self._confirmed(1, partner=other), self._confirmed(1)
        self.customer._set_credit_hold("hold", "Audit")
        pickings = (good | bad).picking_ids
        pickings.move_ids.write({"quantity": 1, "picked": True})
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(pickings.ids)], "company_id": self.company.id}
        )
        batch.action_confirm()
        with self.assertRefused("on hold"):
            batch.action_done()
        self.assertNotIn("done", pickings.mapped("state"))
        bad.picking_ids.batch_id = False
        batch.action_done()
        self.assertEqual(good.picking_ids.state, "done")

    def test_returns_and_receipts_are_not_stopped(self):
        """What comes back is never stopped."""
        order = self._confirmed(5)
        self._ship(order)
        self.customer._set_credit_hold("hold", "Audit")
        done = order.picking_ids
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=done.id, active_ids=done.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 5
        back = wizard._create_return()
        back.move_ids.write({"quantity": 5, "picked": True})
        back.button_validate()
        self.assertEqual(back.state, "done")
        self.assertEqual(self._components(), {})

    def test_closed_transfers_leave_the_exposure(self):
        """What will not be delivered any more does not count any more."""
        order = self._confirmed(10)
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 4, "picked": True})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=picking.ids
                             ).button_validate()  # fmt: skip
        self.assertEqual(self._components(), {"delivered": 400})

    def test_transfer_without_an_order(self):
        """Goods handed to a held customer without an order are stopped as well."""
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.goods.id,
                            "product_uom_qty": 1,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self.customer._set_credit_hold("hold", "Audit")
        with self.assertRefused("on hold"):
            picking.button_validate()
        self.customer._set_credit_hold("none", "Done")
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_warehouse_worker(self):
        """Who ships without a right on sales or figures meets the check, not an access error."""
        worker = self._user("worker", "stock.group_stock_user")
        order = self._confirmed(5)
        picking = order.picking_ids.with_user(worker)
        picking.move_ids.write({"quantity": 5, "picked": True})
        self._invoice(amount=600)
        self.assertIn("Too much by", picking.credit_message)
        with self.assertRefused("Too much by"):
            picking.button_validate()
        self.customer.credit_limit = 2000
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        with self.assertRaises(AccessError):
            self.customer.with_user(worker).read(["credit_exposure"])

    def test_context_keys(self):
        """No context key lets goods leave."""
        order = self._confirmed(5)
        self.customer._set_credit_hold("hold", "Audit")
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 5, "picked": True})
        for context in ({"credit_gate": True}, {"skip_sanity_check": True},
                        {"credit_customer_driven": True}, {"cancel_backorder": True}):  # fmt: skip
            with self.subTest(context=context), self.assertRefused("on hold"):
                picking.with_context(**context).button_validate()
        self.assertNotEqual(picking.state, "done")
