"""Judging emails: one, or a file of them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tenacious_bench.cli.common import (
    Adapter,
    AsJson,
    BatchSize,
    Device,
    DType,
    InventoryQuery,
    InventorySource,
    Limit,
    MaxAge,
    PlaybookFolder,
    Strict,
    app,
    plain_errors,
    progress_for,
    safe,
)

if TYPE_CHECKING:
    from tenacious_bench.gate import Decision
    from tenacious_bench.panel import JudgeName, ModelOptions
    from tenacious_bench.playbook import Playbook
    from tenacious_bench.scoring.ray_engine import RayEngine


EXIT_CODES = {"send": 0, "edit": 3, "block": 4, "needs_evidence": 5}


def _decision_text(decision: Decision) -> str:
    judgment = decision.judgment
    lines = [f"{decision.verdict}  judge: {judgment.verdict}"]
    lines += [f"missing {m.field}: {m.why}" for m in decision.missing]
    if judgment.reward is not None:
        chance = "" if judgment.probability is None else f"  P(PASS) {judgment.probability:.2f}"
        lines.append(f"reward {judgment.reward:+.3f} (threshold {judgment.threshold:+.3f}){chance}")
    lines += [f'{q.mode}: "{q.text}" ({q.reason})' for q in judgment.quotes]
    if judgment.verdict == "FAIL" and judgment.sentences:
        lowest = min(judgment.sentences, key=lambda s: s.reward)
        lines.append(f'costs most: "{lowest.text}" ({lowest.reward:+.2f})')
    lines += [f"note: {note}" for note in judgment.notes]
    if decision.inventory_updated_at is not None:
        lines.append(f"inventory counted: {decision.inventory_updated_at:%Y-%m-%d %H:%M:%S %Z}")
    return "\n".join([*lines, f"signature: {judgment.signature}"])


@app.command()
def judge(
    brief: Annotated[Path, typer.Argument(help="JSON file: a brief, any foreign context, or a row with both.")],
    email: Annotated[Path | None, typer.Argument(help="The email: text, or JSON with subject and body.")] = None,
    judge: Annotated[str, typer.Option(help="Which judge.")] = "cascade",
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "auto",
    strict: Strict = False,
    inventory: InventorySource = None,
    inventory_query: InventoryQuery = None,
    max_age: MaxAge = 900,
    playbook: PlaybookFolder = None,
) -> None:
    """One brief and one email: verdict, reasons, what is missing.

    Exit code 0 send, 3 edit, 4 block, 5 needs evidence, 1 error.
    """
    from tenacious_bench.gate import Gate
    from tenacious_bench.gate.inventory import open_inventory
    from tenacious_bench.panel import ModelOptions, build_judge, judge_name
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.single import read_single

    with plain_errors():
        item = read_single(brief, email)
        name, book = judge_name(judge), load_playbook(playbook)
        source = open_inventory(inventory, inventory_query)
        options = ModelOptions(adapter=adapter, device=device, dtype=dtype, strict=strict)
        gate = Gate(build_judge(name, book, options), book, source, timedelta(seconds=max_age))
        decision = gate.decide([item])[0]
        if decision.verdict is None:
            raise ValueError(decision.judgment.error or "no verdict")
    as_text = json.dumps(decision.model_dump(mode="json"), ensure_ascii=False)
    typer.echo(as_text if as_json else safe(_decision_text(decision)))
    raise typer.Exit(EXIT_CODES[decision.verdict])


def _ray(name: JudgeName, book: Playbook, options: ModelOptions, workers: int | None) -> RayEngine:
    from functools import partial

    from tenacious_bench.panel import build_judge
    from tenacious_bench.scoring.ray_engine import RayEngine

    gpus = 1.0 if options.device.startswith("cuda") else 0.0
    return RayEngine(name, partial(build_judge, name, book, options), workers, gpus)


@app.command()
def score(
    source: Annotated[
        Path, typer.Argument(help="Rows with email and brief or context: .csv, .parquet, or JSON, one object a line.")
    ],
    target: Annotated[Path, typer.Argument(help="Where the judgments go: .csv, .parquet, or JSON, one object a line.")],
    judge: Annotated[str, typer.Option(help="Which judge.")] = "cascade",
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OURS=THEIRS",
            help="What a part of a row is called in SOURCE; give it once for each. OURS is id, email, subject, body, "
            "brief, context, label, or context.NAME.",
        ),
    ] = None,
    limit: Limit = None,
    restart: Annotated[bool, typer.Option("--restart", help="Throw the work of an unfinished run away.")] = False,
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "auto",
    batch_size: BatchSize = 16,
    strict: Strict = False,
    reference_cache: Annotated[
        bool, typer.Option(help="Keep reference scores on disk: another run over the same rows takes half the time.")
    ] = True,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="Judge in this process, or on a Ray cluster (JSON lines, Parquet).")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Actors of the Ray engine; by default one for each GPU or processor.")
    ] = None,
    playbook: PlaybookFolder = None,
) -> None:
    """A whole file. Rows that cannot be judged stand in TARGET.errors.jsonl, and the exit code is then 1.

    A run that was killed goes on where it stopped when it is started again in the same way.
    """
    from tenacious_bench.cli.run_key import run_key
    from tenacious_bench.panel import ModelOptions, build_judge, judge_name
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.reference_cache import default_path
    from tenacious_bench.rows.columns import parse_columns
    from tenacious_bench.scoring import score_file

    with plain_errors():
        name, columns, book = judge_name(judge), parse_columns(column or []), load_playbook(playbook)
        cache = default_path() if reference_cache else None
        options = ModelOptions(adapter, device, dtype, batch_size, strict, cache)
        report = score_file(
            source,
            target,
            _ray(name, book, options, workers) if engine == "ray" else build_judge(name, book, options),
            limit=limit,
            batch_size=4 * batch_size,
            progress_for=lambda total, done: progress_for("score", total, done),
            columns=columns,
            run_key=run_key(name, book, options),
            restart=restart,
        )
    if report.note is not None:
        typer.echo(f"note: {safe(report.note)}", err=True)
    if as_json:
        errors = None if report.errors_path is None else str(report.errors_path)
        counts = {"rows": report.rows, "scored": report.scored, "bad": report.bad}
        typer.echo(json.dumps({**counts, "errors": errors, "resumed": report.resumed}))
    else:
        taken = f" ({report.resumed} rows were done before)" if report.resumed else ""
        typer.echo(f"{report.rows} rows: {report.scored} scored to {target}, {report.bad} not{taken}")
        if report.errors_path is not None:
            typer.echo(f"reasons: {report.errors_path}", err=True)
    if report.bad:
        raise typer.Exit(1)
