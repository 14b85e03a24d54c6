"""One space of ids for all tables, handed out in blocks, so that an insert knows its id before it runs.

A block is reserved in a transaction of its own: a rolled-back use wastes numbers and never repeats one. What stands in
order by its ids (a ledger, a lane) needs ids above those of other processes: whoever continues one asks for that.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from sqlalchemy import Connection, insert, select, update

from inbox.store.tables import id_blocks

BLOCK = 1000
#: Few transactions of ours need more ids than this; a bulk import asks for its own block.
RESERVE = 250


def reserve(connection: Connection, count: int) -> int:
    """The first of `count` fresh ids; serialised by the row lock."""
    bump = (
        update(id_blocks)
        .where(id_blocks.c.name == "all")
        .values(next=id_blocks.c.next + count)
        .returning(id_blocks.c.next)
    )
    after = connection.execute(bump).scalar()
    if after is None:
        connection.execute(insert(id_blocks).values(name="all", next=1 + count))
        return 1
    return int(after) - count


def peek(connection: Connection) -> int:
    """The next id that would be reserved: for tests and statistics."""
    return int(connection.execute(select(id_blocks.c.next)).scalar() or 1)


class Ids:
    """This process's block. `top_up` runs before a transaction begins, so that it seldom waits inside one."""

    def __init__(self, fetch: Callable[[int], int]) -> None:
        self._fetch = fetch
        self._lock = Lock()
        self._filling = Lock()
        self._spans: list[tuple[int, int]] = []

    def top_up(self, need: int = RESERVE) -> None:
        """Makes sure `need` ids are at hand."""
        if self._left() >= need:
            return
        with self._filling:
            if self._left() >= need:
                return
            count = max(BLOCK, need)
            first = self._fetch(count)
            with self._lock:
                self._spans.append((first, first + count))

    def take(self) -> int | None:
        """One fresh id; None when transactions that run at the same time took them all."""
        with self._lock:
            if not self._spans:
                return None
            first, end = self._spans[0]
            if first + 1 == end:
                del self._spans[0]
            else:
                self._spans[0] = (first + 1, end)
            return first

    def outrank(self, reserved: int) -> bool:
        """Whether everything at hand is above what other processes hold; `reserved` as `peek` reads it now."""
        with self._lock:
            at_hand = sum(end - first for first, end in self._spans)
            return at_hand > 0 and self._spans[0][0] + at_hand == reserved

    def renew(self) -> None:
        """Drops what is at hand for a block above everybody else's."""
        with self._filling:
            first = self._fetch(BLOCK)
            with self._lock:
                self._spans = [(first, first + BLOCK)]

    def _left(self) -> int:
        with self._lock:
            return sum(end - first for first, end in self._spans)
