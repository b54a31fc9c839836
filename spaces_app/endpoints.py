"""What programs and agents call: plain values in, plain values out. Signatures and docstrings become the schemas."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any, Literal

import gradio as gr
import judging
from batch import Outcome, judge_file, scored_csv
from judging import EXPECTED

MAX_CSV_CHARS = 5_000_000


def judge(
    brief: dict[str, Any], body: str, subject: str = "", kind: Literal["cold", "warm_reply", "re_engagement"] = "cold"
) -> str:
    """Decide whether a B2B outreach email may be sent to this prospect: send, edit, block or needs_evidence.

    Args:
        brief: What is known of the prospect, as an object. Either this shape, of which only as_of and prospect.company are required: {"as_of": "2026-04-20", "prospect": {"company", "industry", "headcount"}, "recipient": {"name", "title", "persona"}, "segment": "growth_startup|restructuring|mature_enterprise|ai_transformation", "signals": [{"kind", "claim", "observed_on", "confidence", "source"}], "ai_maturity": {"score"}, "bench": {"stacks": {"python": {"available", "start_in_days"}}}, "competitor_gap": {"finding"}, "notes", "thread": [{"sender": "us|prospect", "text"}]}, or any other object that a CRM holds.
        body: The text of the email.
        subject: Its subject line.
        kind: What sort of email it is.

    Returns:
        The decision as JSON: verdict, missing evidence, and the judgment with failure modes, quotes with reasons, probability and signature.
    """  # noqa: E501  (one line per argument: the tool schema is read from here)
    try:
        item = judging.read(brief, kind, subject, body)
        decision = judging.decide([item])[0]
        short = decision.judgment.model_copy(update={"words": None})  # a row for each word would drown an agent
        return _text(decision.model_copy(update={"judgment": short}).to_json_dict())
    except EXPECTED as error:
        raise gr.Error(str(error), print_exception=False) from error


def batch(csv_text: str, columns: str = "") -> str:
    """Decide on a whole CSV of outreach emails, one per row; rows that cannot be judged come back with the reason.

    Args:
        csv_text: The CSV as text, with a header. Columns: body (and subject) or email, and brief as JSON; without a brief all other columns are taken as what is known of the prospect.
        columns: Where the header has other names: OURS=THEIRS, separated by commas, such as email=Draft, context.company=Account.

    Returns:
        JSON. rows, judged, broken: how many; results: per row of the file line, id, verdict, probability, failure_modes, words, missing and problem; csv: the same as CSV.
    """  # noqa: E501
    try:
        if len(csv_text) > MAX_CSV_CHARS:
            raise ValueError(f"csv_text: found {len(csv_text):,} characters: give at most {MAX_CSV_CHARS:,}")
        outcome = _judge_text(csv_text, columns)
    except EXPECTED as error:
        raise gr.Error(str(error), print_exception=False) from error
    text = scored_csv(outcome)
    judged, broken = len(outcome.judged), len(outcome.problems)
    results = list(csv.DictReader(io.StringIO(text)))
    return _text({"rows": judged + broken, "judged": judged, "broken": broken, "results": results, "csv": text})


def _judge_text(csv_text: str, columns: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.csv"
        source.write_text(csv_text, encoding="utf-8", errors="surrogatepass", newline="")
        try:
            return judge_file(source, columns, lambda total, done: lambda count: None)
        except ValueError as error:
            raise ValueError(str(error).replace(str(source), "csv_text")) from error


def _text(answer: dict[str, Any]) -> str:
    """JSON as text: an object would reach agents as a Python literal."""
    return json.dumps(answer, ensure_ascii=False)
