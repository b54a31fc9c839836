"""Rules first, the reward judge for what the rules let through."""

from __future__ import annotations

from collections.abc import Sequence

from tenacious_bench.judges.base import Judge, Progress, action_for
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Item, Judgment, Label


def combine(rules: Judgment, reward: Judgment, playbook: Playbook, threshold: float) -> Judgment:
    """The cascade's judgment of one item from its two parts.

    FAIL when a rule fired (its modes and quotes are the reason) or the reward is not above ``threshold``, which is the
    cascade's own: where the rules are silent a PASS is likelier than among all emails. Reward and probability are the
    reward judge's. No verdict where a part has none, unless a rule fired.
    """
    verdict: Label | None = None
    if rules.verdict == "FAIL":
        verdict = "FAIL"
    elif rules.verdict and reward.reward is not None:
        verdict = "PASS" if reward.reward > threshold else "FAIL"
    return Judgment(
        id=rules.id,
        judge="cascade",
        verdict=verdict,
        action=action_for(verdict, rules.failure_modes, playbook) if verdict else None,
        reward=reward.reward,
        probability=reward.probability,
        threshold=threshold,
        failure_modes=rules.failure_modes,
        quotes=rules.quotes,
        sentences=reward.sentences,
        notes=rules.notes + reward.notes,
        error=None if verdict else rules.error or reward.error,
        signature=f"judge:cascade({rules.signature} ; {reward.signature})|threshold:{threshold:.6g}",
    )


class CascadeJudge:
    """Both parts judge every item: the reward stands in the output even where a rule decided.

    Args:
        rules: the deterministic judge.
        reward: the model judge.
        playbook: for the action.
        threshold: PASS above it where no rule fired.
    """

    name = "cascade"

    def __init__(self, rules: Judge, reward: Judge, playbook: Playbook, threshold: float) -> None:
        self._rules = rules
        self._reward = reward
        self._playbook = playbook
        self._threshold = threshold

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        """One judgment per item, in order."""
        first = self._rules.judge(items)
        second = self._reward.judge(items, progress)
        return [combine(a, b, self._playbook, self._threshold) for a, b in zip(first, second, strict=True)]
