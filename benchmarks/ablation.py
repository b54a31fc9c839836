"""Short training runs that differ in one thing each, measured on validation: ``python -m benchmarks.ablation``.

Every run sees the same number of pairs from the same start, of three failure modes only: the ones that a short run
learns anything about, where a small model needs thousands of pairs before it does better than chance on all eight. A
finished run stands in the results file and is not repeated, so the command can be stopped and started again; ``--only``
picks runs by name. Runs this short compare settings, they do not show what a setting reaches: the shipped adapter was
trained for much longer.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.ablation_variants import VARIANTS, Variant
from tenacious_bench.data import data_hash, load_pairs, load_tasks
from tenacious_bench.files import write_json, write_jsonl
from tenacious_bench.playbook import load_playbook
from tenacious_bench.prompt import FOOTER, HEADER, join_lines, prompt_lines
from tenacious_bench.schema import Brief, EmailKind, Mode, Task

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / "tenacious_bench" / "configs"
RESULTS = ROOT / "model_card" / "ablation.json"
RUNS = ROOT / "runs" / "ablation"
MODES: tuple[Mode, ...] = ("segment_misrouting", "signal_overclaiming", "multi_thread_leakage")


def prompt_of(variant: Variant, brief: Brief, kind: EmailKind, mode: Mode) -> str:
    """The prompt a variant is trained and measured with."""
    if variant.pairs == "without licences":
        facts = brief.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return f"{HEADER}\n{json.dumps(facts, ensure_ascii=False)}\n{FOOTER}\n"
    text = join_lines(prompt_lines(brief, kind, load_playbook()))
    if variant.pairs == "mode named":
        text = text.replace(HEADER, f"{HEADER} In question: {mode.replace('_', ' ')}.", 1)
    return text


def write_pairs(variant: Variant, path: Path) -> None:
    """The published pairs of the three modes, changed as the variant asks."""
    briefs = {t.task_id: t for t in load_tasks("train")}
    seen: dict[str, str] = {}
    out = []
    for pair in load_pairs():
        task = briefs[pair.chosen_task_id]
        if pair.mode not in MODES:
            continue
        if variant.pairs == "one brief per group" and seen.setdefault(pair.contrast_group, pair.prompt) != pair.prompt:
            continue
        prompt = prompt_of(variant, task.brief, task.email.kind, task.mode)
        out.append(pair.model_copy(update={"prompt": prompt}).model_dump(mode="json"))
    write_jsonl(path, out)


def train(name: str, variant: Variant, steps: int) -> tuple[Path, float]:
    """Train one variant in its own process.

    Returns:
        The adapter folder and the processor seconds, which do not depend on what else the machine did.
    """
    out = RUNS / name
    out.mkdir(parents=True, exist_ok=True)
    config = yaml.safe_load((CONFIGS / "smollm2-135m.yaml").read_text(encoding="utf-8"))
    config |= {"output_dir": str(out), "max_steps": steps, "gradient_accumulation_steps": 2, "save_strategy": "no"}
    config |= {"learning_rate": 1e-3, **variant.settings}
    if config.get("pairs_limit") == "half":
        config["pairs_limit"] = steps * 2
    write_pairs(variant, out / "pairs.jsonl")
    config["pairs_file"] = str(out / "pairs.jsonl")
    recipe = out / "config.yaml"
    recipe.write_text(yaml.safe_dump(config), encoding="utf-8")
    if variant.method == "dpo":
        command = [sys.executable, "-m", "accelerate.commands.launch"]
        command += ["--config_file", str(CONFIGS / "accelerate-cpu.yaml")]
        command += ["-m", "tenacious_bench.training", "--config", str(recipe)]
    else:
        command = [sys.executable, "-m", "benchmarks.reference_free", variant.method, str(recipe)]
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    before = usage.ru_utime + usage.ru_stime
    with (out / "train.log").open("w", encoding="utf-8") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log, cwd=ROOT, env=os.environ)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return out, usage.ru_utime + usage.ru_stime - before


def validation_tasks() -> list[Task]:
    """The validation tasks of the three modes."""
    return [task for task in load_tasks("validation") if task.mode in MODES]


def measure(variant: Variant, adapter: Path) -> dict[str, Any]:
    """AUROC and orderings of the implicit reward on validation, as a sum and per token."""
    from tenacious_bench.judges.reward_model import RewardModel, reward_terms
    from tenacious_bench.logprobs import encode_pair
    from tenacious_bench.stats import summarize, summarize_pairs
    from tenacious_bench.task_slices import order_pairs

    tasks = validation_tasks()
    model = RewardModel(adapter)
    rows = [
        encode_pair(model.tokenizer, prompt_of(variant, t.brief, t.email.kind, t.mode), t.email.text) for t in tasks
    ]
    terms = model.score(rows)
    rewards = [math.fsum(reward_terms(model.beta, *pair)) for pair in terms]
    groups = [t.contrast_group for t in tasks]

    def auroc(scores: list[float]) -> dict[str, Any]:
        verdicts = ["PASS" if s > 0 else "FAIL" for s in scores]
        summary = summarize([t.label for t in tasks], verdicts, scores=scores, groups=groups)
        assert summary.auroc is not None
        return summary.auroc.to_dict()

    ordering = {}
    for shared in ("email", "brief"):
        pairs = order_pairs(tasks, rewards, shared)
        found = summarize_pairs([p.right for p in pairs], [p.wrong for p in pairs], [p.group for p in pairs])
        ordering[f"same_{shared}"] = found.to_dict()
    per_token = [reward / len(policy) for reward, (policy, _) in zip(rewards, terms, strict=True)]
    own = [float(policy.double().mean()) for policy, _ in terms]
    return {
        "n": len(tasks),
        "groups": len(set(groups)),
        "validation_sha256": data_hash("validation"),
        "auroc": auroc(rewards),
        "auroc_per_token": auroc(per_token),
        "auroc_policy_per_token": auroc(own),
        "ordering": ordering,
    }


def read_results() -> dict[str, Any]:
    """The finished runs, empty before the first."""
    if not RESULTS.is_file():
        return {"runs": {}}
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=96, help="of 4 pairs each")
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), help="runs by name")
    args = parser.parse_args()
    results = read_results()
    setting = {"steps": args.steps, "modes": list(MODES), "pairs_sha256": data_hash("pairs")}
    if results.setdefault("setting", setting) != setting:
        sys.exit(f"{RESULTS} holds runs of {results['setting']}, asked for {setting}: move it away to start anew")
    for name, variant in VARIANTS.items():
        if name in results["runs"] or (args.only and name not in args.only):
            continue
        print(f"{name}: {variant.factor}, {variant.what}", file=sys.stderr, flush=True)
        adapter, seconds = train(name, variant, args.steps)
        row = {
            "factor": variant.factor,
            "what": variant.what,
            "pairs_seen": args.steps * 4,
            "train_processor_seconds": round(seconds, 1),
            **measure(variant, adapter),
        }
        runs = read_results()["runs"] | {name: row}  # another process may have finished others meanwhile
        results["runs"] = {known: runs[known] for known in VARIANTS if known in runs}
        write_json(RESULTS, results)


if __name__ == "__main__":
    main()
