"""What stands around a list: its address, its title, the chips of what narrows it, and words for what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from inbox import filters
from inbox.row import Row, reason_label
from inbox.saved_view import Saved
from inbox.store import accounts
from inbox.store.database import Reading
from inbox.store.journal import Line
from ui import words

STATES = {
    "first_reply": "Needs first reply",
    "next_reply": "Needs next reply",
    "waiting": "Waiting on patient",
    "snoozed": "Snoozed",
    "done": "Done",
    "open": "Open",
    "closed": "Done",
}
AGES = {"1h": "1 hour", "4h": "4 hours", "1d": "1 day", "3d": "3 days", "7d": "7 days"}
#: Title and next thing to do of a view without rows.
EMPTY = {
    "mine": ("circle-check", "Your queue is clear", ""),
    "unassigned": ("circle-check", "Everything has an owner", "New requests appear here by themselves."),
    "mentions": ("at", "Nobody asked for you", "A note with @ and your name brings its conversation here."),
    "waiting": ("clock-pause", "Nobody owes us an answer", "After a reply a conversation waits here for the patient."),
    "snoozed": ("alarm-snooze", "Nothing sleeps", "Press S in a conversation to hide it until a time you choose."),
    "unidentified": ("user-question", "Everybody is known", "Senders that match no patient wait here."),
    "closed": ("archive", "Nothing is closed yet", "Resolved conversations are kept here."),
}
_LEFT = {
    "conversation.closed": "Resolved by {}",
    "conversation.snoozed": "Snoozed by {}",
    "conversation.assigned": "Handed over by {}",
    "conversation.reopened": "Opened again by {}",
    "reply.queued": "Answered by {}",
}


class Chip(msgspec.Struct, frozen=True):
    """One thing that narrows the list, and the list without it."""

    label: str
    without: str


class Desk(msgspec.Struct, frozen=True):
    """The list's surroundings. `name` is its live topic, `query` its address, `nearest` what an idle person could take,
    `drafts` the conversations in which this person has begun to write."""

    name: str = "mine"
    query: str = "view=mine"
    title: str = "My queue"
    codes: dict[str, str] = {}
    chips: tuple[Chip, ...] = ()
    saved: tuple[Saved, ...] = ()
    saved_as: Saved | None = None
    nearest: Row | None = None
    drafts: frozenset[int] = frozenset()

    def empty(self, view: str) -> tuple[str, str, str]:
        """Icon, title and the next thing to do of a view without rows."""
        return EMPTY.get(view, ("circle-check", "This view is clear", "New work appears by itself."))


def chips(reading: Reading, view: str, codes: Mapping[str, str]) -> tuple[Chip, ...]:
    """A chip for each code."""
    return tuple(
        Chip(_label(reading, name, code), filters.canonical(view, {**codes, name: ""}))
        for name, code in codes.items()
        if code
    )


def left(reading: Reading, lines: Sequence[Line]) -> str:
    """Who took a row out of a list, for the row that stays struck through until the list is let go: the last of these
    entries that says so."""
    line = next((one for one in reversed(lines) if one.verb in _LEFT), None)
    actor = accounts.actor(reading, line.actor_id) if line is not None and line.actor_id is not None else None
    return _LEFT[line.verb].format(actor.name) if line is not None and actor else "Not in this list any more"


def _label(reading: Reading, name: str, code: str) -> str:
    if name == "owner":
        known = accounts.actor(reading, int(code)) if code.isdigit() else None
        return {"me": "Mine", "none": "No owner"}.get(code) or (known.name if known else f"Owner {code}")
    told: dict[str, Any] = {
        "state": STATES.get,
        "queue": words.team,
        "reason": reason_label,
        "priority": lambda level: words.priority(int(level)),
        "channel": words.channel,
        "language": words.language,
        "age": lambda age: f"Older than {AGES[age]}",
    }
    return str(told[name](code)) if name in told else code
