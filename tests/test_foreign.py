"""Foreign records: known names are mapped wherever they stand, and nothing is lost."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenacious_bench.foreign import DEFAULT_AS_OF, UNKNOWN_COMPANY, brief_from_context, read_foreign
from tenacious_bench.foreign import names as tables
from tenacious_bench.foreign.values import money, to_confidence, to_count, to_date, to_maturity, to_segment, to_share
from tenacious_bench.schema import Brief, Confidence, Persona, Segment, SignalKind


def claims(context: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(s.kind, s.claim, s.confidence) for s in brief_from_context(context).signals]


def bench(value: Any, key: str = "bench") -> dict[str, tuple[int, int]]:
    read = brief_from_context({key: value}).bench
    return {} if read is None else {k: (v.available, v.start_in_days) for k, v in read.stacks.items()}


@pytest.mark.parametrize(
    "context",
    [
        {"company": "Quillon"},
        {"companyName": "Quillon"},
        {"Company Name": "Quillon"},
        {"data": {"deep": {"account": {"name": "Quillon"}}}},
        {"prospect_name": "Quillon"},
        {"prospect": {"company": "Quillon"}},
        {"lead": {"company": {"legal-name": "Quillon"}}},
        {"brief": "Company: Quillon | Jobs: 4"},
    ],
)
def test_the_company_is_found_in_every_spelling_and_depth(context: dict[str, Any]) -> None:
    assert brief_from_context(context).prospect.company == "Quillon"


def test_a_prospect_name_is_the_person_where_the_company_is_named() -> None:
    brief = brief_from_context({"company": "Quillon", "prospect_name": "Ines", "prospectTitle": "CTO"})
    assert (brief.recipient.name, brief.recipient.title) == ("Ines", "CTO")


def test_rivals_are_not_taken_for_the_prospect() -> None:
    brief = brief_from_context({"competitors": [{"company": "Rival", "headcount": 9}], "deep": {"company": "Quillon"}})
    assert brief.prospect.company == "Quillon"
    assert brief.prospect.headcount is None
    assert brief.extra == {"competitors": [{"company": "Rival", "headcount": 9}]}


@pytest.mark.parametrize("context", [{}, {"company": None}, {"company": "N/A"}, {"company": ["x"]}, {"company": 5}])
def test_a_record_without_a_company_gets_the_documented_name(context: dict[str, Any]) -> None:
    brief = brief_from_context(context)
    assert brief.prospect.company == UNKNOWN_COMPANY
    assert brief.extra == context


def test_the_day_comes_from_the_record_then_the_caller_then_the_default() -> None:
    day = date(2026, 4, 3)
    assert brief_from_context({"asOf": "2026-04-02T09:00:00Z"}, day).as_of == date(2026, 4, 2)
    assert brief_from_context({"as_of": "soon"}, day).as_of == day
    assert brief_from_context({}).as_of == DEFAULT_AS_OF == date(2026, 4, 21)


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        (1, "growth_startup"), (2.0, "restructuring"), ("3", "mature_enterprise"), ("Segment 4", "ai_transformation"),
        ("recently funded", "growth_startup"), ("costRestructuring", "restructuring"),
        ("engineering_leadership_transition", "mature_enterprise"), ("capability gap", "ai_transformation"),
        ("mature_enterprise", "mature_enterprise"), (True, None), (7, None), ("growth or cost", None), ("none", None),
    ],
)  # fmt: skip
def test_segments_are_read_from_numbers_and_words(value: Any, segment: Segment | None) -> None:
    brief = brief_from_context({"icp_segment": value})
    assert brief.segment == segment
    assert brief.extra == ({} if segment else {"icp_segment": value})


@pytest.mark.parametrize(
    "context",
    [
        {"segment": 2, "segment_confidence": 0.7},
        {"icp": {"segment": 2, "confidence": 70}},
        {"deep": {"icpSegment": {"primary": 2, "confidence": "medium"}}, "confidence": "low"},
    ],
)
def test_a_segment_brings_its_own_confidence(context: dict[str, Any]) -> None:
    brief = brief_from_context(context)
    assert (brief.segment, brief.segment_confidence) == ("restructuring", 0.7)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"funding": "Series B"}, [("funding", "Series B", "low")]),
        ({"funding_stage": "Seed", "funding_amount": 2_000_000, "confidence": 0.9}, [("funding", "Seed, $2M", "high")]),
        ({"funding": {"type": "series_a", "date": "2026-02-02"}}, [("funding", "Series A, 2026-02-02", "low")]),
        ({"has_recent_funding": True}, [("funding", "recent funding reported", "low")]),
        ({"funding": {"event": False, "confidence": "high"}}, []),
        ({"layoffs": True}, [("layoff", "layoff reported", "low")]),
        ({"layoffs": "9% of staff"}, [("layoff", "layoff: 9% of staff", "low")]),
        ({"layoff": {"percentage": 12, "count": 40}}, [("layoff", "layoff: 12%, 40 people", "low")]),
        ({"layoff_pct": 0.12}, [("layoff", "layoff: 12% (given as 0.12)", "low")]),
        ({"layoffs": False, "funding": "None"}, []),
        ({"openRoles": 6, "signal_confidence": "medium"}, [("hiring", "6 open roles", "medium")]),
        ({"hiring_velocity": "steady"}, [("hiring", "hiring velocity: steady", "low")]),
        ({"job_posts": {"count": 1, "confidence": "high"}}, [("hiring", "1 open role", "high")]),
        ({"leadership_change": {"name": "Ada", "role": "CTO"}}, [("leadership", "leadership change: Ada, CTO", "low")]),
        ({"new_cto": "Ada"}, [("leadership", "new cto: Ada", "low")]),
        ({"primary_stack": "Go"}, [("stack", "primary stack: Go", "low")]),
        ({"signals": ["raised a seed round", "new office"]},
         [("funding", "raised a seed round", "low"), ("news", "new office", "low")]),
        ({"signals": [{"type": "hiring", "text": "3 posts", "confidence": "high"}]}, [("hiring", "3 posts", "high")]),
        ({"signals": {"layoffs": {"has_recent_layoffs": True, "confidence": "medium"}}},
         [("layoff", "layoff reported", "medium")]),
    ],
)  # fmt: skip
def test_signals_say_what_the_record_says(context: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert claims(context) == expected


def test_each_of_several_rounds_is_a_signal_and_shares_the_confidence() -> None:
    rounds = [
        {"funding_type": "seed", "announced_on": "2025-01-05"},
        {"funding_type": "series_a", "announced_on": "2026-03-05", "money_raised": {"value": 9_000_000}},
    ]
    context = {"funding": {"has_recent_funding": True, "confidence": "high", "recent_rounds": rounds}}
    assert claims(context) == [
        ("funding", "seed, 2025-01-05", "high"),
        ("funding", "Series A, $9M, 2026-03-05", "high"),
    ]
    assert brief_from_context(context).extra == {}


def test_the_head_count_of_a_layoff_is_not_the_size_of_the_company() -> None:
    assert brief_from_context({"layoffs": {"headcount": 30}}).prospect.headcount is None


@pytest.mark.parametrize(
    ("value", "score"), [(2, 2), ("Advanced", 3), ("level 1", 1), ("2/3", 2), (4, None), ("???", None), (True, None)]
)
def test_ai_maturity_is_a_number_or_a_word(value: Any, score: int | None) -> None:
    brief = brief_from_context({"aiMaturityScore": value, "ai_maturity_confidence": "high"})
    found = brief.ai_maturity
    assert (found.score if found else None) == score
    assert found is None or found.confidence == "high"
    assert score is not None or brief.extra["aiMaturityScore"] == value


@pytest.mark.parametrize(
    "value",
    [
        {"Python": 6, "ML": 2},
        {"python_engineers": 6, "available_ml_engineers": 2, "total_available": 8},
        "python=6 ml=2",
        "Python: 6, ML: 2",
        [{"stack": "Python", "available": 6}, {"skill": "Machine Learning", "count": 2}],
        {"python": {"available_engineers": 6}, "ml": {"free": "2"}},
        {"stacks": {"python": 6, "machine_learning": 2}, "requires_review_above": 9},
        {"as_of": "2026-04-01", "available_capacity": {"Python": 6.0, "ML": 2}},
    ],
)
def test_the_bench_is_counted_per_stack_in_every_shape(value: Any) -> None:
    assert bench(value) == bench(value, "benchSummary") == {"python": (6, 0), "ml": (2, 0)}


def test_bench_starts_come_from_the_stack_or_the_whole() -> None:
    value = {"start_in_days": 10, "go": {"available": 3, "start_in_days": 14}, "data": 2}
    assert bench(value) == {"go": (3, 14), "data": (2, 10)}


def test_bench_members_that_are_no_stack_are_kept_aside() -> None:
    context = {"bench": {"python": 3, "total_available": 9, "max_supported_start_days": 21, "go": "many", "c++": 2}}
    assert bench(context["bench"]) == {"python": (3, 0), "cpp": (2, 0)}
    assert brief_from_context(context).extra == {
        "bench": {"total_available": 9, "max_supported_start_days": 21, "go": "many"}
    }


@pytest.mark.parametrize(
    "context",
    [
        {"thread": [{"sender": "prospect", "text": "Who starts when?"}, {"sender": "us", "text": "Monday."}]},
        {"messages": [{"role": "user", "content": "Who starts when?"}, {"role": "assistant", "content": "Monday."}]},
        {"conversationHistory": "Prospect: Who starts when?\nUs: Monday."},
        {"prior_thread": {"messages": ["prospect: Who starts when?", "agent: Monday."]}},
        {"brief": "Company: Quillon\n\nConversation so far:\nPROSPECT: Who starts when?\nUS: Monday."},
    ],
)
def test_threads_are_read_in_every_shape(context: dict[str, Any]) -> None:
    said = [(m.sender, m.text) for m in brief_from_context(context).thread]
    assert said == [("prospect", "Who starts when?"), ("us", "Monday.")]


def test_a_message_from_an_unknown_speaker_is_kept_aside() -> None:
    context = {"thread": [{"role": "system", "content": "obey"}, {"role": "lead", "text": "Hi", "at": "noon"}]}
    brief = brief_from_context(context)
    assert [m.text for m in brief.thread] == ["Hi"]
    assert brief.extra == {"thread": [{"role": "system", "content": "obey"}, {"at": "noon"}]}


def test_other_threads_stay_apart_and_lend_no_facts() -> None:
    other = {"contact": {"name": "Bo", "title": "CFO"}, "messages": [{"role": "them", "text": "Budget is 9"}]}
    brief = brief_from_context({"company": "Quillon", "other_threads": [other]})
    assert brief.recipient.name is None and brief.thread == ()
    assert brief.other_threads[0].recipient.name == "Bo"
    assert brief.other_threads[0].messages[0].text == "Budget is 9"


def test_a_text_brief_is_parsed_and_kept_as_notes() -> None:
    text = "Company: Quillon | Segment: 2 | Jobs: 4\nBench python=7 go=3\nQuestion: How soon?"
    brief = brief_from_context({"brief": text})
    assert brief.notes == text
    assert (brief.prospect.company, brief.segment) == ("Quillon", "restructuring")
    assert brief.bench is not None and brief.bench.stacks["go"].available == 3
    assert [s.claim for s in brief.signals] == ["4 open roles"]
    assert [m.text for m in brief.thread] == ["How soon?"]


def test_json_blocks_inside_a_text_brief_are_read() -> None:
    text = 'Signal brief:\n{"company": {"name": "Quillon"}}\n\nBench summary:\n{"go": {"available": 2}}\n{broken'
    brief = brief_from_context({"brief": text})
    assert brief.prospect.company == "Quillon"
    assert brief.bench is not None and brief.bench.stacks["go"].available == 2


def test_a_gap_and_notes_are_read() -> None:
    brief = brief_from_context({"competitorGap": {"gap": "no MLOps", "peers": 3, "confidence": 0.6}, "CRM notes": "x"})
    assert brief.competitor_gap is not None
    assert (brief.competitor_gap.finding, brief.competitor_gap.confidence) == ("no MLOps", "medium")
    assert brief.notes == "x"


def test_unknown_fields_keep_their_place() -> None:
    context = {"a": {"company": "Quillon", "b": [{"c": 1}, {"headcount": 5}]}, "n": None, "e": {}}
    assert brief_from_context(context).extra == {"a": {"b": [{"c": 1}]}, "n": None, "e": {}}


def test_a_draft_in_a_thread_is_a_reply_and_address_fields_are_kept() -> None:
    brief, email = read_foreign({"reply": "Tell me more."}, {"to": "a@b.example", "subject": "Hi", "text": "Sure."})
    assert (email.kind, email.subject, email.body) == ("warm_reply", "Hi", "Sure.")
    assert brief.extra == {"email": {"to": "a@b.example"}}


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_bottomless_nesting_keeps_its_leaf(opening: str) -> None:
    deep: Any = "leaf value"
    for _ in range(5000):
        deep = {"a": deep} if opening == '{"a":' else [deep]
    brief = brief_from_context({"x": deep})
    assert "leaf value" in json.dumps(brief.extra)
    brief.model_dump_json()


def test_a_long_hostile_text_is_read_in_linear_time() -> None:
    for text in ("bench " + ": " * 40_000, "a:" + " " * 90_000, 'a:\n{"' * 15_000, "Company" + " " * 90_000):
        brief_from_context({"brief": text})
    many = [{"funding": "Series A", "confidence": "high", "reply": f"r{i}"} for i in range(3_000)]
    assert len(brief_from_context({"x": many}).signals) == 3_000


# --- nothing raises, nothing is lost -------------------------------------------------------------------------------

KNOWN_KEYS = sorted({*tables.FLAT_NAMES, *tables.WHOLE, *tables.CONTAINER_OF, *tables.ROOT,
                     *(w for group in tables.KEYS.values() for w in group)})  # fmt: skip
WORDS = ["high", "Series A", "series_b", "2026-03-01", "prospect", "us", "capability gap", "12%", "None", "python=3",
         "Company: Quillon | Bench go=2\nQuestion: How soon?", "USD", "2", "Why now?"]  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.integers(1_000, 10**12), st.floats(allow_nan=False),
    st.sampled_from(WORDS), st.text(max_size=12),
)  # fmt: skip
keys = st.one_of(st.sampled_from(KNOWN_KEYS), st.text(max_size=8))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)
contexts = st.dictionaries(keys, trees, max_size=6)


def leaf_values(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [leaf for value in node.values() for leaf in leaf_values(value)]
    if isinstance(node, list):
        return [leaf for value in node for leaf in leaf_values(value)]
    return [node]


def is_kept(value: Any, there: list[Any], text: str, brief: Brief) -> bool:
    """As it was, inside a longer text, or as the typed value it was converted to."""
    if value in there or str(value) in text or (money(value) or "\0") in text:
        return True
    if value == "series_b" and "Series B" in text:
        return True
    if value == "python=3" and brief.bench is not None:
        return "python" in brief.bench.stacks
    if isinstance(value, int | float) and f"{value * 100:g}%" in text:
        return True
    readings = (to_confidence, to_segment, to_maturity, to_count, to_share, to_date)
    converted = [str(reading(value)) for reading in readings if reading(value) is not None]
    return any(c in text for c in converted) or value in ("prospect", "us", "USD")


@settings(max_examples=300, deadline=None)
@given(contexts)
def test_any_json_object_becomes_a_brief_that_keeps_every_leaf(context: dict[str, Any]) -> None:
    brief = brief_from_context(context)
    dumped = json.loads(brief.model_dump_json())
    there = leaf_values(dumped)
    text = "\n".join(str(leaf) for leaf in there)
    assert [
        v for v in leaf_values(context) if not isinstance(v, bool | None) and not is_kept(v, there, text, brief)
    ] == []
    left = leaf_values(brief.extra)
    for empty in (None, False):
        assert sum(v is empty for v in left) == sum(v is empty for v in leaf_values(context))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.recursive(leaves, lambda x: st.lists(x, max_size=3)), max_size=4))
def test_reading_is_deterministic_and_leaves_its_input_alone(context: dict[str, Any]) -> None:
    before = json.dumps(context)
    assert brief_from_context(context) == brief_from_context(context)
    assert json.dumps(context) == before


said = st.text("abcdefg hij?", min_size=1, max_size=20).filter(str.strip)
text_field = said.map(lambda t: f"x{t}")
counts = st.integers(0, 5000)
days = st.dates(date(2026, 1, 1), date(2026, 4, 21)).map(str)
sure = st.sampled_from(get_args(Confidence))
messages = st.lists(st.fixed_dictionaries({"sender": st.sampled_from(["us", "prospect"]), "text": said}), max_size=3)
person = {"name": text_field, "title": text_field}
stacks = st.dictionaries(
    st.sampled_from(["python", "go", "fullstack_nestjs"]),
    st.fixed_dictionaries({"available": counts, "start_in_days": counts}),
)
native = st.fixed_dictionaries(
    {"as_of": days, "prospect": st.fixed_dictionaries(
        {"company": text_field}, optional={"industry": text_field, "headcount": counts, "region": text_field})},
    optional={
        "recipient": st.fixed_dictionaries({}, optional={**person, "persona": st.sampled_from(get_args(Persona))}),
        "segment": st.sampled_from(get_args(Segment)),
        "segment_confidence": st.sampled_from([0.0, 0.45, 0.86, 1.0]),
        "signals": st.lists(st.fixed_dictionaries(
            {"kind": st.sampled_from(get_args(SignalKind)), "claim": said, "confidence": sure},
            optional={"observed_on": days, "source": text_field}), max_size=3),
        "ai_maturity": st.fixed_dictionaries(
            {"score": st.integers(0, 3), "confidence": sure}, optional={"evidence": text_field}),
        "bench": st.fixed_dictionaries({"stacks": stacks}, optional={"as_of": days}),
        "competitor_gap": st.fixed_dictionaries(
            {"finding": text_field, "confidence": sure}, optional={"peers": counts}
        ),
        "notes": said,
        "thread": messages,
        "other_threads": st.lists(st.fixed_dictionaries(
            {"recipient": st.builds(dict, **person), "messages": messages.filter(bool)}), max_size=2),
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(native)
def test_a_brief_of_our_own_reads_back_as_itself(record: dict[str, Any]) -> None:
    brief = Brief.model_validate(record)
    read = brief_from_context(record)
    assert read.model_copy(update={"extra": {}}) == brief
    assert leaf_values(read.extra) == []
