from odoo.tests import tagged

from .common import freeze_time
from .test_aged_print import AgedPrintCommon


@tagged("post_install", "-at_install")
class TestAgedDisputed(AgedPrintCommon):
    """The disputed part is a column on the screen, on paper and in the spreadsheet alike."""

    def _dispute(self, amount, days=45, partner=None):
        item = self.env["credit.receivable"].search(
            [("partner_id", "=", (partner or self.customer).id), ("days_overdue", "=", days)]
        )
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        return self.env["credit.dispute"]._dispute(item.move_line_id, amount, reason)

    def _read_column(self, options=None):
        """Return the column in the three views: {label or "Total": text or amount}."""
        report = self.balance.get_report(options)
        screen = {line["label"]: line.get("disputed") for line in report["lines"]}
        screen["Total"] = report["totals"][0].get("disputed")
        values, formulas = self._open(options)
        sheet = values.worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(3)]
        place = rows[0].index("Of Which Disputed") if "Of Which Disputed" in rows[0] else None
        # The items below a line have a number.
        book = {
            row[0]: row[place] for row in rows[1:] if row[0] and not row[1] and place is not None
        }
        for row in formulas.worksheets[0].iter_rows(4):
            cell = row[place] if place is not None else None
            if cell is not None and str(cell.value).startswith("=SUBTOTAL"):
                self.assertAlmostEqual(
                    self._evaluate(formulas, formulas.worksheets[0], cell),
                    sheet.cell(cell.row, cell.column).value,
                )
        tree, rows = self._print(options)
        headings = [cell.text for cell in tree.xpath("//table[@name='lines']/thead/tr/th")]
        paper = {}
        if "Of Which Disputed" in headings:
            place = headings.index("Of Which Disputed")
            paper = {row[0]: row[place] for row in rows["line"] + rows["total"]}
        return screen, book, paper

    def test_nothing_disputed_no_column(self):
        screen, book, paper = self._read_column()
        self.assertEqual(set(screen.values()), {None})
        self.assertEqual((book, paper), ({}, {}))
        self.assertFalse(self.balance.get_report()["has_disputed"])

    def test_same_on_screen_paper_and_spreadsheet(self):
        self._dispute(30.10)
        self._dispute(0, days=70, partner=self.other)
        for options in ({}, {"details": True}, {"compare_to": "2026-02-01"}):
            with self.subTest(options):
                screen, book, paper = self._read_column(options)
                self.assertEqual(screen["Customer A"], 30.10)
                self.assertEqual(screen["Customer B"], 380.0)
                self.assertEqual(screen["=HYPERLINK(1)"], 0.0)
                self.assertEqual(screen["Total"], 410.10)
                self.assertEqual(
                    {label: amount or 0.0 for label, amount in book.items() if label in screen},
                    screen,
                )
                self.assertEqual(paper["Customer A"], "30.10")
                self.assertEqual(paper["Customer B"], "380.00")
                self.assertEqual(paper["=HYPERLINK(1)"], "")
                self.assertEqual(paper["Total"], "$\xa0410.10")

    def test_items(self):
        self._dispute(30.10)
        line = self.customer.id
        items = self.balance.get_items({"within": [["partner", line]]})["items"]
        self.assertEqual({item["age"]: item["disputed"] for item in items}, {45: 30.10, 10: 0.0})
        values, _formulas = self._open()
        rows = [[cell.value for cell in row] for row in values["Items"].iter_rows()]
        place = rows[0].index("Disputed")
        self.assertEqual(sum(row[place] or 0 for row in rows[1:]), 30.10)
        _tree, rows = self._print({"details": True})
        self.assertIn("30.10", [row[-1] for row in rows["item"]])

    def test_filter(self):
        self._dispute(30.10)
        whole = self.balance.get_report()["totals"][0]["amounts"][-1]
        disputed = self.balance.get_report({"disputed": "yes"})
        self.assertEqual([line["amounts"][-1] for line in disputed["lines"]], [100.10])
        undisputed = self.balance.get_report({"disputed": "no"})
        self.assertFalse(undisputed["has_disputed"])
        self.assertAlmostEqual(undisputed["totals"][0]["amounts"][-1], whole - 100.10)
        for value, expected in (("yes", "Items with a disputed part"), ("no", "Undisputed")):
            options = {"disputed": value}
            values, _formulas = self._open(options)
            rows = values.worksheets[0].iter_rows(1, 2)
            words = str([[cell.value for cell in row] for row in rows])
            self.assertIn(expected, words)
            tree, _rows = self._print(options)
            self.assertIn(expected, tree.text_content())
        with self.assertRefused("cannot be read"):
            self.balance.get_report({"disputed": "maybe"})
        action = self.balance.action_open_items({"disputed": "yes"})
        found = (
            self.env[action["res_model"]].with_context(**action["context"]).search(action["domain"])
        )
        self.assertEqual(found.mapped("amount"), [100.10])

    def test_at_the_date_and_sorted(self):
        self._dispute(30.10)
        dispute = self._dispute(0, days=70, partner=self.other)
        with freeze_time("2026-03-20"):
            self.env["credit.dispute.close"].create(
                {"dispute_ids": dispute.ids, "resolution": "rejected", "note": "Delivered"}
            ).action_confirm()
            report = self.balance.get_report({"order": "disputed"})
            self.assertEqual(report["lines"][0]["label"], "Customer A")
            self.assertEqual(report["totals"][0]["disputed"], 30.10)
            report = self.balance.get_report({"order": "disputed", "as_of": "2026-03-19"})
            self.assertEqual([line["disputed"] for line in report["lines"]], [380.0, 30.10, 0.0])
        self.assertFalse(self.balance.get_report({"as_of": "2026-03-09"})["has_disputed"])

    def test_currency_of_the_items(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        move = self._overdue(33, amount=200.0, currency_id=currency.id)
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        item = self._item(move)
        self.env["credit.dispute"]._dispute(item.move_line_id, 50.0, reason)
        self.env.invalidate_all()
        lines = self.balance.get_report({"currency": "original"})["lines"]
        self.assertEqual(
            [line["disputed"] for line in lines if line["currency_id"] == currency.id], [50.0]
        )
        lines = self.balance.get_report()["lines"]
        self.assertEqual([line["disputed"] for line in lines if line["disputed"]], [25.0])
