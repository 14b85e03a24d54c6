"""A person answers: permission, the newer-message check, the way to the patient, consent, promises and the send job,
all in one transaction. What was asked twice under one client id happens once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select

from channels import whatsapp
from inbox import answer, consent, secure, template, upload
from inbox.actors import Actor, Permission, can_see
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.house import House
from inbox.store import contacts, drafts, jobs, threads
from inbox.store import conversation as conversations
from inbox.store.contacts import Contact
from inbox.store.database import Reading, Transaction
from inbox.store.tables import journal as lines
from inbox.store.tables import messages
from inbox.working import journal, opened, vis_of
from patients.consent import Allow

LONGEST = 20_000
#: A reply for later than this is planned: nobody is answered before it leaves.
PLANNED = timedelta(seconds=60)
#: Which channels an address of this kind can be written to on.
CHANNELS_OF = {"phone": ("sms", "whatsapp"), "email": ("mail",), "chat": ("chat",), "social": ("social",)}


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person wants to send. `to` is an address of the conversation or of its confirmed patient; `base_seq` the
    newest journal number its writer had seen; `override` sends although something newer came; `secure` puts the
    words behind a link of their own."""

    client_id: str = ""
    text: str = ""
    channel: str | None = None
    to: str | None = None
    subject: str = ""
    template: str = ""
    template_variables: dict[str, str] = {}
    send_at: datetime | None = None
    base_seq: int | None = None
    override: bool = False
    attachments: tuple[int, ...] = ()
    secure: bool = False


class Way(msgspec.Struct, frozen=True):
    """How a message reaches the patient: the address, the channel, and our line it leaves from."""

    contact: Contact
    channel: str
    account: str
    line: str
    ok: bool = True
    why: str = ""
    window_expires_at: datetime | None = None
    consent_id: int | None = None
    exempt_reason: str | None = None


def send(unit: Transaction, house: House, *, actor: Actor, conversation_id: int, draft: Draft, hold: int = 0) -> int:
    """Queues the reply and answers the message's id; for `hold` seconds it may still be taken back. Raises Forbidden,
    Conflict (something newer came), Invalid."""
    row = opened(unit, actor, conversation_id, Permission.REPLY)
    if row.clinical and not _may_answer_clinically(actor, row):
        raise Forbidden("A clinical message is answered by a nurse. Hand it to nursing.")
    earlier = threads.message_by_client_id(unit, draft.client_id)
    if earlier is not None:
        return _same(earlier, row, draft)
    _check(draft)
    if row.state == "closed":
        raise Conflict("The conversation is closed. Reopen it to answer.", state="closed")
    _refuse_if_newer(unit, row, actor, draft)
    draft = _filled(unit, house, row, actor, draft)
    way = choose_way(unit, row, channel=draft.channel, to=draft.to, template=draft.template)
    files = upload.chosen(unit, row, actor, draft.attachments, way.channel)
    sealed = secure.seal(unit, house, row=row, text=draft.text) if draft.secure else None
    leaving = msgspec.structs.replace(draft, text=sealed.body) if sealed else draft
    message_id = _queue(unit, row, actor, leaving, way, unit.now + timedelta(seconds=hold) if hold else None)
    upload.attach(unit, files, message_id)
    if sealed:
        unit.flush()  # the letter refers to its message
        sealed.store(message_id)
    drafts.end(unit, row.id, actor.id, "reply")
    details: dict[str, Any] = {"message": message_id, "channel": way.channel}
    if is_planned(draft.send_at, unit.now):
        step_id = answer.plan(unit, row, actor_id=actor.id, at=draft.send_at or unit.now)
        journal(unit, "reply.planned", row, actor, **details, **answer.before(row, step_id))
        return message_id
    step_id = answer.answer(unit, house, row, actor_id=actor.id, message_id=message_id)
    journal(unit, "reply.queued", row, actor, **details, **answer.before(row, step_id))
    return message_id


def is_planned(send_at: datetime | None, now: datetime) -> bool:
    """Whether a message is meant for later, and not only held for a moment."""
    return send_at is not None and send_at - now > PLANNED


def ways(reading: Reading, row: Row[Any]) -> list[Way]:
    """Every way to the patient of a conversation, each with whether it is open and why not; the sender's first."""
    points: list[Contact] = []
    if row.sender_contact_id is not None:
        sender = contacts.get(reading, row.sender_contact_id)
        points = [sender] if sender else []
    if row.subject_certainty == "confirmed":
        for point in contacts.of_patient(reading, row.subject_patient_id):
            if point.id not in {known.id for known in points}:
                points.append(Contact(point.id, point.kind, point.value, point.state))
    return [_way(reading, row, point, channel) for point in points for channel in CHANNELS_OF.get(point.kind, ())]


def choose_way(unit: Transaction, row: Row[Any], *, channel: str | None, to: str | None, template: str = "") -> Way:
    """The way asked for, or the one the patient last used. Raises Invalid saying why a way is not open."""
    every = ways(unit, row)
    fitting = [way for way in every if (channel in (None, way.channel)) and (to in (None, way.contact.value))]
    if not fitting:
        raise Invalid(fields={"channel" if to is None else "to": "the patient has no such address here"})
    preferred = row.channel if row.channel != "webform" else None
    chosen = next((way for way in fitting if way.channel == preferred), fitting[0])
    if channel is None and not chosen.ok:
        chosen = next((way for way in fitting if way.ok), chosen)
    if not chosen.ok and not (
        template.startswith("HX") and chosen.channel == "whatsapp" and chosen.why.startswith("window")
    ):
        other = next(({"channel": way.channel, "to": way.contact.value} for way in every if way.ok), None)
        raise Invalid(f"Cannot write by {chosen.channel}: {chosen.why}.", fields={"channel": chosen.why}, next=other)
    return chosen


def _way(reading: Reading, row: Row[Any], contact: Contact, channel: str) -> Way:
    answer = consent.ask(reading, contact, channel=channel, exempt="reply" if _wrote(reading, row, contact) else None)
    way = Way(contact, channel, row.account, row.line)
    if not isinstance(answer, Allow):
        return msgspec.structs.replace(way, ok=False, why=answer.why)
    way = msgspec.structs.replace(way, consent_id=answer.consent_id, exempt_reason=answer.exempt_reason)
    if channel != "whatsapp":
        return way
    last = threads.last_inbound(reading, contact.id, "whatsapp")
    expires = whatsapp.window_expires_at(last) if last else None
    if whatsapp.window_open(last, reading.now):
        return msgspec.structs.replace(way, window_expires_at=expires)
    why = "window closed: the patient's last WhatsApp message is over 24 hours old (63016)"
    return msgspec.structs.replace(way, ok=False, why=why, window_expires_at=expires)


def _wrote(reading: Reading, row: Row[Any], contact: Contact) -> bool:
    return contact.id == row.sender_contact_id or threads.has_contact(reading, row.id, contact.id)


def _may_answer_clinically(actor: Actor, row: Row[Any]) -> bool:
    return can_see(actor, vis_of(row)).texts and actor.role == "nurse"


def _same(earlier: Row[Any], row: Row[Any], draft: Draft) -> int:
    # what a template or a link stands for was not typed: asked again, its words are not there to compare
    is_other = bool(draft.text.strip()) and not draft.secure and earlier.body != draft.text
    if earlier.conversation_id != row.id or is_other:
        raise Invalid(fields={"client_id": "was used for another message; make a new one"})
    if earlier.status == "cancelled":
        raise Invalid(fields={"client_id": "was taken back before it left; make a new one"})
    return int(earlier.id)


def _check(draft: Draft) -> None:
    fields = {}
    if not draft.client_id.strip() or len(draft.client_id) > 100:
        fields["client_id"] = "1 to 100 characters, made by the client, new for each message"
    if not draft.text.strip() and not draft.template and not draft.attachments:
        fields["text"] = "may not be empty"
    if len(draft.text) > LONGEST:
        fields["text"] = f"at most {LONGEST} characters"
    if "\0" in draft.text:
        fields["text"] = "may not hold NUL characters"
    if draft.secure and (draft.template or draft.attachments):
        fields["secure"] = "a secure link carries words only"
    if draft.send_at is not None and draft.send_at.tzinfo is None:
        fields["send_at"] = "needs a time zone (RFC 3339)"
    if fields:
        raise Invalid(fields=fields)


def _filled(unit: Transaction, house: House, row: Row[Any], actor: Actor, draft: Draft) -> Draft:
    """The words of a canned reply where none were typed; by WhatsApp its approved template. Raises Invalid for one that
    nobody approved and for a place that nobody filled."""
    template.refuse_unfilled(draft.text)
    if not draft.template or draft.template.startswith("HX"):
        return draft
    versions = [one for one in template.approved(unit) if one.code == draft.template]
    chosen = next((one for one in versions if one.language == row.language[:2]), versions[0] if versions else None)
    if chosen is None:
        raise Invalid(fields={"template": "is not approved; choose another"})
    if draft.text.strip():
        return draft
    head = conversations.head(unit, actor, row.id)
    values = template.values_of(head, house.configuration.practice(), actor) if head is not None else {}
    words = chosen.text(draft.channel or row.channel)
    text = template.render(words, values)
    if draft.channel != "whatsapp" or not chosen.content_sid:
        return msgspec.structs.replace(draft, text=text)
    given = template.variables(words, values)
    return msgspec.structs.replace(draft, text=text, template=chosen.content_sid, template_variables=given)


def _refuse_if_newer(unit: Transaction, row: Row[Any], actor: Actor, draft: Draft) -> None:
    """A newer public message than the writer had seen: shown first, sent only after a look (or by `override`)."""
    if draft.base_seq is None or draft.override:
        return
    newer = select(lines.c.seq, lines.c.verb, lines.c.details).where(
        lines.c.conversation_id == row.id,
        lines.c.seq > draft.base_seq,
        lines.c.verb.in_(("message.received", "reply.queued", "reply.planned")),
    )
    found = unit.one(newer.order_by(lines.c.seq.desc()).limit(1))
    if found is None or (row.channel == "chat" and found.verb == "message.received"):
        return
    said = threads.message(unit, found.details["message"])
    sight = can_see(actor, vis_of(row))
    text = said.body if said is not None and sight.texts else ""
    newest = {"seq": found.seq, "direction": said.direction if said else "", "text": text}
    raise Conflict(
        "Something newer came since you began. Read it, then send anyway or change your reply.", newer=newest
    )


def _queue(unit: Transaction, row: Row[Any], actor: Actor, draft: Draft, way: Way, held_until: datetime | None) -> int:
    send_at = draft.send_at if draft.send_at and draft.send_at > unit.now else held_until
    message_id = threads.add_message(
        unit,
        {
            "conversation_id": row.id,
            "sequence": row.last_sequence + 1,
            "direction": "out",
            "channel": way.channel,
            "contact_id": way.contact.id,
            "account": way.account,
            "line": way.line,
            "author_id": actor.id,
            "author_kind": "staff",
            "author_name": actor.name,
            "subject": draft.subject or row.subject,
            "body": draft.text,
            "class": "clinical" if row.clinical else "phi",
            "client_id": draft.client_id,
            "status": "queued",
            "at": unit.now,
            "received_at": unit.now,
            "consent_id": way.consent_id,
            "exempt_reason": way.exempt_reason,
            "template": draft.template,
            "variables": draft.template_variables,
            "send_at": send_at,
        },
    )
    jobs.add(
        unit,
        kind="send",
        ref=message_id,
        queue="outbound",
        lane=f"{way.account}:{way.contact.id}",
        due_at=send_at,
    )
    return message_id


def message_of(reading: Reading, client_id: str) -> Row[Any] | None:
    """The message a client made under this id."""
    return reading.one(select(messages).where(messages.c.client_id == client_id))
