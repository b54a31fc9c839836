"""Renders the judge's card, and the results block of the README, from the files in ``model_card/``.

No number is typed here: run record, training log, calibration and results are read, and a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tenacious_bench import card_sections
from tenacious_bench.card_sections import read_json
from tenacious_bench.curves import CURVE, draw_training_curve
from tenacious_bench.files import atomic_writer
from tenacious_bench.report import COMPARISON_HEADER as COMPARISONS
from tenacious_bench.report import (
    JUDGE_HEADER,
    comparison_rows,
    detail_sections,
    headline,
    judge_rows,
    markdown_table,
    mode_rows,
)

START, END = "<!-- results: start -->", "<!-- results: end -->"


def results_block(results: Mapping[str, Any]) -> str:
    """Headline, judges and comparisons as Markdown."""
    return "\n\n".join(
        (
            headline(results) + ".",
            markdown_table(JUDGE_HEADER, judge_rows(results)),
            markdown_table(COMPARISONS, comparison_rows(results)),
        )
    )


def stage_rows(record: Mapping[str, Any]) -> list[list[str]]:
    """One row per stage of the run: steps, losses, peak learning rate, pairs to draw from."""
    return [
        [
            str(i),
            f"{stage['first_step']}-{stage['last_step']}",
            " + ".join(_weighted(stage["loss_type"], stage.get("loss_weights"))),
            f"{stage['learning_rate']:g}",
            f"{stage['pairs']} (sha256 `{stage['pairs_sha256'][:12]}`)",
        ]
        for i, stage in enumerate(record["stages"], 1)
    ]


def _weighted(losses: Sequence[str], weights: Sequence[float] | None) -> list[str]:
    """Each loss with its weight, where that is not 1."""
    pairs = zip(losses, weights or [1.0] * len(losses), strict=True)
    return [loss if weight == 1 else f"{weight:g} x {loss}" for loss, weight in pairs]


def standing(results: Mapping[str, Any]) -> str:
    """What the held-out results say of this judge, in words: ranking, against the rules, and as part of a cascade."""
    auroc = results["judges"]["reward"]["auroc"]
    ranks = "better than chance" if auroc["low"] > 0.5 else "no better than chance"
    against = {
        name: _difference(results["comparisons"][key]["balanced_accuracy_difference"])
        for name, key in (("reward", "Delta A (reward vs rules)"), ("cascade", "cascade vs rules"))
    }
    return (
        f"On held-out emails it ranks {ranks} (AUROC {auroc['value']:.3f} [{auroc['low']:.3f}, {auroc['high']:.3f}]). "
        f"Alone its verdicts are {against['reward']} the rules in balanced accuracy; the cascade, rules first and this "
        f"judge where they are silent, is {against['cascade']} the rules alone."
    )


def _difference(estimate: Mapping[str, float]) -> str:
    if estimate["low"] > 0:
        return "better than"
    return "worse than" if estimate["high"] < 0 else "not told apart from"


def render(folder: Path) -> str:
    """The model card.

    Args:
        folder: holds ``run_record.json``, ``calibration.json`` and ``results.json``; ``foreign.json``,
            ``ablation.json`` and ``normalisation.json`` where they were measured.
    """
    record = read_json(folder / "run_record.json")
    calibration, results = read_json(folder / "calibration.json"), read_json(folder / "results.json")
    lora = record["lora"]
    settings = [
        [
            "base model",
            f"{record['base_model']} (SmolLM2-135M-Instruct, dequantised from a Q4_1 file, stored as bfloat16)",
        ],
        [
            "adapter",
            f"LoRA r={lora['r']}, alpha={lora['alpha']}, dropout={lora['dropout']:g}, "
            f"on {', '.join(lora['target_modules'])}",
        ],
        ["pairs", f"{record['pairs']} in the `pairs` configuration, sha256 `{record['pairs_sha256'][:16]}`"],
        ["pairs seen", str(record["pairs_seen"])],
        ["beta", f"{record['beta']:g}"],
        ["batch", f"{record['batch_size']} x accumulation {record['gradient_accumulation_steps']}"],
        ["seed", str(record["seed"])],
        ["hardware", record["hardware"]],
        ["wall time", f"{record['wall_seconds'] / 60:.0f} minutes"],
        ["versions", ", ".join(f"{name} {version}" for name, version in record["versions"].items())],
    ]
    parts = [
        "---\nlicense: apache-2.0\nlanguage: en\nlibrary_name: peft\nbase_model: HuggingFaceTB/SmolLM2-135M-Instruct\n"
        "pipeline_tag: text-classification\ntags: [trl, dpo, lora, reward-model, llm-as-judge, sales, email]\n"
        "datasets: [tenacious-bench]\n---",
        "# Tenacious-Bench judge: a LoRA adapter read as an implicit reward model",
        "Given a brief and an outreach email, the reward is `beta * (log p(email | brief) with the adapter - the same "
        "without it)`, a sum over tokens in which the lowest sentence weighs more. Above the threshold the "
        "email may be sent. In the cascade a brief with text of unknown hands (notes, footers, comments) is also read "
        f"without it, and the lower reward counts. It was trained in {record['wall_seconds'] / 3600:.1f} hours "
        f"({record['hardware']}). " + standing(results),
        "## Results",
        results_block(results),
        "The held-out partition holds wording, companies and writers the adapter never saw; its programmatic groups "
        "come from the same generator as the train pairs, its written groups do not. Compare `email_only`: it never "
        "reads the brief. The rules were written with parts of the train partition in view, and corrected once on "
        "validation's false alarms, so that their precision there, and what is fitted beside them, is optimistic.",
        "### By failure mode: balanced accuracy",
        markdown_table(*mode_rows(results)),
        *detail_sections(results),
        *card_sections.foreign(folder / "foreign.json"),
        *card_sections.ablation(folder / "ablation.json"),
        *card_sections.normalisation(folder / "normalisation.json"),
        "## Training",
        markdown_table(["setting", "value"], settings),
        markdown_table(["stage", "steps", "loss", "peak learning rate", "pairs"], stage_rows(record)),
        record["note"],
        f"![Reward accuracy, reward margin and rewards over the training steps]({CURVE})",
        "TRL's own metrics on training batches (moving average over nine logged points), not a measure of quality; "
        "thin lines mark stages.",
        "Train again with `make train`. The full log is in `training_log.json`, the full record in `run_record.json`.",
        "## Calibration",
        f"Threshold {calibration['threshold']:.4f}, chosen for balanced accuracy on the validation partition "
        f"(n={calibration['n']}; {calibration['balanced_accuracy']:.3f} there, which is optimistic: it is where the "
        f"threshold was fitted). Where the rules are silent the cascade uses {calibration['cascade_threshold']:.4f} "
        f"({calibration['cascade_balanced_accuracy']:.3f} on validation). The strict operating point aims to let at "
        f"most {calibration['max_bad_sent']:.0%} of bad emails like validation's pass: "
        f"{calibration['strict_threshold']:.4f} alone, {calibration['strict_cascade_threshold']:.4f} in the cascade. "
        f"The reward adds the lowest sentence's share {calibration['lowest_weight']:g} times to the sum (AUROC on "
        f"validation by weight: {_weights(calibration)}). "
        f"P(PASS) = sigmoid({calibration['slope']:.3f} * reward {calibration['intercept']:+.3f}).",
        "## Limits",
        "English only; one seller's playbook; a 135M-parameter base. Quotes come from the rules; the reward says which "
        "sentence cost most, and a word model of that sentence names the likeliest failure mode. Rewards of different "
        "emails compare only through the threshold. Do not use it to judge people, and do not send unread what it lets "
        "through.",
    ]
    return "\n\n".join(parts) + "\n"


def _weights(calibration: Mapping[str, Any]) -> str:
    return ", ".join(f"{weight}: {value:.3f}" for weight, value in calibration["auroc_by_lowest_weight"].items())


def write_cards(folder: Path, readme: Path | None = None) -> None:
    """Write ``README.md`` of the model folder, and the results block of the project's README if given.

    Raises:
        ValueError: the README has no results markers.
    """
    draw_training_curve(
        read_json(folder / "training_log.json"), read_json(folder / "run_record.json")["stages"], folder / CURVE
    )
    with atomic_writer(folder / "README.md") as handle:
        handle.write(render(folder))
    if readme is None:
        return
    text = readme.read_text(encoding="utf-8")
    if START not in text or END not in text:
        raise ValueError(f"{readme}: no {START} and {END}: put them where the results belong")
    block = f"{START}\n{results_block(read_json(folder / 'results.json'))}\n{END}"
    with atomic_writer(readme) as handle:
        handle.write(text[: text.index(START)] + block + text[text.index(END) + len(END) :])
