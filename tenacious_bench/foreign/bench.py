"""The bench under many shapes: ``{"Python": 6}``, ``{"python_engineers": 12}``, ``"python=7 go=3"``, lists, nests."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from tenacious_bench.foreign.findings import Path
from tenacious_bench.foreign.names import KEYS, normal
from tenacious_bench.foreign.values import any_text, to_count, to_date, to_text
from tenacious_bench.schema import Bench, StackAvailability

T = TypeVar("T")

ALIASES = {
    "c++": "cpp", "c#": "csharp", ".net": "dotnet", "node.js": "nodejs", "golang": "go", "machine_learning": "ml",
    "data_engineering": "data", "infrastructure": "infra", "front_end": "frontend", "back_end": "backend",
    "full_stack": "fullstack", "full_stack_nestjs": "fullstack_nestjs", "fullstack_nestjs": "fullstack_nestjs",
    "dev_ops": "devops", "react_native": "react_native",
}  # fmt: skip
GROUPS = frozenset({"stacks", "by_stack", "available_capacity", "capacity", "availability", "available", "engineers"})
NOT_STACKS = frozenset(
    {"", "total", "available", "free", "engineers", "people", "all", "any", "max", "min", "count", "capacity", "year",
     "headcount", "utilization", "utilisation", "version", "id", "days", "size", "confidence", "threshold", "number"}
)  # fmt: skip
MAX_KEY = 60

_AFFIX = re.compile(r"^(?:available|free|num|n)_|_(?:engineers?|developers?|devs?|available|count|capacity|people)$")
_PAIR = re.compile(r"([A-Za-z][\w+#.-]{0,40})\s*[=:]\s*(\d{1,6})(?![\w.])")


def pick(obj: dict[str, Any], what: str, convert: Callable[[Any], T | None]) -> tuple[T, str] | None:
    """The first usable member of ``obj`` under the names for ``what``, with its key."""
    known = [(KEYS[what].index(name), key) for key in obj if (name := normal(key)) in KEYS[what]]
    for _, key in sorted(known):
        if (usable := convert(obj[key])) is not None:
            return usable, key
    return None


def stack_name(key: str, explicit: bool) -> str | None:
    """``"python_engineers"`` -> ``"python"``; None for a key that names no stack.

    Args:
        key: as written.
        explicit: the key stands where only stacks stand, so a name of several words is a stack too.
    """
    if len(key) > MAX_KEY:
        return None
    name = ALIASES.get(key.strip().lower()) or normal(key)
    while (shorter := _AFFIX.sub("", name)) != name:
        name = shorter
    if name in ALIASES:
        return ALIASES[name]
    return None if name in NOT_STACKS or ("_" in name and not explicit) else name


@dataclass
class _Reading:
    counts: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    as_of: date | None = None
    start: int = 0
    used: set[Path] = field(default_factory=set)

    def add(self, stack: str | None, available: int, start: int | None, *paths: Path) -> None:
        if stack is not None and stack not in self.counts:
            self.counts[stack] = (available, start)
            self.used.update(paths)

    def read(self, node: Any, path: Path, explicit: bool) -> None:
        if isinstance(node, str):
            pairs = _PAIR.findall(node) if any_text(node) else []
            for stack, count in pairs:
                self.add(stack_name(stack, explicit), int(count), None)
            if pairs and not _PAIR.sub("", node).strip(" ,;|\n\t"):
                self.used.add(path)
        elif isinstance(node, list):
            for i, value in enumerate(node):
                if not (isinstance(value, dict) and self._entry(value, (*path, i), None)):
                    self.read(value, (*path, i), True)
        elif isinstance(node, dict):
            for key, value in node.items():
                self._member(key, value, (*path, key), explicit)

    def _member(self, key: str, value: Any, path: Path, explicit: bool) -> None:
        name = normal(key)
        if isinstance(value, dict | list):
            if name in GROUPS or not isinstance(value, dict) or not self._entry(value, path, key, explicit):
                self.read(value, path, explicit or name in GROUPS)
        elif name in KEYS["as_of"] and (day := to_date(value)):
            self.as_of = day
            self.used.add(path)
        elif (count := to_count(value)) is not None:
            if name in KEYS["start"]:
                self.start = count
                self.used.add(path)
            else:
                self.add(stack_name(key, explicit), count, None, path)

    def _entry(self, obj: dict[str, Any], path: Path, key: str | None, explicit: bool = True) -> bool:
        """Read ``{available, start_in_days}`` under a stack's name, or with the name inside."""
        available, start = pick(obj, "available", to_count), pick(obj, "start", to_count)
        named = pick(obj, "stack", to_text) if key is None else None
        stack = stack_name(named[0] if named else key or "", explicit or named is not None)
        if available is None or stack is None or (key is None and named is None):
            return False
        paths = [(*path, part[1]) for part in (available, start, named) if part]
        self.add(stack, available[0], start[0] if start else None, *paths)
        return True


def read_bench(value: Any, path: Path) -> tuple[Bench | None, set[Path]]:
    """The bench in ``value`` and the paths that were used; None when no stack has a count.

    A stack named twice keeps its first count. Without a start in the record, people are taken as free now.
    """
    reading = _Reading()
    reading.read(value, path, False)
    if not reading.counts and not (isinstance(value, dict) and value.get("stacks") == {}):
        return None, set()
    stacks = {
        name: StackAvailability(available=count, start_in_days=reading.start if start is None else start)
        for name, (count, start) in reading.counts.items()
    }
    return Bench(as_of=reading.as_of, stacks=stacks), reading.used
