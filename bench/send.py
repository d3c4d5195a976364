"""Sending e-mail reminders to a real SMTP server: statements and time per notice.

    .dev/bin/python -m bench.send --db credit_bench_send

The server is the development sink, on the loopback interface. What is sent is
committed, as in production: use a database of its own.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dev.serve import free_port
from dev.smtp_sink import HOST

from . import databases
from .generate import Book, generate

SIZES = (10, 200)


@contextmanager
def sink() -> Iterator[tuple[int, Path]]:
    """A mail server in a process of its own: its port, and where it keeps messages."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "dev.smtp_sink", "--port", str(port)]
        process = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield port, Path(folder)
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection((HOST, port), timeout=5).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def measure(env: Any, customers: Any, folder: Path) -> tuple[int, float, int]:
    """Remind customers by e-mail: how many messages came, seconds and statements."""
    run = env["credit.dunning.run"].create(
        {"company_id": env.company.id, "limited": True, "partner_ids": customers.ids}
    )
    run.action_prepare()
    env.cr.commit()
    before, messages = env.cr.sql_log_count, len(list(folder.glob("*.eml")))
    start = time.perf_counter()
    run.action_send()
    env.cr.commit()
    seconds = time.perf_counter() - start
    messages = len(list(folder.glob("*.eml"))) - messages
    return messages, seconds, env.cr.sql_log_count - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    options = parser.parse_args()
    customers = sum(SIZES) + 1
    book = Book(3 * customers, customers, customers, history=0, days=200)
    with sink() as (port, folder):
        smtp = ("--smtp-port", str(port))
        with databases.environment(options.db, "--log-level=warn", *smtp) as env:
            generate(env, book)
            env.cr.commit()
            env = env(context={"credit_send_on_closed_day": True})
            partners = env["credit.receivable"].search([("state", "=", "overdue")]).partner_id
            measure(env, partners[:1], folder)  # what is loaded once
            print(f"{'notices':>8}{'seconds':>9}{'ms each':>9}{'queries':>9}{'each':>7}")
            start = 1
            for size in SIZES:
                count, seconds, queries = measure(env, partners[start : start + size], folder)
                start += size
                assert count == size, f"{count} messages instead of {size}"
                print(f"{size:>8}{seconds:>9.2f}{seconds / size * 1000:>9.0f}"
                      f"{queries:>9}{queries / size:>7.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
