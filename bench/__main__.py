"""Generate a book in a database of its own and measure: `.dev/bin/python -m bench`.

The options are those of bench.generate. Absolute times depend on the machine; the
ratios to the bare SQL of the same run do not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from . import databases
from .generate import add_book_options, book_arguments, book_from


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    add_book_options(parser)
    parser.add_argument("--keep", action="store_true", help="keep the databases")
    parser.add_argument(
        "--peers", action="store_true", help="beside OCA's aged balance, downloaded for it"
    )
    parser.add_argument("--months", type=int, default=24, help="month ends to compare")
    options = parser.parse_args(arguments)
    try:
        book = book_from(options)
    except ValueError as error:
        parser.error(str(error))
    names = {purpose: databases.name(purpose) for purpose in ("bench", "bench_send")}
    log = databases.CHECKOUT.build / "bench/install.log"
    try:
        databases.create(names["bench"])
        databases.run_odoo(names["bench"], "-i", "credit_mgmt", log=log)
        databases.manager().copy(names["bench"], names["bench_send"])
        print(f"{book.invoices} invoices of {book.customers} customers", flush=True)
        _run("generate", "--db", names["bench"], *book_arguments(book))
        _run("prepare", "--db", names["bench"])
        print("\nAged balance by customer", flush=True)
        peers = ["--peers"] if options.peers else []
        _run("aged", "--db", names["bench"], "--months", str(options.months), *peers)
        print("\nSending e-mails", flush=True)
        _run("send", "--db", names["bench_send"])
    finally:
        for name in () if options.keep else names.values():
            databases.manager().drop(name)


def _run(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", f"bench.{module}", *arguments], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
