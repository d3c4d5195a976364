"""Where things are kept: per checkout, and in the cache that checkouts share."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
# A unix socket path may have about 107 characters: `/.s.PGSQL.5432` included.
LONGEST_SOCKET_FOLDER = 90


@dataclass(frozen=True)
class Checkout:
    """One working copy of the repository, and the folders generated in it."""

    root: Path = REPOSITORY

    @property
    def state(self) -> Path:
        """Databases, configuration and wrappers; removed by `make clean`."""
        return self.root / ".dev"

    @property
    def bin(self) -> Path:
        return self.state / "bin"

    @property
    def programs(self) -> Path:
        """Put first on PATH: holds the wkhtmltopdf that Odoo shall find."""
        return self.state / "programs"

    @property
    def odoo_conf(self) -> Path:
        return self.state / "odoo.conf"

    @property
    def test_conf(self) -> Path:
        return self.state / "odoo-test.conf"

    @property
    def data(self) -> Path:
        return self.state / "data"

    @property
    def postgres(self) -> Path:
        return self.state / "postgres"

    @property
    def build(self) -> Path:
        """What commands produce for people to look at."""
        return self.root / "build"

    @property
    def key(self) -> str:
        """Short stable name of this checkout, where a path would be too long."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:8]

    @property
    def socket_folder(self) -> Path:
        folder = Path(tempfile.gettempdir(), f"credit-mgmt-{os.getuid()}-{self.key}")
        if len(str(folder)) > LONGEST_SOCKET_FOLDER:
            folder = Path("/tmp", folder.name)
        return folder

    @property
    def smtp_port(self) -> int:
        """Loopback port of this checkout's mail sink; closed while none runs.

        Below the range that the kernel hands out, so nobody gets it by chance.
        """
        return 20000 + int(self.key, 16) % 10000

    def addons(self) -> list[str]:
        """Names of the Odoo add-ons at the root of the repository."""
        return sorted(path.parent.name for path in self.root.glob("*/__manifest__.py"))


def cache_folder() -> Path:
    """The downloads that all checkouts of one user share."""
    if chosen := os.environ.get("CREDIT_MGMT_CACHE"):
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().resolve() / "credit_mgmt"
