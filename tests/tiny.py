"""Tiny random models of real architectures: the code paths of the judge without its weights."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tenacious_bench.prompt import template_hash

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE with ChatML markers."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<unk>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    bpe.train_from_iterator(["PASS FAIL three Python engineers from Tuesday 28 April"] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<unk>",
    )


def base(vocabulary: int) -> LlamaForCausalLM:
    """A two-layer Llama with random weights, float32."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(config).eval()


def with_adapter(model: LlamaForCausalLM) -> PeftModel:
    """LoRA with random, not zero, weights, so that the adapter changes something."""
    torch.manual_seed(1)
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, task_type="CAUSAL_LM"))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    assert isinstance(adapted, PeftModel)
    return adapted.eval()


def save_judge(folder: Path, beta: float = 0.1) -> Path:
    """A base folder and an adapter folder as ``RewardModel`` reads them; gives the adapter folder."""
    words = tokenizer()
    model = base(len(words))
    model.save_pretrained(folder / "base")
    words.save_pretrained(folder / "base")
    adapter = folder / "adapter"
    with_adapter(model).save_pretrained(str(adapter))
    record = {"base_model": str(folder / "base"), "base_revision": None, "beta": beta, "template": template_hash()}
    (adapter / "run_record.json").write_text(json.dumps(record), encoding="utf-8")
    return adapter
