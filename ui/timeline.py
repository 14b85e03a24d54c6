"""One timeline out of a conversation's messages, notes, calls and events, in order. Refuses nothing, drops nothing."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

#: A form arrives as lines `Label: value`; anything after them is free text.
FIELD = re.compile(r"^([A-Z][\w '/-]{0,39}): (.*)$")


#: What a message, note or call on the timeline says by itself.
TOLD_ELSEWHERE = frozenset(
    {
        "message.received",
        "reply.queued",
        "note.written",
        "delivery.accepted",
        "delivery.sent",
        "delivery.delivered",
        "delivery.read",
        "file.settled",
        "conversation.read",
    }
)


class Item(msgspec.Struct, frozen=True):
    """One entry: `kind` is message, note, call or event, `of` the read's own struct, `key` sorts as text."""

    kind: str
    id: str
    key: str
    at: datetime
    of: Any


def item(kind: str, of: Any) -> Item:
    """Wraps one entry; its element id is `message-12`, `note-…`, `call-SID`, `event-SEQ`."""
    name = getattr(of, "id", None) or getattr(of, "seq", None) or getattr(of, "sid", "")
    at = of.ringing_at if kind == "call" else of.at
    return Item(kind, f"{kind}-{name}", f"{at.timestamp():017.6f}-{kind}-{name}", at, of)


def items(view: Any) -> list[Item]:
    """Everything in `inbox.conversation.View`, oldest first."""
    found = [item("message", one) for one in view.messages]
    found += [item("note", one) for one in view.notes]
    found += [item("call", one) for one in view.calls]
    found += [item("event", one) for one in view.events if one.verb not in TOLD_ELSEWHERE]
    return sorted(found, key=lambda one: one.key)


def form_fields(text: str) -> tuple[list[tuple[str, str]], str]:
    """The leading `Label: value` lines of a web form and what follows them."""
    lines = text.splitlines()
    fields: list[tuple[str, str]] = []
    for line in lines:
        matched = FIELD.match(line)
        if not matched:
            break
        fields.append((matched[1], matched[2]))
    return fields, "\n".join(lines[len(fields) :]).strip()
