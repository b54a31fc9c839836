"""Sentence rewards: sums of token terms, their offsets, and how they are scored against evidence."""

from __future__ import annotations

import pytest
import tiny

from tenacious_bench.data import load_tasks
from tenacious_bench.judges.explanation import sentence_rewards
from tenacious_bench.judges.pointing import pointing
from tenacious_bench.logprobs import encode_text, token_offsets
from tenacious_bench.schema import Email, SpanReward

TASKS = load_tasks("validation")
EMAIL = Email(subject="Go, in May", body="Dear Ana,\n\nTwo could start. Shall we talk?\n\nBest,\nÉva")


def test_each_token_counts_in_the_sentence_it_begins_in():
    tokenizer = tiny.tokenizer()
    offsets = token_offsets(tokenizer, EMAIL.text)
    assert len(offsets) == len(encode_text(tokenizer, EMAIL.text))
    rows = sentence_rewards(EMAIL, offsets, [1.0] * len(offsets) + [100.0])
    assert [row.text for row in rows] == [
        "Go, in May",
        "Dear Ana,",
        "Two could start.",
        "Shall we talk?",
        "Best,",
        "Éva",
    ]
    for row in rows:
        assert getattr(EMAIL, row.field)[row.start : row.end] == row.text
        assert 1 <= row.reward <= len(row.text.encode()) + 1
    assert sum(row.reward for row in rows) <= len(offsets)


@pytest.mark.parametrize("body", ["word", "🙂🙂 no", "a\r\nb", "‮tfel ot thgir", "x" * 3000, "\n\n .\n"])
def test_any_text_is_explained_without_losing_a_sentence(body):
    email = Email(body=body)
    tokenizer = tiny.tokenizer()
    offsets = token_offsets(tokenizer, email.text)
    rows = sentence_rewards(email, offsets, [0.5] * len(offsets))
    assert all(email.body[row.start : row.end] == row.text for row in rows)


def whole_sentences(task, low: str) -> tuple[SpanReward, ...]:
    """Two halves of the body, the one that overlaps the evidence lowest or not."""
    at = task.email.body.find(task.evidence[0]) if task.evidence else -1
    end = len(task.email.body)
    halves = (("body", 0, max(at, 0)), ("body", max(at, 0), end))
    rewards = (1.0, -1.0) if low == "evidence" else (-1.0, 1.0)
    return tuple(
        SpanReward(field="body", start=a, end=b, text=task.email.body[a:b], reward=reward)
        for (_, a, b), reward in zip(halves, rewards, strict=True)
    )


@pytest.mark.parametrize(("low", "accuracy"), [("evidence", 1.0), ("other", 0.0)])
def test_pointing_counts_the_lowest_sentence_against_the_evidence(low, accuracy):
    chosen = [t for t in TASKS if len(t.evidence) == 1 and t.email.body.find(t.evidence[0]) > 0]
    found = pointing(chosen, [whole_sentences(t, low) for t in chosen], [t.contrast_group for t in chosen])
    assert found is not None and found.share.n == len(chosen)
    share = found.share
    assert share.value == accuracy and share.interval.low == share.interval.high == accuracy
    assert found.random_sentence == 0.5


def test_pointing_needs_fail_emails_of_two_groups():
    passes = [t for t in TASKS if t.label == "PASS"]
    assert pointing(passes, [()] * len(passes), [t.contrast_group for t in passes]) is None
