"""Reads the folder that ``bench`` and ``evaluate`` write: results, rows, and the tasks behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from tenacious_bench.data import data_hash, load_tasks
from tenacious_bench.files import JsonError, lines, parse_object, show
from tenacious_bench.report.rows import Row
from tenacious_bench.report.shape import check_results
from tenacious_bench.report.tables import Results
from tenacious_bench.safe_text import terminal
from tenacious_bench.schema import Task
from tenacious_bench.stats import Confusion

RESULTS, ROWS = "results.json", "rows.jsonl"
MAX_RESULTS_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Run:
    """One measured run."""

    results: Results
    rows: list[Row]
    tasks: Mapping[str, Task]
    """The judged tasks by id; empty when the installed dataset is not the one that was measured."""
    unread: str = ""
    """Why ``tasks`` is empty."""
    partition_size: int = 0
    """Tasks in the whole partition; 0 when it is not known."""


class RunError(ValueError):
    """A results folder that cannot be read: which file, which line or field, what to do."""


def read_run(folder: Path) -> Run:
    """Read and check one results folder.

    Args:
        folder: holds ``results.json`` and ``rows.jsonl`` of the same run.

    Raises:
        RunError: a file is missing or malformed, or the two are not of the same run.
    """
    for name in (RESULTS, ROWS):
        if not (folder / name).is_file():
            raise RunError(
                f"{folder}: no {name}; give a folder that `tenacious-bench bench` or `tenacious-bench evaluate` wrote"
            )
    results, rows = _read_results(folder / RESULTS), _read_rows(folder / ROWS)
    _require_same_run(results, rows, folder)
    tasks, unread, size = _tasks(results, rows)
    return Run(results, rows, tasks, unread, size)


def _read_results(path: Path) -> Results:
    size = path.stat().st_size
    if size > MAX_RESULTS_BYTES:
        raise RunError(f"{path}: found {size:,} bytes: no results file is above {MAX_RESULTS_BYTES:,}")
    try:
        results = parse_object(path.read_bytes())
        check_results(results)
    except (JsonError, ValueError) as error:
        raise RunError(f"{path}: {terminal(str(error))}; measure again, or give another folder") from error
    return results


def _read_rows(path: Path) -> list[Row]:
    rows: dict[str, Row] = {}
    with path.open("rb") as handle:
        for number, raw in lines(handle):
            try:
                row = Row.model_validate(parse_object(raw))
            except ValidationError as error:
                first = error.errors(include_url=False, include_context=False, include_input=False)[0]
                field = ".".join(str(part) for part in first["loc"])
                raise RunError(f"{path}:{number}: {terminal(field)}: {first['msg']}; measure again") from error
            except JsonError as error:
                raise RunError(f"{path}:{number}: {error}") from error
            if row.task_id in rows:
                raise RunError(f"{path}:{number}: task_id {show(row.task_id)} stands there twice; measure again")
            rows[row.task_id] = row
    return list(rows.values())


def _require_same_run(results: Results, rows: list[Row], folder: Path) -> None:
    """Counting the rows must give the confusion matrix of every judge in the results."""
    for name, found in results["judges"].items():
        missing = next((row.task_id for row in rows if name not in row.judges), None)
        if missing is not None or not rows:
            where = f"row {show(missing)}" if missing else "the empty file"
            raise RunError(f"{folder / ROWS}: {where} holds nothing of judge {name}: the two files are of other runs")
        counted = Confusion.from_arrays([r.label for r in rows], [r.judges[name].verdict for r in rows])._asdict()
        stated = {key: found["confusion"][key] for key in counted}
        if counted != stated:
            raise RunError(
                f"{folder}: {ROWS} gives judge {name} {counted}, {RESULTS} gives it {stated}: the two files are of "
                "other runs; measure again"
            )


def _tasks(results: Results, rows: list[Row]) -> tuple[dict[str, Task], str, int]:
    data = results["dataset"]
    try:
        installed = data_hash(data["partition"], data["config"])
    except (ValueError, OSError) as error:
        return {}, str(error), 0
    if installed != data["sha256"]:
        return {}, f"the installed data have sha256 {installed[:12]}, this run was measured on {data['sha256'][:12]}", 0
    known = {task.task_id: task for task in load_tasks(data["partition"], data["config"])}
    absent = [row.task_id for row in rows if row.task_id not in known]
    if absent:
        return {}, f"{len(absent)} rows are of tasks that the data do not hold, first {show(absent[0])}", 0
    return {row.task_id: known[row.task_id] for row in rows}, "", len(known)
