from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

AUDIENCES = [
    ("unknown", "Not known"),
    ("business", "Business"),
    ("consumer", "Consumer"),
    ("public", "Public body"),
]
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


class CreditDunningPolicy(models.Model):
    """A dunning scenario: whom to remind, how often and how."""

    _name = "credit.dunning.policy"
    _description = "Dunning Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        help="Empty: the policy is shared by all companies.",
    )
    audience = fields.Selection(
        [item for item in AUDIENCES if item[0] != "unknown"],
        help="The policy is used for customers of this audience who have none of their own.",
    )
    no_dunning = fields.Boolean(
        string="No Reminders", help="Customers under this policy are never reminded."
    )
    level_ids = fields.One2many("credit.dunning.level", "policy_id", string="Levels", copy=True)
    level_count = fields.Integer(compute="_compute_level_count")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    min_amount = fields.Monetary(
        string="Floor per Customer",
        help="No reminder to a customer whose claimed amount, less credits, is below.",
        tracking=True,
    )
    tolerance = fields.Monetary(
        string="Tolerance per Customer",
        help="A claimed amount, less credits, up to this one counts as settled: payment "
        "differences, bank charges.",
        tracking=True,
    )
    min_contact_interval = fields.Integer(
        string="Days Between Two Contacts",
        default=5,
        help="A customer contacted less than this number of days ago is left alone.",
        tracking=True,
    )
    grace_days = fields.Integer(
        string="Grace",
        help="Days added to every delay after the due date, for payments on their way.",
        tracking=True,
    )
    catch_up = fields.Boolean(
        help="An item late by several levels goes at once to the last of them that is not a "
        "formal notice, instead of one level per reminder.",
        tracking=True,
    )
    send_monday = fields.Boolean(string="Monday", default=True)
    send_tuesday = fields.Boolean(string="Tuesday", default=True)
    send_wednesday = fields.Boolean(string="Wednesday", default=True)
    send_thursday = fields.Boolean(string="Thursday", default=True)
    send_friday = fields.Boolean(string="Friday", default=True)
    send_saturday = fields.Boolean(string="Saturday")
    send_sunday = fields.Boolean(string="Sunday")
    send_hour_from = fields.Float(string="Send From", default=8.0)
    send_hour_to = fields.Float(string="Send Until", default=19.0)
    reply_pause_days = fields.Integer(
        string="Pause After an Answer",
        default=5,
        help="Working days during which automatic reminders pause after a customer's answer.",
    )

    _check_amounts = models.Constraint(
        "CHECK(min_amount >= 0 AND tolerance >= 0)",
        "The floor and the tolerance cannot be below zero.",
    )
    _check_days = models.Constraint(
        "CHECK(min_contact_interval >= 0 AND grace_days >= 0 AND reply_pause_days >= 0)",
        "The days between two contacts, of grace and of pause cannot be below zero.",
    )
    _check_hours = models.Constraint(
        "CHECK(send_hour_from >= 0 AND send_hour_from < send_hour_to AND send_hour_to <= 24)",
        "The sending window must begin before it ends, between 0:00 and 24:00.",
    )

    @api.depends("level_ids")
    def _compute_level_count(self):
        for policy in self:
            policy.level_count = len(policy.level_ids)

    @api.constrains("level_ids", "no_dunning", "active")
    def _check_levels(self):
        """Refuse a scenario that could not work, as a whole and after all its lines are saved."""
        for policy in self.filtered("active"):
            levels = policy.level_ids.sorted("sequence")
            if policy.no_dunning:
                continue
            if not levels:
                raise ValidationError(
                    self.env._(
                        "The policy %(policy)s has no level. Add one, or tick “No Reminders”.",
                        policy=policy.name,
                    )
                )
            for previous, level in pairwise(levels):
                if level.delay_days <= previous.delay_days:
                    raise ValidationError(
                        self.env._(
                            "The days must increase from level to level: %(level)s "
                            "(%(days)s days) comes after %(previous)s (%(previous_days)s days).",
                            level=level.name,
                            days=level.delay_days,
                            previous=previous.name,
                            previous_days=previous.delay_days,
                        )
                    )
            first_due = levels.filtered(lambda level: level.delay_days >= 0)[:1]
            if first_due.formal_notice:
                raise ValidationError(
                    self.env._(
                        "A formal notice needs an earlier reminder: put a level before %(level)s.",
                        level=first_due.name,
                    )
                )

    @api.constrains(*(f"send_{day}" for day in WEEKDAYS))
    def _check_send_days(self):
        for policy in self:
            if not policy.no_dunning and not policy._get_send_weekdays():
                raise ValidationError(
                    self.env._(
                        "The policy %(policy)s never sends: tick at least one day.",
                        policy=policy.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        policies = super(
            CreditDunningPolicy, self.with_context(credit_levels_checked_by_policy=True)
        ).create(vals_list)
        policies._check_levels()
        return policies.with_env(self.env)

    def write(self, vals):
        # The lines of a form are saved one by one; only the whole can be judged.
        return super(
            CreditDunningPolicy, self.with_context(credit_levels_checked_by_policy=True)
        ).write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.level_ids._unlink_except_used()

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%s (copy)", policy.name))
            for policy, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # === BUSINESS === #

    def _get_send_weekdays(self) -> set[int]:
        """Return the weekdays (Monday = 0) on which the policy sends."""
        self.ensure_one()
        return {number for number, day in enumerate(WEEKDAYS) if self[f"send_{day}"]}

    def _is_send_day(self, company, day) -> bool:
        """Return whether the policy sends on a day of the company's calendar (rule 8)."""
        self.ensure_one()
        return day.weekday() in self._get_send_weekdays() and company._is_credit_working_day(day)

    def _is_open(self, company, hours=True) -> bool:
        """Return whether reminders may leave now: send day and, with ``hours``, the window."""
        self.ensure_one()
        now = company._get_credit_now()
        hour = now.hour + now.minute / 60
        return self._is_send_day(company, now.date()) and (
            not hours or self.send_hour_from <= hour < self.send_hour_to
        )

    @api.model
    def _get_default_policies(self) -> dict[tuple[int, str], int]:
        """Return the policy in force of customers without one of their own.

        Precedence: the audience's, the company's default, the first shared policy.

        :return: {(root company id, audience): policy id or False}, for every root company
        """
        # Which policy applies does not depend on who looks.
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        roots = companies.search([("parent_id", "=", False)])
        policies = self.sudo().search([])
        result = {}
        for root in roots:
            own_or_shared = policies.filtered(lambda p, root=root: p.company_id <= root)
            own_first = own_or_shared.sorted(lambda p: (not p.company_id, p.sequence, p.id))
            shared = own_or_shared.filtered(lambda p: not p.company_id)
            default = root.credit_policy_id.filtered("active") or shared[:1]
            for audience, _label in AUDIENCES:
                by_audience = own_first.filtered(lambda p, a=audience: p.audience == a)
                result[root.id, audience] = (by_audience[:1] or default).id
        return result

    @api.model
    def _get_class_policies(self) -> dict[tuple[int, int], int]:
        """Return the policies that risk classes give to customers without one of their own.

        :return: {(root company id, risk class id): policy id}
        """
        # As for the default policies.
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        roots = companies.search([("parent_id", "=", False)])
        classes = self.env["credit.risk.class"].sudo().search([("dunning_policy_id", "!=", False)])
        return {
            (root.id, risk_class.id): risk_class.dunning_policy_id.id
            for root in roots
            for risk_class in classes
            if risk_class.company_id <= root
            and risk_class.dunning_policy_id.active
            and risk_class.dunning_policy_id.company_id <= root
        }

    @api.model
    def _get_policies_in_force(self, partners, company) -> dict[int, tuple]:
        """Return the policy in force of each customer and the path taken to it.

        :param partners: commercial entities
        :param company: a company; its root decides
        :return: {partner id: (policy record, source)}, source being one of ``customer``,
            ``class``, ``audience``, ``company``, ``shared`` and ``none``
        """
        root = company.root_id
        defaults = self._get_default_policies()
        by_class = self._get_class_policies()
        result = {}
        for partner in partners.with_company(root):
            own = partner.dunning_policy_id.filtered("active")
            # Which class a customer is in is read for whoever asks for the policy.
            of_class = self.browse(by_class.get((root.id, partner.sudo().risk_class_id.id)) or [])
            policy = (
                own
                or of_class
                or self.browse(defaults.get((root.id, partner.credit_audience or "unknown")) or [])
            )
            if own:
                source = "customer"
            elif of_class:
                source = "class"
            elif not policy:
                source = "none"
            elif policy.audience and policy.audience == partner.credit_audience:
                source = "audience"
            elif policy == root.credit_policy_id:
                source = "company"
            else:
                source = "shared"
            result[partner.id] = (policy, source)
        return result

    def action_restore_levels(self):
        """Bring archived levels of the policy back into view."""
        self.ensure_one()
        archived = self.with_context(active_test=False).level_ids.filtered(
            lambda level: not level.active
        )
        if not archived:
            raise UserError(self.env._("This policy has no archived level."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Archived levels"),
            "res_model": "credit.dunning.level",
            "view_mode": "list,form",
            "domain": [("policy_id", "=", self.id), ("active", "=", False)],
            "context": {"active_test": False},
        }
