"""Rows about patients as another system wrote them, made ready to be taken in. A row that cannot be told apart later is
refused with its fields; a phone number or a date that cannot be right is left out and named, and the row is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from patients import addresses, phones
from patients.demographics import Demographics, Identifier, Place

LONGEST = 200
#: The system of the practice's own record numbers.
OWN = "MRN"
_SEXES = frozenset({"male", "female", "other", "unknown"})
_LETTERS = {"m": "male", "f": "female", "o": "other", "u": "unknown"}


class Unreadable(ValueError):
    """`fields` says what is wrong where; it never holds a value."""

    def __init__(self, **fields: str) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in fields.items()))
        self.fields = fields


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a row, as they stood. `numbers` are (system, value)."""

    numbers: Sequence[tuple[str, str]] = ()
    given: Sequence[str] = ()
    family: str = ""
    suffix: str = ""
    preferred: str = ""
    birth_date: str = ""
    sex: str = ""
    language: str = ""
    birth_order: str = ""
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    address: Place | None = None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A patient to take in; `left_out` names what was not understood, field by field."""

    numbers: tuple[tuple[str, str], ...]
    given: str
    middle: str
    family: str
    suffix: str = ""
    preferred: str = ""
    birth_on: date | None = None
    sex: str = "unknown"
    language: str = "en"
    birth_order: int | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: Place = Place()
    left_out: tuple[str, ...] = ()

    def facts(self) -> Demographics:
        """As the matching compares it."""
        return Demographics(
            given=(self.given, self.middle),
            family=self.family,
            suffix=self.suffix,
            birth_date=self.birth_on.isoformat() if self.birth_on else None,
            sex=self.sex,
            phones=self.phones,
            emails=self.emails,
            address=self.address,
            identifiers=tuple(Identifier(value=value, type="MR", system=system) for system, value in self.numbers),
            birth_order=self.birth_order,
        )


def understood(row: Written, region: str = "US") -> Incoming:
    """Raises Unreadable for a row without a number or a name, or with characters that no register holds."""
    _refuse(row)
    doubts: list[str] = []
    given = [_line(part) for part in row.given if _line(part)]
    place = row.address or Place()
    return Incoming(
        numbers=tuple(dict.fromkeys((_line(system) or OWN, _line(value)) for system, value in row.numbers)),
        given=next(iter(given), ""),
        middle=" ".join(given[1:]),
        family=_line(row.family),
        suffix=_line(row.suffix),
        preferred=_line(row.preferred),
        birth_on=_day(row.birth_date, doubts),
        sex=_sex(row.sex, doubts),
        language=_language(row.language, doubts),
        birth_order=_order(row.birth_order, doubts),
        phones=_points("phone", [(text, phones.normalise(text, region)) for text in row.phones], doubts),
        emails=_points("email", [(text, addresses.normalise(text)) for text in row.emails], doubts),
        address=Place(*(_line(part) or None for part in (place.line, place.city, place.state, place.postal))),
        left_out=tuple(doubts),
    )


def _refuse(row: Written) -> None:
    fields: dict[str, str] = {}
    if not any(value.strip() for _, value in row.numbers):
        fields["number"] = "is missing: the next import could not find this patient again"
    if not row.family.strip() and not any(part.strip() for part in row.given):
        fields["name"] = "is missing"
    for name, words in _words(row):
        if any("\ud800" <= character <= "\udfff" or character == "\0" for character in words):
            fields[name] = "is not UTF-8 text"
        elif len(words) > LONGEST:
            fields[name] = f"is longer than {LONGEST} characters"
    if fields:
        raise Unreadable(**fields)


def _words(row: Written) -> Iterable[tuple[str, str]]:
    for name, value in msgspec.structs.asdict(row).items():
        for part in [value] if isinstance(value, str) else _flat(value):
            yield name, part


def _flat(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Place):
        yield from _flat(msgspec.structs.astuple(value))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _flat(part)


def _line(text: str | tuple[str | None, ...] | None) -> str:
    whole = text if isinstance(text, str) else " ".join(part for part in text or () if part)
    return " ".join(whole.split())


def _day(text: str, doubts: list[str]) -> date | None:
    bare = text.strip()
    if not bare:
        return None
    try:
        return date.fromisoformat(bare)
    except ValueError:
        partial = re.fullmatch(r"\d{4}(-\d\d)?", bare)
        doubts.append("birth_date: only part of a day" if partial else "birth_date: not a day as YYYY-MM-DD")
        return None


def _sex(text: str, doubts: list[str]) -> str:
    said = _LETTERS.get(text.strip().lower(), text.strip().lower())
    if said and said not in _SEXES:
        doubts.append("sex: not one of male, female, other, unknown")
    return said if said in _SEXES else "unknown"


def _language(text: str, doubts: list[str]) -> str:
    primary = re.split(r"[-_]", text.strip().lower())[0]
    if primary and not re.fullmatch(r"[a-z]{2}", primary):
        doubts.append("language: not a code of two letters (ISO 639-1)")
        return "en"
    return primary or "en"


def _order(text: str, doubts: list[str]) -> int | None:
    bare = text.strip()
    if bare and not re.fullmatch(r"[1-9]\d?", bare, re.ASCII):
        doubts.append("birth_order: not a small whole number")
        return None
    return int(bare) if bare else None


def _points(
    name: str, read: Sequence[tuple[str, phones.Phone | addresses.MailAddress]], doubts: list[str]
) -> tuple[str, ...]:
    kept: dict[str, None] = {}
    for text, found in read:
        value = found.e164 if isinstance(found, phones.Phone) else found.value
        if value:
            kept[value] = None
        elif text.strip():
            doubts.append(f"{name}: {found.why}")
    return tuple(kept)
