"""A skipped test fails the run of `make test`, an expected failure does not."""

import os
import shutil
import subprocess
import sys

import pytest

from dev.paths import REPOSITORY

TESTS = {
    "passes": "def test_it(): pass",
    "skips": "import pytest\ndef test_it(): pytest.skip('no browser')",
    "class": (
        "import unittest\nclass TestIt(unittest.TestCase):\n"
        "    @classmethod\n    def setUpClass(cls): raise unittest.SkipTest('none')\n"
        "    def test_it(self): pass"
    ),
    "module": "import pytest\npytest.skip('no', allow_module_level=True)",
    "xfails": "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False",
    "broken": "import no_such_module",
}


@pytest.mark.parametrize(
    ("test", "strict", "code"),
    [
        ("passes", True, 0),
        ("skips", True, 1),
        ("class", True, 1),
        ("module", True, 2),
        ("xfails", True, 0),
        ("skips", False, 0),
        ("broken", False, 2),
    ],
)
def test_exit_code(tmp_path, test, strict, code):
    shutil.copy(REPOSITORY / "conftest.py", tmp_path)
    (tmp_path / "test_one.py").write_text(TESTS[test])
    environment = {
        **os.environ,
        "CREDIT_MGMT_NO_SKIPS": "1" if strict else "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    environment.pop("PYTEST_ADDOPTS", None)
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", tmp_path],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == code, result.stdout
    if strict and code == 1:
        assert "counts as failed" in result.stdout
