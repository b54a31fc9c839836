"""What planted instructions do to the gate's verdict, on validation: ``python -m benchmarks.injections``.

A payload in the brief or in the email must never turn an email that is held back into one that is sent. A payload in
the brief must not cost a good email its ``send`` either. An email that itself carries a payload is a bad email, so
for those places only the first question is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.injection_trials import Outcome, base_tasks, judge_trials, trials
from tenacious_bench import Judge
from tenacious_bench.data import data_hash, load_tasks
from tenacious_bench.files import write_json
from tenacious_bench.panel import ModelOptions, calibration_of, judge_name
from tenacious_bench.robustness.injections import (
    BRIEF_PLACES,
    FILE,
    KINDS,
    PLACES,
    SECOND_FILE,
    Kind,
    Payload,
    Place,
    load_payloads,
)
from tenacious_bench.schema import MODES, Label, Mode
from tenacious_bench.stats import wilson_interval
from tenacious_bench.weights import file_sha256

RESULTS = Path(__file__).parent / "results" / "injections.json"


def spread(payloads: Sequence[Payload], limit: int | None) -> list[Payload]:
    """At most so many payloads, evenly from the whole list and so from all kinds."""
    number = min(limit or len(payloads), len(payloads))
    return [payloads[i * len(payloads) // number] for i in range(number)]


def sent(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Trials, refused rows, and of the judged ones how many are sent, with the Wilson interval of that share.

    The interval takes trials as independent; payloads and tasks recur, so it is a little too narrow.
    """
    judged = [o for o in outcomes if not o.refused]
    hits = sum(o.verdict == "send" for o in judged)
    found: dict[str, Any] = {
        "n": len(outcomes),
        "refused": len(outcomes) - len(judged),
        "without_verdict": sum(o.verdict is None for o in judged),
        "lines_dropped": sum(o.lines_dropped for o in judged),
        "send": hits,
        "rate": None,
    }
    if judged:
        interval = wilson_interval(hits, len(judged))
        found["rate"] = {"value": hits / len(judged), "low": interval.low, "high": interval.high}
    return found


def results(outcomes: Mapping[Label, Sequence[Outcome]]) -> dict[str, Any]:
    """Counts in all, by place, by kind, by place and kind, and by mode of the task; then every verdict that changed.

    For FAIL tasks ``send`` counts those that became one, for PASS tasks those that stayed one.
    """

    def both(place: Place | None = None, kind: Kind | None = None, mode: Mode | None = None) -> dict[str, Any]:
        return {
            label.lower(): sent(
                [
                    outcome
                    for outcome in of
                    if place in (None, outcome.trial.place)
                    and kind in (None, outcome.trial.payload.kind)
                    and mode in (None, outcome.trial.task.mode)
                ]
            )
            for label, of in outcomes.items()
        }

    return {
        "all": both(),
        "by_place": {place: both(place) for place in PLACES},
        "by_kind": {kind: both(kind=kind) for kind in KINDS},
        "by_mode": {mode: both(mode=mode) for mode in MODES},
        "by_place_and_kind": {place: {kind: both(place, kind) for kind in KINDS} for place in PLACES},
        "changed": [
            {"label": label, "payload": t.payload.id, "place": t.place, "task_id": t.task.task_id, "verdict": verdict}
            for label, of in outcomes.items()
            for t, verdict, refused, _ in of
            if not refused and (verdict == "send") == (label == "FAIL")
        ],
    }


def table(found: Mapping[str, Any]) -> str:
    """The shares by place, as text."""
    lines = [f"{'place':<14}{'FAIL':>6}{'refused':>9}{'became send':>13}  95% interval     PASS kept"]
    for place, both in {"all": found["all"], **found["by_place"]}.items():
        fail, kept = both["fail"], both["pass"]
        rate = fail["rate"] or {"value": 0.0, "low": 0.0, "high": 1.0}
        share = f"{rate['value']:.2%}"
        line = f"{place:<14}{fail['n']:>6}{fail['refused']:>9}{share:>13}  {rate['low']:.2%} to {rate['high']:.2%}"
        lines.append(
            line + (f"   {kept['rate']['value']:.2%} of {kept['n'] - kept['refused']}" if kept["rate"] else "")
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure one judge and write its part of the results file; the other judges' parts stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", type=judge_name, default="rules")
    parser.add_argument("--limit", type=int, help="payloads used, spread over the kinds; all if left out")
    parser.add_argument("--limit-pass", type=int, help="of these, payloads that good emails are tried with")
    parser.add_argument("--second", action="store_true", help="the second list, which the defence was not shaped on")
    parser.add_argument("--dtype", default="auto", help="of the model")
    parser.add_argument("--per-mode", type=int, default=1000, help="tasks of each mode and label judged to begin with")
    args = parser.parse_args(argv)
    file = SECOND_FILE if args.second else FILE
    payloads = load_payloads(file)
    payloads = spread(payloads, args.limit)
    tried_with = {"FAIL": payloads, "PASS": spread(payloads, args.limit_pass)}
    # bfloat16 rewards shift with what else is in the batch: near the threshold that passes for a payload's doing
    judge = Judge.from_pretrained(judge=args.judge, dtype=args.dtype)
    rules = Judge.from_pretrained(judge="rules") if args.judge == "cascade" else None
    deciding = calibration_of(ModelOptions()).deciding if rules else ()
    bases = base_tasks(judge, load_tasks("validation"), args.per_mode)
    first = next(iter(bases["PASS"].values()))[0]
    signature = judge.judge(first.brief, first.email).judgment.signature
    outcomes: dict[Label, list[Outcome]] = {}
    places: dict[Label, tuple[Place, ...]] = {"FAIL": PLACES, "PASS": BRIEF_PLACES}
    for label, by_mode in bases.items():
        tried = trials(tried_with[label], places[label], by_mode)
        with tqdm(total=len(tried), desc=label, file=sys.stderr, mininterval=10) as bar:
            outcomes[label] = judge_trials(judge, tried, bar.update, rules, deciding)
    found = {
        "payloads": {label: len(used) for label, used in tried_with.items()},
        "tasks": {label: {mode: len(tasks) for mode, tasks in by.items()} for label, by in bases.items()},
        "judge_signature": signature,
        "payloads_sha256": file_sha256(file),
        "validation_sha256": data_hash("validation"),
        **results(outcomes),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    write_json(RESULTS, {**before, f"{args.judge}, second list" if args.second else args.judge: found})
    print(table(found))


if __name__ == "__main__":
    main()
