"""One timeline out of a conversation's messages, notes, calls and events, in order. Refuses nothing, drops nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from inbox.conversation import Part
from inbox.errors import Invalid

#: A form arrives as lines `Label: value`; anything after them is free text.
FIELD = re.compile(r"^([A-Z][\w '/-]{0,39}): (.*)$")


#: What a message, note or call on the timeline says by itself.
TOLD_ELSEWHERE = frozenset(
    {
        "message.received",
        "reply.queued",
        "reply.planned",
        "reply.undone",
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


#: A page of the timeline, and what a screen reads for one.
PAGE = 40
#: So many entries of one moment may lie on both sides of a page's edge.
AT_ONCE = 20


def part(before: str = "") -> Part:
    """What to read for the page before the entry with this key; "" is the newest. Raises Invalid for no key."""
    try:
        moment = datetime.fromtimestamp(float(before.partition("-")[0]), UTC) if before else None
    except (ValueError, OverflowError, OSError):
        raise Invalid(fields={"before": "send back the key of an entry"}) from None
    if moment is not None:
        moment += timedelta(milliseconds=1)  # a key is a rounded moment; `page` cuts exactly
    most = PAGE + AT_ONCE
    return Part(limit=most, lines=most, before=moment, without=TOLD_ELSEWHERE)


class Page(msgspec.Struct, frozen=True):
    """Entries, oldest first; `earlier` is the key to go on from, "" at the beginning; `new` is the element id of the
    first entry that nobody has read yet."""

    items: list[Item]
    earlier: str
    new: str = ""


def page(view: Any, *, before: str = "", read_at: datetime | None = None, unread: bool = False) -> Page:
    """The last PAGE entries of a view, before the entry with the key `before`."""
    found = [one for one in items(view) if not before or one.key < before]
    shown = found[-PAGE:]
    fresh = (one for one in shown if unread and _is_new(one, read_at))
    return Page(shown, shown[0].key if len(found) > PAGE else "", next((one.id for one in fresh), ""))


def _is_new(one: Item, read_at: datetime | None) -> bool:
    return one.kind == "message" and one.of.direction == "in" and (read_at is None or one.of.received_at > read_at)


def items(view: Any) -> list[Item]:
    """Everything in `inbox.conversation.View`, oldest first."""
    found = [item("message", one) for one in view.messages]
    found += [item("note", one) for one in view.notes]
    found += [item("call", one) for one in view.calls]
    found += [item("event", one) for one in view.events if one.verb not in TOLD_ELSEWHERE]
    return sorted(found, key=lambda one: one.key)


def owes_next(clocks: Any) -> bool:
    """Whether the only answer owed is that to a later turn, which a person may say is not needed."""
    owed = {one.metric for one in clocks if one.met_at is None and one.stopped_at is None}
    return "next_response" in owed and "first_response" not in owed


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
