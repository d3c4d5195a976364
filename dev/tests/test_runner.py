"""What `make test` installs and runs, and which log lines it does not forgive."""

import pytest

from dev import runner
from dev.errors import DevError
from dev.paths import Checkout

LOG = """\
2026-01-02 03:04:05,678 12 INFO credit_test odoo.modules.loading: loading credit_mgmt
2026-01-02 03:04:05,678 12 WARNING credit_test odoo.http: a port is closed
2026-01-02 03:04:05,678 12 WARNING credit_test odoo.addons.credit_mgmt.models: odd
2026-01-02 03:04:05,678 12 WARNING credit_test odoo.fields: Field credit.dunning.run.x
2026-01-02 03:04:05,678 12 ERROR credit_test odoo.sql_db: bad query
Traceback (most recent call last):
"""


def test_errors_and_our_own_warnings_are_problems():
    problems = runner.log_problems(LOG)
    assert [line.split(": ", 1)[1] for line in problems] == [
        "odd",
        "Field credit.dunning.run.x",
        "bad query",
    ]


def test_add_ons_were_installed_without_a_complaint():
    """The log of this very run, if it installed anything."""
    log = Checkout().build / "test/install.log"
    problems = runner.log_problems(log.read_text() if log.exists() else "")
    assert not problems, "\n".join(problems)


@pytest.fixture
def checkout(tmp_path):
    manifests = {
        "credit_mgmt": "{'depends': ['account', 'mail']}",
        "credit_mgmt_sale": "{'depends': ['credit_mgmt', 'sale']}",
        "credit_mgmt_old": "{'depends': ['base'], 'installable': False}",
    }
    for name, text in manifests.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__manifest__.py").write_text(text)
    (tmp_path / "dev/tests").mkdir(parents=True)
    return Checkout(tmp_path)


def test_everything_installable_is_tested(checkout):
    addons = runner.installable_addons(checkout)
    assert addons == ["credit_mgmt", "credit_mgmt_sale"]
    assert runner.needed_modules(checkout, addons) == [
        "account",
        "contacts",
        "l10n_fr_account",
        "mail",
        "payment_demo",
        "sale",
        "stock_picking_batch",
    ]
    assert runner.pytest_arguments(checkout, addons) == [
        "--odoo-http",
        "--odoo-log-level=info",
        "credit_mgmt",
        "credit_mgmt_sale",
        "dev/tests",
    ]


def test_without_add_ons_odoo_is_not_loaded(tmp_path):
    assert runner.pytest_arguments(Checkout(tmp_path), []) == ["-p", "no:odoo"]


def test_broken_manifest_is_a_sentence(checkout):
    (checkout.root / "credit_mgmt/__manifest__.py").write_text("{'name': ")
    with pytest.raises(DevError, match="not a valid manifest"):
        runner.installable_addons(checkout)


class FakeEnvironment:
    def command(self, wrapper, *arguments):
        return [wrapper, *arguments]


def test_failed_installation_names_the_error_and_the_log(tmp_path, monkeypatch):
    log = tmp_path / "install.log"

    def fail(command):
        log.write_text(LOG)
        raise DevError("odoo failed (stopped)")

    monkeypatch.setattr(runner, "run", fail)
    with pytest.raises(DevError, match=r"bad query; see .*install\.log"):
        runner.install_modules(FakeEnvironment(), "db", ["credit_mgmt"], log)
