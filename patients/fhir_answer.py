"""What a FHIR R4 server says around its resources: bundles, refusals, and what it can do."""

from __future__ import annotations

import msgspec

from patients.fhir import CodeableConcept, Coding, Element, Extension, Patient, Resource

MATCH_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
#: What a program tells refusals of one status apart by.
REASON = "urn:warmline:reason"
#: Resource → its search parameters with their R4 types.
SEARCHES: dict[str, dict[str, str]] = {
    "Patient": {
        "_id": "token",
        "identifier": "token",
        "name": "string",
        "phone": "token",
        "email": "token",
        "birthdate": "date",
    },
    **{
        kind: {"patient": "reference"}
        for kind in ("RelatedPerson", "Communication", "Task", "EpisodeOfCare", "Consent", "AuditEvent", "Provenance")
    },
}
#: HTTP status → R4 issue type.
ISSUES = {
    401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 409: "conflict", 413: "too-long",
    422: "invalid", 429: "throttled", 503: "transient",
}  # fmt: skip


class Found(Element, frozen=True, kw_only=True):
    """Why an entry is there: `mode` match; for `$match` its score, 0…1, and its grade."""

    extension: tuple[Extension, ...] = ()
    mode: str
    score: float | None = None


class Entry(Element, frozen=True, kw_only=True):
    """A resource of a bundle."""

    full_url: str | None = None
    resource: Resource
    search: Found | None = None


class Relation(Element, frozen=True, kw_only=True):
    """A link of a bundle."""

    relation: str
    url: str


class Bundle(Resource, frozen=True, kw_only=True, tag="Bundle"):
    """A searchset; `total` is left out where only a page was counted."""

    type: str
    timestamp: str | None = None
    total: int | None = None
    link: tuple[Relation, ...] = ()
    entry: tuple[Entry, ...] = ()


class Issue(Element, frozen=True, kw_only=True):
    """`code` of the R4 issue types; `expression` names the field."""

    severity: str
    code: str
    details: CodeableConcept | None = None
    expression: tuple[str, ...] = ()


class OperationOutcome(Resource, frozen=True, kw_only=True, tag="OperationOutcome"):
    """Why something was refused; holds nothing of a patient."""

    issue: tuple[Issue, ...]


class Parameter(Element, frozen=True, kw_only=True):
    """One of an operation."""

    name: str
    resource: Patient | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None


class Parameters(Resource, frozen=True, kw_only=True, tag="Parameters"):
    """What an operation is asked with."""

    parameter: tuple[Parameter, ...] = ()


def refusal(status: int, title: str, detail: str, fields: dict[str, str], reason: str = "") -> OperationOutcome:
    """An error as FHIR says it, an issue for each field; `reason` is its code of ours, where it has one."""
    code = ISSUES.get(status, "exception" if status >= 500 else "invalid")
    words = fields or {"": detail or title}
    coding = (Coding(system=REASON, code=reason),) if reason else ()
    issues = (
        Issue(
            severity="error",
            code=code,
            details=CodeableConcept(coding=coding, text=why),
            expression=(field,) if field else (),
        )
        for field, why in words.items()
    )
    return OperationOutcome(issue=tuple(issues))


def capabilities(url: str, date: str, version: str) -> dict[str, object]:
    """The CapabilityStatement."""
    resources = [
        {
            "type": kind,
            "interaction": [*([{"code": "read"}] if kind != "AuditEvent" else []), {"code": "search-type"}],
            "searchParam": [{"name": name, "type": of} for name, of in parameters.items()],
            **({"operation": [{"name": "match", "definition": _MATCH}]} if kind == "Patient" else {}),
        }
        for kind, parameters in SEARCHES.items()
    ]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Warmline", "version": version},
        "implementation": {"description": "A contact centre's record of people and requests", "url": url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{"mode": "server", "security": {"description": "Bearer token of a person"}, "resource": resources}],
    }


_MATCH = "http://hl7.org/fhir/OperationDefinition/Patient-match"
encode = msgspec.json.Encoder().encode
