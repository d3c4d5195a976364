from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: Documents on which collectors have something to do; each has a customer and a company.
_DOCUMENTS = (
    "credit.dunning.notice", "credit.promise", "credit.dispute", "credit.payment.plan",
    "credit.wait.request",
)  # fmt: skip


class CreditCollectorCover(models.Model):
    """A collector is away: his customers and his open activities go to a colleague, and back.

    What was handed over is written down line by line, so that only that comes back, and nothing
    that somebody changed meanwhile.
    """

    _name = "credit.collector.cover"
    _description = "Holiday Cover"
    _inherit = ["mail.thread"]
    _rec_name = "user_id"
    _order = "date_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        string="Away",
        required=True,
        domain=[("share", "=", False)],
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.user,
    )
    cover_user_id = fields.Many2one(
        "res.users",
        string="Covered By",
        required=True,
        domain=[("share", "=", False)],
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
    )
    date_from = fields.Date(string="From", required=True, tracking=True)
    date_to = fields.Date(string="To", required=True, tracking=True)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many("credit.collector.cover.line", "cover_id", readonly=True)
    partner_count = fields.Integer(string="Customers", compute="_compute_counts")
    activity_count = fields.Integer(string="Activities", compute="_compute_counts")

    _check_dates = models.Constraint(
        "CHECK(date_to >= date_from AND user_id <> cover_user_id)",
        "A cover ends after it begins, and is given by a colleague.",
    )

    @api.depends("line_ids")
    def _compute_counts(self):
        for cover in self:
            cover.partner_count = len(cover.line_ids.partner_id)
            cover.activity_count = len(cover.line_ids.filtered("was_activity"))

    @api.constrains("user_id", "date_from", "date_to", "company_id", "state")
    def _check_cover(self):
        for cover in self:
            if cover.company_id.parent_id:
                raise ValidationError(
                    self.env._("It belongs to the main company %s.", cover.company_id.root_id.name)
                )
            other = self.search(
                [
                    ("id", "!=", cover.id),
                    ("user_id", "=", cover.user_id.id),
                    ("company_id", "=", cover.company_id.id),
                    ("state", "in", ("planned", "running")),
                    ("date_from", "<=", cover.date_to),
                    ("date_to", ">=", cover.date_from),
                ],
                limit=1,
            )
            if other and cover.state in ("planned", "running"):
                raise ValidationError(
                    self.env._(
                        "%(user)s is covered by %(colleague)s in that time already.",
                        user=cover.user_id.name,
                        colleague=other.cover_user_id.name,
                    )
                )

    def write(self, vals):
        given = {"user_id", "cover_user_id", "company_id", "date_from"} & set(vals)
        if given and self.filtered(lambda cover: cover.state != "planned"):
            raise UserError(
                self.env._("What was handed over cannot change: end it, and plan anew.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        if self.filtered(lambda cover: cover.state == "running"):
            raise UserError(self.env._("End the cover first: everything goes back then."))

    # === HAND OVER AND BACK === #

    def action_start(self):
        """Hand the customers and activities over now."""
        for cover in self:
            cover._check_state("planned")
            partners = (
                self.env["res.partner"]
                .with_company(cover.company_id)
                .search([("collector_id", "=", cover.user_id.id)])
                .filtered(lambda partner: partner.commercial_partner_id == partner)
            )
            activities = self._search_activities(cover.user_id, cover.company_id)
            # Lines are the memory of the cover: nobody writes them by hand.
            self.env["credit.collector.cover.line"].sudo().create(
                [{"cover_id": cover.id, "partner_id": partner.id} for partner in partners]
                + [
                    {"cover_id": cover.id, "activity_id": activity.id, "was_activity": True}
                    for activity in activities
                ]
            )
            # Portfolios are the credit department's, whoever may edit contacts.
            partners.sudo().write({"collector_id": cover.cover_user_id.id})
            self._move_activities(activities, cover.cover_user_id)
            cover.state = "running"
        return True

    def action_end(self):
        """Give back what is still with the colleague, and what was planned for him meanwhile."""
        for cover in self:
            cover._check_state("running")
            partners = cover.line_ids.partner_id.with_company(cover.company_id).filtered(
                lambda partner, cover=cover: partner.collector_id == cover.cover_user_id
            )
            handed = cover.sudo().line_ids.activity_id.filtered(
                lambda activity, cover=cover: activity.user_id == cover.cover_user_id
            )
            meanwhile = self._search_activities(cover.cover_user_id, cover.company_id, partners)
            partners.sudo().write({"collector_id": cover.user_id.id})  # as when it began
            self._move_activities(handed | meanwhile, cover.user_id)
            cover.state = "done"
        return True

    def action_cancel(self):
        """Give up a cover that has not begun."""
        for cover in self:
            cover._check_state("planned")
        self.state = "cancelled"
        return True

    def _check_state(self, state):
        if self.state != state:
            raise UserError(self.env._("%s is not in the state for that.", self.user_id.name))

    @api.model
    def _search_activities(self, users, company, partners=None):
        """Return the open activities of collectors on our documents and on customers.

        :param partners: only about these customers; all by default
        """
        of_customers = Domain("company_id", "=", company.id)
        if partners is not None:
            of_customers &= Domain("partner_id", "in", partners.ids)
        domain = Domain.FALSE
        for model in _DOCUMENTS:
            documents = self.env[model]._search(of_customers)
            domain |= Domain("res_model", "=", model) & Domain("res_id", "in", documents)
        planned = self.env["credit.contact.log"].search(
            of_customers & Domain("activity_id.active", "=", True)
        )
        domain |= Domain("id", "in", planned.sudo().activity_id.ids)
        # A colleague's activities are moved by whoever is in charge of the customers.
        return self.env["mail.activity"].sudo().search(Domain("user_id", "in", users.ids) & domain)

    @api.model
    def _move_activities(self, activities, user):
        """Give activities to a user, without an e-mail for each."""
        activities.with_context(mail_activity_quick_update=True).write({"user_id": user.id})

    # === NIGHT === #

    @api.model
    def _cron_follow(self):
        """Begin and end what the calendar says."""
        for company, covers in self.search([("state", "in", ("planned", "running"))]).grouped(
            "company_id"
        ).items():  # fmt: skip
            today = company._get_credit_today()
            covers.filtered(lambda c, d=today: c.state == "running" and c.date_to < d).action_end()
            waiting = covers.filtered(lambda c, d=today: c.state == "planned" and c.date_from <= d)
            missed = waiting.filtered(lambda c, d=today: c.date_to < d)
            missed.action_cancel()
            (waiting - missed).action_start()
