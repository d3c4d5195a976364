"""Sending is killed at random: no customer gets two messages, none is forgotten.

The mail server is the witness. Where a process died between handing a message over and
recording it, only a person can know: such a notice must be listed as uncertain.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.utils import getaddresses

import pytest
from aiosmtpd.controller import Controller

from bench import databases
from dev import smtp_sink
from dev.serve import free_port

CUSTOMERS = 300
KILLS = 20
PATIENCE = 120
SEED = int(os.environ.get("CRASH_SEED", "19"))


class Witness(smtp_sink.Sink):
    """The sink, and a moment to be told of: that of the n-th message."""

    def __init__(self, folder):
        super().__init__(folder)
        self.count = 0
        self._moment = threading.Condition()
        self._at_reception = None

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        with self._moment:
            self.count += 1
            if self._at_reception and self.count >= self._at_reception[0]:
                # The message is kept, and the sender does not know it yet.
                self._at_reception[1]()
                self._at_reception = None
            self._moment.notify_all()
        return answer

    def wait_for(self, count, alive):
        """Wait until so many messages have come, or fail when no sender is left."""
        deadline = time.monotonic() + PATIENCE
        with self._moment:
            while self.count < count:
                self._moment.wait(0.2)
                ended = self.count < count and not alive()
                assert not ended, f"sending ended after {self.count} messages"
                assert time.monotonic() < deadline, f"stuck after {self.count} messages"

    def at_reception(self, count, call):
        """Call back when a message is kept but not answered yet."""
        with self._moment:
            self._at_reception = (count, call)

    def recipients(self):
        """How many messages each address got."""
        found = Counter()
        for path in self.folder.glob("*.eml"):
            message = message_from_bytes(path.read_bytes())
            addresses = getaddresses(message.get_all("X-Envelope-To"))
            found.update(address for _name, address in addresses)
        return found


@pytest.fixture
def witness(tmp_path):
    sink = Witness(tmp_path / "mails")
    sink.folder.mkdir()
    controller = Controller(sink, hostname=smtp_sink.HOST, port=free_port())
    controller.start()
    sink.port = controller.port
    yield sink
    controller.stop()


class Senders:
    """The processes that send (see tests/sender.py)."""

    def __init__(self, process):
        self.process = process
        assert process.stdout.readline() == "ready\n"

    def start(self, action):
        self.process.stdin.write(f"{action}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    @staticmethod
    def is_alive(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return True
        return False

    @staticmethod
    def kill(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def finish(self, action):
        """Run an action to its end."""
        pid = self.start(action)
        deadline = time.monotonic() + PATIENCE
        while self.is_alive(pid):
            assert time.monotonic() < deadline, f"{action} does not end"
            time.sleep(0.05)


@contextmanager
def running_senders(database, port, folder):
    command = [sys.executable, "-m", "tests.sender", "--db", database]
    command += ["--smtp-port", str(port), "--log", folder / "odoo.log"]
    environ = {**os.environ, "ODOO_RC": str(databases.CHECKOUT.odoo_conf)}
    errors = folder / "errors.log"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
            text=True, env=environ, cwd=databases.CHECKOUT.root, start_new_session=True,
        )  # fmt: skip
    try:
        yield Senders(process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert not errors.read_text(), errors.read_text()


def write_book(database, history):
    """Three hundred customers with one overdue invoice each.

    With a history, half of them were reminded of it: they get the second level, with a
    statement and a call beside the e-mail.
    """
    command = [databases.CHECKOUT.bin / "python", "-m", "bench.generate"]
    command += ["--db", database, "--days", "200", "--history", str(history)]
    command += ["--invoices", str(3 * CUSTOMERS), "--customers", str(CUSTOMERS)]
    subprocess.run([*command, "--overdue-customers", str(CUSTOMERS)], check=True)


def send_and_kill(witness, senders, actions):
    """Send with one process per action; kill and replace some of them at random."""
    chance = random.Random(SEED)
    workers = [senders.start(action) for action in actions]
    for point in sorted(chance.sample(range(1, CUSTOMERS - KILLS * len(actions)), KILLS)):
        doomed = chance.sample(range(len(actions)), chance.randint(1, len(actions)))

        def kill(doomed=doomed):
            for number in doomed:
                senders.kill(workers[number])

        if chance.random() < 0.4:
            witness.at_reception(point, kill)
        witness.wait_for(point, lambda: any(map(senders.is_alive, workers)))
        time.sleep(chance.random() * 0.15)
        kill()
        for number in doomed:
            workers[number] = senders.start(actions[number])
    return workers


def wait_until_gone(database):
    """Wait for the database server to see that the processes have died."""
    deadline = time.monotonic() + PATIENCE
    while databases.query(
        "postgres",
        "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
        database,
    ):
        assert time.monotonic() < deadline, "a killed process keeps its connection"
        time.sleep(0.05)


def finish(database, witness, senders, workers):
    """Kill once more, at the very last message; then resume to the end."""
    for worker in workers:
        senders.kill(worker)
    wait_until_gone(database)
    [[ready]] = databases.query(
        database, "SELECT COUNT(*) FROM credit_dunning_notice WHERE state = 'ready'"
    )
    end = witness.count + ready
    last = []
    witness.at_reception(end, lambda: senders.kill(last[0]))
    last.append(senders.start("cron"))
    witness.wait_for(end, lambda: senders.is_alive(last[0]))
    wait_until_gone(database)
    senders.finish("cron")
    senders.finish("queue")  # Odoo's own: nothing of ours may wait there


def check(database, witness):
    received = witness.recipients()
    rows = databases.query(
        database,
        """
        SELECT partner.email, notice.state, delivery.state, run.state
          FROM credit_dunning_run run
          JOIN credit_dunning_notice notice ON notice.run_id = run.id
          JOIN res_partner partner ON partner.id = notice.partner_id
          JOIN credit_dunning_delivery delivery ON delivery.notice_id = notice.id
          JOIN credit_dunning_channel channel ON channel.id = delivery.channel_id
         WHERE channel.code = 'email' AND run.id = (SELECT MAX(id) FROM credit_dunning_run)
        """,
    )
    states = {email: state for email, state, _delivery, _run in rows}
    uncertain = {email for email, state in states.items() if state == "uncertain"}
    print(
        f"seed {SEED}: {len(states)} notices, {len(uncertain)} uncertain, "
        f"of which {sum(map(received.get, uncertain & set(received)))} left"
    )
    assert len(states) == CUSTOMERS
    assert set(received) <= set(states)
    assert {email for email, number in received.items() if number > 1} == set()
    assert set(states.values()) == {"sent", "uncertain"}
    assert set(states) - uncertain - set(received) == set(), "sent, but nothing came"
    assert all(state == delivery for _email, state, delivery, _run in rows)
    assert {run for *_values, run in rows} == {"done"}


@pytest.mark.parametrize(
    ("actions", "history"),
    [(["cron"], 0), (["cron", "button"], 1)],
    ids=["one-sender", "two-senders"],
)
def test_killed_senders_never_repeat_nor_forget(database, witness, tmp_path, actions, history):
    write_book(database, history)
    with running_senders(database, witness.port, tmp_path) as senders:
        # Dated yesterday, so that each notice is written anew when it is sent.
        senders.finish("prepare")
        workers = send_and_kill(witness, senders, actions)
        finish(database, witness, senders, workers)
        check(database, witness)
