from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CreditDunningSend(models.TransientModel):
    """What a reminder to selected customers or items would be: to whom, what, and who is left
    out and why. Nothing happens before a button is pressed."""

    _name = "credit.dunning.send"
    _description = "Send Reminders"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    run_id = fields.Many2one("credit.dunning.run", string="Added To", readonly=True)
    date = fields.Date(required=True, readonly=True)
    partner_ids = fields.Many2many("res.partner", string="Customers")
    move_line_ids = fields.Many2many("account.move.line", string="Items", readonly=True)
    level_mode = fields.Selection(
        [
            ("scheduled", "What the policies say today"),
            ("next", "The next level now"),
            ("chosen", "This level"),
        ],
        string="Send",
        required=True,
        default="scheduled",
    )
    level_id = fields.Many2one("credit.dunning.level")
    ignore_interval = fields.Boolean(
        string="Also Customers Contacted a Short Time Ago",
    )
    line_ids = fields.One2many(
        "credit.dunning.send.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        string="What Will Happen",
    )
    send_count = fields.Integer(string="Reminders", compute="_compute_totals")
    skip_count = fields.Integer(string="Customers Left Out", compute="_compute_totals")
    amount_due = fields.Monetary(compute="_compute_totals", currency_field="company_currency_id")
    bank_warning = fields.Html(compute="_compute_bank_warning", sanitize=False)

    @api.model
    def _open(self, partners=None, items=None, run=None):
        """Return the action that opens the wizard on a selection.

        :param partners: customers, or None
        :param items: ``credit.receivable`` records, or None
        :param run: a prepared run to which the customers will be added, or None
        :raises UserError: an empty selection, or items of several companies
        """
        self.check_access("create")
        company = run.company_id if run else self.env.company.root_id
        lines = self.env["account.move.line"]
        if items is not None:
            companies = items.root_company_id
            if len(companies) > 1:
                raise UserError(
                    self.env._(
                        "Reminders belong to one company: select items of %(one)s or of "
                        "%(other)s, not both.",
                        one=companies[0].name,
                        other=companies[1].name,
                    )
                )
            company = companies or company
            lines = items.move_line_id
        if not run and not partners and not lines:
            raise UserError(self.env._("Select at least one customer or open item."))
        wizard = self.create(
            {
                "company_id": company.id,
                "run_id": run.id if run else False,
                "date": run.date if run else company._get_credit_today(),
                "partner_ids": [Command.set(partners.ids if partners else [])],
                "move_line_ids": [Command.set(lines.ids)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send reminders"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.depends("partner_ids", "move_line_ids", "level_mode", "level_id", "ignore_interval")
    def _compute_line_ids(self):
        for wizard in self:
            values = wizard._get_line_values() if wizard._is_complete() else []
            wizard.line_ids = [Command.clear(), *map(Command.create, values)]

    @api.depends("line_ids")
    def _compute_totals(self):
        for wizard in self:
            sent = wizard.line_ids.filtered(lambda line: line.outcome == "send")
            wizard.send_count = len(sent)
            wizard.skip_count = len(set((wizard.line_ids - sent).mapped("partner_id")))
            wizard.amount_due = sum(sent.mapped("amount"))

    @api.depends("company_id")
    def _compute_bank_warning(self):
        for wizard in self:
            run = self.env["credit.dunning.run"].new({"company_id": wizard.company_id.id})
            wizard.bank_warning = run.bank_warning

    def _is_complete(self) -> bool:
        self.ensure_one()
        return bool(self.partner_ids or self.move_line_ids) and (
            self.level_mode != "chosen" or bool(self.level_id)
        )

    def _prepare_run_values(self) -> dict:
        """Return the values of the run that carries the selection out."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "date": self.date,
            "limited": True,
            "level_mode": self.level_mode,
            "level_id": self.level_id.id if self.level_mode == "chosen" else False,
            "ignore_interval": self.ignore_interval,
            "partner_ids": [Command.set(self.partner_ids.ids)],
            "move_line_ids": [Command.set(self.move_line_ids.ids)],
        }

    def _get_line_values(self) -> list[dict]:
        """Return one line per customer and outcome, decided like a run but without creating it."""
        self.ensure_one()
        run = self.env["credit.dunning.run"].new(self._prepare_run_values())
        reasons = dict(self.env["credit.dunning.skip"]._selection_reason())
        groups = defaultdict(list)
        seen = set()
        for row in run._decide():
            seen.add(row["partner_id"])
            if row["role"]:
                groups[row["partner_id"], "send", ""].append(row)
            elif row["reason"]:
                groups[row["partner_id"], "skip", row["reason"]].append(row)
        reached = self._get_reachable(
            {
                partner_id: rows[0]["notice_level_id"]
                for (partner_id, outcome, _reason), rows in groups.items()
                if outcome == "send"
            }
        )
        for partner_id, outcome, reason in list(groups):
            if outcome == "send" and partner_id not in reached:
                rows = groups.pop((partner_id, outcome, reason))
                groups[partner_id, "skip", "no_address"] = [
                    dict(row, detail=None) for row in rows if row["role"] == "claimed"
                ]
        selected = (self.partner_ids | self.move_line_ids.partner_id).commercial_partner_id
        lines = []
        for (partner_id, outcome, reason), rows in groups.items():
            claimed = [row for row in rows if row["role"] == "claimed"]
            lines.append(
                {
                    "partner_id": partner_id,
                    "outcome": outcome,
                    "level_id": rows[0]["notice_level_id"]
                    if outcome == "send"
                    else rows[0]["level_id"],
                    "reason": reasons.get(reason, ""),
                    "detail": run._format_detail(rows[0]["detail"]) if reason else "",
                    "item_count": len(claimed if outcome == "send" else rows),
                    "amount": sum(
                        row["amount_residual"]
                        for row in rows
                        if outcome == "skip" or row["role"] == "credit" or row["days_overdue"] > 0
                    )
                    if outcome == "skip" or any(row["days_overdue"] > 0 for row in rows)
                    else sum(row["amount_residual"] for row in claimed),
                }
            )
        lines += [
            {
                "partner_id": partner.id,
                "outcome": "skip",
                "reason": self.env._("Nothing overdue"),
            }
            for partner in selected._origin
            if partner.id not in seen
        ]
        return sorted(lines, key=lambda line: (line["outcome"], line["reason"]))

    def _get_reachable(self, levels) -> set:
        """Return the customers that a channel of their level reaches: {partner id: level id}."""
        Notice = self.env["credit.dunning.notice"]
        notices = Notice.browse().concat(
            *(
                Notice.new({"partner_id": partner_id, "level_id": level_id})
                for partner_id, level_id in levels.items()
            )
        )
        recipients, channels = notices._get_recipients(), notices._get_channels()
        return {
            notice.partner_id.id
            for notice in notices
            if notice._prepare_deliveries(recipients[notice.id], channels[notice.id])
        }

    def _create_run(self):
        """Create and prepare the run of the selection, or add it to the run it came from."""
        self.ensure_one()
        if not self._is_complete():
            raise UserError(
                self.env._("Choose the customers, and the level if you want a particular one.")
            )
        if self.run_id:
            values = self._prepare_run_values()
            values.pop("partner_ids")
            self.run_id._add_partners(
                self.partner_ids,
                **{
                    name: values[name]
                    for name in (
                        "level_mode",
                        "level_id",
                        "ignore_interval",
                        "move_line_ids",
                    )
                },
            )
            return self.run_id
        run = self.env["credit.dunning.run"].create(self._prepare_run_values())
        run.action_prepare()
        if self.level_mode == "chosen":
            run.message_post(
                body=self.env._(
                    "%(user)s chose the level %(level)s.",
                    user=self.env.user.name,
                    level=self.level_id.with_context(credit_show_policy=True).display_name,
                )
            )
        return run

    def action_review(self):
        """Prepare the run and open it for a review."""
        run = self._create_run()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.dunning.run",
            "res_id": run.id,
            "views": [(False, "form")],
        }

    def action_send(self):
        """Prepare the run and send it; formal notices wait for their release."""
        run = self._create_run()
        if not run.notice_count:
            raise UserError(self.env._("There is no reminder to send: every customer is left out."))
        action = run.action_send_review()
        action["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return action


class CreditDunningSendLine(models.TransientModel):
    """What will happen to one customer."""

    _name = "credit.dunning.send.line"
    _description = "Send Reminders: Customer"
    _order = "outcome, id"

    wizard_id = fields.Many2one("credit.dunning.send", required=True, ondelete="cascade")
    company_currency_id = fields.Many2one(related="wizard_id.company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    outcome = fields.Selection(
        [("send", "Reminder"), ("skip", "Left out")], readonly=True, required=True
    )
    level_id = fields.Many2one("credit.dunning.level", readonly=True)
    channel_names = fields.Char(string="Channels", compute="_compute_channel_names")
    reason = fields.Char(readonly=True)
    detail = fields.Char(readonly=True)
    item_count = fields.Integer(string="Items", readonly=True)
    amount = fields.Monetary(currency_field="company_currency_id", readonly=True)

    @api.depends("level_id.channel_ids", "outcome")
    def _compute_channel_names(self):
        for line in self:
            line.channel_names = (
                ", ".join(line.level_id.channel_ids.mapped("name"))
                if line.outcome == "send"
                else ""
            )
