from odoo import api, models


class ReportCreditStatement(models.AbstractModel):
    """The values of the PDF of customer statements."""

    _name = "report.credit_mgmt.report_credit_statement"
    _description = "Customer Statement: PDF"

    @api.model
    def _get_report_values(self, docids, data=None) -> dict:
        """Return the documents and their figures, all of them read at once.

        :return: ``docs`` and ``statements``, {id: see ``credit.statement._get_statements``}
        """
        documents = self.env["credit.statement.document"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": documents._name,
            "docs": documents,
            "statements": documents._get_statements(),
        }
