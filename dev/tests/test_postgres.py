"""Which database server is used; and the private one, really, if it is installed."""

import os
import subprocess
import sys

import pytest

from dev import postgres
from dev.errors import DevError
from dev.paths import Checkout


def test_private_server_unless_pg_variables_are_set():
    assert postgres.external_connection({}) is None
    assert postgres.external_connection({"PGPASSWORD": "x"}) is None


def test_pg_variables_name_the_server():
    found = postgres.external_connection(
        {"PGHOST": "db", "PGPORT": "5433", "PGUSER": "me", "PGPASSWORD": "secret"}
    )
    assert found == postgres.Connection("db", "5433", "me", "secret", external=True)
    assert postgres.Connection("db").environment() == {"PGHOST": "db"}


def test_role_that_odoo_refuses():
    with pytest.raises(DevError, match="PGUSER is postgres.*createuser"):
        postgres.external_connection({"PGHOST": "db", "PGUSER": "postgres"})


def test_server_too_old():
    with pytest.raises(DevError, match="version 12 where 13 or newer"):
        postgres.check_server(120022, True)


def test_role_without_right_to_create():
    with pytest.raises(DevError, match="CREATEDB"):
        postgres.check_server(150003, False)


def test_server_that_suits():
    postgres.check_server(130000, True)


def test_server_that_does_not_answer(monkeypatch):
    def fail(command):
        raise DevError("python failed (connection refused)")

    monkeypatch.setattr(postgres, "run", fail)
    with pytest.raises(DevError, match=r"connection refused.*unset them"):
        postgres.check_external("python", postgres.Connection("db", external=True))


def test_stale_process_id_is_no_server(tmp_path):
    assert postgres.running_pid(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert postgres.running_pid(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("")
    assert postgres.running_pid(tmp_path) is None
    assert postgres.stop(tmp_path) is False


def test_running_server_is_stopped_in_order(tmp_path):
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as sleeper:
        (tmp_path / "postmaster.pid").write_text(f"{sleeper.pid}\n")
        assert postgres.running_pid(tmp_path) == sleeper.pid
        sleeper.send_signal(2)
        sleeper.wait(10)
    assert postgres.stop(tmp_path) is False


def test_long_paths_get_a_short_socket(tmp_path, monkeypatch):
    deep = Checkout(tmp_path / ("long" * 40))
    assert len(str(deep.socket_folder)) < 90
    monkeypatch.setattr("dev.paths.tempfile.gettempdir", lambda: "/t" * 60)
    assert str(deep.socket_folder).startswith("/tmp/credit-mgmt-")
    assert deep.socket_folder != Checkout(tmp_path).socket_folder


def test_private_server_starts_answers_and_stops(tmp_path):
    psycopg2 = pytest.importorskip("psycopg2")
    tmp_path.chmod(0o755)
    checkout = Checkout(tmp_path / "checkout")
    server = postgres.EmbeddedServer(checkout, postgres.Path(sys.prefix))
    server.start()
    server.start()
    try:
        connection = psycopg2.connect(
            host=server.connection.host,
            port=server.connection.port,
            user=server.connection.user,
            dbname="postgres",
        )
        assert connection.server_version >= postgres.MIN_VERSION * 10000
        with connection.cursor() as cursor:
            cursor.execute("SELECT lower('É'), current_setting('listen_addresses')")
            assert cursor.fetchone() == ("é", "")
        connection.close()
    finally:
        assert postgres.stop(checkout.postgres)
    assert postgres.running_pid(checkout.postgres) is None
