"""The judge behind the page: loaded once, in a thread of its own, and asked in the order of arrival."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

import gradio as gr

from tenacious_bench import Judge
from tenacious_bench.api import read_item
from tenacious_bench.files import JsonError, parse_object
from tenacious_bench.gate import Decision
from tenacious_bench.panel import JudgeName, judge_name
from tenacious_bench.safe_text import html
from tenacious_bench.schema import EmailKind, Item

EXPECTED = (ValueError, OverflowError)
"""Errors whose message is written for the visitor; an email may hold a number or date beyond its type."""

# One thread: calls neither overlap nor overtake each other, so a long file delays a single email by one batch at most.
_WORKER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judge")


def name() -> JudgeName:
    """Which judge answers: ``$TENACIOUS_BENCH_JUDGE``, else the cascade.

    Raises:
        ValueError: there is no such judge; lists those there are.
    """
    return judge_name(os.environ.get("TENACIOUS_BENCH_JUDGE", "cascade"))


@cache
def _judge() -> Judge:
    try:
        return Judge.from_pretrained(judge=name(), words=True)
    except RuntimeError as error:  # weights or an adapter that cannot be used; the message says what to do
        raise ValueError(str(error)) from error


def load() -> Future[Judge]:
    """Start loading, so that a first visitor waits less; the result tells whether it worked."""
    return _WORKER.submit(_judge)


def decide(items: Sequence[Item]) -> list[Decision]:
    """One decision per item, in order.

    Raises:
        ValueError: the judge cannot be loaded; says what to do.
    """
    return _WORKER.submit(lambda: _judge().gate.decide(items)).result()


def read_json(text: str) -> dict[str, Any]:
    """The text of the JSON box as an object.

    Raises:
        ValueError: says what was found and what to do.
    """
    try:
        return parse_object(text.encode("utf-8", "surrogatepass"))
    except JsonError as error:
        remedy = error.remedy.replace("put one JSON object on each line", "give one JSON object")
        raise ValueError(f"brief: found {error.found}: {remedy}") from error


def read(brief: Mapping[str, Any], kind: EmailKind, subject: str, body: str) -> Item:
    """Brief and email as what a judge is given.

    Raises:
        ValueError: names the field, what was found and what to do.
    """
    if not body.strip():
        raise ValueError("email.body: found nothing: write the draft")
    draft = {"kind": kind or "cold", "subject": subject, "body": body.replace("\r\n", "\n")}
    try:
        return read_item(brief, draft, "1")
    except ValueError as error:
        raise ValueError(str(error.__cause__ or error)) from error


def shown(error: Exception) -> gr.Error:
    """An expected error as the page shows it: the message is markup there, so it is escaped."""
    return gr.Error(html(str(error)), print_exception=False, duration=None)
