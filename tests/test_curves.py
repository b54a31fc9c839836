"""The training curves of the model card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tenacious_bench.curves import CURVE, draw_training_curve, moving_average

MODEL = Path(__file__).parent.parent / "model_card"


def test_the_moving_average_looks_back_only():
    assert moving_average([1.0, 2.0, 3.0, 4.0], 2) == pytest.approx([1.0, 1.5, 2.5, 3.5])
    assert moving_average([], 3) == []


def test_the_shipped_curve_is_of_the_shipped_log(tmp_path):
    log = json.loads((MODEL / "training_log.json").read_text(encoding="utf-8"))
    stages = json.loads((MODEL / "run_record.json").read_text(encoding="utf-8"))["stages"]
    draw_training_curve(log, stages, tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_bytes() == (MODEL / CURVE).read_bytes()


def test_every_panel_says_what_it_shows(tmp_path):
    log = [
        {"step": s, "rewards/accuracies": 0.6, "rewards/margins": 1.0, "rewards/chosen": 0.5, "rewards/rejected": -0.5}
        for s in (5, 10)
    ]
    draw_training_curve([*log, {"train_runtime": 1.0}], [{"first_step": 1}], tmp_path / "curve.svg")
    text = (tmp_path / "curve.svg").read_text(encoding="utf-8")
    for words in ("reward accuracy", "reward margin", "chosen", "rejected", "step"):
        assert words in text
