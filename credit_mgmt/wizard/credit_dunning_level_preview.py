from odoo import api, fields, models
from odoo.exceptions import UserError


class _PreviewDone(Exception):
    """Undoes what a preview had to write."""


class CreditDunningLevelPreview(models.TransientModel):
    """The message of a level on a real customer, or of a notice, as its recipient will see it."""

    _name = "credit.dunning.level.preview"
    _description = "Preview of a Dunning Level"

    level_id = fields.Many2one("credit.dunning.level", required=True, readonly=True)
    notice_id = fields.Many2one("credit.dunning.notice", readonly=True)
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company.root_id, readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    channel_codes = fields.Char(related="level_id.channel_codes")
    message = fields.Char(compute="_compute_preview", help="Why there is nothing to show.")
    recipient = fields.Char(compute="_compute_preview")
    subject = fields.Char(compute="_compute_preview")
    email_html = fields.Html(string="E-mail", compute="_compute_preview", sanitize=False)
    letter_html = fields.Html(string="Letter", compute="_compute_preview", sanitize=False)
    call_html = fields.Html(string="Call", compute="_compute_preview", sanitize=False)

    @api.model
    def default_get(self, fields_list):
        defaults = super().default_get(fields_list)
        if "partner_id" in fields_list and not defaults.get("partner_id"):
            notice = self.env["credit.dunning.notice"].browse(defaults.get("notice_id"))
            defaults["partner_id"] = notice.partner_id.id or self._get_example_partner().id
        return defaults

    @api.model
    def _get_example_partner(self):
        """Return the customer with the oldest overdue item, to begin with."""
        return (
            self.env["credit.receivable"]
            .search(
                [
                    ("root_company_id", "=", self.env.company.root_id.id),
                    ("amount_dunnable", ">", 0),
                    ("partner_id", "!=", False),
                ],
                order="date_maturity, id",
                limit=1,
            )
            .partner_id
        )

    @api.depends("level_id", "partner_id", "notice_id")
    def _compute_preview(self):
        for wizard in self:
            values = {}
            try:
                values = wizard._render() if wizard.notice_id or wizard.partner_id else {}
            except UserError as error:
                values["message"] = str(error)
            for name in ("message", "recipient", "subject", "email_html",
                         "letter_html", "call_html"):  # fmt: skip
                wizard[name] = values.get(name, False)

    def _render(self) -> dict:
        """Return the texts as the recipient would get them today; nothing stays written."""
        self.ensure_one()
        if self.notice_id:
            return self._render_notice(self.notice_id.sudo())
        values = {}
        try:
            with self.env.cr.savepoint():
                # An example notice belongs to no user and is undone at once.
                values = self._render_notice(self.sudo()._create_example())
                raise _PreviewDone
        except _PreviewDone:
            return values

    def _create_example(self):
        """Create a notice of the level on all open items of the customer.

        :raises UserError: the customer has no open item to remind of
        """
        company = self.company_id
        run = self.env["credit.dunning.run"].create(
            {
                "company_id": company.id,
                "date": company._get_credit_today(),
                "limited": True,
                "partner_ids": [fields.Command.set(self.partner_id.ids)],
            }
        )
        partner = self.partner_id.commercial_partner_id
        Notice = self.env["credit.dunning.notice"]
        rows = Notice.new({"partner_id": partner.id})._get_current_rows(company, run.date)[
            partner.id
        ]
        for row in rows:
            is_credit = row["amount_residual"] < 0 or row["kind"] == "payment"
            is_claimed = self.level_id.delay_days < 0 or row["days_overdue"] > 0
            row["role"] = "credit" if is_credit else "claimed" if is_claimed else "not_due"
            row["level_id"] = self.level_id.id
            row["notice_level_id"] = self.level_id.id
            row["collector_id"] = partner.with_company(company).collector_id.id
        rows = self.env["credit.dunning.notice.line"]._hold_back(rows)
        if not any(row["role"] == "claimed" for row in rows):
            raise UserError(
                self.env._(
                    "%s has no open item that this level could claim: choose another customer.",
                    partner.display_name,
                )
            )
        Notice._complete_rows(rows)
        Notice._add_late_costs(rows, run.date)
        values = Notice._prepare_notice_values(run, partner.id, rows)
        for _command, _id, line in values["line_ids"]:
            line["live"] = False
        notice = Notice.with_context(tracking_disable=True).create(dict(values, pending=False))
        contact = notice._get_recipients()[notice.id][:1]
        notice.write(
            {
                "contact_id": contact.id,
                "lang": contact.lang or company.partner_id.lang or self.env.lang,
            }
        )
        return notice

    def _render_notice(self, notice) -> dict:
        localized = notice.with_context(lang=notice.lang)
        level = notice.level_id
        channels = level.channel_ids | level.fallback_channel_id
        codes = set(channels.mapped("code"))
        result = {"recipient": notice.contact_id.display_name, "subject": level.name}
        if "email" in codes and level.mail_template_id:
            template = level.mail_template_id.with_context(lang=notice.lang)
            rendered = template._generate_template(notice.ids, ("subject", "body_html"))
            result["subject"] = rendered[notice.id]["subject"]
            result["email_html"] = rendered[notice.id]["body_html"]
        if any(channels.mapped("is_letter")):
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                "credit_mgmt.action_report_credit_dunning_letter", notice.ids
            )
            result["letter_html"] = html
            if "email" not in codes:
                result["subject"] = localized._get_letter_subject()
        if "call" in codes:
            result["call_html"] = localized._get_call_script()
        return result

    def action_send_test(self):
        """Send the e-mail to the user who asks, and to nobody else.

        :raises UserError: the level sends no e-mail, or the user has no address
        """
        self.ensure_one()
        if not self.env.user.email:
            raise UserError(self.env._("Your user has no e-mail address to send the test to."))
        values = self._render()
        if not values.get("email_html"):
            raise UserError(self.env._("This level sends no e-mail: there is nothing to test."))
        # Users may not write outgoing mails; this one goes to the user alone.
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": self.env._("[Test] %s", values["subject"]),
                    "body_html": values["email_html"],
                    "email_to": self.env.user.email_formatted,
                    "email_from": self.company_id.email_formatted or self.env.user.email_formatted,
                    "auto_delete": True,
                }
            )
        )
        mail.send(raise_exception=True)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Test sent to %s.", self.env.user.email),
            },
        }
