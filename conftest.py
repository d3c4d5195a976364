"""Rules for every test run: in `make test`, a skipped test has failed.

pytest-odoo and Odoo skip browser tests silently where no browser or server is found;
what was not run must not look as if it had passed.
"""

import os

import pytest

# Node ids of tests that may be skipped, each with the reason beside it.
ALLOWED_SKIPS = frozenset()

SKIPS_FAIL = bool(os.environ.get("CREDIT_MGMT_NO_SKIPS"))


def _fail_if_skipped(report):
    """Turn the report of a skipped test (not of an expected failure) into a failure."""
    if not (SKIPS_FAIL and report.skipped) or hasattr(report, "wasxfail"):
        return
    if report.nodeid in ALLOWED_SKIPS:
        return
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped, which counts as failed here: " + str(
        report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    _fail_if_skipped(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    outcome = yield
    _fail_if_skipped(outcome.get_result())
