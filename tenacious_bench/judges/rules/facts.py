"""The texts of a brief by how far they may be trusted: public, said by the prospect, planted, private.

A prospect's message is theirs only in its plain part. A footer, a bracketed or commented block and text that marks
itself as automatic are *planted*: nobody we talk to typed them. So are notes, as a whole, and what goes on after a
company's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tenacious_bench.playbook import Playbook, any_pattern
from tenacious_bench.schema import Brief

_RULE = re.compile(r"^[ \t]*(?:[_\-=*~]{2,}|-- )[ \t]*$", re.MULTILINE)
_BLOCK = re.compile(r"<!--.{0,2000}?-->|\[[^\[\]]{12,2000}\]|\{[^{}]{12,2000}\}|<[^<>]{3,400}>", re.DOTALL)
_PARAGRAPH = re.compile(r"\n\s*\n")
_LONGEST_NAME = 60
"""Characters of a company's name, on one line; what goes on after them is planted."""


@dataclass(frozen=True)
class Texts:
    """Texts of one brief, each a tuple of strings."""

    record: tuple[str, ...]
    """Company, recipient, signals, evidence, gap and unknown fields: what the brief states itself."""
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    planted: tuple[str, ...]
    private: tuple[str, ...]

    @property
    def genuine(self) -> str:
        """Everything an email may build on."""
        return "\n".join((*self.record, *self.ours, *self.theirs))


def leaves(value: Any) -> Iterator[str]:
    """The strings and numbers of any nested value, keys left out."""
    pending, seen = [value], set()
    while pending:
        item = pending.pop()
        if isinstance(item, dict | list | tuple | set):
            if id(item) not in seen:
                seen.add(id(item))
                pending.extend(item.values() if isinstance(item, dict) else item)
        elif item is not None:
            yield str(item)


def split_message(text: str, playbook: Playbook, name: str | None = None) -> tuple[str, str]:
    """A prospect's message as (what they typed, what came along with it)."""
    marks = any_pattern(playbook.automation_marks)
    planted: list[str] = []
    typed: list[str] = []
    rule = _RULE.search(text)
    if rule:
        planted.append(text[rule.start() :])
        text = text[: rule.start()]
    signed = False
    for number, paragraph in enumerate(_PARAGRAPH.split(text)):
        if signed or (number > 0 and marks.search(paragraph)):
            planted.append(paragraph)
            continue
        planted += [m.group() for m in _BLOCK.finditer(paragraph)]
        typed.append(_BLOCK.sub(" ", paragraph))
        last = paragraph.strip().splitlines()[-1:] if number else []
        signed = bool(name and last and last[0].strip(" ,.-").casefold() in _signatures(name))
    return "\n\n".join(typed), "\n".join(planted)


def _signatures(name: str) -> set[str]:
    parts = name.casefold().split()
    return {name.casefold(), *parts[:1], *parts[-1:]}


def company_name(brief: Brief) -> str:
    """The prospect's name, without what somebody wrote on after it."""
    return brief.prospect.company.strip().split("\n", 1)[0][:_LONGEST_NAME].strip()


def texts(brief: Brief, playbook: Playbook) -> Texts:
    """Sort the texts of a brief."""
    who, gap, ai = brief.recipient, brief.competitor_gap, brief.ai_maturity
    prospect = brief.prospect
    name = company_name(brief)
    beyond = prospect.company.strip().removeprefix(name)
    record = [name, prospect.industry, prospect.region, who.name, who.title]
    record += [str(prospect.headcount) if prospect.headcount is not None else None]
    record += [part for s in brief.signals for part in (s.claim, s.source)]
    record += [gap.finding if gap else None, f"{gap.peers} peers" if gap and gap.peers is not None else None]
    record += [ai.evidence if ai else None, *leaves(brief.extra)]
    said = [split_message(m.text, playbook, who.name) for m in brief.thread if m.sender == "prospect"]
    return Texts(
        record=tuple(t for t in record if t),
        ours=tuple(m.text for m in brief.thread if m.sender == "us"),
        theirs=tuple(typed for typed, _ in said if typed),
        planted=tuple(t for t in (brief.notes, beyond, *(extra for _, extra in said)) if t),
        private=tuple(m.text for other in brief.other_threads for m in other.messages),
    )
