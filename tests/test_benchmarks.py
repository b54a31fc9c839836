"""The long measurements: what they count is right, and the T4 recipe fits its card."""

from __future__ import annotations

import torch
import yaml

from benchmarks.ablation import CONFIGS, prompt_of, validation_sample
from benchmarks.ablation_variants import VARIANTS
from benchmarks.memory import OVERHEAD, LiveBytes, step_bytes

SMALL = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


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


def test_the_validation_sample_holds_whole_groups(published_tasks):
    sample = validation_sample(50)
    groups = {t.contrast_group for t in sample}
    assert len(sample) >= 50
    assert [t for t in published_tasks["validation"] if t.contrast_group in groups] == sample
