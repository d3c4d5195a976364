"""What AR24 tells about a letter, read defensively: fields come empty, as text, or new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from . import moments

#: Their states, and ours; the order is that of a letter's life.
STATES = {
    "waiting": "sent",
    "sent": "presented",
    "ar": "accepted",
    "refused": "refused",
    "negligence": "unclaimed",
    "bounced": "undeliverable",
    "error": "failed",
}
#: Their proofs: the kind of ours, the field of the date, the state that it proves.
PROOFS = {
    "dp": ("deposit", "date", "waiting"),
    "ev": ("sending", "ts_ev_date", "sent"),
    "ar": ("receipt", "view_date", "ar"),
    "rf": ("refusal", "refused_date", "refused"),
    "ng": ("unclaimed", "negligence_date", "negligence"),
    "bc": ("return", "bounced_date", "bounced"),
}
#: A letter that ended like this was never presented.
_WITHOUT_PRESENTATION = ("bounced", "error")


@dataclass(frozen=True)
class Step:
    """Something that happened to a letter."""

    state: str
    raw: str
    moment: datetime | None


@dataclass(frozen=True)
class Proof:
    """A document that AR24 offers; its address is a secret."""

    kind: str
    code: str
    url: str
    moment: datetime | None


class Mail:
    """One letter as AR24 describes it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def _text(self, name: str) -> str:
        value = self._data.get(name)
        return "" if value is None or isinstance(value, (dict, list)) else str(value).strip()

    @property
    def number(self) -> str:
        return self._text("id")

    @property
    def reference(self) -> str:
        return self._text("ref_dossier")

    @property
    def status(self) -> str:
        """Their word, in lower case; a failed sending may be told by its flag alone."""
        if self._text("send_fail").lower() in ("1", "true"):
            return "error"
        return self._text("status").lower()

    @property
    def is_known(self) -> bool:
        return self.status in STATES

    @property
    def date(self) -> datetime | None:
        """When the letter was deposited."""
        return moments.parse(self._text("date"))

    def steps(self) -> list[Step]:
        """Return what has happened so far, oldest first; nothing new for a word not known.

        A letter read late has passed the steps before its present one.
        """
        status = self.status
        if status not in STATES:
            return []
        raws = ["waiting"]
        presented = self._text("ts_ev_date") or status not in _WITHOUT_PRESENTATION
        if status != "waiting" and presented:
            raws.append("sent")
        if status not in raws:
            raws.append(status)
        dates = {raw: self._text(field) for _kind, field, raw in PROOFS.values()}
        return [Step(STATES[raw], raw, moments.parse(dates.get(raw, ""))) for raw in raws]

    def proofs(self) -> list[Proof]:
        """Return the proofs that are there to be fetched."""
        return [
            Proof(kind, code, url, moments.parse(self._text(field)))
            for code, (kind, field, _raw) in PROOFS.items()
            if (url := self._text(f"proof_{code}_url"))
        ]

    def missing_proofs(self, kinds: Iterable[str]) -> set[str]:
        """Return the kinds of proofs that the letter's steps call for and that are not kept.

        :param kinds: the kinds that are kept
        """
        reached = {step.raw for step in self.steps()} - {"waiting"}
        called_for = {kind for kind, _field, raw in PROOFS.values() if raw in reached}
        return called_for - set(kinds)

    def price(self, unit: str) -> Decimal | None:
        """Return the price without tax, in euros.

        :param unit: ``cent`` or ``euro``: what a whole number means; one with decimals is in euros
        """
        text = self._text("price_ht").replace(",", ".")
        try:
            amount = Decimal(text)
        except InvalidOperation:
            return None
        if not amount.is_finite() or amount < 0:
            return None
        return amount / 100 if unit == "cent" and "." not in text else amount
