"""Peak memory of one way to score, in a process of its own: ``benchmarks.peak_memory WAY DTYPE EMAILS PER_BRIEF``.

Prints bytes. ``ours`` must not pay for what only its peers import, so they are imported where they are run. The way
``libraries`` scores nothing: it has read the emails and imported what both others need.
"""

from __future__ import annotations

import sys

from benchmarks.candidates import candidates, ours
from benchmarks.machine import peak_bytes
from tenacious_bench.data import load_tasks
from tenacious_bench.judges.reward_model import RewardModel, adapter_folder


def main(way: str, dtype: str, emails: int, per_brief: int) -> None:
    """Score some emails one way, then print the most memory this process has held."""
    if way == "libraries":
        from transformers.models.llama import LlamaForCausalLM  # noqa: F401

        load_tasks("validation")
        print(peak_bytes())
        return
    model = RewardModel(adapter_folder(), dtype=dtype)
    rows = candidates(model, emails, per_brief)
    if way == "ours":
        ours(model, rows)
    else:
        from benchmarks.peers import adapted_model, plain_loop

        plain_loop(adapted_model(adapter_folder(), dtype), model.model, rows)
    print(peak_bytes())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
