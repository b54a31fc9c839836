"""Threads under many shapes, and the ``Company: X | Bench python=7`` texts that stand in for a brief."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from tenacious_bench.foreign.bench import pick
from tenacious_bench.foreign.findings import Path
from tenacious_bench.foreign.names import normal
from tenacious_bench.foreign.values import any_text, plain, to_name
from tenacious_bench.schema import Message, OtherThread, Recipient

Sender = Literal["us", "prospect"]

SENDERS: dict[str, Sender] = {
    **dict.fromkeys(
        ("prospect", "user", "customer", "client", "lead", "buyer", "contact", "recipient", "human", "them", "inbound"),
        "prospect",
    ),
    **dict.fromkeys(
        ("us", "we", "me", "assistant", "agent", "ai", "bot", "model", "seller", "sales", "sdr", "rep", "outbound"),
        "us",
    ),
}
MAX_JSON_BLOCKS = 20

_SPEAKER = re.compile(r"\s*([A-Za-z]{2,12})\s*:\s*(\S.*)", re.DOTALL)
_BLOCK = re.compile(r"^[ \t]*([A-Za-z][\w /-]{0,40})(?::[ \t]*(?:\n[ \t]*)?|[ \t]*\n[ \t]*)(?=\{)", re.MULTILINE)
_LINE = re.compile(r"\s*([A-Za-z][\w /-]{0,40}?)\s*[:=]\s*(\S.*)")
_BENCH = re.compile(r"\s*bench(?:[a-z ]{0,20}?)[\s:]+([^\s:].*)", re.IGNORECASE)


def to_sender(value: Any) -> Sender | None:
    """Who speaks, from the role words in use."""
    return SENDERS.get(normal(value)) if isinstance(value, str) else None


def _spoken(text: str) -> Message | None:
    match = _SPEAKER.fullmatch(text)
    sender = to_sender(match[1]) if match else None
    return Message(sender=sender, text=match[2]) if match and sender else None


def read_thread(value: Any, path: Path) -> tuple[tuple[Message, ...], set[Path]]:
    """The messages in ``value``, in order, and the paths that were used.

    Text without a speaker is the prospect's. A message whose sender is no known word is left out (and so kept as an
    unknown field).
    """
    messages: list[Message] = []
    used: set[Path] = set()
    if isinstance(value, dict):
        if inner := pick(value, "messages", lambda v: v if isinstance(v, list) else None):
            return read_thread(inner[0], (*path, inner[1]))
        return read_message(value, path)
    if isinstance(value, list):
        for i, item in enumerate(value):
            more, paths = read_message(item, (*path, i))
            messages += more
            used |= paths
        return tuple(messages), used
    text = any_text(value)
    if text is None:
        return (), set()
    spoken = [_spoken(line) for line in text.splitlines() if line.strip()]
    complete = [m for m in spoken if m is not None]
    if len(complete) == len(spoken):
        return tuple(complete), {path}
    return (Message(sender="prospect", text=text),), {path}


def read_message(item: Any, path: Path) -> tuple[tuple[Message, ...], set[Path]]:
    """One message, as an object or as text; empty when it is neither."""
    if isinstance(item, dict):
        sender: tuple[Sender, str] | None = pick(item, "sender", to_sender)
        text = pick(item, "message", any_text)
        if sender and text:
            return (Message(sender=sender[0], text=text[0]),), {(*path, sender[1]), (*path, text[1])}
    elif text_only := any_text(item):
        return (_spoken(text_only) or Message(sender="prospect", text=text_only),), {path}
    return (), set()


def read_other_threads(value: Any, path: Path) -> tuple[tuple[OtherThread, ...], set[Path]]:
    """Conversations with other people, and the paths that were used."""
    threads: list[OtherThread] = []
    used: set[Path] = set()
    for i, item in enumerate(value if isinstance(value, list) else []):
        here = (*path, i)
        inner = pick(item, "messages", lambda v: v if isinstance(v, list) else None) if isinstance(item, dict) else None
        if inner is None:
            continue
        messages, paths = read_thread(inner[0], (*here, inner[1]))
        person = pick(item, "person", lambda v: v if isinstance(v, dict) or to_name(v) else None)
        who = Recipient()
        if person and isinstance(person[0], dict):
            known = {k: v for k, v in person[0].items() if k in ("name", "title") and to_name(v)}
            who = Recipient.model_validate(known)
            paths |= {(*here, person[1], key) for key in known}
        elif person:
            who = Recipient(name=person[0])
            paths.add((*here, person[1]))
        if messages:
            threads.append(OtherThread(recipient=who, messages=messages))
            used |= paths
    return tuple(threads), used


def _is_sentence(text: str) -> bool:
    return "?" in text or (text.rstrip()[-1:] in ".!" and len(text.split()) >= 5)


def parse_text(text: str) -> dict[str, Any]:
    """A text as the object it stands for: labelled JSON blocks, ``Label: value`` parts, spoken lines.

    Parts end at a line break or ``|``. The first of two parts with one label counts.
    """
    tree: dict[str, Any] = {}
    rest, position = [], 0
    for count, block in enumerate(_BLOCK.finditer(text)):
        if block.start() < position or count >= MAX_JSON_BLOCKS:
            continue
        try:
            value, end = json.JSONDecoder().raw_decode(text, block.end())
        except (ValueError, RecursionError):
            continue
        tree.setdefault(block[1].strip(), plain(value))
        rest.append(text[position : block.start()])
        position = end
    spoken: list[dict[str, str]] = []
    for part in re.split(r"[|\n]", "\n".join([*rest, text[position:]])):
        if "=" in part and (bench := _BENCH.fullmatch(part)):
            tree.setdefault("bench", bench[1])
        elif line := _LINE.fullmatch(part):
            sender = to_sender(line[1])
            if sender == "us" or (sender and _is_sentence(line[2])):
                spoken.append({"sender": sender, "text": line[2]})
            else:
                tree.setdefault(line[1], line[2].rstrip())
    if spoken:
        tree.setdefault("messages", spoken)
    return tree
