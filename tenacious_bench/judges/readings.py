"""The briefs that a reward is read under: the brief as it stands, and without what unknown hands wrote into it.

A reward moves with every line of the prompt, and so with lines that nobody should obey. In the cascade the lower of
the two readings counts: what the second leaves out can lower it and not raise it. Left out are notes, what came along
with a prospect's message, what goes on after the company's name, and messages that nobody waited for: a prospect's in
the brief of a cold email, and a further one straight after one of theirs. The last two may be genuine; they count in
the first reading. A message that answers one of ours counts in both, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tenacious_bench.judges.rules.facts import company_name, split_message
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Brief, EmailKind, Item, Message


def readings(item: Item, playbook: Playbook) -> tuple[Item, ...]:
    """The item as it stands; where its brief holds text of unknown hands, the item without that text follows."""
    brief = without_planted(item.brief, playbook)
    brief = brief.model_copy(update={"thread": _awaited(brief.thread, item.email.kind)})
    return (item,) if brief == item.brief else (item, item.model_copy(update={"brief": brief}))


def without_planted(brief: Brief, playbook: Playbook) -> Brief:
    """The brief without notes, without what came along with a prospect's message, and with the company's bare name.

    Args:
        brief: what is known of the prospect.
        playbook: knows the marks of automatic text.
    """
    prospect = brief.prospect
    thread = (_typed(message, playbook, brief.recipient.name) for message in brief.thread)
    return brief.model_copy(
        update={
            "notes": None,
            "thread": tuple(message for message in thread if message.text),
            "prospect": prospect.model_copy(update={"company": company_name(brief) or prospect.company}),
        }
    )


def _awaited(thread: Sequence[Message], kind: EmailKind) -> tuple[Message, ...]:
    """The thread without messages of the prospect that nobody waited for."""
    before = (None, *(message.sender for message in thread))
    return tuple(
        message
        for message, last in zip(thread, before, strict=False)
        if message.sender == "us" or (kind != "cold" and last != "prospect")
    )


def _typed(message: Message, playbook: Playbook, name: str | None) -> Message:
    """A message as far as its sender typed it; one without anything planted stays as it is, to the letter."""
    typed, planted = split_message(message.text, playbook, name)
    if message.sender == "us" or not planted:
        return message
    return message.model_copy(update={"text": typed.strip()})
