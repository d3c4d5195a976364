"""The machine's own mirror is found; packages are verified whatever happens."""

import hashlib

import pytest

from dev import apt
from dev.errors import DevError

DEB822 = """\
Types: deb
# a comment inside the stanza
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
ONE_LINE = """\
# deb http://old.example/debian bookworm main
deb-src http://src.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/vendor.gpg] http://vendor.example/ a b
deb http://mirror.example/debian/ trixie main
deb http://mirror.example/debian-security trixie-security main
"""
FOLDED = """\
Types: deb deb-src
URIs:
 http://proxy.example/repository/mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "mirror"),
    [
        ("debian.sources", DEB822, "http://mirror.example/debian"),
        ("all.list", ONE_LINE, "http://mirror.example/debian"),
        ("proxy.sources", FOLDED, "http://proxy.example/repository/mirror"),
    ],
)
def test_mirror_is_read_from_the_machine(etc, name, text, mirror):
    vendor = "Types: deb\nURIs: http://vendor.example/node\nSuites: nodistro\n"
    (etc / "sources.list.d" / "a-vendor.sources").write_text(vendor)
    (etc / "sources.list.d" / name).write_text(text)
    assert apt.debian_mirror(etc) == mirror


def test_plain_sources_list_is_read(etc):
    (etc / "sources.list").write_text(ONE_LINE)
    assert apt.debian_mirror(etc) == "http://mirror.example/debian"


@pytest.mark.parametrize(
    "text",
    [
        "",
        DEB822.replace("Types: deb", "Enabled: no\nTypes: deb"),
        "Types: deb\nURIs: http://archive.example/ubuntu\nSuites: noble\n",
    ],
)
def test_machine_without_debian_is_told_of_odoo_home(etc, text):
    (etc / "sources.list.d" / "x.sources").write_text(text)
    with pytest.raises(DevError, match="no Debian mirror.*ODOO_HOME"):
        apt.debian_mirror(etc)


def test_machine_without_apt_is_told_of_odoo_home(tmp_path, monkeypatch):
    monkeypatch.setattr(apt.shutil, "which", lambda program: None)
    with pytest.raises(DevError, match="has no apt-get: set ODOO_HOME"):
        apt.PrivateApt(tmp_path).prepare(["sid"])


def test_machine_without_keyring_is_told_of_odoo_home(tmp_path, monkeypatch):
    monkeypatch.setattr(apt.shutil, "which", lambda program: program)
    monkeypatch.setattr(apt, "KEYRING", tmp_path / "keyring.gpg")
    with pytest.raises(DevError, match="has no keyring.gpg: set ODOO_HOME"):
        apt.PrivateApt(tmp_path).prepare(["sid"])


class FakeApt(apt.PrivateApt):
    """apt-get replaced by a script of what each download call leaves on disk."""

    CONTENT = b"a package"

    def __init__(self, folder, downloads):
        super().__init__(folder)
        (folder / "debs").mkdir()
        self.downloads = list(downloads)

    def _apt(self, *arguments, cwd=None):
        if "--print-uris" in arguments:
            if (cwd / "p.deb").exists():
                return "Reading...\n"
            digest = hashlib.sha256(self.CONTENT).hexdigest()
            size = len(self.CONTENT)
            return f"Reading...\n'http://x/p.deb' p.deb {size} SHA256:{digest}\n"
        left = self.downloads.pop(0)
        if isinstance(left, Exception):
            (cwd / "p.deb").write_bytes(b"half")
            raise left
        (cwd / "p.deb").write_bytes(left)
        return ""


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr("dev.console.time.sleep", lambda seconds: None)


def test_interrupted_and_wrong_downloads_are_repeated(tmp_path):
    fake = FakeApt(tmp_path, [DevError("cut off"), b"forged!!!", FakeApt.CONTENT])
    (path,) = fake.download(["p"])
    assert path.read_bytes() == FakeApt.CONTENT
    assert not fake.downloads


def test_file_of_an_earlier_run_is_verified_and_kept(tmp_path):
    fake = FakeApt(tmp_path, [])
    (tmp_path / "debs/p.deb").write_bytes(FakeApt.CONTENT)
    assert fake.download(["p"]) == [tmp_path / "debs/p.deb"]


def test_wrong_checksum_is_never_accepted(tmp_path):
    with pytest.raises(DevError, match="checksum"):
        FakeApt(tmp_path, [b"forged!!!"] * 3).download(["p"])
