"""One more message in a conversation: it may reopen, wake, raise and change hands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inbox import site_user
from inbox.closure import reopen_by_inbound
from inbox.landing import Landed, add_message, journal_arrival
from inbox.practice import Practice
from inbox.promise import First, Ledger
from inbox.reclassification import raised
from inbox.store import threads, work
from inbox.store.database import Transaction
from inbox.triage import Read
from slas import promises


def add(unit: Transaction, practice: Practice, read: Read, conversation_id: int) -> Landed:
    """Puts the message at the end of a conversation, which is held from here on."""
    row = threads.hold(unit, conversation_id)
    values = _stir(unit, practice, read, row)
    message_id, sequence = unit.new_id(), row.last_sequence + 1
    add_message(unit, read, row.id, message_id, sequence=sequence)
    values |= {"last_message_id": message_id, "last_sequence": sequence} | _heard(read, row) | _subject(read, row)
    threads.change(unit, row, values)
    priority, team = int(values.get("priority", row.priority)), str(values.get("team", row.team))
    journal_arrival(unit, read, row.id, message_id, priority, team, opened=False)
    if "subject_certainty" in values:
        site_user.note(unit, read.subject.verdict, row.id, was=row.subject_patient_id)
    return Landed("received", row.id, message_id)


def _stir(unit: Transaction, practice: Practice, read: Read, row: Row[Any]) -> dict[str, Any]:
    """What wakes, what rises and what is owed anew. Thanks and machines leave a closed one closed."""
    ledger = Ledger(unit, practice, row.id)
    settled = row.state == "closed" and (read.owed_nothing or read.parked)
    values = {} if settled else _wake(unit, ledger, read, row)
    if not read.parked and work.end_snooze(unit, row.id, "inbound"):
        values |= {"snoozed_until": None}
        unit.record("snooze.ended", actor_id=None, conversation_id=row.id, details={"cause": "inbound"})
    if settled:
        return values
    values |= raised(unit, practice, ledger, read, row)
    first = _owe(ledger, read, row, int(values.get("priority", row.priority)))
    values |= first.values()
    if row.state == "waiting" and not read.parked:
        values["next_step_id"] = _step_again(unit, read, row, first)
    return values


def _wake(unit: Transaction, ledger: Ledger, read: Read, row: Row[Any]) -> dict[str, Any]:
    if row.state == "closed":
        return reopen_by_inbound(unit, ledger, row, at=read.at)
    if row.state == "waiting" and not read.parked:
        unit.record("conversation.resumed", actor_id=None, conversation_id=row.id, patient_id=row.subject_patient_id)
        return {"state": "open"}
    return {}


def _heard(read: Read, row: Row[Any]) -> dict[str, Any]:
    return {
        "last_at": max(row.last_at, read.at),
        "last_inbound_at": read.at,
        **_way(read, row),
        "unread": True,
        "needs_reply": row.needs_reply or not (read.owed_nothing or read.parked),
        "marks": sorted({*row.marks, *site_user.marks(read.marks, read.subject.verdict, row.subject_patient_id)}),
    }


def _way(read: Read, row: Row[Any]) -> dict[str, Any]:
    """How they last reached us by themselves, and so are answered. What came through a link of ours did not."""
    if read.through_link:
        return {}
    return {"channel": read.inbound.channel, "line": read.inbound.line or row.line}


def _subject(read: Read, row: Row[Any]) -> dict[str, Any]:
    """Whom it is about, where nobody has said so before or the clinic's site makes sure of it."""
    verdict = read.subject.verdict
    is_sure = site_user.confirms(verdict, row.subject_patient_id, row.subject_certainty)
    if verdict.patient_id is None or (row.subject_patient_id is not None and not is_sure):
        return {}
    about = {"subject_patient_id": verdict.patient_id, "subject_certainty": verdict.certainty}
    return about | {"sender_proxy_id": read.subject.proxy_id}


def _step_again(unit: Transaction, read: Read, row: Row[Any], first: First) -> int:
    """The patient answered: checking back is done, and what follows depends on what they said."""
    threads.end_step(unit, row.id)
    return threads.add_step(
        unit,
        conversation_id=row.id,
        what=read.next_step,
        team=row.team,
        owner_id=row.owner_id,
        due_at=first.due_at or read.at,
    )


def _owe(ledger: Ledger, read: Read, row: Row[Any], priority: int) -> First:
    chosen = ledger.choose(reason=row.reason, priority=priority, channel=read.inbound.channel)
    bare = read.owed_nothing or read.parked
    event = promises.on_acknowledgement if bare else promises.on_inbound
    lines = event(ledger.clocks, chosen, at=read.at)
    if bare and row.state == "waiting" and not read.parked:
        lines += promises.on_active(ledger.clocks, at=read.at, cause="message.acknowledged")
    return ledger.record(lines, chosen=chosen, priority=priority)
