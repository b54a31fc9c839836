"""The content of a signal that may only be asked, or not be used at all, stated as known."""

from __future__ import annotations

from tenacious_bench.judges.rules.facts import Texts, company_name
from tenacious_bench.judges.rules.hedges import is_asked, is_asserted
from tenacious_bench.judges.rules.numbers import money, numbers
from tenacious_bench.judges.rules.patterns import word_list
from tenacious_bench.judges.rules.text import WORD, Sentence, content, stem, whole
from tenacious_bench.licence import Licence
from tenacious_bench.schema import Brief, Quote

_FILLER = frozenset(
    stem(word)
    for word in word_list(
        """
said rumour rumoured unconfirmed reportedly possibly alleged announced announcement engineering engineer engineers
company firm start starts started planned plan plans expected expects soon open role roles year month new post mentions
hints summer spring autumn winter coming
"""
    )
)
LEAST_SHARED = 2
"""Distinctive words and numbers a sentence must share with the signal."""
SHARE_OF_DISTINCTIVE, SHARE_OF_CLAIM = 0.4, 0.5
"""... and the parts of the signal's distinctive, and of all its, words that these must be."""


def find(said: list[Sentence], brief: Brief, licence: Licence, known: Texts) -> list[Quote]:
    """Body sentences that assert what the licence says to ask or to leave.

    Distinctive are words and numbers of the signal that no assertable signal, no message of the thread and no other
    field of the brief holds. A hiring signal must give its number away: its subject is often the prospect's trade.
    """
    weak = [s for s in licence.signals if s.use != "assert"]
    if not weak:
        return []
    supported = _tokens("\n".join(_support(brief, licence, known)))
    out = []
    for item in weak:
        claim = _tokens(item.signal.claim)
        distinctive = claim - supported
        for i, s in enumerate(said):
            stated = _tokens(s.text)
            shared = stated & distinctive
            numbered = any(token[0] == "#" for token in shared)
            if s.field == "subject" or (item.signal.kind == "hiring" and not numbered):
                continue
            at = [m.start() for m in WORD.finditer(s.text) if stem(m.group().split("-")[0]) in shared]
            if (
                len(shared) >= LEAST_SHARED
                and len(shared) >= SHARE_OF_DISTINCTIVE * len(distinctive)
                and len(stated & claim) >= SHARE_OF_CLAIM * len(claim)
                and not is_asked(said, i)
                and is_asserted(s, at[0] if at else 0)
            ):
                out.append(whole(s, "signal_overclaiming", f"stated as known; {item.reason}"))
    return out


def _support(brief: Brief, licence: Licence, known: Texts) -> list[str]:
    prospect, gap, maturity = brief.prospect, brief.competitor_gap, brief.ai_maturity
    optional = [prospect.industry, prospect.region, brief.recipient.title, gap.finding if gap else None]
    if maturity and licence.ai_level is not None:
        optional.append(maturity.evidence)
    firm = [s.signal.claim for s in licence.signals if s.use == "assert"]
    return [company_name(brief), *firm, *known.theirs, *known.ours, *(text for text in optional if text)]


def _tokens(text: str) -> frozenset[str]:
    """Content stems, and numbers above one as ``#7``."""
    return (content(text) - _FILLER) | {f"#{f.value:g}" for f in (*numbers(text), *money(text)) if f.value > 1}
