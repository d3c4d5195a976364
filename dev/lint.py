"""`make lint`: every check of style, by `python -m dev.lint` in the environment."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib
from lxml import etree

from .paths import Checkout

# Odoo 19 ignores, rejects or deprecates these.
OLD_HABITS = {
    re.compile(r"<tree[\s/>]"): "<tree>: views are <list> now",
    # In a view; a component of the client may well have a property of that name.
    re.compile(
        r"<(?:field|button|group|page|div)\b[^>]*\sattrs="
    ): "attrs=: write invisible=, readonly=, required=",
    re.compile(r"\bt-esc="): "t-esc=: write t-out=",
    re.compile(r"\bt-raw="): "t-raw=: write t-out=, with Markup where needed",
    re.compile(r"numbercall"): "numbercall: scheduled jobs have no such field",
}


def xml_problems(path: Path) -> Iterator[str]:
    """An XML file that is not well-formed, or has habits of older Odoo versions."""
    try:
        etree.parse(path)
    except etree.XMLSyntaxError as error:
        yield f"{path}:{error.lineno}: not well-formed: {error.msg}"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for habit, advice in OLD_HABITS.items():
            if habit.search(line):
                yield f"{path}:{number}: {advice}"


def translation_problems(path: Path) -> Iterator[str]:
    """A translation that is not finished."""
    catalogue = polib.pofile(path)
    for kind, entries in (
        ("untranslated", catalogue.untranslated_entries()),
        ("fuzzy", catalogue.fuzzy_entries()),
    ):
        for entry in entries:
            yield f"{path}:{entry.linenum}: {kind}: {entry.msgid[:60]!r}"


def script_problems(path: Path, node: str) -> Iterator[str]:
    """JavaScript that does not parse; in Odoo every script is a module."""
    with tempfile.NamedTemporaryFile(suffix=".mjs") as copy:
        copy.write(path.read_bytes())
        copy.flush()
        result = subprocess.run([node, "--check", copy.name], capture_output=True, text=True)
        if result.returncode:
            found = re.search(r"^(\w*Error: .*)$", result.stderr, re.M)
            line = re.search(r"\.mjs:(\d+)", result.stderr)
            yield (
                f"{path}:{line.group(1) if line else 1}: "
                f"{found.group(1) if found else 'does not parse'}"
            )


def file_problems(folders: Iterable[Path]) -> Iterator[str]:
    """Problems in the files of our add-ons that no Python tool reads."""
    node = shutil.which("node")
    for folder in folders:
        for path in sorted(folder.rglob("*.xml")):
            yield from xml_problems(path)
        for path in sorted(folder.glob("i18n/fr.po")):
            yield from translation_problems(path)
        for path in sorted(folder.glob("static/**/*.js")) if node else ():
            yield from script_problems(path, str(node))


def main() -> int:
    """Run every check, whatever the ones before it found; 1 if any found something."""
    checkout = Checkout()
    addons = checkout.addons()
    commands = [["ruff", "check", "."], ["ruff", "format", "--check", "."]]
    if addons:
        commands.append(["pylint", "--rcfile=.pylintrc", *addons])
    failed = []
    for command in commands:
        result = subprocess.run([sys.executable, "-m", *command], cwd=checkout.root, check=False)
        if result.returncode:
            failed.append(" ".join(command[:2]))
    problems = list(file_problems(Path(name) for name in addons))
    if problems:
        print("\n".join(problems))
        failed.append("XML, translations and JavaScript")
    print(f"Lint found problems: {', '.join(failed)}." if failed else "Lint: all is well.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
