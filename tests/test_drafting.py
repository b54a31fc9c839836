"""The drafting pipeline: whole records go in, every answer is kept, traces name their run."""

from __future__ import annotations

import json

import pytest

from tenacious_bench.authoring.drafting import briefs, draft, draft_messages, read_email
from tenacious_bench.authoring.synthesis.chat import Reply
from tenacious_bench.authoring.synthesis.journal import Journal
from tenacious_bench.schema import MODES


class Drafter:
    model, family = "local:tiny", "none"

    def __init__(self, text="Subject: Hello\n\nDear Ada, two lines.\n\nBo\nTenacious"):
        self.text = text
        self.asked: list[str] = []

    def complete(self, messages, schema, seed, max_tokens):
        assert schema is None and max_tokens < 500
        self.asked.append(messages[-1]["content"])
        return Reply(self.text, 7, 3)


def test_every_failure_mode_gets_its_briefs_and_no_company_twice():
    found = list(briefs(2, 1))
    assert sorted(mode for mode, _, _ in found) == sorted(MODES * 2)
    assert len({brief.prospect.company for _, brief, _ in found}) == len(found)
    with pytest.raises(ValueError, match="choose 1 to 20"):
        list(briefs(21, 1))


def test_the_whole_record_goes_into_the_prompt():
    leaking = next(brief for mode, brief, _ in briefs(1, 1) if mode == "multi_thread_leakage")
    prompt = draft_messages(leaking)[-1]["content"]
    record = json.loads(prompt.split("Record:\n")[1])
    assert record["other_threads"] and record["prospect"]["company"] == leaking.prospect.company


@pytest.mark.parametrize(
    ("output", "subject", "body"),
    [
        ("Subject: Hi\n\nDear Ada", "Hi", "Dear Ada"),
        ("Sure!\n**Subject:** Hi there\nDear Ada", "Hi there", "Dear Ada"),
        ("Dear Ada", "", "Dear Ada"),
    ],
)
def test_subject_and_body_are_read(output, subject, body):
    email = read_email(output, "cold")
    assert (email.subject, email.body) == (subject, body)


def drafts(drafter, folder, seed=1):
    with Journal(folder / "journal.jsonl") as journal:
        return draft(1, drafter, seed, journal)


def test_a_run_leaves_traces_and_resumes_without_asking_again(tmp_path):
    first, second = Drafter(), Drafter("another answer")
    traces = drafts(first, tmp_path)
    assert len(traces) == len(first.asked) == len(MODES)
    assert len({t.trace_id for t in traces}) == len(MODES)
    assert traces[0].output == first.text and traces[0].email.subject == "Hello"
    assert drafts(second, tmp_path) == traces and second.asked == []


def test_another_seed_or_model_does_not_take_over_the_answers(tmp_path):
    drafts(Drafter(), tmp_path)
    other = Drafter()
    other.model = "local:another"
    for drafter, seed in ((Drafter(), 2), (other, 1)):
        with pytest.raises(ValueError, match="answers another question"):
            drafts(drafter, tmp_path, seed)


def test_two_runs_do_not_write_one_journal(tmp_path):
    with Journal(tmp_path / "journal.jsonl"), pytest.raises(RuntimeError, match="another run"):
        Journal(tmp_path / "journal.jsonl")


def test_an_empty_draft_is_kept_as_an_error_and_gives_no_trace(tmp_path):
    assert drafts(Drafter("Subject: only this"), tmp_path) == []
    with Journal(tmp_path / "journal.jsonl") as journal:
        assert {e.error for e in journal.entries.values()} == {"the draft has no body"}
