"""Checks a generated book by Odoo's own computations: `python -m bench.tests.books DB`.

Nothing is committed.
"""

import sys

from bench import databases, prepare
from bench.generate import Book, generate

BOOK = Book(invoices=90, customers=30, overdue_customers=20, history=2, days=200)
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
            assert new == old


def main(database):
    with databases.environment(database, "--log-level=warn") as env:
        before = env["account.move"].search([], order="id desc", limit=1).id or 0
        generate(env, BOOK)
        moves = env["account.move"].search([("id", ">", before)])
        assert len(moves.filtered(lambda move: move.is_invoice())) == BOOK.invoices
        check_computed(env, moves)
        run = prepare.measure(env)
        assert run.notice_ids.partner_id >= moves.commercial_partner_id.filtered(
            lambda partner: partner.complete_name in OVERDUE
        )


if __name__ == "__main__":
    main(sys.argv[1])
