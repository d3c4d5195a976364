"""Which Odoo is used, and that a failed download leaves nothing half installed."""

import pytest

from dev import odoo_source
from dev.errors import DevError


def make_tree(folder, version="(19, 0, 0, FINAL, 0, '')"):
    (folder / "odoo/addons").mkdir(parents=True)
    (folder / "odoo/release.py").write_text(f"FINAL = 'final'\nversion_info = {version}\n")
    return folder


def test_git_checkout_has_two_addons_folders(tmp_path):
    make_tree(tmp_path)
    (tmp_path / "odoo-bin").touch()
    found = odoo_source.from_folder(tmp_path)
    assert found.python_path == tmp_path
    assert found.addons == (tmp_path / "addons", tmp_path / "odoo/addons")


@pytest.mark.parametrize("below", ["", "usr/lib/python3/dist-packages"])
def test_installed_package_has_one_addons_folder(tmp_path, below):
    tree = make_tree(tmp_path / below)
    assert odoo_source.from_folder(tmp_path).addons == (tree / "odoo/addons",)


def test_missing_folder(tmp_path):
    with pytest.raises(DevError, match="not a folder.*unset it"):
        odoo_source.ensure(tmp_path, {"ODOO_HOME": str(tmp_path / "nowhere")})


def test_folder_without_odoo(tmp_path):
    with pytest.raises(DevError, match=r"no Odoo in .*release\.py"):
        odoo_source.ensure(tmp_path, {"ODOO_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("version", "name"),
    [("(18, 0, 0, FINAL, 0, '')", "18.0"), ("('saas~19', 1, 0)", "saas~19.1")],
)
def test_other_version(tmp_path, version, name):
    make_tree(tmp_path, version)
    with pytest.raises(DevError, match=f"holds Odoo {name} where 19.0 is needed"):
        odoo_source.ensure(tmp_path, {"ODOO_HOME": str(tmp_path)})


def test_key_follows_the_release(tmp_path):
    first = odoo_source.from_folder(make_tree(tmp_path / "a")).key
    (tmp_path / "a/odoo/release.py").write_text("version_info = (19, 0, 1)\n")
    assert odoo_source.from_folder(tmp_path / "a").key != first


class NoNetwork:
    def __init__(self, folder):
        self.folder = folder

    def prepare(self, suites):
        raise DevError("apt-get failed (E: Could not resolve the mirror)")


def test_without_network_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(odoo_source, "PrivateApt", NoNetwork)
    with pytest.raises(DevError, match=r"Could not resolve.*network.*ODOO_HOME"):
        odoo_source.ensure(tmp_path, {})
    assert not list(tmp_path.glob("odoo-19*"))


def test_without_space_nothing_is_left(tmp_path, monkeypatch):
    def full(folder, gigabytes):
        raise DevError("Only 0.1 GB are free")

    monkeypatch.setattr(odoo_source, "require_space", full)
    with pytest.raises(DevError, match="Only 0.1 GB"):
        odoo_source.ensure(tmp_path, {})
    assert not list(tmp_path.glob("odoo-19*"))


class OnePackage:
    """apt that works; unpacking then fails, or what it unpacks lacks a script."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def prepare(self, suites):
        pass

    def download(self, packages):
        return [self.folder / "odoo-19.deb"]


@pytest.fixture
def one_package(monkeypatch):
    monkeypatch.setattr(odoo_source, "PrivateApt", OnePackage)
    monkeypatch.setattr(odoo_source, "_npm_file", lambda *args: b"blur")


def test_failed_unpacking_leaves_no_odoo(tmp_path, monkeypatch, one_package):
    def no_space(command):
        raise DevError("dpkg failed (no space left)")

    monkeypatch.setattr(odoo_source, "run", no_space)
    with pytest.raises(DevError, match="no space left"):
        odoo_source.ensure(tmp_path, {})
    assert not [p for p in tmp_path.glob("odoo-19*") if not p.name.endswith(".part")]


def test_missing_script_is_found_before_anybody_uses_it(tmp_path, monkeypatch, one_package):
    def unpack(command):
        tree = make_tree(command[-1] / "usr/lib/python3/dist-packages")
        (tree / "odoo/addons/jquery.js").symlink_to("nowhere.js")

    monkeypatch.setattr(odoo_source, "run", unpack)
    with pytest.raises(DevError, match=r"jquery\.js"):
        odoo_source.ensure(tmp_path, {})


def test_second_attempt_after_a_failure_succeeds(tmp_path, monkeypatch, one_package):
    (tmp_path / "odoo.lock").touch()
    for half in tmp_path.glob("odoo-19*"):
        half.rmdir()

    def unpack(command):
        make_tree(command[-1] / "usr/lib/python3/dist-packages")

    monkeypatch.setattr(odoo_source, "run", unpack)
    found = odoo_source.ensure(tmp_path, {})
    blur = found.addons[0] / odoo_source.BLUR_TARGET / odoo_source.BLUR_FILE
    assert blur.read_bytes() == b"blur"
    assert not (tmp_path / "apt").exists()


def test_without_npm_the_web_client_still_loads(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(odoo_source.shutil, "which", lambda program: None)
    monkeypatch.setattr("dev.console.time.sleep", lambda seconds: None)
    odoo_source._add_blur_library(tmp_path / "target", tmp_path)
    assert (tmp_path / "target" / odoo_source.BLUR_FILE).read_text().startswith("//")
    assert "no background blur: npm is not installed" in capsys.readouterr().out
