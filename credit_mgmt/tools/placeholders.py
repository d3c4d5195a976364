"""The closed set of ``{placeholders}`` of letter and call texts (pure functions)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from markupsafe import Markup, escape

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(text: str | None, known: Collection[str]) -> list[str]:
    """Return the names between braces that are not in ``known``, in order of appearance."""
    return [name for name in dict.fromkeys(_PLACEHOLDER.findall(text or "")) if name not in known]


def fill(text: str | None, values: Mapping[str, str]) -> str:
    """Replace each known ``{name}`` of ``text`` by its value; nothing is evaluated."""
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text or "")


def fill_html(text: str | None, values: Mapping[str, str]) -> Markup:
    """Return ``text`` as escaped HTML paragraphs, its placeholders replaced by escaped values.

    A blank line starts a new paragraph, a line break stays one.
    """
    blocks = re.split(r"\n\s*\n", (text or "").strip())
    return Markup("").join(
        Markup("<p>%s</p>")
        % Markup("<br/>").join(escape(fill(line, values)) for line in block.splitlines())
        for block in blocks
        if block
    )
