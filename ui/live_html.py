"""What a screen is sent: fragments rendered once for everybody who sees the same; the server decides which lists a row
is in and where it sorts.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from inbox import board as boards
from inbox import conversation, phone, saved_view, worklist
from inbox import panel as panels
from inbox.actors import Actor, Permission, Vis, can_see, may
from inbox.feed import Opened, Round
from inbox.house import House
from inbox.store.database import Reading
from inbox.store.journal import Line
from inbox.subscriber import Beside, Subscriber
from ui import listing, render, timeline, words

#: At most one fresh set of counts, and one fresh board, per socket and this many seconds.
COUNTS_SECONDS, BOARD_SECONDS = 3.0, 1.0

#: What a screen may sound for. It is told queue and urgency, never who.
RINGS = {"message.received": "new", "clock.breached": "late", "escalation.raised": "late"}

#: Entries of a call that ring: it waits for somebody, or somebody is asked.
CALLS = frozenset({"call.queued", "call.waiting", "call.lost", "call.asked", "call.released"})

#: Entries after which messages stand elsewhere: whoever has the conversation open reads it anew.
PARTED = frozenset({"conversation.split", "conversation.parted"})

URGENT = 1

FRAGMENTS = ("head", "clocks", "escalations", "panel")


class HtmlRenderer:
    """Screens get fragments rendered once for everybody who sees the same; the server decides views and sort keys."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seats: WeakKeyDictionary[Round, dict[int, phone.Seats | None]] = WeakKeyDictionary()

    def stand(self, round_: Round, subscriber: Subscriber) -> Hashable:
        """A screen's lists, calls and panes are its person's own."""
        return subscriber.actor

    def views(self, round_: Round, line: Line, subscriber: Subscriber) -> tuple[Any, ...]:
        """What fragments depend on besides the sight: the views a row belongs to for this person, and for those who
        have the conversation open the person, whose acts and whose sight of the patient's other work are their own."""
        row, actor = round_.row(subscriber.actor, line), subscriber.actor
        listens = subscriber.topics is not None and any(topic.startswith("inbox:") for topic in subscriber.topics)
        is_open = subscriber.topics is None or f"conversation:{line.conversation_id}" in subscriber.topics
        has_row = row is not None and listens and _is_newest(round_, line)
        lists = worklist.lists_of(row, actor, subscriber.topics or (), round_.reading.now) if row and has_row else ()
        seats = self._seats_of(round_, line)
        part = seats.part(actor) if seats else "none"
        # an own call is drawn for its person, one that rings for everybody alike
        on_call = (part, actor.id if part in ("mine", "asked") else 0) if seats else None
        rings = listens and row is not None and _rings(row, line, actor)
        return (listens, lists, actor.id if is_open else 0, rings, on_call, _judges(row, line, actor))

    def render(self, round_: Round, line: Line, subscriber: Subscriber) -> dict[str, Any] | None:
        """The frame's operations: for an open conversation what the entry added or changed in it. The panes come
        with a conversation's last entry of the round, the row with its last message too: they show its end."""
        row = round_.row(subscriber.actor, line)
        if row is None:
            return None
        listens, views, _, rings, on_call, judges = self.views(round_, line, subscriber)
        ops: list[list[Any]] = []
        if listens and (_is_newest(round_, line) or _is_last_word(round_, line)):
            html = self._fragment(round_.reading, "row", row=row)
            note = listing.left(round_.reading, round_.about(line))
            ops.append(["row", row.id, row.version, row.key, list(views), html, note])
        if rings:
            where = f"{words.team(row.queue)}, {words.priority(row.priority)}"
            ops.append(["alert", RINGS[line.verb], row.priority <= URGENT, where])
        if judges:
            who = words.ROLES.get(line.details.get("role", ""), "Somebody")
            ops.append(["look", f"{who}: a look with a reason at request {row.id}. It waits for a verdict."])
        if on_call is not None:
            ops += self._call(round_, line, subscriber.actor, rings=on_call[0] in ("ring", "asked"))
        if subscriber.topics is None or f"conversation:{row.id}" in subscriber.topics:
            ops += self._conversation(round_, line, subscriber)
        return {
            "seq": line.seq,
            "at": line.at,
            "verb": line.verb,
            "topic": f"conversation:{row.id}",
            "data": {"conversation_id": row.id, "version": row.version, "ops": ops},
        }

    def _seats_of(self, round_: Round, line: Line) -> phone.Seats | None:
        """Who has which part in the call that an entry is about, read once a round."""
        if not _is_last_call(round_, line):
            return None
        kept = self._seats.setdefault(round_, {})
        call_id = int(line.details["call"])
        if call_id not in kept:
            kept[call_id] = phone.seats_of(round_.reading, call_id)
        return kept[call_id]

    def _call(self, round_: Round, line: Line, actor: Actor, *, rings: bool) -> list[list[Any]]:
        """The call as this person's screens show it, whatever page they are on; nothing where it is not theirs."""
        seats = self._seats_of(round_, line)
        assert seats is not None
        one = phone.shown(round_.reading, self._house, actor=actor, seats=seats)
        html = self._fragment(round_.reading, "call", one=one, viewer=actor) if one.part != "none" else ""
        ops: list[list[Any]] = [["call", one.id, html]]
        if rings and line.verb in CALLS and one.row is not None:
            ops.append(["alert", "new", True, f"a call for {words.team(one.row.queue)}"])
        return ops

    def besides(self, reading: Reading, subscribers: Sequence[Subscriber]) -> Beside:
        """Fresh counts beside the list and the whole board, no oftener than a person can read."""
        now = time.monotonic()
        boarded: dict[str | int, dict[str, Any]] = {}
        spent = 0
        for subscriber in subscribers:
            on_board = subscriber.topics is not None and "board" in subscriber.topics
            if now - subscriber.extra_at < (BOARD_SECONDS if on_board else COUNTS_SECONDS) or spent >= 10:
                continue
            subscriber.extra_at, subscriber.dirty = now, False
            if on_board:
                scope = _board_scope(subscriber.actor)
                if scope not in boarded:
                    boarded[scope] = self._board(reading, subscriber)
                yield subscriber, boarded[scope]
            else:
                spent += 1
                saved = saved_view.queries(saved_view.listed(reading, actor=subscriber.actor))
                counts = worklist.counts(reading, actor=subscriber.actor, lists=saved)
                yield subscriber, {"verb": "counts", "topic": "inbox", "data": {"ops": [["counts", counts]]}}

    def _board(self, reading: Reading, subscriber: Subscriber) -> dict[str, Any]:
        found = boards.board(reading, actor=subscriber.actor)
        html = self._fragment(reading, "board", board=found, as_table=False)
        return {"verb": "board", "topic": "board", "data": {"ops": [["board", html]]}}

    def _conversation(self, round_: Round, line: Line, subscriber: Subscriber) -> list[list[Any]]:
        opened = round_.opened(subscriber.actor, line)
        if opened is None:
            return []
        view = opened.view
        ops: list[list[Any]] = []
        for item in _changed(opened, line):
            html = self._fragment(round_.reading, "item", item=item, view=view)
            ops.append(["item", view.id, item.id, item.key, html])
        if line.verb in PARTED:
            ops.append(["anew", view.id])
        return ops + (self._panes(round_.reading, subscriber.actor, view) if _is_newest(round_, line) else [])

    def _panes(self, reading: Reading, actor: Actor, view: conversation.View) -> list[list[Any]]:
        panel = panels.beside(reading, actor=actor, conversation_id=view.id, now=reading.now)
        made = {name: self._fragment(reading, name, view=view, panel=panel) for name in FRAGMENTS}
        return [["panel", view.id, name, view.version, html] for name, html in made.items()]

    def _fragment(self, reading: Reading, name: str, **context: Any) -> str:
        practice = self._house.configuration.practice()
        return render.fragment(
            f"fragments/{name}.html", practice=practice, zone=practice.zone, now=reading.now, **context
        )


def _rings(row: worklist.Row, line: Line, actor: Actor) -> bool:
    """What is a person's own rings for them, what is urgent and nobody's for all who list it."""
    mine = row.owner is not None and row.owner.id == actor.id
    return line.verb in RINGS and (mine or (row.owner is None and row.priority <= URGENT))


def _judges(row: worklist.Row | None, line: Line, actor: Actor) -> bool:
    """Whoever judges looks with a reason hears of one when it begins, but for their own."""
    if row is None or line.verb != "glass.broken" or line.actor_id == actor.id:
        return False
    return may(actor, Permission.JUDGE_GLASS, Vis(team=row.queue))


def _board_scope(actor: Actor) -> str | int:
    """Those who see all teams share a board by role; the others also see what they own elsewhere, which is theirs."""
    return actor.role if can_see(actor, Vis(team="")).operational else actor.id


def _is_newest(round_: Round, line: Line) -> bool:
    return round_.about(line)[-1] is line


def _is_last_call(round_: Round, line: Line) -> bool:
    """The last entry of a call in this round: its card shows the end of them all."""
    calls = [one for one in round_.about(line) if one.verb.startswith("call.") and "call" in one.details]
    return bool(calls) and calls[-1] is line


def _is_last_word(round_: Round, line: Line) -> bool:
    """The last message of a conversation in this round: its words are in the row's own."""
    said = [one for one in round_.about(line) if one.verb == "message.received"]
    return bool(said) and said[-1].seq == line.seq


def _changed(opened: Opened, line: Line) -> list[timeline.Item]:
    """The timeline entries that a journal line adds or changes."""
    told = line.verb in timeline.TOLD_ELSEWHERE
    about = [
        ("event", None if told else opened.events.get(line.seq)),
        ("message", opened.messages.get(line.details.get("message", 0))),
        ("note", opened.notes.get(line.details.get("note", 0))),
    ]
    found = [timeline.item(kind, of) for kind, of in about if of is not None]
    if line.verb == "conversation.joined":
        found += [timeline.item("message", one) for one in opened.view.messages]
        found += [timeline.item("note", one) for one in opened.view.notes]
    calls = opened.view.calls if line.verb.startswith(("call.", "conversation.joined")) else ()
    return found + [timeline.item("call", one) for one in calls]
