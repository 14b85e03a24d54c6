"""Rows as FHIR R4 resources, as their viewer may see them: texts that may not be read are left out and labelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from inbox.actors import Actor
from inbox.audit import Line
from inbox.looking import look
from patients import fhir, fhir_work
from patients.fhir import CodeableConcept, Coding, Meta, Period, Reference
from patients.fhir_read import OTHER_URI, OWN_URI
from patients.proxies import ROLES
from patients.roster import OWN

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
OBSERVED, ACTED = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "urn:warmline:act"
DCM, REST = "http://dicom.nema.org/resources/ontology/DCM", "http://terminology.hl7.org/CodeSystem/audit-event-type"
CONSENT_SCOPE, CATEGORY = "http://terminology.hl7.org/CodeSystem/consentscope", "http://loinc.org"
HOUSE = Reference(type="Device", display="Warmline")
#: The policy of consent to calls and texts: 47 CFR 64.1200 (TCPA).
TCPA = "https://www.ecfr.gov/current/title-47/section-64.1200"


def patient(row: Any, numbers: Sequence[Any], points: Sequence[Any], replaced: Sequence[int]) -> fhir.Patient:
    """`points` are the record's own addresses; `replaced` the records merged into it."""
    links = [fhir.Link(other=of_patient(one), type="replaces") for one in replaced]
    if row.survivor_id is not None:
        links.append(fhir.Link(other=of_patient(row.survivor_id), type="replaced-by"))
    return fhir.Patient(
        id=str(row.id),
        meta=Meta(version_id=str(row.version)),
        identifier=tuple(_number(one) for one in numbers),
        active=row.survivor_id is None,
        name=_names(row),
        telecom=tuple(_point(one, rank) for rank, one in enumerate(points, 1) if one.kind in ("phone", "email")),
        gender=row.sex,
        birth_date=row.birth_on.isoformat() if row.birth_on else None,
        address=_address(row.address),
        multiple_birth_integer=row.birth_order,
        communication=(fhir.Spoken(language=_concept("urn:ietf:bcp:47", row.language), preferred=True),),
        link=tuple(links),
    )


def related(row: Any) -> fhir.RelatedPerson:
    """Who acts for a patient; for how long is the period."""
    return fhir.RelatedPerson(
        id=str(row.id),
        patient=of_patient(row.patient_id),
        relationship=(CodeableConcept(coding=_role(row.role), text=f"{row.role}: {row.scope}"),),
        name=(fhir.HumanName(text=row.name),),
        period=_period(row.valid_from, row.valid_to),
    )


def request(row: Any) -> fhir_work.Communication:
    """A conversation as a header."""
    return fhir_work.Communication(
        id=str(row.id),
        meta=_meta(row.clinical, version=row.version),
        status="completed" if row.state == "closed" else "in-progress",
        priority=fhir_work.PRIORITIES[row.priority],
        medium=(fhir_work.medium(row.channel),),
        subject=of_patient(row.subject_patient_id),
        topic=CodeableConcept(text=row.reason),
        sent=_at(row.opened_at),
        reason_code=tuple(CodeableConcept(text=one) for one in row.reasons),
    )


def task(row: Any) -> fhir_work.Task:
    """The same conversation as work."""
    return fhir_work.Task(
        id=str(row.id),
        meta=_meta(row.clinical, version=row.version),
        status=fhir_work.task_status(row.state, row.owner_id is not None, row.outcome),
        intent="order",
        business_status=CodeableConcept(text=row.state),
        priority=fhir_work.PRIORITIES[row.priority],
        focus=Reference(reference=f"Communication/{row.id}"),
        for_=of_patient(row.subject_patient_id),
        authored_on=_at(row.opened_at),
        last_modified=_at(row.last_at),
        performer_type=(CodeableConcept(text=row.team),),
        owner=_staff(row.owner_name) if row.owner_id is not None else None,
        reason_code=CodeableConcept(text=row.reason),
        restriction=fhir_work.Restriction(period=Period(end=_at(row.due_at))) if row.due_at else None,
    )


def message(row: Any, actor: Actor) -> fhir_work.Communication:
    """What was said; without its words where the viewer may not read them."""
    outward, class_ = row.direction == "out", row._mapping["class"]
    head = _Head(row)
    readable = look(actor, head).reads(class_)
    return fhir_work.Communication(
        id=str(row.id),
        meta=_meta(class_ == "clinical", redacted=not readable),
        identifier=(fhir.Identifier(system=f"{OTHER_URI}{row.channel}", value=row.external_id),)
        if row.external_id
        else (),
        part_of=(Reference(reference=f"Communication/{row.conversation_id}"),),
        status=fhir_work.SAID.get(row.status, "in-progress"),
        status_reason=CodeableConcept(text=row.error_code) if row.error_code else None,
        medium=(fhir_work.medium(row.channel),),
        subject=of_patient(row.subject_patient_id),
        sent=_at(row.at) if outward else None,
        received=_at(row.received_at) if not outward else None,
        sender=(_staff(row.author_name) if row.author_kind == "staff" else HOUSE) if outward else None,
        payload=(fhir_work.Payload(content_string=row.body),) if readable and row.body else (),
    )


def episode(row: Any) -> fhir_work.EpisodeOfCare:
    """Care that spans requests."""
    return fhir_work.EpisodeOfCare(
        id=str(row.id),
        status=row.status,
        type=(CodeableConcept(text=row.kind),),
        patient=of_patient(row.patient_id),
        period=Period(start=_at(row.opened_at)),
    )


def consent(row: Any, patient_id: int) -> fhir_work.Consent:
    """One line of the ledger; a later one takes its place, which the order of their moments says."""
    granted = row.kind == "grant"
    return fhir_work.Consent(
        id=str(row.id),
        status="active",
        scope=_concept(CONSENT_SCOPE, "patient-privacy"),
        category=(_concept(CATEGORY, "59284-0"),),
        patient=of_patient(patient_id),
        date_time=_at(row.at),
        policy=(fhir_work.Policy(uri=TCPA),),
        verification=(fhir_work.Verification(verified=granted, verification_date=_at(row.at)),),
        provision=fhir_work.Provision(
            type="permit" if granted else "deny",
            period=Period(start=_at(row.at), end=_at(row.expires_at) if row.expires_at else None),
            code=(CodeableConcept(text=f"{row.channel}: {'*' if row.kind == 'revoke_all' else row.purpose}"),),
        ),
    )


def event(line: Line) -> fhir_work.AuditEvent:
    """A line of the report."""
    seen = line.kind == "seen"
    whose = [of_patient(line.patient_id)] if line.patient_id is not None else []
    if line.conversation_id is not None:
        whose.append(Reference(reference=f"Communication/{line.conversation_id}"))
    network = fhir_work.Network(address=line.address, type="2") if line.address else None
    return fhir_work.AuditEvent(
        id=f"{line.kind}-{line.id}",
        type=Coding(system=DCM, code="110110") if seen else Coding(system=REST, code="rest"),
        subtype=(Coding(system=ACTED, code=f"{line.what}.{line.how}" if seen else line.what),),
        action="R" if seen else "U",
        recorded=_at(line.at),
        outcome="4" if line.outcome == "denied" else "0",
        agent=(fhir_work.Agent(who=_staff(line.actor) if line.actor else HOUSE, requestor=True, network=network),),
        source=fhir_work.Source(observer=HOUSE),
        entity=tuple(fhir_work.Entity(what=one) for one in whose),
    )


def provenance(row: Any) -> fhir_work.Provenance:
    """A merge of records."""
    return fhir_work.Provenance(
        id=str(row.id),
        target=(of_patient(row.to_id),),
        recorded=_at(row.at),
        activity=CodeableConcept(text="merge" if row.undone_at is None else "merge, undone"),
        agent=(fhir_work.Author(who=_staff(row.by_name)),),
        entity=(fhir_work.Origin(role="removal", what=of_patient(row.from_id)),),
    )


def of_patient(patient_id: int) -> Reference:
    """The reference to a record."""
    return Reference(reference=f"Patient/{patient_id}")


class _Head:
    """A message's row as the conversation's: what visibility depends on."""

    def __init__(self, row: Any) -> None:
        self.team, self.owner_id, self.clinical, self.sensitive = row.team, row.owner_id, row.clinical, row.sensitive
        self.subject_patient_id, self.id = row.subject_patient_id, row.conversation_id


def _names(row: Any) -> tuple[fhir.HumanName, ...]:
    given = tuple(part for part in (row.given, row.middle) if part)
    official = fhir.HumanName(use="official", family=row.family or None, given=given, suffix=_some(row.suffix))
    return (
        (official, fhir.HumanName(use="nickname", given=(row.preferred_name,))) if row.preferred_name else (official,)
    )


def _number(one: Any) -> fhir.Identifier:
    uri = OWN_URI if one.system == OWN else one.system if ":" in one.system else OTHER_URI + quote(one.system, safe="")
    record_number = _concept(fhir.V2_IDENTIFIER, "MR") if one.system == OWN else None
    return fhir.Identifier(type=record_number, system=uri, value=one.value)


def _point(one: Any, rank: int) -> fhir.ContactPoint:
    return fhir.ContactPoint(system=one.kind, value=one.value, use="old" if one.state != "valid" else None, rank=rank)


def _address(kept: dict[str, str]) -> tuple[fhir.Address, ...]:
    if not kept:
        return ()
    line = _some(kept.get("line", ""))
    return (fhir.Address(line=line, city=kept.get("city"), state=kept.get("state"), postal_code=kept.get("postal")),)


def _role(role: str) -> tuple[Coding, ...]:
    return (Coding(system=fhir.V3_ROLE, code=ROLES[role]),) if role in ROLES else ()


def _meta(clinical: bool, *, version: int | None = None, redacted: bool = False) -> Meta:
    labels = [Coding(system=CONFIDENTIALITY, code="R" if clinical else "N")]
    if redacted:
        labels.append(Coding(system=OBSERVED, code="REDACTED"))
    return Meta(version_id=str(version) if version is not None else None, security=tuple(labels))


def _staff(name: str) -> Reference:
    return Reference(type="Practitioner", display=name)


def _concept(system: str, code: str) -> CodeableConcept:
    return CodeableConcept(coding=(Coding(system=system, code=code),))


def _period(start: datetime, end: datetime | None) -> Period:
    return Period(start=_at(start), end=_at(end) if end else None)


def _at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _some(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
