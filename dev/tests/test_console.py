"""Retries, disk space and locks."""

import multiprocessing
import time
from types import SimpleNamespace

import pytest

from dev.console import GIGABYTE, last_line, locked, require_space, retry, run
from dev.errors import DevError


def test_retry_repeats_until_it_works(capsys):
    outcomes = iter([DevError("no answer"), DevError("no answer"), "done"])

    def action():
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert retry(action, pause=0) == "done"
    assert "no answer; trying again (3 of 3)" in capsys.readouterr().out


def test_retry_gives_up_with_the_last_reason():
    calls = []

    def action():
        calls.append(1)
        raise DevError("no answer")

    with pytest.raises(DevError, match="no answer"):
        retry(action, pause=0)
    assert len(calls) == 3


def test_too_little_space_names_the_remedy(tmp_path):
    with pytest.raises(DevError, match=r"Only 0\.5 GB.*CREDIT_MGMT_CACHE"):
        require_space(tmp_path, 3.0, lambda _: SimpleNamespace(free=GIGABYTE // 2))
    require_space(tmp_path, 3.0, lambda _: SimpleNamespace(free=4 * GIGABYTE))


def test_run_reports_the_line_that_says_why():
    script = "echo E: no such package; echo hint; exit 3"
    with pytest.raises(DevError, match=r"^sh failed \(E: no such package\)$"):
        run(["sh", "-c", script])


def test_run_of_a_missing_program_is_a_sentence():
    with pytest.raises(DevError, match="no-such-program cannot be run"):
        run(["no-such-program"])


def test_last_line_of_nothing():
    assert last_line("\n \n") == "no output"


def _hold(path, seconds, started):
    with locked(path, "nobody"):
        started.set()
        time.sleep(seconds)


def test_second_holder_of_a_lock_waits(tmp_path, capsys):
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / "lock", 0.5, started))
    holder.start()
    assert started.wait(30)
    with locked(tmp_path / "lock", "the other one"):
        assert "Waiting for the other one" in capsys.readouterr().out
    holder.join(30)
    assert holder.exitcode == 0
