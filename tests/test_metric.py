"""The `evaluate` module, loaded and called as a user does."""

from __future__ import annotations

import ast
import doctest
import json
import re
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
import pytest
import yaml

import tenacious_bench.stats

FOLDER = Path(tenacious_bench.stats.__file__).parents[1] / "metrics" / "implicit_reward_accuracy"
SCRIPT = FOLDER / "implicit_reward_accuracy.py"
REWARDS = [0.8, 0.3, -0.2, -0.5, 0.1, -0.9]
LABELS = ["PASS"] * 3 + ["FAIL"] * 3


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Any:
    cache = str(tmp_path_factory.mktemp("evaluate"))
    return lambda config=None: evaluate.load(str(FOLDER), config, cache_dir=cache)


@pytest.fixture(scope="module")
def rewards(load: Any) -> Any:
    return load()


@pytest.fixture(scope="module")
def pairs(load: Any) -> Any:
    return load("pairs")


def test_rewards_give_every_statistic_with_its_interval(rewards: Any) -> None:
    result = rewards.compute(predictions=REWARDS, references=LABELS)
    names = "accuracy balanced_accuracy mcc auroc pass_recall fail_recall pass_share"
    for name in [*names.split(), "majority_baseline"]:
        assert result[f"{name}_ci_low"] <= result[name] <= result[f"{name}_ci_high"], name
    assert result["accuracy_wilson_low"] == pytest.approx(0.300, abs=1e-3)
    assert (result["n"], result["n_pass"], result["threshold"]) == (6, 3, 0.0)
    assert "brier" not in result
    assert json.dumps(result, allow_nan=False)


def test_the_signature_names_the_settings(rewards: Any) -> None:
    result = rewards.compute(predictions=REWARDS, references=LABELS, seed=3, n_resamples=500)
    assert result["signature"].startswith(
        "metric:implicit_reward_accuracy|config:rewards|n:6|threshold:0.0|resamples:500|"
        "level:0.95|seed:3|clustered:no|version:"
    )


def test_it_says_what_the_package_says(rewards: Any) -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=80), np.where(np.arange(80) % 3, "FAIL", "PASS")
    groups = [f"g{i // 2}" for i in range(80)]
    result = rewards.compute(predictions=scores, references=labels, threshold=0.2, groups=groups, confidence_level=0.9)
    summary = tenacious_bench.stats.summarize(labels, scores=scores, threshold=0.2, groups=groups, level=0.9)
    for name in ("accuracy", "balanced_accuracy", "mcc", "auroc"):
        expected = getattr(summary, name)[:3]
        assert (result[name], result[f"{name}_ci_low"], result[f"{name}_ci_high"]) == expected


def test_an_undefined_statistic_is_none_with_a_reason(rewards: Any) -> None:
    result = rewards.compute(predictions=[1.0, 2.0, 3.0], references=["PASS", "FAIL", "FAIL"])
    assert result["mcc"] is None
    assert result["mcc_ci_low"] is None
    assert result["mcc_reason"] == "the judge gives every item the same verdict"


def test_a_missing_reward_counts_as_wrong(rewards: Any) -> None:
    result = rewards.compute(predictions=[0.5, None, -0.5, -0.1], references=["PASS", "PASS", "FAIL", "FAIL"])
    assert (result["n_errors"], result["accuracy"], result["auroc"]) == (1, 0.75, 1.0)
    assert result["auroc_reason"] == "1 of 4 items without a number left out"


def test_probabilities_rival_and_slices(rewards: Any) -> None:
    result = rewards.compute(
        predictions=REWARDS * 5,
        references=LABELS * 5,
        probabilities=[0.5] * 30,
        rival_predictions=[1.0] * 30,
        slices=["seen"] * 24 + ["new"] * 6,
        n_resamples=500,
    )
    assert (result["brier"], result["ece"]) == (0.25, 0.0)
    assert (result["rival_accuracy"], result["only_this_right"], result["only_rival_right"]) == (
        0.5,
        10,
        5,
    )
    assert result["mcnemar_p"] == pytest.approx(0.3018, abs=1e-4)
    new, seen = result["slices"]
    assert (new["key"], new["accuracy"]["value"], new["holm_p"]) == ("new", None, None)
    assert seen["n"] == 24
    assert seen["mcnemar_p"] <= seen["holm_p"]
    verdicts = rewards.compute(predictions=REWARDS, references=LABELS, rival_verdicts=["PASS"] * 5 + [None])
    assert verdicts["rival_n_errors"] == 1


def test_batches_and_single_items_add_up(rewards: Any) -> None:
    whole = rewards.compute(predictions=REWARDS, references=LABELS)
    rewards.add_batch(predictions=np.array(REWARDS[:4]), references=np.array(LABELS[:4]))
    rewards.add_batch(predictions=REWARDS[4:], references=LABELS[4:])
    assert rewards.compute() == whole
    for reward, label in zip(REWARDS, LABELS, strict=True):
        rewards.add(prediction=reward, reference=label)
    assert rewards.compute() == whole


@pytest.mark.parametrize(
    ("predictions", "references", "message"),
    [
        ([], [], "references is empty"),
        ([1.0, float("nan")], ["PASS", "FAIL"], r"predictions\[1\] is nan"),
        (np.array([1.0, np.inf]), ["PASS", "FAIL"], r"predictions\[1\] is inf"),
        ([1.0, 2.0, 3.0], ["PASS", "FAIL"], "differ in length.*one of each per item"),
        ([1.0, 2.0], ["FAIL", "FAIL"], "labels hold only FAIL.*larger --limit"),
        ([1.0, 2.0], ["PASS", "Positive"], r"references\[1\] is 'Positive'"),
        ([1.0, 2.0], ["PASS", None], r"references\[1\] is None"),
        ([1.0, 2.0], [1, 0], r"references\[0\] is 1"),
        (["1.0", "2.0"], ["PASS", "FAIL"], "predictions must be a flat sequence of numbers"),
        ([True, False], ["PASS", "FAIL"], "predictions must be a flat sequence of numbers"),
        (None, ["PASS", "FAIL"], r"missing \['predictions'\]"),
    ],
)
def test_bad_input_is_refused_and_the_next_call_is_clean(
    rewards: Any, predictions: Any, references: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        rewards.compute(predictions=predictions, references=references)
    assert rewards.compute(predictions=REWARDS, references=LABELS)["n"] == 6


def test_an_unknown_option_is_refused(rewards: Any) -> None:
    with pytest.raises(TypeError, match="treshold"):
        rewards.compute(predictions=REWARDS, references=LABELS, treshold=1.0)
    with pytest.raises(ValueError, match="not both"):
        rewards.compute(predictions=REWARDS, references=LABELS, rival_predictions=REWARDS, rival_verdicts=LABELS)


def test_pairs_count_ties_as_one_half(pairs: Any) -> None:
    result = pairs.compute(chosen=[1.0, 0.5, 0.2, 0.4], rejected=[0.1, 0.5, 0.3, 0.0])
    assert (result["pairwise_accuracy"], result["n_ties"], result["n"]) == (0.625, 1, 4)
    assert result["mean_margin"] == pytest.approx(0.3)
    assert result["pairwise_accuracy_wilson_low"] < 0.625 < result["pairwise_accuracy_wilson_high"]
    assert result["baseline"] == 0.5


def test_logps_are_pairs_of_beta_times_the_log_ratio(load: Any, pairs: Any) -> None:
    rng = np.random.default_rng(1)
    pc, pr, rc, rr = rng.normal(-50, 5, size=(4, 30))
    groups = [str(i // 3) for i in range(30)]
    ours = load("logps").compute(
        policy_chosen=pc,
        policy_rejected=pr,
        reference_chosen=rc,
        reference_rejected=rr,
        beta=0.3,
        groups=groups,
    )
    same = pairs.compute(chosen=0.3 * (pc - rc), rejected=0.3 * (pr - rr), groups=groups)
    assert "|beta:0.3|" in ours.pop("signature")
    same.pop("signature")
    assert ours == pytest.approx(same)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"chosen": [], "rejected": []}, "chosen is empty"),
        ({"chosen": [1.0], "rejected": [1.0, 2.0]}, "differ in length"),
        ({"chosen": [1.0], "rejected": [None]}, r"rejected\[0\] is None"),
        ({"chosen": [1.0]}, r"missing \['rejected'\]"),
        ({"chosen": [1.0], "rejected": [0.0], "references": ["PASS"]}, "not predictions and ref"),
    ],
)
def test_bad_pairs_are_refused(pairs: Any, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pairs.compute(**columns)


def test_an_unknown_configuration_is_refused(load: Any) -> None:
    with pytest.raises(ValueError, match="unknown configuration 'margin'"):
        load("margin")


def test_the_examples_in_the_docstring_run(monkeypatch: pytest.MonkeyPatch, load: Any) -> None:
    monkeypatch.chdir(FOLDER.parent)
    text = type(load()).__doc__
    test = doctest.DocTestParser().get_doctest(text, {}, "implicit_reward_accuracy", None, 0)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert len(test.examples) >= 8
    assert doctest.DocTestRunner(optionflags=options).run(test).failed == 0


def test_the_examples_on_the_card_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER.parent)
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", card, flags=re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert names["result"]["balanced_accuracy"] == pytest.approx(2 / 3)


def test_the_card_names_every_option(rewards: Any) -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    for scorer in ("_score_rewards", "_score_pairs", "_score_logps"):
        for argument in functions[scorer].args.args:
            assert f"`{argument.arg}`" in card, argument.arg
            assert argument.arg in rewards.inputs_description


def test_the_card_header_is_that_of_a_metric_space() -> None:
    header = yaml.safe_load((FOLDER / "README.md").read_text(encoding="utf-8").split("---", 2)[1])
    assert header["sdk"] == "gradio"
    assert header["app_file"] == "app.py"
    assert {"evaluate", "metric"} <= set(header["tags"])


def test_the_page_of_the_space_builds_and_computes() -> None:
    pytest.importorskip("gradio", reason="the page needs the space extra")
    import importlib.util

    spec = importlib.util.spec_from_file_location("metric_space_app", FOLDER / "app.py")
    assert spec is not None and spec.loader is not None
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    rows = [[0.8, "PASS"], ["-0.5", "FAIL"], ["", ""]]
    assert app.compute(rows, 0.0)["accuracy"] == 1.0
    assert app.build() is not None
