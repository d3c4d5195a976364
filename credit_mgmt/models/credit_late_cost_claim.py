from odoo import api, fields, models
from odoo.exceptions import UserError

#: A waiver of all that will still accrue ends here.
FOREVER = fields.Date.to_date("9999-12-31")


class CreditLateCostClaim(models.Model):
    """Late costs that were booked or waived: these days, this indemnity, are done with.

    What is neither is a claim that lives on, also when the principal is paid: it is computed, see
    ``credit.late.cost``. A record counts while it is ``live``; nobody but its document or a
    revocation ends it, and the database refuses a second live one for the same days.
    """

    _name = "credit.late.cost.claim"
    _description = "Booked or Waived Late Cost"
    _order = "id desc"
    _rec_name = "move_id"

    decision = fields.Selection(
        [("booked", "Booked"), ("waived", "Waived")], required=True, readonly=True
    )
    kind = fields.Selection(
        [("interest", "Late interest"), ("indemnity", "Fixed indemnity")],
        required=True,
        readonly=True,
    )
    live = fields.Boolean(
        string="In Force",
        default=True,
        readonly=True,
        help="Ended by a revocation, or when the document is cancelled, deleted or reversed.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Late Invoice",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    audience = fields.Selection(
        [("business", "Business"), ("consumer", "Consumer"), ("public", "Public body")],
        required=True,
        readonly=True,
    )
    working = fields.Json(help="The segments of the computation.", readonly=True)
    booking_move_id = fields.Many2one(
        "account.move",
        string="Booked With",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Decided By", default=lambda self: self.env.user, readonly=True
    )
    date = fields.Datetime(string="Decided On", default=fields.Datetime.now, readonly=True)
    revoked_by = fields.Many2one("res.users", readonly=True)
    revoked_on = fields.Datetime(readonly=True)

    _indemnity_once = models.UniqueIndex(
        "(move_id) WHERE live AND kind = 'indemnity'",
        "The indemnity of this invoice was booked or waived already.",
    )
    # Ranges of one integer stand for it: equality needs no database extension then.
    _days_once = models.Constraint(
        "EXCLUDE USING gist (int4range(move_line_id, move_line_id, '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&) "
        "WHERE (live AND kind = 'interest' AND move_line_id IS NOT NULL)",
        "The interest of some of these days was booked or waived already.",
    )
    _check_days = models.Constraint(
        "CHECK(kind = 'indemnity' OR (date_from IS NOT NULL AND date_from <= date_to))",
        "Interest is claimed for a period.",
    )
    # Rule 16.
    _check_audience = models.Constraint(
        "CHECK(kind = 'interest' OR audience IN ('business', 'public'))",
        "A consumer never owes an indemnity.",
    )
    _check_reason = models.Constraint(
        "CHECK(decision <> 'waived' OR COALESCE(reason, '') <> '')", "A waiver needs a reason."
    )

    # === DECISIONS === #

    @api.model
    def _check_user(self):
        """Refuse those who may not decide; the records themselves are written with sudo.

        Users have no write access on claims, so that none can be forged or bent.
        """
        if not self.env.su and not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise UserError(self.env._("Only credit users may decide about late costs."))

    @api.model
    def _prepare_claims(self, items, costs, decision, *, with_interest, with_indemnity):
        """Return the values of the claims that settle computed costs: [(item, values)].

        One for each unbroken period and one for the indemnity.

        :param items: journal items
        :param costs: what ``_get_late_costs`` returned for them
        """
        rows = []
        for item in items:
            cost = costs[item.id]
            base = {
                "decision": decision,
                "company_id": item.company_id.id,
                "partner_id": item.partner_id.commercial_partner_id.id,
                "move_id": item.move_id.id,
                "move_line_id": item.id,
                "currency_id": item.currency_id.id,
                "audience": cost.term.audience,
            }
            if with_interest:
                done, exact = 0.0, 0.0
                for first, last, segments in cost.periods:
                    exact += sum(float(segment.amount) for segment in segments)
                    # The periods add up to the amount, which was rounded once.
                    amount = item.currency_id.round(exact) - done
                    if last == cost.periods[-1][1]:
                        amount = cost.interest - done
                    done += amount
                    rows.append(
                        (item, dict(base, kind="interest", date_from=first, date_to=last,
                                    amount=amount, working=self._serialize(segments)))
                    )  # fmt: skip
            if with_indemnity and not item.currency_id.is_zero(cost.indemnity):
                rows.append((item, dict(base, kind="indemnity", amount=cost.indemnity)))
        return rows

    @api.model
    def _serialize(self, segments) -> list[dict]:
        """Return segments as what JSON can hold; amounts as text, unrounded."""
        return [
            {
                "from": fields.Date.to_string(segment.date_from),
                "to": fields.Date.to_string(segment.date_to),
                "days": segment.days,
                "principal": str(segment.principal),
                "rate": str(segment.rate),
                "amount": f"{segment.amount:.6f}",
                "estimated": segment.estimated,
            }
            for segment in segments
        ]

    @api.model
    def _waive(self, items, reason, *, date, with_interest=True, with_indemnity=True,
               forever=False):  # fmt: skip
        """Waive the late costs of items, with a reason; to be revoked by ``action_revoke``.

        :param items: journal items
        :param forever: the interest that will still accrue as well
        :return: the claims
        :raises UserError: no reason, or nothing to waive
        """
        self._check_user()
        items.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the late costs are waived."))
        costs = self.env["credit.late.cost.engine"]._get_late_costs(items, date)
        rows = self._prepare_claims(
            items, costs, "waived", with_interest=with_interest, with_indemnity=with_indemnity
        )
        if forever and with_interest:
            for item in items:
                mine = [values for line, values in rows
                        if line == item and values["kind"] == "interest"]  # fmt: skip
                if mine:
                    mine[-1]["date_to"] = FOREVER
        if not rows:
            raise UserError(self.env._("There are no late costs to waive in this selection."))
        return self.sudo().create([dict(values, reason=reason) for _item, values in rows])

    def action_revoke(self):
        """Take a waiver back: the costs can be claimed again."""
        self._check_user()
        self.check_access("read")
        waived = self.filtered(lambda claim: claim.decision == "waived" and claim.live)
        if not waived:
            raise UserError(
                self.env._(
                    "Only waivers in force can be revoked. To take a booking back, cancel or "
                    "delete its document."
                )
            )
        waived.sudo().write(
            {
                "live": False,
                "revoked_by": self.env.user.id,
                "revoked_on": fields.Datetime.now(),
            }
        )
        return True

    # === BOOKING === #

    @api.model
    def _book(self, items, *, date, with_interest=True, with_indemnity=True):
        """Book late costs as drafts: one per company, customer and currency (rule 12).

        :param items: journal items, their late costs until ``date``
        :return: the draft documents
        :raises UserError: nothing to claim, or no account or journal to book it with
        """
        self._check_user()
        items.check_access("read")
        costs = self.env["credit.late.cost.engine"]._get_late_costs(items, date)
        rows = self._prepare_claims(
            items, costs, "booked", with_interest=with_interest, with_indemnity=with_indemnity
        )
        rows = [row for row in rows if not row[0].currency_id.is_zero(row[1]["amount"])]
        if not rows:
            raise UserError(self.env._("There are no late costs to book in this selection."))
        groups = {}
        for item, values in rows:
            key = (item.company_id, item.partner_id.commercial_partner_id, item.currency_id)
            groups.setdefault(key, []).append((item, values))
        moves = self.env["account.move"].create(
            [
                company._prepare_late_cost_move(partner, currency, date, group)
                for (company, partner, currency), group in groups.items()
            ]
        )
        self.sudo().create(
            [
                dict(values, booking_move_id=move.id)
                for move, group in zip(moves, groups.values(), strict=True)
                for _item, values in group
            ]
        )
        return moves

    def _sync_live(self):
        """Set whether bookings count, from the state of their documents: the only gate.

        A document that is cancelled, deleted or wholly reversed frees its days and indemnities;
        one that comes back claims them again, and is refused if another did meanwhile.
        """
        for claim in self.filtered(lambda claim: claim.decision == "booked"):
            move = claim.booking_move_id
            live = bool(move) and move.state != "cancel" and not move._is_late_cost_reversed()
            if live != claim.live:
                claim.live = live
