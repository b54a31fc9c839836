"""Bench overcommitment: people, seniority, a stack or a start that the inventory does not show.

Compares each offer found in the email with the licence: count per stack, earliest start (regulated clients later),
stacks that are absent, an inventory too old or missing. People whom we have already told the prospect are held for
them may be promised whatever the inventory says. Seniority fires only where neither the brief nor we have spoken of it.
Doubtful dates take their latest meaning; offers without a number, and of stacks unknown to the playbook, are left
alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tenacious_bench.judges.rules.facts import texts
from tenacious_bench.judges.rules.offers import Offer, find_offers, stacks_named
from tenacious_bench.judges.rules.patterns import any_of
from tenacious_bench.judges.rules.text import Sentence, quote, sentences, spans
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, word_pattern
from tenacious_bench.prompt import day_phrase
from tenacious_bench.schema import Brief, Email, Quote

_LATER = "free only from"
_UNSURE = any_of(
    "confirm|recount|check(?:ed)? again|were free|last count|once (?:we|I) (?:have|know)|out of date",
    "whether|might|perhaps",
)

_HELD = any_of(
    r"(?:is|are|been|has|have|had|delivery|lead|he|she|they|we) (?:\w+ ){0,4}(?:held|reserved|set aside)",
    r"(?:held|reserved|set aside|booked|put) (?:\w+ ){0,4}(?:for you|in your (?:company['’]s )?name)",
)
_IN_YOUR_NAME = any_of(r"in your (?:company['’]s )?name")
_NOT_HELD = any_of("not|no|never|nobody|cannot|unless|until|if|whether|(?-i:may)|might")
_FOR_OTHERS = any_of(r"(?:held|reserved|set aside|booked|put) (?:for|in) (?!you\b|your\b)")
_PEOPLE = any_of("the (?:present|same) (?:two|three|four|five)|persons?|people|colleagues?|they|both|them")


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """The offers that promise too much."""
    offers = find_offers(sentences(email), brief.as_of, playbook)
    if not offers or (
        brief.extra and not licence.bench_known
    ):  # a foreign brief may hold its inventory under another name
        return []
    known = texts(brief, playbook)
    shown_senior = bool(word_pattern(playbook.bench.seniority_words).search("\n".join((*known.record, *known.ours))))
    out = []
    for offer in offers:
        if _held(offer, known.ours, brief.as_of, playbook):
            continue
        reason = _broken(offer, licence) or ("no seniority is shown" if offer.senior and not shown_senior else None)
        if reason:
            dated = offer.day if reason.startswith(_LATER) and not offer.day_elsewhere else None
            end = max(offer.end, dated.end) if dated and offer.start < dated.start else offer.end
            out.append(quote(offer.sentence, offer.start, end, "bench_overcommitment", reason))
    return out


def _held(offer: Offer, ours: tuple[str, ...], as_of: date, playbook: Playbook) -> bool:
    """Whether a message of ours says that these people are held for the prospect: as many, from that day on."""
    for text in ours:
        for start, end in spans(text):
            said = Sentence("body", start, end, text[start:end])
            held = _HELD.search(said.text)
            if held is None or _NOT_HELD.search(said.text[: held.end()]) or _FOR_OTHERS.search(said.text):
                continue
            named = stacks_named(said.text, playbook)
            if named and not set(offer.stacks) <= named:
                continue
            plain = replace(said, text=_IN_YOUR_NAME.sub("for you", said.text))  # "engineers in your" would be theirs
            told = find_offers([plain], as_of, playbook)
            if (not told and _PEOPLE.search(said.text)) or any(
                offer.count <= t.count and not _earlier(offer, t) for t in told
            ):
                return True
    return False


def _earlier(offer: Offer, told: Offer) -> bool:
    return offer.begins is not None and told.begins is not None and offer.begins < told.begins


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
