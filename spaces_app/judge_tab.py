"""The tab that judges one email."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import judging
from brief_fields import fields
from brief_form import Form, brief_of, form_of
from examples import FAILS, IS, VERSIONS, WAS, difference, examples
from views import COLORS, MODE_WORDS, Spans, caption, card, marks, reasons

from tenacious_bench.schema import Brief, Mode

KINDS = [("Cold", "cold"), ("Reply to a prospect", "warm_reply"), ("Re-engagement", "re_engagement")]
FORM, JSON = "Form", "JSON"
DIFFERENCE_COLORS = {WAS: "#d92d20", IS: "#12805c"}


def build() -> None:
    """Lay the tab out and wire it."""
    first: Mode = next(iter(examples()))
    task = examples()[first].fails
    with gr.Row():
        with gr.Column(scale=6):
            mode = gr.Dropdown([(w.capitalize(), key) for key, w in MODE_WORDS.items()], value=first, label="Example")
            version = gr.Radio(list(VERSIONS), value=FAILS, label="Version", elem_id="version")
            changes = gr.HighlightedText(
                difference(examples()[first], FAILS), label="What makes the difference", elem_id="difference",
                color_map=DIFFERENCE_COLORS, show_whitespaces=True,
            )  # fmt: skip
            kind, subject, body = email_fields(task.email.kind, task.email.subject, task.email.body)
            button = gr.Button("Judge this email", variant="primary", elem_id="judge")
        with gr.Column(scale=6, elem_id="result"):
            outputs = result_fields("judge")
            with gr.Accordion("The whole decision", open=False):
                details = gr.JSON(label="Decision", show_label=False)
    gr.Markdown("### What is known of the buyer\nThe same email can be right for one brief and wrong for another.")
    shown = gr.State(FORM)
    view = gr.Radio([FORM, JSON], value=FORM, label="Brief as", elem_id="view")
    with gr.Column() as form_box:
        form = fields(form_of(task.brief))
    with gr.Column(visible=False) as json_box:
        text = gr.Code(pretty(task.brief.to_json_dict()), language="json", label="Brief", lines=12, max_lines=30)
    again = gr.Button("Judge with this brief", elem_id="again")

    inputs = [shown, text, kind, subject, body, *form]
    for asked in (button, again):
        asked.click(
            run, inputs, [*outputs, details], api_visibility="private", concurrency_id="judge", concurrency_limit=1,
            show_progress_on=outputs[0],
        ).success(None, js=reveal("judge-verdict"), api_visibility="private")  # fmt: skip
    view.input(
        switch, [view, shown, text, *form], [view, shown, form_box, json_box, text, *form], api_visibility="private"
    )
    gr.on(
        [mode.input, version.input], load, [mode, version],
        [*outputs, details, changes, kind, subject, body, text, *form], api_visibility="private",
    )  # fmt: skip


def reveal(element: str) -> str:
    """A script that scrolls to an element of the page, unless all of it can be seen."""
    return f"""() => {{
        const found = document.getElementById("{element}"), box = found.getBoundingClientRect();
        if (box.top < 0 || box.bottom > innerHeight) found.scrollIntoView({{block: "start", behavior: "smooth"}});
    }}"""


def email_fields(kind: str, subject: str, body: str) -> tuple[gr.Dropdown, gr.Textbox, gr.Textbox]:
    """The three fields of a draft."""
    with gr.Row():
        kind_field = gr.Dropdown(KINDS, value=kind, label="Kind of email", scale=2, min_width=190)
        subject_field = gr.Textbox(subject, label="Subject", scale=5, min_width=220, max_lines=1)
    return kind_field, subject_field, gr.Textbox(body, label="Body", lines=9, max_lines=22)


def result_fields(name: str) -> list[Any]:
    """What a decision is shown in: verdict, reasons, the email in colours, what the colours mean."""
    return [
        gr.HTML(card(None), elem_id=f"{name}-verdict"),
        gr.HighlightedText(label="Why", elem_id=f"{name}-why", color_map=COLORS, combine_adjacent=False),
        gr.HighlightedText(label="The email", elem_id=f"{name}-marks", color_map=COLORS, show_inline_category=False),
        gr.Markdown(elem_classes="quiet", elem_id=f"{name}-caption"),
    ]


def run(shown: str, text: str, kind: Any, subject: str, body: str, *form: Any) -> tuple[str, Spans, Spans, str, Any]:
    """Judge what the page shows: the form or the JSON, whichever is open."""
    try:
        rest = judging.read_json(text)
        item = judging.read(brief_of(Form(*form), rest) if shown == FORM else rest, kind, subject, body)
        decision = judging.decide([item])[0]
    except judging.EXPECTED as error:
        raise judging.shown(error) from error
    judgment = decision.judgment
    return card(decision), reasons(decision), marks(item.email, judgment), caption(judgment), decision.to_json_dict()


def switch(wanted: str, shown: str, text: str, *form: Any) -> list[Any]:
    """Show the brief in the other way, written from the one that was open. What cannot be read stays where it is."""
    kept = [shown, shown, gr.skip(), gr.skip(), text, *form]
    if wanted == shown:
        return kept
    try:
        rest = judging.read_json(text)
        known = Brief.model_validate(rest) if wanted == FORM else None
    except ValueError:
        gr.Warning("This JSON is no brief in our schema, so the form cannot show it. It can be judged as it is.")
        return kept
    boxes = [gr.Column(visible=wanted == FORM), gr.Column(visible=wanted == JSON)]
    if known is not None:
        return [wanted, wanted, *boxes, text, *form_of(known)]
    return [wanted, wanted, *boxes, pretty(brief_of(Form(*form), rest)), *form]


def load(mode: Mode, version: str) -> list[Any]:
    """Fill the page with an example; a verdict on another email does not stay beside it."""
    task = examples()[mode].version(version)
    email = task.email
    return [
        card(None), [], [], "", None, difference(examples()[mode], version), email.kind, email.subject, email.body,
        pretty(task.brief.to_json_dict()), *form_of(task.brief),
    ]  # fmt: skip


def pretty(brief: dict[str, Any]) -> str:
    """A brief as text of the JSON box; what is empty is left out."""
    filled = {key: value for key, value in brief.items() if value not in ({}, [], None)}
    return json.dumps(filled, ensure_ascii=False, indent=2)
