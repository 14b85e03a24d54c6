"""What is known of a patient as plain values, and how a name may be shown. Refuses to show more than is certain."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Literal

import msgspec

Certainty = Literal["confirmed", "probable", "unknown"]


class PersonName(msgspec.Struct, frozen=True):
    """`given` in order, the first one first; `preferred` is what the patient wants to be called."""

    given: tuple[str, ...] = ()
    family: str = ""
    suffix: str = ""
    preferred: str = ""


class PatientFacts(msgspec.Struct, frozen=True):
    """One human under care. `sex` in FHIR codes, `language` BCP 47, `zone` IANA."""

    patient_id: int
    name: PersonName
    birth_on: date | None = None
    sex: str = "unknown"
    language: str = "en"
    zone: str = ""


def age_on(birth_on: date, day: date) -> int:
    """Full years on `day`; negative before birth. Born on 29 February, one is a year older on 1 March."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def display_name(name: PersonName) -> str:
    """ "Rosa García Jr.", the preferred name for the given ones where there is one; "Unnamed" for an empty name."""
    first = name.preferred or " ".join(name.given)
    return " ".join(part for part in (first, name.family, name.suffix) if part) or "Unnamed"


def initials(name: PersonName) -> str:
    """At most two letters, fit for an avatar; "?" for an empty name."""
    parts = (name.preferred or next(iter(name.given), ""), name.family)
    return "".join(_first_letter(part) for part in parts) or "?"


def hint(name: PersonName) -> str:
    """First name and initial, the most that may be said to someone not yet confirmed (domain §4)."""
    first = name.preferred or next(iter(name.given), "")
    letter = _first_letter(name.family)
    return " ".join(part for part in (first, f"{letter}." if letter else "") if part) or "Unnamed"


def shown_name(name: PersonName | None, certainty: Certainty) -> str:
    """The name as a heading may carry it: plain when confirmed, "Probably …" when probable, else nobody's."""
    if name is None or certainty == "unknown":
        return "Unidentified"
    return display_name(name) if certainty == "confirmed" else f"Probably {display_name(name)}"


def fold(text: str) -> str:
    """`text` for comparison: no case, accents or punctuation, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (c if c.isalnum() else " " if not unicodedata.combining(c) and c not in "'’`" else "" for c in plain)
    return " ".join("".join(kept).split())


def _first_letter(part: str) -> str:
    return next((character.upper() for character in part if character.isalpha()), "")
