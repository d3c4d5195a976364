"""The database server: a private PostgreSQL per checkout, or the one PG* names."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .console import locked, run, say, step
from .errors import DevError
from .paths import Checkout
from .python_env import site_packages

MIN_VERSION = 13
ROLE = "odoo"  # Odoo refuses to work as `postgres`
SYSTEM_USER = "embedded_postgres"  # for root, whom PostgreSQL does not serve
PORT = 5432  # only a part of the socket's name: nothing listens on TCP
# Databases here are rebuilt at will, so speed is worth more than surviving a crash.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_connections": "100",
}


@dataclass(frozen=True)
class Connection:
    """How Odoo and libpq reach the server; empty parts are left to libpq."""

    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""
    external: bool = False

    def environment(self) -> dict[str, str]:
        values = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }
        return {name: value for name, value in values.items() if value}


def external_connection(environ: Mapping[str, str] = os.environ) -> Connection | None:
    """The server that the standard PG* variables name, or None."""
    if not any(environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER")):
        return None
    user = environ.get("PGUSER", "")
    if user == "postgres":
        raise DevError(
            "PGUSER is postgres, which Odoo refuses for safety: create another role "
            "with `createuser --createdb NAME` and set PGUSER to it."
        )
    return Connection(
        environ.get("PGHOST", ""),
        environ.get("PGPORT", ""),
        user,
        environ.get("PGPASSWORD", ""),
        external=True,
    )


def check_server(version: int, may_create: bool) -> None:
    """Refuse a server that Odoo cannot use; `version` as in server_version_num."""
    if version < MIN_VERSION * 10000:
        raise DevError(
            f"The PostgreSQL server of PGHOST has version {version // 10000} where "
            f"{MIN_VERSION} or newer is needed: name a newer one, or unset the PG* "
            "variables to have a private one."
        )
    if not may_create:
        raise DevError(
            "The PostgreSQL role of PGUSER may not create databases: run "
            "`ALTER ROLE ... CREATEDB` as its administrator, or unset the PG* "
            "variables to have a private server."
        )


def check_external(python: Path, connection: Connection) -> None:
    """Connect once; the driver lives in the virtual environment, hence the program."""
    program = (
        "import psycopg2, sys\n"
        "try:\n"
        "    connection = psycopg2.connect(dbname='postgres', connect_timeout=10)\n"
        "except psycopg2.OperationalError as error:\n"
        "    sys.exit(str(error).strip().splitlines()[0])\n"
        "cursor = connection.cursor()\n"
        "cursor.execute('SELECT rolcreatedb OR rolsuper FROM pg_roles"
        " WHERE rolname = current_user')\n"
        "print(connection.server_version, cursor.fetchone()[0])\n"
    )
    try:
        version, may_create = run([python, "-c", program]).split()
    except DevError as error:
        raise DevError(
            f"The PostgreSQL server of PGHOST does not answer: {error}; correct the "
            "PG* variables, or unset them to have a private server."
        ) from error
    check_server(int(version), may_create == "True")


class EmbeddedServer:
    """The private server of a checkout, on a unix socket that only its owner enters."""

    def __init__(self, checkout: Checkout, venv: Path) -> None:
        self.checkout = checkout
        self.data = checkout.postgres
        self.sockets = checkout.socket_folder
        self.bin = site_packages(venv) / "embedded_postgres/pginstall/bin"

    @property
    def connection(self) -> Connection:
        return Connection(str(self.sockets), str(PORT), ROLE)

    def start(self) -> None:
        """Start the server unless it runs; create its data folder the first time."""
        with locked(self.checkout.state / "postgres.lock", "the database server"):
            if running_pid(self.data) and self._socket.exists():
                return
            stop(self.data)
            if not (self.bin / "pg_ctl").exists():
                raise DevError("The database server is not installed: run `make setup`.")
            self._discard_other_version()
            if not self.data.exists():
                with step("Creating the database server of this checkout"):
                    self._create()
            self._make_socket_folder()
            log = self.data / "server.log"
            self._run(
                "pg_ctl", "start", "--silent", "--wait", "--timeout=60",
                "-D", self.data, "-l", log, "-o", self._options(),
            )  # fmt: skip

    @property
    def _socket(self) -> Path:
        return self.sockets / f".s.PGSQL.{PORT}"

    def _options(self) -> str:
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)}
        return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())

    def _create(self) -> None:
        """Build the data folder beside its place, so that a half one is never used."""
        fresh = self.data.with_name(self.data.name + ".part")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        if owner := server_user():
            open_way_to(fresh.parent)
            open_way_to(self.bin)
            os.chown(fresh, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", fresh, "-U", ROLE, "--auth=trust", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        fresh.rename(self.data)

    def _discard_other_version(self) -> None:
        """A newer package brings a newer server, which cannot read the old files."""
        version_file = self.data / "PG_VERSION"
        if not version_file.exists():
            shutil.rmtree(self.data, ignore_errors=True)
            return
        program = self._run("postgres", "--version").split()[2].split(".")[0]
        if version_file.read_text().strip() != program:
            say(f"PostgreSQL {program} replaces the older one: databases are made anew.")
            shutil.rmtree(self.data)

    def _make_socket_folder(self) -> None:
        owner = server_user()
        uid = owner.pw_uid if owner else os.getuid()
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.getuid()):
            raise DevError(f"{self.sockets} belongs to another user: remove it and try again.")
        os.chown(self.sockets, uid, -1)
        self.sockets.chmod(0o700)

    def _run(self, program: str, *arguments: str | Path) -> str:
        """Run a server program, as root in the name of its own system user."""
        owner = server_user()
        return run(
            [self.bin / program, *arguments],
            cwd=Path("/"),
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
        )


def server_user() -> pwd.struct_passwd | None:
    """The system user that runs the server when we are root; created if need be."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        shell = "/usr/sbin/nologin"
        run(["useradd", "--system", "--no-create-home", "--shell", shell, SYSTEM_USER])
        return pwd.getpwnam(SYSTEM_USER)


def open_way_to(folder: Path) -> None:
    """Let the server's user pass through the folders above its files, nothing more."""
    for parent in [folder, *folder.parents]:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            say(f"   {parent}: passage (chmod o+x) allowed for the database server")
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def running_pid(data: Path) -> int | None:
    """Process id of the server on this data folder, where its working folder is."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        working_folder = Path(f"/proc/{pid}/cwd").readlink()
    except (OSError, ValueError, IndexError):
        return None
    return pid if working_folder == data.resolve() else None


def stop(data: Path, patience: float = 30.0) -> bool:
    """Stop the server of a data folder; True if one was running."""
    pid = running_pid(data)
    if pid is None:
        return False
    os.kill(pid, signal.SIGINT)  # "fast": ends sessions, then shuts down in order
    deadline = time.monotonic() + patience
    while running_pid(data) == pid:
        if time.monotonic() > deadline:
            raise DevError(f"The database server (process {pid}) does not stop: kill it.")
        time.sleep(0.05)
    return True
