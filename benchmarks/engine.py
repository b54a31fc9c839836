"""Speed, memory and agreement of the scoring engine, side by side with its peers: ``python -m benchmarks.engine``.

Everything in one row of the table is measured in one process, in turns, on the same model, emails and dtype. Ratios
are medians over the turns. The peers need `pip install lm-eval`; without it that row is left out. What is measured is
kept in ``engine.partial.json``: a run that was stopped goes on after its last finished part.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.candidates import BATCH, Candidate, Sums, candidates, ours
from benchmarks.machine import hardware, matrix_rate
from benchmarks.peers import adapted_model, harness, plain_loop, trl_reference
from benchmarks.work import work
from tenacious_bench.files import write_json
from tenacious_bench.judges.reward_model import RewardModel, adapter_folder
from tenacious_bench.models import load_base

RESULTS = Path(__file__).parent / "results" / "engine.json"
WAYS = ("ours", "plain loop", "libraries")


def in_turns(ways: dict[str, Callable[[], Sums]], repeats: int, what: str) -> tuple[dict[str, Any], dict[str, Sums]]:
    """Seconds of each way in each turn, and what each gave; one untimed turn comes first."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    results: dict[str, Sums] = {}
    bar = tqdm(total=(repeats + 1) * len(ways), desc=what, file=sys.stderr)
    for turn in range(repeats + 1):
        for name, run in ways.items():
            started = time.perf_counter()
            results[name] = run()
            if turn:
                seconds[name].append(time.perf_counter() - started)
            bar.update()
    bar.close()
    return seconds, results


def disagreement(rows: Sequence[Candidate], found: Sums, wanted: Sums) -> float:
    """Largest difference of a summed log-probability, in nats per token of its completion."""
    return max(
        abs(a - b) / len(row.encoded.completion)
        for row, one, other in zip(rows, found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
        if b == b  # a peer that scores the reference alone says nan for the policy
    )


def ratio(slow: Sequence[float], fast: Sequence[float]) -> dict[str, float]:
    """Median over the turns of slow / fast, and its range."""
    found = [a / b for a, b in zip(slow, fast, strict=True)]
    return {"median": statistics.median(found), "low": min(found), "high": max(found)}


def side_by_side(dtype: str, emails: int, per_brief: int, repeats: int) -> dict[str, Any]:
    """Ours against every peer in one dtype; with one email a brief, which is no pair, against the plain loop."""
    model = RewardModel(adapter_folder(), dtype=dtype)
    rows = candidates(model, emails, per_brief)
    policy = adapted_model(adapter_folder(), dtype)
    ways: dict[str, Callable[[], Sums]] = {
        "ours": lambda: ours(model, rows),
        "plain loop": lambda: plain_loop(policy, model.model, rows),
    }
    encoded = [row.encoded for row in rows]
    if find_spec("lm_eval") and per_brief > 1:
        run = harness(policy, model.tokenizer, BATCH)
        ways["lm-eval"] = lambda: run(rows)
    if per_brief > 1:
        base = load_base(model.base_name, dtype=dtype)[0]
        ways["TRL reference"] = trl_reference(base, model.tokenizer, rows, BATCH)
        ways["ours, reference only"] = lambda: [
            (float("nan"), float(r.double().sum())) for r in model.reference(encoded)
        ]
    seconds, results = in_turns(ways, repeats, f"{dtype}, {per_brief} a brief")
    fast = {name: "ours, reference only" if name == "TRL reference" else "ours" for name in ways}
    rate, own = matrix_rate(dtype), work(model.model, encoded, shared=True)
    middle = statistics.median(seconds["ours"])
    return {
        "dtype": dtype,
        "emails": emails,
        "per_brief": per_brief,
        "tokens": {
            "prompt": sum(len(r.prompt) for r in encoded),
            "completion": sum(len(r.completion) for r in encoded),
        },
        "repeats": repeats,
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "emails_per_second": emails / middle,
        "ratio": {name: ratio(seconds[name], seconds[fast[name]]) for name in ways if not name.startswith("ours")},
        "nats_per_token": {
            name: disagreement(rows, results["ours"], results[name]) for name in ways if not name.startswith("ours")
        },
        "operations": {"ours": 2 * own, "plain loop": 2 * work(model.model, encoded, shared=False)},
        "matrix_rate": rate,
        "share_of_matrix_rate": 2 * own / middle / rate,
    }


def default_dtypes(emails: int, per_brief: int, repeats: int) -> dict[str, Any]:
    """Ours in the dtype it picks against the plain loop in its default, float32."""
    model, slow = RewardModel(adapter_folder()), RewardModel(adapter_folder(), dtype="float32")
    rows = candidates(model, emails, per_brief)
    policy = adapted_model(adapter_folder(), "float32")
    ways = {"ours": lambda: ours(model, rows), "plain loop": lambda: plain_loop(policy, slow.model, rows)}
    seconds, results = in_turns(ways, repeats, f"default dtypes, {per_brief} a brief")
    exact = slow.score([row.encoded for row in rows], batch_size=BATCH)
    rewards = [
        (model.beta * (a - b), model.beta * float((p.double() - r.double()).sum()))
        for (a, b), (p, r) in zip(results["ours"], exact, strict=True)
    ]
    return {
        "dtypes": {"ours": model.dtype, "plain loop": "float32"},
        "emails": emails,
        "per_brief": per_brief,
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "ratio": ratio(seconds["plain loop"], seconds["ours"]),
        "noise": {
            "mean_abs_reward_difference": statistics.mean(abs(a - b) for a, b in rewards),
            "max_abs_reward_difference": max(abs(a - b) for a, b in rewards),
            "reward_spread": statistics.stdev(b for _, b in rewards),
        },
    }


def cached(emails: int, per_brief: int, repeats: int) -> dict[str, Any]:
    """A run that finds its reference scores on disk against one that has to compute them."""
    plain = RewardModel(adapter_folder())
    rows = candidates(plain, emails, per_brief)
    with tempfile.TemporaryDirectory() as scratch:
        warm = RewardModel(adapter_folder(), references=Path(scratch) / "references.sqlite")
        seconds, results = in_turns(
            {"first": lambda: ours(plain, rows), "second": lambda: ours(warm, rows)}, repeats, "cached references"
        )
    return {
        "emails": emails,
        "per_brief": per_brief,
        "dtype": plain.dtype,
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "ratio": ratio(seconds["first"], seconds["second"]),
        "same": results["first"] == results["second"],
    }


def growth(repeats: int) -> list[dict[str, Any]]:
    """Seconds by number of emails, candidates per brief and threads."""
    model = RewardModel(adapter_folder())
    threads = torch.get_num_threads()
    out = []
    settings = [(n, 4, threads) for n in (4, 8, 16, 32)] + [(16, k, threads) for k in (1, 2, 8)]
    settings += [(16, 4, n) for n in range(1, threads)]
    for emails, per_brief, used in tqdm(settings, desc="growth", file=sys.stderr):
        torch.set_num_threads(used)
        rows = candidates(model, emails, per_brief)
        seconds, _ = in_turns({"ours": lambda rows=rows: ours(model, rows)}, repeats, f"{emails} x {per_brief}")
        found = {"emails": emails, "per_brief": per_brief, "threads": used, "dtype": model.dtype}
        out.append(found | {"seconds": statistics.median(seconds["ours"])})
    torch.set_num_threads(threads)
    return out


def profile(dtype: str, emails: int, per_brief: int) -> dict[str, float]:
    """Shares of the processor time of one run, by kind of operation."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as record

    model = RewardModel(adapter_folder(), dtype=dtype)
    rows = candidates(model, emails, per_brief)
    ours(model, rows)
    with record(activities=[ProfilerActivity.CPU]) as trace:
        ours(model, rows)
    kinds = {name: "matrix products" for name in ("aten::mm", "aten::addmm", "aten::addmm_")}
    kinds |= {"aten::_scaled_dot_product_flash_attention_for_cpu": "attention"}
    kinds |= {name: "log-sum-exp" for name in ("aten::sub_", "aten::sub", "aten::exp_", "aten::amax", "aten::log_")}
    totals: dict[str, float] = {}
    for event in trace.key_averages():
        kind = kinds.get(
            event.key, "copies" if event.key == "aten::copy_" else "norms, rotation, activation and others"
        )
        totals[kind] = totals.get(kind, 0.0) + event.self_cpu_time_total
    whole = sum(totals.values())
    return {kind: value / whole for kind, value in sorted(totals.items(), key=lambda item: -item[1])}


def memory(way: str, dtype: str, emails: int, per_brief: int) -> int:
    """Peak resident bytes of one way in a process of its own, which imports no more than that way needs."""
    command = [sys.executable, "-m", "benchmarks.peak_memory", way, dtype, str(emails), str(per_brief)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def table(results: dict[str, Any]) -> str:
    """The results as text."""
    lines = [f"{'peer':<16}{'dtype':<10}{'per brief':>10}{'ours is faster by':>26}{'nat per token':>15}"]
    for run in results["side_by_side"]:
        for name, found in run["ratio"].items():
            spread = f"{found['median']:.2f}x ({found['low']:.2f} to {found['high']:.2f})"
            apart = run["nats_per_token"][name]
            lines.append(f"{name:<16}{run['dtype']:<10}{run['per_brief']:>10}{spread:>26}{apart:>15.1e}")
    found = results["default dtypes"]["ratio"]
    lines.append(f"each in its default dtype, 4 a brief: {found['median']:.2f}x the plain loop")
    lines.append(f"second run with cached references: {results['cached']['ratio']['median']:.2f}x the first")
    for dtype, peak in results["memory"].items():
        share = peak["ours"] / peak["plain loop"]
        above = (peak["ours"] - peak["libraries"]) / (peak["plain loop"] - peak["libraries"])
        lines.append(
            f"peak memory, {dtype}: {peak['ours'] / 1e6:,.0f} MB, {share:.2f} of the plain loop's; above the "
            f"{peak['libraries'] / 1e6:,.0f} MB that the imported libraries take, {above:.2f}"
        )
    for run in results["side_by_side"]:
        possible = run["operations"]["plain loop"] / run["operations"]["ours"]
        lines.append(
            f"{run['dtype']}, {run['per_brief']} a brief: {run['emails_per_second']:.1f} emails a second, "
            f"{run['share_of_matrix_rate']:.0%} of the matrix rate; by operations alone {possible:.2f}x the plain loop"
        )
    for dtype, shares in results["profile"].items():
        lines.append(f"time in {dtype}: " + ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items()))
    return "\n".join(lines)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--emails", type=int, default=16)
    parser.add_argument("--per-brief", type=int, default=4)
    args = parser.parse_args()
    n, k, dtypes = args.emails, args.per_brief, ("float32", "bfloat16")
    measured = (
        *(
            (f"{d}, {per} a brief", lambda d=d, per=per: side_by_side(d, n, per, args.repeats))
            for d in dtypes
            for per in (k, 1)
        ),
        ("default dtypes", lambda: default_dtypes(n, k, args.repeats)),
        ("cached", lambda: cached(2 * n, k, args.repeats)),
        ("memory", lambda: {d: {way: memory(way, d, n, k) for way in WAYS} for d in dtypes}),
        ("profile", lambda: {d: profile(d, n, k) for d in dtypes}),
        ("growth", lambda: growth(args.repeats)),
    )
    RESULTS.parent.mkdir(exist_ok=True)
    unfinished = RESULTS.with_suffix(".partial.json")
    results: dict[str, Any] = json.loads(unfinished.read_text()) if unfinished.is_file() else {"hardware": hardware()}
    for name, run in measured:
        if name not in results:
            results[name] = run()
            write_json(unfinished, results)
    results = {"side_by_side": [results.pop(name) for name, _ in measured if name.endswith("a brief")], **results}
    write_json(RESULTS, results)
    unfinished.unlink()
    print(table(results))


if __name__ == "__main__":
    main()
