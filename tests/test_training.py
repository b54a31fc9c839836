"""Training: the published recipe's size, the CPU head against TRL's, and a real run of a tiny model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny
import torch
import yaml
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, Qwen2Config
from trl.trainer.utils import add_fused_lm_head

from tenacious_bench.data import load_pairs
from tenacious_bench.training import ConfiguredRate, compact_adapter, load_pair_dataset, portable_adapter_config
from tenacious_bench.training_head import pack_pairs, use_fast_layers, use_pair_head

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / "tenacious_bench" / "configs"


def test_the_published_recipe_trains_8_798_208_parameters():
    recipe = yaml.safe_load((CONFIGS / "qwen2.5-0.5b-t4.yaml").read_text())
    shape = Qwen2Config(
        vocab_size=151_936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(shape)
        lora = LoraConfig(
            r=recipe["lora_r"],
            lora_alpha=recipe["lora_alpha"],
            target_modules=recipe["lora_target_modules"],
            task_type="CAUSAL_LM",
        )
        trainable, total = get_peft_model(model, lora).get_nb_trainable_parameters()
    assert trainable == 8_798_208
    assert trainable / total == pytest.approx(0.0175, abs=5e-5)


def pair_batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two pairs as TRL collates them: chosen rows, then rejected rows; shared beginnings, padding, labels."""
    ids = torch.randint(3, 200, (4, 14), generator=torch.Generator().manual_seed(3))
    ids[2, :7], ids[3, :5] = ids[0, :7], ids[1, :5]
    mask = torch.ones_like(ids)
    mask[1, 11:] = 0
    mask[2, 12:] = 0
    labels = ids.masked_fill((torch.arange(14)[None, :] < 4) | (mask == 0), -100)
    return ids, mask, labels


def test_packed_pairs_give_what_the_trainer_s_own_pass_gives():
    ids, mask, labels = pair_batch()
    fields = ("log_probs", "entropy", "mean_logits", "is_top1")
    found = {}
    for name in ("ours", "trl"):
        model = tiny.base(300)
        add_fused_lm_head(model, outputs=fields)
        if name == "ours":
            use_pair_head(model)
        output = model(input_ids=ids, attention_mask=mask, labels=labels, fused_lm_head=True, use_cache=False)
        weights = torch.randn(output.log_probs.shape, generator=torch.Generator().manual_seed(1))
        (output.log_probs * weights).sum().backward()
        found[name] = output, model.model.layers[0].mlp.up_proj.weight.grad
    for field in fields:
        ours, theirs = (getattr(found[name][0], field).float() for name in ("ours", "trl"))
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    torch.testing.assert_close(found["ours"][1], found["trl"][1], atol=1e-5, rtol=0)


def test_packing_writes_the_shared_beginning_once():
    packed = pack_pairs(*pair_batch())
    assert packed.ids.shape == (2, 20)  # 14 + 12 - 7 shared, and 11 + 14 - 5 shared
    assert not packed.mask[0, 14:19, 7:14].any(), "the rejected rest must not see the chosen rest"
    assert packed.positions[0, 14] == 7


def test_fast_layers_give_the_log_probabilities_and_gradients_of_plain_ones():
    ids, mask, labels = pair_batch()
    found = {}
    for fast in (False, True):
        adapted = tiny.with_adapter(tiny.base(300).to(torch.bfloat16))
        causal = adapted.get_base_model()
        add_fused_lm_head(causal, outputs=("log_probs",))
        use_pair_head(causal)
        if fast:
            use_fast_layers(causal)
        with torch.autocast("cpu", torch.bfloat16, enabled=fast):
            scores = causal(input_ids=ids, attention_mask=mask, labels=labels, fused_lm_head=True, use_cache=False)
        scores.log_probs.sum().backward()
        gradients = [p.grad.flatten() for p in adapted.parameters() if p.grad is not None]
        assert all(g.dtype == torch.float32 for g in gradients)
        found[fast] = scores.log_probs.detach(), torch.cat(gradients)
    torch.testing.assert_close(found[True][0], found[False][0], atol=0.05, rtol=0)
    assert torch.cosine_similarity(found[True][1], found[False][1], dim=0) > 0.99


def launch(
    folder: Path, recipe: str, changes: dict[str, object], machine: Path = CONFIGS / "accelerate-cpu.yaml"
) -> Path:
    """A real run through ``accelerate launch``: 8 pairs, 4 steps, the tiny model in ``folder``/base."""
    config = yaml.safe_load((CONFIGS / recipe).read_text())
    config |= {"model_name_or_path": str(folder / "base"), "model_revision": "main", "dtype": "float32"}
    config |= {"pairs_limit": 8, "max_steps": -1, "num_train_epochs": 1, "gradient_accumulation_steps": 1}
    config |= {"logging_steps": 1, "save_steps": 2, "save_total_limit": 2, "max_length": 2048}
    config |= {"fp16": False, "bf16": False, "use_cpu": True, **changes}
    out = Path(str(config["output_dir"]))
    recipe_file = folder / f"{out.name}.yaml"
    recipe_file.write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "accelerate.commands.launch"]
    command += ["--config_file", str(machine)]
    command += ["-m", "tenacious_bench.training", "--config", str(recipe_file)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The default recipe on a tiny model of its architecture."""
    folder = tmp_path_factory.mktemp("run")
    words = tiny.tokenizer()
    tiny.base(len(words)).save_pretrained(folder / "base")
    words.save_pretrained(folder / "base")
    return launch(folder, "smollm2-135m.yaml", {"output_dir": str(folder / "out")})


def test_a_resumed_run_ends_with_the_adapter_of_an_uninterrupted_one(trained):
    changes = {"resume_from_checkpoint": str(trained / "checkpoint-2"), "output_dir": str(trained.parent / "resumed")}
    resumed = launch(trained.parent, "smollm2-135m.yaml", changes)
    ours, theirs = (load_file(str(f / "adapter_model.safetensors")) for f in (resumed, trained))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_t4_recipe_runs_on_a_tiny_model_of_its_architecture(tmp_path):
    words = tiny.tokenizer()
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    shape |= {"num_key_value_heads": 2, "tie_word_embeddings": True, "max_position_embeddings": 2048}
    base = AutoModelForCausalLM.from_config(Qwen2Config(vocab_size=len(words), **shape))
    base.save_pretrained(tmp_path / "base")
    words.save_pretrained(tmp_path / "base")
    out = launch(tmp_path, "qwen2.5-0.5b-t4.yaml", {"output_dir": str(tmp_path / "out")})
    record = json.loads((out / "run_record.json").read_text())
    assert record["lora"]["r"] == 16 and record["stages"][-1]["last_step"] == 4


def test_the_recipe_for_several_gpus_runs_in_two_processes(tmp_path):
    """Without GPUs accelerate replaces FSDP by data parallelism: this shows two ranks, one record, one adapter."""
    words = tiny.tokenizer()
    tiny.base(len(words)).save_pretrained(tmp_path / "base")
    words.save_pretrained(tmp_path / "base")
    machine = yaml.safe_load((CONFIGS / "accelerate-fsdp.yaml").read_text())
    (tmp_path / "machine.yaml").write_text(yaml.safe_dump(machine | {"use_cpu": True, "mixed_precision": "no"}))
    changes = {"output_dir": str(tmp_path / "out")}
    out = launch(tmp_path, "multi-gpu.yaml", changes, tmp_path / "machine.yaml")
    record = json.loads((out / "run_record.json").read_text())
    assert record["pairs_seen"] == 8 and record["stages"][-1]["last_step"] == 2
    weights = load_file(str(out / "adapter_model.safetensors"))
    assert any(tensor.abs().sum() > 0 for name, tensor in weights.items() if "lora_B" in name)


def test_pairs_come_from_a_file_and_a_broken_line_is_named(tmp_path):
    pairs = load_pairs()[:3]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(p.model_dump_json() + "\n" for p in pairs))
    rows = load_pair_dataset(None, 1, path)
    assert sorted(rows["chosen"]) == sorted(p.chosen for p in pairs)
    path.write_text(pairs[0].model_dump_json() + '\n{"prompt": "x"}\n')
    with pytest.raises(ValueError, match=r"pairs\.jsonl line 2"):
        load_pair_dataset(None, 1, path)


def test_pairs_of_a_file_that_touch_sealed_tasks_are_refused(tmp_path, published_tasks):
    pair = load_pairs()[0].model_copy(update={"chosen_task_id": published_tasks["held_out"][0].task_id})
    path = tmp_path / "pairs.jsonl"
    path.write_text(pair.model_dump_json() + "\n")
    with pytest.raises(ValueError, match="not a train task"):
        load_pair_dataset(None, 1, path)


def test_a_run_leaves_adapter_log_and_record(trained):
    record = json.loads((trained / "run_record.json").read_text())
    assert record["pairs"] == 8 and record["beta"] == 0.1 and len(record["pairs_sha256"]) == 64
    log = json.loads((trained / "training_log.json").read_text())
    assert [e["step"] for e in log if "loss" in e] == [1, 2, 3, 4]
    config = json.loads((trained / "adapter_config.json").read_text())
    assert config["target_modules"] == sorted(config["target_modules"])


def test_a_trained_adapter_is_read_by_the_judge(trained):
    from tenacious_bench.judges.reward_model import RewardModel

    model = RewardModel(trained, dtype="float32")
    assert model.beta == 0.1


def test_adapter_files_are_small_and_hold_no_machine_path(tmp_path):
    words = tiny.tokenizer()
    tiny.with_adapter(tiny.base(len(words))).save_pretrained(str(tmp_path))
    before = (tmp_path / "adapter_model.safetensors").stat().st_size
    compact_adapter(tmp_path)
    portable_adapter_config(tmp_path, "smollm2-135m")
    assert (tmp_path / "adapter_model.safetensors").stat().st_size < 0.7 * before
    assert json.loads((tmp_path / "adapter_config.json").read_text())["base_model_name_or_path"] == "smollm2-135m"


def test_a_resumed_run_follows_the_rate_of_its_configuration():
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=4e-4)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 - step / 10)
    ConfiguredRate().on_train_begin(
        SimpleNamespace(learning_rate=1e-3), None, None, lr_scheduler=scheduler, optimizer=optimizer
    )
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.9e-3)
