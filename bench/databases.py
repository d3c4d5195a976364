"""Databases of the benchmarks and of the acceptance tests, in the server of `make setup`.

Run through `.dev/bin/python` or `.dev/bin/pytest`, which name the server.
"""

from __future__ import annotations

import configparser
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from dev.database import Databases
from dev.paths import Checkout

CHECKOUT = Checkout()


def name(purpose: str) -> str:
    """Name of a database, in the pattern of the test database (see dev.config)."""
    options = configparser.RawConfigParser()
    options.read(CHECKOUT.test_conf)
    return options["options"]["db_name"].replace("credit_test", f"credit_{purpose}", 1)


def manager() -> Databases:
    return Databases(CHECKOUT.data / "filestore")


def create(database: str) -> None:
    """A fresh database with Odoo's own modules, ours not installed yet.

    The template of `make test` is copied where there is one: that takes seconds.
    """
    databases = manager()
    templates = databases.names(name("template") + "_")
    template = next((t for t in templates if not t.endswith("unfinished")), None)
    if template:
        databases.copy(template, database)
    else:
        databases.drop(database)
        run_odoo(database, "-i", "account", log=CHECKOUT.build / "bench/template.log")


def run_odoo(database: str, *arguments: str, log: Path) -> None:
    """Run Odoo once on a database; its log is left in a file.

    :raises RuntimeError: Odoo failed
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    command = [str(CHECKOUT.bin / "odoo"), "-d", database, *arguments]
    command += ["--logfile", str(log), "--stop-after-init", "--no-http"]
    result = subprocess.run([*command, "--max-cron-threads=0"], capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"Odoo failed, see {log}: {result.stderr[-2000:]}")


def query(database: str, statement: str, *values: Any) -> list[tuple]:
    """Read a database in a connection of its own, beside Odoo."""
    connection = psycopg2.connect(dbname=database)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()
    finally:
        connection.close()


@contextmanager
def environment(database: str, *options: str) -> Iterator[Any]:
    """An Odoo environment of the superuser; what is not committed is rolled back."""
    import odoo
    from odoo import api
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-d", database, *options], setup_logging=True)
    with Registry(database).cursor() as cursor:
        yield api.Environment(cursor, api.SUPERUSER_ID, {})
        cursor.rollback()
