"""A key that only our own code can hold: what it opens cannot be forged by RPC.

A context sent by a client is JSON, so that it never contains this very object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEY = object()


def open_gate() -> dict[str, Any]:
    """Return the context that lets protected fields be written."""
    return {"credit_gate": _KEY}


def is_open(context: Mapping[str, Any]) -> bool:
    """Return whether a write comes from our own code."""
    return context.get("credit_gate") is _KEY
