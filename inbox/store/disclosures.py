"""SQL of disclosures: what reached somebody it was not for, and who that was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select

from inbox.store.database import Reading, Transaction
from inbox.store.tables import access, contact_points, disclosures, messages

LEFT = ("unknown", "accepted", "sent", "delivered", "read")


def add(unit: Transaction, **values: Any) -> None:
    """One disclosure; rows are never changed."""
    unit.execute(insert(disclosures).values(id=unit.new_id(), at=unit.now, **values))


def sent_to(reading: Reading, conversation_id: int) -> Sequence[Row[Any]]:
    """The addresses that something of this conversation left for."""
    left = select(messages.c.contact_id).where(
        messages.c.conversation_id == conversation_id, messages.c.direction == "out", messages.c.status.in_(LEFT)
    )
    wanted = select(contact_points.c.id, contact_points.c.value).where(contact_points.c.id.in_(left))
    return reading.all(wanted.order_by(contact_points.c.id))


def seen_by(reading: Reading, conversation_id: int, patient_id: int) -> list[int]:
    """The staff that opened the conversation while it was about this patient, or had it pushed to them."""
    mine = access.c.conversation_id == conversation_id, access.c.how.in_(("opened", "pushed"))
    rows = reading.all(select(access.c.actor_id, access.c.patient_id, access.c.how, access.c.ids).where(*mine))
    opened = {row.actor_id for row in rows if row.how == "opened" and row.patient_id == patient_id}
    return sorted(opened | {one for row in rows if row.how == "pushed" for one in row.ids})
