from odoo import api, fields, models
from odoo.tools import format_date

#: What each state leaves as a proof; the first state of a kind shows it.
PROOFS_OF_STATES = {
    "sent": ("deposit", "content", "other"),
    "presented": ("sending",),
    "accepted": ("receipt",),
    "refused": ("refusal",),
    "unclaimed": ("unclaimed",),
    "undeliverable": ("return",),
}


class CreditRegisteredLetter(models.Model):
    """The life of a letter at a glance: what happened, its proofs, what is awaited."""

    _inherit = "credit.registered.letter"

    timeline_html = fields.Html(string="Timeline", compute="_compute_timeline_html", sanitize=False)

    @api.depends("event_ids.ignored", "proof_ids.attachment_id", "state", "claim_until")
    @api.depends_context("lang")
    def _compute_timeline_html(self):
        for letter in self:
            letter.timeline_html = letter._render_timeline()

    def _render_timeline(self):
        """Return the timelines of letters as HTML."""
        return self.env["ir.qweb"]._render(
            "credit_mgmt.credit_registered_timeline",
            {"letters": [(letter, letter._get_timeline()) for letter in self]},
        )

    def _get_timeline(self) -> list[dict]:
        """Return the steps of the letter, oldest first.

        :return: dicts with ``label``, ``date`` and ``note`` (texts), ``state`` (a state, or
            ``awaited``) and ``proofs`` (``credit.registered.proof`` records)
        """
        self.ensure_one()
        labels = self._get_timeline_labels()
        steps, left = [], self.proof_ids.filtered("attachment_id")
        for event in self.event_ids.filtered(lambda e: not e.ignored).sorted("id"):
            kinds = PROOFS_OF_STATES.get(event.state, ())
            proofs = left.filtered(lambda p, kinds=kinds: p.kind in kinds)
            left -= proofs
            steps.append(
                {
                    "label": labels[event.state],
                    "date": format_date(self.env, event.date),
                    "note": event.note or "",
                    "state": event.state,
                    "proofs": proofs,
                }
            )
        if left and steps:
            steps[-1]["proofs"] |= left
        return steps + self._get_awaited_steps()

    def _get_timeline_labels(self) -> dict[str, str]:
        """Return how each state is called here: {state: label}."""
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        is_paper = "paper" in self.provider_id._get_capabilities()
        labels["sent"] = self.env._("Posted") if is_paper else self.env._("Deposited")
        labels["presented"] = (
            self.env._("First presented") if is_paper else self.env._("Sent and first presented")
        )
        labels["undeliverable"] = self.env._("Undeliverable") if is_paper else self.env._("Bounced")
        return labels

    def _get_awaited_steps(self) -> list[dict]:
        self.ensure_one()
        labels = []
        if self.state == "sent":
            labels.append((self.env._("First presentation"), ""))
        if self.state in ("sent", "presented"):
            until = self.env._("until %s", format_date(self.env, self.claim_until))
            labels.append((self.env._("Acceptance by the addressee"), until))
        if self.awaits_proof:
            labels.append((self.env._("Proofs of the carrier"), ""))
        return [
            {"label": label, "date": date, "note": "", "state": "awaited", "proofs": ()}
            for label, date in labels
        ]
