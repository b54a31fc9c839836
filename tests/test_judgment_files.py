"""Files of judgments: the same ones as JSON lines, as CSV that a spreadsheet may open, and as Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from tenacious_bench.judges.base import Progress
from tenacious_bench.schema import Item, Judgment, Quote, SpanReward
from tenacious_bench.scoring import KEYS, score_file
from tenacious_bench.scoring.judgment_files import CSV_COLUMNS, PARQUET_SCHEMA

FORMULA = '=HYPERLINK("http://x.example")'


class Talkative:
    """Fills every field, with text that a spreadsheet would run."""

    name = "talkative"

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Judgment:
        quotes = [
            Quote(field="body", start=0, end=5, text=FORMULA, mode="injection", reason="a"),
            Quote(field="body", start=6, end=8, text="two\nlines", mode="tone_drift", reason="b"),
        ]
        sentences = [
            SpanReward(field="body", start=0, end=1, text="fine", reward=0.25),
            SpanReward(field="body", start=1, end=2, text="@SUM(1)", reward=-0.75),
        ]
        return Judgment(
            id=item.id, judge=self.name, verdict="FAIL", action="block", reward=-0.5, probability=0.125, threshold=0.1,
            failure_modes=("injection", "tone_drift"), decided_by="rules", quotes=tuple(quotes),
            sentences=tuple(sentences), notes=("+1", "é"), error="-2 \ud800 \x1b[2J", signature="\t=s",
        )  # fmt: skip


class Silent:
    """A verdict and nothing else."""

    name = "silent"

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        return [Judgment(id=item.id, judge=self.name, verdict="PASS") for item in items]


def source_of(tmp_path: Path, rows: int) -> Path:
    path = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": f"=r{i}", "email": "Hello", "context": {}}) + "\n" for i in range(rows)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_csv_has_one_flat_line_per_judgment_and_no_formula(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    score_file(source_of(tmp_path, 2), target, Talkative())
    raw = target.read_bytes()
    assert b"\r" not in raw and raw.endswith(b"\n") and not raw.startswith(b"\xef")
    header, first, second = csv.reader(target.read_text(encoding="utf-8").splitlines(keepends=True))
    assert tuple(header) == CSV_COLUMNS
    assert dict(zip(header, first, strict=True)) == {
        "id": "'=r0", "verdict": "FAIL", "action": "block", "reward": "-0.5", "probability": "0.125",
        "threshold": "0.1", "failure_modes": "injection; tone_drift", "decided_by": "rules",
        "quotes": f"'{FORMULA} | two\nlines", "lowest_sentence": "'@SUM(1)", "lowest_reward": "-0.75",
        "notes": "'+1 | é", "error": r"'-2 \ud800 \x1b[2J", "signature": "'\t=s",
    }  # fmt: skip
    assert second[0] == "'=r1"


def test_absent_values_are_empty_cells(tmp_path: Path) -> None:
    score_file(source_of(tmp_path, 1), tmp_path / "out.csv", Silent())
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1] == "'=r0,PASS" + "," * 12


def test_parquet_holds_what_the_json_lines_hold(tmp_path: Path) -> None:
    source = source_of(tmp_path, 1500)
    score_file(source, tmp_path / "out.jsonl", Silent())
    score_file(source, tmp_path / "out.parquet", Silent())
    file = pq.ParquetFile(tmp_path / "out.parquet")
    assert file.schema_arrow == PARQUET_SCHEMA and tuple(PARQUET_SCHEMA.names) == KEYS
    assert (file.metadata.num_rows, file.num_row_groups) == (1500, 2)
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert file.read().to_pylist() == [json.loads(line) for line in lines]


def test_nested_parts_and_odd_text_survive_parquet(tmp_path: Path) -> None:
    score_file(source_of(tmp_path, 1), tmp_path / "out.parquet", Talkative())
    (row,) = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [quote["text"] for quote in row["quotes"]] == [FORMULA, "two\nlines"]
    assert row["sentences"][1] == {"field": "body", "start": 1, "end": 2, "text": "@SUM(1)", "reward": -0.75}
    assert row["error"] == "-2 \\ud800 \x1b[2J"


def test_no_rows_give_a_header_and_a_schema(tmp_path: Path) -> None:
    source = source_of(tmp_path, 0)
    score_file(source, tmp_path / "out.csv", Silent())
    score_file(source, tmp_path / "out.parquet", Silent())
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == ",".join(CSV_COLUMNS) + "\n"
    assert pq.read_table(tmp_path / "out.parquet").schema == PARQUET_SCHEMA
