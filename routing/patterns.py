"""The small pattern language of the packs, compiled once and matched in one pass over a message's words.

`parse` tells the language; what it cannot read is refused by name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from routing.folding import Words, fold_word

WINDOW = 5
_JOINER = re.compile(r"\s(\+|\.\.)(\d?)\s")
_SLOT = re.compile(r"(?:\$[a-z_]+|#[\d.]+-[\d.]+|[a-z]+\*?|\d+)\Z")
_DOUBLE = re.compile(r"(.)\1+")

Slot = frozenset[str]
Span = tuple[int, int]


class BadPattern(ValueError):
    """A pattern that cannot be read; the text quotes it."""


class Part(msgspec.Struct, frozen=True):
    """Phrases that belong near each other; `gaps[i]` words may stand before phrase i + 1."""

    phrases: tuple[tuple[Slot, ...], ...]
    ordered: bool
    gaps: tuple[int, ...]


class Pattern(msgspec.Struct, frozen=True):
    """One pattern as data: all `parts` must be found."""

    source: str
    parts: tuple[Part, ...]


def parse(source: str, lists: Mapping[str, str]) -> Pattern:
    """Reads one pattern; `lists` are the pack's named words. Raises BadPattern.

    A slot is `word`, `stem*`, `#low-high` (a number) or `$fact` (known of the patient), alternatives joined by `|`;
    `@name` stands for a word list. Slots side by side are a phrase. `a + b`: both within five words, any order;
    `a .. b`: in this order; `a ..1 b`: at most one word between; `a & b`: anywhere in the message.
    """
    return Pattern(source, tuple(_part(part, source, lists) for part in source.split(" & ")))


def _part(text: str, source: str, lists: Mapping[str, str]) -> Part:
    bits = _JOINER.split(text)
    joiners, gaps = set(bits[1::3]), tuple(int(g or WINDOW) for g in bits[2::3])
    if len(joiners) > 1:
        raise BadPattern(f"one kind of joiner in a part: {source!r}")
    phrases = tuple(tuple(_slot(s, source, lists) for s in bit.split()) for bit in bits[::3])
    if not all(phrases):
        raise BadPattern(f"an empty phrase: {source!r}")
    return Part(phrases, ".." in joiners, gaps)


def _slot(text: str, source: str, lists: Mapping[str, str]) -> Slot:
    atoms: set[str] = set()
    for atom in text.split("|"):
        if atom.startswith("@"):
            if atom[1:] not in lists:
                raise BadPattern(f"no word list {atom} in {source!r}")
            atoms |= _slot("|".join(lists[atom[1:]].split()), source, lists)
        elif _SLOT.match(atom):
            atoms.add(atom)
        else:
            raise BadPattern(f"cannot read {atom!r} in {source!r}")
    return frozenset(atoms)


class Lexicon:
    """All patterns of some packs, indexed by their rarest slot."""

    def __init__(self, patterns: Iterable[tuple[int, Pattern]], spelling: Iterable[str] = ()) -> None:
        """`patterns` are (rule number, pattern); `spelling` lists words that are mended within one edit."""
        self._slots: dict[Slot, int] = {}
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._stems: dict[str, list[int]] = defaultdict(list)
        self._ranges: list[tuple[float, float, int]] = []
        self._facts: dict[str, list[int]] = defaultdict(list)
        self._known: dict[str, tuple[int, ...]] = {}
        self._spelling = _neighbours(spelling)
        self._by_anchor: dict[int, list[tuple[int, Pattern, frozenset[int]]]] = defaultdict(list)
        for rule, pattern in patterns:
            self._add(rule, pattern)

    def _add(self, rule: int, pattern: Pattern) -> None:
        slots = {slot for part in pattern.parts for phrase in part.phrases for slot in phrase}
        numbers = frozenset(self._number_of(slot) for slot in slots)
        anchor = min(slots, key=lambda s: (len(s), -max(map(len, s))))
        self._by_anchor[self._slots[anchor]].append((rule, pattern, numbers))

    def _number_of(self, slot: Slot) -> int:
        if slot not in self._slots:
            number = self._slots[slot] = len(self._slots)
            for atom in slot:
                self._index(atom, number)
        return self._slots[slot]

    def _index(self, atom: str, number: int) -> None:
        if atom.startswith("$"):
            self._facts[atom].append(number)
        elif atom.startswith("#"):
            low, _, high = atom[1:].partition("-")
            self._ranges.append((float(low), float(high), number))
        elif atom.endswith("*"):
            self._stems[atom[:-1]].append(number)
        else:
            # what a pack writes is folded like what a patient writes, or it could never meet it
            for word in (atom, *(w for w in fold_word(atom) or () if len(fold_word(atom) or ()) == 1)):
                if number not in self._exact[word]:
                    self._exact[word].append(number)

    def candidates(self, words: Words, facts: Iterable[str]) -> tuple[Positions, list[tuple[int, Pattern]]]:
        """Where each slot stands, and the patterns whose every slot occurs somewhere."""
        at: dict[int, list[int]] = {}
        for place, word in enumerate(words.words):
            for slot in self._known.get(word) or self._learn(word):
                at.setdefault(slot, []).append(place)
        known = {slot for fact in facts for slot in self._facts.get(fact, ())}
        present = at.keys() | known
        found = [
            (rule, pattern)
            for slot in present
            for rule, pattern, needs in self._by_anchor.get(slot, ())
            if needs <= present
        ]
        found.sort(key=lambda pair: pair[0])
        return Positions(self._slots, at, known, words), found

    def _learn(self, word: str) -> tuple[int, ...]:
        slots = self._slots_of(word)
        if not slots and len(word) >= 4 and word.isalpha():
            single = _DOUBLE.sub(r"\1", word)
            slots = self._slots_of(f"{word}g" if word.endswith("in") else single) or self._slots_of(
                self._spelling.get(word) or self._respell(word) or single
            )
        if len(self._known) > 65536:
            self._known.clear()
        self._known[word] = slots
        return slots

    def _slots_of(self, word: str) -> tuple[int, ...]:
        if word.isascii() and word.replace(".", "", 1).isdecimal():
            value = float(word)
            near = [slot for low, high, slot in self._ranges if low <= value <= high]
            return (*near, *self._exact.get(word, ()))
        stems = [slot for cut in range(2, len(word) + 1) for slot in self._stems.get(word[:cut], ())]
        return tuple({*stems, *self._exact.get(word, ())})

    def _respell(self, word: str) -> str:
        if len(word) < 6:
            return ""
        return next((right for cut in _deletes(word) if (right := self._spelling.get(cut))), "")


class Positions(msgspec.Struct, frozen=True):
    """Where the slots of a lexicon stand in one message."""

    numbers: dict[Slot, int]
    at: dict[int, list[int]]
    known: set[int]
    words: Words

    def of(self, slot: Slot) -> list[int]:
        """The places of a slot, ascending."""
        return self.at.get(self.numbers[slot], [])

    def phrase(self, phrase: tuple[Slot, ...]) -> list[Span]:
        """Every place where the slots stand side by side in one sentence."""
        first, *rest = phrase
        spans = []
        for start in self.of(first):
            if all(self._stands(slot, start + 1 + i, start) for i, slot in enumerate(rest)):
                spans.append((start, start + len(phrase)))
        return spans

    def _stands(self, slot: Slot, place: int, start: int) -> bool:
        places = self.of(slot)
        i = bisect_left(places, place)
        if i == len(places) or places[i] != place:
            return False
        return self.words.sentences[place] == self.words.sentences[start]

    def matches(self, part: Part) -> Iterable[tuple[Span, ...]]:
        """Each way a part is found, as the spans of its phrases; a fact alone is an empty tuple."""
        if len(part.phrases) == 1 and len(part.phrases[0]) == 1 and self.numbers[part.phrases[0][0]] in self.known:
            yield ()
        spans = [self.phrase(p) for p in part.phrases]
        if all(spans):
            for first in spans[0]:
                yield from (self._ordered if part.ordered else self._around)(first, spans[1:], part.gaps)

    def _ordered(self, first: Span, rest: list[list[Span]], gaps: tuple[int, ...]) -> Iterable[tuple[Span, ...]]:
        if not rest:
            yield (first,)
            return
        for i in range(bisect_left(rest[0], (first[1], 0)), len(rest[0])):
            span = rest[0][i]
            if span[0] - first[1] > gaps[0]:
                return
            if self._together(first, span):
                yield from ((first, *more) for more in self._ordered(span, rest[1:], gaps[1:]))

    def _around(self, first: Span, rest: list[list[Span]], gaps: tuple[int, ...]) -> Iterable[tuple[Span, ...]]:
        chosen = [first]
        for spans, gap in zip(rest, gaps, strict=True):
            low = bisect_left(spans, (first[0] - gap - 6, 0))
            near = [s for s in spans[low : low + 24] if _between(first, s) <= gap and self._together(first, s)]
            if not near:
                return
            chosen.append(min(near, key=lambda s: _between(first, s)))
        yield tuple(chosen)

    def _together(self, a: Span, b: Span) -> bool:
        return self.words.sentences[a[0]] == self.words.sentences[b[0]]


def _between(a: Span, b: Span) -> int:
    """Words between two spans; overlapping spans are no match, one word cannot be two."""
    if b[0] >= a[1]:
        return b[0] - a[1]
    return a[0] - b[1] if a[0] >= b[1] else 1_000_000


def _neighbours(spelling: Iterable[str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for right in spelling:
        for near in (right, *_deletes(right)):
            table.setdefault(near, right)
    return table


def _deletes(word: str) -> list[str]:
    """The word with one letter left out, first letter kept: two words that share one are one edit apart."""
    return [word[:i] + word[i + 1 :] for i in range(1, len(word))]
