import logging
import re
import secrets

import psycopg2
from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from ..exceptions import CustomerRefusal
from ..models.credit_customer_token_page import (
    MAX_FILE_SIZE,
    MAX_FILES,
    MAX_INSTALMENTS,
    PROMISE_PARTS,
)
from ..tools import customer_form

_logger = logging.getLogger(__name__)

#: Forms of the page, each with the template that draws it.
FORMS = {
    "promise": "credit_mgmt.customer_page_promise",
    "dispute": "credit_mgmt.customer_page_dispute",
    "plan": "credit_mgmt.customer_page_plan",
    "paid": "credit_mgmt.customer_page_paid",
    "accept": "credit_mgmt.customer_page_accept",
}
#: What a form may weigh: its files, with some room for the rest.
_MAX_CONTENT = MAX_FILES * MAX_FILE_SIZE + 1024 * 1024
_LINK, _PORTAL = "/credit/<string:key>", "/my/credit/<int:company_id>"
_SECRET = re.compile(r"(/credit/\d+-)[0-9a-f]{8,}")


class HideLinks(logging.Filter):
    """Keep the links of the customers out of the server's own log."""

    def filter(self, record):
        message = record.getMessage()
        if "/credit/" in message:
            record.msg, record.args = _SECRET.sub(r"\1***", message), ()
        return True


for _name in ("werkzeug", "odoo.http"):
    logging.getLogger(_name).addFilter(HideLinks())


def _routes(*tails):
    return [root + tail for tail in tails for root in (_LINK, _PORTAL)]


class CustomerPageController(CustomerPortal):
    """The customer's own page, by his link or as a portal user.

    Reading changes nothing: a mail scanner may open every address. Whatever is done comes as a
    confirmed form with Odoo's CSRF token, and is answered with a sentence, never with an error.
    """

    # === READING === #

    @http.route(
        _routes(""), type="http", auth="public", methods=["GET"], website=True, multilang=False,
        sitemap=False, readonly=True,
    )  # fmt: skip
    def customer_page(self, key=None, company_id=None, done=None, **_kwargs):
        """Show what is open, and what the customer may do about it."""
        page, refusal = self._open_page(key, company_id)
        return refusal or self._render_page(page, done=done)

    @http.route(
        _routes(*(f"/{form}" for form in FORMS)), type="http", auth="public", methods=["GET"],
        website=True, multilang=False, sitemap=False, readonly=True,
    )  # fmt: skip
    def customer_page_form(self, key=None, company_id=None, **values):
        """Show the form of one action for the chosen items."""
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return refusal
        values["item"] = request.httprequest.args.getlist("item")
        return self._render_form(page, self._get_form(), values)

    @http.route(
        _routes("/invoice/<int:move_id>"), type="http", auth="public", methods=["GET"],
        website=True, multilang=False, sitemap=False, readonly=True,
    )  # fmt: skip
    def customer_page_invoice(self, move_id, key=None, company_id=None, **_kwargs):
        """Download the stored PDF of one of the customer's open invoices."""
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return refusal
        invoice = page._get_invoice(move_id)
        if not invoice.invoice_pdf_report_id:
            return self._render_closed(404)
        return self._send_invoice(invoice)

    @http.route(
        _routes("/plan/<int:plan_id>.pdf"), type="http", auth="public", methods=["GET"],
        website=True, multilang=False, sitemap=False, readonly=True,
    )  # fmt: skip
    def customer_page_plan_pdf(self, plan_id, key=None, company_id=None, **_kwargs):
        """Download the agreement of a payment plan that is offered."""
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return refusal
        plan = page._get_proposed_plans().filtered(lambda plan: plan.id == plan_id)
        if not plan:
            return self._render_closed(404)
        content = plan._render_pdfs("credit_mgmt.action_report_credit_payment_plan", plan)[plan.id]
        return self._send_pdf(f"{plan.name}.pdf", content)

    @http.route(
        "/my/credit", type="http", auth="user", methods=["GET"], website=True, multilang=False,
        sitemap=False, readonly=True,
    )  # fmt: skip
    def customer_page_home(self, **_kwargs):
        """Lead a portal user to the page of the company that he owes, or let him choose."""
        companies = self._get_portal_companies()
        if len(companies) == 1:
            return request.redirect(f"/my/credit/{companies.id}")
        return self._secure(
            request.render(
                "credit_mgmt.customer_page_companies",
                {"companies": companies, "title": request.env._("Your accounts")},
            )
        )

    # === ACTING === #

    @http.route(
        _routes(*(f"/{form}" for form in FORMS)), type="http", auth="public", methods=["POST"],
        website=True, multilang=False, sitemap=False, max_content_length=_MAX_CONTENT,
    )  # fmt: skip
    def customer_page_act(self, key=None, company_id=None, **values):
        """Do what a form asks for, and go back to the page."""
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return refusal
        form = self._get_form()
        values["item"] = request.httprequest.form.getlist("item")
        refusal = self._refuse_post(page)
        if refusal:
            return self._render_form(page, form, values, *refusal)
        files = [
            (file.filename, file.read(MAX_FILE_SIZE + 1))
            for file in request.httprequest.files.getlist("file")[: MAX_FILES + 1]
            if file.filename
        ]
        user = request.env.user
        try:
            with request.env.cr.savepoint():
                page._act(
                    form,
                    values,
                    files,
                    ip=request.httprequest.remote_addr,
                    user_id=False if user._is_public() else user.id,
                )
        except CustomerRefusal as error:
            return self._render_form(page, form, values, str(error), 422)
        except psycopg2.OperationalError:
            raise  # two forms at once: Odoo tries the later one again
        except Exception:
            # The customer reads no more than that it did not work (rule 14).
            _logger.exception("The form %s of the customer's page %s failed", form, page.id)
            message = page.env._("This could not be recorded. Please contact us.")
            return self._render_form(page, form, values, message, 422)
        return self._secure(request.redirect(f"{self._get_base(page)}?done={form}"))

    @http.route(
        _routes("/statement"), type="http", auth="public", methods=["POST"], website=True,
        multilang=False, sitemap=False,
    )  # fmt: skip
    def customer_page_statement(self, key=None, company_id=None, **_kwargs):
        """Download the statement of the open items."""
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return refusal
        if not self._get_saved(page)._count_post():
            return self._render_page(page, message=self._get_too_many(page), status=429)
        try:
            with request.env.cr.savepoint():
                name, content = page._render_statement()
        except UserError:
            message = page.env._("Nothing is open: there is no statement to show.")
            return self._render_page(page, message=message)
        return self._send_pdf(name, content)

    @http.route(
        _routes("/invoice/<int:move_id>"), type="http", auth="public", methods=["POST"],
        website=True, multilang=False, sitemap=False,
    )  # fmt: skip
    def customer_page_invoice_print(self, move_id, key=None, company_id=None, **_kwargs):
        """Print an invoice that has no stored PDF: Odoo writes on it then, so it is a form."""
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return refusal
        invoice = page._get_invoice(move_id)
        if not invoice:
            return self._render_closed(404)
        if not self._get_saved(page)._count_post():
            return self._render_page(page, message=self._get_too_many(page), status=429)
        return self._send_invoice(invoice)

    # === ACCESS === #

    def _open_page(self, key, company_id):
        """Return the page that the visitor may see, or the answer to one who may not.

        :return: (credit.customer.token in the customer's language, None) or (None, response)
        """
        user = request.env.user
        if company_id is not None:
            if user._is_public():
                path = request.httprequest.path
                return None, request.redirect(f"/web/login?redirect={path}")
            company = self._get_portal_companies().filtered(lambda c: c.id == company_id)
            if not company:
                return None, self._render_closed(404)
            partner = user.partner_id.commercial_partner_id
            page = request.env["credit.customer.token"]._for_portal(partner, company)
            lang = user.lang
        else:
            page, lang = request.env["credit.customer.token"]._find(key), None
            if not page:
                return None, self._render_closed(404)
        page = page._as_visitor(lang)
        request.update_context(lang=page.env.lang)
        request.lang = request.env["res.lang"]._get_data(code=page.env.lang)
        if not page.company_id.credit_page_enabled:
            return None, self._render_closed(410)
        if company_id is None and page.state != "valid":
            return None, self._render_closed(410)
        return page, None

    def _get_portal_companies(self):
        """Return the main companies of a portal user for which the page is open."""
        # The user's own companies: their names are no secret to him.
        return request.env.user.sudo().company_ids.root_id.filtered("credit_page_enabled")

    def _get_saved(self, page):
        """Return the row that counts the forms of a customer, made for a portal user."""
        return page if page._origin else page._ensure(page.partner_id, page.company_id)

    def _refuse_post(self, page):
        """Return why a form is not even looked at, with the status; nothing when it is."""
        if request.env.user._is_internal():
            return (
                page.env._("You are logged in as an employee: only the customer acts here."),
                403,
            )
        if not self._get_saved(page)._count_post():
            return self._get_too_many(page), 429
        return None

    def _get_too_many(self, page):
        return page.env._("That was a lot at once: please try again in an hour.")

    # === ANSWERS === #

    def _get_base(self, page):
        """Return the address of the page, as the visitor came to it."""
        if page._origin:
            return page._get_path()
        return f"/my/credit/{page.company_id.id}"

    def _get_form(self):
        return request.httprequest.path.rstrip("/").rsplit("/", 1)[-1]

    def _prepare_values(self, page) -> dict:
        """Return what every page of the customer shows."""
        return {
            "page": page,
            "page_env": page.env,
            "partner": page.partner_id,
            "company": page.company_id,
            "res_company": page.company_id,
            "base": self._get_base(page),
            "signatory": page._get_signatory(),
            "is_employee": request.env.user._is_internal(),
            "today": page.company_id._get_credit_today(),
            "title": page.env._("Your account with %s", page.company_id.name),
            "html_data": {"lang": page.env.lang.replace("_", "-")},
            "no_breadcrumbs": True,
        }

    def _prepare_page_values(self, page) -> dict:
        """Return what the page itself shows; to be extended by bridges."""
        return {
            **self._prepare_values(page),
            "accounts": page._get_accounts(page._get_items()),
            "plans": page._get_proposed_plans(),
            "actions": page._get_actions(),
        }

    def _render_page(self, page, done=None, message="", status=200):
        values = self._prepare_page_values(page)
        values["message"] = message
        values["told"] = page._get_thanks(done)
        return self._secure(request.render("credit_mgmt.customer_page", values, status=status))

    def _render_form(self, page, form, values, message="", status=200):
        """Draw the form of an action, with what was typed when it is refused."""
        chosen = customer_form.read_ids(values.get("item") or ())
        items = page._get_items()
        shown = [item for item in items if item["id"] in chosen]
        plan_id = customer_form.read_ids([values.get("plan")])
        return self._secure(
            request.render(
                FORMS[form],
                {
                    **self._prepare_values(page),
                    "items": shown,
                    "currency": shown[0]["currency"] if shown else None,
                    "total": sum(item["free"] for item in shown),
                    "total_open": sum(item["open"] for item in shown),
                    "plan": page._get_proposed_plans().filtered(lambda p: p.id in plan_id),
                    "reasons": page._get_reasons() if form == "dispute" else (),
                    "parts": range(1, PROMISE_PARTS + 1),
                    "max_instalments": MAX_INSTALMENTS,
                    "accept": ",".join(f".{ending}" for ending in customer_form.FILE_TYPES),
                    "max_files": MAX_FILES,
                    "max_size": MAX_FILE_SIZE // 1024 // 1024,
                    "once": secrets.token_hex(16),
                    "typed": {k: v for k, v in values.items() if isinstance(v, str)},
                    "message": message,
                },
                status=status,
            )
        )

    def _render_closed(self, status):
        """Answer one who may see nothing: the same words for a wrong link and a foreign one."""
        return self._secure(
            request.render(
                "credit_mgmt.customer_page_closed",
                {
                    "is_over": status == 410,
                    "no_breadcrumbs": True,
                    "title": request.env._("Your account"),
                },
                status=status,
            )
        )

    def _send_invoice(self, invoice):
        document = invoice._get_invoice_legal_documents("pdf", allow_fallback=True)
        return self._send_pdf(document["filename"], document["content"])

    def _send_pdf(self, name, content):
        return self._secure(
            request.make_response(
                content,
                headers=[
                    ("Content-Type", "application/pdf"),
                    ("Content-Length", len(content)),
                    ("Content-Disposition", content_disposition(name)),
                    ("X-Content-Type-Options", "nosniff"),
                ],
            )
        )

    def _secure(self, response):
        """Keep the page out of search engines, frames, caches and other sites' logs."""
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        return response

    # === PORTAL === #

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "credit_item_count" in counters:
            values["credit_item_count"] = self._count_items()
        return values

    def _count_items(self):
        """Return how many open items the portal user's own company has."""
        companies = self._get_portal_companies()
        if not companies:
            return 0
        # Counted among his own: the domain is what he may see.
        return (
            request.env["credit.receivable"]
            .sudo()
            .search_count(
                [
                    ("partner_id", "=", request.env.user.partner_id.commercial_partner_id.id),
                    ("root_company_id", "in", companies.ids),
                ]
            )
        )
