import json
import tempfile

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request
from werkzeug.wsgi import wrap_file

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportsController(http.Controller):
    @http.route(
        "/credit_mgmt/aged_balance", type="http", auth="user", methods=["GET"], readonly=True
    )
    def download_aged_balance(self, options="{}", company_id=None):
        """Download an aged balance as a spreadsheet; the user's access rights apply.

        :param options: JSON, see ``credit.aged.balance._get_options``
        :param company_id: the company in whose currency amounts are
        """
        balance = request.env["credit.aged.balance"]
        try:
            options = json.loads(options)
            if not isinstance(options, dict):
                raise TypeError
            company_ids = [int(i) for i in [company_id or 0, *options.get("company_ids", ())]]
        except (TypeError, ValueError):
            return self._refuse(request.env._("The options of this export cannot be read."))
        if company_ids := [*dict.fromkeys(filter(None, company_ids))]:
            balance = balance.with_context(allowed_company_ids=company_ids)
        try:
            options = balance._get_options(options)
            name = balance._get_xlsx_name(options)
            return self._stream(
                lambda file: balance._write_xlsx(file, balance._export_options(options)), name
            )
        except (AccessError, UserError) as error:
            return self._refuse(str(error))

    @http.route(
        "/credit_mgmt/statements/<int:wizard_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def download_statements(self, wizard_id):
        """Download the statements of a wizard, which only its user may read."""
        wizard = request.env["credit.statement"].browse(wizard_id).exists()
        try:
            wizard.check_access("read")
            documents = wizard._get_documents()
            if not documents:
                return self._refuse(request.env._("These statements are gone: ask for them again."))
            return self._stream(documents._write_xlsx, wizard._get_xlsx_name())
        except (AccessError, UserError) as error:
            return self._refuse(str(error))

    def _stream(self, write, name):
        """Return a response that sends a spreadsheet from a temporary file."""
        file = tempfile.TemporaryFile()  # closed when it was sent
        write(file)
        size = file.tell()
        file.seek(0)
        return request.make_response(
            wrap_file(request.httprequest.environ, file),
            headers=[
                ("Content-Type", _XLSX),
                ("Content-Length", size),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    def _refuse(self, message):
        return request.make_response(
            message, headers=[("Content-Type", "text/plain; charset=utf-8")], status=400
        )
