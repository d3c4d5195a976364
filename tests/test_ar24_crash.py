"""Sending letters through AR24 is killed at random: none is there twice, none is forgotten.

The server is the witness. What it has is found by our reference afterwards; what nobody knows
stays listed as uncertain until a person decides.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest

from bench import databases
from dev.runner import log_problems
from tests import ar24
from tests.test_crash import Senders, wait_until_gone

LETTERS = 50
KILLS = 20
PATIENCE = 120
SEED = int(os.environ.get("CRASH_SEED", "24"))


class Witness:
    """Counts the letters that the server has registered, and calls at the n-th."""

    def __init__(self):
        self.server = ar24.load_server().Ar24Server(ar24.TOKEN, ar24.PRIVATE_KEY).start()
        self.server.on_mail = self._take
        self.count = 0
        self._moment = threading.Condition()
        self._at_reception = None

    def _take(self, mail):
        with self._moment:
            self.count += 1
            if self._at_reception and self.count >= self._at_reception[0]:
                # The letter is registered, and the sender does not know it yet.
                self._at_reception[1]()
                self._at_reception = None
            self._moment.notify_all()

    def at_reception(self, count, call):
        with self._moment:
            self._at_reception = (count, call)

    def wait_for(self, count, is_alive):
        """Wait until so many letters are there, or the senders have ended."""
        deadline = time.monotonic() + PATIENCE
        with self._moment:
            while self.count < count and is_alive():
                self._moment.wait(0.1)
                assert time.monotonic() < deadline, f"stuck after {self.count} letters"

    def references(self):
        return Counter(mail["ref_dossier"] for mail in self.server.mails.values())


@pytest.fixture
def witness():
    witness = Witness()
    yield witness
    witness.server.stop()


@contextmanager
def running_senders(database, url, folder):
    command = [sys.executable, "-m", "tests.letter_sender", "--db", database]
    command += ["--smtp-port", "1", "--log", folder / "odoo.log"]
    environ = {**os.environ, "ODOO_RC": str(databases.CHECKOUT.odoo_conf), "AR24_URL": url}
    errors = folder / "errors.log"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
            text=True, env=environ, cwd=databases.CHECKOUT.root, start_new_session=True,
        )  # fmt: skip
    try:
        yield Senders(process)
    finally:
        process.kill()
        process.communicate()
    assert not errors.read_text(), errors.read_text()


def send_and_kill(witness, senders):
    """Send, and kill the sender at twenty points; another one takes over each time."""
    chance = random.Random(SEED)
    worker = senders.start("cron")
    for point in sorted(chance.sample(range(1, LETTERS - KILLS // 2), KILLS)):

        def kill():
            senders.kill(worker)  # noqa: B023 - called before the next one begins

        if chance.random() < 0.4:
            witness.at_reception(point, kill)
        witness.wait_for(point, lambda: senders.is_alive(worker))  # noqa: B023
        time.sleep(chance.random() * 0.15)
        kill()
        worker = senders.start("cron")
    return worker


def states(database):
    """The reference and the states of each letter and of its delivery."""
    return databases.query(
        database,
        """
        SELECT letter.reference, letter.state, delivery.state
          FROM credit_dunning_delivery delivery
     LEFT JOIN credit_registered_letter letter ON letter.delivery_id = delivery.id
        """,
    )


def check(database, witness):
    """Return the references of which nobody knows."""
    there = witness.references()
    rows = states(database)
    assert len(rows) == LETTERS
    assert {reference for reference, count in there.items() if count > 1} == set()
    assert set(there) <= {reference for reference, _letter, _delivery in rows}
    assert {delivery for _ref, _letter, delivery in rows} <= {"sent", "uncertain"}
    sent = {reference for reference, _letter, delivery in rows if delivery == "sent"}
    assert sent <= set(there), "recorded as sent, but AR24 has it not"
    return {reference for reference, _letter, delivery in rows if delivery == "uncertain"}


def test_killed_senders_never_repeat_nor_forget_a_letter(database, witness, tmp_path):
    log = databases.CHECKOUT.build / "test/ar24-crash-install.log"
    databases.run_odoo(database, "-i", "credit_mgmt_ar24", log=log)
    assert log_problems(log.read_text()) == []
    command = [databases.CHECKOUT.bin / "python", "-m", "bench.generate", "--db", database]
    command += ["--days", "200", "--history", "0", "--invoices", str(3 * LETTERS)]
    command += ["--customers", str(LETTERS), "--overdue-customers", str(LETTERS)]
    subprocess.run(command, check=True)
    with running_senders(database, witness.server.url, tmp_path) as senders:
        senders.finish("prepare")
        worker = send_and_kill(witness, senders)
        senders.kill(worker)
        wait_until_gone(database)
        senders.finish("cron")
        uncertain = check(database, witness)
        print(
            f"seed {SEED}: {len(uncertain)} uncertain, "
            f"{len(uncertain & set(witness.references()))} of them at AR24"
        )
        assert uncertain, "no kill hit the moment: choose another seed"
        # A person may be faster than the machine: what AR24 has is found before it is sent.
        senders.finish("person")
        uncertain = check(database, witness)
        senders.finish("follow")
        left = check(database, witness)
        assert left == uncertain - set(witness.references()), "what AR24 has is found"
        while left:
            senders.finish("person")
            assert len(check(database, witness)) < len(left)
            left = check(database, witness)
        assert len(witness.references()) == LETTERS
    text = (tmp_path / "odoo.log").read_text()
    assert ar24.TOKEN not in text and ar24.PRIVATE_KEY not in text
    uninstall(database)
    [[letters]] = databases.query(database, "SELECT COUNT(*) FROM credit_registered_letter")
    assert letters == LETTERS, "the letters are evidence"
    carriers = "SELECT code, active FROM credit_registered_provider WHERE name ->> 'en_US' = 'AR24'"
    assert databases.query(database, carriers) == [("paper", False)]
    columns = "SELECT column_name FROM information_schema.columns WHERE column_name LIKE %s"
    assert databases.query(database, columns, "ar24%") == []


def uninstall(database):
    """Uninstall the add-on as a person would."""
    code = """
env["ir.module.module"].search([("name", "=", "credit_mgmt_ar24")]).button_immediate_uninstall()
"""
    command = [databases.CHECKOUT.bin / "odoo", "shell", "-d", database]
    command += ["--no-http", "--log-level=warn"]
    subprocess.run(command, input=code, text=True, check=True)
