"""SQL of acts on many conversations: what was asked, the rows it was frozen to, and what came of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Update, bindparam, func, insert, select, update

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading, Transaction
from inbox.store.tables import bulk_acts, bulk_rows
from inbox.store.tables import conversations as c


def seen(reading: Reading, actor: Actor, ids: Collection[int]) -> list[int]:
    """Those of the conversations that the actor may see, by id."""
    wanted = select(c.c.id).where(c.c.id.in_(sorted(ids)), sight.visible(actor)).order_by(c.c.id)
    return [row.id for row in reading.all(wanted)]


def by_client_id(reading: Reading, client_id: str) -> Row[Any] | None:
    """The act that a client made with its own id."""
    return reading.one(select(bulk_acts).where(bulk_acts.c.client_id == client_id))


def get(reading: Reading, bulk_id: int) -> Row[Any] | None:
    """One act."""
    return reading.one(select(bulk_acts).where(bulk_acts.c.id == bulk_id))


def lock(unit: Transaction, bulk_id: int) -> Row[Any]:
    """One act, held until the transaction ends."""
    return unit.execute(select(bulk_acts).where(bulk_acts.c.id == bulk_id).with_for_update()).one()


def add(unit: Transaction, *, actor_id: int, client_id: str, act: str, body: dict[str, Any], ids: Sequence[int]) -> int:
    """An act and its frozen rows, none done yet."""
    bulk_id = unit.new_id()
    values = {"id": bulk_id, "actor_id": actor_id, "client_id": client_id, "act": act, "body": body}
    unit.execute(insert(bulk_acts).values(**values, state="running", total=len(ids), at=unit.now))
    unit.execute(insert(bulk_rows), [{"bulk_id": bulk_id, "conversation_id": one} for one in ids])
    return bulk_id


def rows(
    reading: Reading, bulk_id: int, *, outcome: str | None = None, after: int = 0, limit: int = 500
) -> Sequence[Row[Any]]:
    """The rows of an act by conversation, behind `after`."""
    wanted = select(bulk_rows).where(bulk_rows.c.bulk_id == bulk_id, bulk_rows.c.conversation_id > after)
    if outcome is not None:
        wanted = wanted.where(bulk_rows.c.outcome == outcome)
    return reading.all(wanted.order_by(bulk_rows.c.conversation_id).limit(limit))


def tally(reading: Reading, bulk_id: int) -> dict[str, int]:
    """How many rows have which outcome."""
    counted = select(bulk_rows.c.outcome, func.count().label("n")).where(bulk_rows.c.bulk_id == bulk_id)
    return {row.outcome: row.n for row in reading.all(counted.group_by(bulk_rows.c.outcome))}


def settle(unit: Transaction, bulk_id: int, came: Mapping[int, Mapping[str, Any]]) -> None:
    """What came of each row, by conversation: its outcome, why, and the columns before and after."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for conversation_id, values in came.items():
        row = {"act": bulk_id, "which": conversation_id, **values}
        alike.setdefault(tuple(sorted(values)), []).append(row)
    for names, rows_alike in alike.items():
        unit.execute(_settle(names), rows_alike)


def settle_all(unit: Transaction, bulk_id: int, left: str, outcome: str, why: str) -> None:
    """What came of all rows that had the outcome `left` so far."""
    mine = (bulk_rows.c.bulk_id == bulk_id) & (bulk_rows.c.outcome == left)
    unit.execute(update(bulk_rows).where(mine).values(outcome=outcome, why=why))


@lru_cache(maxsize=16)
def _settle(names: tuple[str, ...]) -> Update:
    mine = (bulk_rows.c.bulk_id == bindparam("act")) & (bulk_rows.c.conversation_id == bindparam("which"))
    return update(bulk_rows).where(mine).values({name: bindparam(name) for name in names})


def change(unit: Transaction, bulk_id: int, **values: Any) -> None:
    """How far an act is."""
    unit.execute(update(bulk_acts).where(bulk_acts.c.id == bulk_id).values(**values))
