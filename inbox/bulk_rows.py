"""Some rows of an act on many: held together, each by the use case of one conversation, settled together.

Refuses to hold them for long: others wait five seconds for a row and no longer. What time did not allow is still to be
worked, and the row table says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Any

from sqlalchemy import Row

from inbox import bulk_acts
from inbox.bulk_acts import Doing
from inbox.errors import WarmlineError
from inbox.house import House
from inbox.store import accounts, threads
from inbox.store import bulk as store
from inbox.store.database import Transaction

CHUNK, HOLD_SECONDS = 50, 1.5
Came = dict[int, dict[str, Any]]


def work(unit: Transaction, house: House, act: Row[Any], *, until: float) -> bool:
    """The next CHUNK rows, or as many as `until` allows, but one at least; True when there may be more."""
    waiting = "done" if act.undone_at is not None else "pending"
    found = store.rows(unit, act.id, outcome=waiting, limit=CHUNK)
    if not found:
        return False
    actor = accounts.actor(unit, act.actor_id)
    if actor is None:  # left between two chunks: nothing more is done in their name
        left = {"outcome": "kept" if act.undone_at else "refused", "why": "The person has left."}
        came = {row.conversation_id: left for row in found}
    else:
        doings = [Doing(unit, house, actor, row.conversation_id, act.id) for row in found]
        came = _together(unit, [_step(doing, act, row) for doing, row in zip(doings, found, strict=True)], until)
        _note_after(unit, act, came)
    store.settle(unit, act.id, came)
    return len(found) == CHUNK or len(came) < len(found)


class _Step:
    """One row and what is to be done to it; `run` raises what the use case refuses."""

    def __init__(self, conversation_id: int, run: Callable[[], dict[str, Any]], refused: str) -> None:
        self.conversation_id, self.run, self.refused = conversation_id, run, refused


def _step(doing: Doing, act: Row[Any], row: Row[Any]) -> _Step:
    def do() -> dict[str, Any]:
        return {"outcome": "done", "before": bulk_acts.do(doing, act.act, bulk_acts.read(act.act, act.body))}

    def undo() -> dict[str, Any]:
        undone = bulk_acts.undo(doing, act.act, row.before)
        return {"outcome": "undone"} if undone else {"outcome": "kept", "why": "It was changed since."}

    if act.undone_at is not None:
        return _Step(doing.conversation_id, undo, "kept")
    return _Step(doing.conversation_id, do, "refused")


def _together(unit: Transaction, steps: Sequence[_Step], until: float) -> Came:
    """As if each had a savepoint of its own. Most often none is refused, and one for all is enough: on a server each
    costs two journeys a row."""
    threads.hold_all(unit, [step.conversation_id for step in steps])
    try:
        with unit.part():
            return _each(steps, nullcontext, until)
    except WarmlineError:
        return _each(steps, unit.part, until)


def _each(steps: Sequence[_Step], part: Callable[[], AbstractContextManager[None]], until: float) -> Came:
    came: Came = {}
    for step in steps:
        if came and perf_counter() > until:
            break
        try:
            with part():
                came[step.conversation_id] = step.run()
        except WarmlineError as error:
            if part is nullcontext:
                raise
            came[step.conversation_id] = {"outcome": step.refused, "why": _words(error)}
    return came


def _note_after(unit: Transaction, act: Row[Any], came: Came) -> None:
    """The columns as they stand now, beside those before."""
    was = {one: settled["before"] for one, settled in came.items() if "before" in settled}
    for one, now in bulk_acts.came_to(unit, act.act, list(was)).items():
        came[one]["before"] = {"was": was[one], "set": now}


def _words(error: WarmlineError) -> str:
    return "; ".join([error.detail, *(f"{name}: {mend}" for name, mend in error.fields.items())])[:300]
