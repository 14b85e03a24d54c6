"""The journal as one person may read it: each entry with the object it is about, as that person may see it now. The
socket, `/api/events` and the screens all read here.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any

import msgspec
from msgspec.structs import replace

from inbox import conversation, said, worklist
from inbox.actors import BLIND, Actor, Sight, Vis, can_see
from inbox.errors import NotFound
from inbox.looking import details_within
from inbox.store import conversation as conversations
from inbox.store import feed as store
from inbox.store import journal
from inbox.store.database import Reading
from inbox.store.journal import Line

#: Entries about no conversation that everybody may know of, by their noun. Any other (of a session, an account, an
#: address of a patient, a file put aside) reaches only whoever did it.
HOUSE = frozenset(
    {"arrival", "calendar", "file", "form", "job", "policies", "practice", "remark", "rules", "template", "timer"}
)


#: What one viewer may see of a conversation, and of a clinical text in it.
Sights = tuple[Sight, Sight]


class Opened(msgspec.Struct, frozen=True):
    """An open conversation at the end of a round, and what in it an entry may be about, by its id or `seq`."""

    view: conversation.View
    messages: dict[int, conversation.Message]
    notes: dict[int, conversation.Note]
    events: dict[int, conversation.Event]


class Round:
    """A few journal lines with what is needed to show them to anybody: read once, rendered once per kind of sight."""

    def __init__(self, reading: Reading, lines: Sequence[Line]) -> None:
        self.reading, self.lines = reading, lines
        ids = {line.conversation_id for line in lines if line.conversation_id is not None}
        self._vis = store.visibilities(reading, ids) if ids else {}
        self._ids = ids
        self._about: dict[int, list[Line]] = {}
        for line in lines:
            if line.conversation_id is not None:
                self._about.setdefault(line.conversation_id, []).append(line)
        self._opened: dict[tuple[int, int], Opened | None] = {}
        self._rows: dict[tuple[int, Sights], worklist.Row | None] = {}
        self._messages: dict[tuple[int, Sights], dict[str, Any] | None] = {}

    def stand(self, actor: Actor) -> Hashable:
        """All of this person that decides which entries they are shown and how much of each: people who stand alike
        see the same."""
        return (actor.role, actor.teams, actor.glasses, actor.id if actor.id in self._named else 0)

    @cached_property
    def _named(self) -> set[int | None]:
        """Whoever did, owns or owned one of these things: they see more than their role does."""
        before = [line.details["vis"][0].get("owner") for line in self.lines if line.details.get("vis")]
        return {vis.owner_id for vis in self._vis.values()} | {line.actor_id for line in self.lines} | set(before)

    def sight(self, actor: Actor, line: Line) -> Sight:
        """What this person may see of the entry's conversation now."""
        vis = self._vis.get(line.conversation_id or 0)
        return can_see(actor, vis) if vis else BLIND

    def sights(self, actor: Actor, line: Line) -> Sights:
        """All that decides what this person is shown: also their sight of a clinical text in it, which may be stricter
        than its conversation. Whoever shares both may share what was rendered."""
        vis = self._vis.get(line.conversation_id or 0)
        return (can_see(actor, vis), can_see(actor, replace(vis, clinical=True))) if vis else (BLIND, BLIND)

    def shows(self, actor: Actor, line: Line) -> bool:
        """Whether the entry is for this person at all."""
        if line.conversation_id is not None:
            return self.sight(actor, line).operational
        return line.actor_id == actor.id or line.verb.partition(".")[0] in HOUSE

    def took_away(self, actor: Actor, line: Line) -> bool:
        """Whether the entry took the conversation out of this person's sight."""
        change = line.details.get("vis")
        if not change or self.sight(actor, line).operational:
            return False
        before = change[0]
        vis = Vis(before["team"], before.get("owner"), before["clinical"], before["sensitive"])
        return can_see(actor, vis).operational

    def row(self, actor: Actor, line: Line) -> worklist.Row | None:
        """The conversation as a list row, as everybody with this person's sights sees it."""
        if line.conversation_id is None:
            return None
        key = (line.conversation_id, self.sights(actor, line))
        if key not in self._rows:
            found = self._gathered.get(line.conversation_id) if key[1][0].operational else None
            self._rows[key] = worklist.show(actor, found) if found is not None else None
        return self._rows[key]

    def about(self, line: Line) -> Sequence[Line]:
        """All entries of this round about the same conversation. Only the last of them need carry its newest state."""
        return self._about.get(line.conversation_id or 0, [line])

    def opened(self, actor: Actor, line: Line) -> Opened | None:
        """The entry's conversation as this person has it open, read once a round; None out of scope."""
        key = (line.conversation_id or 0, actor.id)
        if key not in self._opened:
            self._opened[key] = self._open(actor, key[0], len(self.about(line)))
        return self._opened[key]

    def _open(self, actor: Actor, conversation_id: int, entries: int) -> Opened | None:
        """With no fewer messages, notes and events than the round has entries about it: each finds its own."""
        whole = conversation.WHOLE
        part = replace(whole, limit=max(whole.limit, entries), lines=max(whole.lines, entries))
        asked: dict[str, Any] = {"conversation_id": conversation_id, "now": self.reading.now, "part": part}
        try:
            view = conversation.view(self.reading, actor=actor, **asked)
        except NotFound:
            return None
        messages, notes = {one.id: one for one in view.messages}, {one.id: one for one in view.notes}
        return Opened(view, messages, notes, {one.seq: one for one in view.events})

    def message(self, actor: Actor, line: Line) -> dict[str, Any] | None:
        """The message an entry is about, as the API renders it."""
        message_id = line.details.get("message")
        if message_id is None or line.conversation_id is None:
            return None
        key = (int(message_id), self.sights(actor, line))
        if key not in self._messages:
            found = self._said.get(key[0])
            self._messages[key] = said.one(actor, found) if found is not None else None
        return self._messages[key]

    @cached_property
    def _gathered(self) -> dict[int, worklist.Gathered]:
        return worklist.gather(self.reading, self._ids)

    @cached_property
    def _said(self) -> dict[int, tuple[Any, list[Any]]]:
        named = {line.details.get("message") for line in self.lines if line.conversation_id is not None}
        return conversations.some_messages(self.reading, sorted(int(one) for one in named if one is not None))


def entry(round_: Round, actor: Actor, line: Line) -> dict[str, Any]:
    """One entry for a program: `data` is the conversation as a list shows it, with the message if it is about one."""
    row = round_.row(actor, line)
    details = details_within(line.details, round_.sight(actor, line)) if row else line.details
    data: dict[str, Any] = {key: value for key, value in details.items() if key != "vis"}
    if row is not None:
        data |= {"conversation_id": row.id, "details": data.copy(), **worklist.plain(row)}
    said = round_.message(actor, line)
    if said is not None:
        data["message"] = said
    return {
        "seq": line.seq,
        "at": line.at,
        "verb": line.verb,
        "topic": f"conversation:{line.conversation_id}" if line.conversation_id else "house",
        "actor": line.actor_id,
        "data": data,
    }


def gone(line: Line) -> dict[str, Any]:
    """The conversation left this person's sight: remove it everywhere."""
    return {
        "seq": line.seq,
        "at": line.at,
        "verb": "gone",
        "topic": f"conversation:{line.conversation_id}",
        "data": {"conversation_id": line.conversation_id},
    }


def page(reading: Reading, *, actor: Actor, since: int, limit: int = 200) -> tuple[list[dict[str, Any]], int]:
    """The entries above `since` that this person may see, each with `prev`, and the `seq` up to which was looked."""
    found: list[dict[str, Any]] = []
    cursor = since
    while len(found) < limit:
        lines = journal.after(reading.connection, cursor, 500)
        if not lines:
            break
        round_ = Round(reading, lines)
        for line in lines:
            cursor = line.seq
            if round_.shows(actor, line):
                prev = found[-1]["seq"] if found else since
                found.append({"prev": prev, **entry(round_, actor, line)})
            if len(found) == limit:
                break
    return found, cursor


def encode(frame: dict[str, Any]) -> bytes:
    """A frame as it goes over the wire."""
    return msgspec.json.encode(frame)
