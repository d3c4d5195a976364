import logging
from contextlib import contextmanager
from datetime import timedelta, timezone

from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.credit_mgmt.exceptions import CarrierUnavailable, DeliveryInterrupted
from odoo.exceptions import UserError, ValidationError

from ..const import SIZE_LIMIT, SLUGS, TROUBLES, URLS, WEBHOOK_SOURCE
from ..tools import client, moments
from ..tools.mail import Mail

_logger = logging.getLogger(__name__)

#: Customers of these audiences need not have agreed to registered e-letters.
_PROFESSIONALS = ("business", "public")
#: What stands between us and one document, not between us and AR24.
_ABOUT_A_DOCUMENT = {"elsewhere", "size", "document"}
#: Clocks that differ less are not worth a word.
_SMALL_SKEW = timedelta(minutes=1)
#: A key of authentication must last until its letter has left.
_AUTH_MARGIN = timedelta(minutes=2)


def _is_true(value) -> bool:
    return str(value).lower() in ("1", "true")


class CreditRegisteredProvider(models.Model):
    """AR24 as a carrier: one account per company."""

    _inherit = "credit.registered.provider"

    code = fields.Selection(
        selection_add=[("ar24", "AR24, registered e-letter")],
        # The letters of the account stay, and their proofs.
        ondelete={"ar24": lambda providers: providers.write({"code": "paper", "active": False})},
    )
    ar24_environment = fields.Selection(
        [("sandbox", "Sandbox: letters reach nobody"), ("production", "Production")],
        string="Environment",
        default="sandbox",
    )
    ar24_url = fields.Char(
        string="Address",
        compute="_compute_ar24_url",
        store=True,
        readonly=False,
        help="Of AR24's interface; that of the environment unless AR24 names another one.",
    )
    ar24_token = fields.Char(
        string="Token", copy=False, groups="credit_mgmt.credit_mgmt_group_manager"
    )
    ar24_private_key = fields.Char(
        string="Private Key", copy=False, groups="credit_mgmt.credit_mgmt_group_manager"
    )
    ar24_user = fields.Char(
        string="Sender's Number", copy=False, help="AR24's number of the user who sends."
    )
    ar24_qualified = fields.Boolean(
        string="Qualified Letters",
        help="Qualified in the sense of eIDAS: only such a letter equals a registered letter on "
        "paper. The sender must be identified by AR24, and authenticate before sending.",
    )
    ar24_auth_hash = fields.Char(copy=False, groups="base.group_system")
    ar24_auth_until = fields.Datetime(string="Authenticated Until", readonly=True, copy=False)
    ar24_payment_slug = fields.Char(
        string="Payment Mode", help="AR24's code of it; empty: the sender's usual one."
    )
    ar24_price_unit = fields.Selection(
        [("cent", "cents"), ("euro", "euros")],
        string="Whole Prices Are In",
        default="cent",
        help="What a price without decimals means in AR24's answers.",
    )
    ar24_size_limit = fields.Integer(
        string="Documents At Most (MB)",
        default=SIZE_LIMIT,
        help="Of one letter in all. Invoices that do not fit are left out; the letter lists them.",
    )
    ar24_webhook = fields.Boolean(
        string="Ask AR24 for Messages",
        default=True,
        help="AR24 then tells when a letter has news, if it can reach this server. Letters are "
        "read again every few hours in any case.",
    )

    _check_ar24_size_limit = models.Constraint(
        "CHECK(ar24_size_limit > 0)", "The documents of a letter need some room."
    )

    @api.depends("ar24_environment", "code")
    def _compute_ar24_url(self):
        for provider in self:
            if provider.code == "ar24":
                provider.ar24_url = URLS.get(provider.ar24_environment)

    @api.constrains("code", "company_id", "active")
    def _check_ar24_company(self):
        """Letters, proofs and costs are a company's own."""
        for provider in self.filtered(lambda p: p.code == "ar24" and p.active):
            if not provider.company_id or provider.company_id.parent_id:
                raise ValidationError(
                    self.env._("An AR24 account belongs to one main company: choose it.")
                )
            if self.search_count(
                [("code", "=", "ar24"), ("company_id", "=", provider.company_id.id)], limit=2
            ) > 1:  # fmt: skip
                raise ValidationError(
                    self.env._(
                        "%s has an AR24 account already: archive it first.",
                        provider.company_id.name,
                    )
                )

    @api.constrains("code", "ar24_url")
    def _check_ar24_url(self):
        for provider in self.filtered(lambda p: p.code == "ar24" and p.ar24_url):
            url = provider.ar24_url
            is_local = url.startswith(("http://127.0.0.1:", "http://localhost:"))
            if not url.startswith("https://") and not is_local:
                raise ValidationError(self.env._("AR24's address must begin with https://."))

    @api.onchange("code")
    def _onchange_ar24_code(self):
        if self.code == "ar24":
            self.webhook_sources = self.webhook_sources or WEBHOOK_SOURCE
            self.company_id = self.company_id or self.env.company.root_id

    # === CONNECTION === #

    def _ar24_client(self):
        """Return a client of the account.

        :raises UserError: the account is not complete
        """
        self.ensure_one()
        # Who may send letters need not be able to read the secrets that they leave with.
        account = self.sudo()
        needed = ("ar24_url", "ar24_token", "ar24_private_key", "ar24_user")
        if missing := [name for name in needed if not account[name]]:
            labels = [self._fields[name]._description_string(self.env) for name in missing]
            raise UserError(self.env._("The AR24 account is not complete: %s.", ", ".join(labels)))
        return client.Client(
            account.ar24_url.strip(),
            account.ar24_token.strip(),
            account.ar24_private_key.strip(),
            account.ar24_user.strip(),
            language=(self.env.lang or "fr")[:2],
        )

    def _ar24_explain(self, error) -> str:
        """Return an error of the client in words for people."""
        if isinstance(error, client.Refused):
            known = SLUGS.get(error.slug)
            if known:
                return self.env._(known)
            return self.env._(
                "AR24 refuses: %(message)s (%(code)s)",
                message=error.message or "?",
                code=error.slug[:80],
            )
        if error.reason in TROUBLES:
            return self.env._(TROUBLES[error.reason])
        return self.env._("AR24 answers with an error: %s.", error.reason)

    @contextmanager
    def _ar24_errors(self):
        """Raise the client's errors as those of a carrier; for what may be asked any time again.

        None of the client's own is kept as a cause: a log would print what it was doing.
        """
        try:
            yield
        except client.Refused as error:
            passing = error.slug in client.PASSING_SLUGS
            raise (CarrierUnavailable if passing else UserError)(
                self._ar24_explain(error)
            ) from None
        except (client.Unavailable, client.Unclear) as error:
            alone = error.reason in _ABOUT_A_DOCUMENT
            raise (UserError if alone else CarrierUnavailable)(self._ar24_explain(error)) from None

    def action_ar24_test(self):
        """Ask AR24 who we are, and say in plain words what it answers."""
        self.ensure_one()
        self.check_access("write")
        ar24 = self._ar24_client()
        try:
            user = ar24.get_user()
        except client.Ar24Error as error:
            text, is_well = self._ar24_explain(error), False
            skew = self._ar24_describe_skew(ar24.skew)
            text = " ".join(filter(None, (text, skew)))
        else:
            problems = self._ar24_get_problems(user, ar24.skew)
            is_well = not problems
            text = " ".join([self._ar24_describe_user(user), *problems])
        if is_well:
            self.sudo()._resume()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("AR24 is ready")
                if is_well
                else self.env._("AR24 is not ready"),
                "message": text,
                "type": "success" if is_well else "danger",
                "sticky": True,
            },
        }

    def _ar24_describe_user(self, user) -> str:
        name = user.get("name") or " ".join(
            filter(None, (user.get("firstname"), user.get("lastname")))
        )
        text = self.env._(
            "AR24 answers: the sender is %(name)s, %(email)s.",
            name=name or "?",
            email=user.get("email") or "?",
        )
        if self.ar24_environment == "sandbox":
            text += " " + self.env._("This is the sandbox: letters reach nobody.")
        return text

    def _ar24_get_problems(self, user, skew) -> list[str]:
        """Return what would keep letters from leaving, in words."""
        problems = [self._ar24_describe_skew(skew)]
        for name, slug in (
            ("confirmed", "user_account_not_confirmed"),
            ("cgu", "user_eula_not_accepted"),
            ("is_payment_possible", "user_no_payment"),
        ):
            # What AR24 does not tell is no problem.
            if name in user and not _is_true(user[name]):
                problems.append(self.env._(SLUGS[slug]))
        if self.ar24_qualified and not _is_true(user.get("is_identity_verified", "1")):
            problems.append(
                self.env._(
                    "The sender's identity is not verified: ask AR24 for it before qualified "
                    "letters."
                )
            )
        return [problem for problem in problems if problem]

    def _ar24_describe_skew(self, skew) -> str:
        if abs(skew) < _SMALL_SKEW:
            return ""
        minutes = round(abs(skew).total_seconds() / 60)
        if skew > timedelta():
            return self.env._("The clock of this server is %s minutes slow: correct it.", minutes)
        return self.env._("The clock of this server is %s minutes fast: correct it.", minutes)

    # === AUTHENTICATION === #

    def _ar24_authenticate(self, code):
        """Open an hour of qualified sending with the sender's code, and send what waits for it.

        :raises UserError: AR24 refuses the code, or cannot be asked
        """
        self.ensure_one()
        with self._ar24_errors():
            key, until = self._ar24_client().authenticate(code)
        if not key or not until:
            raise UserError(self.env._(TROUBLES["garbage"]))
        self.sudo().write({"ar24_auth_hash": key, "ar24_auth_until": until.replace(tzinfo=None)})
        # The groups of reminders may not write letters by hand.
        waiting = self.env["credit.registered.letter"].sudo()
        waiting = waiting.search([("provider_id", "=", self.id), ("retry_on", "!=", False)])
        waiting.write({"next_check": fields.Datetime.now()})
        if waiting:
            waiting._trigger_follow()

    def _ar24_get_auth_hash(self) -> str:
        self.ensure_one()
        account = self.sudo()
        until = account.ar24_auth_until
        if not until or until < fields.Datetime.now() + _AUTH_MARGIN:
            # Not the addressee's trouble: no other channel steps in, the letter waits.
            raise CarrierUnavailable(self.env._(SLUGS["authentication_missing"]))
        return account.ar24_auth_hash

    # === STEPS === #

    def _ar24_capabilities(self):
        kind = "electronic_qualified" if self.ar24_qualified else "electronic_simple"
        return (kind, "status", "proofs", "webhook", "price")

    @api.model
    def _ar24_address(self, partner) -> str:
        return partner.email_normalized or ""

    def _ar24_check_recipient(self, letter) -> str:
        contact = letter.contact_id or letter.partner_id
        if contact.commercial_partner_id.credit_audience in _PROFESSIONALS:
            return ""
        if not self.env["credit.registered.consent"]._has_consent(contact, letter.company_id):
            return self.env._(
                "%s is not known as a professional: without a recorded consent, the law allows no "
                "registered e-letter.",
                contact.display_name,
            )
        if len((contact.name or "").split()) < 2:
            return self.env._(
                "%s needs a first and a last name for a registered e-letter.", contact.display_name
            )
        return ""

    def _ar24_send(self, letter):
        ar24 = self._ar24_client()
        values = self._ar24_prepare_mail(letter)
        documents, left_out = self._ar24_get_documents(letter)
        with self._ar24_errors():
            for number, (name, content) in enumerate(documents):
                values[f"attachment[{number}]"] = ar24.upload(name, content)
        try:
            data = ar24.send(values)
        except client.Unclear as error:
            if not (data := self._ar24_look_up_at_once(ar24, letter)):
                raise DeliveryInterrupted("registered", self._ar24_explain(error)) from None
        except client.Ar24Error as error:
            self._ar24_forget_authentication(error)
            with self._ar24_errors():
                raise error from None
        try:
            self._ar24_record_sent(letter, Mail(data), left_out)
        except Exception as error:
            # It has left: whatever went wrong here, it is not sent again by itself.
            raise DeliveryInterrupted("registered", type(error).__name__) from error

    def _ar24_forget_authentication(self, error):
        if getattr(error, "slug", "") in (
            "authentication_otp_hash_invalid",
            "authentication_missing",
        ):
            self.sudo().write({"ar24_auth_hash": False, "ar24_auth_until": False})
            raise CarrierUnavailable(self._ar24_explain(error)) from None

    def _ar24_look_up_at_once(self, ar24, letter) -> dict:
        """Return a letter whose answer was lost just now, empty when AR24 does not show it."""
        try:
            return self._ar24_search(ar24, letter)
        except client.Ar24Error:
            return {}

    def _ar24_record_sent(self, letter, mail, left_out):
        moment, date = self._ar24_local(mail.date)
        note = (
            self.env._("Not attached, no room or no PDF: %s", ", ".join(left_out.mapped("name")))
            if left_out
            else ""
        )
        letter._record(
            "sent",
            date,
            raw="waiting",
            moment=moment,
            note=note,
            external_id=mail.number,
            carrier_state=mail.status,
            ar24_sandbox=self.ar24_environment == "sandbox",
            ar24_qualified=self.ar24_qualified,
            **self._ar24_get_price(letter, mail),
        )

    def _ar24_get_price(self, letter, mail) -> dict:
        price = mail.price(self.ar24_price_unit)
        if price is None:
            return {}
        euro = self.env.ref("base.EUR")
        date = letter.company_id._get_credit_today()
        return {"price": euro._convert(float(price), letter.currency_id, letter.company_id, date)}

    @api.model
    def _ar24_local(self, moment):
        """Return a moment as Odoo stores it, and the day it was in Paris, as proofs print it."""
        if not moment:
            return False, False
        return (
            moment.astimezone(timezone.utc).replace(tzinfo=None),
            moment.astimezone(moments.PARIS).date(),
        )

    # === WHAT IS SENT === #

    def _ar24_prepare_mail(self, letter) -> dict:
        """Return what AR24 is told of a letter, its documents apart."""
        notice = letter.notice_id
        contact = letter.contact_id or letter.partner_id
        customer = contact.commercial_partner_id
        is_professional = customer.credit_audience in _PROFESSIONALS
        values = {
            "eidas": int(self.ar24_qualified),
            "to_email": letter.address,
            "dest_statut": "professionnel" if is_professional else "particulier",
            "content": self._ar24_get_content(notice),
            "custom_name_sender": letter.company_id.name,
            "ref_dossier": letter.reference,
            "ref_client": customer.ref or str(customer.id),
            "ref_facturation": notice.name,
        }
        if self.ar24_qualified:
            values["auth_otp_hash"] = self._ar24_get_auth_hash()
        if is_professional:
            values["to_company"] = customer.name
        if not contact.is_company:
            first, _space, last = (contact.name or "").strip().partition(" ")
            values["to_firstname"], values["to_lastname"] = first, last.strip() or first
        if self.ar24_payment_slug:
            values["payment_slug"] = self.ar24_payment_slug
        if self.ar24_webhook:
            values["webhook"] = self.sudo()._ensure_webhook_url()
        return values

    @api.model
    def _ar24_get_content(self, notice) -> str:
        """Return the text that stands above the attached letter, in the recipient's language."""
        notice = notice.with_context(lang=notice.lang)
        lines = [
            notice._get_letter_subject(),
            notice.env._("Please find our letter and its documents attached."),
        ]
        return Markup("").join(Markup("<p>%s</p>") % line for line in lines)

    def _ar24_get_documents(self, letter):
        """Return the documents of a letter as (name, content), and the invoices left out.

        :raises UserError: the letter itself does not fit
        """
        room = self.ar24_size_limit * 1024 * 1024
        notice = letter.notice_id.sudo()  # its invoices, whoever sends them
        attachments = letter.delivery_id.sudo().attachment_id | notice.statement_attachment_id
        room -= sum(attachments.mapped("file_size"))
        if room < 0:
            raise UserError(
                self.env._(
                    "The letter and its statement have more than %s MB.", self.ar24_size_limit
                )
            )
        invoices, left_out = notice._get_invoice_attachments(room)
        return [(file.name, file.raw) for file in attachments + invoices], left_out

    # === LOOKING UP === #

    @api.model
    def _ar24_search(self, ar24, letter) -> dict:
        """Return the letter that AR24 has under our reference, else empty."""
        since = letter.create_date.replace(tzinfo=timezone.utc) - timedelta(days=1)
        for data in ar24.iter_mails(since):
            if Mail(data).reference == letter.reference:
                return data
        return {}

    def _ar24_find_by_reference(self, letter) -> str:
        with self._ar24_errors():
            data = self._ar24_search(self._ar24_client(), letter)
        return Mail(data).number

    # === NEWS === #

    @api.model
    def _ar24_parse_webhook(self, payload) -> list[str]:
        number = payload.get("id_mail")
        return [str(number)[:64]] if number else []

    def _ar24_refresh(self, letters):
        ar24 = self._ar24_client()
        for letter in letters:
            number = letter.external_id or self._ar24_find_by_reference(letter)
            if not number:
                raise UserError(
                    self.env._("AR24 has no letter with the reference %s.", letter.reference)
                )
            with self._ar24_errors():
                mail = Mail(ar24.get_mail(number))
            if mail.reference != letter.reference:
                # Another environment or account counts on its own.
                raise UserError(
                    self.env._(
                        "AR24 has another letter under the number %s: is this the account that "
                        "has sent it?",
                        number,
                    )
                )
            if not letter.external_id:
                letter.external_id = number
            self._ar24_take_news(letter, mail)
            self._ar24_fetch_proofs(ar24, letter, mail)

    def _ar24_take_news(self, letter, mail):
        """Record the steps that are new; a state not known changes nothing and is told."""
        if mail.status != (letter.carrier_state or ""):
            letter.carrier_state = mail.status
            if not mail.is_known:
                _logger.info("AR24 letter %s has a state that is not known", letter.id)
                letter.message_post(
                    body=self.env._(
                        "AR24 calls the state “%s”, which is not known here: the state before is "
                        "kept.",
                        mail.status[:80],
                    )
                )
        if not letter.price:
            letter.write(self._ar24_get_price(letter, mail))
        for step in mail.steps():
            told = letter.event_ids.filtered(
                lambda e, step=step: e.raw == step.raw or (e.state == step.state and not e.ignored)
            )
            if not told:
                moment, date = self._ar24_local(step.moment)
                letter._record(step.state, date, raw=step.raw, moment=moment)

    def _ar24_fetch_proofs(self, ar24, letter, mail):
        """Keep the proofs that are new; one that does not come is asked for again later."""
        for proof in mail.proofs():
            if proof.kind in letter.proof_ids.mapped("kind"):
                continue
            try:
                content = ar24.download(proof.url)
            except client.Ar24Error as error:
                _logger.info("AR24 proof %s of letter %s: %s", proof.code, letter.id, error)
                continue
            name = f"{letter.reference}-{proof.code}.pdf"
            letter._add_proof(proof.kind, name, content, self._ar24_local(proof.moment)[1])
        letter.awaits_proof = bool(mail.missing_proofs(letter.proof_ids.mapped("kind")))
