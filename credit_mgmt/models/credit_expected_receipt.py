from odoo import api, fields, models
from odoo.tools import SQL


class CreditExpectedReceipt(models.Model):
    """Every open receivable item with the day on which its customer may be expected to pay.

    The rows are those of ``credit.aged.item``; the day is the due date plus the customer's
    average payment delay, never in the past.
    """

    _name = "credit.expected.receipt"
    _description = "Expected Receipt"
    _inherit = ["credit.aged.item"]
    _auto = False
    _order = "expected_date, date_maturity, id"

    expected_date = fields.Date(
        string="Expected On",
        readonly=True,
        aggregator="min",
        help="The due date plus the customer's average payment delay over the last twelve months "
        "(an early payer's is negative), never before today.",
    )
    expected_late = fields.Boolean(
        string="Later Than Usual",
        readonly=True,
        help="By the customer's habit the item should have been paid before today.",
    )
    usual_delay = fields.Integer(
        string="Usual Delay (Days)",
        readonly=True,
        aggregator="avg",
        help="Average days from due date to payment of what the customer paid in the last twelve "
        "months; 0 for a customer that paid nothing.",
    )

    # === QUERY === #

    @api.model
    def _select(self) -> SQL:
        expected, as_of = self._get_expected_sql(), self._get_as_of()
        return SQL(
            """
            %(columns)s,
            ROUND(COALESCE(habit.days, 0))::int AS usual_delay,
            GREATEST(%(expected)s, %(as_of)s::date) AS expected_date,
            %(expected)s < %(as_of)s::date AS expected_late
            """,
            columns=super()._select(),
            expected=expected,
            as_of=as_of,
        )

    @api.model
    def _get_expected_sql(self) -> SQL:
        """Return the day on which an item is paid if its customer pays as before.

        To be overridden by what is known better (a promise, an instalment). Aliases: ``item``,
        ``partner`` and ``habit.days`` (average delay, null without a payment).
        """
        return SQL("(item.date_maturity + ROUND(COALESCE(habit.days, 0))::int)")

    @api.model
    def _from(self) -> SQL:
        return SQL(
            """
            %s
            LEFT JOIN (%s) habit
                   ON habit.partner_id = partner.id
                  AND habit.root_id = split_part(company.parent_path, '/', 1)::int
            """,
            super()._from(),
            self._get_habits_sql(),
        )

    @api.model
    def _get_habits_sql(self) -> SQL:
        """Return the average delay of each customer towards each main company of the user."""
        Partner = self.env["res.partner"]
        return SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s AS root_id, partner_id, average_delay_days AS days FROM (%s) of_root",
                root_id,
                Partner.with_company(root_id)._get_delays_sql(),
            )
            # The main company decides, even if only a branch of it is selected.
            for root_id in self.env.companies.sudo().root_id.ids
        )

    # === ACTIONS === #

    @api.readonly
    def action_open_entry(self):
        """Open the invoice or journal entry of the row."""
        self.ensure_one()
        return self.env["credit.aged.item"].browse(self.id).action_open_entry()
