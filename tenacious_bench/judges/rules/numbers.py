"""Numbers, percentages, sums of money and rounds of funding, in digits and in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tenacious_bench.judges.rules.patterns import word_list

_UNITS = word_list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = word_list("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = word_list("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
_WORDS = {
    **{w: i for i, w in enumerate(_UNITS)},
    **{w: 10 * i for i, w in enumerate(_TENS, 2)},
    "dozen": 12,
    "hundred": 100,
    "both": 2,
    "pair": 2,
    "couple": 2,
}
_COMPOUND = {f"{t} {u}": 10 * i + j for i, t in enumerate(_TENS, 2) for j, u in enumerate(_UNITS[1:10], 1)}

_PLAIN = sorted((w for w in _WORDS if w not in ("both", "pair", "couple", "dozen")), key=len, reverse=True)
NUMBER = (
    rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}(?!\d)|\d{{1,9}}(?!\d)|(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(_UNITS[1:10])})"
    rf"|{'|'.join(_PLAIN)})"
)
"""Regular expression (no groups) of one whole number."""
ORDINAL = "(?:" + "|".join(_ORDINALS) + ")"

_NUMBER = re.compile(rf"(?<![\w.,$€£-]){NUMBER}(?![\w%]|[.,]\d)", re.IGNORECASE)
_PERCENT = re.compile(rf"(?<![\w.,])(\d+(?:\.\d+)?|{NUMBER})\s?(?:%|per ?cent\b)", re.IGNORECASE)
_MONEY = re.compile(
    r"(?:(?P<sign>[$€£₹¥]|(?:USD|EUR|GBP|CHF|INR|JPY)\s?)\s?)?(?<![\d.,])(?P<value>\d+(?:[.,]\d+)*)\s?"
    r"(?P<unit>bn|billion|m|mn|million|k|thousand|crore|lakh)?(?![\w%])",
    re.IGNORECASE,
)
_MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DATE = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|\b{_MONTHS} \d{{1,2}}\b(?!%)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS}\b(?: 20\d\d\b)?|\b20\d\d\b"
)
_MILLIONS = ("bn", "billion", "m", "mn", "million", "crore")
_SCALE = {"b": 1e9, "m": 1e6, "k": 1e3, "t": 1e3, "c": 1e7, "l": 1e5}
_ROUND = re.compile(
    r"\bseries[\s-]([a-g])\b|\b(pre-?seed|seed)[\s-](?:round|funding|raise|money|financing)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it stands."""

    start: int
    end: int
    value: float


def to_int(text: str) -> int:
    """``"Seven"``, ``"seven"``, ``"7"``, ``"twenty-two"``, ``"fifth"``, ``"a"`` -> int.

    Raises:
        ValueError: not a number this module knows.
    """
    key = " ".join(text.casefold().replace("-", " ").split())
    if key in ("a", "an"):
        return 1
    if key in _WORDS:
        return _WORDS[key]
    if key in _COMPOUND:
        return _COMPOUND[key]
    if key in _ORDINALS:
        return _ORDINALS.index(key) + 1
    return int(key.replace(",", ""))


@lru_cache(maxsize=1024)
def numbers(text: str) -> tuple[Found, ...]:
    """Whole numbers; percentages, decimals, sums of money and the digits of dates are left out."""
    plain = _DATE.sub(lambda m: "_" * len(m.group()), text)
    return tuple(Found(m.start(), m.end(), to_int(m.group())) for m in _NUMBER.finditer(plain) if len(m.group()) < 16)


@lru_cache(maxsize=1024)
def percents(text: str) -> tuple[Found, ...]:
    return tuple(
        Found(m.start(), m.end(), float(m[1]) if m[1][0].isdigit() and "," not in m[1] else to_int(m[1]))
        for m in _PERCENT.finditer(text)
        if len(m[1]) < 16
    )


@lru_cache(maxsize=1024)
def money(text: str) -> tuple[Found, ...]:
    """Sums of money of any currency: a currency sign, or a scale such as ``million``, must stand there."""
    out = []
    for m in _MONEY.finditer(text):
        grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+", m["value"])
        digits = m["value"].replace(",", "" if grouped else ".")
        unit = (m["unit"] or "").casefold()
        if (m["sign"] or unit in _MILLIONS) and digits.count(".") < 2 and len(digits) < 16:
            out.append(Found(m.start(), m.end(), round(float(digits) * _SCALE.get(unit[:1], 1), 2)))
    return tuple(out)


@lru_cache(maxsize=1024)
def rounds(text: str) -> tuple[tuple[int, int, str], ...]:
    """Rounds of funding: start, end, ``"a"`` to ``"g"`` or ``"seed"``."""
    return tuple((m.start(), m.end(), (m[1] or m[2]).casefold().replace("-", "")) for m in _ROUND.finditer(text))
