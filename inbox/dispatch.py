"""A message of ours on its way: the statuses it goes through, held while they change. A status only rises."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from inbox.store import threads
from inbox.store.database import Transaction
from inbox.store.tables import messages

#: Our own order; a receipt may only move a message up. Failure stands below *delivered*: it cannot undo a delivery.
RANK = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "accepted": 3,
    "sent": 4,
    "failed": 5,
    "dead": 5,
    "cancelled": 5,
    "delivered": 6,
    "read": 7,
}
#: The provider's words in ours.
OURS = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}


def rises(old: str, new: str) -> bool:
    """Whether a message may go from `old` to `new`."""
    if old in {"failed", "dead", "cancelled"} and new not in {"delivered", "read"}:
        return False
    return RANK[new] > RANK[old]


def held(unit: Transaction, message_id: int) -> Row[Any] | None:
    """The message, held: of two receipts at once the second sees what the first wrote."""
    return unit.one(select(messages).where(messages.c.id == message_id).with_for_update())


def move(unit: Transaction, message: Row[Any], status: str) -> None:
    """Moves it up, never back."""
    if not rises(message.status, status):
        return
    threads.set_message(
        unit, message.id, {"status": status, "status_rank": RANK[status], "error": "", "error_code": ""}
    )
    threads.change(unit, threads.lock(unit, message.conversation_id), {})
    journal(unit, message, f"delivery.{status}", {"status": status})


def journal(unit: Transaction, message: Row[Any], verb: str, details: dict[str, Any]) -> None:
    """Notes what became of it in its conversation."""
    unit.record(
        verb,
        actor_id=None,
        conversation_id=message.conversation_id,
        details={"message": message.id, **details},
    )
