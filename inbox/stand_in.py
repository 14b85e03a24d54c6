"""The conversation that stands in for an arrival nobody could read: it gives way once that is understood or added
elsewhere. Refuses nothing: notes on it stay where they are, and it names what took its place.
"""

from __future__ import annotations

from inbox import closure
from inbox.actors import Actor
from inbox.house import House
from inbox.store import threads
from inbox.store.database import Transaction


def give_way(
    unit: Transaction, house: House, *, stand_in_id: int | None, to_id: int | None, actor: Actor | None = None
) -> None:
    """Closes the stand-in as a duplicate of what the arrival became; nothing where there is none."""
    if stand_in_id is None or stand_in_id == to_id:
        return
    row = threads.lock(unit, stand_in_id)
    if "quarantined" not in row.marks or row.state == "closed":
        return
    marks = [mark for mark in row.marks if mark != "quarantined"]
    threads.change(unit, row, {"marks": marks, "related_id": to_id or row.related_id})
    ending = closure.Ending(client_id=f"stand-in:{row.id}:{row.version}", outcome="duplicate")
    closure.end(unit, house, actor, threads.get(unit, row.id), ending)
