"""AI maturity mismatch: the offer presupposes another level than the brief records.

``ai_offers`` in the playbook lists, per level, what an offer takes for granted: no data layer yet (0), reports to
build a first model on (1), a model nobody owns (2), models in production with owners (3). The rule fires when the
email clearly speaks to one level, says nothing that fits the recorded one, and the brief is sure of its score.
Pitches that presuppose no level are left alone.
"""

from __future__ import annotations

from tenacious_bench.judges.rules.text import Sentence, sentence_at, sentences, whole
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, any_pattern
from tenacious_bench.schema import Brief, Email, Quote

LEAST_WORDINGS = 2
"""Wordings of one level that make it clear."""


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """The sentences that speak to another level, at most two."""
    if licence.ai_level is None:
        return []
    found = {level: _wordings(email, expressions) for level, expressions in playbook.ai_offers.items()}
    counts = {level: len(places) for level, places in found.items() if places}
    if not counts or licence.ai_level in counts:
        return []
    level = max(counts, key=counts.__getitem__)
    tied = list(counts.values()).count(counts[level]) > 1
    if counts[level] < LEAST_WORDINGS or tied:
        return []
    supposed = playbook.ai_maturity.get(level, f"level {level}")
    recorded = playbook.ai_maturity.get(licence.ai_level, f"level {licence.ai_level}")
    reason = f"speaks to {supposed!r}; the brief records {recorded!r}"
    said = sentences(email)
    quoted: list[Sentence] = [sentence_at(said, at) for at in sorted(found[level].values())]
    return [whole(s, "ai_maturity_mismatch", reason) for s in dict.fromkeys(quoted)][:2]


def _wordings(email: Email, expressions: tuple[str, ...]) -> dict[str, int]:
    """Each wording found in the body, and where it first stands. Every expression is searched on its own."""
    out: dict[str, int] = {}
    for expression in expressions:
        for m in any_pattern((expression,)).finditer(email.body):
            if m.group().strip():
                out.setdefault(m.group().casefold(), m.start())
    return out
