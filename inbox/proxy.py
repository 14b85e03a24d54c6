"""Who acts for a patient: in what, by which proof, until when; and requests that are kept from them.

Refuses a right without proof, one beyond the eighteenth birthday, and a scope that nobody chose.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from inbox import automatic, practice, reach
from inbox.actors import Actor, Permission
from inbox.errors import Conflict, Invalid, NotFound
from inbox.house import House
from inbox.person import editable, normalised
from inbox.store import contacts, proxies, threads
from inbox.store import patients as patients_store
from inbox.store.database import Transaction
from inbox.working import journal, opened
from patients.proxies import PARENTAL, ROLES, SCOPES, majority

#: Parents are told so long before their right ends (privacy.md §9).
WARNED_BEFORE = timedelta(days=30)
BATCH = 50
#: To somebody who may not be told: nothing of the patient, not even that there is one.
_DECLINED = {
    "en": "We have your message. We cannot speak about this here. Please call us: {phone}. - {clinic}",
    "es": "Recibimos su mensaje. No podemos hablar de esto por aquí. Llámenos: {phone}. - {clinic}",
}


class Acting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who acts for the patient from `address`. `until` is the last day, None for a right without an end;
    a parent's ends with the eighteenth birthday whatever it says. `proof`: what was shown, and where it is kept."""

    name: str
    role: str
    scope: tuple[str, ...]
    address: str
    proof: str
    until: date | None = None


def let_act(unit: Transaction, *, actor: Actor, patient_id: int, right: Acting) -> int:
    """Answers the proxy's id. Raises Invalid naming each field."""
    row = editable(unit, actor, patient_id, Permission.EDIT_PERSON)
    zone = ZoneInfo(row.zone or practice.read(unit).zone)
    ends = _ends(right, row.birth_on, zone)
    _refuse_baseless(right, ends, unit.now)
    kind, value = normalised(right.address)
    point = contacts.find_or_add(unit, kind, value)
    proxy_id = patients_store.add_proxy(
        unit,
        patient_id=patient_id,
        name=right.name.strip(),
        role=right.role,
        scope=",".join(one for one in SCOPES if one in right.scope),
        valid_to=ends,
        proof=right.proof.strip(),
    )
    proxies.approve(unit, proxy_id, actor.id)
    patients_store.link(unit, contact_id=point.id, patient_id=patient_id, proxy_id=proxy_id, verified=True, rank=9)
    details = {"proxy": proxy_id, "contact": point.id, "role": right.role, "scope": sorted(right.scope)}
    unit.record("proxy.added", actor_id=actor.id, patient_id=patient_id, details=details)
    return proxy_id


def end(unit: Transaction, *, actor: Actor, patient_id: int, proxy_id: int) -> int:
    """From now on they act no more; what they were told stays written down."""
    editable(unit, actor, patient_id, Permission.EDIT_PERSON)
    row = proxies.one(unit, proxy_id)
    if row is None or row.patient_id != patient_id or row.ended_at is not None:
        raise NotFound("Nobody acts for the patient by this number.")
    proxies.end(unit, row)
    unit.record("proxy.ended", actor_id=actor.id, patient_id=patient_id, details={"proxy": proxy_id})
    return proxy_id


def keep(unit: Transaction, *, actor: Actor, conversation_id: int, kept: bool) -> int:
    """A request is kept from everybody who acts for the patient, or no longer. Answers the new version."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    marks = sorted({*row.marks, reach.KEPT} if kept else set(row.marks) - {reach.KEPT})
    if marks == sorted(row.marks):
        return int(row.version)
    journal(unit, "conversation.kept" if kept else "conversation.unkept", row, actor)
    return threads.change(unit, row, {"marks": marks})


def decline(unit: Transaction, house: House, *, actor: Actor, conversation_id: int) -> int:
    """Tells a writer who may not be told that we cannot speak about it here. Raises Conflict where they may be told."""
    row = opened(unit, actor, conversation_id, Permission.REPLY)
    if row.sender_contact_id is None or not reach.barriers(unit, row)(row.sender_contact_id):
        raise Conflict("They may be told. Answer them.")
    contact = contacts.get(unit, row.sender_contact_id)
    assert contact is not None
    clinic = house.configuration.practice()
    words = _DECLINED["es" if row.language == "es" else "en"].format(clinic=clinic.name, phone=clinic.phone)
    told: dict[str, Any] = {"channel": row.channel, "account": row.account, "line": row.line, "text": words}
    sent = automatic.send(
        unit, conversation_id=row.id, contact=contact, template="proxy.declined", exempt="reply", **told
    )
    if sent is None:
        raise Conflict("They want no messages from us. Call them.")
    journal(unit, "proxy.declined", row, actor, message=sent)
    return sent


def look(unit: Transaction) -> None:
    """What the calendar ended is written down and its addresses with it; what it will end soon is told beforehand."""
    for row in proxies.to_end(unit, BATCH):
        proxies.end(unit, row)
        details = {"proxy": row.id, "cause": "time"}
        unit.record("proxy.ended", actor_id=None, patient_id=row.patient_id, details=details, at=row.valid_to)
    for row in proxies.to_warn(unit, unit.now + WARNED_BEFORE, BATCH):
        proxies.warned(unit, row.id)
        unit.record("proxy.ending", actor_id=None, patient_id=row.patient_id, details={"proxy": row.id})


def _ends(acting: Acting, birth_on: date | None, zone: ZoneInfo) -> datetime | None:
    own = datetime.combine(acting.until + timedelta(days=1), time(), zone) if acting.until else None
    grown = majority(birth_on, zone) if acting.role in PARENTAL and birth_on else None
    bounds = [one.astimezone(UTC) for one in (own, grown) if one is not None]
    return min(bounds) if bounds else None


def _refuse_baseless(acting: Acting, ends: datetime | None, now: datetime) -> None:
    fields = {}
    if not 1 <= len(acting.name.strip()) <= 120:
        fields["name"] = "1 to 120 characters"
    if acting.role not in ROLES:
        fields["role"] = f"one of {', '.join(ROLES)}"
    if not acting.scope or set(acting.scope) - set(SCOPES):
        fields["scope"] = f"at least one of {', '.join(SCOPES)}"
    if not 3 <= len(acting.proof.strip()) <= 400:
        fields["proof"] = "say what was shown, and where it is kept"
    if ends is not None and ends <= now:
        grown = acting.role in PARENTAL and acting.until is None
        fields["role" if grown else "until"] = "the patient is of age" if grown else "has passed"
    if fields:
        raise Invalid(fields=fields)
