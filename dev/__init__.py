"""Development environment of credit_mgmt: set-up, demo, tests and checks.

`python3 -m dev help` lists the commands; the Makefile gives each a short name.
Everything up to the virtual environment uses the standard library alone.
"""
