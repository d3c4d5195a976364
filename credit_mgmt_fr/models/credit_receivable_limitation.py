from odoo import api, fields, models
from odoo.tools import SQL


class CreditReceivable(models.Model):
    """Until when an open item can be claimed in court, at the earliest (French law).

    The years run from the delivery if its day is known and earlier, else from the invoice; each
    interruption in time starts them again: a part payment, a signed payment plan, a recorded
    acknowledgement or act, the declaration in insolvency proceedings. A claim in court and
    declared insolvency interrupt as long as they last: no date then. A formal notice interrupts
    nothing.
    """

    _inherit = "credit.receivable"

    limitation_date = fields.Date(
        string="Limitation",
        readonly=True,
        aggregator="min",
        help="Last day to claim the item in court, at the earliest. Empty: no limitation runs.",
    )

    _depends = {
        "account.move": ["invoice_date", "delivery_date", "state"],
        "res.company": [
            "country_id", "credit_fr_limitation_years", "credit_fr_limitation_consumer_years",
            "credit_fr_limitation_public_years",
        ],
        "res.partner": ["is_company"],
        "credit.acknowledgement": ["date", "date_end", "kind", "live", "move_ids", "company_id"],
        "credit.payment.plan": ["accepted_on", "stage"],
        "credit.payment.plan.item": ["plan_id", "move_line_id"],
    }  # fmt: skip

    @api.model
    def _select(self) -> SQL:
        return SQL("%s, %s AS limitation_date", super()._select(), self._get_limitation_sql())

    @api.model
    def _get_limitation_sql(self) -> SQL:
        """Return the limitation date of an item, null when none runs (aliases of the rules).

        The events are taken in their order; one that comes after the limitation revives nothing.
        """
        return SQL(
            """
            (SELECT CASE WHEN line.amount_residual > 0 AND NOT (%(lasting)s) THEN (
                SELECT (MAX(event.until) + make_interval(years => law.years))::date
                  FROM (
                    SELECT step.until,
                           bool_and(step.is_in_time) OVER (ORDER BY step.day, step.until) AS counts
                      FROM (
                        SELECT found.day, found.until,
                               COALESCE(found.day <= (
                                   MAX(found.until) OVER (
                                       ORDER BY found.day, found.until
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                                   + make_interval(years => law.years))::date, TRUE) AS is_in_time
                          FROM (%(events)s) found(day, until)
                         WHERE found.day >= %(start)s
                      ) step
                  ) event
                 WHERE event.counts) END
               FROM %(years)s
              WHERE law.company_id = line.company_id
                AND law.audience = CASE
                    WHEN COALESCE(partner.credit_audience, 'unknown') <> 'unknown'
                    THEN partner.credit_audience
                    -- Nobody has decided: the shorter period, unless it is no private person.
                    WHEN partner.is_company THEN 'business' ELSE 'consumer' END)
            """,
            start=self._get_limitation_start_sql(),
            lasting=self._get_lasting_interruption_sql(),
            events=SQL(" UNION ALL ").join(self._get_limitation_events()),
            years=self.env["res.company"]._get_limitation_years_sql(),
        )

    @api.model
    def _get_limitation_start_sql(self) -> SQL:
        """Return the day on which the claim arose, at the earliest (aliases of the rules)."""
        return SQL("LEAST(move.delivery_date, move.invoice_date, line.date)")

    @api.model
    def _get_limitation_events(self) -> list[SQL]:
        """Return the start of the limitation and what interrupts it, as SELECTs (day, until).

        ``until`` is the day from which the years run again. Outer aliases: those of the rules.
        """
        return [
            SQL("SELECT %s AS day, %s AS until",
                self._get_limitation_start_sql(), self._get_limitation_start_sql()),
            # A payment acknowledges the debt; a credit note is the creditor's own act.
            SQL(
                """
                SELECT other.date, other.date
                  FROM account_partial_reconcile part
                  JOIN account_move_line other ON other.id = part.credit_move_id
                  JOIN account_move paid ON paid.id = other.move_id
                 WHERE part.debit_move_id = line.id
                   AND (paid.origin_payment_id IS NOT NULL OR paid.statement_line_id IS NOT NULL)
                """
            ),
            SQL(
                """
                SELECT plan.accepted_on, plan.accepted_on
                  FROM credit_payment_plan_item planned
                  JOIN credit_payment_plan plan ON plan.id = planned.plan_id
                 WHERE planned.move_line_id = line.id AND plan.accepted_on IS NOT NULL
                """
            ),
            SQL(
                """
                SELECT act.date, COALESCE(act.date_end, act.date)
                  FROM credit_acknowledgement_move_rel rel
                  JOIN credit_acknowledgement act ON act.id = rel.credit_acknowledgement_id
                 WHERE rel.account_move_id = line.move_id AND act.live
                """
            ),
        ]  # fmt: skip

    @api.model
    def _get_lasting_interruption_sql(self) -> SQL:
        """Return whether proceedings that interrupt are still running (aliases of the rules)."""
        return SQL(
            """
            EXISTS (
                SELECT 1
                  FROM credit_acknowledgement_move_rel rel
                  JOIN credit_acknowledgement act ON act.id = rel.credit_acknowledgement_id
                 WHERE rel.account_move_id = line.move_id
                   AND act.live AND act.kind = 'court' AND act.date_end IS NULL)
            """
        )

    # === ACTIONS === #

    def action_interrupt_limitation(self):
        """Record what interrupts the limitation of the selected items."""
        return self.env["credit.acknowledgement"]._open_for(self.move_id)
