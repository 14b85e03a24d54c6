"""One conversation as its viewer may see it: what was said on every channel, notes, promises, what happened and why.
Refuses a conversation out of the viewer's scope as if it did not exist, and blanks each text above the viewer's sight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from inbox import said, way
from inbox.actors import Actor
from inbox.conversation_shape import (
    Attachment,
    Call,
    Candidate,
    Clock,
    Closure,
    Entry,
    Escalation,
    Event,
    Message,
    NextStep,
    Note,
    Part,
    Patient,
    Reach,
    Sender,
    View,
)
from inbox.errors import NotFound
from inbox.looking import Looking, details_within, look, name_of, patient_of, permissions
from inbox.store import conversation as store
from inbox.store import journal
from inbox.store.database import Reading
from inbox.telling import people_in, tell
from inbox.worklist import Person, person, reason_label
from patients.proxies import SCOPES, scopes_of
from patients.record import hint, initials, shown_name

__all__ = [
    "Attachment",
    "Call",
    "Candidate",
    "Clock",
    "Closure",
    "Entry",
    "Escalation",
    "Event",
    "Message",
    "NextStep",
    "Note",
    "Part",
    "Patient",
    "Person",
    "Reach",
    "Sender",
    "View",
    "plain",
    "view",
]

#: Journaled and heard by whoever is called, but no line of the timeline: it would say the same every half hour.
UNTOLD = ("escalation.repeated",)


#: All that a program gets; a screen takes a page at a time.
WHOLE = Part()


def view(reading: Reading, *, actor: Actor, conversation_id: int, now: datetime, part: Part = WHOLE) -> View:
    """The conversation at this moment. Raises NotFound out of scope. Who calls it writes the access row (`how` opened)
    before showing and meets the read clock."""
    head = store.head(reading, actor, conversation_id)
    if head is None:
        raise NotFound("There is no such conversation.")
    seen = look(actor, head)
    shown: dict[str, Any] = {"before": part.before, "without": (*part.without, *UNTOLD)}
    lines = journal.of_conversation(reading.connection, conversation_id, part.lines, **shown)
    newest = journal.newest_of(reading.connection, conversation_id)
    raised, ending = store.raised(reading, conversation_id), store.ending(reading, conversation_id)
    noted = store.newest_notes(reading, conversation_id, before=part.before, limit=part.limit)
    names = store.names(reading, _people(head, lines, raised, ending) + [one for row in noted for one in row.mentions])
    return View(
        **_facts(head, seen),
        sight=seen.sight,
        owner=person(head.owner_id, head.owner_name),
        patient=patient_of(head) if seen.sight.person else None,
        sender=_sender(head) if seen.sight.person else None,
        candidates=_candidates(reading, head, seen),
        next_step=_next_step(head, seen, names),
        clocks=_clocks(reading, conversation_id),
        messages=said.messages(reading, conversation_id, seen, part),
        notes=tuple(said.note(row, seen, names) for row in noted),
        events=tuple(_event(line, names, seen) for line in lines),
        calls=tuple(_call(leg, seen) for leg in store.legs(reading, conversation_id)),
        escalations=tuple(_escalation(one, names) for one in raised),
        closure=_closure(ending, seen, names) if ending is not None else None,
        reachability=_reachability(reading, head, seen),
        permissions=permissions(actor, seen.vis, flagged=head.flagged),
        head=journal.head(reading.connection),
        base_seq=newest.seq if newest else 0,
    )


def plain(shown: View) -> dict[str, Any]:
    """The conversation as the JSON API gives it: plain values, RFC 3339 moments, a text's class as `class`."""
    found: dict[str, Any] = msgspec.to_builtins(shown)
    for words in (*found["messages"], *found["notes"]):
        words["class"] = words.pop("klass")
    return found


_AS_STORED = (
    "id",
    "version",
    "state",
    "reason",
    "priority",
    "clinical",
    "flagged",
    "sensitive",
    "patient_choice",
    "language",
    "channel",
    "line",
    "location",
    "opened_at",
    "closed_at",
    "merged_into",
    "related_id",
    "snoozed_until",
)


def _facts(head: Any, seen: Looking) -> dict[str, Any]:
    return {
        **{name: getattr(head, name) for name in _AS_STORED},
        "quarantined": bool(head.quarantined),
        "queue": head.team,
        "reason_label": reason_label(head.reason),
        "reasons": tuple(head.reasons),
        "marks": tuple(head.marks),
        "subject": head.subject if seen.sight.texts else "",
        "red_flags": tuple(_flag(flag, seen) for flag in head.red_flags) if seen.sight.person else (),
        "because": tuple(head.because) if seen.sight.texts else (),
        "routed_because": tuple(head.routed_because),
    }


def _flag(flag: Any, seen: Looking) -> Any:
    """Its kind and level for everyone who sees the patient; the words it was found in only for those who read them."""
    return flag if seen.clinical.texts else {key: flag[key] for key in ("kind", "level") if key in flag}


def _sender(head: Any) -> Sender | None:
    if head.address is None and not head.sender_name:
        return None
    acts = ""
    if head.proxy_role and head.subject_patient_id is not None:
        acts = f"{head.proxy_role.replace('_', ' ')} of {shown_name(name_of(head), head.subject_certainty)}"
    scope = tuple(one for one in SCOPES if one in scopes_of(head.proxy_scope or ""))
    return Sender(head.address or "", head.address_kind or "", head.sender_name, acts, scope)


def _candidates(reading: Reading, head: Any, seen: Looking) -> tuple[Candidate, ...]:
    """Several patients behind one address, or one whom nobody may assume."""
    found = store.behind_address(reading, head.sender_contact_id)
    if not seen.sight.person or (len(found) < 2 and head.subject_certainty != "unknown"):
        return ()
    return tuple(Candidate(row.id, hint(name_of(row)), initials(name_of(row)), row.relationship) for row in found)


def _next_step(head: Any, seen: Looking, names: Mapping[int, str]) -> NextStep | None:
    if head.step_due_at is None:
        return None
    owner = person(head.step_owner_id, names.get(head.step_owner_id))
    return NextStep(head.next_step_id, head.what if seen.sight.texts else "", owner, head.step_team, head.step_due_at)


def _clocks(reading: Reading, conversation_id: int) -> tuple[Clock, ...]:
    ledger = store.ledger(reading, conversation_id)
    return tuple(_clock(row, ledger.get(row.id, [])) for row in store.promises(reading, conversation_id))


def _clock(row: Any, entries: Sequence[Any]) -> Clock:
    return Clock(
        id=row.id,
        metric=row.metric,
        state=row.state,
        policy=row.policy,
        started_at=row.started_at,
        due_at=row.due_at,
        met_at=row.met_at,
        breached_at=row.breached_at,
        warn_at=row.warn_at,
        target=target_words(row.target),
        ledger=tuple(Entry(entry.at, entry.kind, entry.cause) for entry in entries),
        stopped_at=row.stopped_at,
    )


def target_words(target: Mapping[str, Any]) -> str:
    """A stored target in words: "1 business day", "15 min around the clock", "4 h"."""
    days, seconds = int(target.get("business_days", 0)), int(target.get("seconds", 0))
    if days:
        amount = f"{days} business day{'' if days == 1 else 's'}"
    elif seconds % 3600 == 0:
        amount = f"{seconds // 3600} h"
    else:
        amount = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    return amount + (" around the clock" if target.get("calendar") == "always" else "")


def _event(line: journal.Line, names: Mapping[int, str], seen: Looking) -> Event:
    actor = names.get(line.actor_id, "") if line.actor_id is not None else ""
    told = tell(line.verb, line.details, names)
    return Event(line.seq, line.at, line.verb, told, actor, details_within(line.details, seen.sight))


def _call(leg: Any, seen: Looking) -> Call:
    return Call(
        sid=leg.sid,
        result=leg.result,
        ringing_at=leg.ringing_at,
        ended_at=leg.ended_at,
        seconds=leg.seconds,
        recording_seconds=leg.recording_seconds,
        has_recording=leg.recording is not None and seen.sight.texts,
        id=leg.id,
        direction=leg.direction,
    )


def _escalation(one: Any, names: Mapping[int, str]) -> Escalation:
    to = names.get(one.to_id, one.to_kind) if one.to_id is not None else one.to_kind
    acked_by = names.get(one.acked_by, "") if one.acked_by is not None else None
    return Escalation(one.id, one.cause, one.tier, one.raised_at, to, acked_by, one.acked_at, one.next_tier_at)


_OF_CLOSURE = (
    "id",
    "closed_at",
    "outcome",
    "resolved",
    "waiver",
    "confirmation_message_id",
    "response_wall_seconds",
    "response_business_seconds",
    "resolution_wall_seconds",
    "resolution_business_seconds",
)


def _closure(ending: Any, seen: Looking, names: Mapping[int, str]) -> Closure:
    return Closure(
        **{name: getattr(ending, name) for name in _OF_CLOSURE},
        closed_by=names.get(ending.closed_by, "") if ending.closed_by is not None else "",
        disposition=ending.disposition if seen.clinical.texts else "",
    )


def _reachability(reading: Reading, head: Any, seen: Looking) -> tuple[Reach, ...]:
    if not seen.sight.person:
        return ()
    return tuple(_reach(by) for by in way.ways(reading, head))


def _reach(by: way.Way) -> Reach:
    basis = "consent on file" if by.consent_id is not None else "they wrote to us from here" if by.ok else ""
    return Reach(by.channel, by.contact.value, by.ok, by.why, by.window_expires_at, basis, by.barred)


def _people(head: Any, lines: Sequence[journal.Line], raised: Sequence[Any], ending: Any) -> list[int | None]:
    told = [one for line in lines for one in (line.actor_id, *people_in(line.details))]
    acting = [one for row in raised for one in (row.to_id, row.acked_by)]
    return [head.step_owner_id, *told, *acting, ending.closed_by if ending is not None else None]
