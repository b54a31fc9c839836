"""Mentions of days and months in running text, resolved against the day the email would leave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from tenacious_bench.judges.rules.numbers import NUMBER, to_int
from tenacious_bench.judges.rules.patterns import word_list

_MONTHS = word_list("January February March April May June July August September October November December")
_DAYS = word_list("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_SHORT = {m[:3].casefold(): i for i, m in enumerate(_MONTHS, 1)}
_MONTH = "(?:" + "|".join(f"{m}|{m[:3]}" for m in _MONTHS) + "|Sept)"
_DAY = "(?:" + "|".join(_DAYS) + ")"
_UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30}

_MENTION = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d{{2}}-\d{{2}}\b)"
    rf"|\b(?:{_DAY},?\s+)?(?:the\s+)?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<m1>{_MONTH})\b\.?(?:,?\s+(?P<y1>20\d\d)\b)?"
    rf"|\b(?:{_DAY},?\s+)?(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![\d%])(?:,?\s+(?P<y2>20\d\d)\b)?"
    rf"|\b(?P<m3>{_MONTH})\b(?:\s+(?P<y3>20\d\d)\b)?"
    rf"|\b(?i:(?P<when>next|this|coming|on|from|by)\s+)(?P<weekday>{_DAY})\b(?!,?\s+(?:the\s+)?(?:\d|{_MONTH}\b))"
    rf"|\b(?i:(?P<far>next|this|last)\s+(?P<unit>week|month))\b"
    rf"|\b(?i:(?P<word>today|tomorrow|yesterday))\b"
    rf"|\b(?i:(?:(?P<ahead>in|within)\s+)(?:about\s+)?(?P<n>{NUMBER}|an?)\s+(?P<unit2>day|week|fortnight|month)s?)\b"
    rf"|\b(?i:(?P<n2>{NUMBER}|an?)\s+(?P<unit3>day|week|fortnight|month)s?\s+ago)\b"
)
_MAY_IS_MONTH = re.compile(
    r"\b(?:in|by|since|until|till|of|from|last|this|next|before|after|early|late|mid|through|to)[\s-]$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A day (``first == last``), a month or a looser span, and where it stands."""

    start: int
    end: int
    first: date
    last: date
    kind: Literal["day", "month", "relative"]


def make_date(year: int, month: int, day: int) -> date | None:
    """A date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shift(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _nearest(as_of: date, month: int, day: int, year: str | None) -> date | None:
    if year:
        return make_date(int(year), month, day)
    options = [d for y in (-1, 0, 1) if (d := make_date(as_of.year + y, month, day)) is not None]
    return min(options, key=lambda d: abs((d - as_of).days), default=None)


def _month_span(as_of: date, month: int, year: str | None) -> tuple[date, date] | None:
    middle = _nearest(as_of, month, 15, year)
    if middle is None:
        return None
    first = middle.replace(day=1)
    return first, _shift(_shift(first, 31).replace(day=1), -1)


def _days(number: str, unit: int) -> int:
    """A length in days; digits beyond any calendar are cut off."""
    return 9999 if number.isdigit() and len(number) > 4 else to_int(number) * unit


def _relative(m: re.Match[str], as_of: date) -> tuple[date, date] | None:
    monday = _shift(as_of, -as_of.weekday())
    if m["weekday"]:
        target = _DAYS.index(m["weekday"])
        day = _shift(as_of, (target - as_of.weekday() - 1) % 7 + 1)
        return (day, _shift(day, 7)) if m["when"].casefold() == "next" else (day, day)
    if m["word"]:
        day = _shift(as_of, {"today": 0, "tomorrow": 1, "yesterday": -1}[m["word"].casefold()])
        return day, day
    if m["far"]:
        step = {"next": 1, "this": 0, "last": -1}[m["far"].casefold()]
        if m["unit"].casefold() == "week":
            return _shift(monday, 7 * step), _shift(monday, 7 * step + 6)
        month = (as_of.month - 1 + step) % 12 + 1
        return _month_span(_shift(as_of.replace(day=15), 30 * step), month, None)
    if m["ahead"]:
        days = _days(m["n"], _UNIT_DAYS[m["unit2"].casefold()])
        return (
            as_of if m["ahead"].casefold() == "within" else _shift(as_of, days - 1),
            _shift(as_of, days + days // 15),
        )
    unit = _UNIT_DAYS[m["unit3"].casefold()]
    days = _days(m["n2"], unit)
    return _shift(as_of, -days - unit // 2 - 1), _shift(as_of, -days + unit // 2 + 1)


@lru_cache(maxsize=1024)
def mentions(text: str, as_of: date) -> tuple[Mention, ...]:
    """All mentions of days and months. A date without a year means the one nearest to ``as_of``.

    ``May`` alone counts only after a word such as *in* or *by*; a weekday alone only after *on*, *next* and the like.
    """
    out = []
    for m in _MENTION.finditer(text):
        span: tuple[date, date] | None
        kind: Literal["day", "month", "relative"] = "day"
        if m["iso"]:
            day = make_date(*(int(part) for part in m["iso"].split("-")))
            span = (day, day) if day else None
        elif m["m1"] or m["m2"]:
            month = _SHORT[(m["m1"] or m["m2"])[:3].casefold()]
            day = _nearest(as_of, month, int(m["d1"] or m["d2"]), m["y1"] or m["y2"])
            span = (day, day) if day else None
        elif m["m3"]:
            if m["m3"] == "May" and not m["y3"] and not _MAY_IS_MONTH.search(text, max(0, m.start() - 8), m.start()):
                continue
            kind, span = "month", _month_span(as_of, _SHORT[m["m3"][:3].casefold()], m["y3"])
        else:
            kind, span = "relative", _relative(m, as_of)
        if span:
            out.append(Mention(m.start(), m.end(), span[0], span[1], kind))
    return tuple(out)
