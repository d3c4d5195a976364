"""Creates the demo data and replays two months of reminders; see ``demo_data`` for what it is."""

import base64
import math
import re
import unicodedata
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import file_open

from . import demo_data
from .demo_alerts import DemoAlerts
from .demo_limits import DemoLimits
from .demo_replay import CompanyReplay

#: Nothing to be told to anybody while years of data are created.
_QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    # A French company would have further add-ons installed on the way.
    "install_mode": True,
    "no_vat_validation": True,
    "skip_pdf_attachment_generation": True,
}
#: Months of exchange rates before and after the day of installation.
_RATE_MONTHS = range(-1, 26)


def _slug(text):
    """Return a name as it would stand in a mail address."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return ".".join(re.findall(r"[a-z0-9]+", ascii_text)[:3])


class CreditMgmtDemo(models.AbstractModel):
    """Generator of the demo data, called once by ``credit_mgmt_demo.xml``."""

    _name = "credit.mgmt.demo"
    _description = "Credit Management Demo Data"

    @api.model
    def _install(self):
        """Create the demo companies and all that is theirs, unless they are there."""
        if self.env.ref("credit_mgmt.demo_company_first", raise_if_not_found=False):
            return
        try:
            self.with_context(**_QUIET)._create_all()
            self.env.flush_all()
        except Exception:
            # Odoo goes on without the demo data; what was not written yet must not follow it.
            self.env.transaction.clear()
            raise

    def _create_all(self):
        self._load_languages()
        companies = {row.key: self._create_company(row) for row in demo_data.COMPANIES}
        users = self._create_users(companies)
        self._set_policies(companies["first"].currency_id)
        partners = self._create_customers(companies, users)
        for key, company in companies.items():
            self._create_rates(company)
            CompanyReplay(self, key, company, partners, users).play()
        DemoLimits(self, companies["first"], users).create_all()
        DemoAlerts(self, companies["first"]).create_all()

    def _name_record(self, name, record):
        """Give a record an external id of this add-on, not to be touched by an upgrade."""
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"credit_mgmt.{name}", "record": record, "noupdate": True}]
        )
        return record

    # === COMPANIES === #

    def _load_languages(self):
        """Make both languages known, and our French, which Odoo loads after the demo data."""
        for code in ("en_US", "fr_FR"):
            self.env["res.lang"]._activate_lang(code)
        self.env["ir.module.module"]._load_module_terms(["credit_mgmt"], ["fr_FR"])

    def _create_company(self, row):
        """Create a French company in euros with a chart of accounts and a bank account."""
        france, euro = self.env.ref("base.fr"), self.env.ref("base.EUR")
        (euro | self.env.ref("base.USD")).active = True
        with file_open("credit_mgmt/demo/logo.png", "rb") as logo:
            image = logo.read()
        company = self.env["res.company"].create(
            {
                "name": row.name,
                "street": row.street,
                "zip": row.zip,
                "city": row.city,
                "country_id": france.id,
                "currency_id": euro.id,
            }
        )
        self._name_record(f"demo_company_{row.key}", company)
        company.partner_id.write({"lang": "fr_FR", "tz": "Europe/Paris"})
        self._load_chart(company)
        company.write(
            {
                # Given at once, Odoo would look the company up in a directory on the internet.
                "phone": row.phone,
                "email": row.email,
                "website": row.website,
                "currency_id": euro.id,
                "paperformat_id": self.env.ref("base.paperformat_euro").id,
                "external_report_layout_id": self.env.ref("web.external_layout_standard").id,
                "primary_color": "#1f4e5f",
                "secondary_color": "#c8963e",
                "company_registry": row.registry,
                "vat": row.vat,
                "report_footer": f"<p>{row.phone} · SIRET {row.registry} · TVA {row.vat}</p>",
            }
        )
        company.partner_id.image_1920 = base64.b64encode(image)
        company.resource_calendar_id.tz = "Europe/Paris"
        self._set_bank_account(company, row.iban)
        return company

    def _load_chart(self, company):
        """Load the French chart where its add-on is there, the generic one otherwise."""
        french = self.env["ir.module.module"].search(
            [("name", "=", "l10n_fr_account"), ("state", "=", "installed")]
        )
        self.env["account.chart.template"]._load(
            "fr" if french else "generic_coa", company, install_demo=False
        )

    def _set_bank_account(self, company, iban):
        journal = self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
        )
        bank = self.env["res.bank"].search([("bic", "=", "BQEXFRPPXXX")]) or self.env[
            "res.bank"
        ].create({"name": "Banque de l'Exemple", "bic": "BQEXFRPPXXX"})
        journal.with_company(company).set_bank_account(iban, bank.id)
        journal.bank_account_id.allow_out_payment = True

    def _create_rates(self, company):
        """Create a rate of the dollar for each month."""
        month = fields.Date.start_of(company._get_credit_today(), "month")
        self.env["res.currency.rate"].create(
            [
                {
                    "name": fields.Date.subtract(month, months=number),
                    "currency_id": self.env.ref("base.USD").id,
                    "company_id": company.id,
                    "rate": round(1.09 + 0.05 * math.sin(number / 3.0), 4),
                }
                for number in _RATE_MONTHS
            ]
        )

    # === USERS AND POLICIES === #

    def _create_users(self, companies):
        """Create the demo users and let the administrator work in the demo companies."""
        company_ids = [company.id for company in companies.values()]
        users = {}
        for login, name, group, lang, phone in demo_data.USERS:
            user = self.env["res.users"].create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "email": f"{_slug(name)}@example.com",
                    "phone": phone,
                    "lang": lang,
                    "tz": "Europe/Paris",
                    "company_id": companies["first"].id,
                    "company_ids": [Command.set(company_ids)],
                    "group_ids": [Command.set(self.env.ref(f"credit_mgmt.{group}").ids)],
                }
            )
            users[login] = self._name_record(f"demo_user_{login}", user)
        for name in ("base.user_root", "base.user_admin", "base.user_demo"):
            if user := self.env.ref(name, raise_if_not_found=False):
                user.company_ids = [Command.link(company_id) for company_id in company_ids]
        self.env.ref("base.user_admin").company_id = companies["first"]
        return users

    def _set_policies(self, euro):
        """Put the delivered policies into euros, with a floor under which nobody is reminded."""
        policies = self.env["credit.dunning.policy"].search([("company_id", "=", False)])
        policies.currency_id = euro
        self.env.ref("credit_mgmt.policy_business").min_amount = 20.0

    # === CUSTOMERS === #

    def _create_customers(self, companies, users):
        """Create the customers with their contacts: {demo_data row: partner}."""
        owners = {"first": companies["first"], "second": companies["second"]}
        values = []
        for number, row in enumerate(demo_data.CUSTOMERS):
            owner = owners.get(row.buys_from)
            values.append(
                {
                    **self._prepare_address(row.street, row.zip, row.city, row.country),
                    "name": row.name,
                    "is_company": row.audience != "consumer",
                    "company_id": owner.id if owner else False,
                    "lang": row.lang,
                    "email": f"{_slug(row.name)}@example.{'org' if number % 3 else 'com'}"
                    if row.email
                    else False,
                    "phone": f"+33 2 61 91 {50 + number // 10:02d} {number % 10:02d}"
                    if row.phone
                    else False,
                    "credit_audience": row.audience,
                    "customer_rank": 1,
                    "user_id": users["seller"].id if number % 2 else users["manager"].id,
                    "child_ids": [
                        Command.create(self._prepare_contact(row, contact, owner))
                        for contact in row.contacts
                    ],
                }
            )
        records = self.env["res.partner"].create(values)
        partners = dict(zip(demo_data.CUSTOMERS, records, strict=True))
        self._set_dunning(companies, partners, users)
        return partners

    def _prepare_address(self, street, zip_code, city, country):
        return {
            "street": street,
            "zip": zip_code,
            "city": city,
            "country_id": self.env.ref(f"base.{'uk' if country == 'GB' else country.lower()}").id,
        }

    def _prepare_contact(self, row, contact, owner):
        values = {
            "name": contact.name,
            "type": "contact" if contact.dunning else "invoice",
            "dunning_contact": contact.dunning,
            "lang": contact.lang,
            "company_id": owner.id if owner else False,
            "email": contact.email and f"{_slug(contact.name)}.{_slug(row.name)}@example.com",
        }
        if contact.address:
            values["type"] = "other"
            values.update(self._prepare_address(*contact.address, row.country))
        elif not contact.dunning:
            values.update(self._prepare_address(row.street, row.zip, row.city, row.country))
        return values

    def _set_dunning(self, companies, partners, users):
        """Set policies, collectors and standing orders, company by company."""
        policies = {
            "gentle": self.env.ref("credit_mgmt.policy_gentle"),
            "none": self.env.ref("credit_mgmt.policy_none"),
        }
        for number, (row, partner) in enumerate(partners.items()):
            for key, company in companies.items():
                if row.buys_from not in (key, "both"):
                    continue
                partner.with_company(company).write(
                    {
                        "dunning_policy_id": policies[row.policy].id if row.policy else False,
                        # The others are the responsible's.
                        "collector_id": users["collector"].id if number % 4 else False,
                    }
                )
        first = companies["first"]
        today = first._get_credit_today()
        self.env["credit.dunning.exclusion"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": first.id,
                    "reason": row.excluded[0],
                    "date_until": row.excluded[1] is not None
                    and today + timedelta(days=row.excluded[1]),
                    "user_id": users["manager"].id,
                }
                for row, partner in partners.items()
                if row.excluded
            ]
        )
