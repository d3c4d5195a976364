"""Keeps secrets that stand in addresses out of logs that are not ours to write."""

from __future__ import annotations

import logging
import re


class PathFilter(logging.Filter):
    """Blanks what follows a prefix of a path, up to the next separator.

    :param prefix: e.g. ``/credit_mgmt/registered/``
    """

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix
        self._secret = re.compile(re.escape(prefix) + r"[^\s/?\"']+")

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if self.prefix in message:
            record.msg, record.args = self._secret.sub(f"{self.prefix}***", message), None
        return True
