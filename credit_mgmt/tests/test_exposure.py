from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, CreditMgmtCommon


@tagged("post_install", "-at_install")
class TestExposure(CreditMgmtCommon):
    """Exposure per commercial entity and root company: rule 13."""

    def _figures(self, partner=None, **context):
        partner = (partner or self.customer).with_context(**context)
        partner.invalidate_recordset()
        return (
            partner.credit_exposure,
            partner.credit_limit_in_force,
            partner.credit_available,
            partner.credit_usage,
        )

    def _component(self, code, partner=None):
        partner = partner or self.customer
        amounts = self.env["credit.exposure"]._get_exposure_components(partner)
        return amounts[code].get(partner.id, 0.0)

    def test_open_items_as_booked_less_credits(self):
        """Invoices count with their open amount, credit notes and free payments reduce."""
        invoice = self._invoice(amount=1000)
        self._pay(invoice, amount=300)
        self._invoice(amount=50, move_type="out_refund")
        self.assertEqual(self._figures()[0], 650.0)
        table = self.env["credit.exposure"]._get_exposure_table(self.customer)[self.customer.id]
        part = [row for row in table if row["code"] == "credits"]
        self.assertEqual(part[0]["amount"], -50.0)
        self.assertEqual(part[0]["part_of"], "ledger")

    def test_paid_counts_nothing(self):
        self._pay(self._invoice(amount=1000))
        self.assertEqual(self._figures()[0], 0.0)

    def test_foreign_residual_keeps_booked_amount(self):
        """A residual in a foreign currency is not converted a second time."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0), (TODAY, 4.0)])
        invoice = self._invoice(amount=1000, due="2026-03-20", currency_id=currency.id)
        self.assertEqual(invoice.amount_residual_signed, 500.0)
        self.assertEqual(self._figures()[0], 500.0)

    def test_drafts_count_when_the_company_says_so_at_the_days_rate(self):
        """Draft invoices are an option; they are converted at the day's rate."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0), (TODAY, 4.0)])
        draft = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "currency_id": currency.id,
                "invoice_date": "2025-01-01",
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": 1000, "tax_ids": []})
                ],
            }
        )
        self.assertEqual(self._figures()[0], 0.0)
        self.company.credit_include_drafts = True
        self.assertEqual(self._figures()[0], 250.0)
        action = self.customer.action_open_exposure("draft")
        self.assertEqual(self.env["account.move"].search(action["domain"]), draft)
        shown = draft.with_context(**action["context"])
        self.assertEqual(shown.credit_exposure_amount, self._component("draft"))

    def test_contact_counts_for_its_company(self):
        """An invoice to a contact or address is its company's, whose figures the contact shows."""
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id, "type": "invoice"}
        )
        self._invoice(contact, amount=100)
        self._invoice(amount=200)
        self.assertEqual(self._figures()[0], 300.0)
        self.assertEqual(self._figures(contact)[0], 300.0)

    def test_component_opens_what_it_counts(self):
        """The documents of a component add up to its amount."""
        self._invoice(amount=1000)
        self._invoice(amount=70, move_type="out_refund")
        for code in ("ledger", "credits"):
            with self.subTest(code=code):
                action = self.customer.action_open_exposure(code)
                rows = self.env[action["res_model"]].search(action["domain"])
                expected = 930.0 if code == "ledger" else -70.0
                self.assertEqual(sum(rows.mapped("amount_residual")), expected)

    def test_limit_sources(self):
        """The customer's own limit, else the class's, else the company's default."""
        self._invoice(amount=300)
        self.assertEqual(self._figures()[1:], (0.0, 0.0, 0.0))
        self.assertTrue(self.customer.credit_unlimited)
        self.company.write(
            {"credit_default_limit_mode": "limited", "credit_default_limit_amount": 1000}
        )
        self.assertEqual(self._figures(), (300.0, 1000.0, 700.0, 30.0))
        self.assertEqual(self.customer.credit_limit_source, "company")
        risk_class = self.env["credit.risk.class"].create(
            {"name": "B", "limit_mode": "limited", "limit_amount": 400}
        )
        self.customer.risk_class_id = risk_class
        self.assertEqual(self._figures(), (300.0, 400.0, 100.0, 75.0))
        self.assertEqual(self.customer.credit_limit_source, "class")
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 200})
        self.assertEqual(self._figures(), (300.0, 200.0, -100.0, 150.0))
        self.customer.credit_limit_mode = "none"
        self.assertEqual(self._figures(), (300.0, 0.0, -300.0, 100.0))
        self.customer.credit_limit_mode = "unlimited"
        self._figures()
        self.assertTrue(self.customer.credit_unlimited)

    def test_search_and_order(self):
        """A list finds and sorts customers by the same figures as the form shows."""
        other, third = self._create_customer("Customer B"), self._create_customer("Customer C")
        self._invoice(amount=500)
        self._invoice(other, amount=800)
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 400})
        other.write({"credit_limit_mode": "limited", "credit_limit": 1000})
        ours = [("id", "in", (self.customer | other | third).ids)]
        search = self.env["res.partner"].search
        self.assertEqual(search([*ours, ("credit_available", "<", 0)]), self.customer)
        self.assertEqual(search([*ours, ("credit_available", ">=", 0)]), other)
        self.assertEqual(search([*ours, ("credit_available", "=", False)]), third)
        self.assertEqual(search([*ours, ("credit_usage", ">=", 80)]), self.customer | other)
        self.assertEqual(search([*ours, ("credit_usage", "<", 80)]), third)
        self.assertEqual(search([*ours, ("credit_exposure", "=", 800)]), other)
        self.assertEqual(search([*ours, ("credit_exposure", "<=", 500)]), self.customer | third)
        self.assertEqual(search([*ours, ("credit_limit_in_force", ">", 500)]), other)
        self.assertEqual(search(ours, order="credit_exposure desc"), other + self.customer + third)
        self.assertEqual(
            search([*ours, ("credit_limit_mode", "=", "limited")], order="credit_available"),
            self.customer + other,
        )
        contact = self.env["res.partner"].create({"name": "c", "parent_id": self.customer.id})
        self.assertIn(contact, search([("credit_available", "<", 0)]))

    def test_queries_do_not_grow(self):
        """One customer or forty: the same number of queries."""
        customers = self.env["res.partner"].create(
            [{"name": f"C{n}", "is_company": True} for n in range(40)]
        )
        for customer in customers[:5]:
            self._invoice(customer)

        def read(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            partners.read(["credit_exposure", "credit_available", "credit_usage", "credit_hold"])
            return self.cr.sql_log_count - before

        read(customers)
        self.assertEqual(read(customers[:1]), read(customers))

    def test_branch_counts_for_its_root(self):
        """Items of a branch are part of the exposure; a branch reads its root's limit."""
        branch = self.env["res.company"].create(
            {
                "name": "Branch",
                "parent_id": self.company.id,
                "country_id": self.company.country_id.id,
            }
        )
        self.cr.precommit.run()
        self.env.user.company_ids += branch
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 1000})
        self._invoice(amount=100)
        self._invoice(amount=250, company_id=branch.id)
        self.assertEqual(self._figures()[0], 350.0)
        in_branch = self.customer.with_company(branch)
        self.assertEqual(self._figures(in_branch)[:3], (350.0, 1000.0, 650.0))
        self.assertEqual(in_branch.credit_limit_mode, "limited")
        in_branch.credit_limit = 2000
        self.assertEqual(self._figures()[1], 2000.0)

    def test_new_branch_reads_what_its_root_has(self):
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 1000})
        self.customer.credit_hold = "watch"
        branch = self.env["res.company"].create({"name": "Late", "parent_id": self.company.id})
        self.env.user.company_ids += branch
        in_branch = self.customer.with_company(branch)
        self.assertEqual(in_branch.credit_limit, 1000)
        self.assertEqual(in_branch.credit_limit_mode, "limited")
        self.assertEqual(in_branch.credit_hold, "watch")

    def test_other_company_leaks_nothing(self):
        """Debts and limits of one company are not those of another."""
        other = self.setup_other_company()["company"]
        self._invoice(amount=100)
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 50})
        there = self.customer.with_company(other)
        self.assertEqual(self._figures(there)[0], 0.0)
        self.assertTrue(there.credit_unlimited)

    def test_group_shares_exposure(self):
        """Affiliates are looked at together; the least of both limits is available."""
        affiliate = self._create_customer("Affiliate")
        self._invoice(amount=300)
        self._invoice(affiliate, amount=500)
        group = self.env["credit.group"].create(
            {"name": "Group", "has_limit": True, "limit_amount": 1000}
        )
        (self.customer | affiliate).credit_group_id = group
        self.assertEqual((group.exposure, group.available), (800.0, 200.0))
        self.assertEqual([row["amount"] for row in group.exposure_split], [500.0, 300.0])
        self.assertEqual(self._figures()[2], 200.0)
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 400})
        self.assertEqual(self._figures()[2], 100.0)
        self.assertEqual(
            self.env["res.partner"].search(
                [("credit_group_id", "=", group.id), ("credit_available", "=", 200)]
            ),
            affiliate,
        )
        group.limit_amount = 600
        found = self.env["res.partner"].search([("credit_available", "<", 0)])
        self.assertLessEqual(self.customer | affiliate, found)

    def test_group_over_companies(self):
        """The companies named in a group share its exposure, converted; others are not shown."""
        other_data = self.setup_other_company(name="Other")
        other = other_data["company"]
        self._invoice(amount=300)
        self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": TODAY,
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": 200, "tax_ids": []})
                ],
            }
        ).action_post()
        group = self.env["credit.group"].create({"name": "Group"})
        self.customer.credit_group_id = group
        self.assertEqual(group.exposure, 300.0)
        group.company_ids += other
        self.assertEqual(group.exposure, 500.0)
        alone = group.with_context(allowed_company_ids=self.company.ids)
        alone.invalidate_recordset()
        self.assertEqual(
            {row["company"]: row["amount"] for row in alone.exposure_split},
            {self.company.name: 300.0, "Other companies": 200.0},
        )
