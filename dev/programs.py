"""Two programs that Odoo calls: Chromium for browser tests, wkhtmltopdf for PDFs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from . import apt
from .console import say
from .errors import DevError

# As Odoo's own test runner looks for them.
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
PDF_LIBRARIES = ("libxrender1", "libxext6", "libfontconfig1", "fonts-dejavu-core")
NO_BROWSER = (
    "Chromium is missing, so the browser tests would be skipped: install it with "
    "`apt-get install chromium` as root, or put it on PATH."
)


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def ensure_browser() -> None:
    """Install Chromium where that is possible; warn, and go on, where it is not."""
    if find_browser():
        return
    if apt.can_install():
        try:
            apt.install(["chromium", "fonts-liberation"])
        except DevError as error:
            say(f"   {error}")
    if not find_browser():
        say(f"Warning: {NO_BROWSER}")


def require_browser() -> None:
    if not find_browser():
        raise DevError(NO_BROWSER)


def is_patched(program: str | Path) -> bool:
    """Whether this wkhtmltopdf works and prints headers and footers."""
    try:
        result = subprocess.run([program, "--version"], capture_output=True, text=True)
    except OSError:
        return False
    return "with patched qt" in result.stdout


def ensure_wkhtmltopdf(venv: Path, folder: Path) -> None:
    """Make `folder`, first on PATH, lead to a wkhtmltopdf with patched Qt.

    One that is installed already is preferred. Debian's own build is unpatched and
    prints neither headers nor several documents at once.
    """
    packed = venv / "bin/wkhtmltopdf-pack"
    installed = shutil.which("wkhtmltopdf")
    if installed and is_patched(installed):
        program = Path(installed)
    else:
        if not is_patched(packed) and apt.can_install():
            apt.install(PDF_LIBRARIES)
        if not is_patched(packed):
            raise DevError(
                "wkhtmltopdf does not start on this machine: install the libraries "
                f"{' '.join(PDF_LIBRARIES)}, or a wkhtmltopdf with patched Qt."
            )
        program = packed
    link = folder / "wkhtmltopdf"
    if link.is_symlink() and link.readlink() == program:
        return
    folder.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(program)
