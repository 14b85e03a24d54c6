"""Where a text holds what was looked for: pieces that are hits and pieces that are not, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from patients.words import Term, fold_words

#: A word with the accents that stand behind its letters as signs of their own.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")


class Piece(msgspec.Struct, frozen=True):
    """A stretch of a text and whether it was looked for."""

    text: str
    hit: bool


def pieces(text: str, terms: Iterable[Term], *, beginnings: bool = False) -> tuple[Piece, ...]:
    """The whole text; with `beginnings` each term fits the beginning of a word."""
    return _cut(text, _hits(text, terms, beginnings=beginnings))


def excerpt(text: str, terms: Sequence[Term], length: int) -> tuple[Piece, ...]:
    """About `length` characters on one line around the first hit, with "…" where words were left out."""
    line = " ".join(text.split())
    hits = _hits(line, terms)
    start = _start(line, hits[0][0] - length // 3) if hits and len(line) > length else 0
    end = len(line) if start + length >= len(line) else max(line.rfind(" ", start, start + length), start + length // 2)
    shown = [(first - start, last - start) for first, last in hits if first >= start and last <= end]
    found = _cut(line[start:end].rstrip(), shown)
    lead = (Piece("…", False),) if start else ()
    return (*lead, *found, *((Piece("…", False),) if end < len(line) else ()))


def _start(line: str, wished: int) -> int:
    """A beginning of a word, not far behind the wished place."""
    return line.find(" ", wished) + 1 if wished > 0 else 0


def _hits(text: str, terms: Iterable[Term], *, beginnings: bool = False) -> list[tuple[int, int]]:
    """Places of the words that belong to some term, in order; the words of a phrase only where they stand in a row."""
    words = [(match.span(), "".join(fold_words(match.group()))) for match in _WORD.finditer(text)]
    found: set[tuple[int, int]] = set()
    for term in terms:
        size = len(term.words)
        for place in range(len(words) - size + 1):
            here = words[place : place + size]
            if _fits(term, [word for _, word in here], beginnings=beginnings):
                found.update(span for span, _ in here)
    return sorted(found)


def _fits(term: Term, words: Sequence[str], *, beginnings: bool) -> bool:
    *first, last = words
    ends = last.startswith(term.words[-1]) if term.prefix or beginnings else last == term.words[-1]
    return ends and tuple(first) == term.words[:-1]


def _cut(text: str, hits: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    found, at = list[Piece](), 0
    for start, end in hits:
        found += [Piece(text[at:start], False), Piece(text[start:end], True)]
        at = end
    found.append(Piece(text[at:], False))
    return tuple(piece for piece in found if piece.text)
