"""The implicit-reward judge: a threshold on the reward of :mod:`tenacious_bench.judges.reward_model`."""

from __future__ import annotations

from collections.abc import Sequence

from tenacious_bench.adapters import AdapterError
from tenacious_bench.judges.base import Progress, action_for
from tenacious_bench.judges.calibration import Calibration
from tenacious_bench.judges.mode_names import ModeNames, lowest_text
from tenacious_bench.judges.reward_model import Reading, RewardModel
from tenacious_bench.playbook import Playbook
from tenacious_bench.prompt import template_hash
from tenacious_bench.schema import Item, Judgment, Label, Mode, Reread


class RewardJudge:
    """Verdicts by thresholded implicit reward.

    Args:
        playbook: renders the licence in the prompt.
        model: a loaded :class:`RewardModel`.
        calibration: threshold and probability map.
        batch_size: rows per forward pass.
        strict: use the strict operating point.
        names: names the failure mode of a FAIL; without it a FAIL of the reward stays unnamed.
        words: judgments also say what each word adds to the reward.
    """

    name = "reward"

    def __init__(
        self,
        playbook: Playbook,
        model: RewardModel,
        calibration: Calibration,
        batch_size: int = 8,
        strict: bool = False,
        names: ModeNames | None = None,
        words: bool = False,
    ) -> None:
        if calibration.adapter_sha256 != model.adapter_sha256:
            raise AdapterError("calibration.json belongs to another adapter: run `tenacious-bench calibrate` again")
        self.model = model
        self._playbook = playbook
        self._calibration = calibration
        self._threshold = calibration.operating_point("reward", strict)
        self._batch_size = batch_size
        self._names = names
        self._words = words
        self._signature = "|".join(
            (
                f"judge:reward:{model.adapter_sha256[:12]}",
                f"ref:{model.base_name}",
                f"dtype:{model.dtype}",
                f"beta:{model.beta:g}",
                f"lowest:{calibration.lowest_weight:g}",
                f"template:{template_hash()}",
                f"playbook:{playbook.digest}",
            )
        )

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        """Score each item; one that cannot be encoded gets ``error`` and no verdict."""
        found = self.model.read(items, self._playbook, batch_size=self._batch_size, progress=progress)
        return [
            Judgment(id=item.id, judge=self.name, verdict=None, error=read, signature=self._signature)
            if isinstance(read, str)
            else self._judgment(item, read)
            for item, read in zip(items, found, strict=True)
        ]

    def _judgment(self, item: Item, readings: Sequence[Reading]) -> Judgment:
        whole, *others = readings
        reward = whole.reward(self._calibration.lowest_weight)
        verdict: Label = "PASS" if reward > self._threshold else "FAIL"
        modes: tuple[Mode, ...] = ()
        if verdict == "FAIL" and self._names is not None:
            modes = (self._names.name(item.brief, lowest_text(whole.sentences)),)
        return Judgment(
            id=item.id,
            judge=self.name,
            verdict=verdict,
            action=action_for(verdict, (), self._playbook),  # a guessed mode, without a quote, is no ground to block
            reward=reward,
            probability=self._calibration.probability(reward),
            without_planted=self._reread(others[0]) if others else None,
            threshold=self._threshold,
            failure_modes=modes,
            sentences=whole.sentences,
            words=whole.words if self._words else None,
            notes=tuple(f"left out of the prompt: {line}" for line in whole.dropped),
            signature=self._signature,
        )

    def _reread(self, reading: Reading) -> Reread:
        reward = reading.reward(self._calibration.lowest_weight)
        return Reread(reward=reward, probability=self._calibration.probability(reward))
