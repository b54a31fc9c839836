"""What the machine can do, and what a process took: the yardsticks of ``benchmarks.engine``."""

from __future__ import annotations

import platform
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

SHAPE = (2048, 576, 1536)
"""Rows, inputs and outputs of the measured product: the embedded model's widest projection over a batch."""


def median_seconds(run: Callable[[], object], repeats: int) -> float:
    """Median wall time."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def matrix_rate(dtype: str, repeats: int = 30) -> float:
    """Floating-point operations per second of one matrix product, the median of ``repeats``."""
    rows, inputs, outputs = SHAPE
    kind = getattr(torch, dtype)
    left, right = torch.randn(rows, inputs, dtype=kind), torch.randn(outputs, inputs, dtype=kind)
    torch.nn.functional.linear(left, right)
    return 2 * rows * inputs * outputs / median_seconds(lambda: torch.nn.functional.linear(left, right), repeats)


def peak_bytes() -> int:
    """The most resident memory this process has had since its program was started.

    On Linux from ``/proc``: what ``getrusage`` says there also counts the parent, as it was when it started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


def hardware() -> dict[str, object]:
    """What a reader needs to place the times."""
    able = torch.cpu.get_capabilities()
    wanted = ("avx2", "avx512_f", "avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
    return {
        "processor": able.get("cpu_name") or platform.processor() or platform.machine(),
        "instructions": [name for name in wanted if able.get(name)],
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
