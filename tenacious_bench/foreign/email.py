"""Drafts as other people write them: one text with a subject line, or an object."""

from __future__ import annotations

import re
from typing import Any

from tenacious_bench.foreign.bench import pick
from tenacious_bench.foreign.names import normal
from tenacious_bench.foreign.values import any_text
from tenacious_bench.schema import MAX_TEXT, Email, EmailKind

KIND_WORDS: dict[str, EmailKind] = {
    **dict.fromkeys(("cold", "cold_outreach", "outreach", "initial", "first_touch"), "cold"),
    **dict.fromkeys(("warm_reply", "reply", "warm", "response", "warm_response"), "warm_reply"),
    **dict.fromkeys(("re_engagement", "reengagement", "win_back", "revival"), "re_engagement"),
}

_SUBJECT = re.compile(r"\s*subject:[ \t]*([^\r\n]*)(?:\r?\n[ \t]*)*(.*)", re.IGNORECASE | re.DOTALL)


class EmailReadError(ValueError):
    """A value that is no email: which field, what was found, what to do."""

    def __init__(self, field: str, found: str, remedy: str) -> None:
        super().__init__(f"field {field}: found {found}: {remedy}")
        self.field, self.found, self.remedy = field, found, remedy


def _split(text: str) -> tuple[str, str]:
    match = _SUBJECT.fullmatch(text)
    return (match[1].strip(), match[2]) if match else ("", text)


def _to_kind(value: Any) -> EmailKind | None:
    return KIND_WORDS.get(normal(value)) if isinstance(value, str) else None


def _build(subject: str, body: str, kind: EmailKind) -> Email:
    if not body.strip():
        raise EmailReadError("email", "a subject without a body" if subject else "empty text", "give the email's text")
    if len(subject) + len(body) > MAX_TEXT:
        raise EmailReadError("email", f"{len(subject) + len(body)} characters", f"at most {MAX_TEXT} are read")
    return Email(subject=subject, body=body, kind=kind)


def split_email(value: Any) -> tuple[Email, dict[str, Any], bool]:
    """Read a draft.

    Args:
        value: ``"Subject: ...\\n\\nbody"``, a bare body, or an object with a body under one of the known names.

    Returns:
        The email, the members of the object that have no place in it, and whether its kind was stated.

    Raises:
        EmailReadError: there is no text to judge.
    """
    if isinstance(value, str):
        return _build(*_split(value), "cold"), {}, False
    if not isinstance(value, dict):
        raise EmailReadError("email", type(value).__name__, 'give text or {"subject": "...", "body": "..."}')
    body = pick(value, "body", any_text)
    if body is None:
        raise EmailReadError("email.body", "no text", "give the email's text as body")
    subject = pick(value, "subject", lambda v: v if isinstance(v, str) else None)
    kind: tuple[EmailKind, str] | None = pick(value, "email_kind", _to_kind)
    used = {part[1] for part in (body, subject, kind) if part}
    title, text = (subject[0], body[0]) if subject else _split(body[0])
    rest = {key: item for key, item in value.items() if key not in used}
    return _build(title, text, kind[0] if kind else "cold"), rest, kind is not None


def email_from_value(value: str | dict[str, Any]) -> Email:
    """As :func:`split_email`, the email alone."""
    return split_email(value)[0]
