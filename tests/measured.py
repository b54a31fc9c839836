"""A small measured run with a made-up reward judge, and a reader of the pages that are rendered from it."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tenacious_bench import bench
from tenacious_bench.files import write_json, write_jsonl
from tenacious_bench.judges.rules.text import sentences
from tenacious_bench.panel import ModelOptions, build_judge
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import MODES, Item, Judgment, SpanReward, Task

THRESHOLD = -0.25


class MadeUpJudge:
    """Rewards drawn from the id: as good as chance, and the same in every process."""

    name = "reward"

    def judge(self, items: Sequence[Item], progress: Any = None) -> list[Judgment]:
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Judgment:
        draw = zlib.crc32(item.id.encode())
        reward = draw % 1000 / 250 - 2
        said = sentences(item.email)
        return Judgment(
            id=item.id,
            judge="reward",
            verdict="PASS" if reward > THRESHOLD else "FAIL",
            action="send" if reward > THRESHOLD else "edit",
            reward=reward,
            probability=1 / (1 + math.exp(-reward)),
            threshold=THRESHOLD,
            failure_modes=() if reward > THRESHOLD else (MODES[draw % 8],),
            sentences=tuple(
                SpanReward(field=s.field, start=s.start, end=s.end, text=s.text, reward=reward + i)
                for i, s in enumerate(said)
            ),
            signature="judge:reward:made-up",
        )


def measure(tasks: Sequence[Task], folder: Path) -> None:
    """``results.json`` and ``rows.jsonl`` of null judges, rules, the made-up reward and their cascade."""
    calibration = SimpleNamespace(operating_point=lambda name, strict: 1.0 if strict else THRESHOLD, deciding=MODES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "calibration_of", lambda options: calibration)
        patch.setattr(
            bench, "build_judge", lambda name, *rest: MadeUpJudge() if name == "reward" else build_judge(name, *rest)
        )
        run = bench.run_bench(
            ["always_fail", "rules", "reward", "cascade"],
            tasks,
            config="v0.2",
            partition="validation",
            playbook=load_playbook(),
            options=ModelOptions(),
            progress_for=lambda name, total: lambda done: None,
        )
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "results.json", bench.results(run))
        write_jsonl(folder / "rows.jsonl", bench.rows(run))


class Page(HTMLParser):
    """What a browser would make of a page: its tags, its text, and its tables by the file their numbers are of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self._cell = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append((dict(attrs).get("data-source") or "", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._cell:
            self.tables[-1][1][-1][-1] += data

    def unsafe(self) -> list[str]:
        """Everything that could run, load or send something."""
        allowed = {"xmlns", "xmlns:xlink"}
        found = [tag for tag, _ in self.tags if tag in {"script", "iframe", "object", "embed", "form", "link", "base"}]
        for tag, attributes in self.tags:
            for name, value in attributes.items():
                text = (value or "").lower()
                outside = name in ("href", "src", "xlink:href", "action") and not text.startswith("#")
                if name.startswith("on") or outside or (name not in allowed and "://" in text) or "javascript:" in text:
                    found.append(f"{tag} {name}={value}")
        return found


def numbers_of(results: Any) -> set[str]:
    """Every number and string of ``results.json`` in every form in which a report prints it."""
    if isinstance(results, dict):
        return {form for key, value in results.items() for form in {key, *numbers_of(value)}}
    if isinstance(results, list):
        return {form for value in results for form in numbers_of(value)}
    if isinstance(results, bool) or results is None:
        return set()
    if isinstance(results, float):
        small = {"<0.001"} if results < 0.001 else set()
        large = {">1000"} if results >= 1000 else set()
        return {f"{results:.3f}", f"{results:.2f}", f"{results:.1f}", *small, *large}
    return {str(results)}


def read(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Results and rows as plain JSON."""
    lines = (folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads((folder / "results.json").read_text(encoding="utf-8")), [json.loads(line) for line in lines]
