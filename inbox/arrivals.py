"""The raw inbound journal as a list without bodies, and reading an arrival again that could not be understood.

Refuses an arrival whose conversation the viewer may not see as if it did not exist.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from inbox import stand_in
from inbox.actors import MATRIX, Actor, Permission, Vis, can_see, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.house import House
from inbox.promise import Ledger
from inbox.store import arrival_list as store
from inbox.store import jobs, threads
from inbox.store.database import Reading, Transaction
from inbox.working import journal, opened
from slas import promises

STATES = ("accepted", "received", "duplicate", "quarantined", "refused")


class Arrival(msgspec.Struct, frozen=True):
    """What reached a door and what became of it. `size` in bytes; the words are in its conversation. `external_id` is
    empty where it is the sender's own and the viewer may not see who that is."""

    id: int
    door: str
    channel: str
    account: str
    external_id: str
    received_at: datetime
    state: str
    reason: str
    size: int
    sha256: str
    conversation_id: int | None
    message_id: int | None
    handled_at: datetime | None


class Page(msgspec.Struct, frozen=True):
    """Newest first; `next` goes back as `after`."""

    items: tuple[Arrival, ...]
    next: str | None


def page(
    reading: Reading,
    *,
    actor: Actor | None,
    state: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """Arrivals that `actor` may know of; None is the operator at the command line. Raises Invalid, Forbidden."""
    if state is not None and state not in STATES:
        raise Invalid(fields={"state": f"one of {', '.join(STATES)}"})
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(fields={"after": "send back `next` as it came"})
    found = store.page(
        reading, _scope(actor), state=state, before=int(after) if after is not None else None, limit=limit + 1
    )
    items = tuple(_arrival(row, actor) for row in found[:limit])
    return Page(items, str(items[-1].id) if len(found) > limit else None)


def replay(unit: Transaction, *, actor: Actor | None, arrival_id: int) -> int:
    """Lets a quarantined arrival be read again, by a parser that may know better now; answers its id. Raises NotFound,
    Forbidden, and Conflict when it is not in quarantine. Its stand-in conversation closes once it is understood."""
    row = _quarantined(unit, actor, arrival_id)
    store.accept_again(unit, arrival_id)
    jobs.add(unit, kind="arrival", ref=arrival_id, queue="inbound")
    unit.record(
        "arrival.replayed",
        actor_id=actor.id if actor else None,
        conversation_id=row.conversation_id,
        details={"arrival": arrival_id},
    )
    return arrival_id


def attach(unit: Transaction, house: House, *, actor: Actor, arrival_id: int, conversation_id: int) -> int:
    """A person says which conversation a quarantined arrival belongs to: its words move there as a message, and its
    stand-in closes. Answers the message's id."""
    row = _quarantined(unit, actor, arrival_id)
    target = opened(unit, actor, conversation_id, Permission.WORK)
    if target.state == "closed":
        raise Conflict("It is closed. Reopen it first.", state="closed")
    if row.message_id is None or row.conversation_id in (None, target.id):
        raise Conflict("It has no words of its own that could be moved there.")
    ledger = Ledger(unit, house.configuration.practice(), target.id)
    chosen = ledger.choose(reason=target.reason, priority=target.priority, channel=row.channel)
    lines = promises.on_inbound(ledger.clocks, chosen, at=unit.now)
    owed = ledger.record(lines, chosen=chosen, priority=target.priority)
    sequence = target.last_sequence + 1
    threads.set_message(unit, row.message_id, {"conversation_id": target.id, "sequence": sequence})
    said = {"last_at": unit.now, "last_message_id": row.message_id, "last_sequence": sequence}
    threads.change(unit, target, {**said, "unread": True, "needs_reply": True, **owed.values()})
    store.settle_by_hand(unit, arrival_id, target.id)
    journal(unit, "arrival.attached", target, actor, arrival=arrival_id, message=row.message_id)
    stand_in.give_way(unit, house, stand_in_id=row.conversation_id, to_id=target.id, actor=actor)
    return int(row.message_id)


def _quarantined(unit: Transaction, actor: Actor | None, arrival_id: int) -> Any:
    row = store.lock(unit, arrival_id)
    if row is None or not _knows(actor, row):
        raise NotFound("There is no such arrival.")
    if actor is not None and not _may_replay(actor, row):
        raise Forbidden(f"Your role does not allow this: {Permission.QUARANTINE_REPLAY.value}.")
    if row.state != "quarantined":
        raise Conflict("Only a quarantined arrival can be read again or added.", state=row.state)
    return row


_KNOWS = (Permission.SEE_OPERATIONAL, Permission.QUARANTINE_REPLAY)


def _scope(actor: Actor | None) -> Actor | None:
    """None for those who know of every arrival: the operator, and whoever may replay them all."""
    if actor is None or "A" in {MATRIX[permission][actor.role] for permission in _KNOWS}:
        return None
    if MATRIX[Permission.SEE_OPERATIONAL][actor.role] == "N":
        raise Forbidden("Your role does not show arrivals.")
    return actor


def _knows(actor: Actor | None, row: Any) -> bool:
    if _scope(actor) is None or row.team is None or actor is None:
        return True
    return may(actor, Permission.SEE_OPERATIONAL, Vis(row.team, row.owner_id))


def _may_replay(actor: Actor, row: Any) -> bool:
    """What became no conversation belongs to no team: only who may replay all may replay it."""
    reach = MATRIX[Permission.QUARANTINE_REPLAY][actor.role]
    if reach == "A" or row.team is None:
        return reach == "A"
    return may(actor, Permission.QUARANTINE_REPLAY, Vis(row.team, row.owner_id))


def _arrival(row: Any, viewer: Actor | None) -> Arrival:
    shown = Arrival(**{name: getattr(row, name) for name in Arrival.__struct_fields__})
    return shown if _may_identify(row, viewer) else msgspec.structs.replace(shown, external_id="")


def _may_identify(row: Any, viewer: Actor | None) -> bool:
    """The carrier's own ids say nothing of a person; those of a mail or a chat are the sender's words."""
    if viewer is None or row.door.startswith("twilio."):
        return True
    if row.team is None:
        return MATRIX[Permission.SEE_PERSON][viewer.role] == "A"
    return can_see(viewer, Vis(row.team, row.owner_id, row.clinical, row.sensitive)).person
