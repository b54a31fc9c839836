"""Cards say what the files say, and the files belong together: data, adapter, calibration, results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tenacious_bench.data import data_hash, load_pairs
from tenacious_bench.model_card import END, START, render, results_block, standing, write_cards
from tenacious_bench.prompt import template_hash
from tenacious_bench.weights import file_sha256

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "model_card"


def read(name: str):
    return json.loads((MODEL / name).read_text(encoding="utf-8"))


def test_the_model_card_is_what_its_files_render():
    assert (MODEL / "README.md").read_text(encoding="utf-8") == render(MODEL)


def test_the_readme_s_results_are_those_of_the_results_file():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text[text.index(START) + len(START) : text.index(END)].strip()
    assert block == results_block(read("results.json"))


def test_results_belong_to_the_shipped_data_and_adapter():
    results = read("results.json")
    assert results["dataset"]["sha256"] == data_hash("held_out")
    adapter = file_sha256(MODEL / "adapter_model.safetensors")
    assert adapter[:12] in results["judges"]["reward"]["judge_signature"]
    assert template_hash() in results["judges"]["reward"]["judge_signature"]


def test_the_adapter_was_trained_on_the_shipped_pairs_and_calibrated_on_validation():
    record, calibration = read("run_record.json"), read("calibration.json")
    assert record["pairs_sha256"] == data_hash("pairs")
    assert record["pairs"] == len(load_pairs())
    assert {p.template for p in load_pairs()} == {record["template"]} == {template_hash()}
    assert calibration["validation_sha256"] == data_hash("validation")
    assert calibration["adapter_sha256"] == file_sha256(MODEL / "adapter_model.safetensors")


def test_the_loss_log_covers_every_recorded_step():
    record = read("run_record.json")
    steps = [entry["step"] for entry in read("training_log.json") if "loss" in entry]
    assert steps == sorted(steps)
    assert max(steps) <= record["stages"][-1]["last_step"]


def test_the_shipped_judge_keeps_the_bars_it_has_reached():
    results, foreign = read("results.json"), read("foreign.json")
    for rival in ("email_only", "prompt"):
        compared = results["comparisons"][f"reward vs {rival}"]
        assert compared["accuracy_p"] < 0.001 and compared["accuracy_difference"]["low"] > 0
    assert results["ordering"]["reward"]["same_email"]["pairwise_accuracy"]["value"] >= 0.80
    assert results["pointing"]["accuracy"]["low"] >= 2 * results["pointing"]["random_sentence"]
    cascade = results["judges"]["cascade"]
    assert cascade["pass_recall"]["value"] >= 0.85
    passed = cascade["pass_recall"]["value"] * cascade["n_pass"] + (1 - cascade["fail_recall"]["value"]) * (
        cascade["n"] - cascade["n_pass"]
    )
    assert 0.35 <= passed / cascade["n"] <= 0.65
    assert foreign["judges"]["cascade"]["mean_balanced_accuracy"] >= 0.75


def test_foreign_results_are_of_the_shipped_adapter():
    adapter = file_sha256(MODEL / "adapter_model.safetensors")
    assert adapter[:12] in read("foreign.json")["judges"]["reward"]["judge_signature"]


def test_the_reward_ranks_held_out_emails_better_than_chance_and_than_the_email_alone():
    judges = read("results.json")["judges"]
    assert judges["reward"]["auroc"]["value"] > 0.80
    assert judges["reward"]["auroc"]["low"] > max(0.5, judges["email_only"]["auroc"]["high"])
    assert judges["email_only"]["balanced_accuracy"]["value"] < 0.65


def test_the_card_calls_the_judge_what_the_results_call_it():
    results = read("results.json")
    assert "ranks better than chance" in standing(results)
    worse = {"value": -0.2, "low": -0.3, "high": -0.1}
    comparisons = {key: {**c, "balanced_accuracy_difference": worse} for key, c in results["comparisons"].items()}
    chance = {**results["judges"]["reward"], "auroc": {"value": 0.5, "low": 0.4, "high": 0.6}}
    said = standing({"judges": {"reward": chance}, "comparisons": comparisons})
    assert "no better than chance" in said and said.count("worse than") == 2


def test_every_judge_stands_beside_its_baselines():
    for judge in read("results.json")["judges"].values():
        assert judge["majority_baseline"]["value"] >= 0.5
        assert judge["balanced_accuracy"]["low"] is not None


def test_a_readme_without_markers_is_refused(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("nothing here", encoding="utf-8")
    for name in ("run_record.json", "training_log.json", "calibration.json", "results.json"):
        (tmp_path / name).write_bytes((MODEL / name).read_bytes())
    with pytest.raises(ValueError, match="results: start"):
        write_cards(tmp_path, readme)
