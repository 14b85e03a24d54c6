"""Who saw what: each showing of patient data leaves a row before it is shown. Refuses the showing when the row cannot
be written, and refuses to change a row later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Literal
from weakref import WeakKeyDictionary

from sqlalchemy.exc import SQLAlchemyError

from inbox.actors import Actor
from inbox.errors import Unavailable
from inbox.store import access as store
from inbox.store.database import Database, Transaction

How = Literal["opened", "listed", "searched", "pushed", "played", "exported"]

#: The same viewer, object and kind of view within this time is one row.
WINDOW = timedelta(minutes=5)
#: This process remembers at most so many showings; beyond, some are written twice.
REMEMBERED = 20_000


class Recent:
    """What this process wrote in the last window: (viewer, object, view) and each id of a list."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: dict[tuple[object, ...], datetime] = {}

    def lacks(self, keys: Iterable[tuple[object, ...]], now: datetime) -> list[tuple[object, ...]]:
        """Those of the keys that no row of the last window covers."""
        with self._lock:
            return [key for key in keys if self._until.get(key, now) <= now]

    def add(self, keys: Iterable[tuple[object, ...]], now: datetime) -> None:
        """Remembers what a committed row covers."""
        with self._lock:
            if len(self._until) > REMEMBERED:
                self._until = {key: until for key, until in self._until.items() if until > now}
            if len(self._until) > REMEMBERED:
                self._until.clear()
            self._until.update(dict.fromkeys(keys, now + WINDOW))


_recent: WeakKeyDictionary[Database, Recent] = WeakKeyDictionary()


def record(
    database: Database,
    *,
    actor: Actor,
    object: str,
    object_id: int | None,
    patient_id: int | None,
    conversation_id: int | None,
    how: How,
    why: str = "",
    about: str = "",
    ids: Iterable[int] = (),
    device: str = "",
    address: str = "",
    outcome: Literal["shown", "denied"] = "shown",
    also: Callable[[Transaction], object] | None = None,
) -> bool:
    """Writes the showing unless the last five minutes hold it already; answers whether a row was written. `also` is
    done in the same transaction, row or none.

    Call it before the bytes leave. `ids` are the conversations that a list, search or push shows by name: only those
    not yet covered are written, and a list that shows no new one writes nothing. Raises Unavailable when the log cannot
    be written: then nothing may be shown. `about` tells one question from another where `why` is sealed and never
    looks the same; it is not kept. The second row with count and last time at a window's end is not written yet.
    """
    recent, now = _recent.setdefault(database, Recent()), database.clock()
    shown = tuple(dict.fromkeys(ids))
    glass = actor.glass_on(patient_id, conversation_id)
    viewer = (actor.id, actor.role, glass)
    view = (*viewer, object, object_id, patient_id, conversation_id, how, about or why, outcome)
    missing = recent.lacks([(*view, shown_id) for shown_id in shown] or [view], now)
    if not missing and also is None:
        return False
    who = {"actor_id": actor.id, "role": actor.role, "device": device, "address": address}
    whose = {"patient_id": patient_id, "conversation_id": conversation_id, "glass_id": glass.id if glass else None}
    what = {"object": object, "object_id": object_id, "ids": [key[-1] for key in missing] if shown else []}
    rows = [{**who, **whose, **what, "how": how, "why": why, "outcome": outcome}] if missing else []
    _write(database, rows, also)
    recent.add(missing, now)
    return bool(missing)


def record_patients(
    database: Database, *, actor: Actor, patient_ids: Iterable[int], how: How, device: str = "", address: str = ""
) -> int:
    """A row for each patient that a list shows by name, all in one transaction; answers how many were written. The same
    window and the same refusal as `record`."""
    recent, now = _recent.setdefault(database, Recent()), database.clock()
    views: dict[tuple[object, ...], int] = {
        (actor.id, actor.role, "patient", one, one, None, how, ""): one for one in patient_ids
    }
    missing = recent.lacks(views, now)
    if not missing:
        return 0
    who = {"actor_id": actor.id, "role": actor.role, "device": device, "address": address}
    what: dict[str, Any] = {"object": "patient", "conversation_id": None, "ids": [], "how": how, "why": ""}
    _write(database, [{**who, **what, "object_id": views[key], "patient_id": views[key]} for key in missing])
    recent.add(missing, now)
    return len(missing)


def _write(
    database: Database, rows: Iterable[Mapping[str, Any]], also: Callable[[Transaction], object] | None = None
) -> None:
    def work(unit: Transaction) -> None:
        for row in rows:
            store.add(unit, **row)
        if also is not None:
            also(unit)

    try:
        database.write(work)
    except SQLAlchemyError as error:
        raise Unavailable("The access log cannot be written, so nothing is shown.") from error
