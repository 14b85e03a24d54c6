"""SQL of a chat session as its patient sees it: what came from them, what has really left us, how the line moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from inbox.store.database import Reading
from inbox.store.tables import actor_teams, actors, attachments, contact_points, conversations, messages

#: A longer thread shows its newest part.
MOST = 200
#: A reply that can still be taken back is nobody's to read yet.
SHOWN = ("sent", "delivered", "read")
#: How many sessions one statement asks about.
CHUNK = 500
#: Open work that is looked at for a place in the line.
LINE = 2_000

_visible = (
    contact_points.c.kind == "chat",
    messages.c.channel == "chat",
    or_(messages.c.direction == "in", messages.c.status.in_(SHOWN)),
)


def thread(reading: Reading, session: str) -> list[Row[Any]]:
    """The messages of one session, oldest first: id, at, direction, body, author_name, external_id."""
    columns = (
        messages.c.id,
        messages.c.at,
        messages.c.direction,
        messages.c.body,
        messages.c.author_name,
        messages.c.external_id,
    )
    wanted = (
        select(*columns)
        .join(contact_points, contact_points.c.id == messages.c.contact_id)
        .where(contact_points.c.value == session, *_visible)
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(MOST)
    )
    return list(reversed(reading.all(wanted)))


def files(reading: Reading, message_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The stored files of these messages: id, message_id, filename, content_type, size."""
    found: dict[int, list[Row[Any]]] = {}
    shown = (attachments.c[name] for name in ("id", "message_id", "filename", "content_type", "size"))
    mine = (attachments.c.message_id.in_(message_ids), attachments.c.state == "stored")
    for row in reading.all(select(*shown).where(*mine).order_by(attachments.c.id)) if message_ids else ():
        found.setdefault(row.message_id, []).append(row)
    return found


def file(reading: Reading, attachment_id: int) -> Row[Any] | None:
    """A stored file that its visitor may have, with the session it belongs to and whom it is about."""
    shown = (attachments.c[name] for name in ("id", "filename", "content_type", "blob"))
    of = (contact_points.c.value.label("session"), conversations.c.id.label("conversation_id"))
    wanted = (
        select(*shown, *of, conversations.c.subject_patient_id)
        .join(messages, messages.c.id == attachments.c.message_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .join(contact_points, contact_points.c.id == messages.c.contact_id)
    )
    return reading.one(wanted.where(attachments.c.id == attachment_id, attachments.c.state == "stored", *_visible))


def newest(reading: Reading, sessions: Sequence[str]) -> dict[str, Row[Any]]:
    """The newest conversation (session, id, state) of each session that has one."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(sessions), CHUNK):
        mine = contact_points.c.value.in_(sessions[start : start + CHUNK])
        last = (
            select(messages.c.contact_id, func.max(messages.c.conversation_id).label("id"))
            .join(contact_points, contact_points.c.id == messages.c.contact_id)
            .where(mine, contact_points.c.kind == "chat")
            .group_by(messages.c.contact_id)
            .subquery()
        )
        wanted = (
            select(contact_points.c.value.label("session"), conversations.c.id, conversations.c.state)
            .join(last, last.c.contact_id == contact_points.c.id)
            .join(conversations, conversations.c.id == last.c.id)
        )
        found.update({row.session: row for row in reading.all(wanted)})
    return found


def counts(reading: Reading, sessions: Sequence[str]) -> dict[str, int]:
    """How many messages each session shows; one without any is left out."""
    found: dict[str, int] = {}
    for start in range(0, len(sessions), CHUNK):
        part = (
            select(contact_points.c.value.label("session"), func.count().label("shown"))
            .join(messages, messages.c.contact_id == contact_points.c.id)
            .where(contact_points.c.value.in_(sessions[start : start + CHUNK]), *_visible)
            .group_by(contact_points.c.value)
        )
        found.update({row.session: int(row.shown) for row in reading.all(part)})
    return found


def unseen(reading: Reading, session: str, until: int | None = None) -> list[Row[Any]]:
    """What we wrote and nobody has had on screen yet, oldest first; up to the message `until`."""
    mine = and_(contact_points.c.value == session, contact_points.c.kind == "chat", messages.c.channel == "chat")
    wanted = select(messages).join(contact_points, contact_points.c.id == messages.c.contact_id)
    wanted = wanted.where(mine, messages.c.direction == "out", messages.c.status.in_(("sent", "delivered")))
    if until is not None:
        wanted = wanted.where(messages.c.id <= until)
    return list(reading.all(wanted.order_by(messages.c.id)))


def last_of(reading: Reading, conversation_id: int, template: str) -> Row[Any] | None:
    """The newest automatic message whose template begins so."""
    mine = and_(messages.c.conversation_id == conversation_id, messages.c.template.startswith(template))
    return reading.one(select(messages).where(mine).order_by(messages.c.id.desc()).limit(1))


def count_of(reading: Reading, conversation_id: int, template: str) -> int:
    """How many there were."""
    mine = and_(messages.c.conversation_id == conversation_id, messages.c.template.startswith(template))
    return int(reading.scalar(select(func.count()).select_from(messages).where(mine)))


def line(reading: Reading) -> Sequence[Row[Any]]:
    """Open work that has a deadline, of all teams, due first."""
    shown = ["id", "team", "due_at", "due_metric", "owner_id", "priority", "reason", "channel"]
    is_open = and_(conversations.c.state != "closed", conversations.c.due_at.is_not(None))
    wanted = select(*(conversations.c[name] for name in shown)).where(is_open)
    return reading.all(wanted.order_by(conversations.c.due_at, conversations.c.id).limit(LINE))


def there(reading: Reading) -> Sequence[Row[Any]]:
    """Who takes work now: id and team, a row for each team."""
    wanted = select(actors.c.id, actor_teams.c.team).join(actor_teams, actor_teams.c.actor_id == actors.c.id)
    return reading.all(wanted.where(actors.c.active, actors.c.availability == "available"))
