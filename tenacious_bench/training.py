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
from transformers import AutoModelForCausalLM, AutoTokenizer, SchedulerType, TrainerCallback
from trl import DPOConfig, DPOTrainer, ModelConfig, TrlParser, get_peft_config

from tenacious_bench.data import data_hash, load_pairs, sealed_ids
from tenacious_bench.files import write_json
from tenacious_bench.pairs import refuse_held_out
from tenacious_bench.prompt import template_hash
from tenacious_bench.training_head import use_completion_head
from tenacious_bench.weights import resolve


@dataclass
class PairArguments:
    """Which preference pairs to train on."""

    pairs_limit: int | None = field(default=None, metadata={"help": "Use the first N pairs after shuffling."})
    pairs_seed: int = field(default=3407, metadata={"help": "Seed of the shuffle."})


class LogToFile(TrainerCallback):
    """Writes the log after every logging step, so that a stopped run leaves its curve."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write all entries so far."""
        if state.is_world_process_zero:
            write_json(self.path, state.log_history)


def load_pair_dataset(limit: int | None, seed: int) -> Dataset:
    """The ``pairs`` configuration as prompt, chosen, rejected; sealed ids are refused first."""
    pairs = load_pairs()
    refuse_held_out(pairs, sealed_ids())
    rows = Dataset.from_list([{"prompt": p.prompt, "chosen": p.chosen, "rejected": p.rejected} for p in pairs])
    rows = rows.shuffle(seed=seed)
    return rows.select(range(min(limit, len(rows)))) if limit else rows


def portable_adapter_config(folder: Path, base: str) -> None:
    """Make ``adapter_config.json`` the same on every machine: base by its name, target modules sorted."""
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = base
    config["target_modules"] = sorted(config["target_modules"])
    write_json(path, config)


def run_record(
    pair_args: PairArguments, args: DPOConfig, model: ModelConfig, pairs: int, seconds: float
) -> dict[str, Any]:
    """What is needed to trace and repeat the run."""
    packages = ("tenacious-bench", "torch", "transformers", "trl", "peft", "accelerate", "datasets")
    return {
        "base_model": model.model_name_or_path,
        "base_revision": model.model_revision,
        "pairs": pairs,
        "pairs_seed": pair_args.pairs_seed,
        "pairs_sha256": data_hash("pairs"),
        "template": template_hash(),
        "beta": args.beta,
        "loss_type": args.loss_type,
        "learning_rate": args.learning_rate,
        "lr_scheduler_type": SchedulerType(args.lr_scheduler_type).value,
        "warmup_steps": args.warmup_steps,
        "weight_decay": args.weight_decay,
        "epochs": args.num_train_epochs,
        "max_steps": args.max_steps,
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
        "wall_seconds": round(seconds, 1),
    }


def main() -> None:
    """Parse ``--config FILE`` (command-line flags win), train, write the adapter and its records."""
    parser = TrlParser([PairArguments, DPOConfig, ModelConfig])
    pair_args, args, model_args = parser.parse_args_and_config()
    name = model_args.model_name_or_path
    source = resolve(name, model_args.model_revision)
    tokenizer = AutoTokenizer.from_pretrained(source.path, revision=source.revision)
    model = AutoModelForCausalLM.from_pretrained(source.path, revision=source.revision, dtype=model_args.dtype)
    rows = load_pair_dataset(pair_args.pairs_limit, pair_args.pairs_seed)
    out = Path(args.output_dir)
    started = time.monotonic()
    trainer = DPOTrainer(
        model=model,
        args=args,
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=get_peft_config(model_args),
        callbacks=[LogToFile(out / "training_log.json")],
    )
    if trainer.accelerator.device.type == "cpu":
        use_completion_head(trainer.accelerator.unwrap_model(trainer.model).get_base_model())
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    if not trainer.is_world_process_zero():
        return
    trained = trainer.accelerator.unwrap_model(trainer.model)
    assert isinstance(trained, PeftModel)
    trained.save_pretrained(str(out))
    portable_adapter_config(out, name)
    write_json(out / "training_log.json", trainer.state.log_history)
    write_json(out / "run_record.json", run_record(pair_args, args, model_args, len(rows), time.monotonic() - started))


if __name__ == "__main__":
    main()
