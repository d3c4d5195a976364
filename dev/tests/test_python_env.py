"""The virtual environment is complete, or built again."""

import re

import pytest

from dev import python_env
from dev.errors import DevError


def test_one_environment_per_requirements_and_interpreter():
    names = {
        python_env.folder_name(b"a==1", "3.11.7", "/usr"),
        python_env.folder_name(b"a==2", "3.11.7", "/usr"),
        python_env.folder_name(b"a==1", "3.12.1", "/usr"),
        python_env.folder_name(b"a==1", "3.11.7", "/usr/local"),
    }
    assert len(names) == 4


def test_every_requirement_is_pinned_with_hashes_and_names_no_index():
    text = python_env.REQUIREMENTS.read_text()
    assert not re.search(r"https?://|file:|--index|--find-links|--trusted", text)
    for requirement in re.split(r"\n(?=[a-z])", text)[1:]:
        assert re.match(r"[a-z0-9.-]+==\S+", requirement)
        assert "--hash=sha256:" in requirement


def test_interrupted_installation_is_repeated(tmp_path, monkeypatch):
    monkeypatch.setattr("dev.console.time.sleep", lambda seconds: None)
    monkeypatch.setattr(python_env, "_create", lambda folder: folder.mkdir())

    def offline(command):
        raise DevError("python failed (ERROR: no matching distribution)")

    monkeypatch.setattr(python_env, "run", offline)
    with pytest.raises(DevError, match="no matching distribution.*check the network"):
        python_env.ensure(tmp_path)
    monkeypatch.setattr(python_env, "run", lambda command: "")
    folder = python_env.ensure(tmp_path)
    assert (folder / "complete").exists()
    assert python_env.ensure(tmp_path) == folder


def test_python_without_venv_names_the_package(tmp_path, monkeypatch):
    def fail(command):
        raise DevError("python3 failed (ensurepip is not available)")

    monkeypatch.setattr(python_env, "run", fail)
    monkeypatch.setattr(python_env.apt, "can_install", lambda: False)
    with pytest.raises(DevError, match="ensurepip.*install the package python3-venv"):
        python_env._create(tmp_path / "venv")


def test_root_gets_the_missing_venv_package(tmp_path, monkeypatch):
    outcomes = iter([DevError("ensurepip is not available"), ""])
    installed = []

    def run(command):
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome

    monkeypatch.setattr(python_env, "run", run)
    monkeypatch.setattr(python_env.apt, "can_install", lambda: True)
    monkeypatch.setattr(python_env.apt, "install", installed.extend)
    python_env._create(tmp_path / "venv")
    assert installed == ["python3-venv"]
