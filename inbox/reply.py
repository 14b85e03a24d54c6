"""A person answers: permission, the newer-message check, the way to the patient, consent, promises and the send job,
all in one transaction. What was asked twice under one client id happens once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select

from inbox import answer, check, hours_of_rest, reach, reply_template, secure, upload, way
from inbox.actors import Actor, Permission, can_see
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.house import House
from inbox.store import drafts, jobs, threads
from inbox.store.database import Transaction
from inbox.store.tables import journal as lines
from inbox.way import Way
from inbox.working import journal, opened, vis_of

LONGEST = 20_000
#: A reply for later than this is planned: nobody is answered before it leaves.
PLANNED = timedelta(seconds=60)


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
    content_sid = draft.template if draft.template.startswith("HX") else ""
    by = way.choose(unit, row, channel=draft.channel, to=draft.to, template=content_sid)
    _refuse_unfit(unit, house, row, draft, by)
    files = upload.chosen(unit, row, actor, draft.attachments, by.channel)
    sealed = secure.seal(unit, house, row=row, text=draft.text) if draft.secure else None
    leaving = msgspec.structs.replace(draft, text=sealed.body) if sealed else draft
    message_id = _queue(unit, row, actor, leaving, by, unit.now + timedelta(seconds=hold) if hold else None)
    upload.attach(unit, files, message_id)
    if sealed:
        unit.flush()  # the letter refers to its message
        sealed.store(message_id)
    drafts.end(unit, row.id, actor.id, "reply")
    details: dict[str, Any] = {"message": message_id, "channel": by.channel}
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
    """The words of the template that was chosen; see `reply_template.fill`."""
    asked = reply_template.Chosen(draft.template, draft.template_variables, draft.text, draft.channel)
    filled = reply_template.fill(unit, house, row, actor, asked)
    given = {"template": filled.template, "template_variables": filled.variables, "text": filled.text}
    return msgspec.structs.replace(draft, channel=filled.channel, **given)


def _refuse_unfit(unit: Transaction, house: House, row: Row[Any], draft: Draft, by: Way) -> None:
    """What its reader may not be told (`reach`) goes nowhere, by a secure link neither; what may not go by this way
    (`check.judge`) goes as one, and what would ring by night waits for the
    morning, unless its writer says that it cannot. Raises Invalid, Conflict."""
    if why := reach.barriers(unit, row, draft.text)(by.contact.id):
        raise Invalid(f"Cannot tell them this: {why}.", fields={"text": why})
    found = check.judge(unit, house, row, by, draft.text, draft.subject)
    if found.level == "secure" and not draft.secure:
        why = "; ".join(found.because)
        raise Invalid(f"Send this as a secure link: {why}.", fields={"text": why}, next={"secure": True})
    later = hours_of_rest.until(unit, house, row, by, draft.send_at)
    if later is not None and not draft.override:
        raise Conflict(
            f"It is {later.local:%H:%M} for the patient. Plan it for {later.ends_local:%H:%M}, or send it anyway.",
            quiet_until=later.ends_at,
        )


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


def _queue(unit: Transaction, row: Row[Any], actor: Actor, draft: Draft, by: Way, held_until: datetime | None) -> int:
    send_at = draft.send_at if draft.send_at and draft.send_at > unit.now else held_until
    message_id = threads.add_message(
        unit,
        {
            "conversation_id": row.id,
            "sequence": row.last_sequence + 1,
            "direction": "out",
            "channel": by.channel,
            "contact_id": by.contact.id,
            "account": by.account,
            "line": by.line,
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
            "consent_id": by.consent_id,
            "exempt_reason": by.exempt_reason,
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
        lane=f"{by.account}:{by.contact.id}",
        due_at=send_at,
    )
    return message_id
