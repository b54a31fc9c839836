"""Scoring on a Ray cluster: the rows of one file, in batches, on as many actors as there is room for.

Each actor loads the judge once and reads its batches itself, so the file must lie where every node can read it. Which
rows make a batch, what becomes of each row, and the order of the results are those of a run on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tenacious_bench.rows.reading import IsNew, duplicate, rows_from
from tenacious_bench.rows.sources import Place, places, raw_rows
from tenacious_bench.scoring.batches import bad_entry, judge_batch
from tenacious_bench.scoring.journal import Entry

if TYPE_CHECKING:
    from tenacious_bench.judges.base import Judge
    from tenacious_bench.scoring.run import Todo

_SCHEMA = pa.schema(
    [
        ("batch", pa.int64()),
        ("line", pa.int64()),
        ("id", pa.string()),
        ("first", pa.bool_()),  # whether the row is the first of its batch with this id
        ("record", pa.binary()),
        ("error", pa.binary()),
    ]
)


@dataclass(frozen=True)
class RayEngine:
    """Where batches are judged.

    Attributes:
        name: of the judge.
        build: makes the judge; called once in each actor.
        workers: actors; None as many as the cluster has GPUs, or else processors.
        gpus: of each actor.
    """

    name: str
    build: Callable[[], Judge]
    workers: int | None = None
    gpus: float = 0.0

    def run(self, todo: Todo, is_new: IsNew) -> Iterator[list[Entry]]:
        """Judge what is to do; batches come in order.

        Raises:
            RuntimeError: Ray is not installed.
            ValueError: the file is CSV, in which no batch can be found without reading all before it.
        """
        try:
            import ray
        except ImportError as error:
            raise RuntimeError("--engine ray needs Ray: pip install 'tenacious-bench[ray]'") from error
        if Path(todo.file).suffix.lower() == ".csv":
            raise ValueError(f"{todo.file}: --engine ray reads Parquet and JSON lines: convert it, or score it locally")
        if not ray.is_initialized():
            ray.init(log_to_driver=False, include_dashboard=False)
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        starts = [
            {"batch": i, "row": place.row, "line": place.line, "byte": place.byte}
            for i, place in enumerate(islice(places(todo.file, todo.batch_size), todo.done // todo.batch_size, None))
            if todo.limit is None or place.row < todo.limit
        ]
        if not starts:
            return
        resources = ray.cluster_resources()
        room = int(resources.get("GPU", 0) // self.gpus) if self.gpus else int(resources.get("CPU", 1))
        found = ray.data.from_items(starts, override_num_blocks=len(starts)).map_batches(
            _Actor,
            fn_constructor_kwargs={"build": self.build, "todo": todo},
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=min(self.workers or max(room, 1), len(starts))),
            num_cpus=0 if self.gpus else 1,
            num_gpus=self.gpus,
        )
        yield from _by_batch(found.iter_batches(batch_size=None, batch_format="pyarrow"), todo.file, is_new)


def _by_batch(tables: Iterable[pa.Table], file: str, is_new: IsNew) -> Iterator[list[Entry]]:
    """Entries of each batch; a row whose id an earlier batch had is a duplicate."""
    current, entries = None, []
    for table in tables:
        for row in table.to_pylist():
            if row["batch"] != current and current is not None:
                yield entries
                entries = []
            current = row["batch"]
            if row["first"] and not is_new(row["id"]):
                entries.append(bad_entry(duplicate(file, row["line"], row["id"])))
            else:
                entries.append(Entry(row["id"], row["record"], row["error"]))
    if current is not None:
        yield entries


class _Actor:
    """Lives in a worker of the cluster: reads and judges one batch at a time."""

    def __init__(self, build: Callable[[], Judge], todo: Todo) -> None:
        self._judge = build()
        self._todo = todo

    def __call__(self, starts: pa.Table) -> pa.Table:
        rows = [row for start in starts.to_pylist() for row in self._one(start)]
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def _one(self, start: dict[str, int]) -> Iterator[dict[str, Any]]:
        todo, seen = self._todo, set[str]()
        place = Place(start["row"], start["line"], start["byte"])
        stop = todo.batch_size if todo.limit is None else min(todo.batch_size, todo.limit - place.row)
        raw = islice(raw_rows(todo.file, todo.columns, place), stop)
        batch = list(rows_from(raw, todo.file, todo.as_of, partial(_first, seen)))
        for row, entry in zip(batch, judge_batch(batch, self._judge, todo.file), strict=True):
            first = row.id in seen
            with suppress(KeyError):
                seen.remove(row.id)
            yield {"batch": start["batch"], "line": row.line, "first": first, **entry._asdict()}


def _first(seen: set[str], row_id: str) -> bool:
    """Whether an id comes for the first time; remembers it."""
    if row_id in seen:
        return False
    seen.add(row_id)
    return True
