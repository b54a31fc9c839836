"""A row before it is parsed, and why one cannot be judged: what readers of every format share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Load = Callable[[], dict[str, Any]]
"""Parses one row; raises RowProblem or JsonError."""
Raw = tuple[int, Load]
"""Where a row stands, and how to parse it: a row that is skipped or counted is not parsed."""


class RowProblem(ValueError):
    """Why a row cannot be judged: the field, what was found there, what to do."""

    def __init__(self, field: str, found: str, remedy: str) -> None:
        super().__init__(field, found, remedy)
        self.field, self.found, self.remedy = field, found, remedy

    def __str__(self) -> str:
        return f"field {self.field}: found {self.found}: {self.remedy}"
