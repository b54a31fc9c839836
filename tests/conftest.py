"""A small dataset made by hand, and the published one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tenacious_bench.assemble import Assembled
from tenacious_bench.authoring.quads import Quad, expand
from tenacious_bench.data import load_tasks
from tenacious_bench.pairs import make_pairs
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import MODES, PARTITIONS, Provenance, Task

ROOT = Path(__file__).parent.parent


def small_quad(group: str, company: str, index: int) -> Quad:
    """One contrast group: two engineers are free in brief A, five in brief B."""

    def email(count: str) -> dict[str, str]:
        body = f"Hello,\n\n{count} Python engineers could start in a week. Worth a call?\n\nFemke"
        return {"kind": "cold", "subject": "Python engineers", "body": body}

    def bench(count: int) -> dict[str, Any]:
        return {"as_of": "2026-04-20", "stacks": {"python": {"available": count, "start_in_days": 7}}}

    wrong = {"failure_modes": ["bench_overcommitment"], "rationale": "the bench does not show this number"}
    return Quad.model_validate(
        {
            "group": group,
            "writer": "hand",
            "mode": MODES[index % len(MODES)],
            "difficulty": "easy",
            "brief_a": {
                "as_of": "2026-04-21",
                "prospect": {"company": company, "headcount": 40},
                "segment": "growth_startup" if index % 2 else None,
                "bench": bench(2),
                "thread": [{"sender": "us", "text": "Hi"}, {"sender": "prospect", "text": "Hi"}] if index % 3 else [],
                "extra": {"crm_score": 0.1 + 0.2, "tags": ["ä", None, {"deep": [1]}]} if index % 2 else {},
            },
            "brief_b_changes": {"bench": bench(5)},
            "email_x": email("Two"),
            "email_y": email("Five"),
            "pass_a_x": {"rationale": "two are free"},
            "fail_a_y": {**wrong, "evidence": ["Five Python engineers"]},
            "pass_b_y": {"rationale": "five are free"},
        }
    )


@pytest.fixture(scope="session")
def small() -> Assembled:
    """Nine groups, three per partition, with their pairs."""
    origin = Provenance(author="person", validator="construction", writer="hand")
    tasks: dict[Any, list[Task]] = {partition: [] for partition in PARTITIONS}
    for index in range(9):
        quad = small_quad(f"g{index}", f"Company {index}", index)
        tasks[PARTITIONS[index % 3]] += expand(quad, version="0.2", authoring_mode="synthesis", provenance=origin)
    return Assembled(tasks, make_pairs(tasks["train"], load_playbook()))


@pytest.fixture(scope="session")
def published() -> Path:
    """The published dataset folder of this checkout."""
    folder = ROOT / "dataset_card"
    if not (folder / "data").is_dir():
        pytest.fail("dataset_card/data is missing: run `make data` and commit what it writes")
    return folder


@pytest.fixture(scope="session")
def published_tasks(published: Path) -> dict[Any, list[Task]]:
    """All published tasks by partition."""
    return {p: load_tasks(p, folder=published) for p in PARTITIONS}
