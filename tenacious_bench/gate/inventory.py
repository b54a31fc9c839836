"""Engineers free now, read when the verdict is given: from a file, an HTTP endpoint or an SQL database.

What a brief says of the bench is a copy that ages; a promise must hold against what is free at this moment. Each
source also says when it was last counted, so that a copy that nobody updates any more is not trusted.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from tenacious_bench.gate.http_inventory import HttpInventory
from tenacious_bench.gate.sql_inventory import QUERY, SqlInventory
from tenacious_bench.gate.stock import MAX_BYTES, Inventory, InventoryError, Stock, parse_document

__all__ = [
    "QUERY",
    "FileInventory",
    "HttpInventory",
    "Inventory",
    "InventoryError",
    "SqlInventory",
    "Stock",
    "open_inventory",
]


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
            with self._path.open("rb") as file:
                written = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
                raw = file.read(MAX_BYTES + 1)
        except (OSError, ValueError, OverflowError) as error:  # a name or a time that no file can have
            reason = error.strerror if isinstance(error, OSError) else error
            raise InventoryError(f"inventory {self._path} cannot be read: {reason}") from error
        return parse_document(raw, str(self._path), written)


def open_inventory(where: str | None, query: str | None = None) -> Inventory | None:
    """The source that a setting names.

    Args:
        where: an http or https URL, a database URL such as ``sqlite:///bench.db``, or a file; None is no inventory.
        query: for a database; None is :data:`QUERY`.

    Raises:
        InventoryError: a URL that cannot be used, or a query for what is no database.
    """
    scheme, separator, _ = (where or "").partition("://")
    if where and separator and scheme.lower() not in ("http", "https"):
        return SqlInventory(where, query or QUERY)
    if query is not None:
        raise InventoryError("an inventory query is for a database: give the inventory as dialect://host/database")
    if where is None:
        return None
    return HttpInventory(where) if separator else FileInventory(Path(where))
