"""Competitor gap framing: a true gap turned into an insult, or a comparison the brief does not carry.

Fires on (1) insults and verdicts about the reader, unless the prospect asked for a verdict; (2) a comparison with
peers stated where the licence says to ask; (3) counts of peers that differ from the finding. A comparison whose
subject the rule cannot match with the finding is left alone.
"""

from __future__ import annotations

import re

from tenacious_bench.judges.rules.facts import Texts, texts
from tenacious_bench.judges.rules.numbers import NUMBER, to_int
from tenacious_bench.judges.rules.text import Sentence, content, is_asked, is_negated, quote, sentences, whole
from tenacious_bench.licence import Licence
from tenacious_bench.playbook import Playbook, any_pattern, word_pattern
from tenacious_bench.schema import Brief, Email, Quote

_READER = re.compile(r"\b(?:you|your|yours|leadership|leaders?|management|managers?|in charge|responsible)\b", re.IGNORECASE)
_SHARE = re.compile(
    rf"\b({NUMBER})\s+(?:out\s+)?(?:of|in|from|among)\s+(?:the\s+|its\s+|your\s+|these\s+|those\s+)?(?:\w+\s+)?({NUMBER})\b", re.IGNORECASE
)
_DOUBT = re.compile(
    r"\b(?:unverified|unchecked|unconfirmed|not (?:verified|checked|confirmed)|(?:nobody|no one) else(?: verified| checked)?|beyond one case"
    r"|one (?:case|mention|company|source|firm|provider)(?: only)?|(?:a )?(?:single|lone|sole) (?:case|mention|firm|source|provider|company)"
    r"|(?:one|a) landing page|only one|hearsay|rumou?r\w*|reportedly|possibl[ey](?: gap)?|wider check missing|no comparison (?:was )?made)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:others?|compar\w+|majority|most (?:of )?(?:firms|companies|the))\b", re.IGNORECASE)
_FILLER = content("firms field sector providers companies peers writes refers mentions describes based checked left others gap firm provider")
_ROLES = re.compile(r"\b(?:roles?|vacanc\w+|positions?|posts?|seats?|openings?|engineers?|weeks?|days?|months?)\b", re.IGNORECASE)


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
    out = []
    for s in said:
        m = insult.search(s.text)
        about = m and (_READER.search(s.text) or brief.prospect.company in s.text) and (peers.search(s.text) or brief.competitor_gap)
        if m and about and not is_negated(s.text[: m.start()]) and m.group().casefold() not in known.genuine.casefold():
            out.append(quote(s, m.start(), m.end(), "competitor_gap_framing", "a verdict on the reader, not a finding"))
    return out


def _comparisons(said: list[Sentence], known: Texts, brief: Brief, licence: Licence, playbook: Playbook) -> list[Quote]:
    gap = brief.competitor_gap
    peers = word_pattern(playbook.peers_words)
    genuine = known.genuine
    pairs = {(to_int(m[1]), to_int(m[2])) for m in _SHARE.finditer(genuine)}
    finding = content(gap.finding) if gap else frozenset()
    unsure = _unsure_words(gap.finding) if gap else frozenset()
    own = content("\n".join((brief.prospect.company, brief.prospect.industry or "", *known.theirs)))
    out = []
    for i, s in enumerate(said):
        near = " ".join(t.text for t in said[max(0, i - 1) : i + 2])
        if not peers.search(near) and not _COMPARES.search(s.text):
            continue
        overlap = (content(s.text) & finding) - own
        share = _SHARE.search(s.text)
        if share and peers.search(s.text) and not _ROLES.search(s.text) and (to_int(share[1]), to_int(share[2])) not in pairs:
            stated = {to_int(share[1]), to_int(share[2])}
            if not gap or not stated <= _counts(genuine):
                out.append(quote(s, share.start(), share.end(), "competitor_gap_framing", "the finding has other counts"))
                continue
        if is_asked(said, i):
            continue
        if licence.gap_use == "ask" and len(overlap) >= 2:
            out.append(whole(s, "competitor_gap_framing", "a comparison to be asked about, stated as fact"))
        elif len(content(s.text) & unsure) >= 2 and 2 * len(content(s.text) & unsure) >= len(unsure):
            out.append(whole(s, "competitor_gap_framing", "the finding itself calls this unverified"))
    return out


def _unsure_words(finding: str) -> frozenset[str]:
    """Words of the parts of a finding that mark themselves as unverified, and of no other part."""
    parts = re.split(r"\.\s+", finding)
    doubtful = [p for p in parts if _DOUBT.search(p)]
    firm = content("\n".join(p for p in parts if p not in doubtful))
    return content(_DOUBT.sub(" ", "\n".join(doubtful))) - firm - _FILLER


def _counts(text: str) -> set[int]:
    return {to_int(m.group()) for m in re.finditer(rf"\b{NUMBER}\b", text, re.IGNORECASE) if len(m.group()) < 12}
