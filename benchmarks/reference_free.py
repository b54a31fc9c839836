"""SimPO and ORPO on the same pairs: the rivals whose loss has no reference model. Used by ``benchmarks.ablation``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from tenacious_bench.files import write_json
from tenacious_bench.prompt import template_hash
from tenacious_bench.training import compact_adapter, load_pair_dataset, portable_adapter_config
from tenacious_bench.weights import resolve

SHARED = (
    "output_dir", "max_length", "learning_rate", "lr_scheduler_type", "warmup_steps", "weight_decay", "max_steps",
    "per_device_train_batch_size", "gradient_accumulation_steps", "logging_steps", "save_strategy", "use_cpu", "bf16",
    "seed", "data_seed", "report_to",
)  # fmt: skip
SIMPO = {"loss_type": "simpo", "cpo_alpha": 0.0, "beta": 2.0, "simpo_gamma": 1.0}
"""beta and gamma / beta = 0.5 as recommended by Meng et al. 2024, "SimPO", section 4."""
ORPO = {"beta": 0.1}
"""lambda of Hong et al. 2024, "ORPO", section 6."""


def main(method: str, recipe: Path) -> None:
    """Train and leave adapter and record as ``tenacious_bench.training`` does."""
    config: dict[str, Any] = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    source = resolve(config["model_name_or_path"], None)
    tokenizer = AutoTokenizer.from_pretrained(source.path)
    model = AutoModelForCausalLM.from_pretrained(source.path, dtype=config["dtype"])
    kind, trainer_kind, extra = (CPOConfig, CPOTrainer, SIMPO) if method == "simpo" else (ORPOConfig, ORPOTrainer, ORPO)
    trainer = trainer_kind(
        model=model,
        args=kind(**{name: config[name] for name in SHARED}, **extra),
        train_dataset=load_pair_dataset(None, 3407, Path(config["pairs_file"])),
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=config["lora_r"],
            lora_alpha=config["lora_alpha"],
            lora_dropout=config["lora_dropout"],
            target_modules=config["lora_target_modules"],
            task_type="CAUSAL_LM",
        ),
    )
    trainer.train()
    out = Path(config["output_dir"])
    trainer.model.save_pretrained(str(out))
    compact_adapter(out)
    portable_adapter_config(out, config["model_name_or_path"])
    record = {"beta": 0.1, "base_model": config["model_name_or_path"], "template": template_hash(), "method": method}
    write_json(out / "run_record.json", record)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
