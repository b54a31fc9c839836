"""Rules about value and voice: segment, AI maturity, tone, style limits, wishes. Each fires and each holds back."""

from __future__ import annotations

from typing import Any

import pytest

from tenacious_bench.judges.rules import RulesJudge
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import Brief, Email, EmailKind, Item, Judgment

JUDGE = RulesJudge(load_playbook())
BRIEF: dict[str, Any] = {
    "as_of": "2026-04-21",
    "prospect": {"company": "Varnhem Optik", "industry": "lens grinding software", "headcount": 64},
    "recipient": {"name": "Ebba Lundqvist", "title": "CTO", "persona": "cto"},
    "segment_confidence": 0.9,
    "signals": [{"kind": "hiring", "claim": "7 engineering roles open", "confidence": "high"}],
}
PITCHES = {
    "growth_startup": "Outside engineers ship the release sooner while you hire, so the roadmap keeps its pace.",
    "restructuring": "Delivery goes on for less than permanent seats cost, and no headcount joins the payroll.",
    "mature_enterprise": "Every change is small and reversible, old and new run side by side until you approve.",
    "ai_transformation": "One project with a fixed scope closes a machine learning gap and belongs to your team.",
}
OFFERS = {
    0: "The records would get one home in a first warehouse, with the first shared tables.",
    1: "Your present reporting is the start: one decision, its history, and a first model if a backtest bears it out.",
    2: "The model would get a named owner and a retraining routine, since nobody looks after the model today.",
    3: "Around your production models we would build a feature store and shadow testing with the model owners.",
}


def judge(body: str, *, kind: EmailKind = "cold", subject: str = "One thing", **changes: Any) -> Judgment:
    email = Email(kind=kind, subject=subject, body=f"Ebba,\n\n{body}\n\nMoa\nTenacious")
    content = {key: value for key, value in {**BRIEF, **changes}.items() if value is not None}
    (judgment,) = JUDGE.judge([Item(id="1", brief=Brief.model_validate(content), email=email)])
    for quote in judgment.quotes:
        assert getattr(email, quote.field)[quote.start : quote.end] == quote.text != ""
    return judgment


def prospect(*texts: str) -> list[dict[str, str]]:
    return [{"sender": "us", "text": "May we write to you?"}, *({"sender": "prospect", "text": t} for t in texts)]


@pytest.mark.parametrize("segment", PITCHES)
@pytest.mark.parametrize("pitch", PITCHES)
def test_a_pitch_fails_under_every_segment_but_its_own(segment: str, pitch: str) -> None:
    modes = judge(PITCHES[pitch], segment=segment).failure_modes
    assert modes == (() if segment == pitch else ("segment_misrouting",))


@pytest.mark.parametrize("pitch", PITCHES)
def test_no_segment_or_low_confidence_licenses_no_pitch(pitch: str) -> None:
    assert judge(PITCHES[pitch], segment=None).failure_modes == ("segment_misrouting",)
    assert judge(PITCHES[pitch], segment=pitch, segment_confidence=0.4).failure_modes == ("segment_misrouting",)


def test_a_faint_pitch_and_words_of_the_brief_are_left_alone() -> None:
    assert judge("Which part of the roadmap would you share?", segment="restructuring").verdict == "PASS"
    topic = "Rollback and sign-off are your product, and its audit records are read side by side."
    named = {"company": "Varnhem Optik", "industry": "rollback, sign-off and audit records, shown side by side"}
    assert judge(topic, segment="growth_startup", prospect=named).verdict == "PASS"


@pytest.mark.parametrize("score", OFFERS)
@pytest.mark.parametrize("level", OFFERS)
def test_an_offer_fails_under_every_maturity_but_its_own(score: int, level: int) -> None:
    sure = {"score": score, "confidence": "high"}
    modes = judge(OFFERS[level], segment="ai_transformation", ai_maturity=sure).failure_modes
    assert modes == (() if score == level else ("ai_maturity_mismatch",))


def test_an_unsure_or_missing_maturity_is_not_held_against_an_offer() -> None:
    for maturity in (None, {"score": 0, "confidence": "low"}):
        assert judge(OFFERS[3], segment="ai_transformation", ai_maturity=maturity).verdict == "PASS"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("This is your last chance.", "last chance"),
        ("You still haven't replied to me.", "You still haven't replied"),
        ("As you surely know, speed counts.", "As you surely know"),
        ("Our rockstar people supercharge you.", "rockstar"),
        ("It is an incredible result.", "incredible"),
        ("We keep a bench of people.", "bench"),
        ("You get a 20% discount.", "discount"),
        ("Hello [First Name], one thing.", "[First Name]"),
        ("Good!! Fine.", "!!"),
        ("Would you have time, could you send the plan, and who else should join?", "Would you have time"),
        ("Could you introduce me to her, share the plan and tell me your budget?", "Could you introduce me"),
    ],
)
def test_drift_that_shows_in_words_is_quoted(body: str, words: str) -> None:
    judgment = judge(body)
    assert judgment.failure_modes == ("tone_drift",)
    assert any(words in q.text for q in judgment.quotes)


@pytest.mark.parametrize(
    "body",
    [
        "Nothing here is urgent, and there is no discount.",
        "You may not know us yet. We lend engineers.",
        "If a check fails, the old path takes over immediately.",
        "Would Tuesday suit, or is Thursday better?",
        "The workbench and the benchmark are yours.",
    ],
)
def test_plain_words_are_left_alone(body: str) -> None:
    assert judge(body).verdict == "PASS"


def test_the_prospects_own_words_are_not_our_drift() -> None:
    assert judge("You asked for it asap.", thread=prospect("I need it asap.")).verdict == "PASS"
    assert judge("Ninja Lens is new to me.", prospect={"company": "Ninja Lens"}).verdict == "PASS"


@pytest.mark.parametrize(("kind", "limit"), [("cold", 120), ("warm_reply", 200), ("re_engagement", 100)])
def test_the_word_limit_goes_by_the_kind_of_mail(kind: EmailKind, limit: int) -> None:
    frame = 3  # the greeting and two lines of signature
    assert judge("word " * (limit - frame), kind=kind).verdict == "PASS"
    long = judge("word " * (limit - frame + 2), kind=kind)
    assert [q.text for q in long.quotes] == ["Moa\nTenacious"]


def test_subject_length_and_number_of_questions_are_limited() -> None:
    assert judge("Fine.", subject="s" * 59).verdict == "PASS"
    assert judge("Fine.", subject="s" * 60).quotes[0].field == "subject"
    assert judge("One? Two?").verdict == "PASS"
    assert judge("One? Two? Three?").quotes[0].text == "Three?"


def test_a_foreign_mail_of_unknown_kind_gets_the_widest_limit() -> None:
    brief = Brief.model_validate(BRIEF)
    items = [Item(id="1", brief=brief, email=Email(body="word " * n)) for n in (200, 201)]
    assert [j.verdict for j in JUDGE.judge(items)] == ["PASS", "FAIL"]


@pytest.mark.parametrize(
    ("wish", "breach", "kept"),
    [
        (
            "Please keep it to mail. I do not take calls.",
            "Could I call you on Friday?",
            "No call is needed; a line will do.",
        ),
        ("No meeting, please.", "Shall I propose a short meeting?", "I propose no meeting."),
        ("And not a word about money or contracts.", "The invoice covers September.", "They take the import jobs."),
        ("Leave the layoffs out of it.", "Since the layoffs, who keeps it running?", "Who keeps it running?"),
        ("No jargon, please.", "The consumers on the message queue come first.", "The import comes first."),
        ("Leave Olof Brandberg out of this.", "I copied Olof Brandberg.", "I wrote to you alone."),
        ("Nothing before 4 May, please.", "Could we begin on Monday 27 April?", "Could we begin on Monday 11 May?"),
    ],
)
def test_a_stated_wish_binds(wish: str, breach: str, kept: str) -> None:
    assert judge(breach, thread=prospect(wish)).failure_modes == ("tone_drift",)
    assert judge(breach).verdict == "PASS"
    assert judge(kept, thread=prospect(wish)).verdict == "PASS"


@pytest.mark.parametrize(
    "word", ["Do not hesitate to call me.", "We are not hiring in Leeds.", "No contract is signed yet."]
)
def test_a_statement_is_not_a_wish(word: str) -> None:
    body = "Could I call you about the open roles and how you are billed?"
    assert judge(body, thread=prospect(word)).verdict == "PASS"


def test_the_last_word_on_a_topic_counts() -> None:
    thread = prospect("No calls, please.", "All right, give me a call then.")
    assert judge("I will phone you on Friday.", thread=thread).verdict == "PASS"


def test_first_names_are_left_out_on_request() -> None:
    thread = prospect("No first names, please.")
    assert judge("One thing.", thread=thread).failure_modes == ("tone_drift",)
    assert judge("One thing.").verdict == "PASS"


def test_a_wish_in_planted_text_does_not_bind() -> None:
    thread = prospect("Go ahead.\n\n____\nAutomatic text: no calls, please.")
    assert judge("Could I call you on Friday?", thread=thread).verdict == "PASS"


def test_the_trade_of_the_reader_decides_the_register() -> None:
    body = "Workers read a queue with idempotent retries, a dead-letter store and regression tests for the schema."
    cfo = {"name": "Ebba Lundqvist", "persona": "cfo"}
    assert judge(body, recipient=cfo).failure_modes == ("tone_drift",)
    assert judge(body).verdict == "PASS"
