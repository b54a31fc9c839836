"""Renders two sections of the README from ``benchmarks/results/``: ``python -m benchmarks.readme``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenacious_bench.files import atomic_writer
from tenacious_bench.report import markdown_table

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent.parent / "README.md"


def injections_block(found: Mapping[str, Any]) -> str:
    """How many held-back emails a payload turned into ``send``, by place, judge and list."""
    parts = {judge: run["by_place"] | {"all places": run["all"]} for judge, run in found.items()}
    places = next(iter(parts.values()))
    rows = [[place.replace("_", " "), *(_sent(part[place]["fail"]) for part in parts.values())] for place in places]
    kept = "; ".join(f"{name} {_sent(run['all']['pass'])}" for name, run in found.items())
    return "\n\n".join(
        (
            "Validation emails that are held back, and a text planted in one place that wants them sent: how many "
            "then were, with the 95% interval of that share. Payloads that the row reader refuses (hidden characters, "
            "endless names) are not counted. A thread gets a further message of the prospect, a reply another "
            "paragraph in the message that the email may answer, which both readings of the brief hold.",
            markdown_table(["payload in", *found], rows),
            f"Good emails that kept their `send` beside a payload in the brief: {kept}. The second list was written "
            "without sight of the first or of the defence.",
        )
    )


def _sent(found: Mapping[str, Any]) -> str:
    rate = found["rate"]
    judged = found["n"] - found["refused"]
    return f"{found['send']} of {judged}: {rate['value']:.1%} [{rate['low']:.1%}, {rate['high']:.1%}]" if rate else "-"


def speed_block(engine: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Tables and sentences, every number from the two results files."""
    hardware = engine["hardware"]
    runs = {(run["dtype"], run["per_brief"]): run for run in engine["side_by_side"]}
    settings = list(runs)
    peers = list(dict.fromkeys(name for run in runs.values() for name in run["ratio"]))
    rows = [
        [name, *(_ratio(runs[key]["ratio"].get(name)) for key in settings), f"{_apart(runs, name):.0e}"]
        for name in peers
    ]
    header = ["ours is faster than", *(f"{dtype}, {k} a brief" for dtype, k in settings), "nat per token, float32"]
    plain = runs["bfloat16", 4]
    default, cached = engine["default dtypes"], engine["cached"]
    memory = "; ".join(
        f"{dtype} {peak['ours'] / 1e6:,.0f} MB against {peak['plain loop'] / 1e6:,.0f} MB, of which the imported "
        f"libraries are {peak['libraries'] / 1e6:,.0f} MB"
        for dtype, peak in engine["memory"].items()
    )
    shares = "; ".join(f"{d} {runs[d, k]['share_of_matrix_rate']:.0%}" for d, k in settings if k == 4)
    where = ", ".join(f"{kind} {share:.0%}" for kind, share in engine["profile"]["bfloat16"].items())
    possible = plain["operations"]["plain loop"] / plain["operations"]["ours"]
    return "\n\n".join(
        (
            f"Medians of {plain['repeats']} turns, each taken by all ways one after the other in one process, "
            "lowest and highest in brackets: "
            f"{plain['emails']} emails ({plain['tokens']['prompt']:,} prompt and {plain['tokens']['completion']:,} "
            f"completion tokens), {hardware['threads']} threads of {hardware['processor']}. The plain loop holds two "
            "models, takes one email at a time and computes logits at every position.",
            markdown_table(header, rows),
            f"Counting operations alone, four emails a brief could be {possible:.2f} times as fast as the plain loop. "
            f"Each in its default dtype ({default['dtypes']['ours']} against {default['dtypes']['plain loop']}): "
            f"{_ratio(default['ratio'])}, at a mean reward difference of "
            f"{default['noise']['mean_abs_reward_difference']:.2f} where rewards spread by "
            f"{default['noise']['reward_spread']:.1f} (standard deviation). A second run that finds its reference "
            f"scores on disk: {_ratio(cached['ratio'])} the first. Peak memory: {memory}. Share of the measured "
            f"matrix-product rate at four a brief: {shares}; processor time in bfloat16: {where}.",
            markdown_table(*_statistics(statistics)),
            f"Processor seconds of {statistics['resamples']:,} bootstrap resamples, one thread; * scaled up from "
            "fewer. `scipy` is `scipy.stats.bootstrap`, vectorised.",
        )
    )


def _ratio(found: Mapping[str, float] | None) -> str:
    if found is None:
        return "-"
    return f"{found['median']:.2f}x [{found['low']:.2f}, {found['high']:.2f}]"


def _apart(runs: Mapping[tuple[str, int], Mapping[str, Any]], peer: str) -> float:
    return max(run["nats_per_token"].get(peer, 0.0) for (dtype, _), run in runs.items() if dtype == "float32")


def _statistics(found: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    rows = []
    for row in found["rows"]:
        seconds = [
            f"{run['seconds']:.3g}{'*' if run['resamples'] < found['resamples'] else ''}"
            for run in (row["ours"], row["scipy"], row["loop"])
        ]
        rows.append([f"{row['statistic']}, n = {row['n']:,}", *seconds])
    return ["statistic", "ours", "scipy", "Python loop"], rows


def blocks() -> dict[str, str]:
    """The text of each block."""
    engine, statistics, injections = (
        json.loads((RESULTS / f"{name}.json").read_text()) for name in ("engine", "statistics", "injections")
    )
    return {"speed": speed_block(engine, statistics), "injections": injections_block(injections)}


def between(text: str, name: str) -> tuple[int, int]:
    """Where a block of the README starts and ends.

    Raises:
        ValueError: the README has no such markers.
    """
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    if start not in text or end not in text:
        raise ValueError(f"{README}: no {start} and {end}: put them where the block belongs")
    return text.index(start) + len(start), text.index(end)


def main() -> None:
    """Write the blocks between their markers."""
    text = README.read_text(encoding="utf-8")
    for name, block in blocks().items():
        start, end = between(text, name)
        text = f"{text[:start]}\n{block}\n{text[end:]}"
    with atomic_writer(README) as handle:
        handle.write(text)


if __name__ == "__main__":
    main()
