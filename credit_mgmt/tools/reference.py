"""Printed references that are made of a record's id (pure functions)."""

from __future__ import annotations


def search_by_number(operator, value):
    """Return the domain of the records whose printed reference holds these digits.

    References like RL000123 are made of the record's id: searching them is searching ids.
    """
    if operator not in ("in", "ilike", "=ilike"):
        return NotImplemented
    texts = value if operator == "in" else [value]
    digits = ("".join(filter(str.isdigit, text or "")) for text in texts)
    return [("id", "in", [int(number) for number in digits if number])]
