import io

import openpyxl
from lxml import html
from odoo.fields import Command
from odoo.tests import tagged

from .interest_common import InterestCommon


@tagged("post_install", "-at_install")
class TestStatementLateCost(InterestCommon):
    """A statement says what the lateness of its items costs, on demand, with the computation."""

    def _statement(self, partner=None, **values):
        partner = partner or self.customer
        return self.env["credit.statement"].create(
            {
                "partner_ids": [Command.set(partner.ids)],
                "include_late_costs": True,
                **values,
            }
        )

    def _print(self, wizard):
        documents = wizard._create_documents()
        content = self.env["ir.actions.report"]._render_qweb_html(
            "credit_mgmt.report_credit_statement", documents.ids
        )[0]
        return html.fromstring(content)

    def test_late_costs_with_their_computation(self):
        """Per item, until the day of the statement; the balance stays that of the ledger."""
        first = self._overdue(20, amount=1000.0)
        second = self._overdue(10, amount=500.0)
        self._invoice(due="2026-04-01", amount=77.0)
        tree = self._print(self._statement())
        [block] = tree.xpath("//div[@name='late_costs']")
        text = " ".join(block.text_content().split())
        for part in (first.name, second.name, "12.15", "6.6575", "6.66", "1.66", "40.00",
                     "88.32", "L441-10"):  # fmt: skip
            self.assertIn(part, text)
        totals = " ".join(tree.xpath("string(//div[@id='total'])").split())
        self.assertIn("1,577.00", totals)
        # As the engine says: what was waived is not claimed.
        self.env["credit.late.cost.claim"]._waive(
            self._lines(first), "Goodwill", date=self._date("2026-03-10")
        )
        text = self._print(self._statement()).text_content()
        self.assertNotIn("6.6575", text)
        self.assertIn("41.66", text)

    def test_at_an_earlier_day(self):
        self._invoice(due="2026-01-31", amount=1000.0)
        wizard = self._statement(date="2026-02-10")
        [statement] = wizard._create_documents()._get_statements().values()
        [group] = statement["late_costs"]
        self.assertEqual((group["interest"], group["indemnity"]), (3.33, 40.0))

    def test_only_on_demand_and_where_it_is_owed(self):
        self._overdue(20)
        tree = self._print(self._statement(include_late_costs=False))
        self.assertFalse(tree.xpath("//div[@name='late_costs']"))
        consumer = self._create_customer("Private", credit_audience="consumer", is_company=False)
        self._overdue(20, consumer)
        self.assertFalse(self._print(self._statement(consumer)).xpath("//div[@name='late_costs']"))

    def test_spreadsheet(self):
        self._overdue(20, amount=1000.0)
        self._invoice(due="2026-04-01", amount=77.0)
        file = io.BytesIO()
        self._statement()._create_documents()._write_xlsx(file)
        sheet = openpyxl.load_workbook(file, data_only=True).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        head = next(row for row in rows if row[0] == "Customer")
        self.assertEqual(head[9:11], ["Late Interest", "Fixed Indemnity"])
        self.assertEqual(rows[-1][8:11], [1077.0, 6.66, 40.0])

    def test_missing_rate_is_said(self):
        self._invoice(due="2026-12-20", amount=1000.0)
        tree = self._print(self._statement(date="2027-01-20"))
        self.assertIn("is not known", tree.xpath("string(//div[@name='late_costs'])"))

    def test_query_count_does_not_grow(self):
        counts = []
        for number in (1, 2, 8):
            partners = self.env["res.partner"].union(
                *(
                    self._create_customer(f"S{number}-{index}", credit_audience="business")
                    for index in range(number)
                )
            )
            for partner in partners:
                self._overdue(20, partner)
            wizard = self._statement(partners)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            figures = wizard._get_figures(partners)
            counts.append(self.cr.sql_log_count - before)
            self.assertTrue(all(row["late_costs"] for row in figures.values()))
        self.assertEqual(*counts[1:])
