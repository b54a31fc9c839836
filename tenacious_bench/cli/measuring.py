"""Measuring judges, and checking the dataset."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenacious_bench.cli.common import (
    Adapter,
    AsJson,
    BatchSize,
    Device,
    DType,
    Limit,
    PlaybookFolder,
    Seed,
    Strict,
    app,
    plain_errors,
    progress_for,
    safe,
)

if TYPE_CHECKING:
    from tenacious_bench.schema import Partition


def _bench(
    config: str,
    partition: Partition,
    judges: str,
    limit: int | None,
    out: Path,
    as_json: bool,
    options: dict[str, Any],
    playbook: Path | None,
    seed: int,
) -> None:
    from rich.console import Console

    from tenacious_bench.bench import results, rows, run_bench
    from tenacious_bench.data import load_tasks
    from tenacious_bench.files import write_json, write_jsonl
    from tenacious_bench.panel import ModelOptions, judge_names
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.report import terminal_tables, write_report

    with plain_errors():
        run = run_bench(
            judge_names(judges),
            load_tasks(partition, config)[:limit],
            config=config,
            partition=partition,
            playbook=load_playbook(playbook),
            options=ModelOptions(**options),
            progress_for=progress_for,
            seed=seed,
        )
        out.mkdir(parents=True, exist_ok=True)
        found = results(run)
        write_json(out / "results.json", found)
        write_jsonl(out / "rows.jsonl", rows(run))
        report = write_report(out)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    console = Console(width=None if sys.stdout.isatty() else 190)
    for table in terminal_tables(found):
        console.print(table)
    typer.echo(f"written: {out / 'results.json'}, {out / 'rows.jsonl'}, {report.html}, {report.markdown}")


@app.command()
def bench(
    out: Annotated[Path, typer.Option(help="Folder of results.json, rows.jsonl and the report.")] = Path(
        "results/bench"
    ),
    judges: Annotated[str, typer.Option(help="Comma-separated judges, or all.")] = "all",
    limit: Limit = None,
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "auto",
    batch_size: BatchSize = 8,
    playbook: PlaybookFolder = None,
    seed: Seed = 0,
) -> None:
    """All judges on the held-out partition: table, results.json, rows.jsonl, report."""
    options = {"adapter": adapter, "device": device, "dtype": dtype, "batch_size": batch_size}
    _bench("v0.2", "held_out", judges, limit, out, as_json, options, playbook, seed)


@app.command()
def evaluate(
    config: Annotated[str, typer.Option(help="Dataset configuration.")] = "v0.2",
    split: Annotated[str, typer.Option(help="train, validation or held_out.")] = "held_out",
    judges: Annotated[str, typer.Option(help="Comma-separated judges, or all.")] = "rules,reward,cascade",
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results/evaluate"),
    limit: Limit = None,
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "auto",
    batch_size: BatchSize = 8,
    playbook: PlaybookFolder = None,
    seed: Seed = 0,
) -> None:
    """Chosen judges on a chosen configuration and split."""
    from tenacious_bench.schema import PARTITIONS

    partition = next((p for p in PARTITIONS if p == split), None)
    if partition is None:
        typer.echo(f"error: unknown split {safe(split)!r}: use one of {', '.join(PARTITIONS)}", err=True)
        raise typer.Exit(2)
    options = {"adapter": adapter, "device": device, "dtype": dtype, "batch_size": batch_size}
    _bench(config, partition, judges, limit, out, as_json, options, playbook, seed)


@app.command()
def evaluate_rows(
    source: Annotated[Path, typer.Argument(help="JSONL rows as for score, with a label of PASS or FAIL.")],
    judges: Annotated[str, typer.Option(help="Comma-separated judges, or all.")] = "rules,reward,cascade",
    by: Annotated[str, typer.Option(help="Field of a row that names its source.")] = "source",
    out: Annotated[Path, typer.Option(help="Where the results go, as JSON.")] = Path("results/rows.json"),
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "auto",
    batch_size: BatchSize = 8,
    strict: Strict = False,
    playbook: PlaybookFolder = None,
    seed: Seed = 0,
) -> None:
    """Judges on labelled rows of others: PASS and FAIL recall by source. Exit code 1 when a row was left out."""
    from tenacious_bench.bench import judge_items
    from tenacious_bench.files import write_json
    from tenacious_bench.panel import ModelOptions, judge_names
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.report import markdown_table
    from tenacious_bench.robustness import labelled_rows

    with plain_errors():
        labelled = labelled_rows.read_labelled(source, by)
        labelled_rows.require_both_labels(labelled)
        options = ModelOptions(adapter, device, dtype, batch_size, strict)
        items = [row.item for row in labelled.rows]
        said, _ = judge_items(judge_names(judges), items, load_playbook(playbook), options, progress_for, seed)
        found = {name: labelled_rows.evaluate_rows(labelled, judgments, seed) for name, judgments in said.items()}
        signatures = {name: next((j.signature for j in js if j.signature), name) for name, js in said.items()}
        results = labelled_rows.results(labelled, found, signatures)
        out.parent.mkdir(parents=True, exist_ok=True)
        write_json(out, results)
    if as_json:
        typer.echo(json.dumps(results, ensure_ascii=False, indent=2))
    else:
        typer.echo(safe(markdown_table(labelled_rows.HEADER, labelled_rows.table(results))))
        typer.echo(f"written: {out}")
    for bad in labelled.bad:
        typer.echo(f"left out: {safe(str(bad))}", err=True)
    if labelled.bad:
        raise typer.Exit(1)


@app.command()
def check(
    shortcuts: Annotated[
        bool, typer.Option("--shortcuts", help="First train the classifiers that see too little; write shortcuts.json.")
    ] = False,
    contamination: Annotated[
        bool, typer.Option("--contamination", help="First embed all emails; write contamination.json.")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Dataset folder instead of the published one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Assert what the dataset card claims, from the published files; exit code 1 when a check fails."""
    from tenacious_bench import audits
    from tenacious_bench.checks import run_checks

    with plain_errors():
        rows = audits.write_shortcuts(folder) if shortcuts else []
        if contamination:
            audits.write_contamination(folder)
        found = run_checks(folder)
    if as_json:
        typer.echo(json.dumps([c._asdict() for c in found], ensure_ascii=False, indent=2))
    else:
        if rows:
            typer.echo(audits.shortcut_table(rows) + "\n")
        for c in found:
            typer.echo(safe(f"{'ok  ' if c.ok else 'FAIL'}  {c.name}: {c.detail}"))
    if not all(c.ok for c in found):
        raise typer.Exit(1)
