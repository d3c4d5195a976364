import logging
from datetime import timedelta
from decimal import Decimal

from freezegun import api as clock
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..tools import interest
from .common import TODAY
from .interest_common import InterestCommon

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestInterest(InterestCommon):
    """Rates, terms and the computation from the ledger."""

    # === WORKED EXAMPLES FROM THE LEDGER === #

    def test_e1_unpaid_and_paid(self):
        """12,000 due 31 July 2026, paid 15 October: 309.83 and 40, also when paid long since."""
        move = self._invoice(due="2026-07-31", amount=12000.0)
        cost = self._cost(move, "2026-10-15")
        self.assertEqual((cost.days, cost.interest, cost.indemnity), (76, 309.83, 40.0))
        self.assertAlmostEqual(cost.total, 349.83)
        self._pay(move, on="2026-10-15")
        self.assertTrue(self._lines(move).reconciled)
        cost = self._cost(move, "2026-11-22")
        self.assertEqual((cost.days, cost.interest, cost.indemnity), (76, 309.83, 40.0))

    def test_e5_leap_year(self):
        move = self._invoice(due="2024-01-31", amount=1000.0)
        self.assertEqual(self._cost(move, "2024-03-31").interest, 23.84)

    def test_e8_two_invoices(self):
        moves = self._invoice(due="2026-08-15", amount=1500.0)
        moves += self._invoice(due="2026-09-01", amount=250.0)
        costs = self.engine._get_late_costs(self._lines(moves), "2026-10-01").values()
        self.assertEqual([cost.interest for cost in costs], [23.95, 2.55])
        self.assertAlmostEqual(sum(cost.total for cost in costs), 106.50)

    def test_e9_consumer_from_the_formal_notice_only(self):
        """A consumer owes the legal rate from the formal notice on, never an indemnity."""
        consumer = self._create_customer("Private", is_company=False, credit_audience="consumer")
        move = self._invoice(consumer, due="2026-07-01", amount=900.0, late_interest_rate=12.0)
        before = self._cost(move, "2026-08-31")
        self.assertEqual((before.total, before.reason), (0.0, "no_formal_notice"))
        self._remind(move, level=self.formal, on="2026-09-01")
        cost = self._cost(move, "2026-11-30")
        self.assertEqual((cost.days, cost.interest, cost.indemnity), (90, 6.10, 0.0))

    def test_e11_and_e3_agreed_rate_below_the_floor(self):
        self.company.credit_interest_rate = 5.0
        move = self._invoice(due="2024-02-15", amount=4800.0)
        self.assertEqual(move.late_interest_rate, 5.0)
        self.assertEqual(self._cost(move, "2024-03-31").interest, 90.01)
        move = self._invoice(due="2026-07-31", amount=4800.0)
        self.assertEqual(self._cost(move, "2026-09-14").interest, 48.82)
        self.company.credit_interest_rate = 0.0
        default = self._invoice(due="2024-02-15", amount=4800.0)
        self.assertEqual(self._cost(default, "2024-03-31").interest, 85.81)

    def test_e17_edges(self):
        move = self._invoice(due="2026-07-31", amount=100.0)
        on_time = self._cost(move, "2026-07-31")
        self.assertEqual((on_time.total, on_time.reason), (0.0, "not_late"))
        late = self._cost(move, "2026-08-01")
        self.assertEqual((late.interest, late.indemnity), (0.03, 40.0))
        self._pay(move, on="2026-07-31")
        self.assertEqual(self._cost(move, "2026-08-01").total, 0.0)

    # === RATES === #

    def test_delivered_rates_fix_every_half_year(self):
        """Every row of the tables, from the delivered records."""
        terms = {
            key: self.env.ref(f"credit_mgmt.interest_term_{key}_business")
            for key in ("nl", "es", "it", "lu", "ie")
        } | {
            "fr": self.env.ref("credit_mgmt.interest_term_fr_business"),
            "public": self.env.ref("credit_mgmt.interest_term_fr_public"),
            "be": self.env.ref("credit_mgmt.interest_term_be_business"),
            "de": self.env.ref("credit_mgmt.interest_term_de_business"),
            "de_consumer": self.env.ref("credit_mgmt.interest_term_de_consumer"),
            "gb": self.env.ref("credit_mgmt.interest_term_gb_business"),
            "fr_consumer": self.env.ref("credit_mgmt.interest_term_fr_consumer"),
        }
        tables = {
            "fr": {
                "2016-07-01": 10, "2022-01-01": 10, "2022-07-01": 10, "2023-01-01": 12.5,
                "2023-07-01": 14, "2024-01-01": 14.5, "2024-07-01": 14.25, "2025-01-01": 13.15,
                "2025-07-01": 12.15, "2026-01-01": 12.15, "2026-07-01": 12.4,
            },
            "public": {
                "2022-07-01": 8, "2023-01-01": 10.5, "2023-07-01": 12, "2024-01-01": 12.5,
                "2024-07-01": 12.25, "2025-01-01": 11.15, "2025-07-01": 10.15,
                "2026-01-01": 10.15, "2026-07-01": 10.4,
            },
            "be": {"2024-01-01": 12.5, "2026-01-01": 10.5, "2026-07-01": 10.5},
            "de": {"2026-01-01": 10.27, "2026-07-01": 10.52},
            "de_consumer": {"2026-01-01": 6.27, "2026-07-01": 6.52},
            "gb": {"2023-07-01": 13.0, "2024-01-01": 13.25, "2026-07-01": 11.75},
            "nl": {"2023-07-01": 12.0},
            "es": {"2024-01-01": 12.5, "2026-07-01": 10.4},
            "it": {"2026-01-01": 10.15},
            "lu": {"2026-01-01": 10.15},
            "ie": {"2024-07-01": 12.25},
            "fr_consumer": {
                "2015-01-01": 0.93, "2015-07-01": 0.99, "2016-01-01": 1.01, "2016-07-01": 0.93,
                "2017-01-01": 0.90, "2017-07-01": 0.90, "2018-01-01": 0.89, "2018-07-01": 0.88,
                "2019-01-01": 0.86, "2019-07-01": 0.87, "2020-01-01": 0.87, "2020-07-01": 0.84,
                "2021-01-01": 0.79, "2021-07-01": 0.76, "2022-01-01": 0.76, "2022-07-01": 0.77,
                "2023-01-01": 2.06, "2023-07-01": 4.22, "2024-01-01": 5.07, "2024-07-01": 4.92,
                "2025-01-01": 3.71, "2025-07-01": 2.76, "2026-01-01": 2.62, "2026-07-01": 2.75,
            },
        }  # fmt: skip
        # One row of the table stands for thirteen half-years.
        for year in range(2016, 2023):
            for half in ("01-01", "07-01"):
                if (year, half) != (2016, "01-01"):
                    tables["fr"][f"{year}-{half}"] = 10
                    tables["public"][f"{year}-{half}"] = 8
        for key, table in tables.items():
            for start, expected in table.items():
                day = self._date(start)
                rates, unknown = terms[key]._get_yearly_rates(day, day)
                self.assertEqual(float(rates[0][1]), expected, f"{key} {start}")
                self.assertFalse(unknown, f"{key} {start}")

    def test_natural_persons_have_their_own_table(self):
        index = self.env.ref("credit_mgmt.interest_index_fr_legal_person")
        rates = [float(rate) for _day, rate in index._get_rates()]
        self.assertEqual(
            rates,
            [4.06, 4.29, 4.54, 4.35, 4.16, 3.94, 3.73, 3.60, 3.40, 3.26, 3.15, 3.11, 3.14, 3.12,
             3.13, 3.15, 4.47, 6.82, 8.01, 8.16, 7.21, 6.65, 6.67, 6.84],
        )  # fmt: skip

    def test_uncertain_rates_are_not_marked_verified(self):
        index = self.env.ref("credit_mgmt.interest_index_ecb_mro")
        uncertain = index.rate_ids.filtered(lambda rate: rate.date_from.year == 2026)
        self.assertEqual(len(uncertain), 2)
        self.assertFalse(any(uncertain.mapped("verified")))
        self.assertTrue(all(index.rate_ids.mapped("source")))

    def test_every_change_of_the_central_bank_is_delivered(self):
        """All dates of effect of the facts, one by one."""
        index = self.env.ref("credit_mgmt.interest_index_ecb_mro")
        expected = [
            ("2016-03-16", 0.0), ("2022-07-27", 0.5), ("2022-09-14", 1.25), ("2022-11-02", 2.0),
            ("2022-12-21", 2.5), ("2023-02-08", 3.0), ("2023-03-22", 3.5), ("2023-05-10", 3.75),
            ("2023-06-21", 4.0), ("2023-08-02", 4.25), ("2023-09-20", 4.5), ("2024-06-12", 4.25),
            ("2024-09-18", 3.65), ("2024-10-23", 3.4), ("2024-12-18", 3.15), ("2025-02-05", 2.9),
            ("2025-03-12", 2.65), ("2025-04-23", 2.4), ("2025-06-11", 2.15), ("2026-06-17", 2.4),
            ("2026-09-16", 2.65),
        ]  # fmt: skip
        found = [(str(day), float(rate)) for day, rate in index._get_rates()]
        self.assertEqual(found, expected)

    def test_what_no_source_confirms_says_so(self):
        """British rates since August 2024, derived German ones, and terms of general knowledge."""
        rates = self.env.ref("credit_mgmt.interest_index_boe").rate_ids
        late = rates.filtered(lambda rate: rate.date_from >= self._date("2024-08-01"))
        self.assertEqual((len(late), len(rates - late)), (6, 2))
        self.assertFalse(any(late.mapped("verified")))
        self.assertTrue(all((rates - late).mapped("verified")))
        german = self.env.ref("credit_mgmt.interest_index_de_base").rate_ids
        self.assertFalse(any(german.mapped("verified")))
        for key, expected in (
            ("fr", True), ("be", True), ("de", False), ("nl", False), ("gb", False),
            ("es", False), ("it", False), ("lu", False), ("ie", False),
        ):  # fmt: skip
            term = self.env.ref(f"credit_mgmt.interest_term_{key}_business")
            self.assertEqual(term.verified, expected, key)
            self.assertTrue(term.source, key)

    def test_a_missing_half_year_is_computed_and_said(self):
        """The last known rate is used, with a warning wherever the figure stands."""
        move = self._invoice(due="2026-12-20", amount=1000.0)
        cost = self._cost(move, "2027-01-20")
        self.assertEqual(cost.missing_from, self._date("2027-01-01"))
        self.assertEqual([float(row.rate) for row in cost.segments], [12.40, 12.65])
        shown = move.with_context(receivable_date="2027-01-20")
        self.assertIn("01/01/2027", shown.late_cost_warning)
        item = self._item(move).with_context(receivable_date="2027-01-20")
        self.assertIn("01/01/2027", item.late_cost_warning)
        index = self.env.ref("credit_mgmt.interest_index_ecb_mro")
        self.env["credit.interest.rate"].create(
            {"index_id": index.id, "date_from": "2027-01-01", "value": 3.0}
        )
        cost = self._cost(move, "2027-01-20")
        self.assertFalse(cost.missing_from)
        self.assertEqual(float(cost.segments[1].rate), 13.0)

    def test_checked_until_confirms_an_unchanged_rate(self):
        index = self.env.ref("credit_mgmt.interest_index_ecb_mro")
        start = self._date("2027-01-01")
        self.assertEqual(index._get_unknown([start], "first_day"), {start})
        # The rate of 31 December would be unknown as well: it was checked in November.
        self.assertEqual(index._get_unknown([start], "day_before"), {start})
        index.known_until = "2027-01-01"
        self.assertFalse(index._get_unknown([start], "first_day"))
        legal = self.env.ref("credit_mgmt.interest_index_fr_legal")
        legal.known_until = "2030-01-01"
        # Published for each half-year: nothing but a rate makes it known.
        self.assertEqual(legal._get_unknown([start], "first_day"), {start})
        index.known_until = False
        index.action_check_until_today()
        self.assertEqual(index.known_until, self._date(TODAY))

    def test_settings_say_what_is_in_force_and_what_is_missing(self):
        self.assertIn("12.15 %", self.company.credit_interest_summary)
        self.assertFalse(self.company.credit_interest_warning)
        self.env.ref("credit_mgmt.interest_index_fr_legal").rate_ids.filtered(
            lambda rate: rate.date_from.year == 2026
        ).unlink()
        self.company.invalidate_recordset()
        self.assertIn("not known", self.company.credit_interest_warning)

    def test_one_rate_per_index_and_day(self):
        index = self.env.ref("credit_mgmt.interest_index_ecb_mro")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["credit.interest.rate"].create(
                {"index_id": index.id, "date_from": "2026-06-17", "value": 1.0}
            )

    def test_rates_can_be_imported(self):
        wizard = self.env["base_import.import"].create(
            {
                "res_model": "credit.interest.rate",
                "file": b"index_id,date_from,value,source\n"
                b"ECB-MRO,2027-02-03,2.90,Bulletin\nECB-MRO,2027-03-03,3.10,Bulletin\n",
                "file_type": "text/csv",
            }
        )
        result = wizard.execute_import(
            ["index_id", "date_from", "value", "source"],
            [],
            {"quoting": '"', "separator": ",", "has_headers": True, "date_format": "%Y-%m-%d"},
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.env.ref("credit_mgmt.interest_index_ecb_mro").last_rate, 3.10)

    # === TERMS === #

    def test_only_known_businesses_and_public_bodies_pay_more(self):
        """Rule 16: whatever the level or the invoice says, by whatever way it is read."""
        moves = {}
        for audience in ("unknown", "consumer", "business", "public"):
            partner = self._create_customer(f"Customer {audience}", credit_audience=audience)
            moves[audience] = self._overdue(40, partner, amount=1000.0, late_interest_rate=20.0)
        found = {audience: self._cost(move) for audience, move in moves.items()}
        expected = {"unknown": 0.0, "consumer": 0.0, "business": 40.0, "public": 0.0}
        self.assertEqual({audience: cost.indemnity for audience, cost in found.items()}, expected)
        self.assertEqual([found[name].interest for name in ("unknown", "consumer")], [0.0, 0.0])
        self.assertEqual(found["unknown"].reason, "audience")
        # The agreed rate is the business's alone.
        self.assertEqual({float(row.rate) for row in found["business"].segments}, {20.0})
        self.assertEqual({float(row.rate) for row in found["public"].segments}, {10.15})
        rows = self._late_cost(self.env["account.move"].union(*moves.values()))
        self.assertEqual(set(rows.mapped("audience")), {"business", "public"})

    def test_public_bodies_owe_the_indemnity_where_the_company_asks_for_it(self):
        """The law grants it; rule 16 leaves it aside until somebody decides otherwise."""
        town = self._create_customer("Town", credit_audience="public")
        move = self._overdue(40, town, amount=1000.0)
        self.assertEqual(self._cost(move).indemnity, 0.0)
        [row] = self._late_cost(move)
        self.assertEqual((row.late_indemnity, row.late_interest > 0), (0.0, True))
        self.env["credit.late.cost.claim"]._waive(
            self._lines(move), "x", date=self._date(TODAY), with_indemnity=False
        )
        self.assertFalse(self._late_cost(move).to_claim)
        self.company.credit_public_indemnity = True
        self.assertEqual(self._cost(move).indemnity, 40.0)
        self.assertTrue(self._late_cost(move).to_claim)

    def test_database_refuses_an_indemnity_of_a_consumer(self):
        term = self.env.ref("credit_mgmt.interest_term_fr_consumer")
        for values in ({"fee_kind": "fixed"}, {"start_event": "due"}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                term.write(values)
                self.env.flush_all()
        move = self._overdue(10)
        values = {
            "decision": "booked",
            "kind": "indemnity",
            "company_id": self.company.id,
            "partner_id": self.customer.id,
            "move_id": move.id,
            "currency_id": move.currency_id.id,
            "audience": "consumer",
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["credit.late.cost.claim"].sudo().create(values)

    def test_public_bodies_keep_the_rate_of_the_start(self):
        public = self._create_customer("Town hall", credit_audience="public")
        move = self._invoice(public, due="2026-06-01", amount=1000.0)
        cost = self._cost(move, "2026-09-01")
        self.assertEqual([float(row.rate) for row in cost.segments], [10.15])
        business = self._invoice(due="2026-06-01", amount=1000.0)
        rates = [float(row.rate) for row in self._cost(business, "2026-09-01").segments]
        self.assertEqual(rates, [12.15, 12.40])

    def test_own_terms_of_a_company_win(self):
        own = self.env.ref("credit_mgmt.interest_term_fr_business").copy(
            {"company_id": self.company.id, "rate_kind": "agreed", "agreed_rate": 36.5,
             "fee_kind": "none"}
        )  # fmt: skip
        move = self._overdue(10, amount=1000.0)
        cost = self._cost(move)
        self.assertEqual((cost.term, cost.interest, cost.indemnity), (own, 10.0, 0.0))
        own.active = False
        self.assertEqual(self._cost(move).indemnity, 40.0)

    def test_country_without_terms_claims_nothing(self):
        self.company.country_id = self.env.ref("base.us")
        cost = self._cost(self._overdue(10))
        self.assertEqual((cost.total, cost.reason), (0.0, "no_term"))

    def test_terms_must_be_complete(self):
        term = self.env.ref("credit_mgmt.interest_term_fr_business")
        for values in (
            {"index_id": False},
            {"floor_index_id": False},
            {"fee_kind": "bands"},
            {"fee_currency_id": False},
        ):
            with self.assertRefused("choose|add", ValidationError):
                term.write(values)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            term.copy()

    def test_steps_of_delivered_indemnities_are_the_statutory_ones(self):
        """The records and the pure function agree, amount by amount, in every country."""
        for key, country in (
            ("fr", "FR"), ("be", "BE"), ("de", "DE"), ("nl", "NL"), ("gb", "GB"), ("es", "ES"),
            ("it", "IT"), ("lu", "LU"), ("ie", "IE"),
        ):  # fmt: skip
            term = self.env.ref(f"credit_mgmt.interest_term_{key}_business")
            rule = term._get_fee_rule(self.company)
            for amount in ("0.01", "999.99", "1000", "2500", "5000", "9999.99", "10000", "200000",
                           "1000000", "5000000"):  # fmt: skip
                self.assertEqual(
                    interest.fee(rule, amount), interest.flat_fee(country, amount),
                    f"{country} {amount}",
                )  # fmt: skip

    def test_british_bands_and_dutch_scale(self):
        self.company.country_id = self.env.ref("base.uk")
        self.env.ref(
            "credit_mgmt.interest_term_gb_business"
        ).fee_currency_id = self.company.currency_id
        fees = [self._cost(self._overdue(5, amount=amount)).indemnity
                for amount in (999.99, 1000.0, 10000.0)]  # fmt: skip
        self.assertEqual(fees, [40.0, 70.0, 100.0])
        self.company.country_id = self.env.ref("base.nl")
        self.env.ref(
            "credit_mgmt.interest_term_nl_business"
        ).fee_currency_id = self.company.currency_id
        fees = [self._cost(self._overdue(5, amount=amount)).indemnity
                for amount in (100.0, 5000.0, 1000000.0)]  # fmt: skip
        self.assertEqual(fees, [40.0, 625.0, 6775.0])

    def test_customer_rate_before_company_rate(self):
        self.company.credit_interest_rate = 15.0
        self.customer.late_interest_rate = 18.0
        self.assertEqual(self._overdue(5).late_interest_rate, 18.0)
        other = self._create_customer("Other", credit_audience="business")
        self.assertEqual(self._overdue(5, other).late_interest_rate, 15.0)
        self.assertEqual(self._overdue(5, late_interest_rate=16.0).late_interest_rate, 16.0)
        unknown = self._create_customer("Unknown", credit_audience="unknown")
        self.assertEqual(self._overdue(5, unknown).late_interest_rate, 0.0)

    # === THE LEDGER === #

    def test_part_payment_and_credit_note(self):
        """Each settlement counts from its own day, however late it was matched."""
        move = self._invoice(due="2026-02-01", amount=1000.0)
        self._pay(move, amount=400.0, on="2026-02-11")
        refund = self._reverse_invoice(move, date="2026-02-21")
        refund.invoice_line_ids.price_unit = 100.0
        refund.action_post()
        lines = self._lines(move + refund)
        lines.filtered(lambda line: not line.reconciled).reconcile()
        cost = self._cost(move)
        self.assertEqual(
            [(row.days, float(row.principal)) for row in cost.segments],
            [(10, 1000.0), (10, 600.0), (17, 500.0)],
        )
        expected = interest.late_interest(
            1000, self._date("2026-02-01"), self._date(TODAY),
            [(self._date("2026-01-01"), "12.15")],
            movements=[(self._date("2026-02-21"), 100), (self._date("2026-02-11"), 400)],
        )  # fmt: skip
        self.assertEqual(cost.interest, float(expected.amount))

    def test_payment_matched_late_counts_from_its_own_day(self):
        move = self._invoice(due="2026-01-31", amount=1000.0)
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "payment_type": "inbound",
                "amount": 1000.0,
                "date": "2026-02-10",
            }
        )
        payment.action_post()
        lines = (move + payment.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        self.assertEqual(self._cost(move).days, 38)
        lines.reconcile()
        self.assertEqual(self._cost(move).days, 10)

    def test_indemnity_once_per_invoice(self):
        """Two late instalments owe one indemnity, on the oldest that is open."""
        move = self._instalments("2026-01-10")
        first, second = self._lines(move)
        costs = self.engine._get_late_costs(first + second)
        self.assertEqual([costs[line.id].indemnity for line in first + second], [40.0, 0.0])
        self.assertEqual(move.late_indemnity, 40.0)
        # Asked alone, the second still knows that the first bears it.
        self.assertEqual(self.engine._get_late_costs(second)[second.id].indemnity, 0.0)
        self._pay(move, amount=1000.0, on="2026-01-20")
        self.assertTrue(first.reconciled)
        costs = self.engine._get_late_costs(first + second)
        self.assertEqual([costs[line.id].indemnity for line in first + second], [0.0, 40.0])

    def test_by_instalment(self):
        move = self._instalments("2026-02-20", days=60)
        first, second = self._lines(move)
        costs = self.engine._get_late_costs(first + second)
        self.assertEqual((costs[first.id].days, costs[second.id].days), (18, 0))
        self.assertEqual(costs[second.id].reason, "not_late")

    def test_cancelled_invoice_costs_nothing(self):
        move = self._overdue(30)
        self._reverse_invoice(move, date=TODAY)
        move.reversal_move_ids.action_post()
        if move.payment_state != "reversed":
            self._lines(move + move.reversal_move_ids).reconcile()
        self.assertEqual(move.payment_state, "reversed")
        self.assertEqual(self._cost(move).reason, "no_item")
        self.assertFalse(self._late_cost(move))

    def test_opening_entries_bear_interest_but_no_indemnity(self):
        receivable = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "date": "2026-01-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": receivable.id,
                            "partner_id": self.customer.id,
                            "debit": 1000.0,
                            "date_maturity": "2026-01-31",
                        }
                    ),
                    Command.create({"account_id": self.income.id, "credit": 1000.0}),
                ],
            }
        )
        entry.action_post()
        self.assertEqual(self._cost(entry).reason, "no_item")
        entry.line_ids.no_followup = False
        cost = self._cost(entry)
        self.assertEqual((cost.days, cost.indemnity), (38, 0.0))
        self.assertGreater(cost.interest, 0.0)

    def test_foreign_currency_is_computed_in_it(self):
        currency = self.setup_other_currency("GBP", rates=[("2020-01-01", 2.0)])
        move = self._invoice(due="2026-02-08", amount=1000.0, currency_id=currency.id)
        cost = self._cost(move)
        self.assertEqual(cost.currency, currency)
        self.assertEqual(cost.interest, 9.99)
        item = self._item(move)
        self.assertEqual((item.late_interest, item.currency_id), (9.99, currency))
        # 40 of the terms' currency are worth twice as many of this one.
        self.env.ref(
            "credit_mgmt.interest_term_fr_business"
        ).fee_currency_id = self.company.currency_id
        self.assertEqual(self._cost(move).indemnity, 80.0)

    # === MANY === #

    def _thousand_invoices(self, count=1000):
        """Post invoices of many amounts and ages, many of them paid in part or late."""
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": self._date(TODAY) - timedelta(days=30 + number * 7 % 900),
                    "invoice_date_due": self._date(TODAY) - timedelta(days=number * 7 % 900 - 20),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "x", "price_unit": 10.01 + number * 3.37, "tax_ids": []}
                        )
                    ],
                }
                for number in range(count)
            ]
        )
        moves.action_post()
        paid = moves[::5]
        for group, (days, share) in enumerate(((3, 1.0), (45, 0.4))):
            some = paid[group::2]
            payments = self.env["account.payment"].create(
                [
                    {
                        "partner_id": self.customer.id,
                        "payment_type": "inbound",
                        "amount": round(move.amount_total * share, 2),
                        "date": min(move.invoice_date_due + timedelta(days=days),
                                    self._date(TODAY)),
                    }
                    for move in some
                ]
            )  # fmt: skip
            payments.action_post()
            self._analyse()
            for move, payment in zip(some, payments, strict=True):
                self._lines(move + payment.move_id).reconcile()
        return moves

    def test_five_thousand_items_in_one_pass(self):
        """As many queries as for one item; little time beside the pure functions themselves.

        The rows of the ledger are written directly: the engine reads nothing else.
        """
        template = self._lines(self._invoice(due="2025-01-31", amount=1000.0))
        self.env.flush_all()
        ids = [
            line_id
            for [line_id] in self.env.execute_query(
                SQL(
                    """
                    INSERT INTO account_move_line (
                           move_id, account_id, partner_id, company_id, currency_id, journal_id,
                           company_currency_id, parent_state, display_type, date, date_maturity,
                           amount_currency, amount_residual, amount_residual_currency, debit,
                           balance, name, move_name)
                    SELECT move_id, account_id, partner_id, company_id, currency_id, journal_id,
                           company_currency_id, parent_state, display_type, date,
                           %(today)s::date - (number * 7 %% 900), 10 + number, 10 + number,
                           10 + number, 10 + number, 10 + number, name, move_name
                      FROM account_move_line, generate_series(1, 5000) number
                     WHERE id = %(id)s
                 RETURNING id
                    """,
                    today=self._date(TODAY),
                    id=template.id,
                )
            )
        ]
        self._analyse()
        counts, seconds = [], []
        self.engine._get_late_costs(ids[:1])
        for some in (ids[:1], ids):
            self.env.invalidate_all()
            before, start = self.cr.sql_log_count, clock.real_perf_counter()
            costs = self.engine._get_late_costs(some)
            seconds.append(clock.real_perf_counter() - start)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertEqual(len(costs), 5000)
        rates, _unknown = self.env.ref("credit_mgmt.interest_term_fr_business")._get_yearly_rates(
            self._date("2023-07-01"), self._date(TODAY)
        )
        start = clock.real_perf_counter()
        for number, item_id in enumerate(sorted(ids), start=1):
            due = self._date(TODAY) - timedelta(days=number * 7 % 900)
            expected = interest.late_interest(10 + number, due, self._date(TODAY), rates)
            self.assertEqual(Decimal(str(costs[item_id].interest)), expected.amount)
        pure = clock.real_perf_counter() - start
        _logger.info(
            "Late costs of 5,000 items: %.2f s in %d queries, the pure functions alone %.2f s",
            seconds[1], counts[1], pure,
        )  # fmt: skip
        # Generous: a busy machine must not fail what is right.
        self.assertLess(seconds[1], 4 * pure + 2)

    def test_a_thousand_items_equal_the_pure_function(self):
        """What SQL reads gives what the function computes, in a constant number of queries."""
        moves = self._thousand_invoices()
        lines = self._lines(moves)
        self.env.flush_all()
        self.env.invalidate_all()
        costs = self.engine._get_late_costs(lines)
        rates = [
            (self._date(day), rate)
            for day, rate in (
                ("2023-07-01", "14"), ("2024-01-01", "14.5"), ("2024-07-01", "14.25"),
                ("2025-01-01", "13.15"), ("2025-07-01", "12.15"), ("2026-01-01", "12.15"),
            )
        ]  # fmt: skip
        late = 0
        for line in lines:
            payments = [
                (partial.credit_move_id.date, str(partial.debit_amount_currency))
                for partial in line.matched_credit_ids
            ]
            expected = interest.late_interest(
                str(line.amount_currency), line.date_maturity, self._date(TODAY), rates,
                movements=payments,
            )  # fmt: skip
            found = costs[line.id]
            self.assertEqual(Decimal(str(found.interest)), expected.amount)
            self.assertEqual(found.segments, expected.segments)
            self.assertEqual(found.indemnity, 40.0 if expected.days else 0.0)
            late += bool(expected.days)
        self.assertGreater(late, 900)
        counts = []
        self.engine._get_late_costs(lines[:1])
        for some in (lines[:1], lines):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.engine._get_late_costs(some.ids)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLessEqual(counts[0], 18)
