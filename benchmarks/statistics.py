"""Intervals of three statistics at growing n, beside two other ways to them: ``python -m benchmarks.statistics``.

Ours are the public functions: `multinomial_bootstrap` of a confusion matrix with the counting included, and for AUROC
the whole of `summarize`. The rivals are `scipy.stats.bootstrap` with a vectorised statistic, and a plain Python loop
over `random.choices`. A rival that would take too long runs fewer resamples; its time is then scaled up and marked with
a star, while its interval is that of the resamples that it ran. Times are processor seconds of one process, which
depend less on what else the machine does. Differences of interval ends are given in Monte Carlo standard errors, of
which 2 is common and 4 is not.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import scipy.stats

from tenacious_bench.files import write_json
from tenacious_bench.stats import Confusion, multinomial_bootstrap, summarize
from tenacious_bench.stats.checks import BoolArray, FloatArray
from tenacious_bench.stats.count_statistics import balanced_accuracy, mcc
from tenacious_bench.stats.estimate import DEFAULT_LEVEL, DEFAULT_RESAMPLES

SIZES = 1_000, 10_000, 100_000, 10_000_000
REPEATS = 5
COUNTED: dict[str, Callable[[Any], FloatArray]] = {"balanced accuracy": balanced_accuracy, "MCC": mcc}
STATISTICS = (*COUNTED, "AUROC")
# Items that a rival may draw in all, which decides how many resamples it runs; ranking costs it ten times more.
SCIPY_ITEMS = {"balanced accuracy": 10**9, "MCC": 10**9, "AUROC": 2 * 10**8}
LOOP_ITEMS = 10**6
# Peak bytes for each item drawn, and the most that one batch may take; scipy holds all resamples in one if it fits.
SCIPY_BYTES = {"balanced accuracy": 16, "MCC": 16, "AUROC": 60}
MAX_BYTES = 1.8e9


class Items(NamedTuple):
    """A judge on n items: labels (n,) and verdicts (n,), True for PASS, and scores (n,)."""

    labels: BoolArray
    verdicts: BoolArray
    scores: FloatArray


class Run(NamedTuple):
    """One way to an interval.

    Attributes:
        seconds: for all resamples asked for, scaled up if fewer were run.
        resamples: how many were run.
        low: lower end of the interval; None when none was made.
        high: upper end of the interval; None when none was made.
    """

    seconds: float
    resamples: int
    low: float | None = None
    high: float | None = None


class Row(NamedTuple):
    """One statistic at one n; `gaps` are scipy's ends less ours in Monte Carlo standard errors."""

    n: int
    statistic: str
    ours: Run
    scipy: Run
    loop: Run
    gaps: tuple[float, float]


def judge(n: int) -> Items:
    """The same n random items each time: 40% PASS and an AUROC of about 0.8."""
    rng = np.random.default_rng(n)
    labels = rng.random(n) < 0.4
    scores = rng.normal(size=n) + 1.2 * labels
    return Items(labels, scores > 0.6, scores)


def ours(items: Items, name: str, resamples: int) -> Run:
    """Median of five runs of the published functions."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        if name in COUNTED:
            counts = Confusion.from_arrays(items.labels, items.verdicts)
            low, high = multinomial_bootstrap(counts, COUNTED[name], resamples)[:2]
        else:
            low, high = summarize(*items, n_resamples=resamples).auroc[1:3]
        seconds.append(time.process_time() - start)
    return Run(statistics.median(seconds), resamples, low, high)


def _auroc(labels: BoolArray, scores: FloatArray, axis: int = -1) -> FloatArray:
    n_pass = labels.sum(axis)
    won = np.sum(scipy.stats.rankdata(scores, axis=axis) * labels, axis) - n_pass * (n_pass + 1) / 2
    return np.asarray(won / (n_pass * (labels.shape[axis] - n_pass)))


def _counted(labels: BoolArray, verdicts: BoolArray, name: str, axis: int = -1) -> FloatArray:
    tp, n_pass, said = (labels & verdicts).sum(axis), labels.sum(axis), verdicts.sum(axis)
    return COUNTED[name](np.stack([tp, said - tp, labels.shape[axis] - n_pass - said + tp, n_pass - tp], axis=-1))


def by_scipy(items: Items, name: str, resamples: int) -> Run:
    """`scipy.stats.bootstrap`, in one batch where memory allows."""
    n = len(items.labels)
    run = min(resamples, SCIPY_ITEMS[name] // n)
    fits = max(1, int(MAX_BYTES / SCIPY_BYTES[name] / n))
    data = (items.labels, items.verdicts if name in COUNTED else items.scores)
    start = time.process_time()
    found = scipy.stats.bootstrap(
        data,
        partial(_counted, name=name) if name in COUNTED else _auroc,
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=run,
        batch=None if run <= fits else fits,
        confidence_level=DEFAULT_LEVEL,
        rng=np.random.default_rng(1),
    ).confidence_interval
    return Run((time.process_time() - start) * resamples / run, run, float(found.low), float(found.high))


def _auroc_in_python(picked: list[int], labels: list[bool], scores: list[float]) -> float:
    won = fails = 0
    for i in sorted(picked, key=scores.__getitem__):  # no two of the scores are equal
        if labels[i]:
            won += fails
        else:
            fails += 1
    return won / max(1, fails * (len(picked) - fails))


def by_loop(items: Items, name: str, resamples: int) -> Run:
    """Plain Python over lists, one resample after the other."""
    labels, verdicts, scores = (column.tolist() for column in items)
    n = len(labels)
    run = min(resamples, max(1, LOOP_ITEMS // n))
    chooser = random.Random(0)
    start = time.process_time()
    for _ in range(run):
        picked = chooser.choices(range(n), k=n)
        if name in COUNTED:
            counts = [0, 0, 0, 0]
            for i in picked:
                counts[2 * labels[i] + verdicts[i]] += 1
            COUNTED[name]([counts[3], counts[1], counts[0], counts[2]])
        else:
            _auroc_in_python(picked, labels, scores)
    return Run((time.process_time() - start) * resamples / run, run)


@cache
def lower_end(resamples: int) -> tuple[float, float]:
    """Mean and standard deviation of the lower end of an interval from so many standard normal draws."""
    rng = np.random.default_rng(0)
    ends = [np.quantile(rng.normal(size=resamples), (1 - DEFAULT_LEVEL) / 2) for _ in range(400)]
    return float(np.mean(ends)), float(np.std(ends))


def gaps(mine: Run, other: Run) -> tuple[float, float]:
    """How far the ends of two intervals lie apart, in Monte Carlo standard errors.

    Draws are taken as normal. Few draws give an interval that is too short on average, which is allowed for.
    """
    assert mine.low is not None and mine.high is not None and other.low is not None and other.high is not None
    (centre, spread), (other_centre, other_spread) = lower_end(mine.resamples), lower_end(other.resamples)
    unit = (mine.high - mine.low) / (-2 * centre)
    noise, inward = unit * np.hypot(spread, other_spread), unit * (other_centre - centre)
    return float((other.low - mine.low - inward) / noise), float((other.high - mine.high + inward) / noise)


def measure(sizes: Sequence[int], resamples: int) -> list[Row]:
    """Every statistic at every n, with progress on stderr."""
    rows = []
    for n in sizes:
        items = judge(n)
        for name in STATISTICS:
            print(f"n = {n:,}: {name}", file=sys.stderr, flush=True)
            mine, theirs = ours(items, name, resamples), by_scipy(items, name, resamples)
            rows.append(Row(n, name, mine, theirs, by_loop(items, name, resamples), gaps(mine, theirs)))
    return rows


def table(rows: Sequence[Row], resamples: int) -> str:
    """The rows as a Markdown table."""

    def seconds(run: Run) -> str:
        scaled = f"* ({run.resamples:,} run)" if run.resamples < resamples else ""
        return f"{run.seconds:.3g} s{scaled}" if run.seconds < 1000 else f"{run.seconds:,.0f} s{scaled}"

    head = ["n", "statistic", "ours", "scipy", "Python loop", "our interval", "scipy's interval", "apart (low, high)"]
    lines = [
        [
            f"{row.n:,}",
            row.statistic,
            *(seconds(run) for run in (row.ours, row.scipy, row.loop)),
            *(f"{run.low:.5f} to {run.high:.5f}" for run in (row.ours, row.scipy)),
            f"{row.gaps[0]:+.1f}, {row.gaps[1]:+.1f}",
        ]
        for row in rows
    ]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    table = [head, ["-" * width for width in widths], *lines]
    text = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in table]
    note = f"{resamples:,} resamples; * scaled up from fewer. Apart: in Monte Carlo standard errors."
    return "\n".join([*text, "", note])


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print the table and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="PATH", help="write the rows here as well")
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="numbers of items")
    parser.add_argument("--resamples", type=int, default=DEFAULT_RESAMPLES)
    args = parser.parse_args(argv)
    rows = measure(args.sizes, args.resamples)
    print(table(rows, args.resamples))
    if args.json:
        versions = {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__}
        runs = [
            {name: value._asdict() if isinstance(value, Run) else value for name, value in row._asdict().items()}
            for row in rows
        ]
        write_json(args.json, {"resamples": args.resamples, "level": DEFAULT_LEVEL, **versions, "rows": runs})


if __name__ == "__main__":
    main()
