"""What a text would tell a stranger who reads over a patient's shoulder: identifiers, results, diagnoses, treatments.

Offline and pure; the words are data (`disclosure.toml`), in English and Spanish. It knows words, not meanings: "no
cancer" discloses as much as "cancer", so a negation changes nothing.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

Level = Literal["allow", "warn", "secure"]
_ORDER: tuple[Level, ...] = ("allow", "warn", "secure")
_SAYS = {
    "diagnosis": "names a diagnosis",
    "result": "tells of a result",
    "treatment": "names a treatment",
    "symptom": "names a symptom",
}

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre"
    "|diciembre"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:{_YEAR}|\d\d)|{_YEAR}-\d\d-\d\d"
    rf"|(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR}|\d{{1,2}}\s+(?:de\s+)?(?:{_MONTHS})\.?,?\s+(?:del?\s+)?{_YEAR})"
)
_BIRTH = r"(?:d\.?o\.?b\b|born|birth\s*(?:date|day)|date of birth|fecha de nac\w*|nacid[oa]|nacio|cumpleanos)"
_RECORD = r"(?:mrn|medical record|record number|chart number|expediente|historia clinica|numero de registro)"
#: Folded text → what is there. The digits themselves are never repeated.
_IDENTIFIERS = (
    (re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}([- ])\d{2}\1\d{4}(?![\d-])"), "a Social Security number"),
    (re.compile(rf"{_RECORD}\D{{0,20}}[a-z]{{0,3}}[- ]?\d{{4,}}"), "a medical record number"),
    (re.compile(rf"{_BIRTH}.{{0,25}}?{_DATE}"), "a full date of birth"),
    (re.compile(r"(?:ssn|social security|seguro social)\D{0,20}\d{4,9}\b"), "a Social Security number"),
)
_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_AMOUNT = re.compile(
    r"(?<!\w)\d+(?:[.,]\d+)?\s?(?:mg|mcg|ml|mg/dl|mmol/l|miligramos|milligrams|units of|unidades de)(?!\w)"
)
_SENTENCE = re.compile(r"[.!?;\n]+(?=\s|$)|\n")


class Finding(msgspec.Struct, frozen=True):
    """`secure`: send it as a secure link. `warn`: look once more. `because` says the word and its kind, for staff."""

    level: Level
    because: tuple[str, ...] = ()


class _Phrase(msgspec.Struct, frozen=True):
    kind: str
    level: Level
    language: str
    parts: tuple[re.Pattern[str], ...]


def check(text: str, *, language: str = "en") -> Finding:
    """What of this text an unprotected channel should not carry. `language` (a BCP 47 tag) decides only about words
    that mean something else in the other one."""
    written = unicodedata.normalize("NFC", text)
    folded = "".join(_fold(character) for character in written)
    found = [*_identifiers(folded), *_words(written, folded, language[:2].lower())]
    worst = max((_ORDER.index(level) for level, _ in found), default=0)
    return Finding(_ORDER[worst], tuple(dict.fromkeys(why for _, why in found)))


def _identifiers(folded: str) -> Iterator[tuple[Level, str]]:
    for pattern, name in _IDENTIFIERS:
        if pattern.search(folded):
            yield "secure", f"{name} is in the text"
    if any(_luhn(re.sub(r"\D", "", found[0])) for found in _CARD.finditer(folded)):
        yield "secure", "a payment card number is in the text"
    for found in _AMOUNT.finditer(folded):
        yield "secure", f"“{found[0]}” tells a dose or a measurement"


def _words(written: str, folded: str, language: str) -> Iterator[tuple[Level, str]]:
    """Each phrase once; a warning is not repeated for a word that already asks for a secure link."""
    told: list[tuple[int, int]] = []
    for phrase in _phrases():
        if phrase.language and phrase.language != language:
            continue
        for start, end in _sentences(folded):
            spans = [part.search(folded, start, end) for part in phrase.parts]
            if any(span is None for span in spans):
                continue
            first = next(span for span in spans if span)
            if any(first.start() < until and since < first.end() for since, until in told):
                continue
            told += [span.span() for span in spans if span]
            said = " … ".join(written[span.start() : span.end()] for span in spans if span)
            yield phrase.level, f"“{said}” {_SAYS[phrase.kind]}"
            break


def _sentences(folded: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in _SENTENCE.finditer(folded):
        yield start, stop.start()
        start = stop.end()
    yield start, len(folded)


@cache
def _phrases() -> tuple[_Phrase, ...]:
    """What asks for a link first, and whole phrases before single words."""
    groups = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["group"]
    phrases = [
        _Phrase(group["kind"], group["level"], name.partition("own_")[2], _parts(said))
        for group in groups
        for name in ("en", "es", "own_en", "own_es")
        for said in group.get(name, ())
    ]
    return tuple(sorted(phrases, key=lambda phrase: (-_ORDER.index(phrase.level), -len(phrase.parts))))


def _parts(said: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_pattern(part.strip())) for part in said.split("&"))


def _pattern(part: str) -> str:
    words = [re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in part.split()]
    return r"(?<!\w)" + r"[\s-]+".join(words) + r"(?!\w)"


def _fold(character: str) -> str:
    """One character for one, so that a place in the folded text is the same place in the written one."""
    return unicodedata.normalize("NFD", character)[0].lower()[:1]


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1 annex B)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return len(digits) in range(13, 20) and sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
