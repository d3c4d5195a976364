"""Side-by-side benchmarks of credit_mgmt on generated books: `python -m bench`.

    .dev/bin/python -m bench                  a book of 100,000 invoices, all benchmarks
    .dev/bin/python -m bench --rich 10000     10,000 of them with a richer history
    .dev/bin/python -m bench --peers          the aged balance beside OCA's, which is
                                              downloaded and installed in that database
    .dev/bin/python -m bench --invoices 1000000 --customers 100000 --rich 100000 \\
        --overdue-customers 30000 --history 1

With `--keep` the databases stay, to be measured again one by one: bench.prepare,
bench.aged, bench.ledger (the tie of the aged balance at month ends), bench.send.
"""
