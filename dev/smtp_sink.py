"""A mail server on the loopback interface that keeps every message as a file.

    .dev/bin/python -m dev.smtp_sink --port 2525 --dir mails

Nothing is ever passed on, so the demo and the tests cannot write to anybody. A message
is accepted only once it is safely on disk; the recipients named to the server, which
need not be those in the message, are kept in its first header.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


def store(folder: Path, recipients: list[str], content: bytes) -> Path:
    """Write one message under a name of its own; it appears complete or not at all."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex}.eml"
    unfinished = folder / f".{name}.part"
    header = f"X-Envelope-To: {', '.join(recipients)}\r\n".encode()
    try:
        with unfinished.open("xb") as file:
            file.write(header + content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(folder / name)
    finally:
        unfinished.unlink(missing_ok=True)
    return folder / name


class Sink:
    """What aiosmtpd asks about each message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)  # the server decodes nothing
        try:
            store(self.folder, envelope.rcpt_tos, content)
        except OSError as error:
            return f"451 4.3.0 The message could not be kept: {error.strerror}"
        return "250 2.0.0 Kept"


def start(port: int, folder: Path) -> Controller:
    """Listen in the background; the caller stops the controller."""
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(Sink(folder), hostname=HOST, port=port)
    controller.start()
    return controller


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    options = parser.parse_args()
    stop_signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    controller = start(options.port, options.dir)
    print(f"Mail for {HOST}:{options.port} is kept in {options.dir}", flush=True)
    signal.sigwait(stop_signals)
    controller.stop()


if __name__ == "__main__":
    main()
