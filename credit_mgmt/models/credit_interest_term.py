from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import interest

#: Whom terms can be for: customers of unknown kind bear no interest (rule 16).
TERM_AUDIENCES = [
    ("business", "Business"),
    ("consumer", "Consumer"),
    ("public", "Public body"),
]


class CreditInterestTerm(models.Model):
    """What late payment costs under the law of a country, or a company's own contracts."""

    _name = "credit.interest.term"
    _description = "Interest Terms"
    _inherit = ["credit.interest.delivered"]
    _order = "country_id, audience, company_id, sequence, id"
    _delivered_key = ("country_id", "audience", "company_id")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    country_id = fields.Many2one(
        "res.country", required=True, index=True, help="Country of the company that claims."
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: for every company of the country without terms of its own."
    )
    audience = fields.Selection(TERM_AUDIENCES, required=True, default="business")
    rate_kind = fields.Selection(
        [("index", "Index and margin"), ("agreed", "Agreed rate")],
        required=True,
        default="index",
    )
    index_id = fields.Many2one("credit.interest.index", ondelete="restrict")
    margin = fields.Float(string="Margin (Points)", digits=(8, 4))
    agreed_rate = fields.Float(string="Agreed Rate (%)", digits=(8, 4))
    rounding = fields.Selection(
        [("none", "None"), ("half_point_up", "Up to the next half point")],
        required=True,
        default="none",
        string="Rounding of the Rate",
    )
    floor_index_id = fields.Many2one(
        "credit.interest.index",
        ondelete="restrict",
        help="An agreed rate, of these terms or of an invoice, is at least so many times this "
        "index.",
    )
    floor_factor = fields.Float(string="Times the Floor Index", digits=(8, 4))
    fixing = fields.Selection(
        [
            ("first_day", "1 January and 1 July"),
            ("day_before", "31 December and 30 June"),
        ],
        required=True,
        default="first_day",
        string="Index in Force On",
    )
    segment_mode = fields.Selection(
        [
            ("per_semester", "New rate each half-year"),
            ("fixed_at_start", "Rate of the first day for the whole delay"),
        ],
        required=True,
        default="per_semester",
        string="Delay Over Several Half-Years",
    )
    start_event = fields.Selection(
        [("due", "Day after the due date"), ("formal_notice", "Formal notice")],
        required=True,
        default="due",
        string="Interest From",
    )
    day_basis = fields.Integer(string="Days of a Year", required=True, default=365)
    imputation = fields.Selection(
        [
            ("principal_first", "The principal first, as in the books"),
            ("interest_first", "The interest first"),
        ],
        required=True,
        default="principal_first",
        string="A Part Payment Settles",
    )
    fee_kind = fields.Selection(
        [
            ("none", "None"),
            ("fixed", "Fixed amount"),
            ("bands", "Amount by size of the debt"),
            ("scale", "Percentages of the debt"),
        ],
        required=True,
        default="none",
        string="Indemnity",
    )
    fee_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Indemnity",
        default=lambda self: self.env.company.currency_id,
    )
    fee_amount = fields.Monetary(string="Indemnity per Invoice", currency_field="fee_currency_id")
    fee_step_ids = fields.One2many("credit.interest.fee.step", "term_id", string="Steps", copy=True)
    fee_min = fields.Monetary(string="At Least", currency_field="fee_currency_id")
    fee_max = fields.Monetary(
        string="At Most", currency_field="fee_currency_id", help="0: no limit."
    )
    legal_basis = fields.Char(translate=True, help="Printed with the computation.")
    source = fields.Text(
        translate=True, help="Where these terms were read, and what is uncertain about them."
    )
    verified = fields.Boolean(help="Somebody compared these terms with the text of the law.")
    current_rate = fields.Float(
        string="Rate Today (%)", compute="_compute_current_rate", digits=(8, 4)
    )
    warning = fields.Char(compute="_compute_current_rate")

    # Rule 16: whoever writes them, by whatever way.
    _check_consumer = models.Constraint(
        "CHECK(audience <> 'consumer' OR (fee_kind = 'none' AND start_event = 'formal_notice'))",
        "A consumer never owes an indemnity, and interest only from the formal notice on.",
    )
    _check_figures = models.Constraint(
        "CHECK(day_basis > 0 AND agreed_rate >= 0 AND floor_factor >= 0 AND fee_amount >= 0"
        " AND fee_min >= 0 AND fee_max >= 0)",
        "Days, rates and amounts of interest terms cannot be below zero.",
    )
    _one_per_audience = models.UniqueIndex(
        "(country_id, audience, COALESCE(company_id, 0)) WHERE active",
        "There are active terms for this country, audience and company already.",
    )

    @api.constrains("rate_kind", "index_id", "fee_kind", "fee_step_ids", "fee_currency_id",
                    "floor_factor", "floor_index_id")  # fmt: skip
    def _check_complete(self):
        for term in self:
            if term.rate_kind == "index" and not term.index_id:
                raise ValidationError(
                    self.env._("%s: choose the index of the rate.", term.display_name)
                )
            if term.floor_factor and not term.floor_index_id:
                raise ValidationError(
                    self.env._("%s: choose the index of the floor.", term.display_name)
                )
            if term.fee_kind in ("bands", "scale") and not term.fee_step_ids:
                raise ValidationError(
                    self.env._("%s: add the steps of the indemnity.", term.display_name)
                )
            if term.fee_kind != "none" and not term.fee_currency_id:
                raise ValidationError(
                    self.env._("%s: choose the currency of the indemnity.", term.display_name)
                )

    @api.depends("rate_kind", "index_id.rate_ids.value", "index_id.known_until", "margin",
                 "agreed_rate", "rounding", "fixing", "floor_index_id.rate_ids.value",
                 "floor_factor")  # fmt: skip
    @api.depends_context("company")
    def _compute_current_rate(self):
        today = self.env.company._get_credit_today()
        for term in self:
            rates, unknown = term._get_yearly_rates(today, today)
            term.current_rate = float(rates[0][1]) if rates else 0.0
            term.warning = term._get_warning(min(unknown)) if unknown else False

    # === SELECTION === #

    @api.model
    def _get_terms(self, companies) -> dict:
        """Return the terms of companies: {(company id, audience): terms}.

        Own terms of the main company before those of its country. An audience without terms is
        not in it: nothing is claimed then.
        """
        # Everybody who may see what an item costs may see by which terms.
        companies = companies.sudo()
        terms = self.sudo().search(
            [
                ("country_id", "in", [c._get_credit_law_country().id for c in companies]),
                ("company_id", "in", [False, *companies.root_id.ids]),
            ]
        )
        result = {}
        for company in companies:
            country = company._get_credit_law_country()
            for term in terms.sorted(lambda term: not term.company_id):
                if term.country_id == country and term.company_id in (
                    company.root_id,
                    company.browse(),
                ):
                    result.setdefault((company.id, term.audience), term)
        return result

    # === FIGURES === #

    def _get_yearly_rates(self, first, last, own_rate=0.0) -> tuple[list, set]:
        """Return the rates of the half-years of a period, and which of these are estimates.

        :param own_rate: the yearly percent agreed on an invoice; 0 for none. Only businesses can
            have one (rule 16)
        :return: ``[(first day, percent)]``, empty when no rate is known at all, and the first days
            of the half-years whose rate is taken from another one
        """
        self.ensure_one()
        agreed = None
        if self.rate_kind == "agreed":
            agreed = self.agreed_rate
        if own_rate and self.audience == "business":
            agreed = own_rate
        starts = list(interest.half_years(first, last))
        floor = self.floor_index_id if agreed is not None and self.floor_factor else None
        index = self.index_id if agreed is None else floor
        if index is None:
            return [(start, Decimal(str(agreed))) for start in starts], set()
        if not index.rate_ids:
            return [], set(starts)
        rates = interest.yearly_rates(
            first,
            last,
            index._get_rates() if agreed is None else (),
            margin=self.margin,
            rounding=self.rounding,
            fixing=self.fixing,
            contractual=agreed,
            floor_rates=floor._get_rates() if floor else (),
            floor_factor=self.floor_factor,
        )
        return rates, index._get_unknown(starts, self.fixing)

    def _get_fee_rule(self, company) -> interest.FeeRule | None:
        """Return the rule of the indemnity; None where nothing is claimed (rule 16).

        :param company: who claims; it says itself whether public bodies are asked for one
        """
        self.ensure_one()
        if self.fee_kind == "none" or self.audience == "consumer":
            return None
        # Their own setting is no secret to those who read what it leads to.
        if self.audience == "public" and not company.sudo().root_id.credit_public_indemnity:
            return None
        if self.fee_kind == "fixed":
            return interest.FeeRule("bands", ((Decimal(0), Decimal(str(self.fee_amount))),))
        return interest.FeeRule(
            self.fee_kind,
            tuple(
                (Decimal(str(step.amount_from)), Decimal(str(step.value)))
                for step in self.fee_step_ids.sorted("amount_from")
            ),
            minimum=Decimal(str(self.fee_min)),
            maximum=Decimal(str(self.fee_max)) if self.fee_max else None,
        )

    def _get_warning(self, missing_from) -> str:
        """Return the warning that a half-year is computed with another one's rate."""
        if not missing_from:
            return ""
        return self.env._(
            "The interest rate of the half-year from %s is not known: the last known rate is used.",
            self.env["credit.dunning.level"]._format_date(missing_from),
        )
