"""The implicit-reward judge on a tiny model: reference, arithmetic, calibration, what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny
import torch

from tenacious_bench.adapters import AdapterError
from tenacious_bench.calibrate import best_threshold, calibrate, conformal_threshold
from tenacious_bench.judges.calibration import load_calibration
from tenacious_bench.judges.reward import RewardJudge
from tenacious_bench.judges.reward_model import Reading, RewardModel
from tenacious_bench.logprobs import completion_logprobs
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import Brief, Email, Item
from tenacious_bench.stats import StatsInputError

PLAYBOOK = load_playbook()


def item(name: str, body: str = "Two Python engineers could start next week.", notes: str | None = None) -> Item:
    brief = Brief.model_validate({"as_of": "2026-04-21", "prospect": {"company": "Ravel Works"}, "notes": notes})
    return Item(id=name, brief=brief, email=Email(subject="Engineers", body=body))


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    return tiny.save_judge(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="module")
def model(adapter):
    return RewardModel(adapter, dtype="float32")


@pytest.fixture(scope="module")
def calibration(model, small):
    return calibrate(model, small.tasks["validation"], PLAYBOOK, max_bad_sent=0.4)


def test_reference_is_the_base_without_adapter(adapter, model):
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(adapter.parent / "base", dtype=torch.float32)
    row = model.encode(item("a"), PLAYBOOK)[0]
    policy, reference = model.score([row])[0]
    torch.testing.assert_close(reference, completion_logprobs(base, [row])[0], atol=1e-5, rtol=0)
    assert (policy - reference).abs().max() > 1e-3


@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_reward_is_beta_times_the_summed_difference_and_the_lowest_sentence_again(model, calibration, weight):
    one = item("a", "One sentence here. And another one.")
    policy, reference = model.score([model.encode(one, PLAYBOOK)[0]])[0]
    judge = RewardJudge(PLAYBOOK, model, calibration.model_copy(update={"lowest_weight": weight}))
    found = judge.judge([one])[0]
    plain = 0.1 * float((policy.double() - reference.double()).sum())
    assert found.reward == pytest.approx(plain + weight * min(s.reward for s in found.sentences), abs=1e-9)
    assert found.verdict == ("PASS" if found.reward > found.threshold else "FAIL")
    assert f"|lowest:{weight:g}|" in found.signature


def test_an_email_without_sentences_has_the_plain_sum():
    assert Reading(Email(body=" "), (), (1.0, 0.5)).reward(2.0) == 1.5


def test_the_weight_with_the_highest_auroc_is_taken(calibration):
    tried = calibration.auroc_by_lowest_weight
    assert tried[f"{calibration.lowest_weight:g}"] == max(tried.values())


def test_judgments_do_not_depend_on_the_other_items(model, calibration):
    judge = RewardJudge(PLAYBOOK, model, calibration)
    items = [item(str(n), "word " * (5 + 30 * n)) for n in range(4)]
    together = judge.judge(items)
    for one, many in zip(items, together, strict=True):
        assert judge.judge([one])[0].reward == pytest.approx(many.reward, abs=1e-4)


def test_an_email_too_long_to_score_is_an_error_of_its_row_alone(model, calibration):
    done: list[int] = []
    found = RewardJudge(PLAYBOOK, model, calibration).judge([item("long", "word " * 3000), item("ok")], done.append)
    assert found[0].verdict is None and "shorten it" in found[0].error
    assert found[1].verdict is not None
    assert sum(done) == 2


def test_a_long_brief_loses_whole_lines_and_says_which(model, calibration):
    found = RewardJudge(PLAYBOOK, model, calibration).judge([item("a", notes="note " * 2000)])[0]
    assert found.verdict is not None
    assert found.notes[0].startswith("left out of the prompt: Notes by unknown hands")


def test_signature_names_adapter_reference_and_template(model, calibration):
    signature = RewardJudge(PLAYBOOK, model, calibration).judge([item("a")])[0].signature
    assert model.adapter_sha256[:12] in signature and "dtype:float32" in signature and "beta:0.1" in signature


def test_calibration_of_another_adapter_is_refused(model, calibration):
    other = calibration.model_copy(update={"adapter_sha256": "0" * 64})
    with pytest.raises(AdapterError, match="another adapter"):
        RewardJudge(PLAYBOOK, model, other)


def test_missing_calibration_says_how_to_make_it(tmp_path):
    with pytest.raises(AdapterError, match="tenacious-bench calibrate"):
        load_calibration(tmp_path)


def test_adapter_of_another_template_is_refused(tmp_path):
    adapter = tiny.save_judge(tmp_path)
    record = json.loads((adapter / "run_record.json").read_text())
    (adapter / "run_record.json").write_text(json.dumps(record | {"template": "other"}))
    with pytest.raises(AdapterError, match="template other"):
        RewardModel(adapter)


def two_normals(seed: int, n: int = 150) -> tuple[list[float], list[bool]]:
    """FAIL rewards around -1, PASS rewards around 1, both with a standard deviation of 1: the best threshold is 0."""
    rng = np.random.default_rng(seed)
    return [*rng.normal(-1, 1, n), *rng.normal(1, 1, n)], [False] * n + [True] * n


def test_best_threshold_separates_what_can_be_separated():
    rewards = [float(x) for x in range(-20, 20)]
    assert best_threshold(rewards, [x >= 0 for x in rewards]) == (-0.5, 1.0)


def test_best_threshold_is_steadier_than_the_highest_point_of_the_raw_curve():
    ours, raw = [], []
    for seed in range(30):
        rewards, passes = two_normals(seed)
        threshold, balanced = best_threshold(rewards, passes)
        values, truth = np.array(rewards), np.array(passes)
        curve = [((values > t)[truth].mean() + (values <= t)[~truth].mean()) / 2 for t in values]
        assert 0.75 < balanced <= max(curve)
        ours.append(threshold)
        raw.append(values[int(np.argmax(curve))])
    assert abs(np.mean(ours)) < 0.1
    assert np.std(ours) < 0.7 * np.std(raw)


def test_best_threshold_beside_a_judge_that_has_already_failed_some():
    rewards, passes = two_normals(1)
    alone, _ = best_threshold(rewards, passes)
    fired = [n % 2 == 0 and not p for n, p in enumerate(passes)]
    beside, balanced = best_threshold(rewards, passes, fired)
    assert beside < alone
    assert balanced > best_threshold(rewards, passes)[1]


def test_best_threshold_of_equal_rewards_passes_all_or_none():
    assert best_threshold([1.0, 1.0], [True, False]) == (0.0, 0.5)


def test_best_threshold_refuses_one_class():
    with pytest.raises(StatsInputError, match="one class"):
        best_threshold([0.1, 0.2], [True, True])


def test_a_judgment_says_what_each_sentence_adds(model, calibration):
    found = RewardJudge(PLAYBOOK, model, calibration).judge([item("a", "One sentence here. And another one.")])[0]
    assert [row.text for row in found.sentences] == ["Engineers", "One sentence here.", "And another one."]
    policy, reference = model.score([model.encode(item("a", "One sentence here. And another one."), PLAYBOOK)[0]])[0]
    terms = 0.1 * (policy.double() - reference.double())
    assert sum(row.reward for row in found.sentences) == pytest.approx(float(terms.sum()), abs=float(terms.abs().sum()))


def test_the_strict_operating_point_sends_fewer(model, calibration):
    items = [item(str(n), "word " * (5 + 30 * n)) for n in range(4)]
    strict = RewardJudge(PLAYBOOK, model, calibration, strict=True).judge(items)
    assert {j.threshold for j in strict} == {calibration.strict_threshold}


def test_the_conformal_threshold_bounds_the_share_of_bad_emails_not_seen_yet():
    generator = np.random.default_rng(0)
    shares = []
    for _ in range(400):
        bad = generator.normal(size=59)
        threshold = conformal_threshold([*bad, 9.0], [False] * 59 + [True], 0.1)
        shares.append(float((generator.normal(size=500) > threshold).mean()))
    assert 0.07 < np.mean(shares) <= 0.1 + 3 * np.std(shares) / 20


def test_emails_that_a_rule_caught_do_not_count_against_the_bound():
    rewards, passes = [0.0, 1.0, 2.0, 3.0, 4.0], [False] * 4 + [True]
    assert conformal_threshold(rewards, passes, 0.4) == 2.0
    assert conformal_threshold(rewards, passes, 0.4, [False, False, True, True, False]) == 0.0


@pytest.mark.parametrize(("share", "said"), [(0.0, "above 0"), (1.0, "below 1"), (0.01, "at least 99")])
def test_a_bound_that_cannot_be_kept_is_refused(share, said):
    with pytest.raises(StatsInputError, match=said):
        conformal_threshold([0.0, 1.0], [False, True], share)
