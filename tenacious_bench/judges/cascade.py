"""Rules first, the reward judge for what the rules let through."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tenacious_bench.judges.base import Judge, Progress, action_for
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import MODES, Item, Judgment, Label, Mode

PLANTED_NOTE = "the brief holds text of unknown hands that would raise the reward: scored without it"
FOREIGN_NOTE = (
    "the brief was mapped from another schema, for which the reward is not calibrated: the rules alone decide "
    "(the strict operating point lets the reward hold the email back)"
)


def combine(
    rules: Judgment,
    reward: Judgment,
    playbook: Playbook,
    threshold: float,
    deciding: Collection[Mode] = MODES,
    rules_only: bool = False,
) -> Judgment:
    """The cascade's judgment of one item from its two parts.

    FAIL when a deciding rule fired (its modes and quotes are the reason) or the reward is not above ``threshold``,
    which is the cascade's own: where the rules are silent a PASS is likelier than among all emails. Reward and
    probability are the reward judge's; where the brief holds text of unknown hands, those without it if they are
    lower. No verdict where a part has none, unless a deciding rule fired.

    Args:
        rules: judgment of the rules.
        reward: judgment of the reward judge on the same item.
        playbook: for the action.
        threshold: PASS above it where no rule decides.
        deciding: modes whose rule is precise enough to decide alone.
        rules_only: leave the reward aside, as for a brief it was not calibrated for.
    """
    ruled = any(mode in deciding for mode in rules.failure_modes)
    score, probability, lowered = _lower_reading(reward)
    verdict: Label | None = None
    if ruled:
        verdict = "FAIL"
    elif rules_only:
        verdict = rules.verdict
    elif rules.verdict and score is not None:
        verdict = "PASS" if score > threshold else "FAIL"
    ruled = ruled or rules_only
    modes = rules.failure_modes if ruled else reward.failure_modes
    if verdict != "FAIL":
        modes = ()
    suspected = () if ruled else rules.failure_modes
    return Judgment(
        id=rules.id,
        judge="cascade",
        verdict=verdict,
        action=action_for(verdict, modes if ruled else (), playbook) if verdict else None,
        reward=score,
        probability=probability,
        threshold=threshold,
        failure_modes=modes,
        decided_by=("rules" if ruled else "reward") if verdict else None,
        quotes=rules.quotes if ruled else (),
        sentences=reward.sentences,
        words=reward.words,
        notes=(
            *rules.notes,
            *reward.notes,
            *((PLANTED_NOTE,) if lowered else ()),
            *((FOREIGN_NOTE,) if rules_only else ()),
            *(f"a rule suspects {mode}, but is not precise enough to decide" for mode in suspected),
        ),
        error=None if verdict else rules.error or reward.error,
        signature=f"judge:cascade({rules.signature} ; {reward.signature})|planted:lower|threshold:{threshold:.6g}",
    )


def _lower_reading(reward: Judgment) -> tuple[float | None, float | None, bool]:
    """Reward and probability that count, and whether they are those without text of unknown hands."""
    reread = reward.without_planted
    if reread is not None and reward.reward is not None and reread.reward < reward.reward:
        return reread.reward, reread.probability, True
    return reward.reward, reward.probability, False


class CascadeJudge:
    """Both parts judge every item: the reward stands in the output even where a rule decided.

    Args:
        rules: the deterministic judge.
        reward: the model judge.
        playbook: for the action.
        threshold: PASS above it where no rule decides.
        deciding: modes whose rule is precise enough to decide alone.
        strict: the threshold is the strict one; the reward then decides on briefs of other schemas too.
    """

    name = "cascade"

    def __init__(
        self,
        rules: Judge,
        reward: Judge,
        playbook: Playbook,
        threshold: float,
        deciding: Collection[Mode] = MODES,
        strict: bool = False,
    ) -> None:
        self._rules = rules
        self._reward = reward
        self._playbook = playbook
        self._threshold = threshold
        self._deciding = deciding
        self._strict = strict

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        """One judgment per item, in order."""
        first = self._rules.judge(items)
        second = self._reward.judge(items, progress)
        return [
            combine(a, b, self._playbook, self._threshold, self._deciding, rules_only(item, self._strict))
            for a, b, item in zip(first, second, items, strict=True)
        ]


def rules_only(item: Item, strict: bool) -> bool:
    """Whether the rules alone decide on an item: its brief is from another schema, and nothing asks for more care."""
    return item.foreign and not strict
