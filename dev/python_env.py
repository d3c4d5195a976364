"""The virtual environment: pinned packages, verified by hash, shared by checkouts."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
from pathlib import Path

from . import apt
from .console import locked, require_space, retry, run, step
from .errors import DevError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
GIGABYTES_NEEDED = 1.5


def folder_name(requirements: bytes, python: str, prefix: str) -> str:
    """One environment per set of packages and interpreter."""
    seed = b"\0".join([requirements, prefix.encode(), platform.machine().encode()])
    return f"python-{python}-{hashlib.sha256(seed).hexdigest()[:8]}"


def ensure(cache: Path) -> Path:
    """Return the folder of the virtual environment, built the first time."""
    name = folder_name(REQUIREMENTS.read_bytes(), platform.python_version(), sys.base_prefix)
    folder = cache / name
    # Scripts in an environment name its path, so it is built in place; the stamp tells
    # a complete one from one that was interrupted.
    stamp = folder / "complete"
    if not stamp.exists():
        with locked(cache / "python.lock", "another checkout that installs packages"):
            if not stamp.exists():
                _build(folder)
                stamp.touch()
    return folder


def _build(folder: Path) -> None:
    require_space(folder.parent, GIGABYTES_NEEDED)
    shutil.rmtree(folder, ignore_errors=True)
    with step("Creating the virtual environment"):
        _create(folder)
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check", "--require-hashes", "-r", REQUIREMENTS]
    try:
        with step("Installing the Python packages (a few minutes)"):
            retry(lambda: run(pip))
    except DevError as error:
        raise DevError(
            f"The Python packages could not be installed: {error}; check the network "
            "and run the command again."
        ) from error


def _create(folder: Path) -> None:
    """Debian's Python has no ensurepip until python3-venv is installed."""
    command = [sys.executable, "-m", "venv", folder]
    try:
        run(command)
        return
    except DevError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if not apt.can_install():
            raise DevError(
                f"No virtual environment could be created: {error}; install the "
                "package python3-venv and run the command again."
            ) from error
    apt.install(["python3-venv"])
    run(command)


def site_packages(folder: Path) -> Path:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return folder / "lib" / version / "site-packages"
