"""What a run can be traced and repeated by: signatures and command lines."""

from __future__ import annotations

import shlex

from tenacious_bench.panel import JUDGES
from tenacious_bench.report.document import Block, Code, Text
from tenacious_bench.report.run import Run


def trace(run: Run) -> list[Block]:
    """Versions, hashes and signatures, and how to measure again."""
    results, data = run.results, run.results["dataset"]
    signatures = [f"{name}: {found['judge_signature']}" for name, found in results["judges"].items()]
    statistics = next(iter(results["judges"].values()))["signature"]
    return [
        Text(
            f"Package {results['package_version']}, seed {results['seed']}, data sha256 `{data['sha256']}`. "
            "The signatures say which adapter, threshold, dtype, prompt template and playbook each judge used, "
            "and how the statistics were made."
        ),
        Code([*signatures, f"statistics: {statistics}"]),
        Text("To measure again with the judges that ship, and to render this report again:"),
        Code(commands(run)),
    ]


def commands(run: Run) -> list[str]:
    """Command lines that repeat the run and its report."""
    results, data = run.results, run.results["dataset"]
    limit = f" --limit {len(run.rows)}" if run.partition_size > len(run.rows) else ""
    judges = "all" if set(results["judges"]) == set(JUDGES) else ",".join(results["judges"])
    return [
        "tenacious-bench fetch",
        f"tenacious-bench evaluate --config {shlex.quote(data['config'])} --split {data['partition']} "
        f"--judges {shlex.quote(judges)} --seed {results['seed']}{limit} --out results/again",
        "tenacious-bench report results/again",
    ]
