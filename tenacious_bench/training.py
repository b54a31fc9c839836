"""Trains the judge: LoRA with TRL's ``DPOTrainer``. Run it through ``accelerate launch``.

    accelerate launch --config_file tenacious_bench/configs/accelerate-cpu.yaml \\
        -m tenacious_bench.training --config tenacious_bench/configs/smollm2-135m.yaml

Pairs come from the published ``pairs`` configuration; a pair that touches a validation or held-out task stops the
run before it starts. Beside the adapter the run leaves ``training_log.json`` and ``run_record.json``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets import Dataset
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, SchedulerType, TrainerCallback
from trl import DPOConfig, DPOTrainer, ModelConfig, TrlParser, get_peft_config

from tenacious_bench.data import data_hash, load_pairs, sealed_ids
from tenacious_bench.files import lines, parse_object, write_json
from tenacious_bench.pairs import Pair, refuse_held_out
from tenacious_bench.prompt import template_hash
from tenacious_bench.training_head import use_fast_layers, use_pair_head
from tenacious_bench.weights import file_sha256, resolve


@dataclass
class PairArguments:
    """Which preference pairs to train on."""

    pairs_file: str | None = field(
        default=None,
        metadata={"help": "JSONL in the columns of the pairs configuration, instead of the published one."},
    )
    pairs_limit: int | None = field(default=None, metadata={"help": "Use the first N pairs after shuffling."})
    pairs_seed: int = field(default=3407, metadata={"help": "Seed of the shuffle."})
    note: str = field(default="", metadata={"help": "What a reader of the run record and card should know."})


class LogToFile(TrainerCallback):
    """Writes the log after every logging step, so that a stopped run leaves its curve."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write all entries so far."""
        if state.is_world_process_zero:
            write_json(self.path, state.log_history)


class ConfiguredRate(TrainerCallback):
    """A resumed run follows the learning rate of its configuration, not the one stored in the checkpoint."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Set the schedule's base rate; a no-op for a run from the start and for an unchanged configuration."""
        scheduler = kwargs["lr_scheduler"]
        scheduler.base_lrs = [args.learning_rate for _ in scheduler.base_lrs]
        for group in kwargs["optimizer"].param_groups:
            group["initial_lr"] = args.learning_rate


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a JSONL file.

    Raises:
        ValueError: a line that is no pair; names the file and the line.
    """
    pairs = []
    with path.open("rb") as handle:
        for number, raw in lines(handle):
            try:
                pairs.append(Pair.model_validate(parse_object(raw)))
            except ValueError as error:
                raise ValueError(
                    f"{path} line {number}: {error}: give the columns of the pairs configuration"
                ) from error
    return pairs


def load_pair_dataset(limit: int | None, seed: int, path: Path | None = None) -> Dataset:
    """The ``pairs`` configuration, or a file in its columns, as prompt, chosen, rejected; sealed ids are refused."""
    pairs = load_pairs() if path is None else read_pairs(path)
    refuse_held_out(pairs, sealed_ids())
    rows = Dataset.from_list([{"prompt": p.prompt, "chosen": p.chosen, "rejected": p.rejected} for p in pairs])
    rows = rows.shuffle(seed=seed)
    return rows.select(range(min(limit, len(rows)))) if limit else rows


def compact_adapter(folder: Path) -> None:
    """Store the trained weights as float16: half the size, and finer than the bfloat16 of the base."""
    path = str(folder / "adapter_model.safetensors")
    save_file({name: tensor.half() for name, tensor in load_file(path).items()}, path, metadata={"format": "pt"})


def portable_adapter_config(folder: Path, base: str) -> None:
    """Make ``adapter_config.json`` the same on every machine: base by its name, target modules sorted."""
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = base
    config["target_modules"] = sorted(config["target_modules"])
    write_json(path, config)


def run_record(
    pair_args: PairArguments, args: DPOConfig, model: ModelConfig, stages: list[dict[str, Any]]
) -> dict[str, Any]:
    """What is needed to trace and repeat the run; ``stages`` lists what ran with which loss, resumed parts apart."""
    packages = ("tenacious-bench", "torch", "transformers", "trl", "peft", "accelerate", "datasets")
    per_step = args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
    return {
        "base_model": model.model_name_or_path,
        "base_revision": model.model_revision if model.model_revision != "main" else None,
        "pairs": stages[-1]["pairs"],
        "pairs_seed": pair_args.pairs_seed,
        "pairs_sha256": stages[-1]["pairs_sha256"],
        "pairs_seen": per_step * stages[-1]["last_step"],
        "template": template_hash(),
        "beta": args.beta,
        "stages": stages,
        "lr_scheduler_type": SchedulerType(args.lr_scheduler_type).value,
        "warmup_steps": args.warmup_steps,
        "weight_decay": args.weight_decay,
        "batch_size": args.per_device_train_batch_size,
        "gradient_accumulation_steps": args.gradient_accumulation_steps,
        "max_length": args.max_length,
        "seed": args.seed,
        "lora": {
            "r": model.lora_r,
            "alpha": model.lora_alpha,
            "dropout": model.lora_dropout,
            "target_modules": model.lora_target_modules,
        },
        "dtype": model.dtype,
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "hardware": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, device {args.device.type}",
        "wall_seconds": round(sum(stage["wall_seconds"] for stage in stages), 1),
        "note": pair_args.note,
    }


def earlier_stages(out: Path, resumed: bool) -> list[dict[str, Any]]:
    """The stages that an earlier part of this run recorded; none for a run from the start."""
    path = out / "run_record.json"
    if not resumed or not path.is_file():
        return []
    stages: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["stages"]
    return stages


def main() -> None:
    """Parse ``--config FILE`` (command-line flags win), train, write the adapter and its records."""
    parser = TrlParser([PairArguments, DPOConfig, ModelConfig])  # type: ignore[list-item]  # its NewType is private
    pair_args, args, model_args = parser.parse_args_and_config()
    name = model_args.model_name_or_path
    source = resolve(name, model_args.model_revision)
    tokenizer = AutoTokenizer.from_pretrained(source.path, revision=source.revision)
    model = AutoModelForCausalLM.from_pretrained(source.path, revision=source.revision, dtype=model_args.dtype)
    own_pairs = Path(pair_args.pairs_file) if pair_args.pairs_file else None
    rows = load_pair_dataset(pair_args.pairs_limit, pair_args.pairs_seed, own_pairs)
    pairs_sha256 = file_sha256(own_pairs) if own_pairs else data_hash("pairs")
    out = Path(args.output_dir)
    started = time.monotonic()
    trainer = DPOTrainer(
        model=model,
        args=args,
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=get_peft_config(model_args),
        callbacks=[LogToFile(out / "training_log.json"), ConfiguredRate()],
    )
    if trainer.accelerator.device.type == "cpu":
        causal = trainer.accelerator.unwrap_model(trainer.model).get_base_model()
        use_pair_head(causal)
        if args.bf16:
            use_fast_layers(causal)
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    weights = trainer.accelerator.get_state_dict(trainer.model)  # under FSDP every process must take part
    if not trainer.is_world_process_zero():
        return
    trained = trainer.accelerator.unwrap_model(trainer.model)
    assert isinstance(trained, PeftModel)
    trained.save_pretrained(str(out), state_dict=weights)
    compact_adapter(out)
    portable_adapter_config(out, name)
    write_json(out / "training_log.json", trainer.state.log_history)
    stages = earlier_stages(out, bool(args.resume_from_checkpoint))
    stages.append(
        {
            "first_step": stages[-1]["last_step"] + 1 if stages else 1,
            "last_step": trainer.state.global_step,
            "planned_steps": trainer.state.max_steps,
            "loss_type": args.loss_type,
            "loss_weights": args.loss_weights,
            "learning_rate": args.learning_rate,
            "pairs": len(rows),
            "pairs_sha256": pairs_sha256,
            "wall_seconds": round(time.monotonic() - started, 1),
        }
    )
    write_json(out / "run_record.json", run_record(pair_args, args, model_args, stages))


if __name__ == "__main__":
    main()
