"""Seeded choices for programmatic authoring: forms, people, companies and dates of one partition.

Surface forms are split over the partitions by their index, so that no wording of a held-out email was ever seen
in training: only the task is shared, never the phrase.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tenacious_bench.prompt import day_phrase, number_word
from tenacious_bench.schema import Partition

T = TypeVar("T")

_FOLDER = Path(__file__).parent / "forms"
_SHARES: dict[Partition, tuple[int, ...]] = {"train": (0, 1, 2), "validation": (3,), "held_out": (4,)}


@cache
def library(name: str) -> Any:
    """A form library (``frames``, ``values``, ``claims``, ``threads``, ``world`` or ``measured``) as parsed YAML."""
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def company_names() -> tuple[str, ...]:
    """All company names in a fixed shuffled order; group number n takes the n-th, so no two share one."""
    world = library("world")
    names = [f"{stem} {ending}" for stem in world["stems"] for ending in world["endings"]]
    random.Random(20260421).shuffle(names)
    return tuple(names)


@dataclass(frozen=True)
class Person:
    first: str
    last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


class Draw:
    """All randomness of one contrast group.

    Args:
        partition: whose surface forms may be used.
        number: the group's number over all partitions; decides company and random stream.
        seed: of the whole build.
        voice: 0, or the number of another wording of the same facts (see :meth:`retold`).
    """

    def __init__(self, partition: Partition, number: int, seed: int, voice: int = 0) -> None:
        self.rng = random.Random(f"{seed}-{partition}-{number}")
        self._voice = voice
        self._voice_seed = f"{seed}-{partition}-{number}-voice-{voice}"
        self.partition = partition
        self._residues = _SHARES[partition]
        world = library("world")
        self.company = company_names()[number]
        self.industry: str
        industry = self.rng.choice(world["industries"])
        self.industry = industry["name"]
        self.area, self.area2 = self.rng.sample(industry["areas"], 2)
        region = self.rng.choice(world["regions"])
        self.place = self.rng.choice(region["places"])
        people = [Person(f, n) for f in region["first"] for n in region["last"]]
        self.recipient, self.colleague, self.stranger = self.rng.sample(people, 3)
        self.sender: str = self.rng.choice(world["senders"])
        self.as_of = date(2026, 4, 6) + timedelta(days=self.rng.randrange(25))
        if self.as_of.weekday() >= 5:
            self.as_of -= timedelta(days=2)

    def retold(self) -> Draw:
        """What words a group's emails: itself, or for another voice the same facts with other choices and sender."""
        if self._voice == 0:
            return self
        other = copy.copy(self)
        other.rng = random.Random(self._voice_seed)
        other.sender = other.pick([s for s in library("world")["senders"] if s != self.sender])
        return other

    def form(self, forms: Sequence[T]) -> T:
        """One of this partition's share of ``forms``."""
        return self.rng.choice([f for i, f in enumerate(forms) if i % 5 in self._residues])

    def two_forms(self, forms: Sequence[T]) -> tuple[T, T]:
        """Two different forms of this partition's share."""
        first, second = self.rng.sample([f for i, f in enumerate(forms) if i % 5 in self._residues], 2)
        return first, second

    def pick(self, values: Sequence[T]) -> T:
        """Any of ``values``, whatever the partition (names, numbers, places)."""
        return self.rng.choice(values)

    def facts(self, name: str) -> Any:
        """The named facts (``projects``, ``products``, ...) of this partition; no two partitions share one."""
        if self.partition == "train":
            return library("world" if name == "ai_evidence" else "claims")[name]
        start = 0 if self.partition == "validation" else 1
        found = library("measured")[name]
        return {k: v[start::2] for k, v in found.items()} if isinstance(found, dict) else found[start::2]

    def two(self, values: Sequence[T]) -> tuple[T, T]:
        """Two different values."""
        first, second = self.rng.sample(list(values), 2)
        return first, second

    def days_before(self, low: int, high: int) -> date:
        """A day between ``low`` and ``high`` days before ``as_of``."""
        return self.as_of - timedelta(days=self.rng.randint(low, high))


def weekday_on_or_after(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def month_name(day: date) -> str:
    """``"February"``."""
    return f"{day:%B}"


__all__ = [
    "Draw",
    "Person",
    "company_names",
    "day_phrase",
    "library",
    "month_name",
    "number_word",
    "weekday_on_or_after",
]
