import io

import openpyxl
from lxml import html
from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from .common import CreditMgmtCommon

_REPORT = "credit_mgmt.report_credit_statement"


class StatementCommon(CreditMgmtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.external_report_layout_id = cls.env.ref("web.external_layout_standard")
        cls.other = cls._create_customer("Customer B")

    def _statement(self, partners=None, **values):
        partners = self.customer if partners is None else partners
        return self.env["credit.statement"].create(
            {"partner_ids": [Command.set(partners.ids)], **values}
        )

    def _print(self, wizard):
        """Return the page of the statements as an HTML tree."""
        documents = wizard._create_documents()
        report = self.env["ir.actions.report"]
        return html.fromstring(report._render_qweb_html(_REPORT, documents.ids)[0])

    def _balances(self, wizard, partner=None):
        """Return {currency: balance} that the statement of a customer ends with."""
        documents = wizard._create_documents()
        document = documents.filtered(lambda d: d.partner_id == (partner or self.customer))
        return {
            total["currency"]: total["balance"]
            for total in documents._get_statements()[document.id]["totals"]
        }

    def _aged(self, as_of, partner=None):
        """Return {currency: total} of the aged balance of a customer."""
        lines = self.env["credit.aged.balance"]._compute_lines(
            as_of,
            currency="original",
            domain=[("partner_id", "=", (partner or self.customer).id)],
        )
        return {
            line["currency"]: line["currency"].round(line["amounts"][-1])
            for line in lines
            if not line["currency"].is_zero(line["amounts"][-1])
        }


@tagged("post_install", "-at_install")
class TestStatement(StatementCommon):
    def test_open_items_tie_to_the_aged_balance(self):
        """The balance at any date is the customer's line of the aged balance, per currency."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        first = self._overdue(60, amount=100)
        self._overdue(20, amount=50.5, currency_id=euro.id)
        self._overdue(-5, amount=7)
        self._pay(first, 30, on="2026-03-01")
        for day in ("2026-01-15", "2026-02-20", "2026-02-28", "2026-03-01", "2026-03-10"):
            with self.subTest(day):
                expected = self._aged(day)
                self.assertEqual(self._balances(self._statement(date=day)), expected)
        self.assertEqual(expected, {self.company.currency_id: 77.0, euro: 50.5})

    def test_page_of_open_items(self):
        """Sections, what was paid of each item, and totals, at the date of the statement."""
        invoice = self._overdue(60, amount=100)
        self._pay(invoice, 30, on="2026-03-01")
        self._overdue(-5, amount=7)
        credit = self._invoice(due="2026-03-01", amount=12, move_type="out_refund")
        tree = self._print(self._statement())
        rows = [
            [cell.text_content().strip() for cell in row]
            for row in tree.xpath("//table[@name='items']/tbody/tr")
        ]
        headings = [row[0] for row in rows if len(row) == 1]
        self.assertEqual(
            headings, ["Overdue", "Not due yet", "Credit notes and unallocated payments"]
        )
        [paid] = [row for row in rows if row[0] == invoice.name]
        self.assertEqual(
            [text.replace("\N{NO-BREAK SPACE}", "") for text in paid[3:]],
            ["60", "$100.00", "$30.00", "$70.00"],
        )
        self.assertIn(credit.name, [row[0] for row in rows])
        text = " ".join(tree.text_content().split())
        self.assertIn("Open items of your account on 03/10/2026", text)
        self.assertIn("Total due $ 58.00", text)
        self.assertIn("Balance $ 65.00", text)
        self.assertNotIn("Reference to quote", text)
        tree = self._print(self._statement(date="2026-02-20"))
        self.assertIn("100.00", tree.text_content())
        self.assertNotIn("30.00", tree.text_content())

    def test_without_items_not_due(self):
        self._overdue(3, amount=100)
        later = self._overdue(-5, amount=7)
        tree = self._print(self._statement(include_not_due=False))
        self.assertNotIn(later.name, tree.text_content())

    def test_activity_ties_to_the_ledger(self):
        """Opening and closing balances are those of the account, and of the aged balance."""
        first = self._overdue(60, amount=100)
        self._pay(first, 100, on="2026-02-15")
        second = self._overdue(20, amount=80)
        self._pay(second, 30, on="2026-03-05")
        self._overdue(-15, amount=44)
        wizard = self._statement(kind="activity", date_from="2026-02-01", date="2026-03-07")
        documents = wizard._create_documents()
        [account] = documents._get_statements()[documents.id]["accounts"]
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )

        def ledger(day):
            return sum(lines.filtered(lambda line: str(line.date) <= day).mapped("balance"))

        self.assertEqual(account["opening"], ledger("2026-01-31"))
        self.assertEqual(account["closing"], ledger("2026-03-07"))
        self.assertEqual(self._balances(wizard), self._aged("2026-03-07"))
        self.assertEqual(account["opening"] + account["debit"] - account["credit"], 94)
        dates = [row["date"] for row in account["rows"]]
        self.assertEqual(dates, sorted(dates))
        self.assertEqual(account["rows"][-1]["balance"], account["closing"])
        tree = self._print(wizard)
        self.assertEqual(len(tree.xpath("//tr[@name='entry']")), len(account["rows"]))
        text = " ".join(tree.text_content().split())
        self.assertIn("from 02/01/2026 to 03/07/2026", text)
        self.assertIn("$ 94.00", text)

    def test_activity_across_currencies(self):
        """An invoice paid in another currency leaves nothing on either account."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        invoice = self._overdue(20, amount=100, currency_id=euro.id)
        self._register_payment(
            invoice,
            amount=50,
            currency_id=self.company.currency_id.id,
            payment_date=fields.Date.to_date("2026-03-02"),
        )
        self.assertEqual(invoice.amount_residual, 0)
        wizard = self._statement(kind="activity", date_from="2026-01-01", date="2026-03-01")
        self.assertEqual(self._balances(wizard), {euro: 100})
        wizard = self._statement(kind="activity", date_from="2026-01-01", date="2026-03-10")
        closing = {
            currency: amount for currency, amount in self._balances(wizard).items() if amount
        }
        self.assertEqual(closing, self._aged("2026-03-10"))
        self.assertEqual(closing, {})
        self.assertIn("Settled with", self._print(wizard).text_content())

    def test_period_is_checked(self):
        wizard = self._statement(kind="activity", date_from="2026-03-01", date="2026-02-01")
        with self.assertRefused("ends before it begins"):
            wizard.action_print()

    def test_form(self):
        """The assistant tells how many get a statement, and who has no address."""
        self._overdue(3)
        self._overdue(3, self.other)
        self.other.email = False
        wizard = Form(self.env["credit.statement"])
        self.assertEqual(wizard.customer_count, 2)
        self.assertEqual(wizard.unreachable_ids[:], self.other)
        wizard.kind = "activity"
        self.assertEqual(str(wizard.date_from), "2026-01-01")
        self.assertEqual(wizard.customer_count, 2)
        wizard.kind = "open"
        wizard.date = "2020-01-01"
        self.assertEqual(wizard.customer_count, 0)
        with self.assertRefused("nothing to show"):
            wizard.save().action_print()

    def test_customers_with_nothing(self):
        """Among several, who has nothing to show gets nothing; alone, a page that says so."""
        self._overdue(3)
        wizard = self._statement(self.customer | self.other)
        self.assertEqual((wizard.customer_count, wizard.empty_count), (1, 1))
        self.assertEqual(wizard._create_documents().partner_id, self.customer)
        tree = self._print(self._statement(self.other))
        self.assertIn("Nothing was open on your account", tree.text_content())

    def test_contacts_stand_for_their_company(self):
        contact = self._create_customer("Contact", parent_id=self.customer.id, is_company=False)
        self._overdue(3, contact)
        action = contact.action_credit_statement()
        wizard = self.env["credit.statement"].with_context(**action["context"]).create({})
        self.assertEqual(wizard._create_documents().partner_id, self.customer)

    def test_language_of_the_recipient(self):
        """Texts, dates and amounts are in the language of whom it is addressed to."""
        self.env["res.lang"]._activate_lang("fr_FR")
        contact = self._create_customer(
            "Contact", parent_id=self.customer.id, is_company=False, dunning_contact=True,
            lang="fr_FR",
        )  # fmt: skip
        self._overdue(3, amount=1234.5)
        self._overdue(3, self.other)
        wizard = self._statement(self.customer | self.other)
        documents = wizard._create_documents()
        self.assertEqual(documents[0].contact_id, contact)
        self.assertEqual(documents.mapped("lang"), ["fr_FR", "en_US"])
        self.assertIn("234,50", documents[0].balance_text)
        text = self._print(wizard).text_content()
        self.assertIn("10/03/2026", text)
        self.assertIn("03/10/2026", text)

    def _send(self, wizard):
        with self.mock_mail_gateway(mail_unlink_sent=False):
            action = wizard.action_send()
            queued = self.env["mail.mail"].sudo().search([("state", "=", "outgoing")])
            before = len(self._mails)
            queued.send()
        return action, queued, before, self._mails

    def test_send(self):
        """One queued e-mail with its PDF per customer, kept in the chatter; never twice."""
        self._overdue(3, amount=100)
        self._overdue(3, self.other)
        third = self._create_customer("Customer C", email=False)
        self._overdue(3, third)
        wizard = self._statement(self.customer | self.other | third)
        self.env["mail.mail"].sudo().search([]).unlink()
        action, queued, before, mails = self._send(wizard)
        self.assertEqual((len(queued), before, len(mails)), (2, 0, 2))
        self.assertIn("Statements queued: 2.", action["params"]["message"])
        self.assertIn("Customer C", action["params"]["message"])
        self.assertEqual(action["params"]["type"], "warning")
        message = self.customer.message_ids[0]
        self.assertEqual(message.subject, f"{self.company.name}: statement of account 03/10/2026")
        self.assertIn("100.00", message.body)
        self.assertEqual(
            message.attachment_ids.mapped("name"),
            ["Statement of account 2026-03-10 - Customer A.pdf"],
        )
        self.assertEqual(message.notified_partner_ids, self.customer)
        self.assertEqual(queued[0].mail_message_id.author_id, self.env.user.partner_id)
        action, queued, _before, mails = self._send(wizard)
        self.assertEqual(len(self.customer.message_ids.filtered("attachment_ids")), 1)
        self.assertIn("already", action["params"]["message"])

    def test_nobody_to_send_to(self):
        self.customer.email = False
        self._overdue(3)
        with self.assertRefused("None of these customers has an e-mail address: Customer A"):
            self._statement().action_send()

    def test_spreadsheet_of_open_items(self):
        """Balances are formulas over the items above, with the figures of the page."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self._overdue(60, amount=100)
        self._overdue(20, amount=50.5, currency_id=euro.id)
        self._overdue(-2, self.other, amount=7)
        wizard = self._statement(self.customer | self.other)
        file = io.BytesIO()
        wizard._create_documents()._write_xlsx(file)
        values = openpyxl.load_workbook(io.BytesIO(file.getvalue()), data_only=True).active
        formulas = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
        balances = [row for row in values.iter_rows(4) if row[1].value == "Balance"]
        self.assertEqual(
            [(row[0].value, row[5].value, row[8].value) for row in balances],
            [("Customer A", "EUR", 50.5), ("Customer A", "USD", 100), ("Customer B", "USD", 7)],
        )
        self.assertEqual(formulas.cell(balances[0][8].row, 9).value, "=SUBTOTAL(9,I4)")
        self.assertTrue(values.cell(4, 3).is_date)
        self.assertEqual(values.auto_filter.ref, "A3:I9")

    def test_spreadsheet_of_a_period(self):
        invoice = self._overdue(20, amount=100)
        self._pay(invoice, 30, on="2026-03-05")
        wizard = self._statement(kind="activity", date_from="2026-02-01")
        file = io.BytesIO()
        wizard._create_documents()._write_xlsx(file)
        values = openpyxl.load_workbook(io.BytesIO(file.getvalue()), data_only=True).active
        formulas = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
        last = values.max_row
        self.assertEqual([cell.value for cell in values[last]][6:], [0, 30, 70])
        self.assertEqual([cell.value for cell in values[4]][8], 100)
        self.assertEqual(formulas.cell(last, 9).value, f"=I4+G{last}-H{last}")

    def test_branches_on_one_letterhead(self):
        """The main company's statement has the items of its branches."""
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids += branch
        self.cr.precommit.run()
        self._overdue(3, amount=100)
        self._invoice(due="2026-03-01", amount=11, company_id=branch.id)
        wizard = self._statement()
        self.assertEqual(wizard.company_id, self.company)
        self.assertEqual(self._balances(wizard), {self.company.currency_id: 111})

    def test_rights(self):
        """A viewer prints the open items of the own customers, and sends nothing."""
        viewer = self.env["res.users"].create(
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
        self.other.user_id = viewer
        self._overdue(3, amount=100, invoice_user_id=viewer.id)
        self._overdue(3, self.other)
        Statement = self.env["credit.statement"].with_user(viewer)
        Statement = Statement.with_context(allowed_company_ids=self.company.ids)
        wizard = Statement.create({})
        documents = wizard._create_documents()
        self.assertEqual(documents.partner_id, self.other)
        content = wizard.env["ir.actions.report"]._render_qweb_html(_REPORT, documents.ids)[0]
        self.assertIn("Customer B", content.decode())
        self.assertFalse(wizard.can_send)
        with self.assertRaises(AccessError):
            wizard.action_send()
        wizard.write({"kind": "activity", "date_from": "2026-01-01"})
        with self.assertRaises(AccessError):
            wizard.action_print()
        with self.assertRefused("nothing to show"):
            Statement.create({"partner_ids": [Command.set(self.customer.ids)]}).action_print()
        # Somebody else's wizard.
        with self.assertRaises(AccessError):
            self._statement().with_user(viewer).read(["kind"])

    def test_credit_user_sends(self):
        user = self.env["res.users"].create(
            {
                "name": "Credit user",
                "login": "user@credit.example.com",
                "email": "user@credit.example.com",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [Command.set(self.env.ref("credit_mgmt.credit_mgmt_group_user").ids)],
            }
        )
        self._overdue(3)
        wizard = self._statement().with_user(self.env.user)
        wizard = (
            self.env["credit.statement"]
            .with_user(user)
            .create({"partner_ids": [Command.set(self.customer.ids)]})
        )
        self._send(wizard)
        self.assertEqual(self.customer.message_ids[0].author_id, user.partner_id)

    def test_queries_do_not_grow(self):
        """Figures, spreadsheet and page of 60 customers need no more queries than of 10."""

        def count(partners, **values):
            wizard = self._statement(partners, **values)
            documents = wizard._create_documents()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            documents._get_statements()
            documents._write_xlsx(io.BytesIO())
            return self.cr.sql_log_count - before

        customers = self.env["res.partner"]
        for number in range(60):
            customers |= self._create_customer(f"Sixty {number}")
        for customer in customers:
            self._overdue(5, customer)
        for values in ({}, {"kind": "activity", "date_from": "2026-01-01"}):
            count(customers[:10], **values)
            few = count(customers[:10], **values)
            self.assertLessEqual(count(customers, **values), few)


@tagged("post_install", "-at_install")
class TestStatementDownload(StatementCommon, HttpCase):
    def test_download(self):
        """The spreadsheet is for who asked for it only."""
        user = self.env["res.users"].create(
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
        self._overdue(3, amount=100)
        self.authenticate("credit@example.com", "credit@example.com")
        wizard = self.env["credit.statement"].with_user(user).create({})
        response = self.url_open(wizard.action_export_xlsx()["url"])
        self.assertEqual(response.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content), data_only=True).active
        self.assertEqual(sheet.cell(sheet.max_row, 9).value, 100)
        action = self._statement().action_export_xlsx()
        self.assertEqual(self.url_open(action["url"]).status_code, 400)
        self.assertEqual(self.url_open("/credit_mgmt/statements/0").status_code, 400)

    def test_real_pdf(self):
        """Statements of several pages and customers are split into one PDF for each."""
        self.env["ir.config_parameter"].set_param("report.url", self.base_url())
        for number in range(60):
            self._overdue(number, amount=number + 1)
        self._overdue(3, self.other)
        wizard = self._statement(self.customer | self.other)
        documents = wizard._create_documents()
        contents = documents.with_context(force_report_rendering=True)._render_pdfs(
            "credit_mgmt.action_report_credit_statement", documents
        )
        self.assertEqual(set(contents), set(documents.ids))
        for content in contents.values():
            self.assertTrue(content.startswith(b"%PDF"))
