"""`make test`: a fresh database with every add-on installed, then pytest, once."""

from __future__ import annotations

import ast
import hashlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from . import programs, setup
from .console import locked, run, step
from .errors import DevError
from .paths import Checkout
from .setup import Environment

# In the tests' database beside what our add-ons depend on.
EXTRA_MODULES = ("contacts", "l10n_fr_account", "payment_demo", "stock_picking_batch")
TEST_FOLDERS = ("dev/tests", "tests", "bench/tests")
LOG_LINE = re.compile(r"^\S+ \S+ \d+ (?P<level>WARNING|ERROR|CRITICAL) \S+ (?P<text>\S+: .*)", re.M)
OURS = re.compile(r"credit[._](mgmt|dunning|receivable|aged|promise|dispute|payment|"
                  r"limit|group|alert|risk|payer|interest|kpi|legal)")  # fmt: skip


def test(checkout: Checkout, environ: Mapping[str, str]) -> int:
    """Run all tests in one pytest process, which prints the closing line."""
    environment = setup.prepare(checkout)
    programs.require_browser()
    addons = installable_addons(checkout)
    with locked(checkout.state / "test.lock", "another `make test` of this checkout"):
        logs = checkout.build / "test"
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir(parents=True)
        if addons:
            _install(environment, addons, logs)
        command = environment.command("pytest", *pytest_arguments(checkout, addons))
        command += shlex.split(environ.get("ARGS") or environ.get("PYTEST_ARGS") or "")
        strict = {**environ, "CREDIT_MGMT_NO_SKIPS": "1"}
        return subprocess.run(command, cwd=checkout.root, env=strict).returncode


def pytest_arguments(checkout: Checkout, addons: Iterable[str]) -> list[str]:
    """Options and folders for pytest; without add-ons there is no Odoo to load."""
    folders = [name for name in TEST_FOLDERS if (checkout.root / name).is_dir()]
    if not (names := list(addons)):
        return ["-p", "no:odoo", *folders]
    return ["--odoo-http", "--odoo-log-level=info", *names, *folders]


def manifest(checkout: Checkout, addon: str) -> dict[str, object]:
    path = checkout.root / addon / "__manifest__.py"
    try:
        return dict(ast.literal_eval(path.read_text()))
    except (ValueError, SyntaxError, TypeError) as error:
        raise DevError(f"{path} is not a valid manifest: correct it ({error}).") from error


def installable_addons(checkout: Checkout) -> list[str]:
    return [name for name in checkout.addons() if manifest(checkout, name).get("installable", True)]


def needed_modules(checkout: Checkout, addons: list[str]) -> list[str]:
    """Odoo's own modules that our add-ons stand on."""
    needed = set(EXTRA_MODULES)
    for addon in addons:
        needed.update(manifest(checkout, addon).get("depends", []))  # type: ignore[arg-type]
    return sorted(needed.difference(addons))


def log_problems(text: str) -> list[str]:
    """Lines of an install log that nobody may ignore: errors, and warnings about us."""
    return [
        match.group(0)
        for match in LOG_LINE.finditer(text)
        if match["level"] != "WARNING" or OURS.search(match["text"])
    ]


def install_modules(
    environment: Environment,
    database: str,
    modules: Iterable[str],
    log: Path,
    *more: str,
) -> None:
    """Install modules with Odoo itself; the log is kept for a person to read."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    command = environment.command("odoo", "-d", database, "-i", ",".join(modules))
    command += ["--logfile", str(log), "--stop-after-init", "--no-http"]
    try:
        run([*command, "--max-cron-threads=0", *more])
    except DevError as error:
        text = log.read_text() if log.exists() else ""
        problem = (log_problems(text) or [str(error)])[-1]
        raise DevError(
            f"The add-ons could not be installed: {problem.rstrip('.')}; see {log}."
        ) from error


def manage_database(environment: Environment, action: str, *names: str) -> list[str]:
    filestores = environment.filestore("")
    command = ["-m", "dev.database", "--filestores", filestores, action, *names]
    return run(environment.command("python", *command)).split()


def _install(environment: Environment, addons: list[str], logs: Path) -> None:
    """Copy the template with Odoo's own modules and install our add-ons into it.

    Only our add-ons are then installed, so whatever that log complains of is ours.
    """
    database = environment.database("test")
    template = _template(environment, addons, logs)
    with step(f"Installing {', '.join(addons)}"):
        manage_database(environment, "copy", template, database)
        install_modules(environment, database, addons, logs / "install.log")


def _template(environment: Environment, addons: list[str], logs: Path) -> str:
    """Database with the modules that ours depend on, made once per version of Odoo."""
    modules = needed_modules(environment.checkout, addons)
    seed = environment.odoo.key + ",".join(modules)
    prefix = environment.database("template")
    name = f"{prefix}_{hashlib.sha256(seed.encode()).hexdigest()[:8]}"
    present = manage_database(environment, "names", prefix + "_")
    if name in present:
        return name
    for outdated in present:
        manage_database(environment, "drop", outdated)
    with step(f"Creating a database with {', '.join(modules)} (about a minute)"):
        unfinished = f"{prefix}_unfinished"
        install_modules(environment, unfinished, modules, logs / "template.log")
        manage_database(environment, "rename", unfinished, name)
    return name
