"""What a screen is sent: fragments rendered once for everybody who sees the same; the server decides which lists a row
is in and where it sorts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from inbox import board as boards
from inbox import conversation, saved_view, worklist
from inbox import panel as panels
from inbox.actors import Actor, Vis, can_see
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

URGENT = 1

FRAGMENTS = ("head", "clocks", "escalations", "panel")


class HtmlRenderer:
    """Screens get fragments rendered once for everybody who sees the same; the server decides views and sort keys."""

    def __init__(self, house: House) -> None:
        self._house = house

    def views(self, round_: Round, line: Line, subscriber: Subscriber) -> tuple[Any, ...]:
        """What fragments depend on besides the sight: the views a row belongs to for this person, and for those who
        have the conversation open the person, whose acts and whose sight of the patient's other work are their own."""
        row, actor = round_.row(subscriber.actor, line), subscriber.actor
        listens = subscriber.topics is not None and any(topic.startswith("inbox:") for topic in subscriber.topics)
        is_open = subscriber.topics is None or f"conversation:{line.conversation_id}" in subscriber.topics
        has_row = row is not None and listens and _is_newest(round_, line)
        lists = worklist.lists_of(row, actor, subscriber.topics or (), round_.reading.now) if row and has_row else ()
        return (listens, lists, actor.id if is_open else 0, listens and row is not None and _rings(row, line, actor))

    def render(self, round_: Round, line: Line, subscriber: Subscriber) -> dict[str, Any] | None:
        """The frame's operations: for an open conversation what the entry added or changed in it. The panes come
        with a conversation's last entry of the round, the row with its last message too: they show its end."""
        row = round_.row(subscriber.actor, line)
        if row is None:
            return None
        listens, views, _, rings = self.views(round_, line, subscriber)
        ops: list[list[Any]] = []
        if listens and (_is_newest(round_, line) or _is_last_word(round_, line)):
            html = self._fragment(round_.reading, "row", row=row)
            note = listing.left(round_.reading, round_.about(line))
            ops.append(["row", row.id, row.version, row.key, list(views), html, note])
        if rings:
            where = f"{words.team(row.queue)}, {words.priority(row.priority)}"
            ops.append(["alert", RINGS[line.verb], row.priority <= URGENT, where])
        if subscriber.topics is None or f"conversation:{row.id}" in subscriber.topics:
            ops += self._conversation(round_, line, subscriber)
        return {
            "seq": line.seq,
            "at": line.at,
            "verb": line.verb,
            "topic": f"conversation:{row.id}",
            "data": {"conversation_id": row.id, "version": row.version, "ops": ops},
        }

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


def _board_scope(actor: Actor) -> str | int:
    """Those who see all teams share a board by role; the others also see what they own elsewhere, which is theirs."""
    return actor.role if can_see(actor, Vis(team="")).operational else actor.id


def _is_newest(round_: Round, line: Line) -> bool:
    return round_.about(line)[-1] is line


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
    calls = opened.view.calls if line.verb.startswith("call.") else ()
    return found + [timeline.item("call", one) for one in calls]
