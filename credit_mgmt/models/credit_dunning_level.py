from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount, format_date

from ..tools import placeholders


class CreditDunningLevel(models.Model):
    """A step of a dunning policy: when it is reached, and what leaves for the customer then."""

    _name = "credit.dunning.level"
    _description = "Dunning Level"
    _order = "policy_id, sequence, delay_days, id"

    name = fields.Char(required=True, translate=True)
    policy_id = fields.Many2one(
        "credit.dunning.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    delay_days = fields.Integer(
        string="Days After the Due Date",
        required=True,
        help="Counted from the due date of each instalment. Negative: a notice before it.",
    )
    min_days_after_previous = fields.Integer(
        string="Days After the Previous Level",
        default=5,
        help="An item waits at least this long after its last reminder.",
    )
    channel_ids = fields.Many2many("credit.dunning.channel", string="Channels")
    channel_codes = fields.Char(compute="_compute_channel_codes")
    fallback_channel_id = fields.Many2one(
        "credit.dunning.channel",
        string="Otherwise By",
        help="Used when none of the channels reaches the customer, or when their sending failed.",
    )
    auto_send = fields.Boolean(
        string="Send Automatically",
        help="Sent by the scheduled action; otherwise it is prepared and waits for a review.",
    )
    formal_notice = fields.Boolean(
        help="Only overdue, undisputed items that were reminded before; released by a person.",
    )
    payment_deadline_days = fields.Integer(
        string="Days to Pay",
        default=8,
        help="Days from the letter to the date that {deadline} prints.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-mail Template",
        domain=[("model", "=", "credit.dunning.notice")],
        ondelete="restrict",
    )
    letter_subject = fields.Char(translate=True)
    letter_text = fields.Text(
        translate=True,
        help="A blank line starts a paragraph. Words between braces are replaced.",
    )
    call_script = fields.Text(
        translate=True,
        help="What to say on the phone. Words between braces are replaced.",
    )
    attach_invoices = fields.Boolean(
        help="Attach the stored PDF of each claimed invoice to the e-mail."
    )
    attach_statement = fields.Boolean(help="Attach a statement of all open items to the e-mail.")
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Call Activity",
        help="Type of the activity that the call channel creates.",
    )

    _check_delays = models.Constraint(
        "CHECK(min_days_after_previous >= 0 AND payment_deadline_days >= 0)",
        "The days after the previous level and the days to pay cannot be below zero.",
    )

    @api.depends("channel_ids.code")
    def _compute_channel_codes(self):
        for level in self:
            level.channel_codes = " ".join(level.channel_ids.mapped("code"))

    @api.depends("name", "policy_id.name")
    @api.depends_context("credit_show_policy")
    def _compute_display_name(self):
        for level in self:
            level.display_name = (
                f"{level.policy_id.name} / {level.name}"
                if self.env.context.get("credit_show_policy")
                else level.name
            )

    # === CONSTRAINTS === #

    @api.constrains("channel_ids", "mail_template_id", "letter_text", "fallback_channel_id")
    def _check_channels(self):
        for level in self:
            if not level.channel_ids:
                raise ValidationError(
                    self.env._("The level %(level)s has no channel.", level=level.name)
                )
            channels = level.channel_ids | level.fallback_channel_id
            codes = set(channels.mapped("code"))
            if "email" in codes and not level.mail_template_id:
                raise ValidationError(
                    self.env._(
                        "The level %(level)s sends e-mails: choose its e-mail template.",
                        level=level.name,
                    )
                )
            if any(channels.mapped("is_letter")) and not (level.letter_text or "").strip():
                raise ValidationError(
                    self.env._(
                        "The level %(level)s sends letters: write the text of its letter.",
                        level=level.name,
                    )
                )
            if level.mail_template_id.model not in (False, "credit.dunning.notice"):
                raise ValidationError(
                    self.env._(
                        "The e-mail template %(template)s is not one for reminders.",
                        template=level.mail_template_id.name,
                    )
                )

    @api.constrains("formal_notice", "auto_send", "delay_days")
    def _check_formal_notice(self):
        for level in self.filtered("formal_notice"):
            if level.auto_send:
                raise ValidationError(
                    self.env._(
                        "The formal notice %(level)s must be released by a person: untick "
                        "“Send Automatically”.",
                        level=level.name,
                    )
                )
            if level.delay_days < 0:
                raise ValidationError(
                    self.env._(
                        "The formal notice %(level)s cannot come before the due date.",
                        level=level.name,
                    )
                )

    @api.constrains("letter_subject", "letter_text", "call_script")
    def _check_placeholders(self):
        known = self._get_placeholder_labels()
        # The recipient's language decides which translation is printed: all are checked.
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        localized = [level.with_context(lang=code) for level in self for code in languages]
        for level in localized:
            for name in ("letter_subject", "letter_text", "call_script"):
                unknown = placeholders.unknown_placeholders(level[name], known)
                if unknown:
                    raise ValidationError(
                        self.env._(
                            "Unknown placeholder {%(placeholder)s} in the level %(level)s. "
                            "Known are: %(known)s.",
                            placeholder=unknown[0],
                            level=level.name,
                            known=", ".join(f"{{{key}}}" for key in known),
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        levels = super().create(vals_list)
        levels._check_policies()
        return levels

    def write(self, vals):
        result = super().write(vals)
        if {"sequence", "delay_days", "active", "formal_notice", "policy_id"} & set(vals):
            self._check_policies()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        if not self.env.context.get("credit_levels_checked_by_policy"):
            policies.exists()._check_levels()
        return result

    def _check_policies(self):
        """Judge the scenario as a whole, unless its form is being saved line by line."""
        if not self.env.context.get("credit_levels_checked_by_policy"):
            self.policy_id._check_levels()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Any company's notices count, also those that the user may not read.
        used = (
            self.env["credit.dunning.notice.line"]
            .sudo()
            .search([("level_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._(
                    "The level %(level)s has reminded customers already: archive it instead of "
                    "deleting it.",
                    level=used.level_id.name,
                )
            )

    # === TEXTS === #

    @api.model
    def _get_placeholder_labels(self) -> dict[str, str]:
        """Return the closed set of placeholders of letter and call texts: {name: label}.

        A bridge that adds one extends ``_get_placeholder_values`` of the notice as well.
        """
        return {
            "customer": self.env._("Name of the customer"),
            "contact": self.env._("Name of the recipient"),
            "company": self.env._("Name of our company"),
            "reference": self.env._("Reference of the reminder, to be quoted"),
            "date": self.env._("Date of the reminder"),
            "deadline": self.env._("Date until which to pay"),
            "amount_claimed": self.env._("Overdue amount claimed by this reminder"),
            "amount_overdue": self.env._("Overdue amount in all"),
            "amount_due": self.env._("Overdue amount less credits and unallocated payments"),
            "invoice_count": self.env._("Number of overdue items"),
            "invoice_list": self.env._("Numbers of the overdue items"),
            "oldest_due_date": self.env._("Due date of the oldest overdue item"),
            "days_overdue": self.env._("Days since the oldest due date"),
            "last_reminder_date": self.env._("Date of the reminder before this one"),
            "collector": self.env._("Name of the person in charge"),
            "collector_phone": self.env._("Phone of the person in charge"),
            "collector_email": self.env._("E-mail of the person in charge"),
        }

    @api.model
    def get_placeholders(self) -> list[dict]:
        """Return the placeholders for the picker of the form: ``name`` and ``label`` each."""
        return [
            {"name": name, "label": label} for name, label in self._get_placeholder_labels().items()
        ]

    def _render_text(self, field_name, values) -> Markup:
        """Return a text of the level as HTML, its placeholders replaced by escaped ``values``."""
        self.ensure_one()
        return placeholders.fill_html(self[field_name], values)

    @api.model
    def _format_amounts(self, amounts) -> str:
        """Return amounts per currency as one text, in the language of the environment.

        :param amounts: {currency record: amount in it}
        """
        return " + ".join(
            format_amount(self.env, amount, currency)
            for currency, amount in amounts.items()
            if not currency.is_zero(amount)
        ) or format_amount(self.env, 0.0, next(iter(amounts), self.env.company.currency_id))

    @api.model
    def _format_date(self, value) -> str:
        return format_date(self.env, value) if value else ""

    # === ACTIONS === #

    def action_preview(self):
        """Open the preview of the level's message on a real customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview: %s", self.name),
            "res_model": "credit.dunning.level.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_level_id": self.id, "dialog_size": "extra-large"},
        }
