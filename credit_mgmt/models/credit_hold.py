from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import groupby

from ..tools import gate

_RANK = {"none": 0, "watch": 1, "hold": 2}


class CreditHold(models.Model):
    """A customer put on hold or on the watch list: who or which rule, why, until when.

    The live rows decide; ``res.partner.credit_hold`` mirrors them for lists. A row set by hand of
    level "none" is an exception: the rules do not hold this customer until its end.
    """

    _name = "credit.hold"
    _description = "Credit Hold"
    _rec_name = "reason"
    _order = "live desc, date_from desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    level = fields.Selection(
        [("none", "Exception from the rules"), ("watch", "Watch"), ("hold", "Hold")],
        required=True,
        readonly=True,
    )
    source = fields.Selection(
        [("manual", "By hand"), ("rule", "By a rule")], required=True, readonly=True
    )
    rule_id = fields.Many2one(
        "credit.hold.rule", readonly=True, index="btree_not_null", ondelete="set null"
    )
    reason = fields.Char(required=True, readonly=True)
    date_from = fields.Datetime(
        string="Since", required=True, readonly=True, default=fields.Datetime.now
    )
    date_until = fields.Date(string="Until", readonly=True, help="Last day.")
    user_id = fields.Many2one(
        "res.users", string="Author", readonly=True, default=lambda self: self.env.user
    )
    live = fields.Boolean(readonly=True, default=True)
    lifted_on = fields.Datetime(readonly=True)
    lifted_by_id = fields.Many2one("res.users", readonly=True)
    lifted_reason = fields.Char(readonly=True)

    _live_unique = models.UniqueIndex("(partner_id, company_id, source) WHERE live")

    # === READING === #

    @api.model
    def _get_holds(self, partners, root) -> dict[int, dict]:
        """Return who is held or watched at this moment, the rules being evaluated live.

        :param partners: commercial entities
        :param root: a root company
        :return: {partner id: dict with ``level`` (watch or hold), ``source``, ``reason``,
            ``date_from`` (of a decision by hand, else None) and ``date_until``}; others are absent
        """
        today = root._get_credit_today()
        # What holds a customer is told to whoever sells to him.
        manual = self.sudo().search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", root.id),
                ("source", "=", "manual"),
                ("live", "=", True),
                "|",
                ("date_until", "=", False),
                ("date_until", ">=", today),
            ]
        )
        result = {
            partner_id: {
                "level": rule.level,
                "source": "rule",
                "reason": rule.name,
                "date_from": None,
                "date_until": False,
            }
            for partner_id, rule in self.env["credit.hold.rule"]._evaluate(root, partners).items()
        }
        for row in manual:
            by_rule = result.get(row.partner_id.id)
            if row.level == "none":
                result.pop(row.partner_id.id, None)
            elif not by_rule or _RANK[row.level] >= _RANK[by_rule["level"]]:
                result[row.partner_id.id] = {
                    "level": row.level,
                    "source": "manual",
                    "reason": row.reason,
                    "date_from": row.date_from,
                    "date_until": row.date_until,
                }
        return result

    # === CHANGES === #

    def _lift(self, reason):
        """End live rows; they stay readable."""
        self.write(
            {
                "live": False,
                "lifted_on": fields.Datetime.now(),
                "lifted_by_id": self.env.uid,
                "lifted_reason": reason,
            }
        )

    @api.model
    def _mirror(self, partners, root):
        """Copy the state of customers onto their form: the root company and its branches."""
        today = root._get_credit_today()
        rows = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", root.id),
                ("live", "=", True),
                "|",
                ("date_until", "=", False),
                ("date_until", ">=", today),
            ]
        )
        by_partner = rows.grouped("partner_id")

        def level(partner):
            own = by_partner.get(partner, rows.browse())
            if any(row.source == "manual" and row.level == "none" for row in own):
                return "none"
            return max(own.mapped("level"), key=_RANK.get, default="none")

        family = self.env["res.company"].search([("id", "child_of", root.id)])
        for value, group in groupby(partners, level):
            same = partners.browse([partner.id for partner in group])
            for company in family:
                mirror = same.with_company(company).with_context(**gate.open_gate())
                mirror.filtered(lambda p, v=value: (p.credit_hold or "none") != v).write(
                    {"credit_hold": value}
                )

    @api.model
    def _apply_rules(self, root):
        """Hold whom the rules of a company hold now, release whom they do not hold any more."""
        found = self.env["credit.hold.rule"]._evaluate(root)
        live = self.search(
            [("company_id", "=", root.id), ("source", "=", "rule"), ("live", "=", True)]
        )
        cured = live.filtered(
            lambda row: (
                row.partner_id.id not in found or found[row.partner_id.id].level != row.level
            )
        )
        cured._lift(self.env._("The cause is gone"))
        cured.flush_recordset()  # one live row per customer at a time
        kept = (live - cured).partner_id
        new = self.env["res.partner"].browse([key for key in found if key not in kept.ids])
        self.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": root.id,
                    "level": found[partner.id].level,
                    "source": "rule",
                    "rule_id": found[partner.id].id,
                    "reason": found[partner.id].name,
                }
                for partner in new
            ]
        )
        return cured.partner_id | new

    @api.model
    def _expire(self, root):
        """End what was set by hand until a day that has passed."""
        ended = self.search(
            [
                ("company_id", "=", root.id),
                ("live", "=", True),
                ("date_until", "<", root._get_credit_today()),
            ]
        )
        ended._lift(self.env._("The end date has passed"))
        return ended.partner_id

    @api.model
    def _cron_holds(self):
        """Nightly work: ends by date, then what the rules say."""
        for root in self.env["res.company"].search([("parent_id", "=", False)]):
            holds = self.with_company(root)
            holds._mirror(holds._expire(root) | holds._apply_rules(root), root)

    def action_lift(self):
        """End the selected holds by hand."""
        for hold in self.filtered("live"):
            if hold.source == "rule":
                raise UserError(
                    self.env._(
                        "%(customer)s is held by the rule “%(rule)s”, which ends it when the "
                        "cause is gone. To make an exception, set the customer to “None” with an "
                        "end date.",
                        customer=hold.partner_id.display_name,
                        rule=hold.reason,
                    )
                )
            hold.partner_id.with_company(hold.company_id)._set_credit_hold(
                "none", self.env._("Lifted")
            )
        return True
