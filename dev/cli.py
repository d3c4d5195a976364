"""The commands behind the Makefile."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import postgres, runner, serve, setup
from .console import say
from .errors import DevError
from .paths import Checkout, cache_folder

CHECKOUT = Checkout()


def command_help() -> int:
    """list the commands"""
    say("Commands, each as `make NAME`:")
    for name, command in COMMANDS.items():
        say(f"  {name:<12}{command.__doc__}")
    say(
        "Settings, as `make NAME SETTING=value`: ARGS (for pytest), HTTP_PORT and\n"
        "SERVE=0 (demo), ODOO_HOME, PGHOST PGPORT PGUSER PGPASSWORD, PYTHON,\n"
        "CREDIT_MGMT_CACHE."
    )
    return 0


def command_setup() -> int:
    """get Odoo, PostgreSQL, the Python packages and the programs, once"""
    environment = setup.prepare(CHECKOUT)
    wrappers = CHECKOUT.bin.relative_to(CHECKOUT.root)
    say(
        f"Ready: Odoo from {environment.odoo.python_path}; run {wrappers}/odoo, "
        f"{wrappers}/python, {wrappers}/pytest, or `make demo` and `make test`."
    )
    return 0


def command_demo() -> int:
    """rebuild the demo database, send today's reminders to files, serve Odoo"""
    return serve.demo(CHECKOUT, os.environ)


def command_test() -> int:
    """install every add-on in a fresh database and run all tests"""
    return runner.test(CHECKOUT, os.environ)


def command_lint() -> int:
    """check the style of Python, XML, translations and JavaScript"""
    python = setup.python_environment(CHECKOUT) / "bin/python"
    return subprocess.run([python, "-m", "dev.lint"], cwd=CHECKOUT.root).returncode


def command_stop() -> int:
    """stop the demo and the database server of this checkout"""
    if serve.stop(CHECKOUT):
        say("The demo is stopped.")
    if postgres.stop(CHECKOUT.postgres):
        say("The database server is stopped.")
    return 0


def command_clean() -> int:
    """remove everything generated in this checkout, private databases too"""
    command_stop()
    for folder in (CHECKOUT.state, CHECKOUT.build, CHECKOUT.socket_folder):
        _remove(folder)
    return 0


def command_clean_cache() -> int:
    """remove the downloads that all checkouts share"""
    _remove(cache_folder())
    return 0


def command_start_postgres() -> int:
    """start the private database server (the wrappers call this)"""
    setup.start_postgres(CHECKOUT, Path(sys.prefix))
    return 0


COMMANDS: dict[str, Callable[[], int]] = {
    "setup": command_setup,
    "demo": command_demo,
    "test": command_test,
    "lint": command_lint,
    "stop": command_stop,
    "clean": command_clean,
    "clean-cache": command_clean_cache,
    "help": command_help,
}


def main(arguments: list[str]) -> int:
    """Run one command; a DevError ends it with its sentence and nothing else."""
    os.umask(0o022)  # the database server's own user reads what is installed
    name = arguments[0] if arguments else "help"
    command = {**COMMANDS, "start-postgres": command_start_postgres}.get(name)
    if command is None:
        print(f"Error: there is no command {name}: see `make help`.", file=sys.stderr)
        return 2
    try:
        return command()
    except DevError as error:
        print(f"Error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"Error: {error}: correct this and run it again.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
    return 1


def _remove(folder: Path) -> None:
    if folder.is_dir():
        say(f"Removing {folder}")
        shutil.rmtree(folder)
