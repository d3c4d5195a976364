"""`make setup`: everything that the other commands need, each part once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import config, odoo_source, postgres, programs, python_env
from .odoo_source import OdooSource
from .paths import Checkout, cache_folder
from .postgres import Connection, EmbeddedServer


@dataclass(frozen=True)
class Environment:
    """A checkout that is ready to run Odoo."""

    checkout: Checkout
    odoo: OdooSource
    venv: Path
    connection: Connection

    def database(self, purpose: str) -> str:
        return config.database_name(purpose, self.checkout, self.connection)

    def filestore(self, database: str) -> Path:
        return self.checkout.data / "filestore" / database

    def command(self, wrapper: str, *arguments: str | Path) -> list[str]:
        """Command line of a program of this environment."""
        return [str(self.checkout.bin / wrapper), *map(str, arguments)]


def python_environment(checkout: Checkout) -> Path:
    """The virtual environment alone, which is all that the checks need."""
    return python_env.ensure(cache_folder())


def prepare(checkout: Checkout) -> Environment:
    """Bring everything up; what is there already costs nothing."""
    external = postgres.external_connection()
    odoo = odoo_source.ensure(cache_folder())
    venv = python_environment(checkout)
    programs.ensure_browser()
    programs.ensure_wkhtmltopdf(venv, checkout.programs)
    if external:
        postgres.check_external(venv / "bin/python", external)
        connection = external
    else:
        server = EmbeddedServer(checkout, venv)
        server.start()
        connection = server.connection
    config.write(checkout, odoo, venv, connection)
    return Environment(checkout, odoo, venv, connection)


def start_postgres(checkout: Checkout, venv: Path) -> None:
    """What a wrapper calls when the private server does not answer."""
    EmbeddedServer(checkout, venv).start()
