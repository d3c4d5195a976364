"""Other people's add-ons, measured beside ours: downloaded when asked for, never ours.

They are kept in the user's cache folder and installed in databases of the benchmark only.
"""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from dev.paths import cache_folder

from . import databases

#: OCA's aged partner balance and what it depends on; OCA's exposure and limits.
WHEELS = (
    "odoo-addon-account-financial-report==19.0.0.0.26.3",
    "odoo-addon-date-range==19.0.1.0.1",
    "odoo-addon-report-xlsx==19.0.1.0.2.2",
    "odoo-addon-account-financial-risk==19.0.1.0.0.6",
)
MODULE = "account_financial_report"
RISK_MODULE = "account_financial_risk"


def ensure() -> Path:
    """Return the folder of the add-ons, filled the first time."""
    folder = cache_folder() / "peers"
    addons = folder / "odoo/addons"
    if all((addons / module).is_dir() for module in (MODULE, RISK_MODULE)):
        return addons
    shutil.rmtree(folder, ignore_errors=True)
    unfinished = folder.with_name("peers.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", unfinished, *WHEELS], check=True)
    for wheel in unfinished.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unfinished)
    unfinished.rename(folder)
    return addons


def options() -> list[str]:
    """What Odoo is told to find them beside the add-ons of the checkout."""
    configuration = configparser.RawConfigParser()
    configuration.read(databases.CHECKOUT.odoo_conf)
    return ["--addons-path", f"{configuration['options']['addons_path']},{ensure()}"]


def install(database: str, module: str = MODULE) -> None:
    """Install a peer in a database of the benchmark."""
    log = databases.CHECKOUT.build / "bench/peers.log"
    databases.run_odoo(database, "-i", module, *options(), log=log)
