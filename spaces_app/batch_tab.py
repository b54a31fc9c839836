"""The tab that judges a file."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import judging
from batch import MAX_ROWS, PROBLEM_HEADER, VERDICT_HEADER, Outcome, judge_file, problem_rows, scored_csv, verdict_rows
from charts import outcome_chart
from examples import VERSIONS, examples
from gradio.utils import get_upload_folder

HELP = f"""
A CSV with a header: `body` (and `subject`), or `email` with both; `brief` as JSON. Without a brief, all other columns
are taken as what is known of the buyer. At most {MAX_ROWS:,} rows; `tenacious-bench score` takes any number.
"""


def build() -> None:
    """Lay the tab out and wire it."""
    with gr.Row():
        with gr.Column(scale=5, min_width=300):
            file = gr.File(label="CSV of drafts", file_types=[".csv"], elem_id="csv", height=150)
            mapping = gr.Textbox(label="Columns with other names", placeholder="email=Draft, context.company=Account",
                                 info="Leave empty where the names are as below.", max_lines=3)  # fmt: skip
            button = gr.Button("Judge all rows", variant="primary", elem_id="judge-all")
            gr.Markdown(HELP, elem_classes="quiet")
            gr.DownloadButton("Example file", value=example_file(), size="sm")
        with gr.Column(scale=6, min_width=300):
            summary = gr.Markdown("### No file judged yet", elem_id="summary")
            chart = gr.Plot(show_label=False, elem_id="chart", format="png")
            scored = gr.File(label="Verdicts of all rows", interactive=False, elem_id="scored", visible=False)
    verdicts = gr.Dataframe(headers=list(VERDICT_HEADER), label="Verdicts", wrap=True, interactive=False,
                            max_height=420, column_widths=[70, 150, 140, 90, 240, 440], elem_id="verdicts",
                            show_search="filter")  # fmt: skip
    problems = gr.Dataframe(headers=list(PROBLEM_HEADER), label="Rows without a verdict", wrap=True, interactive=False,
                            column_widths=[70, 150, 160, 320, 430], elem_id="problems", visible=False,
                            buttons=[])  # fmt: skip
    button.click(
        run, [file, mapping], [summary, chart, scored, verdicts, problems], api_visibility="private",
        concurrency_id="batch", concurrency_limit=1, show_progress_on=summary,
    )  # fmt: skip


def run(path: str | None, mapping: str, progress: gr.Progress = gr.Progress()) -> tuple[Any, ...]:  # noqa: B008
    """Judge an uploaded file."""
    if path is None:
        raise gr.Error("Choose a CSV first.", print_exception=False)
    try:
        outcome = judge_file(Path(path), mapping, _progress(progress))
    except (*judging.EXPECTED, OSError) as error:
        raise judging.shown(ValueError(str(error).replace(path, "the file"))) from error
    return (
        summary_text(outcome),
        outcome_chart(outcome),
        gr.File(_served("scored.csv", scored_csv(outcome)), visible=True),
        verdict_rows(outcome),
        gr.Dataframe(problem_rows(outcome), visible=bool(outcome.problems)),
    )


def summary_text(outcome: Outcome) -> str:
    """How the run ended, in one line."""
    judged, broken = len(outcome.judged), len(outcome.problems)
    held = sum(row.decision.verdict != "send" for row in outcome.judged)
    rest = f", {broken} not" if broken else ""
    return f"### {judged + broken} rows: {judged} judged{rest}\n{judged - held} may be sent, {held} are held back."


def _progress(progress: gr.Progress) -> Callable[[int, int], Callable[[int], None]]:
    def start(total: int, done: int) -> Callable[[int], None]:
        finished = [done]

        def step(count: int) -> None:
            finished[0] += count
            progress((finished[0], total), desc="Judging", unit="rows")

        progress((done, total), desc="Judging", unit="rows")
        return step

    return start


def example_file() -> str:
    """All examples of the page as a CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "subject", "body", "brief"])
    for example in examples().values():
        for task in map(example.version, VERSIONS):
            brief = json.dumps(task.brief.to_json_dict(), ensure_ascii=False)
            writer.writerow([task.task_id, task.email.subject, task.email.body, brief])
    return _served("example.csv", out.getvalue())


def _served(name: str, text: str) -> str:
    """A file where the page may serve it from, and where it is deleted in time."""
    root = Path(get_upload_folder())
    root.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=root)) / name
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)
