from odoo import api, fields, models
from odoo.exceptions import UserError

#: What a provider may be able to do; see ``_get_capabilities``.
CAPABILITIES = (
    "electronic_qualified",
    "electronic_simple",
    "paper",
    "status",
    "proofs",
    "webhook",
    "cancel",
    "price",
)


class CreditRegisteredProvider(models.Model):
    """Who carries registered letters: a postal service by hand, or a service on the network.

    A bridge adds its ``code`` (``selection_add``) and, on this model, the methods
    ``_<code>_<step>`` of the steps below, whose contracts are in the docstrings of the generic
    methods. It never writes the state of a letter itself: it calls ``_record`` on the letter.
    """

    _name = "credit.registered.provider"
    _description = "Carrier of Registered Letters"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection([("paper", "Paper, by hand")], required=True, default="paper")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    unclaimed_days = fields.Integer(
        string="Kept For (Days)",
        default=15,
        help="How long the addressee has to collect the letter.",
    )

    _check_unclaimed_days = models.Constraint(
        "CHECK(unclaimed_days > 0)", "A letter is kept for at least one day."
    )

    @api.model
    def _get_provider(self, company):
        """Return the carrier of a main company: its own first, then a shared one."""
        providers = self.search([("company_id", "in", (company.root_id.id, False))])
        return providers.sorted(lambda p: (not p.company_id, p.sequence, p.id))[:1]

    # === STEPS === #

    def _call(self, step, *args):
        """Call ``_<code>_<step>``; a step that the carrier does not know does nothing."""
        self.ensure_one()
        method = getattr(self, f"_{self.code}_{step}", None)
        return method(*args) if method else None

    def _get_capabilities(self) -> frozenset:
        """Return what the carrier can do, a part of ``CAPABILITIES`` (step ``capabilities``)."""
        return frozenset(self._call("capabilities") or ())

    def _get_address(self, partner) -> str:
        """Return where a contact gets registered letters (step ``address``), empty if nowhere."""
        return self._call("address", partner) or ""

    def _check_recipient(self, letter) -> str:
        """Return why a letter may not go to its addressee (step ``check_recipient``).

        For what the law or the carrier asks beyond an address, such as a consent; empty when
        nothing stands against it.
        """
        return self._call("check_recipient", letter) or ""

    def _send(self, letter):
        """Hand a letter over (step ``send``).

        The letter's claim is committed. The step records what became of it by
        ``letter._record``; it raises ``UserError`` for a refusal, with words for a person, and
        ``DeliveryInterrupted`` when nobody knows whether the letter was taken. It looks for a
        letter that was lost on the way by ``_find_by_reference`` before it sends one again.
        """
        self._call("send", letter)

    def _find_by_reference(self, letter) -> str:
        """Return the carrier's number of a letter that it has under our reference, else empty.

        Step ``find_by_reference``: what prevents a second letter when an answer was lost.
        """
        return self._call("find_by_reference", letter) or ""

    def _refresh(self, letters):
        """Read the states and proofs of letters again (step ``refresh``): records what is new."""
        self._call("refresh", letters)

    def _parse_webhook(self, payload) -> list[str]:
        """Return the carrier's numbers of the letters that a message is about.

        Step ``parse_webhook``. A message is a hint only: the letters are read again.

        :param payload: dict of what was posted
        """
        return self._call("parse_webhook", payload) or []

    def _cancel(self, letter):
        """Take a letter back that has not left (step ``cancel``).

        :raises UserError: the carrier cannot, or the letter has left
        """
        if "cancel" not in self._get_capabilities():
            raise UserError(self.env._("%s cannot take a letter back.", self.name))
        self._call("cancel", letter)

    # === PAPER, BY HAND === #

    @api.model
    def _paper_capabilities(self):
        return ("paper", "cancel")

    @api.model
    def _paper_address(self, partner) -> str:
        return self.env["credit.dunning.channel"]._get_address_letter(partner)

    @api.model
    def _paper_send(self, letter):
        # A person prints and posts it, and records the number of the receipt.
        letter._record("queued")

    @api.model
    def _paper_cancel(self, letter):
        if letter.state != "queued":
            raise UserError(self.env._("This letter was posted already."))
