"""Reads packs: rules as data with a version, an author and tests of their own. A broken one is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from routing.folding import Words, fold
from routing.negation import denied, is_denied, long_ago
from routing.patterns import BadPattern, Lexicon, Part, Positions, Span, parse

SHIPPED = ("general_en", "general_es", "dental", "pt")


class BadPack(ValueError):
    """A pack that cannot be used; the text names the pack and the rule."""


class Tests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sentences that a rule must catch and must leave alone."""

    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`any`: patterns, one suffices; `unless`: a hit that touches one of these does not count.

    `level` belongs to red flags, `weight` to reasons and marks.
    """

    id: str
    kind: str
    any: tuple[str, ...]
    level: Literal["E", "U", ""] = ""
    weight: float = 1.0
    unless: tuple[str, ...] = ()
    tests: Tests = Tests()


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pack file as it stands in TOML. `words`: named lists for `@name`; `spelling`: words mended within one edit."""

    name: str
    version: str
    author: str
    rule: tuple[Rule, ...] = ()
    signed_off_by: str = ""
    words: dict[str, str] = {}
    spelling: str = ""


class Hit(msgspec.Struct, frozen=True):
    """A rule that matched: the author's words, and whether they speak of long ago."""

    rule: Rule
    matched: str
    history: bool


def read(text: str, name: str = "pack") -> Pack:
    """A pack from TOML text. Raises BadPack."""
    try:
        return msgspec.toml.decode(text, type=Pack)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadPack(f"{name}: {error}") from None


@cache
def shipped(name: str) -> Pack:
    """A pack of `routing/packs/`. Raises BadPack for a name that does not exist."""
    path = files("routing").joinpath("packs", f"{name}.toml")
    if not name.replace("_", "").isalnum() or not path.is_file():
        raise BadPack(f"{name}: no such pack")
    return read(path.read_text("utf-8"), name)


class Scanner:
    """Packs made ready for scanning; safe to share between threads once built."""

    def __init__(self, packs: tuple[Pack, ...], *, heeds_no: Callable[[str], bool] = lambda kind: True) -> None:
        """`heeds_no` says for which kinds "no" and "years ago" matter: "I never got my bill" is about a bill."""
        self.rules = tuple(rule for pack in packs for rule in pack.rule)
        self._heeds = [heeds_no(rule.kind) for rule in self.rules]
        self._forbidden = {id(rule): frozenset(rule.unless) for rule in self.rules}
        numbered = []
        number = 0
        for pack in packs:
            for rule in pack.rule:
                for source in (*rule.any, *rule.unless):
                    try:
                        numbered.append((number, parse(source, pack.words)))
                    except BadPattern as error:
                        raise BadPack(f"{pack.name}: rule {rule.id}: {error}") from None
                number += 1
        self._lexicon = Lexicon(numbered, [word for pack in packs for word in pack.spelling.split()])

    def hits(self, words: Words, facts: frozenset[str] = frozenset()) -> list[Hit]:
        """The rules that match, in pack order, at most one hit each: a present one before one of long ago."""
        positions, found = self._lexicon.candidates(words, facts)
        if not found:
            return []
        plain = _Reading(positions, frozenset(), frozenset())
        strict = _Reading(positions, denied(words), long_ago(words))
        barred: dict[int, list[Span]] = {}
        for number, pattern in found:
            if pattern.source in self._forbidden[id(self.rules[number])]:
                barred.setdefault(number, []).extend(plain.spans(pattern.parts))
        best: dict[int, Hit] = {}
        for number, pattern in found:
            rule = self.rules[number]
            if pattern.source in self._forbidden[id(rule)] or (number in best and not best[number].history):
                continue
            reading = strict if self._heeds[number] else plain
            read_ = reading.read(pattern.parts, barred.get(number, []))
            if read_ is not None and (number not in best or not read_[1]):
                best[number] = Hit(rule, read_[0], read_[1])
        return [best[number] for number in sorted(best)]


class _Reading(msgspec.Struct, frozen=True):
    """One message under one lexicon: what is denied and what is long ago."""

    positions: Positions
    no: frozenset[int]
    ago: frozenset[int]

    def spans(self, parts: tuple[Part, ...]) -> list[Span]:
        return [
            (min(s[0] for s in spans), max(s[1] for s in spans))
            for part in parts
            for spans in self.positions.matches(part)
            if spans
        ]

    def read(self, parts: tuple[Part, ...], barred: list[Span]) -> tuple[str, bool] | None:
        """The words matched and whether all of them are history; None when a part is missing, denied or barred."""
        said, history = [], False
        for part in parts:
            best: tuple[str, bool] | None = None
            for spans in self.positions.matches(part):
                verdict = self._judge(spans, barred)
                if verdict is not None and (best is None or not verdict[1]):
                    best = verdict
                if best is not None and not best[1]:
                    break
            if best is None:
                return None
            said.append(best[0])
            history |= best[1]
        return " … ".join(word for word in said if word), history

    def _judge(self, spans: tuple[Span, ...], barred: list[Span]) -> tuple[str, bool] | None:
        words = self.positions.words
        if not spans:
            return "", False
        start, end = min(s[0] for s in spans), max(s[1] for s in spans)
        if any(low < end and start < high for low, high in barred) or is_denied(spans, self.no, words):
            return None
        return words.excerpt(start, end), start in self.ago


def failures(pack: Pack) -> list[str]:
    """The pack's own tests that fail, one line each; empty is good. For people who edit a pack."""
    scanner = Scanner((pack,))
    out = []
    for rule in pack.rule:
        for text in rule.tests.hit:
            if not any(h.rule.id == rule.id and not h.history for h in scanner.hits(fold(text))):
                out.append(f"{pack.name}: {rule.id} misses {text!r}")
        for text in rule.tests.miss:
            if any(h.rule.id == rule.id and not h.history for h in scanner.hits(fold(text))):
                out.append(f"{pack.name}: {rule.id} wrongly catches {text!r}")
    return out
