"""The sink receives real mail and keeps it on disk before it says so."""

import email
import smtplib
import subprocess
import sys
import time

import pytest

smtp_sink = pytest.importorskip("dev.smtp_sink")

from dev import serve  # noqa: E402  (after the driver is known to be there)
from dev.paths import REPOSITORY  # noqa: E402  (as above)

MESSAGE = "From: a@example.com\r\nTo: b@example.com\r\nSubject: Été\r\n\r\nBonjour\r\n"


@pytest.fixture
def sink(tmp_path):
    controller = smtp_sink.start(serve.free_port(), tmp_path / "mail")
    yield controller
    controller.stop()


def send(port, recipients):
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("bounce@example.com", recipients, MESSAGE.encode())


def test_message_is_kept_with_its_recipients(sink, tmp_path):
    send(sink.port, ["b@example.com", "hidden@example.com"])
    send(sink.port, ["c@example.com"])
    files = sorted((tmp_path / "mail").iterdir())
    assert len(files) == 2 and all(path.suffix == ".eml" for path in files)
    kept = [path.read_bytes() for path in files]
    assert all(content.endswith(MESSAGE.encode()) for content in kept)
    recipients = {email.message_from_bytes(content)["X-Envelope-To"] for content in kept}
    assert recipients == {"b@example.com, hidden@example.com", "c@example.com"}


def test_message_that_cannot_be_kept_is_refused(sink, tmp_path):
    (tmp_path / "mail").rmdir()
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(sink.port, ["b@example.com"])
    assert refusal.value.smtp_code == 451


def test_program_listens_until_it_is_stopped(tmp_path):
    port = serve.free_port()
    command = [sys.executable, "-m", "dev.smtp_sink", "--port", str(port)]
    program = subprocess.Popen([*command, "--dir", str(tmp_path)], cwd=REPOSITORY)
    try:
        deadline = time.monotonic() + 30
        while not serve._accepts(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        send(port, ["b@example.com"])
    finally:
        program.terminate()
        assert program.wait(20) == 0
    assert len(list(tmp_path.glob("*.eml"))) == 1
