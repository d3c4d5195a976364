import io
import json
import re
import zipfile
from datetime import date, datetime
from unittest.mock import patch

import openpyxl
from lxml import html
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import OdooPdfFileReader
from openpyxl.utils import get_column_letter, range_boundaries

from ..report import aged_balance_book, report_credit_aged_balance
from ..tools import xlsx
from .common import CreditMgmtCommon

_REPORT = "credit_mgmt.report_credit_aged_balance"


class AgedPrintCommon(CreditMgmtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Without a layout Odoo asks for one before it prints.
        cls.company.external_report_layout_id = cls.env.ref("web.external_layout_standard")
        cls.other = cls._create_customer("Customer B")
        cls.formula = cls._create_customer("=HYPERLINK(1)")
        cls._overdue(10, amount=1234.56)
        cls._overdue(45, amount=100.10)
        cls._overdue(-5, cls.other, amount=70.07)
        cls._overdue(200, cls.formula, amount=0.30)
        paid = cls._overdue(70, cls.other, amount=500)
        cls._pay(paid, 120, on="2026-03-05")
        cls.balance = cls.env["credit.aged.balance"]

    def _open(self, options=None, balance=None):
        """Return the spreadsheet twice: as shown without calculating, and its formulas."""
        content = (self.balance if balance is None else balance).export_xlsx(options)
        return (
            openpyxl.load_workbook(io.BytesIO(content), data_only=True),
            openpyxl.load_workbook(io.BytesIO(content)),
        )

    def _print(self, options=None, balance=None):
        """Return the page as HTML tree and its rows as {kind: [[text, ...], ...]}."""
        report = (self.balance if balance is None else balance).env["ir.actions.report"]
        content, _kind = report._render_qweb_html(_REPORT, None, {"aged_options": options or {}})
        tree = html.fromstring(content)
        rows = {}
        for row in tree.xpath("//table[@name='lines']/tbody/tr"):
            kind = row.get("class").removeprefix("o_credit_")
            rows.setdefault(kind, []).append([cell.text or "" for cell in row])
        return tree, rows

    def _evaluate(self, workbook, sheet, cell):
        """Return what a SUBTOTAL adds up: the numbers of its cells that are no sums."""
        ranges = re.fullmatch(r"=SUBTOTAL\(9,(.*)\)", cell.value).group(1).split(",")
        total = 0.0
        for reference in ranges:
            name, _bang, cells = reference.rpartition("!")
            source = workbook[name.strip("'")] if name else sheet
            first_column, first, last_column, last = range_boundaries(cells)
            for row in source.iter_rows(first, last, first_column, last_column):
                for value in row:
                    if isinstance(value.value, int | float):
                        total += value.value
        return total


@tagged("post_install", "-at_install")
class TestAgedPrint(AgedPrintCommon):
    def _check_sums(self, options):
        """Compare the cached value of each sum with its cells, and the lines with the screen."""
        values, formulas = self._open(options)
        shown, sheet = values.worksheets[0], formulas.worksheets[0]
        sums = 0
        for row in sheet.iter_rows(4):
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("=SUBTOTAL"):
                    self.assertAlmostEqual(
                        self._evaluate(formulas, sheet, cell), shown[cell.coordinate].value, 6
                    )
                    sums += 1
        self.assertTrue(sums)
        report = self.balance.get_report({**options, "limit": 0})
        width = len(report["columns"])
        headings = [cell.value for cell in shown[3]]
        first = headings.index(report["columns"][0]["label"])
        rows = [[cell.value for cell in row] for row in shown.iter_rows(4)]
        lines = [
            row[first : first + width]
            for index, row in enumerate(rows)
            if not sheet.row_dimensions[index + 4].outlineLevel
        ]
        count = len(report["lines"])
        by_currency = sorted(
            report["lines"], key=lambda line: report["currencies"][line["currency_id"]]["name"]
        )
        for row, line in zip(lines[:count], by_currency, strict=True):
            self.assertEqual([round(value, 2) for value in row], [*map(round2, line["amounts"])])
        for row, total in zip(lines[count::2], report["totals"], strict=True):
            self.assertEqual([round(value, 2) for value in row], [*map(round2, total["amounts"])])
        return values, formulas, report

    def test_spreadsheet_shows_the_figures_of_the_screen(self):
        """Sums are formulas over the items, their stored values those of the screen."""
        values, formulas, report = self._check_sums({})
        sheet = formulas.worksheets[0]
        total = report["totals"][0]["amounts"][-1]
        self.assertAlmostEqual(total, 1234.56 + 100.10 + 70.07 + 0.30 + 380)
        self.assertEqual(
            [sheet.row_dimensions[row].outlineLevel or 0 for row in range(4, 9)], [0, 1, 1, 0, 1]
        )
        self.assertTrue(sheet.row_dimensions[5].hidden)
        self.assertTrue(sheet.row_dimensions[4].collapsed)
        self.assertEqual(sheet.freeze_panes, "B4")
        self.assertEqual(sheet.auto_filter.ref, f"A3:{get_column_letter(sheet.max_column)}11")
        money = sheet.cell(4, sheet.max_column).number_format
        self.assertEqual(money, '"$" #,##0.00;-"$" #,##0.00;"-"')
        share = values.worksheets[0].cell(sheet.max_row, sheet.max_column)
        self.assertEqual((share.value, share.number_format), (1, "0.0%"))

    def test_spreadsheet_compares(self):
        values, _formulas, report = self._check_sums({"compare_to": "2026-02-20"})
        row = [cell.value for cell in values.worksheets[0][4]][-3:]
        line = report["lines"][0]
        self.assertEqual(row[0], line["previous"][-1])
        self.assertEqual(row[1], line["difference"])
        self.assertAlmostEqual(row[2] * 100, line["percent"])
        total = [cell.value for cell in values.worksheets[0][values.worksheets[0].max_row - 1]]
        self.assertAlmostEqual(total[-1] * 100, report["totals"][0]["percent"])

    def test_spreadsheet_of_several_currencies(self):
        """Each currency's lines stand together and have a total in their own format."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self._overdue(3, currency_id=euro.id, amount=10)
        values, formulas, report = self._check_sums({"currency": "original", "order": "label"})
        sheet = values.worksheets[0]
        self.assertEqual(len(report["totals"]), 2)
        self.assertEqual(
            [sheet.cell(row, 2).value for row in (sheet.max_row - 3, sheet.max_row - 1)],
            ["EUR", "USD"],
        )
        self.assertIn("€", formulas.worksheets[0].cell(4, sheet.max_column).number_format)

    def test_sheet_of_items(self):
        """Every item with real dates and numbers; their sum is the total of the balance."""
        values, _formulas = self._open()
        sheet = values["Items"]
        headings = [cell.value for cell in sheet[1]]
        rows = [
            dict(zip(headings, (cell.value for cell in row), strict=True))
            for row in sheet.iter_rows(2)
        ]
        expected = self.balance.get_items({"limit": 0})["items"]
        self.assertEqual(
            sorted((row["Number"], row["Open Amount"]) for row in rows),
            sorted((item["name"], item["amount"]) for item in expected),
        )
        self.assertEqual(
            {row["Number"]: row["Due Date"] for row in rows},
            {item["name"]: datetime.fromisoformat(item["date_maturity"]) for item in expected},
        )
        self.assertTrue(sheet.auto_filter.ref)
        cell = sheet.cell(2, headings.index("Due Date") + 1)
        self.assertTrue(cell.is_date)

    def test_text_is_never_a_formula(self):
        """A customer's name that begins like a formula stays a text."""
        _values, formulas = self._open()
        names = [
            cell
            for sheet in formulas.worksheets[:2]
            for row in sheet.iter_rows(4)
            for cell in row
            if cell.value == "=HYPERLINK(1)"
        ]
        self.assertGreaterEqual(len(names), 2)
        # The test's library guesses from the text; the file says what it is.
        content = self.balance.export_xlsx()
        self.assertNotIn(b"<f>HYPERLINK", self._read_sheets(content))
        self.assertIn(b"<t>=HYPERLINK(1)</t>", self._read_sheets(content))

    def _read_sheets(self, content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(
                archive.read(name) for name in archive.namelist() if "worksheets/" in name
            )

    def test_parameters_say_what_is_shown(self):
        values, _formulas = self._open(
            {
                "as_of": "2026-03-09",
                "compare_to": "2026-02-09",
                "filters": {"partner": self.customer.ids},
                "overdue_only": True,
            }
        )
        sheet = values["Parameters"]
        rows = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows()}
        self.assertEqual(rows["Date"][0], datetime(2026, 3, 9))
        self.assertEqual(rows["Comparison date"][0], datetime(2026, 2, 9))
        self.assertEqual(rows["Customer"][0], "Customer A")
        self.assertEqual(rows["Only"][0], "Overdue items")
        self.assertEqual(rows["Exported by"][0], self.env.user.name)
        tie = self.balance.get_ties({"as_of": "2026-03-09"})[0]
        self.assertEqual(
            rows[self.company.name][1:4], [tie["aged"], tie["ledger"], tie["difference"]]
        )
        self.assertTrue(tie["aged"])
        self.assertEqual(tie["difference"], 0)

    def test_minimum_leaves_items_out(self):
        """What is below the minimum is on no sheet."""
        values, _formulas = self._open({"min_amount": 400})
        names = {row[0].value for row in values["Items"].iter_rows(2)}
        self.assertEqual(names, {"Customer A", "Customer B"})

    def test_sheets_go_on(self):
        """A full sheet goes on in another one, whose sums span both."""
        file = io.BytesIO()
        book = xlsx.Book(file)
        sheet = book.add_sheet(
            "Numbers", [10], heading=[(["Number"], None)], filtered=True, row_limit=4
        )
        first = sheet.position
        for number in range(5):
            sheet.add_row([number + 1])
        last = sheet.position
        sheet.end_data(1)
        ranges = sheet.get_ranges(first, last, 0)
        sheet.add_row([xlsx.Formula(f"=SUBTOTAL(9,{','.join(ranges)})", 15)])
        book.close()
        formulas = openpyxl.load_workbook(io.BytesIO(file.getvalue()))
        self.assertEqual(formulas.sheetnames, ["Numbers", "Numbers (2)"])
        self.assertEqual(formulas["Numbers (2)"]["A1"].value, "Number")
        cell = formulas["Numbers (2)"]["A4"]
        self.assertEqual(self._evaluate(formulas, formulas["Numbers (2)"], cell), 15)
        self.assertEqual(formulas["Numbers"].auto_filter.ref, "A1:A4")

    def test_many_items_are_not_folded(self):
        """Above the limit the items are on their own sheet only, and the parameters say so."""
        with patch.object(aged_balance_book, "OUTLINE_LIMIT", 2):
            values, formulas = self._open()
        sheet = formulas.worksheets[0]
        self.assertFalse(any(row.outlineLevel for row in sheet.row_dimensions.values()))
        self.assertEqual(values["Items"].max_row, 6)
        labels = [row[0].value for row in values["Parameters"].iter_rows()]
        self.assertIn("Items", labels)
        total = sheet.cell(sheet.max_row - 1, sheet.max_column)
        self.assertAlmostEqual(self._evaluate(formulas, sheet, total), 1785.03)

    def test_page_shows_the_figures_of_the_screen(self):
        """Texts of the PDF are the amounts of the screen, line by line and in total."""
        options = {"compare_to": "2026-02-20", "filters": {"country": []}}
        tree, rows = self._print(options)
        report = self.balance.get_report({**options, "limit": 0})

        def to_number(text):
            return float(re.sub(r"[^\d.-]", "", text) or 0)

        for row, line in zip(rows["line"], report["lines"], strict=True):
            self.assertEqual(row[0], line["label"])
            self.assertEqual(
                [*map(to_number, row[1:-1])],
                [*line["amounts"], line["previous"][-1], line["difference"]],
            )
        [total] = rows["total"]
        self.assertEqual([*map(to_number, total[1:-3])], report["totals"][0]["amounts"])
        self.assertEqual(total[-4], "$\N{NO-BREAK SPACE}1,785.03")
        self.assertEqual(rows["share"][0][-4], "100.0\N{NO-BREAK SPACE}%")
        self.assertIn("Aged balance on 03/10/2026", tree.text_content())
        self.assertIn("02/20/2026", tree.text_content())
        headings = [cell.text for cell in tree.xpath("//table[@name='lines']/thead//th")]
        self.assertEqual(headings[1:-3], [column["label"] for column in report["columns"]])

    def test_page_with_items_and_filters_in_words(self):
        """The option prints the items below their line; filters are said in words."""
        tree, rows = self._print(
            {
                "details": True,
                "filters": {"partner": (self.customer | self.other).ids},
                "search": "Customer",
                "min_amount": 10,
            }
        )
        self.assertEqual(len(rows["item"]), 4)
        self.assertIn("due 02/28/2026", rows["item"][1][0])
        text = " ".join(tree.xpath("//div[@name='facts']")[0].text_content().split())
        for words in (
            "Customer: Customer A, Customer B",
            "Search: Customer",
            "$ 10.00",
        ):
            self.assertIn(words, text)

    def test_page_of_nothing(self):
        tree, rows = self._print({"as_of": "2020-01-01"})
        self.assertFalse(rows)
        self.assertIn("Nothing was open.", tree.text_content())

    def test_page_in_the_language_of_the_user(self):
        """Amounts and dates are those of the reader's language."""
        self.env["res.lang"]._activate_lang("fr_FR")
        _tree, rows = self._print(balance=self.balance.with_context(lang="fr_FR"))
        self.assertIn(
            "1\N{NARROW NO-BREAK SPACE}334,66", rows["line"][0][-1].replace("\xa0", "\u202f")
        )

    def test_too_many_rows_for_paper(self):
        """A PDF that the PDF program cannot make is refused in words."""
        with patch.object(report_credit_aged_balance, "MAX_ROWS", 2), self.assertRefused("3 rows"):
            self._print()

    def test_layouts(self):
        """Every layout of a company prints the balance."""
        for layout in self.env["report.layout"].search([]):
            with self.subTest(layout.name):
                self.company.external_report_layout_id = layout.view_id
                tree, rows = self._print()
                self.assertEqual(len(rows["line"]), 3)
                self.assertIn("Aged balance on 03/10/2026", tree.text_content())

    def test_actions_carry_the_options(self):
        """Both exports are asked for with the checked options; bad ones are refused at once."""
        options = {"as_of": "2026-03-01", "filters": {"partner": self.customer.ids}}
        data = self.balance.action_export_pdf(options)["data"]["aged_options"]
        self.assertEqual(data["as_of"], "2026-03-01")
        self.assertEqual(data["company_ids"], self.company.ids)
        self.assertEqual(
            self.balance._get_options(json.loads(json.dumps(data)))["as_of"], date(2026, 3, 1)
        )
        self.assertIn("2026-03-01", self.balance.action_export_xlsx(options)["url"])
        for wrong in (
            {"as_of": "tomorrow"}, {"edges": "x"}, {"filters": {"partner": "x"}}, {"months": "x"},
            {"within": [1]}, {"search": 3}, {"company_ids": ["a"]}, {"unknown": 1},
        ):  # fmt: skip
            for action in (self.balance.action_export_pdf, self.balance.action_export_xlsx):
                with self.assertRefused(""):
                    action(wrong)

    def test_viewer_exports_own_customers(self):
        """Record rules hold for paper and spreadsheet; the ledger is not compared."""
        viewer = self._create_viewer()
        self.other.user_id = viewer
        balance = self.balance.with_user(viewer).with_context(allowed_company_ids=self.company.ids)
        values, _formulas = self._open(balance=balance)
        self.assertEqual({row[0].value for row in values["Items"].iter_rows(2)}, {"Customer B"})
        labels = [row[0].value for row in values["Parameters"].iter_rows()]
        self.assertIn("Own customers only: not compared with the ledger.", labels)
        _tree, rows = self._print(balance=balance)
        self.assertEqual([row[0] for row in rows["line"]], ["Customer B"])
        # Whose name may not be read is not named.
        employee = viewer.copy(
            {
                "login": "employee@credit.example.com",
                "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
            }
        )
        with self.assertRaises(AccessError):
            self.balance.with_user(employee).export_xlsx()

    def _create_viewer(self):
        return self.env["res.users"].create(
            {
                "name": "Viewer",
                "login": "viewer@credit.example.com",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [
                    Command.set(self.env.ref("credit_mgmt.credit_mgmt_group_viewer").ids)
                ],
            }
        )

    def test_queries_do_not_grow(self):
        """As many queries for 60 customers as for 10."""

        def count(export):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            export()
            return self.cr.sql_log_count - before

        def measure():
            return [
                count(lambda: self.balance.export_xlsx()),
                count(lambda: self._print({"details": True})),
            ]

        for number in range(7):
            self._overdue(5, self._create_customer(f"Ten {number}"))
        measure()
        few = measure()
        for number in range(50):
            self._overdue(5, self._create_customer(f"Sixty {number}"))
        measure()
        for many, before in zip(measure(), few, strict=True):
            self.assertLessEqual(many, before)


def round2(amount):
    return round(amount, 2)


@tagged("post_install", "-at_install")
class TestAgedDownload(AgedPrintCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.user = self.env["res.users"].create(
            {
                "name": "Credit",
                "login": "credit@example.com",
                "password": "credit@example.com",
                "lang": "en_US",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [Command.set(self.env.ref("credit_mgmt.credit_mgmt_group_user").ids)],
            }
        )
        self.authenticate("credit@example.com", "credit@example.com")

    def test_download(self):
        """The action's address gives the spreadsheet, under a name with its date."""
        action = self.balance.with_user(self.user).action_export_xlsx({"as_of": "2026-03-01"})
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, 200)
        self.assertIn("2026-03-01.xlsx", response.headers["Content-Disposition"])
        book = openpyxl.load_workbook(io.BytesIO(response.content), data_only=True)
        expected = self.balance.get_report({"as_of": "2026-03-01"})["totals"][0]["amounts"][-1]
        sheet = book.worksheets[0]
        self.assertEqual(sheet.cell(sheet.max_row - 1, sheet.max_column).value, expected)

    def test_bad_requests_are_refused_in_words(self):
        for query in (
            "options=nonsense",
            "options=[]",
            'options={"as_of":"tomorrow"}',
            'options={"company_ids":["x"]}',
            'options={"company_ids":[999999]}',
            'options={"edges":{"a":1}}',
        ):
            with self.subTest(query):
                response = self.url_open(f"/credit_mgmt/aged_balance?{query}")
                self.assertEqual(response.status_code, 400)
                self.assertTrue(response.text)

    def test_real_pdf(self):
        """The PDF program makes a landscape page with a page number."""
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        self.env["ir.config_parameter"].set_param("report.url", self.base_url())
        content, kind = report._render_qweb_pdf(_REPORT, None, {"aged_options": {}})
        self.assertEqual(kind, "pdf")
        page = OdooPdfFileReader(io.BytesIO(content)).getPage(0)
        self.assertGreater(page.mediabox.width, page.mediabox.height)
        self.assertIn("Customer A", page.extract_text())
