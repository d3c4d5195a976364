"""Chromium and wkhtmltopdf: found, installed, or asked for."""

import pytest

from dev import programs
from dev.errors import DevError


def make_program(path, output):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}")
    monkeypatch.setattr(programs.apt, "can_install", lambda: False)
    return tmp_path / "path"


def test_missing_browser_is_a_warning_at_setup(empty_path, capsys):
    programs.ensure_browser()
    assert "Warning: Chromium is missing" in capsys.readouterr().out


def test_missing_browser_ends_the_tests(empty_path):
    with pytest.raises(DevError, match="would be skipped: install it"):
        programs.require_browser()


def test_browser_on_path_is_used(empty_path):
    make_program(empty_path / "chromium", "")
    programs.require_browser()


def test_root_gets_chromium_installed(empty_path, monkeypatch, capsys):
    def install(packages):
        make_program(empty_path / packages[0], "")

    monkeypatch.setattr(programs.apt, "can_install", lambda: True)
    monkeypatch.setattr(programs.apt, "install", install)
    programs.ensure_browser()
    programs.require_browser()
    assert "Warning" not in capsys.readouterr().out


@pytest.fixture
def shell_path(tmp_path, monkeypatch):
    """PATH with a folder of ours before the machine's (the fakes need a shell)."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.setattr(programs.apt, "can_install", lambda: False)
    return tmp_path / "path"


def link_of(tmp_path):
    programs.ensure_wkhtmltopdf(tmp_path / "venv", tmp_path / "programs")
    return (tmp_path / "programs/wkhtmltopdf").readlink()


def test_patched_program_on_path_is_preferred(tmp_path, shell_path):
    own = make_program(shell_path / "wkhtmltopdf", "0.12.6 (with patched qt)")
    make_program(tmp_path / "venv/bin/wkhtmltopdf-pack", "0.12.3 (with patched qt)")
    assert link_of(tmp_path) == own


def test_unpatched_program_is_passed_over(tmp_path, shell_path):
    make_program(shell_path / "wkhtmltopdf", "0.12.6")
    packed = make_program(tmp_path / "venv/bin/wkhtmltopdf-pack", "0.12.3 (with patched qt)")
    assert link_of(tmp_path) == packed
    assert link_of(tmp_path) == packed


def test_program_that_does_not_start_names_the_libraries(tmp_path, shell_path):
    make_program(shell_path / "wkhtmltopdf", "0.12.6")
    with pytest.raises(DevError, match="libxrender1"):
        link_of(tmp_path)
