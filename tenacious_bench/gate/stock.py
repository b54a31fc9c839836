"""Engineers free now: what every source of an inventory gives, and what none of them may give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import yaml
from pydantic import AwareDatetime, ValidationError, field_validator

from tenacious_bench.files import show
from tenacious_bench.safe_text import terminal
from tenacious_bench.schema import Record, StackAvailability

MAX_BYTES = 100_000
"""Longest document read: some two thousand stacks."""
MAX_START_DAYS = 3650
"""A later start is a mistake, and would lead beyond the calendar."""


class InventoryError(RuntimeError):
    """The inventory cannot be read now; the message says what was found and what to do."""


class Stock(Record):
    """Free people per stack, and when they were counted."""

    updated_at: AwareDatetime
    stacks: dict[str, StackAvailability]

    @field_validator("stacks")
    @classmethod
    def _no_stack_twice_and_no_start_beyond_reason(
        cls, value: dict[str, StackAvailability]
    ) -> dict[str, StackAvailability]:
        seen = set[str]()
        for stack, free in value.items():
            if folded(stack) in seen:
                raise ValueError(f"{show(stack)} stands there twice: case does not tell stacks apart, keep one")
            seen.add(folded(stack))
            if free.start_in_days > MAX_START_DAYS:
                raise ValueError(f"{show(stack)} starts in {free.start_in_days} days: give at most {MAX_START_DAYS}")
        return value


class Inventory(Protocol):
    """Where free people are looked up."""

    def read(self) -> Stock:
        """What is free now.

        Raises:
            InventoryError: it cannot be read or holds something else.
        """
        ...


def folded(stack: str) -> str:
    """The name of a stack without what does not tell stacks apart: ``"Python "`` is ``"python"``."""
    return stack.strip().casefold()


def parse_document(raw: bytes, name: str, written: datetime | None) -> Stock:
    """A JSON or YAML document as a stock.

    Args:
        raw: the document; one byte above ``MAX_BYTES`` is enough to refuse it.
        name: of its source, for messages.
        written: when it was counted, should it not say so itself.

    Raises:
        InventoryError: it is no such document.
    """
    if len(raw) > MAX_BYTES:
        raise InventoryError(f"inventory {name} is longer than {MAX_BYTES:,} bytes: give stacks and updated_at alone")
    try:
        # every scalar of the YAML stays text, which the records convert: no tags, no merge keys, nothing to trip over
        found = json.loads(raw) if raw.lstrip()[:1] == b"{" else yaml.load(raw, yaml.BaseLoader)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise InventoryError(f"inventory {name} is neither JSON nor YAML: give stacks, and updated_at") from error
    if not isinstance(found, dict):
        raise InventoryError(f"inventory {name}: found {show(found)}: give an object with stacks, and updated_at")
    known = {"stacks": found.get("stacks"), "updated_at": found.get("updated_at", written)}
    if known["updated_at"] is None:
        raise InventoryError(f"inventory {name} does not say when it was counted: add updated_at")
    return to_stock(known, name)


def to_stock(found: Mapping[str, Any], name: str) -> Stock:
    """``stacks`` and ``updated_at`` as a stock.

    Raises:
        InventoryError: names the source, the field, what was found and what is wanted.
    """
    try:
        return Stock.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = terminal(".".join(str(part) for part in first["loc"]))[:200]
        zone = ": write it with its zone, such as 2026-04-21T09:30:00Z" if field == "updated_at" else ""
        message = f"found {show(first['input'])}: {first['msg']}{zone}"
        raise InventoryError(f"inventory {name}, field {field}: {message}") from error
