"""Debian packages: unpacked privately without root, or installed when root.

The mirror is always the one that the machine itself uses: it is read from the
machine's own apt sources and written to a private sources.list, so that neither the
machine's package lists nor its installed packages are touched by a private download.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .console import percentage, retry, run, step
from .errors import DevError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NO_APT = (
    "Odoo is taken from Debian and this machine {reason}: set ODOO_HOME to the folder "
    "of an Odoo 19 source tree."
)


@dataclass(frozen=True)
class Source:
    """One address of an apt repository, as the machine's own sources list it."""

    uri: str
    suites: str
    signed_by: str

    @property
    def rank(self) -> int:
        """How sure it is that this is Debian's main archive; 0 = it is not."""
        path = urlsplit(self.uri).path.rstrip("/")
        if "security" in path or "-security" in self.suites:
            return 0
        signed = "debian-archive-" in self.signed_by
        return 2 * path.endswith("/debian") + signed


def _deb822_sources(text: str) -> Iterator[Source]:
    """Entries of a `.sources` file: stanzas of `Key: value` with folded lines."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", text):
        fields = {
            key.lower(): " ".join(value.split())
            for key, value in re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.M)
        }
        if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        if "deb" not in fields.get("types", "").split():
            continue
        for uri in fields.get("uris", "").split():
            yield Source(uri, fields.get("suites", ""), fields.get("signed-by", ""))


def _one_line_sources(text: str) -> Iterator[Source]:
    """Entries of a `.list` file: `deb [options] uri suite components`."""
    for match in re.finditer(r"^[ \t]*deb[ \t]+(?:\[([^]]*)\][ \t]*)?(\S+)[ \t]+(\S+)", text, re.M):
        options, uri, suite = match.groups()
        signed = re.search(r"signed-by=(\S+)", options or "")
        yield Source(uri, suite, signed.group(1) if signed else "")


def debian_mirror(etc: Path = Path("/etc/apt")) -> str:
    """Address of the Debian mirror that the machine itself uses."""
    sources: list[Source] = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            sources.extend(_one_line_sources(path.read_text(errors="replace")))
        elif path.suffix == ".sources":
            sources.extend(_deb822_sources(path.read_text(errors="replace")))
    best = max(sources, key=lambda source: source.rank, default=None)
    if best is None or not best.rank:
        raise DevError(NO_APT.format(reason="has no Debian mirror among its apt sources"))
    return best.uri.rstrip("/")


@dataclass(frozen=True)
class Archive:
    """A file that apt would download, with its checksum from the signed lists."""

    name: str
    size: int
    sha256: str

    def is_complete(self, folder: Path) -> bool:
        path = folder / self.name
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        with path.open("rb") as content:
            digest = hashlib.sha256()
            while block := content.read(1 << 20):
                digest.update(block)
        return digest.hexdigest() == self.sha256


def parse_uris(output: str) -> list[Archive]:
    """Read what `apt-get download --print-uris` prints."""
    return [
        Archive(name, int(size), digest)
        for name, size, digest in re.findall(
            r"^'[^']*' (\S+) (\d+) SHA256:([0-9a-f]{64})", output, re.M
        )
    ]


def as_root() -> bool:
    return os.geteuid() == 0


class PrivateApt:
    """apt with lists and a cache of its own: needs no root, changes no machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self, suites: Sequence[str]) -> None:
        """Write the private sources and fetch their package lists."""
        for program in ("apt-get", "dpkg"):
            if not shutil.which(program):
                raise DevError(NO_APT.format(reason=f"has no {program}"))
        if not KEYRING.is_file():
            raise DevError(NO_APT.format(reason=f"has no {KEYRING.name}"))
        mirror = debian_mirror()
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "sources.list").write_text(
            "".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in suites)
        )
        retry(lambda: self._apt("-o", "APT::Update::Error-Mode=any", "update"))

    def download(self, packages: Sequence[str]) -> list[Path]:
        """Download packages, verify each against apt's checksum, return the files."""
        debs = self.folder / "debs"
        # Asked elsewhere than in `debs`: apt leaves out what is there already.
        listing = self._apt("download", "--print-uris", *packages, cwd=self.folder)
        wanted = parse_uris(listing)
        if len(wanted) != len(packages):
            raise DevError("apt gave no checksum for some packages.")

        def fetch() -> None:
            missing = [archive for archive in wanted if not archive.is_complete(debs)]
            if not missing:
                return
            for archive in missing:
                (debs / archive.name).unlink(missing_ok=True)
            self._apt("download", *packages, cwd=debs)
            if not all(archive.is_complete(debs) for archive in missing):
                raise DevError("a downloaded package does not have its checksum")

        with percentage(debs, sum(archive.size for archive in wanted), "downloaded"):
            retry(fetch)
        return [debs / archive.name for archive in wanted]

    def _apt(self, *arguments: str, cwd: Path | None = None) -> str:
        options = [
            f"Dir::Etc::sourcelist={self.folder / 'sources.list'}",
            "Dir::Etc::sourceparts=-",
            f"Dir::State::Lists={self.folder / 'lists'}",
            f"Dir::Cache={self.folder / 'cache'}",
            "Acquire::Languages=none",
            "Acquire::Retries=3",
            *sandbox_options(),
        ]
        flags = [part for option in options for part in ("-o", option)]
        return run(["apt-get", "-q", *flags, *arguments], cwd=cwd)


def sandbox_options() -> list[str]:
    """Root's apt otherwise warns that its helper user cannot enter our folders."""
    return ["APT::Sandbox::User=root"] if as_root() else []


def can_install() -> bool:
    return as_root() and shutil.which("apt-get") is not None


def install(packages: Sequence[str]) -> None:
    """Install packages on the machine itself; only ever called when root."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    with step(f"Installing {', '.join(packages)} with apt"):
        retry(lambda: run([*apt, "update"], env=environment))
        retry(lambda: run([*apt, "install", "--no-install-recommends", *packages], env=environment))
