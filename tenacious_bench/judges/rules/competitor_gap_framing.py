"""Competitor gap framing: a true gap turned into an insult, or a comparison the brief does not carry.

Fires on (1) insults and verdicts about the reader, unless the prospect asked for a verdict; (2) a comparison with
peers stated where the licence says to ask; (3) counts of peers that differ from the finding. A comparison whose
subject the rule cannot match with the finding is left alone.
"""

from __future__ import annotations

import re

from tenacious_bench.judges.rules.facts import Texts, company_name, texts
from tenacious_bench.judges.rules.hedges import is_asked, is_negated
from tenacious_bench.judges.rules.numbers import NUMBER, numbers, to_int
from tenacious_bench.judges.rules.patterns import any_of
from tenacious_bench.judges.rules.text import Sentence, content, quote, sentences, whole
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, any_pattern, word_pattern
from tenacious_bench.schema import Brief, Email, Mode, Quote

MODE: Mode = "competitor_gap_framing"
_READER = any_of("you|your|yours|leadership|leaders?|management|managers?|in charge|responsible")
_SHARE = re.compile(
    rf"\b({NUMBER})\s+(?:out\s+)?(?:of|in|from|among)\s+(?:(?:the|its|your|these|those)\s+)?(?:\w+\s+)?({NUMBER})\b",
    re.IGNORECASE,
)
_DOUBT = any_of(
    "unverified|unchecked|unconfirmed|not (?:verified|checked|confirmed)|(?:nobody|no one) else(?: verified| checked)?",
    "beyond one case|one (?:case|mention|company|source|firm|provider)(?: only)?|only one|(?:one|a) landing page",
    "(?:a )?(?:single|lone|sole) (?:case|mention|firm|source|provider|company)|wider check missing",
    r"hearsay|rumou?r\w*|reportedly|possibl[ey](?: gap)?|no comparison (?:was )?made",
)
_COMPARES = any_of(r"others?|compar\w+|majority|most (?:of )?(?:firms|companies|the)")
_FILLER = content("firm field sector provider company peer write refer mention describe base check left other gap")
_OTHER_COUNTS = any_of(r"roles?|vacanc\w+|positions?|posts?|seats?|openings?|engineers?|weeks?|days?|months?")


def find(email: Email, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    """Insults, comparisons without licence, counts that differ."""
    known = texts(brief, playbook)
    said = sentences(email)
    return [*_insults(said, known, brief, playbook), *_comparisons(said, known, brief, licence, playbook)]


def _insults(said: list[Sentence], known: Texts, brief: Brief, playbook: Playbook) -> list[Quote]:
    welcome = any_pattern(playbook.blunt_welcome)
    if any(welcome.search(t) for t in known.theirs):
        return []
    insult, peers = any_pattern(playbook.gap_insults), word_pattern(playbook.peers_words)
    theirs = known.genuine.casefold()
    out = []
    for s in said:
        m = insult.search(s.text)
        if m is None or is_negated(s.text[: m.start()]) or m.group().casefold() in theirs:
            continue
        about_reader = _READER.search(s.text) or company_name(brief) in s.text
        if about_reader and (brief.competitor_gap or peers.search(s.text)):
            out.append(quote(s, m.start(), m.end(), MODE, "a verdict on the reader, not a finding"))
    return out


def _comparisons(said: list[Sentence], known: Texts, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    gap = brief.competitor_gap
    peers = word_pattern(playbook.peers_words)
    pairs = {(to_int(m[1]), to_int(m[2])) for m in _SHARE.finditer(known.genuine)}
    counts = {int(f.value) for f in numbers(f"{gap.finding}; {gap.peers} peers")} if gap else set()
    own = content("\n".join((company_name(brief), brief.prospect.industry or "", *known.theirs)))
    finding = content(gap.finding) - own if gap else frozenset()
    unsure = _unsure_words(gap.finding) if gap else frozenset()
    out = []
    for i, s in enumerate(said):
        near = " ".join(t.text for t in said[max(0, i - 1) : i + 2])
        if not peers.search(near) and not _COMPARES.search(s.text):
            continue
        m = _SHARE.search(s.text) if peers.search(s.text) and not _OTHER_COUNTS.search(s.text) else None
        stated = {to_int(m[1]), to_int(m[2])} if m else set()
        if m and (to_int(m[1]), to_int(m[2])) not in pairs and not (gap and stated <= counts):
            out.append(quote(s, m.start(), m.end(), MODE, "the finding has other counts"))
        elif is_asked(said, i):
            continue
        elif licence.gap_use == "ask" and len(content(s.text) & finding) >= 2:
            out.append(whole(s, MODE, "a comparison to be asked about, stated as fact"))
        elif len(content(s.text) & unsure) >= max(2, len(unsure) / 2):
            out.append(whole(s, MODE, "the finding itself calls this unverified"))
    return out


def _unsure_words(finding: str) -> frozenset[str]:
    """Words of the parts of a finding that mark themselves as unverified, and of no other part."""
    parts = re.split(r"\.\s+", finding)
    doubtful = [p for p in parts if _DOUBT.search(p)]
    firm = content("\n".join(p for p in parts if p not in doubtful))
    return content(_DOUBT.sub(" ", "\n".join(doubtful))) - firm - _FILLER
