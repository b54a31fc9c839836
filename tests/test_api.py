"""The Python interface: briefs and emails of any form in, decisions out; the best of several, and another try."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tenacious_bench
from tenacious_bench.api import Judge, NoEmailPassed, read_item
from tenacious_bench.gate import Decision, Gate
from tenacious_bench.judges.base import Progress
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import Brief, Email, Item, Judgment

BRIEF: dict[str, Any] = {
    "as_of": "2026-04-21",
    "prospect": {"company": "Ravel Works", "industry": "parcel logistics"},
    "segment": "growth_startup",
    "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 3, "start_in_days": 7}}},
}
FOREIGN: dict[str, Any] = {"company_name": "Ravel Works", "bench": {"python": 3}, "crm": {"stage": [1, None]}}
GOOD = "Subject: Two engineers\n\nHi Ada,\n\nTwo Python engineers could start on Thursday 30 April. Worth a look?\n\nJo"
BAD = GOOD.replace("Two Python", "Nine Python")
RUDE = GOOD.replace("Worth a look?", "Our world-class team is at hand.")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.from_pretrained(judge="rules")


def test_the_readme_s_two_lines_judge_an_email(judge: Judge) -> None:
    decision = judge.judge(BRIEF, GOOD)
    assert isinstance(decision, Decision)
    assert (decision.verdict, decision.judgment.verdict, decision.judgment.judge) == ("send", "PASS", "rules")
    blocked = judge.judge(BRIEF, BAD)
    assert (blocked.verdict, blocked.judgment.failure_modes) == ("block", ("bench_overcommitment",))
    assert "Nine" in blocked.judgment.quotes[0].text


@pytest.mark.parametrize(
    "brief",
    [BRIEF, MappingProxyType(BRIEF), Brief.model_validate(BRIEF), FOREIGN, MappingProxyType(FOREIGN)],
    ids=["dict", "mapping", "record", "foreign dict", "foreign mapping"],
)
@pytest.mark.parametrize("form", ["text", "dict", "mapping", "record"])
def test_briefs_and_emails_of_every_form_are_judged_alike(judge: Judge, brief: Any, form: str) -> None:
    for text, verdict in ((GOOD, "send"), (BAD, "block")):
        record = Email(subject="Two engineers", body=text.split("\n\n", 1)[1])
        fields = {"subject": record.subject, "body": record.body}
        email: Any = {"text": text, "dict": fields, "mapping": MappingProxyType(fields), "record": record}[form]
        decision = judge.judge(brief, email)
        assert decision.verdict == verdict
        assert all(getattr(record, q.field)[q.start : q.end] == q.text for q in decision.judgment.quotes)


def test_a_record_keeps_what_it_says_and_is_not_foreign() -> None:
    brief = Brief.model_validate({**BRIEF, "extra": {"stage": 4}, "notes": "call in May"})
    email = Email(subject="Hi", body="Hello", kind="re_engagement")
    assert read_item(brief, email, "7") == Item(id="7", brief=brief, email=email)
    assert read_item(FOREIGN, "Hello", "7").foreign


@pytest.mark.parametrize(
    ("brief", "email", "message"),
    [
        (None, GOOD, "field brief: found None: give a Brief or a JSON object"),
        ("Ravel", GOOD, "field brief: found 'Ravel'"),
        ([BRIEF], GOOD, "field brief: found list"),
        ({**BRIEF, "signals": 7}, GOOD, "field brief.signals: found 7"),
        ({**BRIEF, "as_of": "soon"}, GOOD, "field brief.as_of: found 'soon'"),
        ({**BRIEF, "notes": "a\u200bb"}, GOOD, r"field brief.notes: found hidden character U\+200B"),
        ({**FOREIGN, "x": "\x1b[2J"}, GOOD, r"field context.x: found hidden character U\+001B"),
        (BRIEF, None, "field email: found nothing: give the draft"),
        (BRIEF, "", "field email: found empty text"),
        (BRIEF, 7, "field email: "),
        (BRIEF, [GOOD], "field email: "),
        (BRIEF, {"subject": "Hi"}, "field email.body: found nothing"),
        (FOREIGN, {"subject": "Hi"}, "field email.body: found no text"),
        (BRIEF, {"body": "Hi", "to": "x"}, "field email.to: found 'x'"),
        (BRIEF, "x" * 20_001, "field email: found 20,001 characters: give at most 20,000"),
    ],
)
def test_what_cannot_be_read_is_named_by_pair_and_field(judge: Judge, brief: Any, email: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^pair 1: {message}"):
        judge.judge_many([(BRIEF, GOOD), (brief, email)])


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=8) | st.integers(), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    NESTED | st.dictionaries(st.sampled_from([*BRIEF, "notes", "thread", "company", "extra"]), NESTED),
    NESTED | st.dictionaries(st.sampled_from(["subject", "body", "kind", "text"]), NESTED) | st.text(),
)
def test_whatever_is_given_it_is_an_item_or_a_value_error(brief: Any, email: Any) -> None:
    for known in (brief, {**BRIEF, **brief} if isinstance(brief, dict) else BRIEF):
        try:
            found = read_item(known, email, "0")
        except ValueError as error:
            assert str(error).startswith("pair 0: field ")
        else:
            assert isinstance(found, Item)


def test_many_are_judged_as_one_by_one_and_none_is_no_error(judge: Judge) -> None:
    pairs: list[Any] = [(BRIEF, GOOD), (FOREIGN, BAD), (BRIEF, RUDE), ({}, GOOD)]
    many = judge.judge_many(pairs)
    assert [d.verdict for d in many] == ["send", "block", "edit", "needs_evidence"]
    assert [d.id for d in many] == ["0", "1", "2", "3"]
    for (brief, email), decision in zip(pairs, many, strict=True):
        alone = judge.judge(brief, email)
        assert alone.model_copy(update={"id": "", "judgment": None}) == decision.model_copy(
            update={"id": "", "judgment": None}
        )
        assert alone.judgment.model_copy(update={"id": decision.id}) == decision.judgment
    assert judge.judge_many([]) == []


# --- several emails ---------------------------------------------------------------------------------------------------


class Scripted:
    """Judges by what the body says: verdict and reward, such as ``PASS 0.5``; ``error`` is none."""

    name = "scripted"

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Judgment:
        said, _, reward = item.email.body.partition(" ")
        if said == "error":
            return Judgment(id=item.id, judge=self.name, verdict=None, error="endpoint said 500")
        verdict: Any = "PASS" if said in ("send", "promise") else "FAIL"
        action: Any = "send" if said == "promise" else said
        score = float(reward.split()[0]) if reward else None
        return Judgment(id=item.id, judge=self.name, verdict=verdict, action=action, reward=score)


PROMISE = "promise 9 Nine of our Python engineers could start on Thursday 30 April."
"""What the scripted judge lets pass, and what asks for evidence where the brief has no inventory."""


@pytest.fixture
def scripted() -> Judge:
    return Judge(Gate(Scripted(), load_playbook()))


def test_emails_are_ranked_by_verdict_and_then_by_reward(scripted: Judge) -> None:
    emails = ["block 9", "edit 2", "error", PROMISE, "send 1", "send", "edit 3", "send 4", "send 4"]
    ranked = scripted.rank({**BRIEF, "bench": None}, emails)
    assert [emails[r.index] for r in ranked] == [
        "send 4", "send 4", "send 1", "send", "edit 3", "edit 2", PROMISE, "block 9", "error",
    ]  # fmt: skip
    assert [r.index for r in ranked][:2] == [7, 8]
    assert [r.decision.verdict for r in ranked][4:] == ["edit", "edit", "needs_evidence", "block", None]


def test_the_best_is_the_first_of_the_ranking_whatever_its_verdict(scripted: Judge) -> None:
    assert scripted.best(BRIEF, ["block 9", "send 1", "send 2"]).index == 2
    assert scripted.best(BRIEF, ["block 1", "block 2"]).decision.verdict == "block"


def test_without_emails_there_is_nothing_to_rank(judge: Judge) -> None:
    for ask in (judge.rank, judge.best):
        with pytest.raises(ValueError, match="no emails: give at least one"):
            ask(BRIEF, [])


class Writer:
    """Gives its emails in turn and remembers the feedback."""

    def __init__(self, *emails: str) -> None:
        self.emails = list(emails)
        self.told: list[Decision | None] = []

    def __call__(self, last: Decision | None) -> str:
        self.told.append(last)
        return self.emails.pop(0)


def test_a_generator_is_asked_until_an_email_may_be_sent_and_told_why_the_last_may_not(judge: Judge) -> None:
    writer = Writer(BAD, RUDE, GOOD, BAD)
    accepted = judge.rejection_sample(BRIEF, writer)
    assert (accepted.email, accepted.decision.verdict) == (GOOD, "send")
    assert [d.verdict for d in accepted.rejected] == ["block", "edit"]
    assert writer.told == [None, *accepted.rejected]
    assert writer.emails == [BAD]


def test_a_generator_without_success_ends_with_all_decisions(judge: Judge) -> None:
    writer = Writer(BAD, RUDE, GOOD)
    with pytest.raises(NoEmailPassed, match="none of 2 emails may be sent; the last: edit") as error:
        judge.rejection_sample(BRIEF, writer, attempts=2)
    assert [d.verdict for d in error.value.rejected] == ["block", "edit"]
    assert writer.emails == [GOOD]


def test_an_email_that_needs_evidence_or_has_no_verdict_does_not_pass(scripted: Judge) -> None:
    with pytest.raises(NoEmailPassed, match="the last: not judged") as error:
        scripted.rejection_sample({**BRIEF, "bench": None}, Writer(PROMISE, "error"), attempts=2)
    assert [d.verdict for d in error.value.rejected] == ["needs_evidence", None]


def test_senseless_attempts_and_unreadable_emails_are_refused(judge: Judge) -> None:
    with pytest.raises(ValueError, match="attempts is 0: give at least 1"):
        judge.rejection_sample(BRIEF, Writer(GOOD), attempts=0)
    with pytest.raises(ValueError, match="field email: found empty text"):
        judge.rejection_sample(BRIEF, Writer(""))


# --- loading ----------------------------------------------------------------------------------------------------------


def test_a_judge_reads_its_inventory_when_it_judges(tmp_path: Path) -> None:
    where = tmp_path / "bench.json"
    live = Judge.from_pretrained(judge="rules", inventory=str(where), max_age=timedelta(minutes=1))
    assert live.judge(BRIEF, BAD).verdict == "needs_evidence"
    for free, verdict in ((9, "send"), (8, "block")):
        where.write_text(json.dumps({"stacks": {"python": {"available": free, "start_in_days": 7}}}), encoding="utf-8")
        assert live.judge(BRIEF, BAD).verdict == verdict


def test_an_unknown_judge_and_an_inventory_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown judge rule: choose from"):
        Judge.from_pretrained(judge="rule")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="URL cannot be read"):
        Judge.from_pretrained(judge="rules", inventory="nosuch://h/crm")


def test_the_package_offers_the_judge_and_imports_nothing_for_it_until_it_is_asked() -> None:
    assert tenacious_bench.Judge is Judge
    code = """
import sys
import tenacious_bench
early = "tenacious_bench.api" in sys.modules
from tenacious_bench import Judge
judge = Judge.from_pretrained(judge="rules")
print(early, sorted({"torch", "transformers", "sqlalchemy", "fastapi", "gradio"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False []"
