"""Export the terms of every add-on and bring its French up to date.

Run with the environment's Python after `make test` installed the add-ons:
`.dev/bin/python -m dev.i18n`. What is translated already stays; what is new is left
empty, for a person, and `make lint` refuses a French file with empty terms.
"""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import polib

from .paths import Checkout

LANGUAGE = "fr"
#: Technical names that the extraction takes for terms when they follow one in a list.
NOT_A_TERM = re.compile(r"[a-z_.]+")


def update(pot: Path, translation: Path) -> int:
    """Merge a template into a translation; return how many terms have no translation."""
    template = polib.pofile(str(pot))
    if not any("model_terms:" in place for entry in template for place, _ in entry.occurrences):
        raise SystemExit("The database lacks the add-on's data: run `make test` first.")
    for entry in [entry for entry in template if not _is_term(entry)]:
        template.remove(entry)
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        # A date would make each export a change.
        template.metadata.pop(name, None)
    template.metadata["Content-Transfer-Encoding"] = "8bit"
    template.save(str(pot))
    known = {}
    if translation.exists():
        known = {
            entry.msgid: entry.msgstr
            for entry in polib.pofile(str(translation))
            if not entry.obsolete
        }
    merged = polib.POFile(wrapwidth=template.wrapwidth)
    merged.metadata = {**template.metadata, "Language": LANGUAGE}
    for entry in template:
        entry.msgstr = known.get(entry.msgid, "")
        merged.append(entry)
    merged.save(str(translation))
    return len(merged.untranslated_entries())


def _is_term(entry: polib.POEntry) -> bool:
    return "odoo-python" not in entry.comment or not NOT_A_TERM.fullmatch(entry.msgid)


def main() -> int:
    """Export and update every add-on; say what is left to translate."""
    checkout = Checkout()
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(checkout.test_conf)
    database = settings["options"]["db_name"]
    missing = 0
    for addon in checkout.addons():
        pot = checkout.root / addon / "i18n" / f"{addon}.pot"
        pot.parent.mkdir(exist_ok=True)
        subprocess.run(
            [checkout.bin / "odoo", "i18n", "export", "-d", database]
            + ["-l", "pot", "-o", pot, addon],
            check=True,
        )
        left = update(pot, pot.with_name(f"{LANGUAGE}.po"))
        print(f"{addon}: {left} terms to translate into {LANGUAGE}")
        missing += left
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
