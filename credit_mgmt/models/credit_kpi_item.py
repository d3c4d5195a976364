from odoo import api, fields, models
from odoo.tools import SQL

#: Kinds of entries whose receivable items are sales.
SALE_TYPES = ("out_invoice", "out_receipt", "out_refund")


class CreditKpiItem(models.Model):
    """Every posted receivable item, open or settled: what the indicators of any date count.

    The row has the id of the journal item. What was open at a date is in ``credit.aged.item``.
    """

    _name = "credit.kpi.item"
    _inherit = ["credit.ledger.row"]
    _description = "Posted Receivable Item"
    _auto = False
    _rec_name = "name"
    _rec_names_search = ["name", "partner_id"]
    _order = "date desc, id desc"

    name = fields.Char(string="Number", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice or Entry", readonly=True)
    move_type = fields.Selection(
        selection=lambda self: self.env["account.move"]._fields["move_type"].selection,
        string="Type",
        readonly=True,
    )
    journal_id = fields.Many2one("account.journal", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    root_company_id = fields.Many2one("res.company", string="Main Company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True, aggregator=None)
    date_maturity = fields.Date(string="Due Date", readonly=True, aggregator="min")
    balance = fields.Monetary(
        string="Original Amount", currency_field="company_currency_id", readonly=True
    )
    unallocated = fields.Boolean(
        readonly=True,
        help="A credit note, payment or bank line: shown apart, never netted into the ages.",
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    credit_group_id = fields.Many2one("credit.group", string="Group", readonly=True)
    risk_class_id = fields.Many2one("credit.risk.class", readonly=True)

    _depends = {
        "account.move": ["name", "move_type", "invoice_user_id"],
        "account.move.line": [
            "move_id", "journal_id", "account_id", "partner_id", "company_id",
            "company_currency_id", "date", "date_maturity", "balance",
            "parent_state", "move_name", "payment_id", "statement_line_id",
        ],
        "account.account": ["account_type"],
        "res.company": ["parent_path"],
        "res.partner": [
            "commercial_partner_id", "collector_id", "user_id", "country_id",
            "credit_group_id", "risk_class_id",
        ],
    }  # fmt: skip

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for item in self:
            parts = (item.name, item.partner_id.name)
            item.display_name = " - ".join(part for part in parts if part)

    # === QUERY === #

    @property
    def _table_query(self) -> SQL:
        return SQL("SELECT %s FROM %s WHERE %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self) -> SQL:
        columns = self._get_columns()
        return SQL(", ").join(
            SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items()
        )

    @api.model
    def _get_columns(self) -> dict[str, SQL]:
        """Return the columns by field name; every dimension of the indicators is one of them.

        To be extended by ``super() | {...}`` with the field of the same name. Aliases: ``line``,
        ``move``, ``company``, ``partner`` (commercial entity, may be null).
        """
        return {
            "id": SQL("line.id"),
            "move_line_id": SQL("line.id"),
            "name": SQL("COALESCE(line.move_name, move.name)"),
            "move_id": SQL("line.move_id"),
            "move_type": SQL("move.move_type"),
            "journal_id": SQL("line.journal_id"),
            "account_id": SQL("line.account_id"),
            "partner_id": SQL("partner.id"),
            "company_id": SQL("line.company_id"),
            "root_company_id": SQL("split_part(company.parent_path, '/', 1)::int"),
            "company_currency_id": SQL("line.company_currency_id"),
            "date": SQL("line.date"),
            "date_maturity": SQL("COALESCE(line.date_maturity, line.date)"),
            "balance": SQL("line.balance"),
            "unallocated": SQL(
                "(line.balance < 0 OR line.payment_id IS NOT NULL"
                " OR line.statement_line_id IS NOT NULL)"
            ),
            "user_id": SQL("COALESCE(move.invoice_user_id, partner.user_id)"),
            "collector_id": SQL(
                "(partner.collector_id ->> split_part(company.parent_path, '/', 1))::int"
            ),
            "country_id": SQL("partner.country_id"),
            "credit_group_id": SQL("partner.credit_group_id"),
            "risk_class_id": SQL(
                "(partner.risk_class_id ->> split_part(company.parent_path, '/', 1))::int"
            ),
        }

    @api.model
    def _from(self) -> SQL:
        """Return the joins; only LEFT JOINs on keys, which the database drops when not used."""
        return SQL(
            """
            account_move_line line
            LEFT JOIN account_move move ON move.id = line.move_id
            LEFT JOIN res_company company ON company.id = line.company_id
            LEFT JOIN res_partner contact ON contact.id = line.partner_id
            LEFT JOIN res_partner partner ON partner.id = contact.commercial_partner_id
            """
        )

    @api.model
    def _where(self) -> SQL:
        return SQL(
            "line.parent_state = 'posted' AND line.account_id IN %s",
            self.env["credit.receivable"]._get_account_ids(),
        )

    @api.model
    def _get_unposted_sql(self, accounts=None) -> SQL:
        """Return the receivable items of drafts.

        Odoo keeps the matchings of an invoice that is reset to draft. The invoice has left the
        ledger then, so they must not be counted.
        """
        return SQL(
            "(SELECT id FROM account_move_line"
            " WHERE parent_state <> 'posted' AND matching_number IS NOT NULL"
            " AND account_id IN %s)",
            accounts or self.env["credit.receivable"]._get_account_ids(),
        )
