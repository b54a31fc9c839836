"""Tolerant reading of records that were not written for this package.

``brief_from_context`` takes any JSON object. Values under known names (``names`` holds the tables) become the fields
of a brief; everything else, and known names with unusable values, is kept in ``Brief.extra`` in its old place. No
value is invented: an absent field stays absent, except the two a brief must have, for which the defaults below stand.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tenacious_bench.foreign.brief import DEFAULT_AS_OF, UNKNOWN_COMPANY, brief_from_context
from tenacious_bench.foreign.email import EmailReadError, email_from_value, split_email
from tenacious_bench.foreign.values import plain
from tenacious_bench.schema import Brief, Email

__all__ = [
    "DEFAULT_AS_OF", "UNKNOWN_COMPANY", "EmailReadError", "brief_from_context", "email_from_value", "read_foreign",
]  # fmt: skip


def read_foreign(context: dict[str, Any], email: Any, as_of: date | None = None) -> tuple[Brief, Email]:
    """Brief and email of one foreign record.

    An email that does not state its kind is a reply when the prospect has written in the thread. Members of an email
    object that an :class:`Email` has no place for (``to``, ``cc``) are kept in ``Brief.extra["email"]``.
    """
    brief = brief_from_context(context, as_of)
    draft, rest, stated = split_email(email)
    if not stated and any(m.sender == "prospect" for m in brief.thread):
        draft = draft.model_copy(update={"kind": "warm_reply"})
    if rest:
        brief = brief.model_copy(update={"extra": {**brief.extra, "email": plain(rest)}})
    return brief, draft
