"""The emails that the benchmarks score, and the engine under test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenacious_bench.data import load_tasks
from tenacious_bench.judges.reward_model import RewardModel
from tenacious_bench.logprobs import Encoded, encode_pair
from tenacious_bench.playbook import load_playbook
from tenacious_bench.prompt import join_lines, prompt_lines

BATCH = 16

Sums = list[tuple[float, float]]
"""(policy, reference) of each row, in nats; nan where a peer has none."""


@dataclass(frozen=True)
class Candidate:
    """One email for one brief, as text and as tokens."""

    prompt: str
    email: str
    encoded: Encoded


def candidates(model: RewardModel, emails: int, per_brief: int) -> list[Candidate]:
    """Validation emails, ``per_brief`` of them for each of as many different briefs as that takes."""
    tasks, playbook = load_tasks("validation"), load_playbook()
    prompts = list(dict.fromkeys(join_lines(prompt_lines(t.brief, t.email.kind, playbook)) for t in tasks))
    out = []
    for i, task in zip(range(emails), tasks, strict=False):
        prompt = prompts[i // per_brief]
        out.append(Candidate(prompt, task.email.text, encode_pair(model.tokenizer, prompt, task.email.text)))
    return out


def ours(model: RewardModel, rows: Sequence[Candidate]) -> Sums:
    """The engine under test."""
    found = model.score([row.encoded for row in rows], batch_size=BATCH)
    return [(float(policy.double().sum()), float(reference.double().sum())) for policy, reference in found]
