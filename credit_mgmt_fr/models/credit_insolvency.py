import io
import zipfile
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..tools.claim_deadline import claim_deadline, relief_deadline

_REPORT = "credit_mgmt_fr.action_report_credit_insolvency"


class CreditInsolvency(models.Model):
    """Insolvency proceedings of a customer, recorded by hand from the publication.

    What arose before the judgment that opened them cannot be paid: reminders and interest stop,
    and the claim is to be declared in time. What arose after it goes on as usual.
    """

    _name = "credit.insolvency"
    _description = "Insolvency Proceedings"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.letter"]
    _order = "judgment_date desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        domain="[('parent_id', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain=[("parent_id", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    kind = fields.Selection(
        [
            ("safeguard", "Safeguard"),
            ("receivership", "Receivership"),
            ("liquidation", "Compulsory liquidation"),
        ],
        required=True,
        default="receivership",
        tracking=True,
        help="Change it when the proceedings are converted; the judgment that opened them stays.",
    )
    judgment_date = fields.Date(
        string="Opening Judgment",
        required=True,
        tracking=True,
        help="What arose before this day is to be declared and cannot be paid.",
    )
    publication_date = fields.Date(
        string="Published in the BODACC On",
        tracking=True,
        help="The time to declare the claim runs from this day.",
    )
    court = fields.Char(tracking=True)
    reference = fields.Char(string="Number of the Case", tracking=True)
    representative_id = fields.Many2one(
        "res.partner",
        string="Creditors' Representative",
        tracking=True,
        ondelete="restrict",
        help="Mandataire judiciaire or liquidator, to whom the claim is declared.",
    )
    is_far = fields.Boolean(
        string="Four Months to Declare",
        compute="_compute_is_far",
        store=True,
        readonly=False,
        help="Our company is not in the territory where the proceedings were opened: mainland "
        "France and the overseas territories count apart, abroad as well.",
    )
    claim_deadline = fields.Date(
        string="Declare Before",
        compute="_compute_claim_deadline",
        store=True,
        readonly=False,
        tracking=True,
        help="Two months from the publication, four for creditors who are far (article R622-24). "
        "Last day.",
    )
    relief_deadline = fields.Date(
        string="Relief Until",
        compute="_compute_relief_deadline",
        help="A creditor who missed the deadline may ask for relief until then (article L622-26).",
    )
    claim_date = fields.Date(string="Declared On", readonly=True, tracking=True, copy=False)
    ranking = fields.Selection(
        [("unsecured", "Unsecured"), ("secured", "With a security or privilege")],
        string="Nature of the Claim",
        required=True,
        default="unsecured",
    )
    security_note = fields.Text(
        string="Securities",
        help="Nature and extent of the securities, such as a retention of title.",
    )
    closed_on = fields.Date(
        string="Ended On",
        readonly=True,
        tracking=True,
        copy=False,
        help="Plan, closure or annulment: items of before can be claimed again.",
    )
    close_reason = fields.Char(string="Ended Because", tracking=True, copy=False)
    live = fields.Boolean(string="Running", default=True, readonly=True, copy=False)
    state = fields.Selection(
        [
            ("open", "To declare"),
            ("declared", "Declared"),
            ("closed", "Ended"),
        ],
        compute="_compute_state",
        store=True,
    )
    note = fields.Text()
    amount_before = fields.Monetary(
        string="Before the Judgment",
        compute="_compute_amounts",
        help="Open today, of what arose before the judgment.",
    )
    amount_after = fields.Monetary(
        string="After the Judgment",
        compute="_compute_amounts",
        help="Open today, of what arose on the day of the judgment or later: payable as usual.",
    )
    # What a letter needs, see credit.letter.
    contact_id = fields.Many2one(related="representative_id", string="Recipient")
    collector_id = fields.Many2one("res.users", compute="_compute_collector_id")
    lang = fields.Char(compute="_compute_lang")
    date = fields.Date(compute="_compute_lang", string="Date of the Letter")
    payment_text = fields.Char(compute="_compute_lang")

    _live_once = models.UniqueIndex(
        "(partner_id, company_id) WHERE live",
        "Proceedings of this customer are recorded already: end them first.",
    )
    _check_dates = models.Constraint(
        "CHECK(publication_date IS NULL OR publication_date >= judgment_date)",
        "The publication comes after the judgment.",
    )
    _check_security = models.Constraint(
        "CHECK(ranking = 'unsecured' OR COALESCE(security_note, '') <> '')",
        "Say which security the claim has.",
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "kind")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for record in self:
            parts = (record.partner_id.name, labels.get(record.kind))
            record.name = " - ".join(part for part in parts if part)

    @api.depends("name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.name

    @api.depends("company_id", "partner_id")
    def _compute_is_far(self):
        for record in self:
            ours = record.company_id._get_credit_country() if record.company_id else False
            theirs = record.partner_id.country_id
            record.is_far = bool(ours and theirs and ours != theirs)

    @api.depends("publication_date", "is_far")
    def _compute_claim_deadline(self):
        for record in self:
            published = record.publication_date
            record.claim_deadline = published and claim_deadline(published, far=record.is_far)

    @api.depends("publication_date")
    def _compute_relief_deadline(self):
        for record in self:
            published = record.publication_date
            record.relief_deadline = published and relief_deadline(published)

    @api.depends("live", "claim_date")
    def _compute_state(self):
        for record in self:
            if not record.live:
                record.state = "closed"
            else:
                record.state = "declared" if record.claim_date else "open"

    @api.depends("partner_id", "company_id", "judgment_date", "live")
    @api.depends_context("receivable_date")
    def _compute_amounts(self):
        # Whoever reads the proceedings knows what they are about.
        rows = (
            self.env["credit.receivable"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("root_company_id", "in", self.company_id.ids),
                    ("insolvency_position", "!=", False),
                ],
                ["partner_id", "root_company_id", "insolvency_position"],
                ["amount_residual:sum"],
            )
        )
        amounts = {
            (partner.id, company.id, position): amount
            for partner, company, position, amount in rows
        }
        for record in self:
            key = (record.partner_id.id, record.company_id.id)
            is_live = record.live
            record.amount_before = is_live and amounts.get((*key, "before"), 0.0)
            record.amount_after = is_live and amounts.get((*key, "after"), 0.0)

    @api.depends("partner_id", "company_id")
    def _compute_collector_id(self):
        for record in self:
            partner = record.partner_id.with_company(record.company_id)
            record.collector_id = partner.collector_id

    @api.depends("representative_id")
    def _compute_lang(self):
        for record in self:
            record.lang = record._get_claim_lang()
            record.date = record.company_id._get_credit_today() if record.company_id else False
            record.payment_text = ""

    def _get_claim_lang(self) -> str:
        """Return the language of the claim: French, which the court reads, if it is there."""
        self.ensure_one()
        installed = dict(self.env["res.lang"].get_installed())
        lang = self.representative_id.lang
        if lang and lang.startswith("fr"):
            return lang
        return "fr_FR" if "fr_FR" in installed else (lang or self.env.lang or "en_US")

    @api.constrains("judgment_date", "company_id", "partner_id")
    def _check_record(self):
        for record in self:
            if record.judgment_date > record.company_id._get_credit_today():
                raise ValidationError(self.env._("The judgment cannot be in the future."))
            if record.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Proceedings are recorded for the main company: choose %(root)s instead of "
                        "%(branch)s.",
                        root=record.company_id.root_id.name,
                        branch=record.company_id.name,
                    )
                )
            if record.partner_id != record.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s: record the proceedings there.",
                        contact=record.partner_id.display_name,
                        customer=record.partner_id.commercial_partner_id.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._sync_deadline_activity()
        return records

    def write(self, vals):
        result = super().write(vals)
        if {"claim_deadline", "publication_date", "is_far", "live", "claim_date"} & set(vals):
            self._sync_deadline_activity()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_declared(self):
        if self.filtered("claim_date"):
            raise UserError(
                self.env._("A claim was declared: end the proceedings instead of deleting them.")
            )

    # === DEADLINE === #

    def _sync_deadline_activity(self):
        """Keep one task until the claim is declared, due on the last day or earlier."""
        kind = "credit_mgmt_fr.mail_activity_type_declare"
        for record in self:
            waiting = record.live and not record.claim_date
            if not waiting:
                record.activity_unlink([kind])
                continue
            deadline = record.claim_deadline or record.company_id._get_credit_today()
            owner = record.collector_id or record.company_id._get_credit_responsible()
            env = record.with_context(lang=owner.lang or self.env.lang).env
            summary = (
                env._("Declare the claim before %s", format_date(env, deadline))
                if record.claim_deadline
                else env._("Find the publication in the BODACC: the claim must be declared in time")
            )
            # Two weeks earlier, so that it is not begun on its last day.
            due = fields.Date.subtract(deadline, days=14)
            due = max(due, record.company_id._get_credit_today())
            existing = record.activity_search([kind])
            if existing:
                existing.write({"date_deadline": due, "summary": summary})
            else:
                record.activity_schedule(kind, date_deadline=due, summary=summary,
                                         user_id=(owner or self.env.user).id)  # fmt: skip

    # === DECISIONS === #

    def action_declare(self):
        """Note that the claim was declared today, and keep it as it was in the chatter.

        :raises UserError: nobody to declare it to, or proceedings that are over
        """
        for record in self:
            if not record.live:
                raise UserError(self.env._("%s: these proceedings are over.", record.display_name))
            if not record.representative_id:
                raise UserError(
                    self.env._("%s: choose the creditors' representative first.",
                               record.display_name)
                )  # fmt: skip
            record.claim_date = record.company_id._get_credit_today()
            content = record._render_pdfs(_REPORT, record)[record.id]
            record.message_post(
                body=self.env._("The claim was declared."),
                attachments=[(f"{record._get_claim_filename()}.pdf", content)],
            )
        return True

    def action_undeclare(self):
        """Take back that the claim was declared; what was kept in the chatter stays."""
        self.filtered("live").claim_date = False
        return True

    def action_close(self):
        """End proceedings: reminders of what arose before the judgment go on.

        :raises UserError: no reason is written on them
        """
        for record in self.filtered("live"):
            if not (record.close_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%s: say first why they ended (plan, closure, annulment).",
                        record.display_name,
                    )
                )
            record.write({"live": False, "closed_on": record.company_id._get_credit_today()})
        return True

    def action_reopen(self):
        """Let proceedings that were ended by mistake run again."""
        self.filtered(lambda record: not record.live).write(
            {"live": True, "closed_on": False, "close_reason": False}
        )
        return True

    # === ITEMS === #

    def action_open_before(self):
        """Open what arose before the judgment."""
        return self._open_items("before", self.env._("Before the judgment"))

    def action_open_after(self):
        """Open what arose on the day of the judgment or later."""
        return self._open_items("after", self.env._("After the judgment"))

    def _open_items(self, position, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.receivable",
            "view_mode": "list,pivot,form",
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("root_company_id", "=", self.company_id.id),
                ("insolvency_position", "=", position),
            ],
        }

    # === CLAIM === #

    def _get_claim_lines(self) -> list[dict]:
        """Return what is declared: items of before the judgment, as open on its day.

        :return: dicts with ``name``, ``invoice_date``, ``date_maturity``, ``is_due``, ``currency``,
            ``amount`` (open on the day of the judgment), ``interest`` and ``indemnity`` (to that
            day), ``interest_label``, ``cost`` (the LateCost), ``move`` and ``line_id``
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT line.id, line.move_id, line.currency_id,
                       COALESCE(line.move_name, move.name) AS name,
                       COALESCE(move.invoice_date, line.date) AS invoice_date,
                       COALESCE(line.date_maturity, line.date) AS date_maturity,
                       line.amount_currency - COALESCE(SUM(
                           CASE WHEN part.debit_move_id = line.id
                                THEN part.debit_amount_currency
                                ELSE -part.credit_amount_currency END
                       ) FILTER (WHERE GREATEST(line.date, other.date) <= %(day)s), 0) AS amount
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN res_partner contact ON contact.id = line.partner_id
             LEFT JOIN account_partial_reconcile part
                    ON part.debit_move_id = line.id OR part.credit_move_id = line.id
             LEFT JOIN account_move_line other
                    ON other.id = CASE WHEN part.debit_move_id = line.id
                                       THEN part.credit_move_id ELSE part.debit_move_id END
                 WHERE line.parent_state = 'posted'
                   AND line.account_id IN %(accounts)s
                   AND line.company_id IN %(companies)s
                   AND contact.commercial_partner_id = %(partner)s
                   AND %(born)s < %(day)s
              GROUP BY line.id, move.id
              ORDER BY date_maturity, line.id
                """,
                day=self.judgment_date,
                accounts=self.env["credit.receivable"]._get_account_ids(),
                # Whoever declares for the main company declares for its branches.
                companies=tuple(
                    self.env["res.company"]
                    .sudo()
                    .search([("id", "child_of", self.company_id.id)])
                    .ids
                ),
                partner=self.partner_id.id,
                born=self.env["credit.receivable"]._get_limitation_start_sql(),
            )
        )
        currencies = self.env["res.currency"]
        rows = [
            row for row in rows if not currencies.browse(row["currency_id"]).is_zero(row["amount"])
        ]
        costs = self.env["credit.late.cost.engine"]._get_late_costs(
            [row["id"] for row in rows], self.judgment_date
        )
        return [
            {
                "line_id": row["id"],
                "name": row["name"],
                "move": self.env["account.move"].browse(row["move_id"]),
                "invoice_date": row["invoice_date"],
                "date_maturity": row["date_maturity"],
                "is_due": row["date_maturity"] <= self.judgment_date,
                "currency": currencies.browse(row["currency_id"]),
                "amount": row["amount"],
                "interest": costs[row["id"]].interest,
                "indemnity": costs[row["id"]].indemnity,
                "interest_label": self.env._("Interest on %s, rounded once", row["name"]),
                "cost": costs[row["id"]],
            }
            for row in rows
        ]

    def _get_claim_totals(self, lines) -> list[dict]:
        """Return the totals of a claim per currency.

        :param lines: what ``_get_claim_lines`` returns
        :return: dicts with ``currency``, ``due`` and ``not_due`` (principal), ``interest``,
            ``indemnity``, ``total``, and ``company_total`` at the rate of the day of the judgment
        """
        self.ensure_one()
        totals = defaultdict(lambda: defaultdict(float))
        for line in lines:
            row = totals[line["currency"]]
            row["due" if line["is_due"] else "not_due"] += line["amount"]
            row["interest"] += line["interest"]
            row["indemnity"] += line["indemnity"]
        result = []
        for currency, row in sorted(totals.items(), key=lambda total: total[0].name):
            names = ("due", "not_due", "interest", "indemnity")
            amounts = {name: currency.round(row[name]) for name in names}
            total = currency.round(sum(amounts.values()))
            result.append(
                {
                    "currency": currency,
                    **amounts,
                    "total": total,
                    "company_total": currency._convert(
                        total, self.company_id.currency_id, self.company_id, self.judgment_date
                    ),
                }
            )
        return result

    def _get_claim_filename(self) -> str:
        self.ensure_one()
        name = self.env._("Claim %s", self.partner_id.name)
        return name.replace("/", "-")

    def _get_formal_notices(self, lines):
        """Return the formal notices sent about the items of a claim."""
        return (
            self.env["credit.dunning.notice"]
            .sudo()  # pieces of the claim, which the user may make
            .search(
                [
                    ("line_ids.move_line_id", "in", [line["line_id"] for line in lines]),
                    ("formal_notice", "=", True),
                    ("state", "=", "sent"),
                ],
                order="date",
            )
        )

    def _get_parties(self) -> list[dict]:
        """Return creditor and debtor as the claim names them: ``label`` and ``text``."""
        self.ensure_one()
        get_identity = self.env["credit.dunning.notice"]._get_identity
        # What identifies the company is printed on its letters.
        return [
            {"label": label, "text": ", ".join(get_identity(partner))}
            for label, partner in (
                (self.env._("Creditor"), self.company_id.sudo().partner_id),
                (self.env._("Debtor"), self.partner_id),
            )
        ]

    def _get_procedure_text(self) -> str:
        """Return the proceedings in words, in the language of the environment."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        parts = [
            self.env._(
                "%(kind)s, opened by judgment of %(date)s",
                kind=kinds[self.kind],
                date=format_date(self.env, self.judgment_date),
            ),
            self.court,
            self.reference and self.env._("case %s", self.reference),
            self.publication_date
            and self.env._("published in the BODACC on %s",
                           format_date(self.env, self.publication_date)),
        ]  # fmt: skip
        return ", ".join(part for part in parts if part)

    def _get_pieces(self, lines) -> list[str]:
        """Return the list of the pieces that go with a claim."""
        self.ensure_one()
        invoices = {line["move"]: None for line in lines}
        pieces = [
            self.env._("Entry or invoice %s", move.name) if move.move_type == "entry"
            else self.env._("Invoice %s", move.name)
            for move in invoices
            if move.is_sale_document(include_receipts=True) or move.move_type == "entry"
        ]  # fmt: skip
        pieces += [
            self.env._(
                "Formal notice %(name)s of %(date)s",
                name=notice.name,
                date=format_date(self.env, notice.date),
            )
            for notice in self._get_formal_notices(lines)
        ]
        if any(line["interest"] for line in lines):
            pieces.append(self.env._("Computation of the interest, annexed"))
        return pieces

    def action_download_pieces(self):
        """Download the claim, the invoices and the formal notices as one archive."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit_mgmt_fr/insolvency/{self.id}/pieces",
            "target": "download",
        }

    def _write_pieces(self) -> bytes:
        """Return the archive of the pieces: the claim first, then what it rests on."""
        self.ensure_one()
        record = self.with_context(lang=self.lang)
        lines = record._get_claim_lines()
        files = {
            f"{record._get_claim_filename()}.pdf": record._render_pdfs(_REPORT, record)[self.id]
        }
        for move in dict.fromkeys(line["move"] for line in lines):
            # Their own printed invoice, for the users who may declare the claim on them.
            if move.is_sale_document(include_receipts=True):
                files[f"{(move.name or '').replace('/', '-')}.pdf"] = record._get_invoice_pdf(move)
        for notice in record._get_formal_notices(lines):
            for delivery in notice.delivery_ids.filtered("attachment_id"):
                files[f"{notice.name}.pdf"] = delivery.attachment_id.raw
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in files.items():
                file.writestr(name, content)
        return archive.getvalue()

    @api.model
    def _get_invoice_pdf(self, move) -> bytes:
        """Return the PDF that was sent, else the invoice printed now."""
        move = move.sudo()  # a piece of the claim, which the user may make
        if move.invoice_pdf_report_id:
            return move.invoice_pdf_report_id.raw
        report = self.env["ir.actions.report"].sudo()
        return report._render_qweb_pdf("account.account_invoices", move.ids)[0]
