from odoo import http
from odoo.http import content_disposition, request


class LettersController(http.Controller):
    @http.route("/credit_mgmt/letters", type="http", auth="user", methods=["GET"], readonly=True)
    def download_letters(self, ids):
        """Download letters as one PDF.

        :param ids: ids of deliveries, separated by commas; the user's access rights apply
        """
        try:
            delivery_ids = [int(delivery_id) for delivery_id in ids.split(",")]
        except ValueError:
            return request.not_found()
        deliveries = request.env["credit.dunning.delivery"].browse(delivery_ids).exists()
        deliveries.check_access("read")
        return request.make_response(
            deliveries._merge_letters(),
            headers=[
                ("Content-Type", "application/pdf"),
                (
                    "Content-Disposition",
                    content_disposition(request.env._("Letters") + ".pdf"),
                ),
            ],
        )
