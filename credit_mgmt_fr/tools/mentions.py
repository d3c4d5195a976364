"""Which mentions about late payment a text carries already (pure functions)."""

from __future__ import annotations

import re
import unicodedata

#: What gives each mention away, in French and English, without accents, in lower case.
_PATTERNS = {
    "penalty": re.compile(
        r"penalites?\s+(de|pour)\s+(retard|paiement)|interets?\s+(de\s+retard|moratoires?)"
        r"|late[\s-](payment\s+)?(penalt|interest|charge)|interest\s+on\s+(late|overdue)"
    ),
    "indemnity": re.compile(
        r"indemnite\s+(forfaitaire|de\s+recouvrement)|frais\s+de\s+recouvrement"
        r"|recovery\s+(indemnity|costs?|fee)|fixed\s+indemnity|\b40([.,]00)?\s*(€|euros?|eur)\b"
        r"|\b40([.,]00)?\s*€"
    ),
    "discount": re.compile(r"\bescomptes?\b|early[\s-]payment|cash\s+discount"),
}


def carried(text: str) -> set[str]:
    """Return which mentions a text carries: ``penalty``, ``indemnity`` and ``discount``."""
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", text or "").lower()
        if not unicodedata.combining(char)
    )
    return {name for name, pattern in _PATTERNS.items() if pattern.search(plain)}
