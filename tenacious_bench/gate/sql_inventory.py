"""An inventory in an SQL database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tenacious_bench.files import show
from tenacious_bench.gate.stock import InventoryError, Stock, to_stock

QUERY = "SELECT stack, available, start_in_days, updated_at FROM bench"
_COLUMNS = "stack, available, start_in_days, updated_at"
_TIME = TypeAdapter(datetime)


class SqlInventory:
    """A query whose rows are stack, available, start_in_days, updated_at; the oldest row says when it was counted.

    A time without a zone is UTC. How long the database may take is for its driver to say, as in
    ``postgresql://host/crm?connect_timeout=3``.

    Args:
        url: as SQLAlchemy takes it; the extra ``sql`` installs SQLAlchemy, the driver is yours.
        query: the four columns in this order, run anew each time.

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
        except ImportError as error:
            raise InventoryError(f"inventory database: its driver {error.name} is not installed: install it") from error
        except (sqlalchemy.exc.ArgumentError, ValueError) as error:
            # the errors themselves quote the URL, and with it the password
            raise InventoryError("inventory database: its URL cannot be read: give dialect://host/database") from error
        self._query = sqlalchemy.text(query)

    def read(self) -> Stock:
        """What the query gives now."""
        try:
            with self._engine.connect() as connection:
                rows = [tuple(row) for row in connection.execute(self._query)]
        except Exception as error:  # drivers raise errors of their own beside SQLAlchemy's
            kind = type(error).__name__
            raise InventoryError(f"inventory database cannot be read ({kind}): check address and query") from error
        if not rows:
            raise InventoryError(f"inventory query gave no rows: it must give {_COLUMNS}, a row for each stack")
        if len(rows[0]) != 4:
            raise InventoryError(f"inventory query gave {len(rows[0])} columns: it must give {_COLUMNS}")
        return to_stock({"stacks": _stacks(rows), "updated_at": min(_utc(row[3]) for row in rows)}, "query")


def _stacks(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    stacks: dict[str, Any] = {}
    for stack, available, start, _ in rows:
        if not isinstance(stack, str):
            raise InventoryError(f"inventory query, column stack: found {show(stack)}: give its name as text")
        if stack in stacks:
            raise InventoryError(f"inventory query: stack {show(stack)} has two rows: add them up in the query")
        stacks[stack] = {"available": available, "start_in_days": start}
    return stacks


def _utc(value: Any) -> datetime:
    try:
        found = _TIME.validate_python(value)
    except ValidationError as error:
        raise InventoryError(f"inventory query, column updated_at: found {show(value)}: give a time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
