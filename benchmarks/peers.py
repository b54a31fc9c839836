"""Other ways to the same numbers, as their users would run them: the peers of ``benchmarks.engine``.

Each gives, for each row, the summed log-probability of its completion under the adapter and under the reference.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from benchmarks.candidates import Candidate, Sums
from tenacious_bench.logprobs import Encoded
from tenacious_bench.models import load_base


def plain_loop(policy: PreTrainedModel, reference: PreTrainedModel, rows: Sequence[Candidate]) -> Sums:
    """Two models in memory, one email at a time, logits at every position: the textbook way."""

    @torch.no_grad()
    def one(model: PreTrainedModel, row: Encoded) -> float:
        ids = torch.tensor([row.prompt + row.completion])
        scores = torch.log_softmax(model(input_ids=ids).logits[0, :-1].float(), -1)
        return float(scores.gather(1, ids[0, 1:, None])[len(row.prompt) - 1 :].sum())

    return [(one(policy, row.encoded), one(reference, row.encoded)) for row in rows]


def adapted_model(folder: Path, dtype: str) -> PeftModel:
    """The adapter in PEFT on a base of its own, as a reader of PEFT's documentation loads it."""
    record = json.loads((folder / "run_record.json").read_text(encoding="utf-8"))
    base, _ = load_base(record["base_model"], record.get("base_revision"), dtype=dtype)
    return PeftModel.from_pretrained(base, str(folder)).eval()


def harness(adapted: PeftModel, tokenizer: PreTrainedTokenizerBase, batch_size: int) -> Callable[..., Sums]:
    """lm-eval's log-likelihoods, once with the adapter and once without."""
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=adapted, tokenizer=tokenizer, batch_size=batch_size, device="cpu", add_bos_token=False)

    def run(rows: Sequence[Candidate]) -> Sums:
        requests = [((str(i), ""), list(r.encoded.prompt), list(r.encoded.completion)) for i, r in enumerate(rows)]
        policy = [value for value, _ in model._loglikelihood_tokens(requests, disable_tqdm=True)]
        with adapted.disable_adapter():
            reference = [value for value, _ in model._loglikelihood_tokens(requests, disable_tqdm=True)]
        return list(zip(policy, reference, strict=True))

    return run


def trl_reference(
    base: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[Candidate], batch_size: int
) -> Callable[[], Sums]:
    """TRL's reference log-probabilities of the rows taken two by two as pairs; tokens are prepared beforehand.

    Args:
        base: a model without adapter, which the trainer gives an untrained one and switches it off.
        tokenizer: its tokenizer.
        rows: an even number; every two have one prompt.
        batch_size: emails in a forward pass.
    """
    from datasets import Dataset
    from torch.utils.data import DataLoader
    from trl import DPOConfig, DPOTrainer

    pairs = [
        {"prompt": a.prompt, "chosen": a.email, "rejected": b.email} for a, b in zip(rows[::2], rows[1::2], strict=True)
    ]
    with tempfile.TemporaryDirectory() as scratch:
        config = DPOConfig(output_dir=scratch, use_cpu=True, bf16=False, report_to="none", max_length=2048)
        config.activation_checkpointing = False
        trainer = DPOTrainer(
            model=base,
            args=config,
            train_dataset=Dataset.from_list(pairs),
            processing_class=tokenizer,
            peft_config=LoraConfig(task_type="CAUSAL_LM"),
        )
        trainer.model.eval()
    loader = DataLoader(trainer.train_dataset, batch_size=batch_size // 2, collate_fn=trainer.data_collator)

    def run() -> Sums:
        found: Sums = []
        for batch in loader:
            chosen, rejected = trainer.compute_ref_log_probs(trainer.model, batch)
            for a, b in zip(chosen.tolist(), rejected.tolist(), strict=True):
                found += [(float("nan"), a), (float("nan"), b)]
        return found

    return run
