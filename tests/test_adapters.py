"""Adapters as PEFT writes them: read whole, or refused with what to do."""

from __future__ import annotations

import json
import shutil

import pytest
import tiny
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from tenacious_bench.adapters import CONFIG, WEIGHTS, AdapterError, load_adapter
from tenacious_bench.buffers import Buffers

VOCABULARY = 400


@pytest.fixture
def folder(tmp_path):
    tiny.with_adapter(tiny.base(VOCABULARY)).save_pretrained(str(tmp_path / "adapter"))
    return tmp_path / "adapter"


def change(folder, **settings):
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps(config | settings), encoding="utf-8")


def test_every_linear_of_every_layer_gets_what_peft_would_merge(folder):
    model = tiny.base(VOCABULARY)
    wanted = tiny.with_adapter(tiny.base(VOCABULARY)).merge_and_unload()
    deltas = load_adapter(folder, model)
    assert [len(layer) for layer in deltas] == [7, 7]
    before = {name: p.clone() for name, p in model.named_parameters()}
    every = enumerate(delta for layer in deltas for delta in layer)
    buffers = Buffers(torch.device("cpu"))
    merged = {delta.linear: delta.merged(f"weight {number}", buffers) for number, delta in every}
    for (name, module), other in zip(model.named_modules(), wanted.modules(), strict=True):
        if module in merged:
            torch.testing.assert_close(merged[module], other.weight)
            assert not torch.equal(merged[module], before[f"{name}.weight"])
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(AdapterError, match=f"has no {name}"):
        load_adapter(folder, tiny.base(VOCABULARY))


@pytest.mark.parametrize("setting", [{"use_dora": True}, {"bias": "all"}, {"rank_pattern": {"q_proj": 8}}])
def test_an_adapter_that_is_more_than_a_sum_is_refused(folder, setting):
    change(folder, **setting)
    with pytest.raises(AdapterError, match="only plain LoRA can be scored"):
        load_adapter(folder, tiny.base(VOCABULARY))


def test_an_adapter_outside_the_layers_is_refused(tmp_path):
    config = LoraConfig(r=2, target_modules=["q_proj", "lm_head"], task_type="CAUSAL_LM")
    get_peft_model(tiny.base(VOCABULARY), config).save_pretrained(str(tmp_path))
    with pytest.raises(AdapterError, match=r"lm_head.*outside the linears of the decoder's layers"):
        load_adapter(tmp_path, tiny.base(VOCABULARY))


def test_an_adapter_of_another_shape_is_refused(folder):
    tensors = load_file(folder / WEIGHTS)
    name = next(n for n in tensors if "q_proj.lora_B" in n)
    save_file(tensors | {name: torch.zeros(48, 4)}, folder / WEIGHTS)
    with pytest.raises(AdapterError, match="made for another base model"):
        load_adapter(folder, tiny.base(VOCABULARY))


def test_half_an_adapter_is_refused(folder):
    tensors = load_file(folder / WEIGHTS)
    del tensors[next(n for n in tensors if "v_proj.lora_A" in n)]
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(AdapterError, match="half of an adapter"):
        load_adapter(folder, tiny.base(VOCABULARY))
    shutil.rmtree(folder)
