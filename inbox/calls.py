"""A phone call as a conversation: it exists as soon as the phone rings, and everything of one call is one conversation.
Each hook becomes an event of the call (`call_state`); words and recordings become messages.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, update

from channels.envelope import Attachment, CallEvent, Inbound
from channels.voice_course import Step
from inbox import call_recording, call_state, reception, subject
from inbox.house import House
from inbox.landing import Landed
from inbox.store import calls as store
from inbox.store import contacts, threads
from inbox.store.database import Transaction
from inbox.store.tables import messages


def follow(unit: Transaction, house: House, event: CallEvent, *, arrival_id: int, received_at: datetime) -> Landed:
    """One event of a call."""
    call = store.get(unit, event.call_id) if event.call_id else store.by_sid(unit, event.call_sid)
    if call is None and event.call_id:
        return Landed("received", reason="a hook of a call that is not ours")
    if call is None:
        call = _begin(unit, house, event, arrival_id, received_at)
    elif event.sender is not None and call.direction == "in" and not event.take:
        _learn_caller(unit, event, call)
    _note(unit, event, call)
    if event.kind != "noted":
        call_state.happen(unit, house, call.id, _step(event, received_at))
    if event.kind == "recorded" and event.recording_url:
        call_recording.keep(unit, event, call, arrival_id=arrival_id, received_at=received_at)
    said = _words(event)
    if said is None:
        return Landed("received", call.conversation_id)
    return _add(unit, house, said, call, arrival_id, received_at)


def _begin(unit: Transaction, house: House, event: CallEvent, arrival_id: int, received_at: datetime) -> Row[Any]:
    call_id = unit.new_id()
    ringing = _inbound(event, event.call_sid, "Phone call", (), at=event.at)
    landed = reception.receive(unit, house, ringing, arrival_id=arrival_id, received_at=received_at, call_id=call_id)
    store.add(
        unit,
        {
            "id": call_id,
            "sid": event.call_sid,
            "conversation_id": landed.conversation_id,
            "direction": "in",
            "phase": "ringing",
            "ringing_at": received_at,
            # the greeting says it before anything is recorded
            "consent_announced_at": received_at,
        },
    )
    row = store.get(unit, call_id)
    assert row is not None
    return row


def _learn_caller(unit: Transaction, event: CallEvent, call: Row[Any]) -> None:
    """A recording's hook names nobody: where it came before the ring, the caller is known only now."""
    row = threads.lock(unit, call.conversation_id)
    if row.sender_contact_id is not None or event.sender is None:
        return
    contact = contacts.find_or_add(unit, event.sender.kind, event.sender.value)
    about = subject.of_inbound(unit, _inbound(event, event.call_sid, "", ()), contact)
    values: dict[str, Any] = {
        "sender_contact_id": contact.id,
        "line": row.line or event.line,
        "marks": sorted({*row.marks, *about.marks}),
    }
    if row.subject_patient_id is None:
        found = about.verdict
        values |= {"subject_patient_id": found.patient_id, "subject_certainty": found.certainty}
    theirs = and_(messages.c.call_id == call.id, messages.c.contact_id.is_(None))
    unit.execute(update(messages).where(theirs).values(contact_id=contact.id))
    threads.change(unit, row, values)
    unit.record("call.caller_known", actor_id=None, conversation_id=row.id, details={"call": call.id})


def _note(unit: Transaction, event: CallEvent, call: Row[Any]) -> None:
    """What the caller chose, and the provider's id of a call that we placed. Nothing here undoes what was said."""
    values: dict[str, Any] = {}
    if event.digits:
        values["digits"] = (call.digits + event.digits)[:20]
    if event.language == "es" and not call.language:
        values["language"] = "es"
    if event.recording_refused and not call.unrecorded:
        values["unrecorded"] = True
    if event.kind == "recording" and event.recording_url and call.recording is None:
        values["recording"] = event.recording_url
    if call.direction == "out" and event.call_sid and not event.take and call.sid.startswith("placing:"):
        values["sid"] = event.call_sid
    if values:
        store.keep(unit, call.id, values)


def _step(event: CallEvent, received_at: datetime) -> Step:
    """The event as the fold knows it. What says the same has the same key, however often it is said."""
    ref = event.conference if event.kind in ("joined", "parted") else event.recording_sid
    # of who comes and goes the leg tells one time from another: a caller may be put back and join again
    leg = event.call_sid if event.kind in ("joined", "parted") else ""
    told = event.status if event.kind in ("left", "ended") else ""
    return Step(
        key=f"{event.kind}:{event.take}:{leg}:{told}:{ref}",
        kind=event.kind,
        at=received_at,
        take=event.take,
        leg=leg,
        status=told,
        seconds=event.seconds,
        ref=ref,
    )


def _words(event: CallEvent) -> Inbound | None:
    """The choice of the menu, a voicemail's recording and its transcript are messages of the conversation."""
    if event.kind == "menu" and event.chosen_reason:
        return _inbound(event, f"{event.call_sid}:menu:{event.digits}", f"Pressed {event.digits} in the menu", ())
    if event.kind == "recording" and event.recording_url:
        file = Attachment("voicemail.mp3", "audio/mpeg", url=f"{event.recording_url}.mp3")
        text = f"Voicemail, {event.seconds or 0} seconds"
        return _inbound(event, f"{event.call_sid}:recording:{event.recording_sid}", text, (file,))
    if event.kind == "transcription":
        heard = event.transcript if event.transcript_ok and event.transcript.strip() else ""
        text = heard or "The voicemail could not be transcribed. Please listen to it."
        return _inbound(event, f"{event.call_sid}:transcript:{event.recording_sid}", text, ())
    return None


def _inbound(
    event: CallEvent, external_id: str, text: str, files: tuple[Attachment, ...], at: datetime | None = None
) -> Inbound:
    return Inbound(
        channel="voice",
        external_id=external_id,
        sender=event.sender,
        line=event.line,
        account=event.account,
        at=at,
        text=text,
        attachments=files,
        chosen_reason=event.chosen_reason,
        language=event.language if event.language != "en" else "",
    )


def _add(
    unit: Transaction, house: House, said: Inbound, call: Row[Any], arrival_id: int, received_at: datetime
) -> Landed:
    return reception.add_to(
        unit, house, said, call.conversation_id, arrival_id=arrival_id, received_at=received_at, call_id=call.id
    )
