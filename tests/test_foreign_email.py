"""Drafts as text and as objects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenacious_bench.foreign import EmailReadError, email_from_value
from tenacious_bench.schema import Email

line = st.text("abc XYZ:.?", min_size=1).filter(lambda t: t == t.strip())


@pytest.mark.parametrize(
    ("value", "subject", "body"),
    [
        ("Subject: Hi\n\nHello there", "Hi", "Hello there"),
        ("subject:  Hi \nHello there", "Hi", "Hello there"),
        ("Hello there", "", "Hello there"),
        ("Hello\n\nSubject: not a header", "", "Hello\n\nSubject: not a header"),
        ({"subject_line": "Hi", "content": "Hello there"}, "Hi", "Hello there"),
        ({"body": "Subject: Hi\n\nHello there"}, "Hi", "Hello there"),
    ],
)
def test_subject_and_body_are_told_apart(value: Any, subject: str, body: str) -> None:
    email = email_from_value(value)
    assert (email.subject, email.body) == (subject, body)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("reply", "warm_reply"), ("Re-Engagement", "re_engagement"), ("cold outreach", "cold"), ("?", "cold")],
)
def test_the_kind_is_read_from_the_words_in_use(word: str, kind: str) -> None:
    assert email_from_value({"body": "x", "type": word}).kind == kind


@pytest.mark.parametrize(
    "value", ["", " \n", "Subject: only", {}, {"body": ""}, {"body": 5}, None, 5, ["x"], "x" * 100_001]
)
def test_a_value_without_a_text_to_judge_says_what_to_give(value: Any) -> None:
    with pytest.raises(EmailReadError, match=r"field email.*found .+: "):
        email_from_value(value)


@given(line, line)
def test_the_text_form_of_an_email_reads_back(subject: str, body: str) -> None:
    email = Email(subject=subject, body=body)
    assert email_from_value(email.text) == email
