"""Loose values to typed ones. Every function gives None for what it cannot use, and never raises."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from tenacious_bench.foreign.names import normal
from tenacious_bench.schema import MAX_TEXT, SEGMENTS, Confidence, Segment, SignalKind

MAX_DEPTH = 24
"""Objects nested deeper than this are kept as ``key=value`` lines."""
MAX_COUNT = 10**9
"""Larger counts are taken for something else."""

NOTHING = frozenset({"", "none", "no", "n_a", "na", "null", "nil", "false", "unknown", "not_available", "tbd"})

CONFIDENCE_WORDS: dict[str, Confidence] = {
    "high": "high", "strong": "high", "confirmed": "high", "verified": "high", "very_high": "high",
    "medium": "medium", "med": "medium", "moderate": "medium",
    "low": "low", "weak": "low", "unverified": "low", "rumor": "low", "rumour": "low", "very_low": "low",
}  # fmt: skip
SHARE_OF: dict[Confidence, float] = {"high": 0.9, "medium": 0.7, "low": 0.4}
"""The number a confidence word stands for where a number is needed."""
SEGMENT_NUMBERS: dict[int, Segment] = {
    1: "growth_startup", 2: "restructuring", 3: "mature_enterprise", 4: "ai_transformation",
}  # fmt: skip
SEGMENT_WORDS: dict[Segment, str] = {
    "growth_startup": r"growth|startup|start_up|scale_?up|funded|series_[ab]",
    "restructuring": r"restructur\w*|cost|layoffs?|downsiz\w*",
    "mature_enterprise": r"mature|enterprise|leadership|new_leader",
    "ai_transformation": r"ai|capability|ai_transformation",
}
MATURITY_WORDS: dict[str, int] = {
    "absent": 0, "none_yet": 0, "low": 1, "emerging": 1, "early": 1, "nascent": 1, "basic": 1, "beginner": 1,
    "medium": 2, "intermediate": 2, "moderate": 2, "developing": 2,
    "high": 3, "advanced": 3, "mature": 3, "leading": 3,
}  # fmt: skip
KIND_WORDS: dict[SignalKind, str] = {
    "funding": r"fund\w*|rais\w+|series [a-e]|seed|invest\w*|financing",
    "layoff": r"lay-?offs?|laid off|job cuts?|redundanc\w+|restructur\w*|workforce reduction",
    "leadership": r"leadership|new (?:cto|ceo|vp)|appoint\w*|executive change",
    "hiring": r"hir\w+|job posts?|job postings?|open roles?|vacanc\w+|recruit\w*|job velocity",
    "ai": r"ai|ml|machine learning",
    "compliance": r"complian\w+|soc ?2|gdpr|hipaa|audit\w*|regulat\w+",
    "stack": r"stack|technolog\w+|migrat\w+",
    "news": r"news|press|media",
}


def plain(value: Any, depth: int = 0) -> Any:
    """Any value as a shallow JSON tree: text keys, finite numbers, well-formed text, at most MAX_DEPTH levels."""
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if depth >= MAX_DEPTH and value:
            return _as_lines(value)
        if isinstance(value, Mapping):
            return {_text(k): plain(v, depth + 1) for k, v in value.items()}
        return [plain(v, depth + 1) for v in value]
    return _leaf(value)


def _leaf(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > 1000:
        return hex(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _text(value)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else value.isoformat() if isinstance(value, date) else str(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _as_lines(value: Any) -> list[str]:
    """The leaves of a tree of any depth as ``key=value``, without recursion."""
    lines: list[str] = []
    todo: list[tuple[str, Any]] = [("", value)]
    while todo:
        key, node = todo.pop()
        if isinstance(node, Mapping) and node:
            todo += [(_text(k), v) for k, v in reversed(list(node.items()))]
        elif isinstance(node, list | tuple | set | frozenset) and node:
            todo += [(key, v) for v in reversed(list(node))]
        else:
            lines.append(f"{key}={_leaf(node)}")
    return lines


def any_text(value: Any) -> str | None:
    """Text that is not blank and not over-long: what somebody said, whatever it says."""
    return value if isinstance(value, str) and value.strip() and len(value) <= MAX_TEXT else None


def to_text(value: Any) -> str | None:
    """As :func:`any_text`, but not a word for nothing (``"None"``, ``"N/A"``)."""
    text = any_text(value)
    return None if text is None or (len(text) < 20 and normal(text) in NOTHING) else text


def to_name(value: Any) -> str | None:
    """Text short enough to be the name of a company or a person."""
    text = to_text(value)
    return text if text is not None and len(text) <= 500 else None


def to_count(value: Any) -> int | None:
    """``7``, ``7.0``, ``"1,200"``, ``"46 people"`` -> a count; ranges and guesses -> None."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d{1,9}|\d{1,3}(?:,\d{3})+)(?: (?:people|employees|engineers))?\s*", value, re.ASCII)
        value = int(match[1].replace(",", "")) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value) if 0 <= value <= MAX_COUNT else None


def to_share(value: Any) -> float | None:
    """A probability from ``0.86``, ``86``, ``"86%"`` or a confidence word."""
    if isinstance(value, str):
        word = CONFIDENCE_WORDS.get(normal(value))
        if word:
            return SHARE_OF[word]
        match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s*(%?)\s*", value, re.ASCII)
        if not match:
            return None
        value = float(match[1]) / (100 if match[2] else 1)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return float(value) if value <= 1 else value / 100


def to_confidence(value: Any) -> Confidence | None:
    """A confidence word; a number counts as high from 0.8, medium from 0.5."""
    if isinstance(value, str) and (word := CONFIDENCE_WORDS.get(normal(value))):
        return word
    share = to_share(value)
    return None if share is None else "high" if share >= 0.8 else "medium" if share >= 0.5 else "low"


def to_date(value: Any) -> date | None:
    """The day of an ISO date or date and time."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d(?:[T ]|$)", value, re.ASCII):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None


def to_segment(value: Any) -> Segment | None:
    """A segment from its number, its name, or words that point to exactly one."""
    if isinstance(value, str):
        word = normal(value)
        if exact := [s for s in SEGMENTS if s == word]:
            return exact[0]
        if match := re.match(r"(?:segment_)?([1-4])(?:_|$)", word):
            return SEGMENT_NUMBERS[int(match[1])]
        hits = [s for s, pattern in SEGMENT_WORDS.items() if re.search(rf"(?:^|_)(?:{pattern})(?:_|$)", word)]
        return hits[0] if len(hits) == 1 else None
    number = to_count(value)
    return SEGMENT_NUMBERS.get(number) if number is not None else None


def to_maturity(value: Any) -> int | None:
    """0 to 3, from a number, ``"level 2"``, ``"2/3"`` or a word."""
    if isinstance(value, str):
        match = re.fullmatch(r"(?:level_|score_)?([0-3])(?:_3|_of_3)?", normal(value))
        return int(match[1]) if match else MATURITY_WORDS.get(normal(value))
    number = to_count(value)
    return number if number is not None and number <= 3 else None


def to_kind(*texts: str) -> SignalKind | None:
    """The first signal kind that any of the texts names, looked up text by text."""
    for text in texts:
        words = re.sub(r"[\W_]+", " ", text.lower())
        for kind, pattern in KIND_WORDS.items():
            if re.search(rf"\b(?:{pattern})\b", words):
                return kind
    return None


def money(amount: Any, currency: str | None = None) -> str | None:
    """``9000000`` -> ``"$9M"``; text stays as it is."""
    if isinstance(amount, str):
        return to_text(amount)
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount <= 0:
        return None
    unit = "$" if currency is None or currency.upper() == "USD" else f"{currency} "
    whole = amount >= 1e5 and amount % 1e5 == 0 and amount < 1e12
    return f"{unit}{amount / 1e6:g}M" if whole else f"{unit}{amount}"
