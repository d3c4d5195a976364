"""Ports of the demo, and stopping it."""

import os
import socket
import subprocess
import sys

import pytest

from dev import serve
from dev.errors import DevError
from dev.paths import REPOSITORY, Checkout


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind((serve.LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_taken_port_names_the_remedy(taken_port):
    with pytest.raises(DevError, match=rf"Port {taken_port} is taken.*HTTP_PORT=\d+"):
        serve.choose_port(str(taken_port), serving=True)


def test_free_port_is_used():
    port = serve.free_port()
    assert serve.choose_port(str(port), serving=True) == port


def test_passing_server_takes_any_free_port(monkeypatch, taken_port):
    monkeypatch.setattr(serve, "DEFAULT_PORT", taken_port)
    assert serve.is_free(serve.choose_port("", serving=False))
    with pytest.raises(DevError):
        serve.choose_port("", serving=True)


@pytest.mark.parametrize("wanted", ["http", "0", "70000", "-1"])
def test_port_that_is_no_port(wanted):
    with pytest.raises(DevError, match="HTTP_PORT is"):
        serve.choose_port(wanted, serving=True)


def test_program_that_ends_at_once_names_its_log(tmp_path):
    log = tmp_path / "server.log"
    with serve._process([sys.executable, "-c", ""], log) as process:
        with pytest.raises(DevError, match=r"server does not start: see .*server\.log"):
            serve._wait_for(lambda: False, process, log)


def test_nothing_to_stop(tmp_path):
    assert serve.stop(Checkout(tmp_path)) is False


def test_stale_lock_file_is_no_demo(tmp_path):
    checkout = Checkout(tmp_path)
    checkout.state.mkdir()
    (checkout.state / "demo.lock").write_text(str(os.getpid()))
    assert serve.stop(checkout) is False


DEMO = """
import sys, time
from pathlib import Path
from dev import serve
from dev.paths import Checkout
with serve._only_demo(Checkout(Path(sys.argv[1]))), serve._signals_as_interrupt():
    try:
        print("running", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


def test_running_demo_is_stopped_and_only_one_runs(tmp_path):
    checkout = Checkout(tmp_path)
    checkout.state.mkdir()
    demo = subprocess.Popen(
        [sys.executable, "-c", DEMO, str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert demo.stdout.readline() == "running\n"
        with pytest.raises(DevError, match="stop it first"), serve._only_demo(checkout):
            pass
        assert serve.stop(checkout) is True
        assert demo.communicate(timeout=10)[0] == "stopped\n"
    finally:
        demo.kill()
        demo.wait()
    assert serve.stop(checkout) is False
