"""A reply that has not left is taken back: the provider never gets it, its words return to their draft, and the
promises stand as if nobody had answered. Refuses what a sender has begun.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import answer, draft, secure
from inbox.actors import Actor, Permission, can_see
from inbox.errors import Conflict, Forbidden, NotFound
from inbox.house import House
from inbox.store import contacts, jobs, threads, uploads
from inbox.store import journal as lines
from inbox.store.database import Transaction
from inbox.working import journal, opened, vis_of

_GONE = ("reply.undone", "delivery.failed")


def undo(unit: Transaction, house: House, *, actor: Actor, conversation_id: int, message_id: int) -> int:
    """Answers the message's id; a second time changes nothing. Raises Conflict once it is on its way."""
    row = opened(unit, actor, conversation_id, Permission.REPLY)
    message = _mine(unit, row, message_id)
    if not _reads(actor, row, message):
        raise Forbidden("Its words would return to you, and your role may not read them.")
    if message.status == "cancelled":
        return message_id
    # the job first: a sender that has claimed it holds the message, and one of the two must find the other's mark
    if message.status != "queued" or not jobs.cancel(unit, kind="send", ref=message_id):
        raise Conflict("It has left already and cannot be taken back.", status=message.status)
    threads.set_message(unit, message_id, {"status": "cancelled", "status_rank": 5})
    answer.unanswer(unit, house, row, message=message, reply=_queued(unit, row, message_id), actor_id=actor.id)
    draft.give_back(unit, actor=actor, conversation_id=row.id, words=_words(unit, actor, message))
    journal(unit, "reply.undone", row, actor, message=message_id)
    return message_id


def _mine(unit: Transaction, row: Row[Any], message_id: int) -> Row[Any]:
    message = threads.message(unit, message_id)
    if message is None or message.conversation_id != row.id or message.author_kind != "staff":
        raise NotFound("There is no such reply.")
    return message


def _reads(actor: Actor, row: Row[Any], message: Row[Any]) -> bool:
    """A message may be stricter than its conversation: a nurse wrote it while the work was clinical."""
    clinical = row.clinical or message._mapping["class"] == "clinical"
    return can_see(actor, msgspec.structs.replace(vis_of(row), clinical=clinical)).texts


def _queued(unit: Transaction, row: Row[Any], message_id: int) -> answer.Queued:
    """What the journal kept when the reply was queued or planned, and the next reply that still answers the patient."""
    told = lines.of_conversation(unit.connection, row.id)
    replies = [line for line in told if line.verb in ("reply.queued", "reply.planned")]
    mine = next((line for line in reversed(replies) if line.details["message"] == message_id), None)
    if mine is None:
        return answer.Queued()
    undone, failed = ({line.details["message"] for line in told if line.verb == verb} for verb in _GONE)
    was, steps = mine.details.get("before", {}), {line.details.get("step"): line.details for line in replies}
    while (earlier := steps.get(was.get("step"))) is not None and earlier["message"] in undone:
        was = earlier["before"]  # what it stood upon was taken back itself
    later = [line for line in replies if line.seq > mine.seq and line.verb == "reply.queued"]
    standing = (line.at for line in later if line.details["message"] not in undone | failed)
    return answer.Queued(was, mine.details.get("step"), next(standing, None))


def _words(unit: Transaction, actor: Actor, message: Row[Any]) -> draft.Words:
    contact = contacts.get(unit, message.contact_id)
    files = uploads.give_back(unit, message.id, actor.id)
    to = contact.value if contact is not None else ""
    sealed = secure.take_back(unit, message.id)
    return draft.Words(
        text=message.body if sealed is None else sealed, channel=message.channel, to=to, uploads=tuple(files)
    )
