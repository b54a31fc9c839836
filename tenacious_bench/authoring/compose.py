"""Puts one email together from its parts, within the word limits of its kind."""

from __future__ import annotations

from typing import Any

from tenacious_bench.authoring.draw import Draw, library
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import EmailKind, Segment

_OPENING_OF = {
    "roles": "hiring",
    "funding": "funding",
    "layoff": "layoff",
    "leader": "leadership",
    "deadline": "compliance",
    "stack": "stack",
}
_WORDS: dict[EmailKind, int] = {"cold": 120, "warm_reply": 200, "re_engagement": 100}


class Frame:
    """Everything of an email but its core sentence: drawn once per group, so that X and Y share it.

    Args:
        draw: the group's choices.
        stated: per fact type the values that may be asserted under both briefs (see ``make_brief``).
        kind: of the email.
        segment: whose value may be offered beside the core, or None for a neutral email.
        neutral: True to assert no signal at all in the opening.
    """

    def __init__(
        self,
        draw: Draw,
        stated: dict[str, dict[str, str]],
        kind: EmailKind,
        segment: Segment | None = None,
        neutral: bool = False,
    ) -> None:
        self._word(draw, stated, kind, segment, neutral)
        if (other := draw.retold()) is not draw:
            self._word(other, stated, kind, segment, neutral)

    def _word(
        self, draw: Draw, stated: dict[str, dict[str, str]], kind: EmailKind, segment: Segment | None, neutral: bool
    ) -> None:
        frames = library("frames")
        usable = [k for k in stated if k in _OPENING_OF and not neutral]
        fact = draw.pick([*usable, None]) if usable else None
        slot = _OPENING_OF[fact] if fact else "neutral"
        values = {"company": draw.company, "area": draw.area, **(stated[fact] if fact else {})}
        self.kind = kind
        self.greeting: str = draw.form(frames["greetings"]).format(first=draw.recipient.first)
        self.opening: str = draw.form(frames["openings"][slot]).format(**values)
        self.context: str = draw.form(frames["context_line"]).format(area=draw.area)
        self.how: str = draw.form(frames["how_we_work"])
        self.value: str | None = (
            draw.form(library("values")["segment_value"][segment]).format(area=draw.area) if segment else None
        )
        self.ask: str = draw.form(frames["asks"]).format(area=draw.area)
        self.subject: str = draw.form(frames["subjects"][slot]).format(company=draw.company, area=draw.area)
        self.close: str = f"{draw.form(frames['signoffs'])}\n{draw.sender}\n{load_playbook().seller}"
        self._order = draw.rng.random()

    def twins(
        self, core_x: str, core_y: str, *, core_is_ask: bool = False, core_first: bool = False
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Two emails that differ in their core alone: a paragraph, the closing ask, or the opening itself.

        Optional parts (value, how-we-work, context line, in that order of need) are the same in both and chosen
        so that the longer email stays within the limit of its kind.
        """
        fixed = [self.greeting, self.close]
        fixed += [] if core_first else [self.opening]
        fixed += [] if core_is_ask else [self.ask]
        used = sum(len(part.split()) for part in fixed) + max(len(core_x.split()), len(core_y.split()))
        extras: dict[str, str] = {}
        for name, text in (("value", self.value), ("how", self.how), ("context", self.context)):
            if text is not None and used + len(text.split()) <= _WORDS[self.kind]:
                extras[name] = text
                used += len(text.split())
        return (
            self._email(core_x, extras, core_is_ask, core_first),
            self._email(core_y, extras, core_is_ask, core_first),
        )

    def _email(self, core: str, extras: dict[str, str], core_is_ask: bool, core_first: bool) -> dict[str, Any]:
        first = [core if core_first else self.opening, extras.get("context", "")]
        middle = [] if core_first or core_is_ask else [core]
        if "value" in extras:
            middle.insert(0 if self._order < 0.5 else len(middle), extras["value"])
        if "how" in extras:
            middle.insert(0 if self._order < 0.25 else len(middle), extras["how"])
        if self._order < 0.3 or self._order > 0.85:
            middle = [" ".join(middle)]
        paragraphs = [self.greeting, " ".join(p for p in first if p), *middle]
        paragraphs += [core if core_is_ask else self.ask, self.close]
        return {"kind": self.kind, "subject": self.subject, "body": "\n\n".join(p for p in paragraphs if p)}
