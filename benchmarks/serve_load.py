"""The web service under load, with and without micro-batching: ``python -m benchmarks.serve_load``.

Many clients at a time send emails of the validation split over loopback, each its next one as soon as it has its
answer. At the end the server is told to stop while requests are in flight: one that is not answered counts as lost.
The rows are shuffled, so that emails of one brief, whose prompt the engine computes once, rarely meet in a batch.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import numpy as np

from benchmarks.machine import hardware
from tenacious_bench import load_tasks
from tenacious_bench.files import write_json

RESULTS = Path(__file__).parent / "results" / "serve.json"
START_SECONDS = 300.0
_COMMAND = "from tenacious_bench.cli import main; main()"
_ADDRESS = re.compile(r"running on (http://\S+)")


class Load(NamedTuple):
    """What clients and server saw.

    Attributes:
        requests: answered or not, those in flight at the end included.
        errors: answers other than 200.
        lost: requests without any answer.
        per_second: answers in the measured time, by its length.
        p50: median seconds from sending to the answer.
        p95: 95th percentile of the same.
        batch: mean number of emails that went through the judge together, as the log has it.
        exit_code: of the server, after SIGTERM under load.
    """

    requests: int
    errors: int
    lost: int
    per_second: float
    p50: float
    p95: float
    batch: float
    exit_code: int


class Server:
    """``tenacious-bench serve`` in a process of its own, on a free port of loopback."""

    def __init__(self, options: Sequence[str]) -> None:
        command = [sys.executable, "-c", _COMMAND, "serve", "--port", "0", *options]
        environment = {name: value for name, value in os.environ.items() if name != "TENACIOUS_BENCH_TOKEN"}
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self._lines: list[str] = []
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._up.wait(START_SECONDS) or not (found := _ADDRESS.search("".join(self._lines))):
            self._process.kill()
            raise RuntimeError("the server did not start: " + "".join(self._lines))
        self.url = found[1]

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.append(line)
            if _ADDRESS.search(line):
                self._up.set()
        self._up.set()  # it has ended

    def tell_to_stop(self) -> None:
        """SIGTERM."""
        self._process.send_signal(signal.SIGTERM)

    def ended(self) -> tuple[int, list[dict[str, Any]]]:
        """Its exit code, and its log of answered requests."""
        code = self._process.wait(START_SECONDS)
        self._reader.join(START_SECONDS)
        return code, [line for line in map(json.loads, self._lines) if "batch" in line]


class Answer(NamedTuple):
    """One request: when it ended, how long it took, and its status; None for no answer."""

    ended: float
    seconds: float
    status: int | None


async def _send(client: httpx2.AsyncClient, body: bytes) -> Answer:
    started = time.perf_counter()
    try:
        answer = await client.post("/v1/judge", content=body, headers={"Content-Type": "application/json"})
        status: int | None = answer.status_code
    except httpx2.HTTPError:
        status = None
    ended = time.perf_counter()
    return Answer(ended, ended - started, status)


async def _clients(server: Server, bodies: Iterator[bytes], clients: int, seconds: float) -> tuple[float, list[Answer]]:
    """Warm up, then keep ``clients`` requests in flight for ``seconds``, then stop the server; start and answers."""
    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=server.url, timeout=None, limits=limits) as client:
        await asyncio.gather(*(_send(client, next(bodies)) for _ in range(clients)))
        started, answers = time.perf_counter(), list[Answer]()

        async def one() -> None:
            while time.perf_counter() < started + seconds:
                answers.append(await _send(client, next(bodies)))

        tasks = [asyncio.create_task(one()) for _ in range(clients)]
        await asyncio.sleep(seconds)
        server.tell_to_stop()
        await asyncio.gather(*tasks)
    return started, answers


def run(options: Sequence[str], bodies: Iterator[bytes], clients: int, seconds: float) -> Load:
    """Start a server, load it, stop it."""
    server = Server(options)
    started, answers = asyncio.run(_clients(server, bodies, clients, seconds))
    code, log = server.ended()
    in_time = [answer for answer in answers if answer.ended <= started + seconds and answer.status == 200]
    p50, p95 = np.quantile([answer.seconds for answer in in_time], [0.5, 0.95]).tolist() if in_time else (0.0, 0.0)
    return Load(
        requests=len(answers),
        errors=sum(answer.status not in (200, None) for answer in answers),
        lost=sum(answer.status is None for answer in answers),
        per_second=len(in_time) / seconds,
        p50=p50,
        p95=p95,
        batch=statistics.fmean(line["batch"] for line in log[clients:]) if len(log) > clients else 0.0,
        exit_code=code,
    )


def requests(seed: int) -> Iterator[bytes]:
    """Bodies without end: the emails of the validation split in shuffled order, again and again."""
    tasks = load_tasks("validation")
    random.Random(seed).shuffle(tasks)
    rows = [{"brief": task.brief.to_json_dict(), "email": task.email.to_json_dict()} for task in tasks]
    return itertools.cycle([json.dumps(row).encode() for row in rows])


def table(runs: dict[int, Load], ratio: float) -> str:
    """The runs as a Markdown table."""
    head = "| together, at most | requests | errors | lost | per second | p50 | p95 | together, mean | exit code |"
    lines = [head, "| " + " | ".join(["---:"] * 9) + " |"]
    for size, load in runs.items():
        numbers = f"{load.per_second:.2f} | {load.p50:.2f} s | {load.p95:.2f} s | {load.batch:.1f} | {load.exit_code}"
        lines.append(f"| {size} | {load.requests:,} | {load.errors} | {load.lost} | {numbers} |")
    return "\n".join([*lines, "", f"Micro-batching: {ratio:.2f} times the answers per second of one at a time."])


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="PATH", type=Path, default=RESULTS, help="write the results here")
    parser.add_argument("--judge", default="cascade")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--max-batch", type=int, default=16)
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds that the server gives a request")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    runs = {}
    for size in (args.max_batch, 1):
        print(f"at most {size} together: {args.seconds:g} seconds", file=sys.stderr, flush=True)
        options = ["--judge", args.judge, "--max-batch", str(size), "--timeout", str(args.timeout)]
        runs[size] = run(options, requests(args.seed), args.clients, args.seconds)
    ratio = runs[args.max_batch].per_second / runs[1].per_second if runs[1].per_second else 0.0
    print(table(runs, ratio))
    args.json.parent.mkdir(parents=True, exist_ok=True)
    settings = {"judge": args.judge, "clients": args.clients, "seconds": args.seconds, "seed": args.seed}
    measured = {str(size): load._asdict() for size, load in runs.items()}
    write_json(args.json, {**settings, "hardware": hardware(), "runs": measured, "ratio": ratio})


if __name__ == "__main__":
    main()
