"""AR24 counts in Paris time, summer time included, and writes it without a zone."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
FORMAT = "%Y-%m-%d %H:%M:%S"


def to_text(moment: datetime) -> str:
    """Return an aware moment as AR24 writes it."""
    return moment.astimezone(PARIS).strftime(FORMAT)


def parse(text: object) -> datetime | None:
    """Return a moment that AR24 wrote, in UTC; None for what is none ("", null, zeros).

    In the hour that autumn repeats, the first of the two is meant.
    """
    try:
        local = datetime.strptime(str(text).strip(), FORMAT)
    except ValueError:
        return None
    return local.replace(tzinfo=PARIS).astimezone(timezone.utc)
