from odoo import api, fields, models
from odoo.fields import Domain


class CreditDashboard(models.AbstractModel):
    """What the alerts, promises and disputes ask for today."""

    _inherit = "credit.dashboard"

    @api.model
    def _get_task_tiles(self, companies):
        tiles = super()._get_task_tiles(companies)
        return self._get_alert_tiles(companies) + tiles + self._get_claim_tiles(companies)

    @api.model
    def _prepare_task(self, code, label, help_text, severity, model, domain, views) -> list[dict]:
        """Return the tile that counts records, none when there is none."""
        [[count]] = self.env[model]._read_group(domain, [], ["__count"])
        if not count:
            return []
        return [
            self._prepare_tile(
                code,
                label,
                count,
                "number",
                help_text,
                self._open_list(label, model, domain, views),
                section="tasks",
                severity=severity,
            )
        ]

    @api.model
    def _get_alert_tiles(self, companies) -> list[dict]:
        """Return the open alerts; a salesperson sees those of the own customers."""
        of_companies = Domain("company_id", "in", companies.sudo().root_id.ids)
        opened = of_companies & Domain("state", "=", "open")
        views = "list,kanban,graph,pivot,activity,form"
        return self._prepare_task(
            "alerts_serious",
            self.env._("Serious alerts"),
            self.env._("Open alerts that are serious or critical."),
            "danger",
            "credit.alert",
            opened & Domain("severity", "in", ("2", "3")),
            views,
        ) + self._prepare_task(
            "alerts",
            self.env._("Other alerts"),
            self.env._("Open warnings and information about customers."),
            "warning",
            "credit.alert",
            opened & Domain("severity", "in", ("0", "1")),
            views,
        )

    @api.model
    def _get_claim_tiles(self, companies) -> list[dict]:
        if not self._is_user():
            return []
        today = fields.Date.to_string(self.env.company._get_credit_today())
        of_companies = Domain("company_id", "in", companies.sudo().root_id.ids)
        return self._prepare_task(
            "promises_due",
            self.env._("Promises due today"),
            self.env._("Payments promised for today; the bank may have them already."),
            "info",
            "credit.promise",
            of_companies & Domain("state", "=", "open") & Domain("line_ids.date", "=", today),
            "list,form",
        ) + self._prepare_task(
            "disputes_late",
            self.env._("Disputes without answer in time"),
            self.env._("Open disputes whose owner should have answered before today."),
            "warning",
            "credit.dispute",
            of_companies & Domain("state", "=", "open") & Domain("date_deadline", "<", today),
            "list,kanban,form",
        )
