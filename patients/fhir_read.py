"""FHIR R4 resources of other systems made patients to take in. Refuses with a reason what is no patient; numbers that a
contact centre has no use for (social security, licences, passports) are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import msgspec

from patients.demographics import Place
from patients.fhir import Address, CodeableConcept, ContactPoint, HumanName, Identifier, Patient
from patients.roster import OWN, Unreadable, Written

#: v2-0203 types of numbers that stay with whoever wrote them (minimum necessary, 45 CFR 164.502(b)).
LEFT_OUT = frozenset({"SS", "SB", "DL", "PPN", "TAX", "CZ"})
US_SSN = "http://hl7.org/fhir/sid/us-ssn"
#: Our own record numbers where FHIR wants a URI; other systems of ours without one follow the prefix.
OWN_URI, OTHER_URI = "urn:warmline:mrn", "urn:warmline:system:"
_patients = msgspec.json.Decoder(Patient)


class Entry(msgspec.Struct):
    """An entry of a bundle, its resource unread."""

    resource: msgspec.Raw = msgspec.Raw()


class Peek(msgspec.Struct, rename="camel"):
    """What a resource says it is; a bundle's entries."""

    resource_type: str
    entry: tuple[Entry, ...] = ()


_peek = msgspec.json.Decoder(Peek)


def resources(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The resources in one JSON text with their types: those of a bundle, or itself. Raises Unreadable."""
    kind = peek(raw)
    if kind.resource_type != "Bundle":
        yield kind.resource_type, raw
        return
    for entry in kind.entry:
        if inner := bytes(entry.resource):
            yield _type_of(inner), inner


def peek(raw: bytes) -> Peek:
    """What it says it is. Raises Unreadable."""
    try:
        return _peek.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(json=said(error)) from None


def patient(raw: bytes) -> Written:
    """A Patient resource as the words of a row. Raises Unreadable naming the element."""
    try:
        read = _patients.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(**{_element(error): said(error)}) from None
    return words(read)


def words(read: Patient) -> Written:
    """The words of a Patient: its best name, its numbers or else its id, the addresses in use."""
    name = _best_name(read.name)
    numbers = [(system_of(one.system), one.value) for one in read.identifier if one.value and _kept(one)]
    if not numbers and read.id:
        numbers = [("fhir-id", read.id)]
    points = sorted(filter(_current, read.telecom), key=lambda one: one.rank if one.rank is not None else 99)
    return Written(
        numbers=numbers,
        given=name.given,
        family=name.family or ("" if name.given else name.text or ""),
        suffix=" ".join(name.suffix),
        preferred=next((" ".join(one.given) for one in read.name if one.use == "nickname"), ""),
        birth_date=read.birth_date or "",
        sex=read.gender or "",
        language=_language(read),
        birth_order=str(read.multiple_birth_integer or ""),
        phones=[one.value for one in points if one.system in ("phone", "sms") and one.value],
        emails=[one.value for one in points if one.system == "email" and one.value],
        address=_place(next((one for one in read.address if one.use != "old"), None)),
    )


def said(error: Exception) -> str:
    """Why it could not be read, without any of its words."""
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8"
    if isinstance(error, RecursionError):
        return "is nested too deep"
    return re.sub(r" - at `.*", "", str(error))


def _type_of(raw: bytes) -> str:
    try:
        return _peek.decode(raw).resource_type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _element(error: Exception) -> str:
    found = re.search(r"at `\$\.?([^`]*)`", str(error))
    return (found[1] if found else "") or "json"


def _best_name(names: tuple[HumanName, ...]) -> HumanName:
    order = {"official": 0, "usual": 1, None: 2, "temp": 3, "anonymous": 4, "nickname": 5, "maiden": 6, "old": 7}
    return min(names, key=lambda one: order.get(one.use, 4), default=HumanName())


def _kept(one: Identifier) -> bool:
    return one.use != "old" and one.system != US_SSN and not (_codes(one.type) & LEFT_OUT)


def _codes(concept: CodeableConcept | None) -> set[str | None]:
    return {coding.code for coding in concept.coding} if concept else set()


def system_of(uri: str | None) -> str:
    """Our name of a system."""
    if uri is None or uri == OWN_URI:
        return OWN if uri else "unnamed"
    return unquote(uri.removeprefix(OTHER_URI)) if uri.startswith(OTHER_URI) else uri


def _current(one: ContactPoint) -> bool:
    return one.use != "old" and (one.period is None or one.period.end is None)


def _language(read: Patient) -> str:
    spoken: list[Any] = sorted(read.communication, key=lambda one: not one.preferred)
    codes = (coding.code for one in spoken for coding in one.language.coding if coding.code)
    return next(codes, "")


def _place(one: Address | None) -> Place | None:
    if one is None:
        return None
    return Place(" ".join(one.line) or None, one.city, one.state, one.postal_code)
