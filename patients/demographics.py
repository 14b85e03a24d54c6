"""One record as its source wrote it, and its values made comparable. What is malformed is missing, never guessed."""

from __future__ import annotations

import re
from datetime import date

import msgspec

from patients.record import fold

#: Numbers and words that stand for "not known" in registration systems; two of them agree on nothing.
_FILLERS = frozenset({"unknown", "none", "na", "n a", "null", "test", "unk", "baby", "babyboy", "babygirl"})
_STREET = {
    "street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "lane": "ln", "court": "ct", "circle": "cir",
    "place": "pl", "boulevard": "blvd", "highway": "hwy", "parkway": "pkwy", "apartment": "apt", "north": "n",
    "south": "s", "east": "e", "west": "w", "terrace": "ter", "suite": "ste",
}  # fmt: skip


class Place(msgspec.Struct, frozen=True):
    """A postal address; `line` is street and number."""

    line: str | tuple[str | None, ...] | None = None
    city: str | None = None
    state: str | None = None
    postal: str | None = None


class Identifier(msgspec.Struct, frozen=True):
    """`type` in HL7 v2-0203 codes: SS social security, MA Medicaid, MR record number (unique within its `system`)."""

    value: str | None = None
    type: str | None = None
    system: str | None = None


class Demographics(msgspec.Struct, frozen=True):
    """`birth_date` as ISO or YYYYMMDD, `sex` in FHIR codes; the first word of `given` is the first name."""

    given: tuple[str | None, ...] | None = None
    family: str | None = None
    suffix: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    phones: tuple[str | None, ...] | None = None
    emails: tuple[str | None, ...] | None = None
    address: Place | None = None
    identifiers: tuple[Identifier, ...] | None = None
    birth_order: int | str | None = None
    mother_maiden: str | None = None


class Comparable(msgspec.Struct, frozen=True):
    """The same record folded; an empty value is missing. `record_numbers` are (system, value)."""

    first: str
    middle: str
    last: str
    suffix: str
    birth_date: str
    sex: str
    phones: frozenset[str]
    emails: frozenset[str]
    street: str
    postal: str
    city: str
    ssn: frozenset[str]
    medicaid: frozenset[str]
    record_numbers: frozenset[tuple[str, str]]
    birth_order: str
    mother_maiden: str


def comparable(record: Demographics) -> Comparable:
    """Folds every field once, so that a record met by many candidates is read once."""
    given = " ".join(_word(part) for part in record.given or ()).split()
    place = record.address or Place()
    return Comparable(
        first=next(iter(given), ""),
        middle=" ".join(given[1:]),
        last=_word(record.family),
        suffix=_word(record.suffix).replace(" ", ""),
        birth_date=_day(record.birth_date),
        sex=record.sex.lower() if record.sex and record.sex.lower() in ("male", "female", "other") else "",
        phones=frozenset(filter(None, map(_local_number, record.phones or ()))),
        emails=frozenset(mail.strip().lower() for mail in record.emails or () if mail and "@" in mail),
        street=_street(place.line),
        postal=_compact(place.postal)[:5],
        city=_word(place.city),
        ssn=_values(record, "SS"),
        medicaid=_values(record, "MA"),
        record_numbers=frozenset(
            (i.system or "", _compact(i.value))
            for i in record.identifiers or ()
            if i.type == "MR" and _compact(i.value)
        ),
        birth_order=str(record.birth_order).strip() if record.birth_order is not None else "",
        mother_maiden=_word(record.mother_maiden),
    )


def _word(text: str | None) -> str:
    folded = fold(text or "")
    return "" if folded in _FILLERS else folded


def _compact(text: str | None) -> str:
    return fold(text or "").replace(" ", "")


def _day(text: str | None) -> str:
    """An ISO day, or nothing for what is no day of the calendar."""
    try:
        return date.fromisoformat((text or "").strip()[:10]).isoformat()
    except ValueError:
        return ""


def _local_number(text: str | None) -> str:
    """The last ten digits: records meet with and without country code; ten equal digits are no number."""
    digits = re.sub(r"\D", "", text or "")[-10:]
    return digits if len(digits) >= 7 and len(set(digits)) > 1 else ""


def _street(line: str | tuple[str | None, ...] | None) -> str:
    text = line if isinstance(line, str) else " ".join(part for part in line or () if part)
    return " ".join(_STREET.get(word, word) for word in fold(text).split())


def _values(record: Demographics, kind: str) -> frozenset[str]:
    found = (_compact(identifier.value) for identifier in record.identifiers or () if identifier.type == kind)
    return frozenset(value for value in found if len(value) >= 4 and len(set(value)) > 1)
