"""The test server of AR24's interface, for tests that are no part of the add-on."""

import importlib.util
import sys

from bench import databases

#: Of the crash test; the secrets of the add-on's own tests stand in its ``tests/common.py``.
TOKEN = "crash-test-token-91c4"
PRIVATE_KEY = "crash-test-key-02bd"
FOLDER = databases.CHECKOUT.root / "credit_mgmt_ar24/tests"


def load_server():
    """Load the server without the add-on around it, which needs Odoo."""
    name = "credit_mgmt_ar24_test_server"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FOLDER / "server.py")
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]
