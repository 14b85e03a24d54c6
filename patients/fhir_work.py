"""FHIR R4 resources of requests, messages, care and their traces, and the codes that this house's words become."""

from __future__ import annotations

import msgspec

from patients.fhir import CodeableConcept, Coding, Element, Identifier, Period, Reference, Resource

PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
MEDIA = {"sms": "WRITTEN", "whatsapp": "WRITTEN", "social": "WRITTEN", "mail": "EMAILWRIT", "voice": "PHONE"}
PRIORITIES = ("stat", "asap", "urgent", "routine", "routine")
#: Message status → Communication.status; what is not named here is on its way.
SAID = {
    "received": "completed",
    "sent": "completed",
    "delivered": "completed",
    "read": "completed",
    "failed": "not-done",
    "undelivered": "not-done",
    "dead": "not-done",
    "cancelled": "not-done",
}
#: Outcomes that end a request without anything having been asked for.
NOTHING_ASKED = frozenset({"spam", "duplicate", "wrong_number"})


class Payload(Element, frozen=True, kw_only=True):
    """A text."""

    content_string: str


class Communication(Resource, frozen=True, kw_only=True, tag="Communication"):
    """A request's header, or a message that is `part_of` one."""

    identifier: tuple[Identifier, ...] = ()
    part_of: tuple[Reference, ...] = ()
    in_response_to: tuple[Reference, ...] = ()
    status: str
    status_reason: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    priority: str | None = None
    medium: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    topic: CodeableConcept | None = None
    sent: str | None = None
    received: str | None = None
    recipient: tuple[Reference, ...] = ()
    sender: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    payload: tuple[Payload, ...] = ()


class Restriction(Element, frozen=True, kw_only=True):
    """When it is due: the period's end."""

    period: Period


class Task(Resource, frozen=True, kw_only=True, tag="Task"):
    """The work of a request: `for_` whom, about which header, owned by whom, due when."""

    status: str
    intent: str
    business_status: CodeableConcept | None = None
    priority: str | None = None
    focus: Reference | None = None
    for_: Reference | None = msgspec.field(default=None, name="for")
    authored_on: str | None = None
    last_modified: str | None = None
    performer_type: tuple[CodeableConcept, ...] = ()
    owner: Reference | None = None
    reason_code: CodeableConcept | None = None
    restriction: Restriction | None = None


class EpisodeOfCare(Resource, frozen=True, kw_only=True, tag="EpisodeOfCare"):
    """Care that spans requests."""

    status: str
    type: tuple[CodeableConcept, ...] = ()
    patient: Reference
    period: Period | None = None


class Provision(Element, frozen=True, kw_only=True):
    """`type`: permit or deny."""

    type: str
    period: Period | None = None
    purpose: tuple[Coding, ...] = ()
    code: tuple[CodeableConcept, ...] = ()


class Policy(Element, frozen=True, kw_only=True):
    """What the consent is ruled by."""

    uri: str


class Verification(Element, frozen=True, kw_only=True):
    """Whether and when it was given."""

    verified: bool
    verification_date: str | None = None


class Consent(Resource, frozen=True, kw_only=True, tag="Consent"):
    """One line of the ledger."""

    status: str
    scope: CodeableConcept
    category: tuple[CodeableConcept, ...]
    patient: Reference | None = None
    date_time: str | None = None
    policy: tuple[Policy, ...] = ()
    verification: tuple[Verification, ...] = ()
    provision: Provision | None = None


class Network(Element, frozen=True, kw_only=True):
    """`type` 2 is an IP address."""

    address: str
    type: str


class Agent(Element, frozen=True, kw_only=True):
    """Who did it."""

    who: Reference | None = None
    requestor: bool
    network: Network | None = None


class Source(Element, frozen=True, kw_only=True):
    """Who noted it."""

    observer: Reference


class Entity(Element, frozen=True, kw_only=True):
    """What it was done to."""

    what: Reference


class AuditEvent(Resource, frozen=True, kw_only=True, tag="AuditEvent"):
    """Something seen or changed."""

    type: Coding
    subtype: tuple[Coding, ...] = ()
    action: str | None = None
    recorded: str
    outcome: str | None = None
    agent: tuple[Agent, ...]
    source: Source
    entity: tuple[Entity, ...] = ()


class Author(Element, frozen=True, kw_only=True):
    """Who did it, of a provenance."""

    who: Reference


class Origin(Element, frozen=True, kw_only=True):
    """`role`: revision or removal."""

    role: str
    what: Reference


class Provenance(Resource, frozen=True, kw_only=True, tag="Provenance"):
    """A merge of records, with its reason as a code."""

    target: tuple[Reference, ...]
    recorded: str
    activity: CodeableConcept | None = None
    agent: tuple[Author, ...]
    entity: tuple[Origin, ...] = ()


def task_status(state: str, owned: bool, outcome: str | None) -> str:
    """R4 Task.status of a request in `state`, with the `outcome` of its closure."""
    if state == "waiting":
        return "on-hold"
    if state == "open":
        return "in-progress" if owned else "requested"
    return "cancelled" if outcome in NOTHING_ASKED else "failed" if outcome == "unresolved" else "completed"


def medium(channel: str) -> CodeableConcept:
    """How it was said (v3 ParticipationMode)."""
    return CodeableConcept(coding=(Coding(system=PARTICIPATION, code=MEDIA.get(channel, "ONLINEWRIT")),), text=channel)
