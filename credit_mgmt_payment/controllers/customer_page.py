from odoo import http
from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.addons.credit_mgmt.controllers.customer_page import CustomerPageController, _routes
from odoo.addons.credit_mgmt.exceptions import CustomerRefusal
from odoo.addons.credit_mgmt.tools import customer_form
from odoo.http import request


class CustomerPaymentController(CustomerPageController, PortalAccount):
    """Payment of chosen items with Odoo's payment providers."""

    @http.route(
        _routes("/pay"), type="http", auth="public", methods=["GET"], website=True,
        multilang=False, sitemap=False, readonly=True,
    )  # fmt: skip
    def customer_page_pay(self, key=None, company_id=None, **_kwargs):
        """Show what will be paid, and Odoo's own payment form."""
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return refusal
        item_ids = customer_form.read_ids(request.httprequest.args.getlist("item"))
        try:
            items = page._get_payable(item_ids)
        except CustomerRefusal as error:
            return self._render_page(page, message=str(error))
        if not page._can_pay_online(page.company_id):
            return self._render_page(
                page, message=page.env._("Nothing can be paid online at the moment.")
            )
        currency = items[0]["currency"]
        amount = currency.round(sum(item["free"] for item in items))
        base = self._get_base(page)
        numbers = "-".join(str(item["id"]) for item in items)
        form = self._get_common_page_view_values(
            {
                "partner": page.partner_id,
                "company": page.company_id,
                "total_amount": amount,
                "currency": currency,
                "transaction_route": f"{base}/transaction/{numbers}",
                "landing_route": f"{base}?done=payment",
            }
        )
        return self._secure(
            request.render(
                "credit_mgmt_payment.customer_page_pay",
                {**self._prepare_values(page), **form, "items": items, "amount": amount},
            )
        )

    @http.route(_routes("/transaction/<string:numbers>"), type="jsonrpc", auth="public")
    def customer_page_transaction(
        self, numbers, key=None, company_id=None, amount=None, access_token=None,
        payment_reference=None, **kwargs,
    ):  # fmt: skip
        """Begin the payment of items; the amount is what is open of them, never what is sent.

        :return: the processing values of the transaction, or ``state`` error with a message
        """
        page, refusal = self._open_page(key, company_id)
        if refusal:
            return {"state": "error", "state_message": request.env._("This link is too old.")}
        refused = self._refuse_post(page)
        if refused:
            return {"state": "error", "state_message": refused[0]}
        try:
            items = page._get_payable(customer_form.read_ids(numbers.split("-")) or [0])
            currency = items[0]["currency"]
            total = currency.round(sum(item["free"] for item in items))
            if not isinstance(amount, (int, float)) or currency.compare_amounts(total, amount):
                raise CustomerRefusal(
                    page.env._("The amount has changed: please open your account again.")
                )
        except CustomerRefusal as error:
            return {"state": "error", "state_message": str(error)}
        self._validate_transaction_kwargs(kwargs)
        user = request.env.user
        public = user._is_public()
        kwargs.update(
            is_validation=False,
            landing_route=f"{self._get_base(page)}?done=payment",
            amount=total,
            currency_id=currency.id,
            partner_id=page.partner_id.id if public else user.partner_id.id,
            reference_prefix=self._get_reference_prefix(page, items),
        )
        transaction = self._create_transaction(
            custom_create_values=page._prepare_transaction(items), **kwargs
        )
        page._log_payment(
            page.env["payment.transaction"].browse(transaction.id),
            items,
            ip=request.httprequest.remote_addr,
            user_id=False if public else user.id,
        )
        return transaction._get_processing_values()

    def _get_reference_prefix(self, page, items):
        if len(items) == 1:
            return items[0]["name"]
        return page.company_id.get_next_batch_payment_communication()

    def _prepare_page_values(self, page):
        return {
            **super()._prepare_page_values(page),
            "can_pay": page._can_pay_online(page.company_id),
        }

    def _render_page(self, page, done=None, message="", status=200):
        if done == "payment" and not message:
            payment = page._get_last_payment()
            if payment and payment._has_failed():
                message = payment._get_answer()
        return super()._render_page(page, done=done, message=message, status=status)
