from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY, CreditSaleCommon, freeze_time


@tagged("post_install", "-at_install")
class TestScenarios(CreditSaleCommon):
    """The table of what sellers meet: each case with its outcome in words.

    The customer has a limit of 1,000 unless the case says otherwise.
    """

    # === THE LIMIT === #

    def test_01_exactly_the_limit(self):
        """An order of exactly the limit passes; one more cent is stopped."""
        self.assertPasses(self._order(1000))
        self.assertStopped(self._order(0.01))

    def test_02_invoices_count(self):
        """400 of open invoices leave 600: an order of 601 is stopped, of 600 passes."""
        self._invoice(amount=400)
        self.assertStopped(self._order(601))
        self.assertPasses(self._order(600))

    def test_03_unlimited(self):
        """A customer without limit may order anything."""
        self.customer.credit_limit_mode = "unlimited"
        self.assertPasses(self._order(10**7))

    def test_04_no_credit(self):
        """No credit: any order that is not paid before is stopped, a free one passes."""
        self.customer.credit_limit_mode = "none"
        self.assertStopped(self._order(1))
        self.assertPasses(self._order(0))

    def test_05_company_default(self):
        """The company's default limits customers for whom nothing else was said."""
        self.customer.credit_limit_mode = "default"
        self.assertPasses(self._order(5000))
        self.company.write(
            {"credit_default_limit_mode": "limited", "credit_default_limit_amount": 6000}
        )
        self.assertStopped(self._order(1001))
        self.assertPasses(self._order(1000))

    def test_06_class_limit(self):
        """The limit of the risk class goes before the company's default."""
        risk_class = self.env["credit.risk.class"].create(
            {"name": "C", "limit_mode": "limited", "limit_amount": 300}
        )
        self.customer.write({"credit_limit_mode": "default", "risk_class_id": risk_class.id})
        self.assertStopped(self._order(301))
        self.assertPasses(self._order(300))

    def test_07_temporary_increase(self):
        """A temporary increase counts on its days; the day after, new orders are stopped."""
        request = self.env["credit.limit.request"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "amount": 3000,
                "reason": "Season",
                "date_to": "2026-03-20",
            }
        )
        request.action_request()
        request.action_approve()
        self.assertPasses(self._order(2500))
        with freeze_time("2026-03-21"):
            self.assertStopped(self._order(1))

    def test_08_two_orders_in_one_call(self):
        """Two orders of 600 confirmed together are summed: both are stopped."""
        orders = self._order(600) | self._order(600)
        self.assertStopped(orders)
        self.assertPasses(orders[0])
        self.assertStopped(orders[1])

    def test_09_splitting(self):
        """Ten orders of 150 one after the other: six pass, the seventh is stopped."""
        for _number in range(6):
            self.assertPasses(self._order(150))
        self.assertStopped(self._order(150))

    def test_10_other_customers_do_not_matter(self):
        """One customer over the limit does not stop another; in one call the whole call fails."""
        other = self._create_customer("Other")
        self._invoice(amount=5000)
        good, bad = self._order(10**6, other), self._order(1)
        self.assertStopped(good | bad)
        self.assertPasses(good)

    # === WHO === #

    def test_11_contact(self):
        """An order of a contact takes its company's credit."""
        contact = self.env["res.partner"].create({"name": "B", "parent_id": self.customer.id})
        self.assertPasses(self._order(700, contact))
        self.assertStopped(self._order(301))

    def test_12_delivery_and_invoice_addresses(self):
        """Addresses of the customer count for the customer."""
        address = self.env["res.partner"].create(
            {"name": "Dock", "parent_id": self.customer.id, "type": "delivery"}
        )
        self.assertPasses(self._order(700, partner_shipping_id=address.id))
        self.assertStopped(self._order(301, address))

    def test_13_invoiced_to_somebody_else(self):
        """Who is invoiced owes: his limit counts, not the one of the buyer."""
        payer = self._create_customer("Payer", credit_limit_mode="limited", credit_limit=100)
        self.assertStopped(self._order(101, partner_invoice_id=payer.id))
        self.assertPasses(self._order(100, partner_invoice_id=payer.id))
        self.assertEqual(self._exposure(), 0.0)
        self.assertEqual(self._exposure(payer), 100.0)

    def test_14_held_buyer_with_another_payer(self):
        """A held customer does not order by having somebody else invoiced."""
        payer = self._create_customer("Payer")
        self.customer._set_credit_hold("hold", "Audit")
        self.assertStopped(self._order(1, partner_invoice_id=payer.id), "on hold")

    def test_15_archived_customer(self):
        """Archiving a customer or a contact makes no debt disappear."""
        contact = self.env["res.partner"].create({"name": "B", "parent_id": self.customer.id})
        self._invoice(contact, amount=700)
        contact.active = False
        self.assertStopped(self._order(301))
        order = self._order(301)
        self.customer.active = False
        self.assertStopped(order)

    def test_16_group_limit(self):
        """Affiliates share a common limit of 1,500: the second one is stopped beyond it."""
        affiliate = self._create_customer("Affiliate")
        group = self.env["credit.group"].create(
            {"name": "G", "has_limit": True, "limit_amount": 1500}
        )
        (self.customer | affiliate).credit_group_id = group
        self.assertPasses(self._order(1000))
        self.assertStopped(self._order(501, affiliate), "common limit")
        self.assertPasses(self._order(500, affiliate))

    def test_17_group_in_one_call(self):
        """Two affiliates confirmed together are summed against the common limit."""
        affiliate = self._create_customer("Affiliate")
        group = self.env["credit.group"].create(
            {"name": "G", "has_limit": True, "limit_amount": 1500}
        )
        (self.customer | affiliate).credit_group_id = group
        self.assertStopped(self._order(800) | self._order(800, affiliate), "common limit")

    # === COMPANIES AND CURRENCIES === #

    def test_18_other_company(self):
        """Debts and limits in one company do not count in another."""
        other = self.setup_other_company()["company"]
        self._invoice(amount=5000)
        order = self._order(2000, company_id=other.id)
        self.assertPasses(order)

    def test_19_company_of_the_order_decides(self):
        """Working in another company does not change whose limit counts."""
        other = self.setup_other_company()["company"]
        both = (other | self.company).ids
        order = self._order(1001).with_context(allowed_company_ids=both)
        self.assertEqual(order.env.company, other)
        self.assertStopped(order)

    def test_20_branch(self):
        """A branch sells against its root's limit, and its orders count there."""
        branch = self.env["res.company"].create({"name": "B", "parent_id": self.company.id})
        self.env.user.company_ids += branch
        self.assertPasses(self._order(700, company_id=branch.id))
        self.assertStopped(self._order(301))
        self.assertStopped(self._order(301, company_id=branch.id))

    def test_21_foreign_currency(self):
        """An order in a foreign currency counts at the day's rate: 4,000 at 4 is 1,000."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0), (TODAY, 4.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": currency.id}
        )
        self.assertStopped(self._order(4001, pricelist_id=pricelist.id))
        self.assertPasses(self._order(4000, pricelist_id=pricelist.id))
        self.assertEqual(self._exposure(), 1000.0)

    def test_22_rate_moves(self):
        """The rate of the day counts, not the one of the order; invoices keep their amount."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": currency.id}
        )
        order = self._order(1000, pricelist_id=pricelist.id)
        self.assertPasses(order)
        self.assertEqual(self._exposure(), 500.0)
        self.env["res.currency.rate"].create(
            {"name": TODAY, "rate": 4.0, "currency_id": currency.id, "company_id": self.company.id}
        )
        self.assertEqual(self._exposure(), 250.0)
        invoice = self._bill(order)
        self.assertEqual(self._exposure(), invoice.amount_residual_signed)

    # === PAYMENT === #

    def test_23_prepaid(self):
        """An order whose payment is authorised in full passes for whoever has no credit left."""
        self._invoice(amount=5000)
        order = self._order(800)
        self._transaction(order)
        self.assertPasses(order)
        self.assertEqual(self._components(), {"ledger": 5000, "ordered": 800, "online": -800})

    def test_24_prepaid_on_hold(self):
        """A held customer may buy what he pays before."""
        self.customer._set_credit_hold("hold", "Audit")
        order = self._order(800)
        self._transaction(order)
        self.assertPasses(order)

    def test_25_partly_prepaid(self):
        """An authorised down payment of 600 leaves 900 of 1,500 to be credited."""
        order = self._order(1600)
        self._transaction(order, 599)
        self.assertStopped(order)
        other = self._order(1500)
        self._transaction(other, 600)
        self.assertPasses(other)
        self.assertEqual(self._exposure(), 900.0)

    def test_26_payment_of_a_quotation_is_no_credit_for_another(self):
        """What was paid for one order that is not confirmed does not cover another one."""
        self._transaction(self._order(800))
        self.assertStopped(self._order(1001))

    def test_27_cash_terms(self):
        """Cash terms need no credit, and what is ordered so takes none from other orders."""
        self.assertPasses(self._order(5000, payment_term_id=self.cash.id))
        self.assertEqual(self._exposure(), 0.0)
        self.assertPasses(self._order(1000))

    def test_28_cash_turned_into_credit(self):
        """Changing the terms of a confirmed order to credit is checked."""
        order = self._order(5000, payment_term_id=self.cash.id)
        self.assertPasses(order)
        with self.assertRefused("Too much by"):
            order.payment_term_id = self.pay_terms_a
        self.assertEqual(order.payment_term_id, self.cash)

    def test_29_down_payment_invoice(self):
        """A down payment invoiced and paid leaves the rest of the order to count."""
        order = self._order(1000)
        self.assertPasses(order)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": 300,
            }
        )
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        self.assertEqual(self._components(), {"ledger": 300, "ordered": 700})
        self._pay(invoice)
        self.assertEqual(self._components(), {"ordered": 700})
        final = self._bill(order, final=True)
        self.assertEqual(final.amount_total, 700)
        self.assertEqual(self._components(), {"ledger": 700})

    def test_30_unallocated_payment(self):
        """A payment that nobody allocated yet leaves more credit."""
        self._invoice(amount=1000)
        self.assertStopped(self._order(1))
        self._invoice(amount=200, move_type="out_refund")
        self.assertPasses(self._order(200))

    # === INVOICES AND CREDIT NOTES === #

    def test_31_invoiced_once(self):
        """An order that is invoiced counts once: in the ledger, not as an order any more."""
        order = self._order(1000)
        self.assertPasses(order)
        self.assertEqual(self._components(), {"ordered": 1000})
        self._bill(order)
        self.assertEqual(self._components(), {"ledger": 1000})

    def test_32_draft_invoice_of_an_order(self):
        """A draft invoice of an order stays an order, or is shown apart: never counted twice."""
        order = self._order(1000)
        self.assertPasses(order)
        draft = self._bill(order, post=False)
        self.assertEqual(self._components(), {"ordered": 1000})
        self.company.credit_include_drafts = True
        self.assertEqual(self._components(), {"ordered": 1000})
        self.company.credit_include_order_drafts = True
        self.assertEqual(self._components(), {"order_draft": 1000})
        draft.action_post()
        self.assertEqual(self._components(), {"ledger": 1000})

    def test_33_draft_with_a_line_of_its_own(self):
        """Of a draft invoice, what comes from the order and what does not are told apart."""
        order = self._order(600)
        self.assertPasses(order)
        draft = self._bill(order, post=False)
        draft.invoice_line_ids = [
            Command.create({"name": "Extra", "price_unit": 50, "tax_ids": []})
        ]
        self.company.credit_include_drafts = True
        self.assertEqual(self._components(), {"draft": 50, "ordered": 600})
        self.company.credit_include_order_drafts = True
        self.assertEqual(self._components(), {"draft": 50, "order_draft": 600})

    def test_34_partial_delivery_and_invoice(self):
        """Ten ordered, six delivered, four invoiced: 400 in the ledger, 200 and 400 to come."""
        order = self._order(100, product=self.service)
        order.order_line.product_uom_qty = 10
        self.assertPasses(order)
        order.order_line.qty_delivered = 4
        self._bill(order)
        order.order_line.qty_delivered = 6
        self.assertEqual(self._components(), {"ledger": 400, "delivered": 200, "ordered": 400})
        self.assertEqual(self._exposure(), 1000.0)

    def test_35_over_delivery(self):
        """What is delivered above the order counts as well."""
        order = self._order(100, product=self.service)
        self.assertPasses(order)
        order.order_line.qty_delivered = 3
        self.assertEqual(self._components(), {"delivered": 300})

    def test_36_refund_of_an_order(self):
        """A credit note gives its amount back; the order is to be invoiced again."""
        order = self._order(1000)
        self.assertPasses(order)
        self._reverse_invoice(self._bill(order), post=True)
        self.assertEqual(self._exposure(), 1000.0)
        order.action_cancel()
        self.assertEqual(self._exposure(), 0.0)

    def test_37_credit_note_alone(self):
        """A negative order is never stopped."""
        self._invoice(amount=5000)
        self.assertPasses(self._order(-100))

    def test_38_taxes_count(self):
        """The customer owes the taxes too."""
        order = self._order(1000)
        order.order_line.tax_ids = self.company.account_sale_tax_id
        self.assertGreater(order.amount_total, 1000)
        self.assertStopped(order)

    # === STATES === #

    def test_39_locked_order(self):
        """A locked order counts until it is invoiced."""
        order = self._order(900)
        self.assertPasses(order)
        order.action_lock()
        self.assertStopped(self._order(101))

    def test_40_cancelled_order(self):
        """A cancelled order gives its credit back; confirmed again it is checked again."""
        order = self._order(900)
        self.assertPasses(order)
        order._action_cancel()
        self.assertPasses(self._order(1000))
        order.action_draft()
        self.assertStopped(order)

    def test_41_quotations_do_not_count(self):
        """Quotations, sent or not, take no credit."""
        self._order(5000)
        self._order(5000).action_quotation_sent()
        self.assertEqual(self._exposure(), 0.0)
        self.assertPasses(self._order(1000))

    def test_42_line_added_to_a_confirmed_order(self):
        """A confirmed order that grows is checked again; one that shrinks is not."""
        order = self._order(900)
        self.assertPasses(order)
        line = order.order_line
        line.price_unit = 1000
        for step in (
            lambda: line.write({"price_unit": 1001}),
            lambda: line.write({"product_uom_qty": 2}),
            lambda: order.write(
                {"order_line": [Command.create({"product_id": self.product.id,
                                                "price_unit": 1, "tax_ids": []})]}
            ),
        ):  # fmt: skip
            with self.assertRefused("Too much by"):
                step()
        self.assertEqual(order.amount_total, 1000)
        line.price_unit = 10

    def test_43_discount_taken_away(self):
        """Taking a discount away makes an order larger."""
        order = self._order(2000)
        order.order_line.discount = 50
        self.assertPasses(order)
        with self.assertRefused("Too much by"):
            order.order_line.discount = 0

    def test_44_debtor_changed_after_confirmation(self):
        """Moving a confirmed order to another payer checks that one."""
        payer = self._create_customer("Payer", credit_limit_mode="none")
        order = self._order(500)
        self.assertPasses(order)
        with self.assertRefused("Too much by"):
            order.partner_invoice_id = payer

    # === PATHS === #

    def test_45_write_and_create_in_state_sale(self):
        """Import, API and programs that write the state meet the same check."""
        with self.assertRefused("Too much by"):
            self._order(1001).write({"state": "sale"})
        with self.assertRefused("Too much by"):
            self._order(1001, state="sale")
        self.assertEqual(self._order(1000, state="sale").state, "sale")

    def test_46_import(self):
        """Odoo's own import cannot bring in a confirmed order beyond the limit."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": "credit_mgmt.test_customer", "record": self.customer},
                {"xml_id": "credit_mgmt.test_product", "record": self.product},
            ]
        )
        fields = ["partner_id/id", "state", "order_line/product_id/id", "order_line/price_unit"]
        row = ["credit_mgmt.test_customer", "Sales Order", "credit_mgmt.test_product"]
        result = self.env["sale.order"].load(fields, [[*row, "5000"]])
        self.assertFalse(result["ids"])
        self.assertIn("Too much by", result["messages"][0]["message"])

    def test_47_mass_action(self):
        """Confirming a list refuses all of it, with the figures of each customer."""
        other = self._create_customer("Other", credit_limit_mode="none")
        orders = self._order(1001) | self._order(5, other)
        with self.assertRefused("(?s)Customer A.*Other|Other.*Customer A"):
            orders.action_confirm()

    def test_48_customer_pays_in_part(self):
        """A partial payment online is kept; the order is held, the approver told, no error."""
        order = self._order(5000, require_payment=True, prepayment_percent=0.1)
        self._transaction(order, 500)._post_process()
        self.assertEqual((order.state, order.credit_state), ("draft", "held"))
        self.assertEqual(order.amount_paid, 500)
        self.assertEqual(order.activity_ids.summary[:10], "Release of")

    def test_49_customer_pays_in_full(self):
        """A payment in full confirms, whatever the credit."""
        order = self._order(5000, require_payment=True)
        self._transaction(order)._post_process()
        self.assertEqual((order.state, order.credit_state), ("sale", "ok"))

    def test_50_held_customer_is_invoiced(self):
        """What a held customer got can be invoiced, and the invoice posted."""
        order = self._order(500)
        self.assertPasses(order)
        self.customer._set_credit_hold("hold", "Audit")
        self.assertEqual(self._bill(order).state, "posted")

    def test_51_hold_by_rule_is_live(self):
        """A rule holds at once, and releases at once when the customer has paid."""
        self.env["credit.hold.rule"].create(
            {"name": "Late", "company_id": self.company.id, "kind": "overdue", "days": 30}
        )
        invoice = self._overdue(31)
        self.assertStopped(self._order(10), "on hold: Late")
        self._pay(invoice)
        self.assertPasses(self._order(10))

    def test_52_watched_customer(self):
        """The watch list warns and does not stop."""
        self.customer._set_credit_hold("watch", "New owner")
        order = self._order(10)
        self.assertIn("on the watch list: New owner", order.partner_credit_warning)
        self.assertPasses(order)

    def test_53_banner(self):
        """A quotation shows the figures, before it is saved and after; the check says the same."""
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.customer
            with form.order_line.new() as line:
                line.product_id = self.product
                line.price_unit = 1234
            self.assertIn("234", form.partner_credit_warning)
        order = form.save()
        order.invalidate_recordset()
        self.assertIn("234", order.partner_credit_warning)
        self.assertTrue(order.credit_blocked)
        order.order_line.price_unit = 1
        self.assertFalse(order.partner_credit_warning)
        self.assertFalse(order.credit_blocked)

    def test_54_components_open_what_they_count(self):
        """Each component opens the documents whose amounts add up to it."""
        self.company.write({"credit_include_drafts": True, "credit_include_order_drafts": True})
        self.customer.credit_limit = 10000
        billed, drafted, open_order, prepaid = (self._order(n) for n in (100, 200, 300, 50))
        served = self._order(400, product=self.service)
        self._transaction(prepaid)
        self.assertPasses(billed | drafted | open_order | served | prepaid)
        served.order_line.qty_delivered = 1
        self._bill(billed)
        self._bill(drafted, post=False)
        expected = {"ledger": 100, "order_draft": 200, "delivered": 400, "ordered": 350,
                    "online": -50}  # fmt: skip
        self.assertEqual(self._components(), expected)
        for code, amount in expected.items():
            with self.subTest(code=code):
                action = self.customer.action_open_exposure(code)
                records = self.env[action["res_model"]].with_context(**action["context"])
                records = records.sudo().search(action["domain"])
                field = "amount_residual" if code == "ledger" else "credit_exposure_amount"
                self.assertEqual(sum(records.mapped(field)), amount)

    def test_55_queries_do_not_grow_with_the_orders(self):
        """One order or twenty of one customer: the decision costs the same number of queries."""
        self.customer.credit_limit_mode = "unlimited"
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 10**6})
        orders = self.env["sale.order"].union(*(self._order(10) for _n in range(20)))

        def decide(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some._get_credit_decisions()
            return self.cr.sql_log_count - before

        decide(orders)
        self.assertLessEqual(decide(orders), decide(orders[:1]) + 30)
