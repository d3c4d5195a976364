from collections import defaultdict
from datetime import date as date_type

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

#: Namespace of the advisory lock that serialises the preparation in one company.
_PREPARE_LOCK = 1_129_464_146
#: Reasons that stop the machine, not a person who asks for the reminder by hand.
_OVERRIDDEN_BY_HAND = ("replied", "start_by_hand")


class CreditDunningRun(models.Model):
    """What a run decides: who gets which reminder, who is left out and why."""

    _inherit = "credit.dunning.run"

    # === DECISION === #

    def _lock_company(self):
        """Serialise the preparation in a company; the unique indexes remain the last word.

        :raises UserError: another transaction prepares a run of the company right now
        """
        self.ensure_one()
        [[locked]] = self.env.execute_query(
            SQL(
                "SELECT pg_try_advisory_xact_lock(%s, %s)",
                _PREPARE_LOCK,
                self.company_id.id,
            )
        )
        if not locked:
            raise UserError(
                self.env._(
                    "Another run of %s is being prepared: try again in a moment.",
                    self.company_id.name,
                )
            )

    def _get_dunnable_item_domain(self) -> list:
        """Return the domain on ``credit.receivable`` of the items the run looks at.

        To be narrowed by a bridge; the reasons for leaving items out belong to
        ``_get_exclusion_rules``, so that they are told.
        """
        self.ensure_one()
        domain = [("root_company_id", "=", self.company_id.id)]
        if self.limited:
            partners = self.partner_ids.commercial_partner_id
            partners |= self.move_line_ids.partner_id.commercial_partner_id
            domain.append(("partner_id", "in", partners.ids))
        return domain

    def _decide(self) -> list[dict]:
        """Decide the whole run in one SQL statement.

        :return: one dict per open item that goes on a notice or that is overdue and left out:
            ``id`` (of the journal item), ``partner_id``, ``policy_id``, ``role`` (claimed,
            recalled, not_due, credit; None when the item is on no notice), ``level_id`` (claimed:
            the level consumed), ``notice_level_id``, ``reason`` and ``scope`` (left out: why, and
            whether that is the item's or the customer's reason), ``detail`` (a date the reason
            refers to) and the item's figures as on ``credit.receivable``
        """
        self.ensure_one()
        for model in ("credit.dunning.notice", "credit.dunning.notice.line"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(self._get_decision_sql())
        return self.env["credit.dunning.notice.line"]._hold_back(rows)

    def _get_decision_sql(self) -> SQL:
        self.ensure_one()
        receivable = self.env["credit.receivable"].with_context(receivable_date=self.date)
        # The run belongs to the company, whatever part of it its author may see.
        query = receivable.sudo()._search(self._get_dunnable_item_domain(), order="id")
        return SQL(
            """
            WITH item AS (
                SELECT receivable.*,
                       %(target)s AS target_id,
                       CASE WHEN receivable.exclusion_reason IN %(overridden)s THEN NULL
                            ELSE receivable.exclusion_reason END AS item_reason,
                       receivable.amount_residual < 0 OR receivable.kind = 'payment' AS is_credit,
                       %(selected)s AS selected
                  FROM (%(receivables)s) receivable
            ),
            aimed AS (
                SELECT item.*,
                       target.delay_days AS target_delay,
                       target.formal_notice IS TRUE AS formal,
                       CASE
                           WHEN item.is_credit THEN NULL
                           WHEN item.item_reason IS NOT NULL THEN item.item_reason
                           WHEN NOT item.selected THEN 'not_selected'
                           WHEN target.id IS NULL THEN %(no_target)s
                           WHEN target.formal_notice AND NOT EXISTS (
                                SELECT 1
                                  FROM credit_dunning_notice_line earlier
                                  JOIN credit_dunning_notice sent ON sent.id = earlier.notice_id
                                 WHERE earlier.move_line_id = item.id
                                   AND earlier.live AND earlier.kind = 'claimed'
                                   AND sent.state = 'sent'
                           ) THEN 'needs_reminder'
                           WHEN target.formal_notice AND item.days_overdue <= 0 THEN 'waiting'
                       END AS aim_reason,
                       CASE WHEN item.item_reason IS NULL AND NOT item.is_credit
                            THEN GREATEST(item.amount_residual - item.amount_disputed
                                          - item.amount_promised, 0)
                            ELSE 0 END AS claimable
                  FROM item
             LEFT JOIN credit_dunning_level target ON target.id = item.target_id
            ),
            overdue AS (
                SELECT aimed.*,
                       BOOL_OR(aimed.claimable > 0 AND aimed.days_overdue > 0)
                           OVER (PARTITION BY aimed.partner_id) AS has_overdue
                  FROM aimed
            ),
            scored AS (
                SELECT overdue.*,
                       overdue.claimable > 0 AND overdue.aim_reason IS NULL
                       AND (overdue.target_delay >= 0 OR NOT overdue.has_overdue) AS claimed
                  FROM overdue
            ),
            customer AS (
                SELECT scored.partner_id,
                       MIN(scored.dunning_policy_id) AS policy_id,
                       (ARRAY_AGG(scored.target_id ORDER BY scored.target_delay DESC)
                           FILTER (WHERE scored.claimed))[1] AS level_id,
                       BOOL_OR(scored.formal) FILTER (WHERE scored.claimed) AS formal,
                       SUM(scored.claimable) FILTER (WHERE scored.claimed)
                       + COALESCE(SUM(scored.amount_residual) FILTER (WHERE scored.is_credit), 0)
                           AS net
                  FROM scored
              GROUP BY scored.partner_id
                HAVING BOOL_OR(scored.claimed)
            ),
            decided AS (
                SELECT customer.*,
                       contact.last_date,
                       CASE
                           WHEN contact.pending THEN 'already_prepared'
                           WHEN contact.unresolved THEN 'unresolved'
                           WHEN contact.formal_running AND NOT customer.formal
                               THEN 'formal_running'
                           WHEN ROUND(customer.net::numeric, %(digits)s) <= 0 THEN 'net_covered'
                           WHEN ROUND(customer.net::numeric, %(digits)s) <= setting.tolerance
                               THEN 'within_tolerance'
                           WHEN ROUND(customer.net::numeric, %(digits)s) < setting.min_amount
                               THEN 'below_floor'
                           WHEN NOT %(ignore_interval)s
                                AND contact.last_date + setting.min_contact_interval > %(date)s
                               THEN 'contacted_on'
                           WHEN %(automatic)s AND NOT setting.is_open THEN 'not_a_send_day'
                       END AS reason
                  FROM customer
                  JOIN %(settings)s ON setting.policy_id = customer.policy_id
            CROSS JOIN LATERAL (
                SELECT MAX(notice.sent_date) FILTER (WHERE notice.state = 'sent') AS last_date,
                       COALESCE(BOOL_OR(notice.pending), FALSE) AS pending,
                       COALESCE(BOOL_OR(notice.state IN ('failed', 'uncertain')), FALSE)
                           AS unresolved,
                       COALESCE(BOOL_OR(
                         notice.formal_notice IS TRUE AND notice.state = 'sent' AND EXISTS (
                           SELECT 1
                             FROM credit_dunning_notice_line line
                             JOIN account_move_line entry ON entry.id = line.move_line_id
                            WHERE line.notice_id = notice.id AND line.live
                              AND line.kind = 'claimed' AND entry.reconciled IS NOT TRUE
                       )), FALSE) AS formal_running
                  FROM credit_dunning_notice notice
                 WHERE notice.partner_id = customer.partner_id
                   AND notice.company_id = %(company_id)s
            ) contact
            )
            SELECT scored.id, scored.partner_id, scored.move_id, scored.name, scored.date,
                   scored.date_maturity, scored.days_overdue, scored.currency_id,
                   scored.amount_residual, scored.amount_residual_currency, scored.claimable,
                   scored.amount_disputed, scored.amount_promised,
                   scored.kind, scored.collector_id,
                   COALESCE(decided.policy_id, scored.dunning_policy_id) AS policy_id,
                   CASE
                       WHEN decided.partner_id IS NULL OR decided.reason IS NOT NULL THEN NULL
                       WHEN scored.is_credit THEN 'credit'
                       WHEN scored.claimed THEN 'claimed'
                       WHEN scored.claimable <= 0 THEN NULL
                       WHEN scored.days_overdue > 0 THEN 'recalled'
                       WHEN NOT decided.formal THEN 'not_due'
                   END AS role,
                   CASE WHEN scored.claimed OR scored.aim_reason = 'needs_reminder'
                        THEN scored.target_id
                        WHEN scored.aim_reason IN ('waiting', 'last_level')
                        THEN scored.next_level_id END AS level_id,
                   decided.level_id AS notice_level_id,
                   CASE WHEN scored.claimed THEN decided.reason
                        ELSE scored.aim_reason END AS reason,
                   CASE WHEN scored.claimed THEN 'customer' ELSE 'item' END AS scope,
                   CASE WHEN scored.claimed THEN decided.last_date
                        WHEN scored.aim_reason = 'waiting' THEN scored.next_dunning_date
                   END AS detail
              FROM scored
         LEFT JOIN decided ON decided.partner_id = scored.partner_id
             WHERE (decided.partner_id IS NOT NULL AND decided.reason IS NULL)
                OR (NOT scored.is_credit AND (scored.claimed OR scored.days_overdue > 0))
          ORDER BY scored.partner_id, scored.date_maturity, scored.id
            """,
            target=self._get_target_level_sql(),
            overridden=self._get_overridden_reasons() or ("",),
            selected=self._get_selected_sql(),
            receivables=query.select(*self._get_decision_columns(query)),
            no_target=SQL("'same_level'")
            if self.level_mode == "chosen"
            else SQL("CASE WHEN item.next_level_id IS NULL THEN 'last_level' ELSE 'waiting' END"),
            digits=self.company_currency_id.decimal_places,
            ignore_interval=self.ignore_interval,
            date=self.date,
            automatic=self.automatic,
            settings=self._get_settings_sql(),
            company_id=self.company_id.id,
        )

    @api.model
    def _get_decision_columns(self, query) -> list[SQL]:
        """Return the columns of ``credit.receivable`` that the decision reads."""
        names = (
            "id", "partner_id", "move_id", "name", "date", "date_maturity", "days_overdue",
            "currency_id", "amount_residual", "amount_residual_currency", "amount_disputed",
            "amount_promised", "kind", "collector_id", "exclusion_reason", "dunning_policy_id",
            "dunning_level_id", "next_level_id", "next_dunning_date",
        )  # fmt: skip
        return [SQL.identifier(query.table, name) for name in names]

    def _get_overridden_reasons(self) -> tuple:
        """Return the reasons that do not stop this run: a person asked for the reminder."""
        return () if self.automatic else _OVERRIDDEN_BY_HAND

    def _get_target_level_sql(self) -> SQL:
        """Return the level the run aims at for an item; null when none (alias receivable)."""
        self.ensure_one()
        if self.level_mode == "next":
            return SQL(
                """
                CASE WHEN receivable.days_overdue > 0
                          OR receivable.next_dunning_date <= %s
                     THEN receivable.next_level_id END
                """,
                self.date,
            )
        if self.level_mode == "chosen":
            return SQL(
                """
                CASE WHEN (receivable.days_overdue > 0) = (%(delay)s >= 0)
                      AND NOT EXISTS (
                          SELECT 1 FROM credit_dunning_notice_line claim
                           WHERE claim.move_line_id = receivable.id AND claim.live
                             AND claim.kind = 'claimed' AND claim.level_id = %(level)s
                      )
                     THEN %(level)s END
                """,
                delay=self.level_id.delay_days,
                level=self.level_id.id,
            )
        return SQL(
            "CASE WHEN receivable.next_dunning_date <= %s THEN receivable.next_level_id END",
            self.date,
        )

    def _get_selected_sql(self) -> SQL:
        """Return whether an item is among those selected (all of a selected customer are)."""
        self.ensure_one()
        if not self.limited or not self.move_line_ids:
            return SQL("TRUE")
        return SQL(
            "(receivable.id = ANY(%s) OR receivable.partner_id = ANY(%s))",
            self.move_line_ids.ids,
            self.partner_ids.commercial_partner_id.ids,
        )

    def _get_settings_sql(self) -> SQL:
        """Return one row per policy with its amounts in the company's currency, at the run date."""
        self.ensure_one()
        # Policies of other companies are harmless here: the receivables choose the policy.
        policies = self.env["credit.dunning.policy"].sudo().search([])
        currency = self.company_currency_id
        rows = [
            SQL(
                "(%s, %s::numeric, %s::numeric, %s, %s)",
                policy.id,
                policy.currency_id._convert(
                    policy.min_amount, currency, self.company_id, self.date
                ),
                policy.currency_id._convert(policy.tolerance, currency, self.company_id, self.date),
                policy.min_contact_interval,
                policy._is_send_day(self.company_id, self.date),
            )
            for policy in policies
        ]
        return SQL(
            "(VALUES %s) AS setting"
            "(policy_id, min_amount, tolerance, min_contact_interval, is_open)",
            SQL(", ").join(rows or [SQL("(0, 0.0, 0.0, 0, FALSE)")]),
        )

    # === CREATION === #

    def _create_from_decisions(self, rows):
        """Create notices, lines, deliveries and skips in batches from ``_decide``."""
        self.ensure_one()
        by_partner = defaultdict(list)
        left_out = []
        for row in rows:
            if row["role"]:
                by_partner[row["partner_id"]].append(row)
            elif row["reason"]:
                left_out.append(row)
        notices, without_address = self.env["credit.dunning.notice"]._create_for_run(
            self, by_partner
        )
        for partner_id in without_address:
            left_out += [
                dict(row, reason="no_address", scope="customer", detail=None)
                for row in by_partner[partner_id]
                if row["role"] == "claimed"
            ]
        self._create_skips(left_out)
        self._create_allocation_tasks(left_out)
        return notices

    def _create_skips(self, rows):
        """Record what is left out: one skip per item, with its reason."""
        self.env["credit.dunning.skip"].create(
            [
                {
                    "run_id": self.id,
                    "company_id": self.company_id.id,
                    "partner_id": row["partner_id"],
                    "move_line_id": row["id"],
                    "move_id": row["move_id"],
                    "scope": row["scope"],
                    "reason": row["reason"],
                    "detail": self._format_detail(row["detail"]),
                    "amount": row["amount_residual"],
                    "days_overdue": row["days_overdue"],
                    "level_id": row["level_id"],
                }
                for row in rows
            ]
        )

    def _format_detail(self, detail) -> str:
        if isinstance(detail, date_type):
            return format_date(self.env, detail)
        return detail or ""

    def _create_allocation_tasks(self, rows):
        """Ask the accountant to allocate what covers a customer's debts, once per customer."""
        partners = self.env["res.partner"].browse(
            dict.fromkeys(row["partner_id"] for row in rows if row["reason"] == "net_covered")
        )
        if not partners:
            return
        activity_type = self.env.ref("credit_mgmt.mail_activity_type_allocate")
        running = self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", partners.ids),
                ("activity_type_id", "=", activity_type.id),
            ]
        )
        company = self.company_id
        model_id = self.env["ir.model"]._get_id("res.partner")
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "summary": self.env._("Allocate credits and payments"),
                    "note": self.env._(
                        "The overdue items are covered by credit notes or payments that are not "
                        "allocated: no reminder was prepared."
                    ),
                    "date_deadline": company._get_credit_today(),
                    "user_id": (company.credit_responsible_id or self.user_id).id,
                    "res_model_id": model_id,
                    "res_id": partner.id,
                }
                for partner in partners - partners.browse(running.mapped("res_id"))
            ]
        )

    def _add_partners(self, partners, **values):
        """Decide for more customers and add their notices to the run (see ``_decide``).

        :param partners: customers
        :param values: ``level_mode``, ``level_id``, ``ignore_interval``, ``move_line_ids`` of
            the addition, as on a run
        """
        self.ensure_one()
        if self.state != "prepared":
            raise UserError(self.env._("Customers can only be added to a prepared run."))
        self._lock_company()
        addition = self.new(
            {
                "company_id": self.company_id.id,
                "date": self.date,
                "limited": True,
                "partner_ids": [fields.Command.set(partners.ids)],
                **values,
            }
        )
        rows = addition._decide()
        # Users may not write notices themselves: the run is the only author of them.
        run = self.sudo()
        known = set(run.skip_ids.move_line_id.ids)
        run.skip_ids.filtered(
            lambda skip: skip.move_line_id.id in {row["id"] for row in rows if row["role"]}
        ).unlink()
        return run._create_from_decisions(
            [row for row in rows if row["role"] or row["id"] not in known]
        )
