"""AI maturity mismatch: the offer presupposes another level than the brief records.

``ai_offers`` in the playbook lists, per level, what an offer takes for granted: no data layer yet (0), reports to
build a first model on (1), a model nobody owns (2), models in production with owners (3). The rule fires when the
email clearly speaks to one level, says nothing that fits the recorded one, and the brief is sure of its score.
Pitches that presuppose no level are left alone.
"""

from __future__ import annotations

from tenacious_bench.judges.rules.text import Sentence, sentences, whole
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, any_pattern
from tenacious_bench.schema import Brief, Email, Quote


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """The sentences that speak to another level, at most two."""
    if licence.ai_level is None or not playbook.ai_offers:
        return []
    hits: dict[int, list[tuple[Sentence, int]]] = {}
    for sentence in sentences(email):
        for level, expressions in playbook.ai_offers.items():
            found = {m.group().casefold() for m in any_pattern(expressions).finditer(sentence.text)}
            if found:
                hits.setdefault(level, []).append((sentence, len(found)))
    totals = {level: sum(n for _, n in found) for level, found in hits.items()}
    if not totals or licence.ai_level in totals:
        return []
    level = max(totals, key=lambda one: (totals[one], -abs(one - (licence.ai_level or 0))))
    rivals = [n for other, n in totals.items() if other != level]
    if totals[level] < 2 or any(n >= totals[level] for n in rivals):
        return []
    described = playbook.ai_maturity.get(level, f"level {level}")
    actual = playbook.ai_maturity.get(licence.ai_level, f"level {licence.ai_level}")
    reason = f"speaks to {described!r}; the brief records {actual!r}"
    return [whole(s, "ai_maturity_mismatch", reason) for s, _ in hits[level][:2]]
