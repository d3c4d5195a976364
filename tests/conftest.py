"""A database with credit_mgmt installed, for the tests to copy."""

from types import SimpleNamespace

import pytest

from bench import databases


@pytest.fixture(scope="session")
def installed():
    """The installed add-on: name of the database, its log, and one without ours."""
    before, database = databases.name("before"), databases.name("installed")
    log = databases.CHECKOUT.build / "test/acceptance-install.log"
    manager = databases.manager()
    try:
        databases.create(before)
        manager.copy(before, database)
        databases.run_odoo(database, "-i", "credit_mgmt", log=log)
        yield SimpleNamespace(name=database, before=before, log=log)
    finally:
        manager.drop(database)
        manager.drop(before)


@pytest.fixture
def database(installed):
    """A database of one test with credit_mgmt installed."""
    name = databases.name("acceptance")
    databases.manager().copy(installed.name, name)
    yield name
    databases.manager().drop(name)
