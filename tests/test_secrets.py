"""No secret of the tests' accounts stands in a log line of the whole test run."""

import re

import pytest

from bench import databases
from tests import ar24

LOG = databases.CHECKOUT.build / "test/odoo.log"


def test_no_secret_in_the_log():
    """The add-ons' tests have run before, at AR24's server and at its webhook."""
    if not LOG.exists():
        pytest.skip("`make test` writes the log")
    common = (ar24.FOLDER / "common.py").read_text()
    secrets = re.findall(r'^(?:TOKEN|PRIVATE_KEY|WEBHOOK_KEY) = "(.+)"$', common, re.M)
    assert len(secrets) == 3
    secrets += [ar24.TOKEN, ar24.PRIVATE_KEY]
    found, lines = set(), 0
    with LOG.open(errors="replace") as log:
        for line in log:
            lines += "AR24 POST mail" in line or "/credit_mgmt/registered/***" in line
            found |= {secret for secret in secrets if secret in line}
    assert lines, "the tests of AR24 have left no trace"
    assert not found
