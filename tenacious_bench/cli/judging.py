"""Judging emails: one, or a file of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenacious_bench.cli.common import (
    Adapter,
    AsJson,
    BatchSize,
    Device,
    DType,
    Limit,
    PlaybookFolder,
    Strict,
    app,
    plain_errors,
    progress_for,
    safe,
)

if TYPE_CHECKING:
    from tenacious_bench.schema import Judgment


def _judge_line(judgment: Judgment) -> str:
    lines = [f"{judgment.verdict}  action: {judgment.action}"]
    if judgment.reward is not None:
        chance = "" if judgment.probability is None else f"  P(PASS) {judgment.probability:.2f}"
        lines.append(f"reward {judgment.reward:+.3f} (threshold {judgment.threshold:+.3f}){chance}")
    lines += [f'{q.mode}: "{q.text}" ({q.reason})' for q in judgment.quotes]
    if judgment.verdict == "FAIL" and judgment.sentences:
        lowest = min(judgment.sentences, key=lambda s: s.reward)
        lines.append(f'costs most: "{lowest.text}" ({lowest.reward:+.2f})')
    lines += [f"note: {note}" for note in judgment.notes]
    return "\n".join([*lines, f"signature: {judgment.signature}"])


@app.command()
def judge(
    brief: Annotated[Path, typer.Argument(help="JSON file: a brief, any foreign context, or a row with both.")],
    email: Annotated[Path | None, typer.Argument(help="The email: text, or JSON with subject and body.")] = None,
    judge: Annotated[str, typer.Option(help="Which judge.")] = "cascade",
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "bfloat16",
    strict: Strict = False,
    playbook: PlaybookFolder = None,
) -> None:
    """One brief and one email: verdict, action, reasons. Exit code 0 send, 3 edit, 4 block, 1 error."""
    from tenacious_bench.panel import ModelOptions, build_judge, judge_name
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.single import read_single

    with plain_errors():
        item = read_single(brief, email)
        name = judge_name(judge)
        options = ModelOptions(adapter=adapter, device=device, dtype=dtype, strict=strict)
        judgment = build_judge(name, load_playbook(playbook), options).judge([item])[0]
        if judgment.verdict is None:
            raise ValueError(judgment.error or "no verdict")
    typer.echo(
        json.dumps(judgment.model_dump(mode="json"), ensure_ascii=False) if as_json else safe(_judge_line(judgment))
    )
    raise typer.Exit({"send": 0, "edit": 3, "block": 4}[judgment.action or "edit"])


@app.command()
def score(
    source: Annotated[Path, typer.Argument(help="JSONL rows with brief or context, and email.")],
    target: Annotated[Path, typer.Argument(help="Where the judgments go, one JSON object a line.")],
    judge: Annotated[str, typer.Option(help="Which judge.")] = "cascade",
    limit: Limit = None,
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "bfloat16",
    batch_size: BatchSize = 8,
    strict: Strict = False,
    playbook: PlaybookFolder = None,
) -> None:
    """A whole file. Rows that cannot be judged stand in TARGET.errors.jsonl, and the exit code is then 1."""
    from tenacious_bench.panel import ModelOptions, build_judge, judge_name
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.scoring import score_file

    with plain_errors():
        name = judge_name(judge)
        options = ModelOptions(adapter, device, dtype, batch_size, strict)
        chosen = build_judge(name, load_playbook(playbook), options)
        report = score_file(
            source, target, chosen, limit=limit, batch_size=4 * batch_size, progress=progress_for("score", None)
        )
    if as_json:
        errors = None if report.errors_path is None else str(report.errors_path)
        typer.echo(json.dumps({"rows": report.rows, "scored": report.scored, "bad": report.bad, "errors": errors}))
    else:
        typer.echo(f"{report.rows} rows: {report.scored} scored to {target}, {report.bad} not")
        if report.errors_path is not None:
            typer.echo(f"reasons: {report.errors_path}", err=True)
    if report.bad:
        raise typer.Exit(1)
