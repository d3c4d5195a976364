"""Checks a generated book by Odoo's own computations: `python -m bench.tests.books DB`.

Nothing is committed.
"""

import sys

from bench import databases, prepare
from bench.generate import Book, generate

BOOK = Book(invoices=200, customers=30, overdue_customers=20, history=2, days=200, rich=110)
OVERDUE = {f"Customer {number + 1}" for number in range(BOOK.overdue_customers)}
COMPUTED = {
    "account.move": ("amount_total", "amount_residual_signed", "payment_state"),
    "account.move.line": ("amount_residual", "amount_residual_currency", "reconciled"),
}


def check_computed(env, moves):
    """Let Odoo compute again what was written by SQL: nothing may change."""
    for records in (moves, moves.line_ids):
        names = COMPUTED[records._name]
        written = records.read(names, load=None)
        for name in names:
            if records._fields[name].compute:
                env.add_to_compute(records._fields[name], records)
        env.flush_all()
        env.invalidate_all()
        for old, new in zip(written, records.read(names, load=None), strict=True):
            assert new == old, f"{old} should be {new}"


def main(database):
    with databases.environment(database, "--log-level=warn") as env:
        before = env["account.move"].search([], order="id desc", limit=1).id or 0
        generate(env, BOOK)
        moves = env["account.move"].search([("id", ">", before)])
        simple = moves.filtered(lambda move: move.sequence_prefix == "BENCH/")
        assert len(simple) == BOOK.simple
        check_computed(env, moves)
        run = prepare.measure(env)
        assert run.notice_ids.partner_id >= moves.commercial_partner_id.filtered(
            lambda partner: partner.complete_name in OVERDUE
        )


if __name__ == "__main__":
    main(sys.argv[1])
