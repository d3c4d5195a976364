"""Entry point of `python3 -m dev`.

Only syntax that old Pythons parse stands here, so that they too end in one clear
sentence instead of a syntax error; everything else is imported after the check.
"""

import sys

MIN_PYTHON = (3, 10)
MAX_PYTHON = (3, 13)


def python_problem(version):
    """Return what is wrong with this Python, or None. Odoo 19 sets the limits."""
    if MIN_PYTHON <= tuple(version[:2]) <= MAX_PYTHON:
        return None
    return (
        "Python {}.{} cannot run Odoo 19, which needs {}.{} to {}.{}: "
        "name another one, for example `make setup PYTHON=python3.12`."
    ).format(*(tuple(version[:2]) + MIN_PYTHON + MAX_PYTHON))


if __name__ == "__main__":
    problem = python_problem(sys.version_info)
    if problem:
        sys.exit("Error: " + problem)
    from dev.cli import main

    sys.exit(main(sys.argv[1:]))
