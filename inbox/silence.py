"""The alarm for a channel that fell silent: raised once, ended when it is heard again, each told in the journal. A
broken webhook makes no error anywhere; that nothing comes is all there is to see.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from inbox import signals
from inbox.house import House
from inbox.store import watermarks
from inbox.store.database import Reading, Transaction

EVERY = timedelta(minutes=5)
MARK = "channels.silent"


def look(unit: Transaction) -> None:
    """Compares the last two hours with the same hours of the weeks before, when it is time. Raises an alarm for each
    channel that fell silent, and ends it for each that is heard again."""
    value = watermarks.claim(unit, MARK, EVERY)
    if value is None:
        return
    before = set(_channels(value))
    now = {one.channel for one in signals.silent(unit)}
    for channel in sorted(now - before):
        unit.record("channel.silent", actor_id=None, details={"channel": channel})
    for channel in sorted(before - now):
        unit.record("channel.heard", actor_id=None, details={"channel": channel})
    if before != now:
        watermarks.put(unit, MARK, msgspec.json.encode(sorted(now)).decode())


def alarms(reading: Reading) -> tuple[str, ...]:
    """The channels whose alarm is raised."""
    row = watermarks.one(reading, MARK)
    return _channels(row.value) if row is not None else ()


def state(house: House) -> list[str]:
    """The same in a look of its own; nothing when the database does not answer."""
    try:
        with house.database.snapshot() as reading:
            return list(alarms(reading))
    except SQLAlchemyError:
        return []


def _channels(value: str) -> tuple[str, ...]:
    return msgspec.json.decode(value, type=tuple[str, ...]) if value else ()
