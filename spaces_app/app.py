"""May this outreach email leave? The rules judge behind one form; nothing pasted here is stored or sent on."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from pydantic import ValidationError

from tenacious_bench.judges.rules import RulesJudge
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import Brief, Email, EmailKind, Item, Judgment

EXAMPLE_BRIEF = """{
  "as_of": "2026-04-21",
  "prospect": {"company": "Kettlewick", "industry": "freight software", "headcount": 46},
  "segment": "growth_startup", "segment_confidence": 0.86,
  "signals": [{"kind": "hiring", "claim": "1 Python role open", "observed_on": "2026-04-14", "confidence": "low"}],
  "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 2, "start_in_days": 7}}}
}"""
EXAMPLE_BODY = (
    "Hello Ada,\n\nYour team is hiring aggressively. Six Python engineers can start tomorrow. Worth a call?\n\nFemke"
)
JUDGE = RulesJudge(load_playbook())


def judge(brief: str, kind: EmailKind, subject: str, body: str) -> tuple[str, str, str, list[Any], list[Any]]:
    """Judge one draft: verdict, action, failure modes, and subject and body with the offending words marked."""
    try:
        item = Item(id="1", brief=Brief.model_validate_json(brief), email=Email(kind=kind, subject=subject, body=body))
    except ValidationError as error:
        first = error.errors()[0]
        raise gr.Error(f"{'.'.join(str(p) for p in first['loc']) or 'brief'}: {first['msg']}") from error
    result = JUDGE.judge([item])[0]
    verdict = result.verdict or f"no verdict: {result.error}"
    modes = ", ".join(result.failure_modes) or "none"
    return verdict, result.action or "", modes, marked(result, "subject", subject), marked(result, "body", body)


def marked(result: Judgment, field: str, text: str) -> list[tuple[str, str | None]]:
    """The text cut at its quotes, each quote with its failure mode; overlapping quotes are shown once."""
    spans: list[tuple[str, str | None]] = []
    at = 0
    for quote in sorted((q for q in result.quotes if q.field == field), key=lambda q: (q.start, -q.end)):
        if quote.start < at:
            continue
        spans += [(text[at : quote.start], None), (text[quote.start : quote.end], quote.mode)]
        at = quote.end
    return [span for span in [*spans, (text[at:], None)] if span[0]]


with gr.Blocks(title="Tenacious-Bench") as demo:
    gr.Markdown("# May this email leave?\nA brief, a draft, and the rules of the default playbook.")
    with gr.Row():
        with gr.Column():
            brief_box = gr.Code(EXAMPLE_BRIEF, language="json", label="Brief (JSON)")
            kind_box = gr.Dropdown(["cold", "warm_reply", "re_engagement"], value="cold", label="Kind of email")
            subject_box = gr.Textbox("Python engineers", label="Subject")
            body_box = gr.Textbox(EXAMPLE_BODY, label="Body", lines=8)
            button = gr.Button("Judge", variant="primary")
        with gr.Column():
            outputs = [gr.Textbox(label=name) for name in ("Verdict", "Action", "Failure modes")]
            outputs += [gr.HighlightedText(label=name) for name in ("Subject", "Body")]
    button.click(judge, [brief_box, kind_box, subject_box, body_box], outputs, api_name="judge")

if __name__ == "__main__":
    demo.queue(default_concurrency_limit=2).launch()
