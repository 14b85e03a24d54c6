"""What a message does once it is understood, in one transaction: who, which conversation, what about, how urgent, who
takes it, which promises. A repeat changes nothing; whatever the words, the message lands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from channels.envelope import Inbound
from inbox import assignment, delivery, escalation, optout, routing_rules, subject, thread
from inbox.closure import reopen_by_inbound
from inbox.house import House
from inbox.practice import Practice
from inbox.promise import First, Ledger
from inbox.store import attachments, contacts, jobs, threads, work
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from inbox.subject import Subject
from routing import rules
from routing.classify import Verdict, bare_thanks, classify
from slas import promises

#: Machine mail and suspected spam wait at the lowest priority, seen and never answered automatically.
PARKED = frozenset({"auto_reply", "bounce", "feedback_report", "mailing_list", "loop", "spam"})
LOWEST = 4
#: The reason of a request whose words said nothing yet, such as a ringing phone; the first words that do replace it.
UNTOLD = "admin_other"
#: Channels on which the patient chose one of our numbers.
DIALLED = frozenset({"sms", "whatsapp", "voice", "social"})
#: The human read that an emergent message is promised (domain.md §5).
PAGE_SECONDS = 300


class Landed(msgspec.Struct, frozen=True):
    """Where a message went. `state` is what becomes of its arrival."""

    state: str
    conversation_id: int | None = None
    message_id: int | None = None
    reason: str = ""


class Read(msgspec.Struct, frozen=True):
    """A message with everything the leaves said about it."""

    inbound: Inbound
    at: datetime
    received_at: datetime
    arrival_id: int | None
    contact: Contact | None
    subject: Subject
    verdict: Verdict
    keyword: str | None = None
    call_id: int | None = None

    @property
    def flagged(self) -> bool:
        """A red flag that holds now, not one of long ago."""
        return any(flag.level != "history" for flag in self.verdict.red_flags)

    @property
    def clinical(self) -> bool:
        """Health content, so that only some may read it. The class comes from reasons and red flags (privacy.md §2);
        words that no rule understands have neither, and a person reads them the same day."""
        return self.verdict.sensitivity_class == "clinical" and not (self.verdict.unclassified and not self.flagged)

    @property
    def parked(self) -> bool:
        """A machine wrote it, and nothing in it is urgent."""
        return self.inbound.machine in PARKED and not self.flagged

    @property
    def owed_nothing(self) -> bool:
        """A bare "thanks" or keyword: kept, owed no answer."""
        words = self.inbound.reply_text or self.inbound.text
        bare = bare_thanks(words) or self.keyword in {"stop", "start", "help"}
        return bare and not self.flagged and not self.inbound.attachments


def receive(
    unit: Transaction,
    house: House,
    inbound: Inbound,
    *,
    arrival_id: int | None,
    received_at: datetime,
    call_id: int | None = None,
) -> Landed:
    """Lands one message. A rival that took a unique place first surfaces as IntegrityError, and the caller runs it
    again."""
    if inbound.machine == "bounce" and inbound.bounce is not None:
        bounced = delivery.bounced(unit, house, inbound.bounce)
        if bounced is not None:
            return Landed("received", bounced, None, "bounce")
    earlier = threads.message_by_external(unit, inbound.channel, inbound.external_id)
    if earlier is not None:
        return Landed("duplicate", earlier.conversation_id, earlier.id)
    read = _read(unit, inbound, arrival_id, received_at, call_id)
    found = thread.find(unit, house, inbound, read.contact, read.subject.verdict)
    practice = house.configuration.practice()
    landed = (
        _continue(unit, practice, read, found.conversation)
        if found.conversation is not None
        else _open(unit, practice, read, found)
    )
    _alarm(unit, house, read, landed)
    return landed


def add_to(
    unit: Transaction,
    house: House,
    inbound: Inbound,
    conversation_id: int,
    *,
    arrival_id: int | None,
    received_at: datetime,
    call_id: int | None = None,
) -> Landed:
    """Lands one more message in a conversation that is known, such as the voicemail of a call."""
    earlier = threads.message_by_external(unit, inbound.channel, inbound.external_id)
    if earlier is not None:
        return Landed("duplicate", earlier.conversation_id, earlier.id)
    read = _read(unit, inbound, arrival_id, received_at, call_id)
    landed = _continue(unit, house.configuration.practice(), read, threads.get(unit, conversation_id))
    _alarm(unit, house, read, landed)
    return landed


def _read(
    unit: Transaction, inbound: Inbound, arrival_id: int | None, received_at: datetime, call_id: int | None
) -> Read:
    sender = inbound.sender
    contact = contacts.find_or_add(unit, sender.kind, sender.value) if sender else None
    keyword = optout.heed(unit, inbound, contact)
    about = subject.of_inbound(unit, inbound, contact)
    words = "\n".join(part for part in (inbound.subject, inbound.reply_text or inbound.text) if part)
    verdict = classify(
        words,
        channel=inbound.channel,
        language=inbound.language or about.language,
        chosen_reason=inbound.chosen_reason,
    )
    at = min(inbound.at or received_at, received_at)
    return Read(inbound, at, received_at, arrival_id, contact, about, verdict, keyword, call_id)


def _open(unit: Transaction, practice: Practice, read: Read, found: thread.Thread) -> Landed:
    """A new conversation with its first message, owner or queue, next step, promises and journal rows."""
    inbound = read.inbound
    conversation_id, message_id = unit.new_id(), unit.new_id()
    routed = _route(practice, read)
    priority = LOWEST if read.parked or read.owed_nothing else min(read.verdict.priority, routed.priority)
    if found.takes_over is not None:
        threads.change(unit, found.takes_over, {"receiving": False})
    place = (
        assignment.Place(None, ("parked: a machine wrote it",))
        if read.parked
        else assignment.place(
            unit, team=routed.team, clinical=read.clinical, channel=inbound.channel, language=read.verdict.language
        )
    )
    ledger = Ledger(unit, practice, conversation_id, fresh=True)
    chosen = ledger.choose(reason=read.verdict.reason, priority=priority, channel=inbound.channel)
    lines = promises.on_inbound({}, chosen, at=read.at)
    first = ledger.foresee(lines)
    step_id = unit.new_id()
    threads.add_conversation(
        unit,
        {
            "id": conversation_id,
            **_who(read),
            **_what(read, routed, priority, place),
            "account": inbound.account,
            "channel": inbound.channel,
            "line": inbound.line,
            "state": "open",
            "subject": inbound.subject,
            "marks": _marks(practice, read, found),
            "owner_id": place.actor_id,
            "next_step_id": step_id,
            "receiving": inbound.channel in thread.RECEIVING and read.contact is not None,
            "related_id": found.related_id,
            "arrival_id": read.arrival_id,
            "opened_at": read.at,
            "last_at": read.at,
            "last_inbound_at": read.at,
            "last_message_id": message_id,
            "last_sequence": 1,
            **first.values(),
        },
    )
    _add_message(unit, read, conversation_id, message_id, sequence=1)
    threads.add_step(
        unit,
        step_id=step_id,
        conversation_id=conversation_id,
        what="Read and decide",
        team=routed.team,
        due_at=first.due_at or read.at,
    )
    work.assign(
        unit,
        conversation_id=conversation_id,
        team=routed.team,
        actor_id=place.actor_id,
        by_id=None,
        why=list(place.why),
    )
    ledger.record(lines, chosen=chosen, priority=priority)
    _journal_arrival(unit, read, conversation_id, message_id, priority, routed.team, opened=True)
    return Landed("received", conversation_id, message_id)


def _continue(unit: Transaction, practice: Practice, read: Read, row: Row[Any]) -> Landed:
    """One more message in a conversation: it may reopen, wake, raise and change hands."""
    row = threads.lock(unit, row.id)
    ledger = Ledger(unit, practice, row.id)
    values: dict[str, Any] = {}
    settled = row.state == "closed" and (read.owed_nothing or read.parked)
    if row.state == "closed" and not settled:
        values |= reopen_by_inbound(unit, ledger, row, at=read.at)
    elif row.state == "waiting" and not read.parked:
        values |= {"state": "open"}
        unit.record("conversation.resumed", actor_id=None, conversation_id=row.id, patient_id=row.subject_patient_id)
    if not read.parked and work.end_snooze(unit, row.id, "inbound"):
        values |= {"snoozed_until": None}
        unit.record("snooze.ended", actor_id=None, conversation_id=row.id, details={"cause": "inbound"})
    if not settled:
        values |= _raise(unit, practice, ledger, read, row)
        first = _owe(ledger, read, row, int(values.get("priority", row.priority)))
        values |= first.values()
        if row.state == "waiting" and not read.parked:
            values["next_step_id"] = _step_again(unit, read, row, first)
    message_id = unit.new_id()
    sequence = row.last_sequence + 1
    _add_message(unit, read, row.id, message_id, sequence=sequence)
    values |= {
        "last_at": max(row.last_at, read.at),
        "last_inbound_at": read.at,
        "last_message_id": message_id,
        "last_sequence": sequence,
        "channel": read.inbound.channel,
        "line": read.inbound.line or row.line,
        "unread": True,
        "needs_reply": row.needs_reply or not (read.owed_nothing or read.parked),
        "marks": sorted({*row.marks, *read.subject.marks}),
    }
    if row.subject_patient_id is None and read.subject.verdict.patient_id is not None:
        values |= {
            "subject_patient_id": read.subject.verdict.patient_id,
            "subject_certainty": read.subject.verdict.certainty,
        }
    threads.change(unit, row, values)
    team = str(values.get("team", row.team))
    _journal_arrival(unit, read, row.id, message_id, int(values.get("priority", row.priority)), team, opened=False)
    return Landed("received", row.id, message_id)


def _alarm(unit: Transaction, house: House, read: Read, landed: Landed) -> None:
    """Words that may not wait: the safety text goes out and a hand is raised."""
    if read.flagged and landed.conversation_id is not None:
        optout.answer_safely(unit, house, read.inbound, read.verdict, landed.conversation_id, read.contact)
        _page(unit, house.configuration.practice(), read, landed.conversation_id)


def _step_again(unit: Transaction, read: Read, row: Row[Any], first: First) -> int:
    """The patient answered: checking back is done, and what follows depends on what they said."""
    threads.end_step(unit, row.id)
    return threads.add_step(
        unit,
        conversation_id=row.id,
        what="See whether this is done" if read.owed_nothing else "Read and decide",
        team=row.team,
        owner_id=row.owner_id,
        due_at=first.due_at or read.at,
    )


def _page(unit: Transaction, practice: Practice, read: Read, conversation_id: int) -> None:
    """An emergent red flag raises a hand at once; it does not wait for a clock to be missed."""
    if read.verdict.priority == 0 and not work.open_escalations(unit, conversation_id):
        row = threads.get(unit, conversation_id)
        escalation.begin(unit, practice, row, cause="red_flag", ref=None, target_seconds=PAGE_SECONDS)


def _owe(ledger: Ledger, read: Read, row: Row[Any], priority: int) -> First:
    chosen = ledger.choose(reason=row.reason, priority=priority, channel=read.inbound.channel)
    bare = read.owed_nothing or read.parked
    event = promises.on_acknowledgement if bare else promises.on_inbound
    lines = event(ledger.clocks, chosen, at=read.at)
    if bare and row.state == "waiting" and not read.parked:
        lines += promises.on_active(ledger.clocks, at=read.at, cause="message.acknowledged")
    return ledger.record(lines, chosen=chosen, priority=priority)


def _raise(unit: Transaction, practice: Practice, ledger: Ledger, read: Read, row: Row[Any]) -> dict[str, Any]:
    """What a more urgent or clinical message changes. Machines only raise."""
    values: dict[str, Any] = {}
    if read.parked or read.owed_nothing:
        return values
    if read.verdict.priority < row.priority:
        chosen = ledger.choose(reason=row.reason, priority=read.verdict.priority, channel=read.inbound.channel)
        ledger.record(promises.on_priority_raised(ledger.clocks, chosen, at=read.at), chosen=chosen)
        values["priority"] = read.verdict.priority
        details = {"from": row.priority, "to": read.verdict.priority}
        unit.record("priority.raised", actor_id=None, conversation_id=row.id, details=details)
    fresh = [msgspec.to_builtins(flag) for flag in read.verdict.red_flags]
    if fresh:
        values |= {"red_flags": [*row.red_flags, *fresh], "flagged": row.flagged or read.flagged}
    told = row.reason == UNTOLD and not read.verdict.unclassified and read.verdict.reason != UNTOLD
    if told:
        values["reason"] = read.verdict.reason
    if (read.clinical and not row.clinical) or (read.flagged and not row.flagged) or (told and row.owner_id is None):
        values |= _reclassify(unit, practice, read, row)
    new = [reason for reason in read.verdict.reasons if reason not in row.reasons]
    if new:
        values["reasons"] = [*row.reasons, *new]
        values["because"] = [*row.because, *read.verdict.because]
    return values


def _reclassify(unit: Transaction, practice: Practice, read: Read, row: Row[Any]) -> dict[str, Any]:
    """It became clinical or urgent: the team that may handle it takes over, journaled with both visibilities."""
    routed = _route(practice, read)
    values: dict[str, Any] = {"clinical": row.clinical or read.clinical}
    if routed.team != row.team:
        work.end_assignment(unit, row.id, "reclassified")
        work.assign(unit, conversation_id=row.id, team=routed.team, actor_id=None, by_id=None, why=list(routed.trace))
        values |= {"team": routed.team, "owner_id": None, "routed_because": [*row.routed_because, *routed.trace]}
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    after = before | {
        "team": routed.team,
        "owner": values.get("owner_id", row.owner_id),
        "clinical": values["clinical"],
    }
    unit.record("conversation.reclassified", actor_id=None, conversation_id=row.id, details={"vis": [before, after]})
    return values


def _route(practice: Practice, read: Read) -> rules.Routed:
    facts = routing_rules.facts_of(read.verdict, practice, channel=read.inbound.channel, line=read.inbound.line)
    return rules.apply(practice.rules, facts)


def _who(read: Read) -> dict[str, Any]:
    return {
        "subject_patient_id": read.subject.verdict.patient_id,
        "subject_certainty": read.subject.verdict.certainty,
        "sender_contact_id": read.contact.id if read.contact else None,
        "sender_name": read.inbound.sender_name,
        "location": read.subject.location,
    }


def _what(read: Read, routed: rules.Routed, priority: int, place: assignment.Place) -> dict[str, Any]:
    verdict = read.verdict
    return {
        "reason": verdict.reason,
        "reasons": list(verdict.reasons),
        "patient_choice": read.inbound.chosen_reason,
        "priority": priority,
        "clinical": read.clinical,
        "red_flags": [msgspec.to_builtins(flag) for flag in verdict.red_flags],
        "flagged": read.flagged,
        "because": list(verdict.because),
        "routed_because": [*routed.trace, *place.why],
        "language": verdict.language,
        "team": routed.team,
    }


def _marks(practice: Practice, read: Read, found: thread.Thread) -> list[str]:
    marks = list(read.subject.marks)
    is_ours = read.inbound.line in {"", practice.phone} or practice.line(read.inbound.line) is not None
    if read.inbound.channel in DIALLED and not is_ours:
        marks.append("unknown_line")
    if found.related_id is not None:
        marks.append("looks_related")
    if read.inbound.machine:
        marks.append(f"machine:{read.inbound.machine}")
    if read.keyword:
        marks.append(f"keyword:{read.keyword}")
    return sorted(marks)


def _add_message(unit: Transaction, read: Read, conversation_id: int, message_id: int, *, sequence: int) -> None:
    inbound = read.inbound
    threads.add_message(
        unit,
        {
            "id": message_id,
            "conversation_id": conversation_id,
            "sequence": sequence,
            "direction": "in",
            "channel": inbound.channel,
            "contact_id": read.contact.id if read.contact else None,
            "account": inbound.account,
            "line": inbound.line,
            "author_kind": "automatic" if inbound.machine in {"auto_reply", "bounce"} else "patient",
            "author_name": inbound.sender_name,
            "subject": inbound.subject,
            "body": inbound.text,
            "reply_text": inbound.reply_text or None,
            "html": inbound.html or None,
            "class": "clinical" if read.clinical else "phi",
            "machine": inbound.machine,
            "external_id": inbound.external_id,
            "mail_id": inbound.message_id or None,
            "status": "received",
            "at": read.at,
            "received_at": read.received_at,
            "arrival_id": read.arrival_id,
            "call_id": read.call_id,
        },
    )
    if inbound.attachments:
        _add_attachments(unit, inbound, message_id)


def _add_attachments(unit: Transaction, inbound: Inbound, message_id: int) -> None:
    """Bytes that are here were put aside by the caller (`url` then is our own key); others are fetched by a job."""
    rows = [
        {
            "id": unit.new_id(),
            "message_id": message_id,
            "filename": file.filename,
            "content_type": file.content_type,
            "size": file.size,
            "sha256": file.sha256,
            "inline": file.inline,
            "content_id": file.content_id,
            "blob": file.url.removeprefix("file:") if file.url.startswith("file:") else None,
            "url": "" if file.url.startswith("file:") else file.url,
            "state": "stored" if file.url.startswith("file:") else "missing",
        }
        for file in inbound.attachments
    ]
    attachments.add(unit, rows)
    for row in rows:
        if row["state"] == "missing" and row["url"]:
            jobs.add(unit, kind="media", ref=int(str(row["id"])), queue="bulk")


def _journal_arrival(
    unit: Transaction, read: Read, conversation_id: int, message_id: int, priority: int, team: str, *, opened: bool
) -> None:
    patient_id = read.subject.verdict.patient_id
    if opened:
        details = {"channel": read.inbound.channel, "team": team, "priority": priority, "reason": read.verdict.reason}
        unit.record(
            "conversation.opened",
            actor_id=None,
            conversation_id=conversation_id,
            patient_id=patient_id,
            details=details,
        )
    unit.record(
        "message.received",
        actor_id=None,
        conversation_id=conversation_id,
        patient_id=patient_id,
        details={"message": message_id, "channel": read.inbound.channel, "arrival": read.arrival_id},
    )
