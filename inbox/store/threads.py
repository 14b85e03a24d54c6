"""SQL of conversations and messages as they are written; reading them for a screen is `store/conversation`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Update, and_, bindparam, literal_column, or_, select, update

from inbox.errors import Conflict, NotFound
from inbox.store.database import Reading, Transaction
from inbox.store.tables import closures, conversations, messages, next_steps

_receiving = select(conversations).where(
    conversations.c.account == bindparam("account"),
    conversations.c.sender_contact_id == bindparam("contact"),
    conversations.c.receiving,
)
_by_id = select(conversations).where(conversations.c.id == bindparam("wanted"))
_held = _by_id.with_for_update(key_share=True)
_all_held = (
    select(conversations)
    .where(conversations.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(conversations.c.id)
    .with_for_update(key_share=True)
)
_end_step = (
    update(next_steps)
    .where(next_steps.c.conversation_id == bindparam("conversation"), next_steps.c.done_at.is_(None))
    .values(done_at=bindparam("moment"))
)


def get(reading: Reading, conversation_id: int) -> Row[Any]:
    """The conversation's row, following a merge to the survivor. Raises NotFound."""
    row = reading.one(_by_id, {"wanted": conversation_id})
    if row is None:
        raise NotFound("There is no such conversation.")
    return row if row.merged_into is None else get(reading, row.merged_into)


def lock(unit: Transaction, conversation_id: int, *, version: int | None = None) -> Row[Any]:
    """The row, held until the transaction ends; ids taken from here on are above all that belong to it. Raises Conflict
    when `version` is stale."""
    row = unit.foreseen.get(("held", conversation_id))
    if row is None:
        row = unit.one(_held, {"wanted": conversation_id})
        if row is None:
            raise NotFound("There is no such conversation.")
        unit.outrank()
    if version is not None and row.version != version:
        raise Conflict("The conversation changed in the meantime.", version=row.version)
    found: Row[Any] = row
    return found


def hold(unit: Transaction, conversation_id: int) -> Row[Any]:
    """The row that a message is put into, held: a merge that came between is followed to the survivor."""
    row = lock(unit, conversation_id)
    return row if row.merged_into is None else hold(unit, row.merged_into)


def hold_all(unit: Transaction, ids: Sequence[int]) -> None:
    """Takes what `lock` would take for each of them, by id, and answers it beforehand until the row is changed."""
    for row in unit.all(_all_held, {"ids": list(ids)}):
        unit.foreseen["held", row.id] = row
    unit.outrank()


def columns_of(reading: Reading, ids: Sequence[int], names: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Some columns of these conversations as they stand."""
    wanted = select(conversations.c.id, *(conversations.c[name] for name in names)).where(conversations.c.id.in_(ids))
    return {row.id: {name: getattr(row, name) for name in names} for row in reading.all(wanted)}


def receiving(reading: Reading, *, account: str, contact_id: int) -> Row[Any] | None:
    """The conversation that takes the next message from this address."""
    return reading.one(_receiving, {"account": account, "contact": contact_id})


def open_of_patient(reading: Reading, patient_id: int) -> list[Row[Any]]:
    """A patient's conversations that are not closed, newest first; at most ten."""
    wanted = select(conversations).where(
        conversations.c.subject_patient_id == patient_id, conversations.c.state != literal_column("'closed'")
    )
    return list(reading.all(wanted.order_by(conversations.c.id.desc()).limit(10)))


def asked_since(
    reading: Reading, patient_id: int | None, contact_id: int | None, reason: str, since: datetime
) -> int | None:
    """The newest conversation of a patient, or of an address without one, that was about this and lasted until then or
    longer."""
    mine = conversations.c.subject_patient_id == patient_id
    if patient_id is None:
        mine = and_(conversations.c.subject_patient_id.is_(None), conversations.c.sender_contact_id == contact_id)
    if patient_id is None and contact_id is None:
        return None
    recent = or_(conversations.c.closed_at.is_(None), conversations.c.closed_at >= since)
    wanted = select(conversations.c.id).where(
        mine, conversations.c.reason == reason, recent, conversations.c.merged_into.is_(None)
    )
    found = reading.scalar(wanted.order_by(conversations.c.id.desc()).limit(1))
    return int(found) if found is not None else None


def by_mail_ids(reading: Reading, mail_ids: list[str]) -> list[Row[Any]]:
    """Conversations in which we sent a mail with one of these Message-IDs, newest message first."""
    wanted = (
        select(conversations, messages.c.id.label("message"))
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(messages.c.mail_id.in_(mail_ids))
        .order_by(messages.c.id.desc())
    )
    return list(reading.all(wanted))


def of_contact(reading: Reading, contact_id: int, limit: int = 50) -> list[Row[Any]]:
    """The conversations this address took part in, newest first, those too that were merged into others since."""
    recent = (
        select(messages.c.conversation_id, messages.c.origin_id)
        .where(messages.c.contact_id == contact_id)
        .order_by(messages.c.at.desc())
        .limit(limit)
    ).subquery()
    either = select(recent.c.conversation_id).union(select(recent.c.origin_id))
    wanted = select(conversations.c.id).where(conversations.c.id.in_(either)).order_by(conversations.c.id.desc())
    return list(reading.all(wanted))


def wrote_since(reading: Reading, conversation_id: int, since: datetime) -> bool:
    """Whether we wrote to the patient in this conversation since then."""
    ours = select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.direction == "out",
        messages.c.at >= since,
        messages.c.status != "cancelled",
    )
    return reading.one(ours.limit(1)) is not None


def wrote_to_since(reading: Reading, contact_id: int, since: datetime) -> bool:
    """Whether we wrote to this address since then."""
    ours = select(messages.c.id).where(
        messages.c.contact_id == contact_id,
        messages.c.at >= since,
        messages.c.direction == "out",
        messages.c.status != "cancelled",
    )
    return reading.one(ours.limit(1)) is not None


def has_contact(reading: Reading, conversation_id: int, contact_id: int) -> bool:
    """Whether this address takes part in the conversation."""
    part = select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.contact_id == contact_id,
        messages.c.status != "cancelled",
    )
    return reading.one(part.limit(1)) is not None


def message_by_external(unit: Transaction, channel: str, external_id: str) -> Row[Any] | None:
    """The message with a provider's id."""
    question = ("message", channel, external_id)
    if question in unit.foreseen:
        found: Row[Any] | None = unit.foreseen[question]
        return found
    return unit.one(_by_external, {"channel": channel, "external": external_id})


def foresee_messages(unit: Transaction, delivered: Sequence[tuple[str, str]]) -> None:
    """Answers `message_by_external` for these channels and provider's ids beforehand."""
    unit.foreseen.update({("message", *pair): None for pair in delivered})
    for row in unit.all(_by_externals, {"externals": [external for _, external in delivered]}):
        if (row.channel, row.external_id) in delivered:
            unit.foreseen["message", row.channel, row.external_id] = row


def message(reading: Reading, message_id: int) -> Row[Any] | None:
    """One message."""
    return reading.one(select(messages).where(messages.c.id == message_id))


def message_by_client_id(reading: Reading, client_id: str) -> Row[Any] | None:
    """The message a client made with its own id."""
    return reading.one(select(messages).where(messages.c.client_id == client_id))


def message_by_mail_id(reading: Reading, mail_id: str) -> Row[Any] | None:
    """Our mail with this Message-ID."""
    return reading.one(select(messages).where(messages.c.mail_id == mail_id, messages.c.direction == "out"))


def mails_to(reading: Reading, contact_id: int, since: datetime) -> list[Row[Any]]:
    """Our mails to an address since then that may still come back."""
    mine = (messages.c.contact_id == contact_id, messages.c.direction == "out", messages.c.channel == "mail")
    out = messages.c.status.in_(("unknown", "accepted", "sent"))
    return list(reading.all(select(messages.c.id).where(*mine, out, messages.c.at >= since).limit(2)))


def last_inbound(reading: Reading, contact_id: int, channel: str) -> datetime | None:
    """When this address last wrote on this channel."""
    wanted = select(messages.c.at).where(
        messages.c.contact_id == contact_id,
        messages.c.channel == channel,
        messages.c.direction == literal_column("'in'"),
    )
    moment = reading.scalar(wanted.order_by(messages.c.at.desc()).limit(1))
    return moment if isinstance(moment, datetime) else None


def add_conversation(unit: Transaction, values: dict[str, Any]) -> None:
    """A new conversation; the database refuses one that is not closed and has no next step."""
    unit.insert_later(conversations, [values])


def add_message(unit: Transaction, values: dict[str, Any]) -> int:
    """A new message, its body fixed from here on."""
    message_id = unit.new_id()
    body: str = values["body"]
    row = {"id": message_id, "sha256": hashlib.sha256(body.encode()).hexdigest(), **values}
    unit.insert_later(messages, [row])
    unit.foreseen.pop(("message", row["channel"], row.get("external_id") or ""), None)
    return message_id


def change(unit: Transaction, conversation: Row[Any], values: dict[str, Any]) -> int:
    """Changes a conversation and raises its version by one; answers the new version. A rival's change is a Conflict."""
    version = int(conversation.version)
    unit.foreseen.pop(("held", conversation.id), None)
    which = {"which": conversation.id, "seen": version}
    count = unit.execute(_change(tuple(sorted(values))), {**values, **which, "version": version + 1}).rowcount
    if count == 0:
        raise Conflict("The conversation changed in the meantime.", version=version + 1)
    return version + 1


@lru_cache(maxsize=256)
def _change(names: tuple[str, ...]) -> Update:
    """The statement that sets these columns; the few sets that occur are built once each."""
    same = and_(conversations.c.id == bindparam("which"), conversations.c.version == bindparam("seen"))
    return update(conversations).where(same).values({name: bindparam(name) for name in ("version", *names)})


def set_message(unit: Transaction, message_id: int, values: dict[str, Any]) -> None:
    """Delivery facts of a message; its words never change."""
    unit.execute(update(messages).where(messages.c.id == message_id).values(values))


def add_step(
    unit: Transaction,
    *,
    conversation_id: int,
    what: str,
    team: str,
    due_at: datetime,
    owner_id: int | None = None,
    check_back: bool = False,
    step_id: int | None = None,
) -> int:
    """A live next step; the one before must have ended."""
    step_id = step_id or unit.new_id()
    unit.insert_later(
        next_steps,
        [
            {
                "id": step_id,
                "conversation_id": conversation_id,
                "what": what,
                "team": team,
                "owner_id": owner_id,
                "due_at": due_at,
                "check_back": check_back,
                "at": unit.now,
            }
        ],
    )
    return step_id


def end_step(unit: Transaction, conversation_id: int) -> None:
    """The live next step is done."""
    unit.execute(_end_step, {"conversation": conversation_id, "moment": unit.now})


def revive_step(unit: Transaction, step_id: int) -> None:
    """An ended next step is the live one again; the one after it must have ended."""
    unit.execute(update(next_steps).where(next_steps.c.id == step_id).values(done_at=None))


def last_said(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """The newest message that was not taken back and is not planned for later than a minute from now."""
    said = and_(messages.c.conversation_id == conversation_id, messages.c.status != "cancelled")
    soon = reading.now + timedelta(minutes=1)
    gone = or_(messages.c.send_at.is_(None), messages.c.send_at <= soon, messages.c.status != "queued")
    return reading.one(select(messages.c.id).where(said, gone).order_by(messages.c.sequence.desc()).limit(1))


def live_closure(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """The closure that holds."""
    return reading.one(
        select(closures).where(closures.c.conversation_id == conversation_id, closures.c.reopened_at.is_(None))
    )


def unsent(reading: Reading, conversation_id: int) -> list[Row[Any]]:
    """Messages that have not left yet."""
    return list(
        reading.all(
            select(messages.c.id).where(
                messages.c.conversation_id == conversation_id,
                or_(messages.c.status == "queued", messages.c.status == "sending"),
            )
        )
    )


_by_external = select(messages).where(
    messages.c.channel == bindparam("channel"), messages.c.external_id == bindparam("external")
)
_by_externals = select(messages).where(messages.c.external_id.in_(bindparam("externals", expanding=True)))
