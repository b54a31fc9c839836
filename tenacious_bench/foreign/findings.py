"""What the name tables find in a record, what of it was used, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from tenacious_bench.foreign.names import (
    CONTAINER_OF,
    FLAT_NAMES,
    MEMBERS,
    NOT_THE_PROSPECT,
    OPEN,
    ROOT,
    WHOLE,
    normal,
)

T = TypeVar("T")
Path = tuple[str | int, ...]

TEXT = -1
"""First step of the paths of values that were parsed out of a text: they stand in no object."""


class Found(NamedTuple):
    """A value under a known name."""

    field: str
    value: Any
    path: Path
    home: Path
    """Values with one home belong together: the object they (or their container) stand in, or the list element."""
    rank: int


def _member(container: str, name: str) -> tuple[str, int] | None:
    for member, spellings in MEMBERS[container].items():
        if name in spellings:
            return f"{container}.{member}", spellings.index(name)
    if container == "prospect":
        return _member("company", name) or _member("recipient", name)
    return None


def _resolve(container: str | None, name: str, at_root: bool) -> tuple[str, int] | None:
    if container is not None and (hit := _member(container, name)):
        return hit
    if container is not None and container not in OPEN:
        return None
    if at_root and name in ROOT:
        return ROOT[name], 0
    return FLAT_NAMES.get(name)


def collect(node: Any, path: Path = (), container: str | None = None, home: Path = ()) -> list[Found]:
    """Every known name below ``node``; ``path`` and ``container`` say where the node stands."""
    found: list[Found] = []
    if isinstance(node, list):
        for i, value in enumerate(node):
            here = (*path, i)
            found += collect(value, here, container, here if len(node) > 1 else home)
        return found
    if not isinstance(node, dict):
        return found
    sealed = container is not None and container not in OPEN
    for key, value in node.items():
        name, here = normal(key), (*path, key)
        whole = None if sealed else WHOLE.get(name)
        if whole and not (whole == "signals" and isinstance(value, dict)):
            found.append(Found(whole, value, here, path, 0))
        elif not isinstance(value, dict | list):
            if hit := _resolve(container, name, path in ((), (TEXT,))):
                found.append(Found(hit[0], value, here, home if sealed else path, hit[1]))
        elif sealed:
            found += collect(value, here, container, home)
        elif name not in NOT_THE_PROSPECT:
            found += collect(value, here, CONTAINER_OF.get(name), path)
    return found


class Findings:
    """Found values by field, and the paths that made it into the brief."""

    def __init__(self, found: list[Found]) -> None:
        self._by_field: dict[str, list[Found]] = {}
        self._by_place: dict[tuple[str, Path], list[Found]] = {}
        for item in sorted(found, key=lambda f: (f.rank, len(f.path))):
            self._by_field.setdefault(item.field, []).append(item)
            self._by_place.setdefault((item.field, item.path[:-1]), []).append(item)
        self.used: set[Path] = set()

    def all(self, field: str) -> list[Found]:
        """Everything found for ``field``, best name first."""
        return self._by_field.get(field, [])

    def take(self, field: str, convert: Callable[[Any], T | None]) -> tuple[T, Found] | None:
        """The first usable value of ``field``; it and its exact repetitions count as used."""
        for item in self.all(field):
            value = convert(item.value)
            if value is not None:
                same = (f for f in self.all(field) if type(f.value) is type(item.value) and f.value == item.value)
                self.used.update(f.path for f in same)
                return value, item
        return None

    def value(self, field: str, convert: Callable[[Any], T | None]) -> T | None:
        """As :meth:`take`, the value alone."""
        taken = self.take(field, convert)
        return taken[0] if taken else None

    def nearest(self, path: Path, fields: tuple[str, ...], convert: Callable[[Any], T | None]) -> T | None:
        """The usable value of ``fields`` that stands in the closest object around ``path``."""
        for length in range(len(path), -1, -1):
            for field in fields:
                for item in self._by_place.get((field, path[:length]), ()):
                    if (value := convert(item.value)) is not None:
                        self.used.add(item.path)
                        return value
        return None


def left_over(node: Any, used: set[Path], path: Path = ()) -> Any:
    """``node`` without the used paths and without objects that became empty; None when nothing is left."""
    if not isinstance(node, dict | list) or not node:
        return node
    pairs = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
    kept = []
    for key, value in pairs:
        here = (*path, key)
        if here in used:
            continue
        rest = left_over(value, used, here)
        if rest is not None or value is None:
            kept.append((key, rest))
    if not kept:
        return None
    return dict(kept) if isinstance(node, dict) else [value for _, value in kept]
