from odoo import http
from odoo.http import content_disposition, request


class PiecesController(http.Controller):
    @http.route(
        "/credit_mgmt_fr/insolvency/<int:record_id>/pieces",
        type="http", auth="user", methods=["GET"],
    )  # fmt: skip
    def download_pieces(self, record_id):
        """Download the pieces of a claim in insolvency; the user's access rights apply."""
        record = request.env["credit.insolvency"].browse(record_id).exists()
        if not record:
            return request.not_found()
        record.check_access("write")
        return request.make_response(
            record._write_pieces(),
            headers=[
                ("Content-Type", "application/zip"),
                (
                    "Content-Disposition",
                    content_disposition(f"{record._get_claim_filename()}.zip"),
                ),
            ],
        )
