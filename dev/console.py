"""Telling the person what happens, and running programs on their behalf."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from .errors import DevError

T = TypeVar("T")
GIGABYTE = 1024**3


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Announce a long step and say how long it took."""
    say(f"-> {label} ...")
    start = time.monotonic()
    yield
    say(f"   done in {time.monotonic() - start:.1f} s")


@contextmanager
def percentage(folder: Path, total: int, label: str) -> Iterator[None]:
    """Show how much of `total` bytes has arrived in `folder`; on a terminal only."""
    if not sys.stdout.isatty() or not total:
        yield
        return
    finished = threading.Event()

    def report() -> None:
        while not finished.wait(0.5):
            size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
            print(f"\r   {label}: {min(100, 100 * size // total)} %", end="", flush=True)
        print("\r\033[K", end="", flush=True)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()


def last_line(output: str) -> str:
    """The line of a program's output that says most about why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"E:|(npm )?error\b", line, re.I)]
    return (errors or lines or ["no output"])[-1]


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    group: int | None = None,
) -> str:
    """Run a program quietly and return what it printed; raise DevError if it fails."""
    try:
        result = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=env,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise DevError(f"{command[0]} cannot be run ({error.strerror}).") from error
    if result.returncode:
        name = Path(str(command[0])).name
        raise DevError(f"{name} failed ({last_line(result.stdout)})")
    return result.stdout


def retry(action: Callable[[], T], attempts: int = 3, pause: float = 3.0) -> T:
    """Repeat an action that needs the network; the last failure is raised."""
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except DevError as error:
            if attempt == attempts:
                raise
            say(f"   {error}; trying again ({attempt + 1} of {attempts})")
            time.sleep(pause * attempt)
    raise AssertionError("unreachable: attempts is at least 1")


def require_space(
    folder: Path, gigabytes: float, usage: Callable[[Path], object] = shutil.disk_usage
) -> None:
    """Refuse to start a download that the disk cannot hold."""
    free = usage(folder).free / GIGABYTE  # type: ignore[attr-defined]
    if free < gigabytes:
        raise DevError(
            f"Only {free:.1f} GB are free in {folder} where {gigabytes:.1f} GB are "
            "needed: free some space, or set CREDIT_MGMT_CACHE to a folder on a larger "
            "disk."
        )


@contextmanager
def locked(path: Path, waiting_for: str) -> Iterator[None]:
    """Hold a file lock, so that two commands do not build the same thing at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for {waiting_for} ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
