"""What the Space's page is made of: the form of a brief, examples, views, files of drafts, the about text."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="needs the extra `space`")

os.environ["TENACIOUS_BENCH_JUDGE"] = "rules"

import about
import batch
import charts
import endpoints
import examples
import gradio as gr
import judge_tab
import judging
import views
from brief_form import Form, brief_of, form_of
from compare import changes
from hypothesis import given
from hypothesis import strategies as st

from tenacious_bench.schema import MODES, Brief, Judgment, SpanReward, Task

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
BRIEF = {
    "as_of": "2026-04-20",
    "prospect": {"company": "Kettlewick", "headcount": 46},
    "segment": "growth_startup",
    "signals": [{"kind": "hiring", "claim": "1 Python role open", "observed_on": "2026-04-14", "confidence": "low"}],
    "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 2, "start_in_days": 7}}},
}


def decide(body: str, brief: dict[str, Any] | None = None, subject: str = "Python engineers") -> Any:
    return judging.decide([judging.read(brief or BRIEF, "cold", subject, body)])[0]


def no_progress(total: int, done: int) -> Any:
    return lambda count: None


def judge_csv(folder: Path, text: str, mapping: str = "") -> batch.Outcome:
    file = folder / "drafts.csv"
    file.write_text(text, encoding="utf-8")
    return batch.judge_file(file, mapping, no_progress)


def test_a_brief_survives_the_form(published_tasks: dict[Any, list[Task]]) -> None:
    for task in published_tasks["train"]:
        brief = task.brief.to_json_dict()
        assert Brief.model_validate(brief_of(form_of(task.brief), brief)) == task.brief


def test_the_form_says_nothing_that_was_left_empty() -> None:
    form = Form(company="Kettlewick", as_of="2026-04-20", signals=[["", "", "", "", ""]], maturity_confidence="low")
    assert brief_of(form, {}) == {"as_of": "2026-04-20", "prospect": {"company": "Kettlewick"}}


def test_an_emptied_field_is_gone_and_an_unseen_one_stays() -> None:
    rest = {**BRIEF, "notes": "old", "extra": {"crm": 1}, "prospect": {"company": "A", "region": "Berlin"}}
    form = form_of(Brief.model_validate(rest))._replace(notes="", company="B")
    brief = brief_of(form, rest)
    assert "notes" not in brief
    assert brief["extra"] == {"crm": 1}
    assert brief["prospect"] == {"company": "B", "region": "Berlin"}


@given(st.text(), st.text())
def test_whatever_stands_in_the_json_box_is_read_or_refused(text: str, body: str) -> None:
    try:
        judging.read(judging.read_json(text), "cold", "", body)
    except ValueError as error:
        assert str(error)


def test_an_error_on_the_page_is_escaped() -> None:
    assert "<" not in str(judging.shown(ValueError(HOSTILE)).message)


@pytest.mark.parametrize("mode", MODES)
def test_each_example_fails_and_its_twins_differ_in_one_half(mode: Any) -> None:
    example = examples.examples()[mode]
    fails, email_changed, brief_changed = example.fails, example.email_changed, example.brief_changed
    assert [t.label for t in (fails, email_changed, brief_changed)] == ["FAIL", "PASS", "PASS"]
    assert mode in fails.failure_modes
    assert email_changed.brief == fails.brief
    assert email_changed.email != fails.email
    assert brief_changed.email == fails.email
    assert brief_changed.brief != fails.brief


def test_no_example_is_from_a_sealed_partition(published_tasks: dict[Any, list[Task]]) -> None:
    sealed = {task.task_id for part in ("validation", "held_out") for task in published_tasks[part]}
    assert not sealed & {task_id for group in examples.GROUPS.values() for task_id in group}


def test_the_difference_shows_the_words_of_both_twins() -> None:
    example = examples.examples()["bench_overcommitment"]
    told = examples.difference(example, examples.BRIEF_CHANGED)
    assert ("1", examples.WAS) in told
    assert ("4", examples.IS) in told
    assert any("ml" in text for text, _ in told)
    email = examples.difference(example, examples.EMAIL_CHANGED)
    assert any("three ML engineers" in text and label == examples.WAS for text, label in email)


def test_loading_an_example_fills_the_form_and_the_json_alike() -> None:
    brief = examples.examples()["multi_thread_leakage"].fails.brief
    text, *form = judge_tab.load("multi_thread_leakage", examples.FAILS)[9:]
    assert Brief.model_validate_json(text) == brief
    assert Form(*form) == form_of(brief)


def test_switching_to_json_and_back_keeps_what_was_typed() -> None:
    form = form_of(Brief.model_validate(BRIEF))._replace(notes="typed in the form")
    _, shown, _, _, text, *_ = judge_tab.switch(judge_tab.JSON, judge_tab.FORM, json.dumps(BRIEF), *form)
    assert shown == judge_tab.JSON
    assert json.loads(text) == {**BRIEF, "notes": "typed in the form"}
    _, shown, _, _, _, *back = judge_tab.switch(judge_tab.FORM, judge_tab.JSON, text, *Form())
    assert shown == judge_tab.FORM
    assert Form(*back) == form


@pytest.mark.parametrize("text", ["{", "[]", '{"account": "another schema"}'])
def test_json_that_is_no_brief_stays_open_as_json(text: str) -> None:
    with pytest.warns(UserWarning, match="no brief in our schema"):
        wanted, shown, *_ = judge_tab.switch(judge_tab.FORM, judge_tab.JSON, text, *Form())
    assert (wanted, shown) == (judge_tab.JSON, judge_tab.JSON)


def test_the_card_holds_no_text_from_outside() -> None:
    decision = decide(f"Hello,\n\nSix Python engineers can start tomorrow. {HOSTILE}", subject=HOSTILE)
    assert decision.verdict == "block"
    assert "Block" in views.card(decision)
    assert "promises people who are not free" in views.card(decision)
    assert "hacked" not in views.card(decision)


def test_marked_pieces_are_the_whole_email() -> None:
    body = "Hello Ada,\n\nSix Python engineers can start tomorrow.\n\nFemke"
    item = judging.read(BRIEF, "cold", "Python engineers", body)
    decision = judging.decide([item])[0]
    spans = views.marks(item.email, decision.judgment)
    assert "".join(text for text, _ in spans) == item.email.text
    assert {label for _, label in spans} == {None, "promises people who are not free"}


def rewarded(email: Any, *rewards: float) -> Judgment:
    """A judgment of sentences that two spaces part; each is a word of its own here."""
    sentences, at = [], 0
    for text, reward in zip(email.body.split("  "), rewards, strict=True):
        start = email.body.index(text, at)
        at = start + len(text)
        sentences.append(SpanReward(field="body", start=start, end=at, text=text, reward=reward))
    return Judgment(
        id="1", judge="reward", verdict="FAIL", action="edit", sentences=tuple(sentences), words=tuple(sentences)
    )


def test_words_are_marked_by_what_they_cost_or_earn() -> None:
    email = judging.read(BRIEF, "cold", "S", "First.  Second.").email
    spans = views.marks(email, rewarded(email, -9.0, 0.9))
    assert [span for span in spans if span[0].endswith(".")] == [("First.", views.COSTS_MUCH), ("Second.", views.EARNS)]


def test_words_in_a_row_that_cost_alike_are_marked_in_one_piece() -> None:
    email = judging.read(BRIEF, "cold", "", "One two three\nfour.").email
    places = [("One", 0), ("two", 4), ("three", 8), ("four.", 14)]
    words = tuple(
        SpanReward(field="body", start=at, end=at + len(text), text=text, reward=reward)
        for (text, at), reward in zip(places, (0.0, -9.0, -8.0, -7.0), strict=True)
    )
    judged = Judgment(id="1", judge="reward", verdict="FAIL", action="edit", words=words)
    much = views.COSTS_MUCH
    assert views.marks(email, judged) == [("One ", None), ("two three", much), ("\n", None), ("four.", much)]


def test_a_chance_is_not_the_reason_of_a_verdict_that_a_rule_gave() -> None:
    decision = decide("Six Python engineers can start tomorrow.")
    said = {"probability": 0.6, "decided_by": "rules"}
    ruled = decision.model_copy(update={"judgment": decision.judgment.model_copy(update=said)})
    assert "A rule decided" in views.card(ruled)
    assert "meter" not in views.card(ruled)
    said["decided_by"] = "reward"
    rewarded = decision.model_copy(update={"judgment": decision.judgment.model_copy(update=said)})
    assert "<b>60%</b>" in views.card(rewarded)


def test_without_a_quote_the_dearest_sentence_is_the_reason() -> None:
    email = judging.read(BRIEF, "cold", "S", "First.  Second.").email
    decision = decide("First.  Second.").model_copy(update={"judgment": rewarded(email, -9.0, 0.5)})
    assert ("First.", views.COSTS_MUCH) in views.reasons(decision)


def test_what_is_missing_stands_among_the_reasons() -> None:
    brief = {"as_of": "2026-04-20", "prospect": {"company": "Kettlewick"}}
    decision = decide("Hello, shall we talk about your roadmap?", brief)
    assert decision.verdict == "needs_evidence"
    assert "Needs evidence" in views.card(decision)
    assert ("brief.signals", views.MISSING) in views.reasons(decision)


def test_the_words_that_broke_a_rule_for_one_brief_only_are_listed() -> None:
    body = "Hello,\n\nFive Python engineers can start in two weeks. Worth a call?\n\nFemke"
    free = {**BRIEF, "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 6, "start_in_days": 7}}}}
    rows = changes(decide(body), decide(body, free))
    assert [row[1:] for row in rows] == [["promises people who are not free", "no rule broken"]]
    assert "Five Python engineers" in rows[0][0]


def test_sentences_are_listed_by_how_much_their_reward_changed() -> None:
    email = judging.read(BRIEF, "cold", "S", "First.  Second.").email
    base = decide("First.  Second.")
    one, two = (base.model_copy(update={"judgment": rewarded(email, *r)}) for r in ((-1.0, 0.5), (-1.3, 3.0)))
    assert changes(one, two) == [["Second.", "+0.50", "+3.00"], ["First.", "-1.00", "-1.30"]]


def test_every_row_of_a_file_gets_a_verdict_or_a_reason(tmp_path: Path) -> None:
    brief = json.dumps(BRIEF).replace('"', '""')
    text = f'id,body,brief\na,Hello,"{brief}"\nb,,"{brief}"\nc,Six Python engineers tomorrow.,"{brief}"\nd,x\n'
    outcome = judge_csv(tmp_path, text)
    assert [(row.line, row.decision.id, row.decision.verdict) for row in outcome.judged] == [
        (2, "a", "send"),
        (4, "c", "block"),
    ]
    assert [(p.line, p.id) for p in outcome.problems] == [(3, "b"), (5, "line-5")]
    assert all(p.reason for p in outcome.problems)


def test_the_scored_file_keeps_the_order_and_runs_no_formula(tmp_path: Path) -> None:
    brief = json.dumps(BRIEF).replace('"', '""')
    text = f'id,body,brief\n=1+1,Hello,"{brief}"\nb,,"{brief}"\nc,Hello,"{brief}"\n'
    rows = list(csv.DictReader(io.StringIO(batch.scored_csv(judge_csv(tmp_path, text)))))
    assert [row["line"] for row in rows] == ["2", "3", "4"]
    assert rows[0]["id"] == "'=1+1"
    assert rows[1]["verdict"] == ""
    assert "email" in rows[1]["problem"]


def test_columns_of_other_names_are_mapped(tmp_path: Path) -> None:
    text = "Draft,Account,Open roles\nHello there,Kettlewick,3 Python\n"
    outcome = judge_csv(tmp_path, text, "email=Draft, context.company=Account")
    assert [(row.decision.id, row.decision.verdict) for row in outcome.judged] == [("line-2", "send")]


@pytest.mark.parametrize(
    ("text", "mapping", "told"),
    [
        ("body\n" + "x\n" * (batch.MAX_ROWS + 1), "", "1,001 rows"),
        ("body\n", "", "no rows"),
        ("name\nx\n", "", "no column email or body"),
        ("body\nx\n", "body", "OURS=THEIRS"),
    ],
)
def test_a_file_that_cannot_be_judged_says_why(tmp_path: Path, text: str, mapping: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        judge_csv(tmp_path, text, mapping)


@pytest.mark.parametrize(
    ("text", "told"),
    [("name\nx\n", "csv_text: no column email or body"), ("x" * (endpoints.MAX_CSV_CHARS + 1), "5,000,001 characters")],
)
def test_a_program_is_told_what_is_wrong_with_its_file(text: str, told: str) -> None:
    with pytest.raises(gr.Error, match=told):
        endpoints.batch(text)


def test_the_chart_counts_what_the_table_lists(tmp_path: Path) -> None:
    brief = json.dumps(BRIEF).replace('"', '""')
    text = f'body,brief\nHello,"{brief}"\nSix Python engineers tomorrow.,"{brief}"\nx\n'
    above, below = charts.outcome_chart(judge_csv(tmp_path, text)).axes
    assert dict(zip(_labels(above), _widths(above), strict=True)) == {
        "Send": 1, "Edit": 0, "Block": 1, "Needs evidence": 0, "Not judged": 1,
    }  # fmt: skip
    assert dict(zip(_labels(below), _widths(below), strict=True)) == {"promises people who are not free": 1}


def _labels(axes: Any) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def _widths(axes: Any) -> list[float]:
    return [bar.get_width() for bar in axes.patches]


def test_the_results_on_the_page_are_the_published_ones() -> None:
    found = about.results()
    header, rows = about.results_table(found)
    cascade = dict(zip(header, next(row for row in rows if row[0] == "cascade"), strict=True))
    stated = found["judges"]["cascade"]["balanced_accuracy"]
    assert cascade["balanced acc."] == f"{stated['value']:.3f} [{stated['low']:.2f}, {stated['high']:.2f}]"
    assert len(rows) == len(found["judges"])
    assert f"{found['judges']['cascade']['fail_recall']['value']:.3f}" in about.limits(found)
