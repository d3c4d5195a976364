import logging

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class CreditReceivable(models.Model):
    """What customers promise, dispute and agree upon, and who collects, as states of the items.

    Few items are concerned: each condition first looks whether the item is among the live rows
    (hashed once per statement), and only then reads the ledger.
    """

    _inherit = "credit.receivable"

    late_reason_id = fields.Many2one("credit.late.reason", readonly=True)
    expected_payment_date = fields.Date(
        string="Expected",
        readonly=True,
        aggregator="max",
        help="The date of the promise, instalment or collection that covers the item.",
    )

    _depends = {
        "account.move": ["late_reason_id", "state"],
        "account.partial.reconcile": [
            "debit_move_id", "credit_move_id", "debit_amount_currency", "max_date",
        ],
        "res.partner": ["late_reason_id"],
        "credit.promise": ["company_id", "amount", "date", "grace_days", "cancelled_on", "live"],
        "credit.promise.line": ["promise_id", "date", "amount"],
        "credit.promise.item": [
            "promise_id", "move_line_id", "move_id", "amount", "amount_start", "live",
        ],
        "credit.payment.plan": [
            "company_id", "amount", "stage", "grace_days", "cancelled_on", "live", "date",
            "date_offer_until",
        ],
        "credit.payment.plan.line": ["plan_id", "date", "amount"],
        "credit.payment.plan.item": ["plan_id", "move_line_id", "move_id", "amount_start", "live"],
        "credit.dispute": ["date", "live", "closed_on"],
        "credit.dispute.item": [
            "dispute_id", "move_line_id", "move_id", "amount", "credited_start", "live",
        ],
        "credit.collection": ["move_line_id", "kind", "date", "date_until", "live"],
    }  # fmt: skip

    # === RULES === #

    @api.model
    def _get_exclusion_rules(self) -> list[tuple[int, str, str, SQL]]:
        rules = [
            (sequence, code, label, self._with_collections(condition))
            if code == "in_collection"
            else (sequence, code, label, condition)
            for sequence, code, label, condition in super()._get_exclusion_rules()
        ]
        return rules + [
            (
                20,
                "factored",
                self.env._("Assigned to a factor"),
                self._get_collection_sql(SQL("mark.kind = 'factored'")),
            ),
            (
                30,
                "disputed",
                self.env._("Disputed"),
                SQL("held.disputed > 0 AND held.disputed >= line.amount_residual"),
            ),
            (40, "plan", self.env._("Payment plan running"), self._get_plan_sql()),
            (
                50,
                "promised",
                self.env._("Payment promised"),
                SQL("held.promised > 0 AND held.promised + held.disputed >= line.amount_residual"),
            ),
        ]

    @api.model
    def _with_collections(self, condition) -> SQL:
        """Add direct debits, bills and cheques to the payments under way that Odoo knows."""
        return SQL(
            "(%s OR %s)", condition, self._get_collection_sql(SQL("mark.kind <> 'factored'"))
        )

    @api.model
    def _get_live_sql(self, table, entry_id=None) -> SQL:
        """Return whether the item has a live row in a table; the list is hashed once."""
        return SQL(
            "%s IN (SELECT live.move_line_id FROM %s live"
            " WHERE live.live AND live.move_line_id IS NOT NULL)",
            entry_id or SQL("line.id"),
            SQL.identifier(table),
        )

    @api.model
    def _get_collection_sql(self, kinds) -> SQL:
        return SQL(
            """
            CASE WHEN %s THEN EXISTS (
                SELECT 1
                  FROM credit_collection mark
                 WHERE mark.move_line_id = line.id AND mark.live AND %s
                   AND mark.date <= day.today
                   AND (mark.date_until IS NULL OR mark.date_until >= day.today)
            ) ELSE FALSE END
            """,
            self._get_live_sql("credit_collection"),
            kinds,
        )

    @api.model
    def _get_plan_sql(self) -> SQL:
        """Return whether a plan that is kept so far, or an offer that still stands, covers it."""
        Plan = self.env["credit.payment.plan"]
        return SQL(
            """
            CASE WHEN %(live)s THEN EXISTS (
                SELECT 1
                  FROM credit_payment_plan_item covered
                  JOIN credit_payment_plan plan ON plan.id = covered.plan_id
                 CROSS JOIN LATERAL (%(progress)s) progress
                 WHERE covered.move_line_id = line.id AND covered.live
                   AND plan.date <= day.today
                   AND (%(state)s = 'agreed'
                        OR (plan.stage = 'proposed' AND plan.date_offer_until >= day.today))
            ) ELSE FALSE END
            """,
            live=self._get_live_sql("credit_payment_plan_item"),
            progress=Plan._get_progress_sql(SQL("plan"), SQL("day.today")),
            state=Plan._get_state_case(SQL("plan")),
        )

    # === AMOUNTS === #

    @api.model
    def _get_company_amount_sql(self, amount) -> SQL:
        """Return a part of the open item in company currency, at the item's own rate.

        :param amount: SQL of one value, in the item's currency
        """
        return SQL(
            """
            COALESCE((
                SELECT CASE WHEN line.amount_residual_currency <= 0 OR part.amount <= 0 THEN 0
                            WHEN part.amount >= line.amount_residual_currency
                            THEN line.amount_residual
                            ELSE ROUND(part.amount * line.amount_residual
                                       / line.amount_residual_currency, money.decimal_places) END
                  FROM (SELECT %s AS amount) part
                  JOIN res_currency money ON money.id = line.company_currency_id
            ), 0)
            """,
            amount,
        )

    @api.model
    def _get_disputed_sql(self) -> SQL:
        Item = self.env["credit.dispute.item"]
        return SQL(
            "CASE WHEN %s THEN %s ELSE 0 END",
            self._get_live_sql("credit_dispute_item"),
            self._get_company_amount_sql(
                SQL(
                    """
                    (SELECT SUM(contested.amount)
                            - GREATEST(%s - MIN(contested.credited_start), 0)
                       FROM credit_dispute_item contested
                       JOIN credit_dispute dispute ON dispute.id = contested.dispute_id
                      WHERE contested.move_line_id = line.id AND contested.live
                        AND dispute.date <= day.today)
                    """,
                    Item._get_credited_sql(SQL("line.id")),
                )
            ),
        )

    @api.model
    def _get_promised_sql(self) -> SQL:
        Promise = self.env["credit.promise"]
        return SQL(
            "CASE WHEN %s THEN %s ELSE 0 END",
            self._get_live_sql("credit_promise_item"),
            self._get_company_amount_sql(
                SQL(
                    """
                    (SELECT SUM(GREATEST(
                                promised.amount - GREATEST(
                                    promised.amount_start - line.amount_residual_currency, 0), 0))
                       FROM credit_promise_item promised
                       JOIN credit_promise promise ON promise.id = promised.promise_id
                      CROSS JOIN LATERAL (%(progress)s) progress
                      WHERE promised.move_line_id = line.id AND promised.live
                        AND promise.date <= day.today
                        AND %(state)s = 'open')
                    """,
                    progress=Promise._get_progress_sql(SQL("promise"), SQL("day.today")),
                    state=Promise._get_state_case(SQL("promise")),
                )
            ),
        )

    # === COLUMNS === #

    @api.model
    def _select(self) -> SQL:
        return SQL(
            """
            %s,
            COALESCE(move.late_reason_id, partner.late_reason_id) AS late_reason_id,
            %s AS expected_payment_date
            """,
            super()._select(),
            self._get_said_date_sql(SQL("line.id"), SQL("day.today")),
        )

    @api.model
    def _get_said_date_sql(self, entry_id, today) -> SQL:
        """Return the day on which an item should be paid, as far as anybody said so.

        The part of a promise or the instalment that settles it, the oldest item first, or the
        date of its collection.

        :param entry_id: SQL of the id of the journal item
        :param today: SQL of the day
        :return: a date or null
        """
        Promise, Plan = self.env["credit.promise"], self.env["credit.payment.plan"]
        return SQL(
            """
            COALESCE(
                CASE WHEN %(in_promise)s THEN (
                    SELECT MIN(part.date)
                      FROM credit_promise_item promised
                      JOIN credit_promise promise ON promise.id = promised.promise_id
                     CROSS JOIN LATERAL (%(promise_progress)s) progress
                     CROSS JOIN LATERAL (%(promise_part)s) part
                     WHERE promised.move_line_id = %(entry_id)s AND promised.live
                       AND %(promise_state)s = 'open') END,
                CASE WHEN %(in_plan)s THEN (
                    SELECT MIN(part.date)
                      FROM credit_payment_plan_item planned
                      JOIN credit_payment_plan plan ON plan.id = planned.plan_id
                     CROSS JOIN LATERAL (%(plan_progress)s) progress
                     CROSS JOIN LATERAL (%(plan_part)s) part
                     WHERE planned.move_line_id = %(entry_id)s AND planned.live
                       AND %(plan_state)s = 'agreed') END,
                CASE WHEN %(in_collection)s THEN (
                    SELECT mark.date_until FROM credit_collection mark
                     WHERE mark.move_line_id = %(entry_id)s AND mark.live
                       AND mark.date_until >= %(today)s) END
            )
            """,
            entry_id=entry_id,
            today=today,
            in_promise=self._get_live_sql("credit_promise_item", entry_id),
            promise_progress=Promise._get_progress_sql(SQL("promise"), today),
            promise_part=self._get_part_sql(
                "credit_promise", "promise_id", SQL("promised"), SQL("other.amount")
            ),
            promise_state=Promise._get_state_case(SQL("promise")),
            in_plan=self._get_live_sql("credit_payment_plan_item", entry_id),
            plan_progress=Plan._get_progress_sql(SQL("plan"), today),
            plan_part=self._get_part_sql(
                "credit_payment_plan", "plan_id", SQL("planned"), SQL("other.amount_start")
            ),
            plan_state=Plan._get_state_case(SQL("plan")),
            in_collection=self._get_live_sql("credit_collection", entry_id),
        )

    @api.model
    def _get_part_sql(self, table, owner_field, item, amount) -> SQL:
        """Return the date by which the parts cover an item and those due before it."""
        return SQL(
            """
            SELECT due.date
              FROM (
                SELECT part.date,
                       SUM(part.amount) OVER (ORDER BY part.date, part.id) AS cumulated
                  FROM %(lines)s part
                 WHERE part.%(owner)s = %(item)s.%(owner)s
              ) due
             WHERE due.cumulated >= (
                SELECT SUM(%(amount)s)
                  FROM %(items)s other
                 WHERE other.%(owner)s = %(item)s.%(owner)s
                   AND (other.date_maturity, other.id)
                       <= (%(item)s.date_maturity, %(item)s.id))
          ORDER BY due.date
             LIMIT 1
            """,
            lines=SQL.identifier(f"{table}_line"),
            items=SQL.identifier(f"{table}_item"),
            owner=SQL.identifier(owner_field),
            item=item,
            amount=amount,
        )

    # === NIGHT === #

    @api.model
    def _cron_follow_claims(self):
        """Close, tell and escalate what the ledger and the calendar decided, model by model."""
        models_to_follow = (
            "credit.promise", "credit.payment.plan", "credit.dispute", "credit.collection",
            "credit.collector.cover", "credit.portfolio.rule", "credit.salesperson.digest",
        )  # fmt: skip
        self.env["ir.cron"]._commit_progress(remaining=len(models_to_follow))
        for name in models_to_follow:
            # One model's trouble spares the others; the next night tries again.
            try:
                with self.env.cr.savepoint():
                    self.env[name]._cron_follow()
                    self.env.flush_all()
            except Exception:
                _logger.exception("Nothing followed of %s tonight", name)
            self.env["ir.cron"]._commit_progress(1)

    # === ACTIONS === #

    def action_promise(self):
        """Open the wizard that records what the customer promises for the selected items."""
        return self.env["credit.promise.create"]._open(self.move_line_id)

    def action_dispute(self):
        """Open the wizard that records a dispute of the selected item."""
        return self.env["credit.dispute.create"]._open(self.move_line_id)

    def action_payment_plan(self):
        """Open the draft of a payment plan for the selected items."""
        plan = self.env["credit.payment.plan"]._propose_for(
            self.filtered(lambda item: item.amount_residual > 0).move_line_id
        )
        return plan._open_form()

    def action_collect(self):
        """Open the wizard that marks the selected items as factored or under collection."""
        return self.env["credit.collection.mark"]._open(self.move_line_id)

    def action_ask_to_wait(self):
        """Open the form by which a salesperson asks to leave the item alone."""
        return self.env["credit.wait.request.create"]._open(items=self)
