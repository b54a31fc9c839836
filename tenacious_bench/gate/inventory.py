"""Engineers free now, read when the verdict is given: from a file, an HTTP endpoint or an SQL database.

What a brief says of the bench is a copy that ages; a promise must hold against what is free at this moment. Each
source also says when it was last counted, so that a copy that nobody updates any more is not trusted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import yaml
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from tenacious_bench.schema import Record, StackAvailability

MAX_BYTES = 1_000_000
TIMEOUT = 5.0
"""Seconds an endpoint has to answer."""
QUERY = "SELECT stack, available, start_in_days, updated_at FROM bench"


class InventoryError(RuntimeError):
    """The inventory cannot be read now; the message says what was found and what to do."""


class Stock(Record):
    """Free people per stack, and when they were counted."""

    updated_at: AwareDatetime
    stacks: dict[str, StackAvailability]


class Inventory(Protocol):
    """Where free people are looked up."""

    def read(self) -> Stock:
        """What is free now.

        Raises:
            InventoryError: it cannot be read or holds something else.
        """
        ...


class FileInventory:
    """A JSON or YAML file: ``stacks``, and ``updated_at`` or else the time the file was written.

    Args:
        path: the file; it is read anew each time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Stock:
        """What the file says now."""
        try:
            written = self._path.stat().st_mtime
            with self._path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InventoryError(f"inventory {self._path} cannot be read: {error.strerror}") from error
        return _parse(raw, str(self._path), datetime.fromtimestamp(written, UTC))


class HttpInventory:
    """An endpoint that answers with the same document; without ``updated_at`` its ``Last-Modified`` header counts.

    Args:
        url: http or https; it is asked anew each time.
        headers: sent along, such as ``Authorization``.
        timeout: seconds.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT) -> None:
        self._request = Request(url, headers=dict(headers or {}))
        self._timeout = timeout
        parts = urlsplit(url)
        self._name = f"{parts.scheme}://{parts.hostname}{parts.path}"  # no credentials, no query, in messages

    def read(self) -> Stock:
        """What the endpoint says now."""
        try:
            with urlopen(self._request, timeout=self._timeout) as answer:
                raw, modified = answer.read(MAX_BYTES + 1), answer.headers.get("Last-Modified")
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise InventoryError(f"inventory {self._name} does not answer: {reason}") from error
        try:
            written = parsedate_to_datetime(modified) if modified else None
        except ValueError:
            written = None
        return _parse(raw, self._name, written)


class SqlInventory:
    """A query whose rows are stack, available, start_in_days, updated_at; the oldest row says when it was counted.

    Args:
        url: as SQLAlchemy takes it; the extra ``sql`` installs SQLAlchemy, the driver is yours.
        query: the four columns in this order.

    Raises:
        InventoryError: SQLAlchemy or the driver is not installed, or the URL cannot be read.
    """

    def __init__(self, url: str, query: str = QUERY) -> None:
        try:
            import sqlalchemy
        except ImportError as error:
            raise InventoryError("an SQL inventory needs SQLAlchemy: pip install 'tenacious-bench[sql]'") from error
        try:
            self._engine = sqlalchemy.create_engine(url, pool_pre_ping=True)
        except (sqlalchemy.exc.ArgumentError, ImportError) as error:
            raise InventoryError(f"inventory database: {type(error).__name__}: check the URL and its driver") from error
        self._query = sqlalchemy.text(query)
        self._error: type[Exception] = sqlalchemy.exc.SQLAlchemyError

    def read(self) -> Stock:
        """What the query gives now."""
        try:
            with self._engine.connect() as connection:
                rows = [tuple(row) for row in connection.execute(self._query)]
        except self._error as error:
            raise InventoryError(f"inventory database cannot be read: {type(error).__name__}") from error
        if not rows or any(len(row) != 4 for row in rows):
            raise InventoryError(
                f"inventory query gave {len(rows)} rows of {len(rows[0]) if rows else 0} columns: it must give stack, "
                "available, start_in_days, updated_at"
            )
        stacks = {str(stack): {"available": free, "start_in_days": start} for stack, free, start, _ in rows}
        counted = min((_aware(row[3]) for row in rows), default=None)
        return _stock({"stacks": stacks, "updated_at": counted}, "query")


def open_inventory(where: str, query: str = QUERY) -> Inventory:
    """The source that a setting names.

    Args:
        where: an http or https URL, a database URL such as ``sqlite:///bench.db``, or a file.
        query: for a database.

    Raises:
        InventoryError: a database URL that cannot be used.
    """
    scheme, separator, _ = where.partition("://")
    if not separator:
        return FileInventory(Path(where))
    return HttpInventory(where) if scheme.lower() in ("http", "https") else SqlInventory(where, query)


def _aware(value: Any) -> datetime:
    """A time from a database: text, or without a zone, in which case it is UTC."""
    try:
        found = TypeAdapter(datetime).validate_python(value)
    except ValidationError as error:
        raise InventoryError(f"inventory query: updated_at is {value!r}, not a time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parse(raw: bytes, name: str, written: datetime | None) -> Stock:
    if len(raw) > MAX_BYTES:
        raise InventoryError(f"inventory {name} is longer than {MAX_BYTES:,} bytes")
    try:
        found = json.loads(raw) if raw.lstrip()[:1] == b"{" else yaml.safe_load(raw)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise InventoryError(f"inventory {name} is neither JSON nor YAML") from error
    if not isinstance(found, dict):
        raise InventoryError(f"inventory {name} holds no object: give stacks, and updated_at")
    known = {"stacks": found.get("stacks"), "updated_at": found.get("updated_at", written)}
    if known["updated_at"] is None:
        raise InventoryError(f"inventory {name} does not say when it was counted: add updated_at")
    return _stock(known, name)


def _stock(found: Mapping[str, Any], name: str) -> Stock:
    try:
        return Stock.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InventoryError(f"inventory {name}, field {field}: {first['msg']}") from error
