"""The tab that judges one email for two briefs."""

from __future__ import annotations

from typing import Any

import gradio as gr
import judging
from compare import HEADER, changes
from examples import changed_fields, examples
from judge_tab import email_fields, pretty, result_fields, reveal
from views import MODE_WORDS, caption, card, marks, reasons

from tenacious_bench.schema import Mode

DIFFERENCE = ("field of the brief", "first", "second")


def build() -> None:
    """Lay the tab out and wire it."""
    first: Mode = "bench_overcommitment"
    start = load(first)
    mode = gr.Dropdown([(words.capitalize(), key) for key, words in MODE_WORDS.items()], value=first, label="Example",
                       info="The same words to two buyers: a verdict is about the email and the brief.")  # fmt: skip
    with gr.Row():
        with gr.Column(min_width=320):
            kind, subject, body = email_fields(*start[:3])
        with gr.Column(min_width=320):
            differing = gr.Dataframe(start[5], headers=list(DIFFERENCE), label="Where the briefs differ", wrap=True,
                                     interactive=False, column_widths=["34%", "33%", "33%"], buttons=[],
                                     elem_id="differing")  # fmt: skip
            button = gr.Button("Judge for both", variant="primary", elem_id="compare")
    with gr.Row():
        with gr.Column(min_width=320):
            gr.Markdown("### First brief")
            left = result_fields("first")
        with gr.Column(min_width=320):
            gr.Markdown("### Second brief")
            right = result_fields("second")
    moved = gr.Dataframe(headers=list(HEADER), label="What changed: rules broken, rewards of sentences", wrap=True,
                         interactive=False, column_widths=["50%", "25%", "25%"], buttons=[],
                         elem_id="moved")  # fmt: skip
    with gr.Accordion("Edit the two briefs (JSON)", open=False), gr.Row():
        one = gr.Code(start[3], language="json", label="First brief", lines=10, max_lines=24)
        two = gr.Code(start[4], language="json", label="Second brief", lines=10, max_lines=24)
    mode.input(load, mode, [kind, subject, body, one, two, differing], api_visibility="private")
    button.click(
        run, [kind, subject, body, one, two], [*left, *right, moved, differing], api_visibility="private",
        concurrency_id="judge", concurrency_limit=1, show_progress_on=[left[0], right[0]],
    ).success(None, js=reveal("first-verdict"), api_visibility="private")  # fmt: skip


def load(mode: Mode) -> list[Any]:
    """Email, both briefs, and where they differ, of an example."""
    example = examples()[mode]
    email = example.fails.email
    one, two = (task.brief.to_json_dict() for task in (example.fails, example.brief_changed))
    return [email.kind, email.subject, email.body, pretty(one), pretty(two), differences(one, two)]


def run(kind: Any, subject: str, body: str, one: str, two: str) -> list[Any]:
    """Judge the email for both briefs."""
    try:
        briefs = judging.read_json(one), judging.read_json(two)
        items = [judging.read(brief, kind, subject, body) for brief in briefs]
        decisions = judging.decide(items)
    except judging.EXPECTED as error:
        raise judging.shown(error) from error
    sides: list[Any] = []
    for item, decision in zip(items, decisions, strict=True):
        judgment = decision.judgment
        sides += [card(decision), reasons(decision), marks(item.email, judgment), caption(judgment)]
    return [*sides, changes(decisions[0], decisions[1]), differences(*briefs)]


def differences(one: dict[str, Any], two: dict[str, Any]) -> list[list[str]]:
    """Rows of the table that says where two briefs differ."""
    return [list(row) for row in changed_fields(one, two)]
