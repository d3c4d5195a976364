"""The one exception that ends a command with a sentence instead of a traceback."""


class DevError(Exception):
    """A situation a person can mend; the text says what is wrong and the remedy."""
