import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import hmac as sign

#: Forms that a customer may send in an hour; a person needs fewer.
MAX_POSTS = 30
_SCOPE = "credit_mgmt.customer_page"
_MAX_ID = 2**31 - 1


class CreditCustomerToken(models.Model):
    """The link to a customer's own page: one per customer and main company.

    The link is signed with the key of the database and is not stored here: whoever reads a copy of
    this table cannot open a page. It ends by its date, or at once when it is revoked or renewed.
    """

    _name = "credit.customer.token"
    _description = "Link to a Customer's Page"
    _order = "id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    # Part of what is signed: a new one makes the earlier links worthless.
    nonce = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
        default=lambda self: secrets.token_urlsafe(32),
    )
    expires_on = fields.Date(
        string="Valid Until",
        required=True,
        readonly=True,
        help="Each reminder prolongs it by the days of the company's settings.",
    )
    revoked_on = fields.Date(readonly=True, copy=False)
    state = fields.Selection(
        [("valid", "Valid"), ("expired", "Expired"), ("revoked", "Revoked")],
        compute="_compute_state",
        search="_search_state",
    )
    url = fields.Char(
        string="Link",
        compute="_compute_url",
        groups="credit_mgmt.credit_mgmt_group_user",
    )
    post_start = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    post_count = fields.Integer(readonly=True, copy=False, groups="base.group_system")

    _one_per_customer = models.UniqueIndex(
        "(partner_id, company_id)", "This customer has a link already: renew it."
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "company_id")
    def _compute_display_name(self):
        for token in self:
            parts = (token.partner_id.display_name, token.company_id.name)
            token.display_name = " - ".join(part for part in parts if part)

    @api.depends("expires_on", "revoked_on")
    def _compute_state(self):
        for token in self:
            today = token.company_id._get_credit_today()
            if token.revoked_on:
                token.state = "revoked"
            else:
                token.state = "valid" if token.expires_on >= today else "expired"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            (
                "id",
                "in",
                SQL(
                    """
                    (SELECT token.id
                       FROM credit_customer_token token
                       JOIN %s ON day.company_id = token.company_id
                      WHERE CASE WHEN token.revoked_on IS NOT NULL THEN 'revoked'
                                 WHEN token.expires_on >= day.today THEN 'valid'
                                 ELSE 'expired' END IN %s)
                    """,
                    self.env["credit.receivable"]._get_days_sql(),
                    tuple(value) or ("",),
                ),
            )
        ]

    @api.depends("nonce")
    def _compute_url(self):
        for token in self:
            token.url = token._get_url() if token.id and token.state == "valid" else False

    @api.constrains("company_id")
    def _check_root_company(self):
        for token in self:
            if token.company_id.parent_id:
                raise ValidationError(
                    self.env._("It belongs to the main company %s.", token.company_id.root_id.name)
                )

    # === LINK === #

    def _sign(self) -> str:
        """Return the signature that only this database can make for the link as it is now."""
        self.ensure_one()
        token = self.sudo()  # the nonce is read by nobody else
        return sign(token.env, _SCOPE, (token.id, token.nonce))

    def _get_path(self) -> str:
        self.ensure_one()
        return f"/credit/{self.id}-{self._sign()}"

    def _get_url(self) -> str:
        return self.get_base_url() + self._get_path()

    @api.model
    def _find(self, key):
        """Return the link that a key of an address stands for, valid or over; empty for a forgery.

        :param str key: what follows ``/credit/``, whatever it is
        """
        number, _dash, signature = key.partition("-")
        known = number.isascii() and number.isdigit() and len(number) <= 10
        # Nobody is logged in: the signature is what opens the page.
        token = self.sudo().browse(int(number) if known and int(number) <= _MAX_ID else 0).exists()
        expected = token._sign() if token else "-"
        return token if hmac.compare_digest(signature.encode(), expected.encode()) else token[:0]

    @api.model
    def _ensure(self, partners, company):
        """Return the links of customers, made or prolonged; a revoked one stays closed.

        One that had expired is renewed, so that the links of old messages stay dead.

        :param partners: commercial entities
        :param company: a main company
        """
        today = company._get_credit_today()
        until = fields.Date.add(today, days=company.credit_page_days)
        # Whoever sends reminders does not write links by hand.
        own = self.sudo()
        found = own.search([("partner_id", "in", partners.ids), ("company_id", "=", company.id)])
        alive = found.filtered(lambda token: not token.revoked_on)
        for token in alive.filtered(lambda token: token.expires_on < today):
            token.nonce = secrets.token_urlsafe(32)
        alive.filtered(lambda token: token.expires_on < until).expires_on = until
        missing = partners - found.partner_id
        return found + own.create(
            [
                {"partner_id": partner.id, "company_id": company.id, "expires_on": until}
                for partner in missing
            ]
        )

    @api.model
    def _get_urls(self, partners, company) -> dict[int, str]:
        """Return the valid links of customers, as they are: {partner id: address}."""
        if not company.credit_page_enabled:
            return {}
        # Whoever writes to the customer may give him the link.
        tokens = self.sudo().search(
            [("partner_id", "in", partners.ids), ("company_id", "=", company.id)]
        )
        return {token.partner_id.id: token._get_url() for token in tokens if token.state == "valid"}

    # === DECISIONS === #

    def _check_decision(self):
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            raise AccessError(self.env._("Only credit users decide about the customers' links."))

    def action_renew(self):
        """Make new links; those sent before open nothing any more."""
        self._check_decision()
        for company, tokens in self.grouped("company_id").items():
            until = fields.Date.add(company._get_credit_today(), days=company.credit_page_days)
            for token in tokens.sudo():  # links are written by these buttons only
                token.write(
                    {
                        "nonce": secrets.token_urlsafe(32),
                        "expires_on": until,
                        "revoked_on": False,
                    }
                )
        return True

    def action_revoke(self):
        """Close the pages behind the links; until they are renewed no message has one."""
        self._check_decision()
        for company, tokens in self.grouped("company_id").items():
            # Links are written by these buttons only.
            tokens.sudo().revoked_on = company._get_credit_today()
        return True

    def action_open(self):
        """Open the page as the customer sees it."""
        self.ensure_one()
        self._check_decision()
        return {"type": "ir.actions.act_url", "url": self._get_path(), "target": "new"}

    # === PRESSURE === #

    def _count_post(self) -> bool:
        """Count a form that was sent; return whether it may be looked at.

        The row is written each time: two forms at once wait for each other here, and the second
        one then sees what the first one did.
        """
        self.ensure_one()
        token = self.sudo()  # the visitor is not logged in
        now = fields.Datetime.now()
        if not token.post_start or token.post_start < fields.Datetime.subtract(now, hours=1):
            token.write({"post_start": now, "post_count": 1})
        else:
            token.post_count += 1
        token.flush_recordset()
        return token.post_count <= MAX_POSTS
