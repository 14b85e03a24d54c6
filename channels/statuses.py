"""The order of a provider's message statuses, so that a late or repeated receipt never moves one back.

Refuses nothing: an unknown status ranks lowest and is kept as it came.
"""

from __future__ import annotations

from typing import Literal

_RANKS = {
    "accepted": 1,
    "scheduled": 2,
    "queued": 3,
    "sending": 4,
    "sent": 5,
    "failed": 6,
    "undelivered": 6,
    "canceled": 6,
    "partially_delivered": 7,
    "delivered": 7,
    "read": 8,
}
#: Nothing that comes later changes these (Twilio: failed, undelivered, canceled).
TERMINAL = frozenset({"failed", "undelivered", "canceled"})


def rank(status: str) -> int:
    """Higher replaces lower; 0 for an unknown status. Failure stands between *sent* and *delivered*: it may not undo
    a delivery."""
    return _RANKS.get(status, 0)


def moves(old: str, new: str) -> bool:
    """Whether a receipt `new` may replace `old`: only upwards, and never out of a terminal status."""
    return old not in TERMINAL and rank(new) > rank(old)


def outcome(status: str) -> Literal["pending", "sent", "delivered", "read", "failed"]:
    """The provider's status in the five words that people need."""
    if status in TERMINAL:
        return "failed"
    if status in ("delivered", "partially_delivered"):
        return "delivered"
    if status == "read":
        return "read"
    return "sent" if status == "sent" else "pending"
