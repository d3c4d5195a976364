"""What a stranger may type into the customer's page (pure functions).

Every function takes what the browser sent, whatever it is, and returns a clean value or raises
``ValueError``: nothing of it reaches the database unread.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date

#: The largest id of a database row.
_MAX_ID = 2**31 - 1
#: More of them are no form of ours.
_MAX_IDS = 2000
_KEY = re.compile(r"[0-9a-f]{32}")
#: What files must begin with, by their ending.
_SIGNATURES = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
}
FILE_TYPES = tuple(_SIGNATURES)


def read_text(value: object, size: int) -> str:
    """Return a text without control characters, at most ``size`` long."""
    text = value if isinstance(value, str) else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c >= " " or c == "\n").strip()[:size].strip()


def read_line(value: object, size: int) -> str:
    """Return a text of one line."""
    return " ".join(read_text(value, size).split())


def read_id(value: object) -> int:
    """Return the id of a row."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= _MAX_ID):
        raise ValueError(value)
    return int(text)


def read_ids(values: Iterable[object]) -> list[int]:
    """Return the ids among values, each once, the others left out."""
    result = {}
    for value in values:
        try:
            result[read_id(value)] = None
        except ValueError:
            continue
    return list(result)[:_MAX_IDS]


def read_key(value: object) -> str:
    """Return the key that a form was drawn with, by which it is known when it comes twice."""
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(value)
    return value


def read_date(value: object) -> date | None:
    """Return a day, ``None`` when none was typed."""
    text = value.strip() if isinstance(value, str) else ""
    return date.fromisoformat(text[:10]) if text else None


def read_amount(value: object) -> float | None:
    """Return an amount, ``None`` when none was typed; a comma is a decimal point."""
    text = re.sub(r"[\s\u00a0\u202f]", "", value) if isinstance(value, str) else ""
    if not text:
        return None
    if "," in text and "." not in text:
        text = text.replace(",", ".")
    amount = float(text)
    if not math.isfinite(amount) or abs(amount) >= 1e13:
        raise ValueError(value)
    return amount


def file_name(name: object) -> str:
    """Return the name of a file without the folders and signs that a sender may put there."""
    base = read_line(name, 500).replace("\\", "/").rsplit("/", 1)[-1]
    stem, _dot, ending = base.rpartition(".")
    stem = re.sub(r"[^\w .()+-]", "_", stem).strip(" .")[:100] or "file"
    return f"{stem}.{ending.lower()}"


def is_allowed_file(name: str, content: bytes) -> bool:
    """Return whether a file is what its name says, and of a kind that is taken."""
    ending = name.rpartition(".")[2].lower()
    return content.startswith(_SIGNATURES.get(ending, ())) if content else False
