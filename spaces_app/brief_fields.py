"""The form of a brief: its fields, in the order of :class:`brief_form.Form`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from brief_form import MESSAGE, OTHER, SIGNAL, STACK, Form

SEGMENTS = [
    ("Unknown", ""),
    ("Growth start-up", "growth_startup"),
    ("Restructuring", "restructuring"),
    ("Mature enterprise", "mature_enterprise"),
    ("AI transformation", "ai_transformation"),
]
PERSONAS = [
    ("Unknown", ""),
    ("Founder", "founder"),
    ("CTO", "cto"),
    ("VP Engineering", "vp_engineering"),
    ("Head of Data", "head_of_data"),
    ("CFO", "cfo"),
    ("Procurement", "procurement"),
]
MATURITY: list[tuple[str, str | int]] = [
    ("Unknown", ""),
    ("0 no data layer", 0),
    ("1 reports", 1),
    ("2 a model in use", 2),
    ("3 in production", 3),
]
CONFIDENCE = [("Unknown", ""), ("High", "high"), ("Medium", "medium"), ("Low", "low")]


def fields(value: Form) -> list[Any]:
    """The components, filled; their values are those of a :class:`Form`."""
    with gr.Row():
        with gr.Column(min_width=300):
            company = gr.Textbox(value.company, label="Company", max_lines=1)
            with gr.Row():
                industry = gr.Textbox(value.industry, label="Industry", max_lines=1, min_width=140, scale=2)
                headcount = gr.Number(value.headcount, label="People", precision=0, minimum=0, min_width=90)
        with gr.Column(min_width=300):
            with gr.Row():
                name = gr.Textbox(value.name, label="Recipient", max_lines=1, min_width=140)
                title = gr.Textbox(value.title, label="Title", max_lines=1, min_width=140)
            persona = gr.Dropdown(PERSONAS, value=value.persona or "", label="Persona")
        with gr.Column(min_width=300):
            as_of = gr.Textbox(value.as_of, label="Day the email would leave", placeholder="2026-04-20", max_lines=1)
            with gr.Row():
                segment = gr.Dropdown(SEGMENTS, value=value.segment or "", label="Segment", min_width=140, scale=2)
                sure = gr.Number(value.segment_confidence, label="Confidence", minimum=0, maximum=1, step=0.05,
                                 min_width=90)  # fmt: skip
    signals = _table(value.signals, SIGNAL, "Signals", [120, 480, 140, 130, 260])
    with gr.Row():
        with gr.Column(min_width=300):
            bench = _table(value.bench, STACK, "Engineers free to start", [230, 150, 180])
        with gr.Column(min_width=300):
            notes = gr.Textbox(value.notes, label="Notes", lines=4, max_lines=10)
    thread = _table(value.thread, MESSAGE, "Conversation so far (sender: us or prospect)", [150, 980])
    with gr.Accordion("AI maturity, competitor gap, other conversations", open=False):
        with gr.Row():
            maturity = gr.Dropdown(MATURITY, value=_or(value.maturity), label="AI maturity", min_width=160)
            maturity_sure = gr.Dropdown(CONFIDENCE, value=value.maturity_confidence or "", label="Confidence",
                                        min_width=120)  # fmt: skip
            evidence = gr.Textbox(value.maturity_evidence, label="Evidence", scale=3)
        with gr.Row():
            gap = gr.Textbox(value.gap, label="Competitor gap", scale=3)
            peers = gr.Number(value.gap_peers, label="Peers", precision=0, minimum=0, min_width=90)
            gap_sure = gr.Dropdown(CONFIDENCE, value=value.gap_confidence or "", label="Confidence", min_width=120)
        other = _table(value.other_threads, OTHER, "Conversations with others (nothing in them may reach this buyer)",
                       [180, 200, 120, 600])  # fmt: skip
    return [
        company, industry, headcount, name, title, persona, as_of, segment, sure, signals, bench, notes, thread,
        maturity, maturity_sure, evidence, gap, peers, gap_sure, other,
    ]  # fmt: skip


def _or(value: int | None) -> int | str:
    return "" if value is None else value


def _table(rows: Any, columns: tuple[str, ...], label: str, widths: Sequence[int]) -> gr.Dataframe:
    headers = [column.replace("_", " ") for column in columns]
    return gr.Dataframe(
        [list(row) for row in rows] or [[""] * len(columns)], headers=headers, column_count=len(columns), type="array",
        label=label, wrap=True, interactive=True, column_widths=list(widths), buttons=[], datatype="str",
    )  # fmt: skip
