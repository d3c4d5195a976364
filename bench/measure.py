"""How long a step takes and how many statements it needs, in a table with ratios."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Table:
    """Measures, each with its ratio to a baseline of the same run."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.rows: list[tuple[str, float, int, str, str]] = []
        self.seconds: dict[str, float] = {}

    def measure(
        self, label: str, step: Callable[[], Any], beside: str = "", repeat: int = 1
    ) -> Any:
        """Run a step, keep its best time, and return what it returned."""
        best, count, result = float("inf"), 0, None
        for _attempt in range(repeat):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            start = time.perf_counter()
            result = step()
            self.env.flush_all()
            best = min(best, time.perf_counter() - start)
            count = self.env.cr.sql_log_count - before
        self.seconds[label] = best
        ratio = f"{best / self.seconds[beside]:.1f} x {beside}" if beside else ""
        rows = str(len(result)) if hasattr(result, "__len__") else ""
        self.rows.append((label, best, count, rows, ratio))
        return result

    def show(self, title: str) -> None:
        print(f"\n{title}")
        print(f"{'':<34}{'seconds':>9}{'queries':>9}{'rows':>9}  beside")
        for label, seconds, count, rows, ratio in self.rows:
            print(f"{label:<34}{seconds:>9.3f}{count:>9}{rows:>9}  {ratio}")
