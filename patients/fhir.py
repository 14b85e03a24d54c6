"""FHIR R4 (4.0.1) data types and the resources about people, as plain values ⇄ JSON. Knows the elements that this house
keeps; what another system says beyond them is read over.
"""

from __future__ import annotations

import msgspec

V2_IDENTIFIER = "http://terminology.hl7.org/CodeSystem/v2-0203"
V3_ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


class Element(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What all types share: JSON names in camel case, nothing empty."""


class Period(Element, frozen=True, kw_only=True):
    """ISO moments or days."""

    start: str | None = None
    end: str | None = None


class Coding(Element, frozen=True, kw_only=True):
    """A code of a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element, frozen=True, kw_only=True):
    """The same thing said in several systems, or in words."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Reference(Element, frozen=True, kw_only=True):
    """`reference` as "Patient/12"."""

    reference: str | None = None
    type: str | None = None
    display: str | None = None


class Identifier(Element, frozen=True, kw_only=True):
    """A number of a system (a URI)."""

    use: str | None = None
    type: CodeableConcept | None = None
    system: str | None = None
    value: str | None = None
    period: Period | None = None


class Extension(Element, frozen=True, kw_only=True):
    """The kinds of value this house writes."""

    url: str
    value_string: str | None = None
    value_code: str | None = None
    value_date_time: str | None = None


class Meta(Element, frozen=True, kw_only=True):
    """`security` holds confidentiality labels."""

    version_id: str | None = None
    last_updated: str | None = None
    security: tuple[Coding, ...] = ()


class HumanName(Element, frozen=True, kw_only=True):
    """`given` in order."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    period: Period | None = None


class ContactPoint(Element, frozen=True, kw_only=True):
    """`rank` 1 is preferred."""

    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    period: Period | None = None
    extension: tuple[Extension, ...] = ()


class Address(Element, frozen=True, kw_only=True):
    """A postal address."""

    use: str | None = None
    text: str | None = None
    line: tuple[str, ...] = ()
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    period: Period | None = None


class Spoken(Element, frozen=True, kw_only=True):
    """A language of a patient (BCP 47)."""

    language: CodeableConcept
    preferred: bool | None = None


class Link(Element, frozen=True, kw_only=True):
    """`type`: replaced-by, replaces, refer, seealso."""

    other: Reference
    type: str


class Resource(Element, frozen=True, kw_only=True, tag_field="resourceType"):
    """What has an identity of its own."""

    id: str | None = None
    meta: Meta | None = None


class Patient(Resource, frozen=True, kw_only=True, tag="Patient"):
    """A patient's record; `active` false where it was merged into another."""

    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    address: tuple[Address, ...] = ()
    multiple_birth_integer: int | None = None
    multiple_birth_boolean: bool | None = None
    communication: tuple[Spoken, ...] = ()
    link: tuple[Link, ...] = ()


class RelatedPerson(Resource, frozen=True, kw_only=True, tag="RelatedPerson"):
    """Who acts for a patient."""

    patient: Reference
    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    relationship: tuple[CodeableConcept, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None
    birth_date: str | None = None
    address: tuple[Address, ...] = ()
    period: Period | None = None
