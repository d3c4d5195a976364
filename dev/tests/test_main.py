"""The entry point ends in one sentence, on Pythons that cannot run the rest too."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev import __main__ as entry
from dev.paths import REPOSITORY


@pytest.mark.parametrize("version", [(2, 7), (3, 9, 18), (3, 14, 0)])
def test_python_that_odoo_cannot_use(version):
    problem = entry.python_problem(version)
    assert "Python {}.{} ".format(*version[:2]) in problem
    assert "PYTHON=" in problem


@pytest.mark.parametrize("version", [(3, 10, 0), (3, 11, 7), (3, 13, 9)])
def test_python_that_odoo_can_use(version):
    assert entry.python_problem(version) is None


def test_entry_point_parses_on_old_python():
    ast.parse(Path(entry.__file__).read_text(), feature_version=(3, 4))


def dev(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "dev", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_help_names_every_command():
    output = dev("help").stdout
    for command in ("setup", "demo", "test", "lint", "stop", "clean", "clean-cache"):
        assert f"  {command} " in output


def test_unknown_command_is_one_sentence():
    result = dev("tset")
    assert result.returncode == 2
    assert result.stderr == "Error: there is no command tset: see `make help`.\n"


def test_bad_odoo_home_is_one_sentence(tmp_path):
    result = dev("setup", ODOO_HOME=str(tmp_path / "nowhere"))
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ODOO_HOME is ")
    assert result.stderr.count("\n") == 1


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    result = dev("lint", CREDIT_MGMT_CACHE=str(blocked / "cache"))
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
