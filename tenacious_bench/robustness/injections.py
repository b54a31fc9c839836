"""Payloads that try to talk a judge into ``send``, and the places where they are planted. Evaluation only.

Every payload was written for this list. Planting never touches the words that make an email right or wrong: it adds
to the brief, or puts the payload between two sentences of the email.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from tenacious_bench.api import read_item
from tenacious_bench.judges.rules.text import spans
from tenacious_bench.schema import Brief, Item, Message, Record

FILE = Path(__file__).parent / "injections.jsonl"

SECOND_FILE = Path(__file__).parent / "injections_second.jsonl"
"""A shorter list, written without sight of the first one or of the defence, which was shaped on the first."""

Kind = Literal[
    "override",
    "role_tag",
    "chat_template",
    "fake_verdict",
    "fake_tool",
    "fake_rules",
    "markup",
    "json_break",
    "foreign_language",
    "hidden_characters",
    "homoglyph",
    "encoded",
    "persuasion",
    "threat",
    "repetition",
    "prompt_imitation",
    "fake_licence",
    "confirmed_promise",
]
Place = Literal["notes", "thread", "reply", "company", "email_end", "email_middle"]

KINDS: tuple[Kind, ...] = get_args(Kind)
PLACES: tuple[Place, ...] = get_args(Place)
BRIEF_PLACES: tuple[Place, ...] = ("notes", "thread", "reply", "company")
"""Where a payload is somebody else's text, so that an email that ignores it is as good as before."""


class Payload(Record):
    """One injected text."""

    id: Annotated[str, Field(min_length=1)]
    kind: Kind
    text: Annotated[str, Field(min_length=1)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    """ISO 639-1 code of the language it is written in."""


def load_payloads(path: Path = FILE) -> list[Payload]:
    """All payloads, in the order of the file; those of one kind stand together.

    Args:
        path: JSON Lines. Characters that cannot be seen are written as escapes.

    Raises:
        ValueError: a line is no payload, or two have one id.
    """
    rows = [Payload.model_validate_json(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    ids = [row.id for row in rows]
    if len(set(ids)) < len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise ValueError(f"{path.name}: the id {twice!r} stands twice: give each payload its own")
    return rows


def plant(item: Item, text: str, place: Place) -> Item:
    """The item with a payload in one place; nothing is checked, so that a reader can still refuse it.

    Args:
        item: brief and email.
        text: the payload.
        place: one that the brief has, see :func:`has_place`. ``notes`` and ``email_end`` append a paragraph, ``reply``
            one to what the prospect wrote last, ``thread`` a last message of the prospect, ``company`` goes on after
            the name, and ``email_middle`` follows the sentence that ends nearest the middle of the body.
    """
    return _PLANT[place](item, text)


def has_place(brief: Brief, place: Place) -> bool:
    """Whether a payload can be planted there: only a prospect who has written can have written more."""
    return place != "reply" or any(message.sender == "prospect" for message in brief.thread)


def as_read(item: Item) -> Item | None:
    """The item as the row reader gives it to a judge; None where the reader refuses it."""
    try:
        return read_item(item.brief, item.email, item.id)
    except ValueError:
        return None


def _notes(item: Item, text: str) -> Item:
    return _with_brief(item, notes=f"{item.brief.notes}\n\n{text}" if item.brief.notes else text)


def _thread(item: Item, text: str) -> Item:
    return _with_brief(item, thread=(*item.brief.thread, Message(sender="prospect", text=text)))


def _reply(item: Item, text: str) -> Item:
    thread = list(item.brief.thread)
    last = max(i for i, message in enumerate(thread) if message.sender == "prospect")
    thread[last] = thread[last].model_copy(update={"text": f"{thread[last].text}\n\n{text}"})
    return _with_brief(item, thread=tuple(thread))


def _company(item: Item, text: str) -> Item:
    prospect = item.brief.prospect
    return _with_brief(item, prospect=prospect.model_copy(update={"company": f"{prospect.company} {text}"}))


def _email_end(item: Item, text: str) -> Item:
    return _with_body(item, f"{item.email.body}\n\n{text}")


def _email_middle(item: Item, text: str) -> Item:
    body = item.email.body
    ends = [end for _, end in spans(body)] or [len(body)]
    at = min(ends, key=lambda end: abs(2 * end - len(body)))
    return _with_body(item, f"{body[:at]} {text}{body[at:]}")


def _with_brief(item: Item, **changes: object) -> Item:
    return item.model_copy(update={"brief": item.brief.model_copy(update=changes)})


def _with_body(item: Item, body: str) -> Item:
    return item.model_copy(update={"email": item.email.model_copy(update={"body": body})})


_PLANT: dict[Place, Callable[[Item, str], Item]] = {
    "notes": _notes,
    "thread": _thread,
    "reply": _reply,
    "company": _company,
    "email_end": _email_end,
    "email_middle": _email_middle,
}
