"""Databases and their filestores, by `.dev/bin/python -m dev.database`.

Runs in the virtual environment for its PostgreSQL driver; libpq's variables, set by
the wrapper, name the server.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import psycopg2
from psycopg2 import sql


class Databases:
    """Whole databases, each with the folder of files that Odoo keeps beside it."""

    def __init__(self, filestores: Path) -> None:
        self.filestores = filestores
        self.connection = psycopg2.connect(dbname="postgres")
        self.connection.autocommit = True  # CREATE DATABASE allows no transaction

    def names(self, prefix: str) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
                [prefix],
            )
            return [name for (name,) in cursor.fetchall()]

    def drop(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        shutil.rmtree(self.filestores / name, ignore_errors=True)

    def copy(self, template: str, name: str) -> None:
        """Files are named by their content and never rewritten, so a link will do."""
        self.drop(name)
        source = self.filestores / template
        if source.is_dir():
            shutil.copytree(source, self.filestores / name, copy_function=os.link)
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)

    def rename(self, old: str, new: str) -> None:
        if (self.filestores / old).is_dir():
            (self.filestores / old).rename(self.filestores / new)
        self._execute("ALTER DATABASE {} RENAME TO {}", old, new)

    def _execute(self, statement: str, *names: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filestores", type=Path, required=True)
    parser.add_argument("action", choices=["names", "drop", "copy", "rename"])
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    databases = Databases(options.filestores)
    result = getattr(databases, options.action)(*options.names)
    print("\n".join(result or []))


if __name__ == "__main__":
    main()
