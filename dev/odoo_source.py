"""Where Odoo 19 itself comes from: ODOO_HOME, or Debian's package, unpacked privately.

Odoo 19 is not on PyPI. Debian has it in its suite `sid` only; installing it from there
would pull half of sid, so it is unpacked into the cache instead and run with the
pinned Python packages of the virtual environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .apt import PrivateApt
from .console import locked, require_space, retry, run, say, step
from .errors import DevError

SERIES = ("19", "0")
GIGABYTES_NEEDED = 3.0
# The package links its front-end files to these other packages; of two of them later
# suites have other file names than those that Odoo asks for.
PACKAGES = (
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-montserrat/sid",
    "fonts-inconsolata/bookworm",
    "fonts-ocr-b/sid",
    "fonts-font-awesome/bookworm",
)
SUITES = ("sid", "bookworm")
# Debian strips one bundled file of another licence (background blur in video calls);
# without it every page of the web client logs an error.
BLUR_PACKAGE = "@mediapipe/selfie_segmentation@0.1.1675465747"
BLUR_FILE = "selfie_segmentation.js"
BLUR_TARGET = "mail/static/lib/selfie_segmentation"
BLUR_STUB = (
    "// The library behind background blur in video calls was not available when this\n"
    "// development environment was set up; video calls work without blur.\n"
)


@dataclass(frozen=True)
class OdooSource:
    """An Odoo source tree: what to put on PYTHONPATH, and its add-ons folders."""

    python_path: Path
    addons: tuple[Path, ...]

    @property
    def key(self) -> str:
        """Changes when the source does; databases made with it are kept under it."""
        parts = [
            str(self.python_path),
            (self.python_path / "odoo/release.py").read_text(),
        ]
        if (self.python_path / ".git").exists() and shutil.which("git"):
            parts.append(run(["git", "-C", self.python_path, "rev-parse", "HEAD"]))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def read_series(release_file: Path) -> tuple[str, str]:
    """The version that a source tree says it has, for example ('19', '0')."""
    match = re.search(
        r"^version_info\s*=\s*\(\s*['\"]?([^,'\"]+?)['\"]?\s*,\s*(\d+)",
        release_file.read_text(),
        re.M,
    )
    return (match.group(1), match.group(2)) if match else ("?", "?")


def from_folder(folder: Path) -> OdooSource:
    """Recognise a git checkout, a dist-packages folder, or a prefix holding one."""
    if not folder.is_dir():
        raise DevError(
            f"ODOO_HOME is {folder}, which is not a folder: set it to an Odoo 19 "
            "source tree, or unset it to have Odoo downloaded."
        )
    for base in (folder, folder / "usr/lib/python3/dist-packages"):
        if (base / "odoo/release.py").is_file():
            break
    else:
        raise DevError(
            f"There is no Odoo in {folder}: set ODOO_HOME to the folder that holds the "
            "folder odoo with release.py, or unset it to have Odoo downloaded."
        )
    series = read_series(base / "odoo/release.py")
    if series != SERIES:
        raise DevError(
            f"ODOO_HOME holds Odoo {'.'.join(series)} where 19.0 is needed: check out "
            "the branch 19.0 there, or unset ODOO_HOME to have Odoo downloaded."
        )
    # A Debian package carries a second, partial folder addons; a checkout has odoo-bin.
    folders = [base / "odoo/addons"]
    if (base / "odoo-bin").is_file():
        folders.insert(0, base / "addons")
    return OdooSource(base, tuple(folders))


def ensure(cache: Path, environ: Mapping[str, str] = os.environ) -> OdooSource:
    """Return the Odoo to use; download and unpack it the first time."""
    if home := environ.get("ODOO_HOME"):
        return from_folder(Path(home).expanduser().resolve())
    recipe = hashlib.sha256(repr((PACKAGES, BLUR_PACKAGE)).encode()).hexdigest()[:8]
    prefix = cache / f"odoo-19-{recipe}"
    if not prefix.is_dir():
        with locked(cache / "odoo.lock", "another checkout that downloads Odoo"):
            if not prefix.is_dir():
                _build(cache, prefix)
    return from_folder(prefix)


def _build(cache: Path, prefix: Path) -> None:
    """Download and unpack into a temporary folder; rename it once it is complete."""
    require_space(cache, GIGABYTES_NEEDED)
    apt = PrivateApt(cache / "apt")
    try:
        with step("Reading the package lists of Debian"):
            apt.prepare(SUITES)
        with step("Downloading Odoo 19 (about 130 MB)"):
            archives = apt.download(PACKAGES)
    except DevError as error:
        if "ODOO_HOME" in str(error):
            raise
        raise DevError(
            f"Odoo could not be downloaded: {error}; check the network and run the "
            "command again, or set ODOO_HOME to an Odoo 19 source tree."
        ) from error
    unpacked = prefix.with_name(prefix.name + ".part")
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    with step("Unpacking Odoo 19"):
        for archive in archives:
            run(["dpkg", "-x", archive, unpacked])
        modules = unpacked / "usr/lib/python3/dist-packages/odoo/addons"
        _add_blur_library(modules / BLUR_TARGET, cache)
        check_links(modules)
    unpacked.rename(prefix)
    shutil.rmtree(apt.folder)


def check_links(folder: Path) -> None:
    """A missing script makes every web page answer 500: find it here instead."""
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.exists():
            if path.suffix not in (".js", ".css", ".scss"):
                say(f"   {path.relative_to(folder)} is missing and will not be shown")
                continue
            raise DevError(
                f"Debian's Odoo package links {path.name} to a file that no downloaded "
                "package has: set ODOO_HOME to an Odoo 19 source tree, and report this."
            )


def _add_blur_library(target: Path, cache: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    try:
        content = retry(lambda: _npm_file(cache / "npm", BLUR_PACKAGE, BLUR_FILE))
    except DevError as error:
        say(f"   video calls will have no background blur: {error}")
        content = BLUR_STUB.encode()
    (target / BLUR_FILE).write_bytes(content)


def _npm_file(folder: Path, package: str, name: str) -> bytes:
    """One file of an npm package; npm itself verifies the registry's checksum."""
    if not shutil.which("npm"):
        raise DevError("npm is not installed.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        run(["npm", "pack", "--loglevel=error", package], cwd=folder)
        (packed,) = folder.glob("*.tgz")
        with tarfile.open(packed) as archive:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise DevError(f"{package} has no file {name}.")
            return member.read()
    finally:
        shutil.rmtree(folder)
