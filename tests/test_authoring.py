"""Programmatic groups: reproducible, balanced by construction, no shared wording across partitions."""

from __future__ import annotations

import pytest

from tenacious_bench.assemble import assemble, read_written
from tenacious_bench.authoring.agreement import agreement, item_hash, read_adjudications, read_annotations
from tenacious_bench.authoring.draw import library
from tenacious_bench.authoring.programmatic import SCHEDULE, groups
from tenacious_bench.authoring.quads import expand, read_quads
from tenacious_bench.licence import derive_licence
from tenacious_bench.pairs import make_pairs, refuse_held_out
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import MODES, PARTITIONS, Provenance

BY_PROGRAM = Provenance(author="program", validator="construction")


def tasks_of(quad):
    return expand(quad, version="t", authoring_mode="programmatic", provenance=BY_PROGRAM)


@pytest.fixture(scope="module")
def quads():
    return list(groups("validation", 2 * len(SCHEDULE)))


def test_the_same_seed_gives_the_same_groups_and_another_seed_others(quads):
    again = list(groups("validation", 2 * len(SCHEDULE)))
    assert again == quads
    assert next(groups("validation", 1, seed=1)) != quads[0]


def test_a_longer_run_starts_with_the_shorter_one(quads):
    assert list(groups("validation", 5)) == quads[:5]


def test_every_mode_is_probed_equally_often(quads):
    assert {m: sum(q.mode == m for q in quads) for m in MODES} == dict.fromkeys(MODES, len(quads) // len(MODES))


def test_in_full_quads_each_email_and_each_brief_is_right_once_and_wrong_once(quads):
    full = [q for q in quads if len(list(q.cells())) == 4]
    assert len(full) > len(quads) / 2
    for quad in full:
        labels = {name: type(cell).__name__ for name, _, _, cell in quad.cells()}
        assert labels == {"ax": "PassCell", "ay": "FailCell", "bx": "FailCell", "by": "PassCell"}


def test_no_slot_is_left_unfilled_and_limits_hold(quads):
    limits = load_playbook().limits
    for quad in quads:
        for email in (quad.email_x, quad.email_y):
            assert "{" not in email.text and "}" not in email.text
            assert len(email.body.split()) <= limits.body_words[email.kind]
            assert len(email.subject) < limits.subject_chars


def test_promises_that_pass_are_licensed_and_those_that_fail_are_not(quads):
    playbook = load_playbook()
    for quad in (q for q in quads if q.mode == "bench_overcommitment" and q.pass_b_y and q.fail_a_y):
        licences = [{p.stack: p for p in derive_licence(quad.brief(b), playbook).promises} for b in "ab"]
        assert licences[0] != licences[1]


def test_surface_forms_are_not_shared_between_partitions():
    openings = [f.split("{")[0] for forms in library("frames")["how_we_work"] for f in [forms]]
    used = {
        p: {form for q in groups(p, 48) for form in openings if form in q.email_x.body} for p in PARTITIONS
    }  # fmt: skip
    assert all(used.values())
    assert not used["train"] & used["held_out"] and not used["train"] & used["validation"]


def test_written_groups_keep_each_mode_apart_and_whole():
    dealt = read_written()
    assert {q.mode for p, q in dealt if p == "held_out"} == set(MODES)
    assert len(dealt) == len({q.group for _, q in dealt})
    groups_of = {p: {q.variant_of or q.group for part, q in dealt if part == p} for p in PARTITIONS}
    assert not groups_of["train"] & (groups_of["validation"] | groups_of["held_out"])


def test_a_broken_written_line_is_named_by_file_line_and_field(tmp_path):
    (tmp_path / "w9.jsonl").write_text('{"group": "g"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"w9\.jsonl, line 1, field writer"):
        read_quads(tmp_path / "w9.jsonl")


def test_pairs_choose_the_email_that_the_brief_licenses(quads):
    tasks = [t for q in quads for t in tasks_of(q)]
    by_id = {t.task_id: t for t in tasks}
    pairs = make_pairs(tasks, load_playbook())
    for pair in pairs:
        good, bad = by_id[pair.chosen_task_id], by_id[pair.rejected_task_id]
        assert good.brief == bad.brief and (good.label, bad.label) == ("PASS", "FAIL")
    chosen = {(p.contrast_group, p.chosen) for p in pairs}
    rejected = {(p.contrast_group, p.rejected) for p in pairs}
    assert len(chosen & rejected) > 0.8 * len(chosen)  # what is right for one brief is wrong for its twin


def test_pairs_that_touch_a_sealed_task_are_refused(quads):
    pairs = make_pairs(tasks_of(quads[0]), load_playbook())
    with pytest.raises(ValueError, match="not a train task"):
        refuse_held_out(pairs, frozenset({pairs[0].chosen_task_id}))


def test_building_twice_gives_the_same_tasks():
    first, second = assemble(), assemble()
    assert first.tasks == second.tasks and first.pairs == second.pairs


def test_blind_annotators_agree_with_the_labels_beyond_chance():
    cells = {t.task_id: t for _, q in read_written() for t in tasks_of(q)}
    labels = {ref: (t.label, t.failure_modes) for ref, t in cells.items()}
    found = agreement(labels, read_annotations())
    assert found.n == len(labels)
    assert found.kappa >= 0.8


def test_annotations_are_of_the_texts_that_are_published():
    seen = {a.ref: a.item_sha256 for a in read_annotations()}
    assert [t.task_id for _, q in read_written() for t in tasks_of(q) if seen.get(t.task_id) != item_hash(t)] == []


def test_the_hash_of_an_item_is_of_brief_and_email_alone(quads):
    task = tasks_of(quads[0])[0]
    assert item_hash(task) == item_hash(task.model_copy(update={"task_id": "other", "rationale": "other"}))
    other = task.model_copy(update={"email": task.email.model_copy(update={"body": task.email.body + " "})})
    assert item_hash(task) != item_hash(other)


def test_every_disagreement_is_adjudicated_in_writing_and_the_task_follows():
    labels = {t.task_id: t.label for _, q in read_written() for t in tasks_of(q)}
    open_cases = {a.ref for a in read_annotations() if a.ref in labels and a.verdict != labels[a.ref]}
    decided = {a.ref: a for a in read_adjudications()}
    assert open_cases == decided.keys()
    assert all(labels[ref] == found.decision and found.reason for ref, found in decided.items())


def test_agreement_counts_what_it_says():
    notes = read_annotations()[:4]
    labels = {a.ref: (a.verdict, a.failure_modes) for a in notes}
    flipped = notes[0].ref
    wrong = {**labels, flipped: ("PASS" if labels[flipped][0] == "FAIL" else "FAIL", ())}
    assert agreement(labels, notes).kappa == 1.0
    assert agreement(wrong, notes).both_pass + agreement(wrong, notes).both_fail == 3
    with pytest.raises(ValueError, match="one, and only one"):
        agreement({}, notes)
