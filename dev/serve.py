"""`make demo`: a database with demo data, today's reminders as files, Odoo served."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from . import runner, setup
from .console import say, step
from .errors import DevError
from .paths import Checkout
from .setup import Environment

ODOO_MODULES = ("contacts", "l10n_fr_account")
# English has to be named, or French alone stays active.
LANGUAGES = "en_US,fr_FR"
DEFAULT_PORT = 8069
LOOPBACK = "127.0.0.1"


def demo(checkout: Checkout, environ: Mapping[str, str]) -> int:
    """Build, run the batch and serve, until Ctrl-C or `make stop`."""
    serving = environ.get("SERVE", "1") != "0"
    with _only_demo(checkout), _signals_as_interrupt():
        port = choose_port(environ.get("HTTP_PORT", ""), serving)
        try:
            _build_and_serve(setup.prepare(checkout), port, serving)
        except KeyboardInterrupt:
            say("\nThe demo is stopped.")
    return 0


def choose_port(wanted: str, serving: bool) -> int:
    """The port to serve Odoo on; a passing server takes any free one."""
    if not wanted and not serving:
        return free_port()
    if wanted and not (wanted.isdigit() and 0 < int(wanted) < 65536):
        raise DevError(f"HTTP_PORT is {wanted}: set it to a number from 1 to 65535.")
    port = int(wanted or DEFAULT_PORT)
    if not is_free(port):
        raise DevError(
            f"Port {port} is taken by another program: stop that one, or choose "
            f"another port, for example `make demo HTTP_PORT={free_port()}`."
        )
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def stop(checkout: Checkout, patience: float = 40.0) -> bool:
    """Stop the demo of this checkout; True if one was running.

    The demo holds a lock on the file with its process id, so the id is never stale.
    """
    deadline = time.monotonic() + patience
    asked = False
    while pid := _demo_pid(checkout):
        if not asked:
            os.kill(pid, signal.SIGTERM)
            asked = True
        if time.monotonic() > deadline:
            raise DevError(f"The demo (process {pid}) does not stop: kill it.")
        time.sleep(0.1)
    return asked


def _demo_pid(checkout: Checkout) -> int | None:
    path = checkout.state / "demo.lock"
    if not path.exists():
        return None
    with path.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(handle.read() or 0) or None
    return None


@contextmanager
def _only_demo(checkout: Checkout) -> Iterator[None]:
    checkout.state.mkdir(exist_ok=True)
    with (checkout.state / "demo.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DevError(
                "A demo of this checkout is running: stop it first with `make stop`."
            ) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """`make stop` and a closed terminal end the demo as Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    previous = {
        number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program beside ours, out of the reach of Ctrl-C, ended in order with ours."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DevError(f"{Path(str(log)).stem} does not start: see {log}.")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=5):
            return True
    except OSError:
        return False


@contextmanager
def _mail_sink(environment: Environment, folder: Path) -> Iterator[int]:
    """The SMTP sink, on the port of odoo.conf unless a stranger has taken it."""
    port = environment.checkout.smtp_port
    port = port if is_free(port) else free_port()
    command = environment.command(
        "python", "-m", "dev.smtp_sink", "--port", str(port), "--dir", folder
    )
    log = folder.parent / "sink.log"
    with _process(command, log) as process:
        _wait_for(lambda: _accepts(port), process, log)
        yield port


@dataclass(frozen=True)
class _Ar24:
    """The test server of AR24's interface, and the account that it knows."""

    port: int
    token: str
    key: str

    def options(self) -> list[str]:
        """Return what dev.demo is told of it."""
        url = f"http://{LOOPBACK}:{self.port}/api/"
        return ["--ar24-url", url, "--ar24-token", self.token, "--ar24-key", self.key]


@contextmanager
def _ar24_server(environment: Environment, folder: Path) -> Iterator[_Ar24]:
    """A server that speaks AR24's protocol: letters in it are accepted when asked about."""
    ar24 = _Ar24(free_port(), secrets.token_hex(8), secrets.token_hex(8))
    command = environment.command(
        "python", environment.checkout.root / "credit_mgmt_ar24/tests/server.py",
        "--port", str(ar24.port), "--token", ar24.token, "--key", ar24.key,
    )  # fmt: skip
    log = folder / "ar24.log"
    with _process(command, log) as process:
        _wait_for(lambda: _accepts(ar24.port), process, log)
        yield ar24


@contextmanager
def _odoo_server(
    environment: Environment, port: int, smtp_port: int, log: Path, *more: str
) -> Iterator[subprocess.Popen[bytes]]:
    database = environment.database("demo")
    command = environment.command(
        "odoo", "-d", database, "--db-filter", f"^{database}$",
        "--http-port", str(port), "--gevent-port", str(free_port()),
        "--smtp-port", str(smtp_port), *more,
    )  # fmt: skip
    with _process(command, log) as process:
        url = f"http://{LOOPBACK}:{port}/web/health"
        _wait_for(lambda: _answers(url), process, log)
        yield process


def _build_and_serve(environment: Environment, port: int, serving: bool) -> None:
    folder = environment.checkout.build / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("mail", "letters", "proofs"):
        (folder / name).mkdir(parents=True)
    database = environment.database("demo")
    template = _template(environment, folder / "template.log")
    with step("Creating the demo data (about a minute)"):
        runner.manage_database(environment, "copy", template, database)
        runner.install_modules(
            environment, database, environment.checkout.addons(),
            folder / "install.log", "--with-demo",
        )  # fmt: skip
    with (
        _mail_sink(environment, folder / "mail") as smtp_port,
        _ar24_server(environment, folder) as ar24,
    ):
        # Scheduled jobs wait meanwhile: what is sent now is the batch and nothing else.
        with _odoo_server(
            environment, port, smtp_port, folder / "server.log", "--max-cron-threads=0"
        ):
            _run_batch(environment, port, smtp_port, folder, ar24)
        if serving:
            _serve(environment, port, smtp_port, folder)


def _template(environment: Environment, log: Path) -> str:
    """Database with Odoo's own modules and demo data, made once per version of Odoo.

    The French chart of accounts must be there before our add-ons create their companies.
    """
    seed = f"{environment.odoo.key} {ODOO_MODULES} {LANGUAGES}"
    prefix = environment.database("demo_template")
    name = f"{prefix}_{hashlib.sha256(seed.encode()).hexdigest()[:8]}"
    present = runner.manage_database(environment, "names", prefix + "_")
    if name in present:
        return name
    for outdated in present:
        runner.manage_database(environment, "drop", outdated)
    with step(f"Creating a database with {', '.join(ODOO_MODULES)} (about a minute)"):
        unfinished = f"{prefix}_unfinished"
        runner.install_modules(
            environment, unfinished, ODOO_MODULES, log,
            "--with-demo", f"--load-language={LANGUAGES}",
        )  # fmt: skip
        runner.manage_database(environment, "rename", unfinished, name)
    return name


def _run_batch(
    environment: Environment, port: int, smtp_port: int, folder: Path, ar24: _Ar24
) -> None:
    """Today's reminders, by a program in an Odoo environment; it prints the summary."""
    say("-> Today's reminders ...")
    command = environment.command(
        "python", "-m", "dev.demo", "--database", environment.database("demo"),
        "--smtp-port", str(smtp_port), "--port", str(port), "--folder", folder, *ar24.options(),
    )  # fmt: skip
    if subprocess.run(command).returncode:
        raise DevError(f"Today's reminders failed: see above and {folder / 'batch.log'}.")
    shown = folder.relative_to(environment.checkout.root)
    mails = len(list((folder / "mail").glob("*.eml")))
    letters = len(list((folder / "letters").glob("*.pdf")))
    proofs = len(list((folder / "proofs").glob("*.pdf")))
    say(
        f"Files: {mails} e-mails in {shown}/mail, {letters - 1} letters and all of them in one "
        f"file in {shown}/letters, {proofs} proofs of registered e-letters in {shown}/proofs, "
        f"this summary in {shown}/summary.txt."
    )


def _serve(environment: Environment, port: int, smtp_port: int, folder: Path) -> None:
    with _odoo_server(environment, port, smtp_port, folder / "server.log") as process:
        say(
            f"\nOdoo: http://localhost:{port}\n"
            "Users, each with the login as password: admin, manager (credit manager), collector\n"
            "(credit user), seller (salesperson: the own customers). All but admin in French.\n"
            "Today's runs: Credit Management > Reminders > Reminder Runs. The debts: Credit\n"
            "Management > Receivables. A formal notice went through AR24's test server:\n"
            "Credit Management > Reminders > Registered Letters. The second company is in\n"
            "the company menu, top right.\n"
            "Ctrl-C stops it."
        )
        process.wait()
    raise DevError(f"The Odoo server has ended by itself: see {folder / 'server.log'}.")
