"""Many rows through ``tenacious-bench score``, whole and killed on the way: ``python -m benchmarks.endurance FOLDER``.

Rows are validation tasks again and again, each made different, with a broken line here and there. The reward judge
runs on a tiny random model with the real tokenizer: what is tested is the path of the rows, not their verdicts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from tenacious_bench.data import load_tasks
from tenacious_bench.files import write_json
from tenacious_bench.prompt import template_hash
from tenacious_bench.weights import EMBEDDED, resolve

RESULTS = Path(__file__).parent / "results" / "endurance.json"
COMMAND = [sys.executable, "-c", "from tenacious_bench.cli import main; main()"]
BROKEN_EVERY = 997


def tiny_judge(folder: Path) -> Path:
    """A calibrated adapter on a random model of 32 hidden units; gives the adapter's folder."""
    adapter = folder / "adapter"
    if (adapter / "calibration.json").is_file():
        return adapter
    tokenizer = AutoTokenizer.from_pretrained(resolve(EMBEDDED, None).path)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
    )
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"]))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    adapted.save_pretrained(str(adapter))
    record = {"base_model": str(folder / "base"), "base_revision": None, "beta": 0.1, "template": template_hash()}
    (adapter / "run_record.json").write_text(json.dumps(record), encoding="utf-8")
    subprocess.run([*COMMAND, "calibrate", "--adapter", str(adapter)], check=True)
    return adapter


def write_rows(path: Path, rows: int) -> None:
    """Validation tasks again and again, each with a headcount and a subject of its own."""
    tasks = load_tasks("validation")
    with path.open("w", encoding="utf-8") as out:
        for i in range(rows):
            task = tasks[i % len(tasks)]
            brief, email = task.brief.to_json_dict(), task.email.to_json_dict()
            brief["prospect"]["headcount"] = 20 + i
            email["subject"] = f"{email.get('subject', '')} {i}".strip()
            row = {"id": f"{task.task_id}-{i}", "brief": brief, "email": email}
            out.write("{broken\n" if i % BROKEN_EVERY == BROKEN_EVERY // 2 else json.dumps(row) + "\n")


def resident(pid: int) -> float:
    """Resident memory of a process in MB, 0 once it has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0.0


def finished(journal: Path) -> int:
    """Rows that the journal of a running job holds, read past its lock."""
    try:
        database = sqlite3.connect(f"file:{journal}?mode=ro&immutable=1", uri=True)
        try:
            return int(database.execute("SELECT coalesce(max(number), 0) FROM rows").fetchone()[0])
        finally:
            database.close()
    except sqlite3.Error:
        return 0


def digests(target: Path) -> list[str]:
    """sha256 of the judgments and of the reasons beside them."""
    return [
        hashlib.sha256(p.read_bytes()).hexdigest() for p in (target, target.with_name(f"{target.name}.errors.jsonl"))
    ]


def uninterrupted(start: Callable[[Path], subprocess.Popen[str]], target: Path) -> dict[str, float]:
    """One whole run: memory when 1,000 rows were done, and the most after that."""
    began, run = time.monotonic(), start(target)
    first, most = 0.0, 0.0
    while run.poll() is None:
        time.sleep(0.5)
        memory = resident(run.pid)
        if finished(target.with_name(f"{target.name}.partial")) >= 1000:
            first = first or memory
            most = max(most, memory)
    return {"seconds": time.monotonic() - began, "mb_at_1000_rows": first, "mb_most_after": most}


def killed(start: Callable[[Path], subprocess.Popen[str]], target: Path, rows: int, kills: int) -> int:
    """Kill runs at random rows, then let one finish; gives how many were killed."""
    chance, count = random.Random(20), 0
    journal = target.with_name(f"{target.name}.partial")
    for point in sorted(chance.randrange(rows) for _ in range(kills)):
        run = start(target)
        while run.poll() is None and finished(journal) < point:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 0.5))
        if run.poll() is None:
            run.send_signal(signal.SIGKILL)
            count += 1
        run.wait()
        print(f"killed near row {point}: {finished(journal)} rows kept", file=sys.stderr)
    start(target).wait()
    return count


def main() -> None:
    """Run both with one judge and write its part of the results file; the other judges' parts stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="scratch: rows, judgments, the tiny model")
    parser.add_argument("--judge", choices=["rules", "reward", "cascade"], default="cascade")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    source = args.folder / "rows.jsonl"
    write_rows(source, args.rows)
    options = ["--judge", args.judge, "--no-reference-cache"]
    if args.judge != "rules":
        options += ["--adapter", str(tiny_judge(args.folder)), "--dtype", "float32"]

    def start(target: Path) -> subprocess.Popen[str]:
        command = [*COMMAND, "score", str(source), str(target), *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)

    whole, parts = args.folder / "whole.jsonl", args.folder / "parts.jsonl"
    for old in (whole, parts, *args.folder.glob("*.partial*")):
        old.unlink(missing_ok=True)
    found: dict[str, Any] = {"rows": args.rows, **uninterrupted(start, whole)}
    found["kills"] = killed(start, parts, args.rows, args.kills)
    found["identical"] = digests(whole) == digests(parts)
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    write_json(RESULTS, {**before, args.judge: found})
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
