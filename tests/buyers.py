"""Two people who confirm orders at the same moment, each in a connection of its own.

Both have read the database before either writes: without a decision that serialises them, each
sees only what was there before. Prints, as JSON, what became of each order.

    python -m tests.buyers --db NAME --orders 1,2 [--without-lock]
"""

import argparse
import json
import threading
from unittest.mock import patch

import odoo
from odoo import api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying


def confirm(registry, order_id, meeting, outcome):
    """Confirm an order as Odoo's server would: repeated when the database refuses."""
    attempts = []
    with registry.cursor() as cursor:
        env = api.Environment(cursor, api.SUPERUSER_ID, {})

        def call():
            order = env["sale.order"].browse(order_id)
            # The first read fixes what this transaction sees.
            env.cr.execute("SELECT COUNT(*) FROM sale_order")
            if not attempts:
                meeting.wait(timeout=60)
            attempts.append(order.state)
            order.action_confirm()

        try:
            retrying(call, env)
            outcome[order_id] = ["confirmed", len(attempts)]
        except UserError as error:
            cursor.rollback()
            outcome[order_id] = [str(error), len(attempts)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", required=True)
    parser.add_argument("--orders", required=True)
    parser.add_argument("--without-lock", action="store_true")
    options = parser.parse_args()
    odoo.tools.config.parse_config(["-d", options.db, "--log-level=critical"], setup_logging=True)
    registry = Registry(options.db)
    ids = [int(order_id) for order_id in options.orders.split(",")]
    meeting = threading.Barrier(len(ids))
    outcome = {}
    buyers = [
        threading.Thread(target=confirm, args=(registry, order_id, meeting, outcome))
        for order_id in ids
    ]
    lock = patch.object(registry["credit.exposure.lock"], "_take", lambda *args: None)
    if options.without_lock:
        lock.start()
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
