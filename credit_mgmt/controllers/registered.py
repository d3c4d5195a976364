import logging

from odoo import http
from odoo.http import request

from ..tools.masking import PathFilter

# The key that a carrier calls with stands in the address, which servers log.
PREFIX = "/credit_mgmt/registered/"
logging.getLogger("werkzeug").addFilter(PathFilter(PREFIX))


class RegisteredController(http.Controller):
    @http.route(
        PREFIX + "<string:key>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def receive(self, key, **payload):
        """Take a carrier's message that letters have news; answered at once, read again later.

        The caller proves nothing: what the message says is never believed.
        """
        # A carrier is no user; the key finds the account, and a message writes hints alone.
        provider = request.env["credit.registered.provider"].sudo()._find_by_webhook_key(key)
        if not provider or not provider._is_webhook_source(request.httprequest.remote_addr):
            raise request.not_found()
        if request.httprequest.mimetype == "application/json":
            content = request.httprequest.get_json(silent=True)
            payload = content if isinstance(content, dict) else {}
        provider._receive_webhook(payload)
        return request.make_response("OK", headers=[("Content-Type", "text/plain")])
