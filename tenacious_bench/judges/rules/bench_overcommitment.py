"""Bench overcommitment: people, seniority, a stack or a start that the inventory does not show.

Compares each offer found in the email with the licence: count per stack, earliest start (regulated clients later),
stacks that are absent, an inventory too old or missing. Seniority fires only where nothing in the brief speaks of
it. Doubtful dates take their latest meaning; offers without a number, and of stacks unknown to the playbook, are
left alone.
"""

from __future__ import annotations

from tenacious_bench.judges.rules.facts import texts
from tenacious_bench.judges.rules.offers import Offer, find_offers
from tenacious_bench.judges.rules.patterns import any_of
from tenacious_bench.judges.rules.text import quote, sentences
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, word_pattern
from tenacious_bench.prompt import day_phrase
from tenacious_bench.schema import Brief, Email, Quote

_LATER = "free only from"
_UNSURE = any_of(
    "confirm|recount|check(?:ed)? again|were free|last count|once (?:we|I) (?:have|know)|out of date",
    "whether|might|perhaps",
)


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """The offers that promise too much."""
    offers = find_offers(sentences(email), brief.as_of, playbook)
    if not offers or (
        brief.extra and not licence.bench_known
    ):  # a foreign brief may hold its inventory under another name
        return []
    known = texts(brief, playbook)
    shown_senior = bool(word_pattern(playbook.bench.seniority_words).search(known.genuine))
    out = []
    for offer in offers:
        reason = _broken(offer, licence) or ("no seniority is shown" if offer.senior and not shown_senior else None)
        if reason:
            dated = offer.day if reason.startswith(_LATER) and not offer.day_elsewhere else None
            end = max(offer.end, dated.end) if dated and offer.start < dated.start else offer.end
            out.append(quote(offer.sentence, offer.start, end, "bench_overcommitment", reason))
    return out


def _broken(offer: Offer, licence: Licence) -> str | None:
    unsure = bool(_UNSURE.search(offer.sentence.text))
    if licence.bench_stale or not licence.bench_known:
        if unsure or not (offer.ours or offer.day):
            return None
        return "the inventory is out of date" if licence.bench_stale else "no inventory is known"
    free = [p for p in licence.promises if not offer.stacks or p.stack in offer.stacks]
    if not free:
        return f"nobody is free for {', '.join(offer.stacks) or 'any stack'}"
    most = sum(p.available for p in free)
    if offer.count > most:
        return f"{offer.count} promised, {most} free"
    earliest = min(p.start for p in free)
    if offer.begins is not None and offer.begins < earliest:
        return f"{_LATER} {day_phrase(earliest)}"
    return None
