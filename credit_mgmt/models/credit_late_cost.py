from odoo import api, fields, models
from odoo.tools import SQL


class CreditLateCost(models.Model):
    """Every invoice item that is late or was paid late, with what its lateness still costs.

    One row per journal item that bears late costs (see ``credit.late.cost.engine``); the row has
    the id of the item. Open items and items paid late stand side by side: a claim survives the
    payment of the principal.
    """

    _name = "credit.late.cost"
    _inherit = ["credit.ledger.row"]
    _description = "Late Cost"
    _auto = False
    _rec_name = "name"
    _rec_names_search = ["name", "partner_id"]
    _order = "date_maturity desc, id desc"

    name = fields.Char(string="Number", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice or Entry", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    root_company_id = fields.Many2one("res.company", string="Main Company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    audience = fields.Selection(
        selection=lambda self: (
            self.env["credit.interest.term"]._fields["audience"]._description_selection(self.env)
        ),
        readonly=True,
    )
    date_maturity = fields.Date(string="Due Date", readonly=True, aggregator="min")
    date_settled = fields.Date(
        string="Paid On", readonly=True, aggregator=None, help="Empty while the item is open."
    )
    days_late = fields.Integer(readonly=True, aggregator="max")
    amount_total = fields.Monetary(string="Invoiced", readonly=True, aggregator=None)
    amount_residual = fields.Monetary(string="Open Amount", readonly=True, aggregator=None)
    state = fields.Selection([("open", "Unpaid"), ("paid", "Paid late")], readonly=True)
    to_claim = fields.Boolean(
        readonly=True, help="Days of interest or an indemnity are neither booked nor waived."
    )
    collector_id = fields.Many2one("res.users", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    late_interest = fields.Monetary(compute="_compute_late_costs")
    late_indemnity = fields.Monetary(string="Fixed Indemnity", compute="_compute_late_costs")
    late_cost_total = fields.Monetary(string="Late Costs", compute="_compute_late_costs")
    late_cost_warning = fields.Char(string="Warning", compute="_compute_late_costs")
    claim_ids = fields.One2many(
        "credit.late.cost.claim", string="Booked and Waived", compute="_compute_claim_ids"
    )

    _depends = {
        "account.move": [
            "name", "move_type", "payment_state", "invoice_user_id", "origin_payment_id",
            "statement_line_id", "late_interest_rate",
        ],
        "account.move.line": [
            "move_id", "account_id", "partner_id", "company_id", "currency_id", "date",
            "date_maturity", "amount_currency", "amount_residual_currency", "reconciled",
            "parent_state", "no_followup", "move_name",
        ],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id"],
        "account.account": ["account_type"],
        "res.company": ["parent_path", "country_id", "credit_public_indemnity"],
        "res.partner": ["commercial_partner_id", "credit_audience", "collector_id", "user_id"],
        "credit.interest.term": [
            "active", "audience", "company_id", "country_id", "start_event", "fee_kind",
        ],
        "credit.late.cost.claim": [
            "live", "kind", "move_id", "move_line_id", "date_from", "date_to", "booking_move_id",
        ],
        "credit.dunning.notice": ["state", "sent_date", "formal_notice"],
        "credit.dunning.notice.line": ["move_line_id", "kind", "notice_id"],
    }  # fmt: skip

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for item in self:
            parts = (item.name, item.partner_id.name)
            item.display_name = " - ".join(part for part in parts if part)

    @api.depends_context("receivable_date")
    def _compute_late_costs(self):
        costs = self.env["credit.late.cost.engine"]._get_late_costs(self)
        Term = self.env["credit.interest.term"]
        for item in self:
            cost = costs[item.id]
            item.late_interest = cost.interest
            item.late_indemnity = cost.indemnity
            item.late_cost_total = cost.total
            item.late_cost_warning = Term._get_warning(cost.missing_from)

    def _compute_claim_ids(self):
        claims = self.env["credit.late.cost.claim"].search([("move_id", "in", self.move_id.ids)])
        by_move = claims.grouped("move_id")
        for item in self:
            item.claim_ids = by_move.get(item.move_id, claims.browse()).filtered(
                lambda claim, item=item: claim.move_line_id in (item.move_line_id,
                                                                item.move_line_id.browse())
            )  # fmt: skip

    # === QUERY === #

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT line.id,
                   line.id AS move_line_id,
                   COALESCE(line.move_name, move.name) AS name,
                   line.move_id,
                   partner.id AS partner_id,
                   line.company_id,
                   day.root_id AS root_company_id,
                   line.currency_id,
                   term.audience,
                   item.due AS date_maturity,
                   item.settled AS date_settled,
                   item.last - item.start AS days_late,
                   line.amount_currency AS amount_total,
                   line.amount_residual_currency AS amount_residual,
                   CASE WHEN line.reconciled IS TRUE THEN 'paid' ELSE 'open' END AS state,
                   item.last - item.start > claimed.days
                       OR (term.has_fee AND move.move_type <> 'entry'
                           AND claimed.indemnities = 0) AS to_claim,
                   (partner.collector_id ->> day.root_id::text)::int AS collector_id,
                   COALESCE(move.invoice_user_id, partner.user_id) AS user_id
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN %(days)s ON day.company_id = line.company_id
              JOIN res_partner contact ON contact.id = line.partner_id
              JOIN res_partner partner ON partner.id = contact.commercial_partner_id
              JOIN %(terms)s ON term.company_id = line.company_id
                            AND term.audience = partner.credit_audience
        CROSS JOIN LATERAL (
                SELECT COALESCE(line.date_maturity, line.date) AS due, settlement.date AS settled,
                       CASE WHEN term.start_event = 'due'
                            THEN COALESCE(line.date_maturity, line.date)
                            ELSE GREATEST(COALESCE(line.date_maturity, line.date),
                                          (%(notice)s)) END AS start,
                       %(last_day)s AS last
                  FROM (SELECT CASE WHEN line.reconciled IS TRUE THEN (
                            SELECT MAX(other.date)
                              FROM account_partial_reconcile partial
                              JOIN account_move_line other ON other.id = partial.credit_move_id
                             WHERE partial.debit_move_id = line.id) END AS date) settlement
             ) item
        CROSS JOIN LATERAL (
                SELECT COALESCE(SUM(
                           LEAST(claim.date_to, item.last)
                           - GREATEST(claim.date_from, item.start + 1) + 1
                       ) FILTER (WHERE claim.kind = 'interest'
                                   AND claim.date_from <= item.last
                                   AND claim.date_to > item.start), 0) AS days,
                       COUNT(*) FILTER (WHERE claim.kind = 'indemnity') AS indemnities
                  FROM credit_late_cost_claim claim
                 WHERE claim.live
                   AND claim.move_id = line.move_id
                   AND (claim.kind = 'indemnity'
                        OR claim.move_line_id = line.id OR claim.move_line_id IS NULL)
             ) claimed
             WHERE (%(costed)s)
               AND (line.reconciled IS NOT TRUE OR item.settled IS NOT NULL)
               AND (term.start_event = 'due' OR (%(notice)s) IS NOT NULL)
               AND item.start < item.last
            """,
            days=self.env["credit.receivable"]._get_days_sql(),
            terms=self._get_terms_sql(),
            notice=self._get_formal_notice_sql(),
            last_day=self._get_last_day_sql(),
            costed=self.env["credit.late.cost.engine"]._get_costed_sql(),
        )

    @api.model
    def _get_last_day_sql(self) -> SQL:
        """Return the last day that bears interest: that of the payment, else today.

        To be kept in step with ``credit.late.cost.engine._set_ends``. Aliases: ``line``, ``move``,
        ``partner``, ``day`` and ``settlement``.
        """
        return SQL("COALESCE(settlement.date, day.today)")

    @api.model
    def _get_formal_notice_sql(self) -> SQL:
        """Return the day of the first formal notice that demanded an item (alias ``line``)."""
        return SQL(
            """
            SELECT MIN(notice.sent_date)
              FROM credit_dunning_notice_line demand
              JOIN credit_dunning_notice notice ON notice.id = demand.notice_id
             WHERE demand.move_line_id = line.id
               AND demand.kind IN ('claimed', 'recalled')
               AND notice.formal_notice
               AND notice.state = 'sent'
            """
        )

    @api.model
    def _get_terms_sql(self) -> SQL:
        """Return one row per company and audience that bears late costs (rule 16)."""
        # The table is the same for every user; record rules decide what is read of it.
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([])
        rows = [
            SQL(
                "(%s, %s, %s, %s)",
                company_id,
                audience,
                term.start_event,
                term._get_fee_rule(companies.browse(company_id)) is not None,
            )
            for (company_id, audience), term in self.env["credit.interest.term"]
            ._get_terms(companies)
            .items()
        ]
        return SQL(
            "(VALUES %s) AS term(company_id, audience, start_event, has_fee)",
            SQL(", ").join(rows or [SQL("(0, '', 'due', FALSE)")]),
        )

    # === ACTIONS === #

    def action_open_detail(self):
        """Show how interest and indemnity of the items are computed."""
        return self.env["credit.late.cost.detail"]._open(self.move_line_id)

    def action_book(self):
        """Open the wizard that books the late costs of the selected items as drafts."""
        return self.env["credit.late.cost.book"]._open(self.move_line_id)

    def action_waive(self):
        """Open the wizard that waives the late costs of the selected items."""
        return self.env["credit.late.cost.waive"]._open(self.move_line_id)
