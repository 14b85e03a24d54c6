"""A phone call as a conversation: it exists as soon as the phone rings, and missed, voicemail and transcript of one
CallSid are one conversation with a promised call-back. The call's state is a fold of its events, so their order and
repetition change nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from channels.envelope import Attachment, CallEvent, Inbound
from inbox import reception, subject
from inbox.house import House
from inbox.landing import Landed
from inbox.promise import Ledger
from inbox.store import contacts, threads
from inbox.store.database import Transaction
from inbox.store.tables import calls, messages
from slas import promises


def follow(unit: Transaction, house: House, event: CallEvent, *, arrival_id: int, received_at: datetime) -> Landed:
    """One event of a call."""
    call = unit.one(select(calls).where(calls.c.sid == event.call_sid))
    if call is None:
        call = _begin(unit, house, event, arrival_id, received_at)
    elif event.sender is not None:
        _learn_caller(unit, event, call)
    values = _facts(event, call, received_at)
    if values:
        unit.execute(update(calls).where(calls.c.id == call.id).values(values))
    landed = Landed("received", call.conversation_id)
    if event.kind in {"recording", "transcription"}:
        said = _words(event, call)
        if said is not None:
            landed = _add(unit, house, said, call, arrival_id, received_at)
    if event.kind in {"recording", "transcription", "voicemail"} or (
        event.kind == "ended" and call.answered_at is None
    ):
        _promise_callback(unit, house, call, "voicemail" if event.kind != "ended" else "missed")
    return landed


def _begin(unit: Transaction, house: House, event: CallEvent, arrival_id: int, received_at: datetime) -> Row[Any]:
    call_id = unit.new_id()
    ringing = Inbound(
        channel="voice",
        external_id=event.call_sid,
        sender=event.sender,
        line=event.line,
        account=event.account,
        at=event.at,
        text="Phone call",
        chosen_reason=event.chosen_reason,
        language=event.language if event.language != "en" else "",
    )
    landed = reception.receive(unit, house, ringing, arrival_id=arrival_id, received_at=received_at, call_id=call_id)
    unit.execute(
        insert(calls).values(
            id=call_id,
            sid=event.call_sid,
            conversation_id=landed.conversation_id,
            direction="in",
            ringing_at=received_at,
            # the greeting says it before anything is recorded
            consent_announced_at=received_at,
        )
    )
    row = unit.one(select(calls).where(calls.c.id == call_id))
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


def _facts(event: CallEvent, call: Row[Any], at: datetime) -> dict[str, Any]:
    """What this event adds; nothing it says undoes an earlier one."""
    facts: dict[str, Any] = {}
    if event.kind == "answered" and call.answered_at is None:
        facts = {"answered_at": at, "result": "answered"}
    elif event.kind == "queued" and call.queued_at is None:
        facts = {"queued_at": at}
    elif event.kind == "ended" and call.ended_at is None:
        missed = "voicemail" if call.recording_sid else "missed"
        facts = {"ended_at": at, "seconds": event.seconds, "result": call.result or missed}
    elif event.kind == "recording" and event.recording_url:
        facts = {
            "recording": event.recording_url,
            "recording_sid": event.recording_sid,
            "recording_seconds": event.seconds,
            "result": "voicemail",
        }
    if event.digits:
        facts["digits"] = (call.digits + event.digits)[:20]
    return facts


def _words(event: CallEvent, call: Row[Any]) -> Inbound | None:
    """A voicemail's recording and its transcript are messages of the conversation."""
    if event.kind == "recording" and event.recording_url:
        file = Attachment("voicemail.mp3", "audio/mpeg", url=f"{event.recording_url}.mp3")
        text = f"Voicemail, {event.seconds or 0} seconds"
        return _inbound(event, f"{event.call_sid}:recording", text, (file,))
    if event.kind == "transcription":
        heard = event.transcript if event.transcript_ok and event.transcript.strip() else ""
        text = heard or "The voicemail could not be transcribed. Please listen to it."
        return _inbound(event, f"{event.call_sid}:transcript", text, ())
    return None


def _inbound(event: CallEvent, external_id: str, text: str, files: tuple[Attachment, ...]) -> Inbound:
    return Inbound(
        channel="voice",
        external_id=external_id,
        sender=event.sender,
        line=event.line,
        account=event.account,
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


def _promise_callback(unit: Transaction, house: House, call: Row[Any], cause: str) -> None:
    row = threads.lock(unit, call.conversation_id)
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    if "callback" in ledger.clocks:
        return
    chosen = ledger.choose(reason=row.reason, priority=row.priority, channel="voice")
    lines = promises.on_missed_call(ledger.clocks, chosen, at=call.ringing_at, cause=f"call.{cause}")
    first = ledger.record(lines, chosen=chosen, priority=row.priority)
    threads.change(unit, row, first.values())
    unit.record(f"call.{cause}", actor_id=None, conversation_id=row.id, details={"call": call.id})
