"""Two confirmations at the same moment against the last of a limit: exactly one passes."""

import json
import os
import subprocess

import pytest

from bench import databases

SETUP = """
customers = env["res.partner"].create([
    {"name": name, "is_company": True, "credit_limit_mode": mode, "credit_limit": limit}
    for name, mode, limit in [
        ("Alone", "limited", 1000), ("Mother", "unlimited", 0), ("Daughter", "unlimited", 0)]])
group = env["credit.group"].create({"name": "Group", "has_limit": True, "limit_amount": 1000})
customers[1:].credit_group_id = group
product = env["product.product"].create({"name": "Goods", "type": "service", "taxes_id": False})
def order(customer, amount):
    return env["sale.order"].create({
        "partner_id": customer.id, "payment_term_id": False,
        "order_line": [(0, 0, {"product_id": product.id, "price_unit": amount, "tax_ids": False})]})
alone, mother, daughter = customers
pairs = {
    "customer": order(alone, 600) | order(alone, 600),
    "fitting": order(alone, 500) | order(alone, 500),
    "group": order(mother, 600) | order(daughter, 600),
}
env.cr.commit()
print("PAIRS", {name: orders.ids for name, orders in pairs.items()})
"""


@pytest.fixture(scope="module")
def shop():
    """A database with sales installed, and pairs of orders that wait: {name: ids}."""
    before, database = databases.name("before_shop"), databases.name("shop")
    log = databases.CHECKOUT.build / "test/acceptance-shop.log"
    try:
        databases.create(before)
        databases.manager().copy(before, database)
        databases.run_odoo(database, "-i", "sale,credit_mgmt_sale", log=log)
        command = [databases.CHECKOUT.bin / "odoo", "shell", "-d", database, "--no-http"]
        shell = subprocess.run(
            [*command, "--log-level=error"], input=SETUP, capture_output=True, text=True
        )
        [line] = [line for line in shell.stdout.splitlines() if "PAIRS" in line] or [""]
        assert line, shell.stdout + shell.stderr
        yield database, json.loads(line.split("PAIRS")[1].replace("'", '"'))
    finally:
        databases.manager().drop(database)
        databases.manager().drop(before)


@pytest.fixture
def buy(shop):
    """Confirm a pair of orders at once, in a copy of the database."""
    database, pairs = shop
    copy = databases.name("buyers")
    databases.manager().copy(database, copy)

    def confirm(name, *options):
        command = [databases.CHECKOUT.bin / "python", "-m", "tests.buyers", "--db", copy]
        command += ["--orders", ",".join(map(str, pairs[name])), *options]
        environ = {**os.environ, "ODOO_RC": str(databases.CHECKOUT.odoo_conf)}
        result = subprocess.run(
            command, capture_output=True, text=True, env=environ, cwd=databases.CHECKOUT.root
        )
        assert not result.returncode, result.stderr
        outcome = json.loads(result.stdout)
        rows = databases.query(
            copy, "SELECT id, state FROM sale_order WHERE id = ANY(%s)", pairs[name]
        )
        confirmed = {str(order_id) for order_id, state in rows if state == "sale"}
        assert confirmed == {key for key, value in outcome.items() if value[0] == "confirmed"}
        return outcome

    yield confirm
    databases.manager().drop(copy)


@pytest.mark.parametrize("name", ["customer", "group"])
def test_exactly_one_of_two_passes(buy, name):
    """The second one is repeated on what the first wrote, and then refused with the figures."""
    outcomes = sorted(buy(name).values(), key=lambda outcome: outcome[0] != "confirmed")
    assert outcomes[0][0] == "confirmed"
    assert "Credit check" in outcomes[1][0]
    assert outcomes[1][1] > 1, "the refused one was not made to look again"


def test_both_pass_where_both_fit(buy):
    """The second one is repeated, not refused, when the limit suffices for both."""
    assert {outcome[0] for outcome in buy("fitting").values()} == {"confirmed"}


@pytest.mark.parametrize("name", ["customer", "group"])
def test_the_race_is_real(buy, name):
    """Without the lock both pass: this is what the decision has to prevent."""
    assert {outcome[0] for outcome in buy(name, "--without-lock").values()} == {"confirmed"}
