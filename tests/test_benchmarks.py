"""The long measurements: what they count is right, and the T4 recipe fits its card."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
import yaml

from benchmarks.ablation import CONFIGS, MODES, prompt_of, validation_tasks
from benchmarks.ablation_variants import VARIANTS
from benchmarks.candidates import Candidate, candidates, ours
from benchmarks.engine import disagreement
from benchmarks.memory import OVERHEAD, LiveBytes, step_bytes
from benchmarks.normalisation import compare, lower_confidence, other_segment, smaller_bench
from benchmarks.peers import adapted_model, harness, plain_loop, trl_reference
from benchmarks.work import work
from tenacious_bench.judges.reward_model import RewardModel
from tenacious_bench.logprobs import Encoded, encode_pair
from tenacious_bench.models import load_base

ROOT = Path(__file__).parent.parent

SMALL = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


@pytest.fixture(scope="module")
def tiny_judge(tmp_path_factory):
    return tiny.save_judge(tmp_path_factory.mktemp("judge"))


def recipe(**changes):
    return yaml.safe_load((CONFIGS / "qwen2.5-0.5b-t4.yaml").read_text(encoding="utf-8")) | changes


def test_live_bytes_count_what_lives_at_one_time():
    with torch.device("meta"), LiveBytes() as live:
        a = torch.empty(1000, dtype=torch.float32)
        b = a + 1
        del a
        c = b + 1
        del b, c
        torch.empty(10, dtype=torch.float32)
    assert live.peak == 8000


def test_the_published_recipe_fits_a_t4():
    assert step_bytes(recipe()) + OVERHEAD < 15e9


def test_checkpointing_and_short_sequences_save_memory():
    full = step_bytes(recipe(activation_checkpointing=False), SMALL)
    assert step_bytes(recipe(), SMALL) < full
    assert step_bytes(recipe(activation_checkpointing=False, max_length=256), SMALL) < full / 2


def test_every_variant_differs_from_the_base_in_one_thing():
    base = VARIANTS["base"]
    for name, variant in VARIANTS.items():
        changed = [bool(variant.settings), variant.pairs != base.pairs, variant.method != base.method]
        assert sum(changed) == (name != "base"), name


def test_prompts_of_variants_hold_what_they_say(published_tasks):
    task = published_tasks["train"][0]
    args = task.brief, task.email.kind, task.mode
    base = prompt_of(VARIANTS["base"], *args)
    named = prompt_of(VARIANTS["mode-named"], *args)
    plain = prompt_of(VARIANTS["no-licences"], *args)
    assert named != base and task.mode.replace("_", " ") in named.splitlines()[0]
    assert "May be stated" not in plain and "Free people" not in plain and plain.splitlines()[-1] == "Email:"
    assert task.brief.prospect.company in plain


def test_the_validation_tasks_are_those_of_the_modes_in_question(published_tasks):
    found = validation_tasks()
    assert {t.mode for t in found} == set(MODES)
    assert found == [t for t in published_tasks["validation"] if t.mode in MODES]


def test_every_peer_of_the_engine_gives_its_numbers(tiny_judge):
    model = RewardModel(tiny_judge, dtype="float32")
    texts = [(brief, f"Subject: {email}\n\nThree engineers") for brief in ("To: Ana\n", "Today\n") for email in "ab"]
    rows = [Candidate(prompt, email, encode_pair(model.tokenizer, prompt, email)) for prompt, email in texts]
    found = ours(model, rows)
    peers = {
        "plain": plain_loop(adapted := adapted_model(tiny_judge, "float32"), model.model, rows),
        "trl": trl_reference(load_base(model.base_name, dtype="float32")[0], model.tokenizer, rows, batch_size=4)(),
    }
    if find_spec("lm_eval"):
        peers["lm-eval"] = harness(adapted, model.tokenizer, batch_size=4)(rows)
    for sums in peers.values():
        assert disagreement(rows, found, sums) < 1e-3
    assert any(abs(policy - reference) > 0.1 for policy, reference in found)


@pytest.mark.parametrize("per_brief", [1, 3])
def test_candidates_share_a_brief_as_often_as_asked(tiny_judge, per_brief):
    rows = candidates(RewardModel(tiny_judge, dtype="float32"), emails=6, per_brief=per_brief)
    assert [rows[i].prompt == rows[i - i % per_brief].prompt for i in range(6)] == [True] * 6
    assert len({row.prompt for row in rows}) == 6 // per_brief and len({row.email for row in rows}) > 2


def test_shared_prompts_are_counted_once(tiny_judge):
    model = RewardModel(tiny_judge, dtype="float32")
    rows = [Encoded((5,) * 100, (6,) * 10)] * 4
    linears = 2 * (32 * 32 * 2 + 32 * 16 * 2 + 3 * 32 * 64)
    head = 32 * len(model.tokenizer)
    apart, shared = (work(model.model, rows, shared) for shared in (False, True))
    attention = 4 * 32 * 2
    assert shared == 2 * linears * 136 + 2 * head * 40 + attention * (5000 + 4 * 9 * 104.5)  # none reads the last token
    assert apart == 2 * linears * 440 + 2 * head * 440 + attention * 4 * (5000 + 10 * 105)


def test_altered_briefs_differ_in_the_one_thing_they_are_named_for(published_tasks):
    brief = next(
        t.brief for t in published_tasks["validation"] if t.brief.bench and t.brief.signals and t.brief.segment
    )
    segment, bench, confidence = (alter(brief) for alter in (other_segment, smaller_bench, lower_confidence))
    assert segment.segment not in (None, brief.segment)
    assert (
        segment.model_copy(update={"segment": brief.segment, "segment_confidence": brief.segment_confidence}) == brief
    )
    assert brief.bench is not None and bench.bench is not None
    assert sum(s.available for s in bench.bench.stacks.values()) < sum(s.available for s in brief.bench.stacks.values())
    assert bench.model_copy(update={"bench": brief.bench}) == brief
    assert {s.confidence for s in confidence.signals} == {"low"}
    assert confidence.model_copy(update={"signals": brief.signals}) == brief


def test_the_first_way_of_reading_a_reward_is_what_the_others_are_compared_with(published_tasks):
    tasks = published_tasks["validation"][:40]
    good = np.array([t.label == "PASS" for t in tasks], dtype=float)
    found = compare(tasks, {"noise": np.arange(40.0) % 7, "right": good})
    assert found["noise"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["right"]["auroc"]["value"] == 1.0
    assert found["right"]["difference"]["value"] == pytest.approx(1 - found["noise"]["auroc"]["value"])


def test_the_peak_of_a_process_leaves_out_what_its_parent_held():
    held = np.ones(150_000_000)
    code = "from benchmarks.machine import peak_bytes; print(peak_bytes())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert 50e6 < int(found.stdout) < held.nbytes
