"""Words that may never wait: which red flags a message raises, by packs of signed rules. Only raises, never lowers.

Every clinical list needs the sign-off of the practice's clinical lead; a pack names its author and version.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from routing.folding import Words, fold
from routing.own_pack import read_own
from routing.pack import SHIPPED, Hit, Scanner, shipped

__all__ = ["SHIPPED", "Flag", "Level", "PatientFacts", "priority_of", "scan", "scan_words"]

Level = Literal["E", "U", "history"]
_RANK = {"E": 0, "U": 1, "history": 2}


class PatientFacts(msgspec.Struct, frozen=True):
    """What the record already knows; `age_years` may be a fraction. None and False mean not known."""

    age_years: float | None = None
    pregnant: bool = False
    post_op_days: float | None = None
    recent_discharge: bool = False
    anticoagulant: bool = False
    chemotherapy: bool = False


class Flag(msgspec.Struct, frozen=True):
    """`level`: E emergent (P0), U urgent (P1), history told of long ago (P2). `matched`: the author's own words.

    `matched` is patient text: for screens of people who may see clinical words, never for logs.
    """

    kind: str
    level: Level
    matched: str
    rule: str


def scan(
    text: str, *, packs: tuple[str, ...] = SHIPPED, patient: PatientFacts | None = None, own: str = ""
) -> tuple[Flag, ...]:
    """The red flags of a message, most urgent first, one per kind. Any string is accepted. `own`: the text of the
    clinic's own pack, read beside the others. Raises BadPack."""
    return scan_words(fold(text), packs=packs, patient=patient, own=own)


def scan_words(
    words: Words, *, packs: tuple[str, ...] = SHIPPED, patient: PatientFacts | None = None, own: str = ""
) -> tuple[Flag, ...]:
    """The same over words already folded."""
    best: dict[str, Flag] = {}
    for hit in _scanner(packs, own).hits(words, facts_of(patient)):
        flag = _flag(hit)
        if flag.kind not in best or _RANK[flag.level] < _RANK[best[flag.kind].level]:
            best[flag.kind] = flag
    return tuple(sorted(best.values(), key=lambda f: _RANK[f.level]))


def priority_of(level: Level) -> int:
    """E is P0, U is P1, history is P2: shown, never nothing."""
    return _RANK[level]


def facts_of(patient: PatientFacts | None) -> frozenset[str]:
    """The record's facts as the packs name them: $infant (under three months), $pregnant, $postop (within 7 days)…"""
    if patient is None:
        return frozenset()
    named = {
        "$infant": patient.age_years is not None and patient.age_years < 0.25,
        "$pregnant": patient.pregnant,
        "$postop": patient.post_op_days is not None and 0 <= patient.post_op_days <= 7,
        "$discharged": patient.recent_discharge,
        "$anticoagulant": patient.anticoagulant,
        "$chemotherapy": patient.chemotherapy,
    }
    return frozenset(name for name, holds in named.items() if holds)


def _flag(hit: Hit) -> Flag:
    level: Level = "history" if hit.history else "E" if hit.rule.level == "E" else "U"
    return Flag(kind=hit.rule.kind, level=level, matched=hit.matched, rule=hit.rule.id)


@lru_cache(maxsize=8)
def _scanner(packs: tuple[str, ...], own: str) -> Scanner:
    return Scanner((*(shipped(name) for name in packs), *((read_own(own),) if own else ())))
