"""Ways to read the shipped adapter's reward, on validation: ``python -m benchmarks.normalisation``.

The plain sum against the reward per token, and against counterfactual normalisation: the reward of the email under
its brief less its reward under a brief that was altered in one thing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tenacious_bench.data import data_hash, load_tasks
from tenacious_bench.files import write_json
from tenacious_bench.judges.reward_model import RewardModel, adapter_folder
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import SEGMENTS, Brief, Item, Task
from tenacious_bench.stats import auroc
from tenacious_bench.stats.auroc import auroc_draws
from tenacious_bench.stats.checks import FloatArray, group_index
from tenacious_bench.stats.inputs import ScoredItems

RESULTS = Path(__file__).parent.parent / "model_card" / "normalisation.json"
RESAMPLES = 10_000


def other_segment(brief: Brief) -> Brief:
    """The next segment in the playbook's order, held with confidence."""
    at = SEGMENTS.index(brief.segment) if brief.segment else -1
    return brief.model_copy(update={"segment": SEGMENTS[(at + 1) % len(SEGMENTS)], "segment_confidence": 0.9})


def smaller_bench(brief: Brief) -> Brief:
    """Half of the free people, rounded down."""
    if brief.bench is None:
        return brief
    stacks = {
        name: stack.model_copy(update={"available": stack.available // 2}) for name, stack in brief.bench.stacks.items()
    }
    return brief.model_copy(update={"bench": brief.bench.model_copy(update={"stacks": stacks})})


def lower_confidence(brief: Brief) -> Brief:
    """No signal may be asserted any more."""
    signals = tuple(signal.model_copy(update={"confidence": "low"}) for signal in brief.signals)
    return brief.model_copy(update={"signals": signals})


ALTERED: dict[str, Callable[[Brief], Brief]] = {
    "another segment": other_segment,
    "a smaller bench": smaller_bench,
    "lower confidence": lower_confidence,
}


def rewards(model: RewardModel, tasks: Sequence[Task], alter: Callable[[Brief], Brief] | None) -> dict[str, FloatArray]:
    """Summed reward, lowest sentence's and tokens of each email, under its brief or an altered one, (tasks,) each."""
    playbook = load_playbook()
    items = [Item(id=t.task_id, brief=alter(t.brief) if alter else t.brief, email=t.email) for t in tasks]
    with tqdm(total=len(items), desc=alter.__name__ if alter else "as it is", file=sys.stderr) as bar:
        read = model.read(items, playbook, batch_size=16, progress=bar.update)
    first = [found[0] for found in read if not isinstance(found, str)]  # validation's emails are short enough
    return {
        "sum": np.array([r.plain for r in first]),
        "lowest": np.array([r.lowest for r in first]),
        "tokens": np.array([len(r.terms) for r in first]),
    }


def compare(tasks: Sequence[Task], ways: dict[str, FloatArray]) -> dict[str, Any]:
    """AUROC of each way and its difference to the first, with intervals over the same resamples of whole groups."""
    labels = np.array([t.label == "PASS" for t in tasks])
    groups = group_index([t.contrast_group for t in tasks], len(tasks))
    draws = {
        name: auroc_draws(ScoredItems(labels, values, groups, 0), RESAMPLES, np.random.default_rng(0))
        for name, values in ways.items()
    }
    first = next(iter(draws.values()))
    base = auroc(labels, next(iter(ways.values())))
    out = {}
    for name, values in ways.items():
        value = auroc(labels, values)
        low, high = np.percentile(draws[name], [2.5, 97.5])
        less, more = np.percentile(draws[name] - first, [2.5, 97.5])
        out[name] = {
            "auroc": {"value": value, "low": float(low), "high": float(high)},
            "difference": {"value": value - base, "low": float(less), "high": float(more)},
        }
    return out


def main() -> None:
    """Score validation under its briefs and three altered ones, and write the comparison."""
    tasks, model = load_tasks("validation"), RewardModel(adapter_folder())
    plain = rewards(model, tasks, None)
    ways = {"sum": plain["sum"], "per token": plain["sum"] / plain["tokens"]}
    ways |= {f"sum + {k:g} x lowest sentence": plain["sum"] + k * plain["lowest"] for k in (1.0, 4.0)}
    altered = {name: rewards(model, tasks, alter)["sum"] for name, alter in ALTERED.items()}
    ways |= {f"less its reward with {name}": plain["sum"] - values for name, values in altered.items()}
    ways["less the mean of the three"] = plain["sum"] - np.mean(list(altered.values()), axis=0)
    ways["less half the mean of the three"] = plain["sum"] - np.mean(list(altered.values()), axis=0) / 2
    write_json(
        RESULTS,
        {
            "n": len(tasks),
            "groups": len({t.contrast_group for t in tasks}),
            "validation_sha256": data_hash("validation"),
            "adapter_sha256": model.adapter_sha256,
            "dtype": model.dtype,
            "ways": compare(tasks, ways),
        },
    )


if __name__ == "__main__":
    main()
