from datetime import date

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools import aging
from .common import TODAY, CreditMgmtCommon


class AgedCommon(CreditMgmtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.balance = cls.env["credit.aged.balance"]
        cls.other = cls._create_customer("Customer B")

    @classmethod
    def _lines(cls, as_of=TODAY, group_by="partner", **options):
        """Return {name of the key: (buckets, unallocated, total)}."""
        lines = cls.balance._compute_lines(as_of, cls.company.ids, group_by, **options)
        dimension = cls.balance._get_dimensions()[group_by][1]
        keys = cls.env[cls.env["credit.aged.item"]._fields[dimension].comodel_name]
        result = {}
        for line in lines:
            *buckets, unallocated, total = line["amounts"]
            name = keys.browse(line["key"]).display_name if line["key"] else ""
            result[name] = (buckets, unallocated, total)
        return result

    @classmethod
    def _report(cls, **options):
        return cls.balance.get_report({"company_ids": cls.company.ids, **options})


@tagged("post_install", "-at_install")
class TestAgedBalance(AgedCommon):
    """Rules 4, 11 and 15 for the aged balance at any date."""

    def test_buckets_of_today(self):
        """Due today is not overdue; each edge belongs to the bucket that it closes."""
        for days, amount in ((0, 1), (1, 2), (30, 4), (31, 8), (60, 16), (61, 32), (90, 64)):
            self._overdue(days, amount=amount)
        for days, amount in ((91, 128), (120, 256), (121, 512), (400, 1024)):
            self._overdue(days, amount=amount)
        self.assertEqual(
            self._lines(),
            {"Customer A": ([1, 2 + 4, 8 + 16, 32 + 64, 128 + 256, 512 + 1024], 0, 2047)},
        )

    def test_past_undoes_later_payments(self):
        """An invoice paid on 5 March is still open on 28 February, for what was left then."""
        move = self._overdue(20, amount=300.0)
        self._pay(move, 100.0, on="2026-02-25")
        self._pay(move, 200.0, on="2026-03-05")
        self.assertEqual(self._lines("2026-02-24")["Customer A"], ([0, 300, 0, 0, 0, 0], 0, 300))
        self.assertEqual(self._lines("2026-02-28")["Customer A"], ([0, 200, 0, 0, 0, 0], 0, 200))
        self.assertEqual(self._lines("2026-03-04")["Customer A"], ([0, 200, 0, 0, 0, 0], 0, 200))
        self.assertEqual(self._lines("2026-03-05"), {})
        self.assertEqual(self._lines("2026-01-01"), {}, "before the invoice")

    def test_future_ages_what_is_known(self):
        self._invoice(due="2026-03-20", amount=50.0)
        self.assertEqual(self._lines("2026-03-20")["Customer A"][0], [50, 0, 0, 0, 0, 0])
        self.assertEqual(self._lines("2026-04-20")["Customer A"][0], [0, 0, 50, 0, 0, 0])

    def test_entry_of_tomorrow_is_not_in_the_ledger_today(self):
        self._invoice(due="2026-04-10", amount=50.0, invoice_date="2026-03-11")
        self.assertEqual(self._lines(), {})
        self.assertEqual(self._lines("2026-03-11")["Customer A"][2], 50)

    def test_unallocated_has_its_own_column(self):
        """Credit notes and payments are never netted into a bucket."""
        self._overdue(40, amount=100.0)
        refund = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_date": "2026-02-01",
                "invoice_line_ids": [
                    fields.Command.create({"name": "Back", "price_unit": 30, "tax_ids": []})
                ],
            }
        )
        refund.action_post()
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 25.0,
                "date": "2026-03-01",
                "payment_type": "inbound",
                "partner_type": "customer",
            }
        )
        payment.action_post()
        self.assertEqual(self._lines()["Customer A"], ([0, 0, 100, 0, 0, 0], -55, 45))
        self.assertEqual(self._lines("2026-02-15")["Customer A"], ([0, 100, 0, 0, 0, 0], -30, 70))

    def test_age_from_invoice_and_posting_date(self):
        self._invoice(due="2026-03-01", invoice_date="2026-01-05", date="2026-02-15")
        for basis, buckets in (
            ("due", [0, 100, 0, 0, 0, 0]),
            ("invoice", [0, 0, 0, 100, 0, 0]),
            ("posting", [0, 100, 0, 0, 0, 0]),
        ):
            with self.subTest(basis):
                self.assertEqual(self._lines(basis=basis)["Customer A"][0], buckets)

    def test_every_dimension_has_the_same_total(self):
        self.customer.write({"user_id": self.env.user.id, "collector_id": self.env.user.id})
        self.customer.country_id = self.env.ref("base.fr")
        self._overdue(10, amount=100.0)
        self._overdue(70, self.other, amount=40.0)
        expected = {
            "partner": {"Customer A": 100, "Customer B": 40},
            "collector": {self.env.user.name: 100, "": 40},
            "country": {self.env.ref("base.fr").name: 100, "": 40},
            "policy": {"Test policy": 140},
            "company": {self.company.name: 140},
            "currency": {self.company.currency_id.name: 140},
        }
        for code in self.balance._get_dimensions():
            with self.subTest(code):
                totals = {name: line[2] for name, line in self._lines(group_by=code).items()}
                self.assertEqual(sum(totals.values()), 140)
                self.assertEqual(totals, expected.get(code, totals))

    def test_sums_that_make_nothing_are_not_negative(self):
        """Floats of -0.1, -0.2 and 0.3 leave a bit below zero, which would read -0.00."""
        currency = self.company.currency_id
        [line] = self.balance._assemble_lines([(3, -0.1 - 0.2 + 0.3, 1, 6)], currency, 6)
        self.assertEqual([str(amount) for amount in line["amounts"]], ["0.0"] * 8)

    def test_items_are_searched_by_policy(self):
        own = self.policy.copy({"audience": False})
        self.other.dunning_policy_id = own
        self._overdue(10, amount=100.0)
        self._overdue(70, self.other, amount=40.0)
        items = self.env["credit.aged.item"].with_context(aged_as_of=TODAY)
        mine = [("company_id", "=", self.company.id)]
        for policy, amount in ((self.policy, 100), (own, 40)):
            found = items.search([*mine, ("policy_id", "=", policy.id)])
            self.assertEqual((found.policy_id, sum(found.mapped("amount"))), (policy, amount))
        self.assertEqual(
            dict(items._read_group(mine, ["policy_id"], ["amount:sum"])),
            {self.policy: 100, own: 40},
        )
        own.active = False
        self.assertEqual(len(items.search([*mine, ("policy_id", "=", self.policy.id)])), 2)
        self.assertEqual(items.search(mine, order="policy_id, amount").mapped("amount"), [40, 100])

    def test_contact_counts_for_its_company(self):
        contact = self.env["res.partner"].create({"name": "Desk", "parent_id": self.customer.id})
        self._overdue(10, contact)
        self.assertEqual(self._lines()["Customer A"][2], 100)

    def test_draft_and_cancelled_entries_do_not_count(self):
        draft = self._overdue(10)
        draft.button_draft()
        self.assertEqual(self._lines(), {})
        draft.button_cancel()
        self.assertEqual(self._lines(), {})

    def test_original_currency_has_a_line_for_each(self):
        foreign = self.setup_other_currency("GBP", rates=[("2026-01-01", 2.0)])
        self._overdue(10, amount=100.0)
        move = self._overdue(10, amount=80.0, currency_id=foreign.id)
        self._register_payment(move, amount=30.0, currency_id=foreign.id, payment_date="2026-03-05")
        report = self._report(currency="original", order="label")
        self.assertEqual(
            {(line["label"], line["currency_id"]): line["amounts"][-1] for line in report["lines"]},
            {("Customer A", self.company.currency_id.id): 100, ("Customer A", foreign.id): 50},
        )
        self.assertEqual(len(report["totals"]), 2)
        [before] = [
            line
            for line in self._report(currency="original", as_of="2026-03-04")["lines"]
            if line["currency_id"] == foreign.id
        ]
        self.assertEqual(before["amounts"][-1], 80)
        self.assertEqual(self._lines()["Customer A"][2], 125, "at the booked rate")

    def test_companies_in_other_currencies_are_converted_at_the_date(self):
        """Rule 15, several companies at once: item by item, at the rate of the day asked for."""
        other = self.setup_other_company()["company"]
        other.currency_id = self.setup_other_currency("GBP", rates=[]).id
        self.env["res.currency.rate"].create(
            [
                {
                    "name": day,
                    "currency_id": other.currency_id.id,
                    "company_id": self.company.id,
                    "rate": rate,
                }
                for day, rate in (("2026-01-01", 2.0), ("2026-03-01", 4.0))
            ]
        )
        self._overdue(40, amount=100.0)
        self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-10",
                "invoice_date_due": "2026-01-20",
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    fields.Command.create({"name": "Goods", "price_unit": 80, "tax_ids": []})
                ],
            }
        ).action_post()
        both = (self.company + other).ids
        balance = self.balance.with_context(allowed_company_ids=both)
        [march] = balance._compute_lines("2026-03-10", both)
        [february] = balance._compute_lines("2026-02-10", both)
        self.assertEqual((march["amounts"][-1], february["amounts"][-1]), (120, 140))
        self.assertEqual(
            {
                line["key"]: line["amounts"][-1]
                for line in balance._compute_lines(TODAY, both, "company")
            },
            {self.company.id: 100, other.id: 20},
        )

    def test_ties_to_the_ledger(self):
        """Rule 11: the figures of two statements are the same at any date."""
        move = self._overdue(40, amount=100.0)
        self._pay(move, 60.0, on="2026-02-20")
        self._overdue(5, self.other, amount=10.0)
        for day, aged in (("2026-02-01", 100), ("2026-02-28", 50), (TODAY, 50)):
            with self.subTest(day):
                [tie] = self.balance._compute_ties(day, self.company.ids)
                self.assertEqual((tie["aged"], tie["ledger"], tie["difference"]), (aged, aged, 0))

    def test_a_wrong_residual_shows_as_a_difference(self):
        """The tie is a proof only if it fails when the books contradict themselves."""
        item = self._item(self._overdue(40, amount=100.0)).move_line_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET amount_residual = 90 WHERE id = %s", [item.id]
        )
        [tie] = self.balance.get_ties({"company_ids": self.company.ids})
        self.assertEqual((tie["aged"], tie["ledger"], tie["difference"]), (90, 100, -10))

    def test_two_dates_in_one_transaction(self):
        """What was read at one date is not shown for another one."""
        move = self._overdue(40, amount=100.0)
        self._pay(move, 60.0, on="2026-03-01")
        items = self.env["credit.aged.item"]
        for day, amount, age in (("2026-02-15", 100, 17), (TODAY, 40, 40)):
            [item] = items.with_context(aged_as_of=day).search([("move_id", "=", move.id)])
            self.assertEqual((item.amount, item.age), (amount, age))

    def test_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._report(compare_to="2026-02-01", order="label")
            return self.cr.sql_log_count - before

        self._overdue(10)
        self._report()
        one = count()
        for number in range(12):
            self._overdue(10, self._create_customer(f"Customer {number}"))
        self.assertLessEqual(count(), one)


@tagged("post_install", "-at_install")
class TestAgedReport(AgedCommon):
    """What the screen, the PDF and the spreadsheet read."""

    def test_page_totals_and_percents(self):
        for number in range(5):
            self._overdue(10 + 30 * number, self._create_customer(f"C{number}"), 100 * number + 100)
        report = self._report(limit=2, offset=2)
        self.assertEqual([line["label"] for line in report["lines"]], ["C2", "C1"])
        self.assertEqual(report["count"], 5)
        [total] = report["totals"]
        self.assertEqual(total["amounts"], [0, 100, 200, 300, 400, 500, 0, 1500])
        self.assertAlmostEqual(total["percents"][5], 33.33, 2)
        self.assertEqual(
            [column["label"] for column in report["columns"]],
            ["Not due", "1-30 days", "31-60 days", "61-90 days", "91-120 days", "Over 120 days",
             "Unallocated", "Total"],
        )  # fmt: skip

    def test_comparison_keeps_lines_of_either_date(self):
        gone = self._overdue(20, self.other, amount=80.0)
        self._pay(gone, on="2026-03-05")
        self._invoice(due="2026-03-31", amount=50.0, invoice_date="2026-03-08")
        report = self._report(compare_to="2026-03-01", order="difference", descending=False)
        self.assertEqual(
            [
                (line["label"], line["amounts"][-1], line["previous"][-1], line["difference"])
                for line in report["lines"]
            ],
            [("Customer B", 0, 80, -80), ("Customer A", 50, 0, 50)],
        )
        self.assertEqual([line["percent"] for line in report["lines"]], [-100, None])
        [total] = report["totals"]
        self.assertEqual((total["previous"][-1], total["difference"]), (80, -30))

    def test_small_amounts_are_judged_at_both_dates(self):
        """Below the minimum today, above it before: the line stays, with its true past."""
        move = self._overdue(20, amount=80.0)
        self._pay(move, 75.0, on="2026-03-05")
        self._overdue(5, self.other, amount=4.0)
        self.assertEqual(self._report(min_amount=10)["lines"], [])
        [line] = self._report(min_amount=10, compare_to="2026-03-01")["lines"]
        self.assertEqual((line["amounts"][-1], line["previous"][-1]), (5, 80))

    def test_calendar_months(self):
        self._overdue(2, amount=1.0)
        self._overdue(20, amount=2.0)
        self._overdue(45, amount=4.0)
        report = self._report(buckets="months", months=2)
        self.assertEqual(
            [column["label"] for column in report["columns"][:4]],
            ["Not due", "Mar 2026", "Feb 2026", "Before"],
        )
        self.assertEqual(report["totals"][0]["amounts"], [0, 1, 2, 4, 0, 7])

    def test_filters_and_search(self):
        tag = self.env["res.partner.category"].create({"name": "Key account"})
        self.other.category_id = tag
        first = self._overdue(10, amount=100.0)
        self._invoice(self.other, due="2026-03-20", amount=40.0)

        def labels(**options):
            return [line["label"] for line in self._report(**options)["lines"]]

        self.assertEqual(labels(filters={"tag": tag.ids}), ["Customer B"])
        self.assertEqual(labels(filters={"journal": first.journal_id.ids}), labels())
        self.assertEqual(labels(search=first.name), ["Customer A"])
        self.assertEqual(labels(search="customer b"), ["Customer B"])
        self.assertEqual(labels(overdue_only=True), ["Customer A"])
        self.assertEqual(labels(within=[["partner", self.other.id]]), ["Customer B"])

    def test_items_add_up_to_their_line(self):
        move = self._overdue(40, amount=100.0)
        self._pay(move, 30.0, on="2026-03-01")
        self._overdue(10, amount=20.0)
        [line] = self._report()["lines"]
        found = self.balance.get_items(
            {"company_ids": self.company.ids, "within": [["partner", line["key"]]]}
        )
        self.assertEqual(found["count"], line["count"])
        self.assertEqual(sum(item["amount"] for item in found["items"]), line["amounts"][-1])
        oldest = found["items"][0]
        self.assertEqual(
            (oldest["name"], oldest["column"], oldest["age"], oldest["amount_original"]),
            (move.name, "2", 40, 100),
        )
        self.assertEqual(oldest["date_maturity"], "2026-01-29")

    def test_action_opens_what_the_line_counts(self):
        self._overdue(40, amount=100.0)
        self._overdue(10, amount=20.0)
        action = self.balance.action_open_items(
            {"company_ids": self.company.ids, "within": [["partner", self.customer.id]]}
        )
        items = self.env[action["res_model"]].with_context(**action["context"])
        [[total]] = items._read_group(action["domain"], [], ["amount:sum"])
        self.assertEqual(total, self._report()["lines"][0]["amounts"][-1])

    def test_changes_since_are_the_entries_booked_into_the_past(self):
        """An auditor's question: why is the balance of 28 February another one today?"""
        self._invoice(due="2026-03-20", amount=30.0, invoice_date="2026-02-10")
        booked_then = self.env["account.move.line"].search([])
        self._invoice(due="2026-03-25", amount=100.0, invoice_date="2026-02-20")
        booked_since = self.env["account.move.line"].search([]) - booked_then
        # The database's own clock is not frozen.
        for lines, day in ((booked_then, "2026-02-10"), (booked_since, "2026-03-10")):
            self.env.cr.execute(
                "UPDATE account_move_line SET create_date = %s WHERE id IN %s",
                [day, tuple(lines.ids)],
            )
        self.env.invalidate_all()
        action = self.balance.action_open_changes(
            {"as_of": "2026-02-28", "company_ids": self.company.ids}
        )
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(lines.mapped("balance")), 100)
        later = self.balance.action_open_changes({"as_of": TODAY, "company_ids": self.company.ids})
        self.assertFalse(self.env["account.move.line"].search(later["domain"]))

    def test_bad_options_are_refused_in_words(self):
        for options, message in (
            ({"as_of": "2026-13-01"}, "is not a date"),
            ({"edges": [30, 10]}, "ascending"),
            ({"edges": ["x"]}, "ascending"),
            ({"basis": "delivery"}, "due date"),
            ({"group_by": "name"}, "grouped by"),
            ({"within": [["name", 1]]}, "grouped by"),
            ({"filters": {"name": [1]}}, "filtered by"),
            ({"currency": "bitcoin"}, "currency"),
            ({"order": "colour"}, "sorted by"),
            ({"months": 40, "buckets": "months"}, "between 1 and"),
            ({"nonsense": 1}, "Unknown options"),
        ):
            with self.subTest(options), self.assertRefused(message):
                self._report(**options)


@tagged("post_install", "-at_install")
class TestAgedAccess(AgedCommon):
    """Least rights, and nothing leaks between companies."""

    def test_salesperson_sees_own_customers_only(self):
        seller = self._user("seller", "credit_mgmt.credit_mgmt_group_viewer")
        self.other.user_id = seller
        self._overdue(10, amount=100.0, invoice_user_id=self.env.user.id)
        self._overdue(10, self.other, amount=40.0, invoice_user_id=False)
        balance = self.balance.with_user(seller)
        self.assertEqual(
            [line["label"] for line in balance.get_report({})["lines"]], ["Customer B"]
        )
        self.assertEqual(balance.get_ties({}), [], "a part cannot tie to the whole")
        self.assertEqual(balance.get_items({})["count"], 1)

    def test_stranger_is_refused(self):
        stranger = self._user("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.balance.with_user(stranger).get_report({})

    def test_company_of_others_is_refused(self):
        user = self._user("user", "credit_mgmt.credit_mgmt_group_user")
        other = self.setup_other_company()["company"]
        with self.assertRaisesRegex(UserError, "no access"):
            self.balance.with_user(user).get_report({"company_ids": other.ids})

    @classmethod
    def _user(cls, login, group):
        return cls.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "email": f"{login}@example.com",
                "lang": "en_US",
                "company_id": cls.company.id,
                "company_ids": cls.company.ids,
                "group_ids": cls.env.ref(group).ids,
            }
        )


@tagged("post_install", "-at_install")
class TestAgingTools(CreditMgmtCommon):
    def test_bounds_and_buckets_agree(self):
        edges = (0, 15, 45)
        for days in range(-40, 100):
            index = aging.bucket(days, edges)
            first, last = aging.bucket_bounds(edges)[index]
            self.assertTrue((first is None or first <= days) and (last is None or days <= last))

    def test_months_are_calendar_months(self):
        """An item is in the month of its date, whatever the day of the report."""
        for as_of in (date(2026, 3, 1), date(2026, 3, 31), date(2024, 2, 29), date(2026, 1, 1)):
            starts = aging.month_starts(as_of, 4)
            edges = aging.month_edges(as_of, 4)
            for days in range(1, 140):
                due = date.fromordinal(as_of.toordinal() - days)
                index = aging.bucket(days, edges)
                expected = due.replace(day=1)
                if index <= 4:
                    self.assertEqual(starts[index - 1], expected, (as_of, due))
                else:
                    self.assertLess(expected, starts[-1])
