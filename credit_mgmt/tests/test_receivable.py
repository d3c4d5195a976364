from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, CreditMgmtCommon


@tagged("post_install", "-at_install")
class TestReceivable(CreditMgmtCommon):
    def test_row_of_an_overdue_invoice(self):
        move = self._overdue(40, amount=250.0)
        item = self._item(move)
        self.assertRecordValues(
            item,
            [
                {
                    "id": item.move_line_id.id,
                    "kind": "invoice",
                    "partner_id": self.customer.id,
                    "days_overdue": 40,
                    "bucket": "2",
                    "state": "overdue",
                    "exclusion_reason": False,
                    "amount_residual": 250.0,
                    "amount_dunnable": 250.0,
                    "dunning_policy_id": self.policy.id,
                    "next_level_id": self.first.id,
                }
            ],
        )

    def test_due_today_is_not_overdue(self):
        """Rule 4: age follows the due date, and 0 days is not late."""
        item = self._item(self._overdue(0))
        self.assertEqual((item.days_overdue, item.bucket, item.state), (0, "0", "not_due"))
        item = self._item(self._overdue(1))
        self.assertEqual((item.days_overdue, item.bucket, item.state), (1, "1", "overdue"))

    def test_date_of_context_overrides_today(self):
        move = self._overdue(10)
        item = self.env["credit.receivable"].with_context(receivable_date="2026-03-20")
        self.assertEqual(item.search([("move_id", "=", move.id)]).days_overdue, 20)

    def test_instalments_are_items_of_their_own(self):
        """Rule 4: two instalments, two due dates, two states."""
        term = self.env["account.payment.term"].create(
            {
                "name": "30/60",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        move = self._invoice(
            due=TODAY,
            amount=200.0,
            invoice_date="2026-01-25",
            invoice_payment_term_id=term.id,
        )
        items = self._item(move).sorted("date_maturity")
        self.assertEqual(items.mapped("state"), ["overdue", "not_due"])
        self.assertEqual(items.mapped("amount_residual"), [100.0, 100.0])

    def test_partial_payment_credit_note_and_unallocated_payment(self):
        move = self._overdue(20, amount=100.0)
        self._pay(move, amount=40.0)
        self.assertEqual(self._item(move).amount_residual, 60.0)
        refund = self._overdue(1, amount=30.0, move_type="out_refund")
        self.assertRecordValues(
            self._item(refund), [{"kind": "credit_note", "amount_residual": -30.0}]
        )
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 15.0,
                "payment_type": "inbound",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.assertRecordValues(
            self._item(payment.move_id), [{"kind": "payment", "amount_residual": -15.0}]
        )

    def test_foreign_currency_keeps_the_booked_residual(self):
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 1.0), ("2026-01-01", 2)])
        move = self._overdue(20, amount=100.0, currency_id=currency.id)
        item = self._item(move)
        self.assertEqual(item.amount_residual_currency, 100.0)
        self.assertEqual(item.amount_residual, 50.0)

    def test_paid_invoice_leaves(self):
        move = self._overdue(20)
        self._pay(move)
        self.assertFalse(self._item(move))

    def test_opening_balance_is_seen_and_explained(self):
        """Rule 6: an entry of a general journal is there, with its reason."""
        contact = self.env["res.partner"].create({"name": "Jo", "parent_id": self.customer.id})
        account = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-01-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": contact.id,
                            "debit": 70.0,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data["default_account_revenue"].id,
                            "credit": 70.0,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        item = self._item(entry)
        self.assertRecordValues(
            item,
            [
                {
                    "kind": "entry",
                    "partner_id": self.customer.id,
                    "date_maturity": item.date,
                    "state": "excluded",
                    "exclusion_reason": "no_followup_entry",
                    "amount_dunnable": 0.0,
                }
            ],
        )
        entry.action_toggle_no_followup()
        self.assertFalse(self._item(entry).exclusion_reason)

    def test_native_flags_are_honoured(self):
        """Rule 6: Odoo's own no follow-up and blocked states are reasons."""
        flagged, blocked = self._overdue(20), self._overdue(20)
        flagged.no_followup = True
        blocked.action_toggle_block_payment()
        self.assertEqual(self._item(flagged).exclusion_reason, "no_followup")
        self.assertEqual(self._item(blocked).exclusion_reason, "blocked")
        blocked.action_toggle_block_payment()
        self.assertFalse(self._item(blocked).exclusion_reason)

    def test_exclusion_of_customer_invoice_and_instalment(self):
        move, other = self._overdue(20), self._overdue(20)
        exclusion = self.env["credit.dunning.exclusion"].create(
            {
                "partner_id": self.customer.id,
                "move_id": move.id,
                "company_id": self.company.id,
                "reason": "Goods returned",
                "date_until": TODAY,
            }
        )
        self.assertEqual(self._item(move).exclusion_reason, "manual")
        self.assertFalse(self._item(other).exclusion_reason)
        exclusion.date_until = "2026-03-09"
        self.assertFalse(self._item(move).exclusion_reason)
        exclusion.write({"move_id": False, "date_until": False})
        self.assertEqual(self._item(other).exclusion_reason, "manual")
        exclusion.action_lift()
        self.assertFalse(self._item(other).exclusion_reason)

    def test_policy_in_force(self):
        """Customer > audience > company default > first shared policy."""
        Policy = self.env["credit.dunning.policy"]
        move = self._overdue(20)

        def in_force():
            self.env["res.partner"].invalidate_model()
            self.assertEqual(
                self._item(move).dunning_policy_id,
                self.customer.dunning_policy_in_force_id,
            )
            return (
                self.customer.dunning_policy_in_force_id,
                self.customer.dunning_policy_source,
            )

        self.assertEqual(in_force(), (self.policy, "company"))
        by_audience = self.policy.copy({"audience": "consumer"})
        self.customer.credit_audience = "consumer"
        self.assertEqual(in_force(), (by_audience, "audience"))
        own = self.policy.copy()
        self.customer.dunning_policy_id = own
        self.assertEqual(in_force(), (own, "customer"))
        own.active = False
        by_audience.active = False
        self.company.credit_policy_id = False
        Policy.search([("company_id", "=", False)]).active = False
        self.assertEqual(in_force(), (Policy, "none"))
        self.assertEqual(self._item(move).exclusion_reason, "no_dunning")
        shared = self.policy.copy({"company_id": False})
        self.assertEqual(in_force(), (shared, "shared"))

    def test_audience_is_proposed_and_editable(self):
        create = self.env["res.partner"].create
        self.assertEqual(
            create({"name": "A", "is_company": True, "vat": "BE0477472701"}).credit_audience,
            "business",
        )
        self.assertEqual(create({"name": "B", "is_company": True}).credit_audience, "unknown")
        person = create({"name": "C"})
        self.assertEqual(person.credit_audience, "consumer")
        person.credit_audience = "public"
        self.assertEqual(person.credit_audience, "public")

    def test_company_rule_and_own_customers(self):
        """Rule 15: nothing leaks between companies; a viewer sees the own customers."""
        other_company = self.setup_other_company()["company"]
        mine, theirs = self._create_customer("Mine"), self._create_customer("Theirs")
        moves = self._overdue(20, mine) + self._overdue(20, theirs)
        moves.invoice_user_id = False
        viewer = self.env["res.users"].create(
            {
                "name": "Seller",
                "login": "seller@example.com",
                "company_id": self.company.id,
                "company_ids": [Command.set((self.company | other_company).ids)],
                "group_ids": [
                    Command.set(self.env.ref("credit_mgmt.credit_mgmt_group_viewer").ids)
                ],
            }
        )
        mine.user_id = viewer
        Receivable = self.env["credit.receivable"].with_user(viewer)
        found = Receivable.search([("move_id", "in", moves.ids)])
        self.assertEqual(found.partner_id, mine)
        elsewhere = Receivable.with_context(allowed_company_ids=other_company.ids)
        self.assertFalse(elsewhere.search([("move_id", "in", moves.ids)]))

    def test_rows_are_fresh_inside_a_transaction(self):
        """A change of any column that the model reads is seen by the next search."""
        move = self._overdue(20)
        overdue = [("move_id", "=", move.id), ("state", "=", "overdue")]
        self.assertTrue(self.env["credit.receivable"].search(overdue))
        self._item(move).move_line_id.date_maturity = "2026-04-01"
        self.assertFalse(self.env["credit.receivable"].search(overdue))

    def test_group_and_sum(self):
        self._overdue(20, amount=10.0)
        self._overdue(40, amount=20.0)
        groups = self.env["credit.receivable"]._read_group(
            [("partner_id", "=", self.customer.id)], ["bucket"], ["amount_residual:sum"]
        )
        self.assertEqual(dict(groups), {"1": 10.0, "2": 20.0})

    def test_figures_on_customer_and_invoice(self):
        move = self._overdue(20, amount=10.0)
        self._overdue(-20, amount=99.0)
        self._remind(move)
        self.env.invalidate_all()
        self.assertEqual(self.customer.amount_overdue, 10.0)
        self.assertEqual(self.customer.days_overdue_max, 20)
        self.assertEqual(self.customer.dunning_level_id, self.first)
        self.assertEqual(move.dunning_level_id, self.first)
        self.assertEqual(move.days_overdue, 20)
        Partner = self.env["res.partner"]
        mine = ("id", "in", (self.customer | self._create_customer("No debt")).ids)
        self.assertEqual(Partner.search([mine, ("amount_overdue", ">", 5)]), self.customer)
        self.assertEqual(len(Partner.search([mine, ("amount_overdue", "<", 5)])), 1)
        self.assertEqual(
            Partner.search([mine, ("dunning_level_id", "=", self.first.id)]),
            self.customer,
        )
        self.assertEqual(
            self.env["account.move"].search([("dunning_level_id", "=", self.first.id)]),
            move,
        )
        self.assertEqual(Partner.search([mine, ("days_overdue_max", ">=", 20)]), self.customer)
