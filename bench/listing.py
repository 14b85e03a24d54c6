"""The inbox list over 100,000 open conversations: its first page, a page a thousand pages down, what stands beside it,
narrowed lists, and an act on five hundred rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import text

from bench import seed
from bench.figures import Figure, percentiles
from bench.options import Options
from bench.storage import Storages
from inbox import accounts, bulk, filters, worklist
from inbox.actors import Actor
from inbox.filters import Filters
from inbox.house import House
from inbox.settings import read
from inbox.store import accounts as actors

SIZE, QUICK_SIZE = 100_000, 10_000
DEEP = 1_000
#: p95 of a fragment in milliseconds with ten thousand open; the same is held to at ten times as many.
PAGE_BAR = {"sqlite": 40.0, "postgres": 30.0}
BULK_BAR = 5_000.0


class Desk:
    """A supervisor and an agent before a full list."""

    def __init__(self, house: House, size: int) -> None:
        self.house = house
        self.supervisor, self.agent = self._hire("supervisor", []), self._hire("agent", ["nursing", "billing"])
        seed.fill(house, size, open_every=1)
        self._spread()
        self.deep = self._key(min(DEEP, size // 100))

    def _hire(self, role: str, teams: list[str]) -> Actor:
        with self.house.database.transaction() as unit:
            email = f"{role}@clinic.example"
            given = accounts.add(unit, email=email, name=role, role=role, teams=teams, password=None, by=None)
            actor = actors.actor(unit, given)
        assert actor is not None
        return actor

    def _spread(self) -> None:
        """Owners, languages and locations, so that a narrowed list passes over most rows."""
        mine = {"agent": self.agent.id}
        with self.house.database.transaction() as unit:
            unit.execute(text("UPDATE conversations SET owner_id = :agent WHERE id % 50 < 5"), mine)
            unit.execute(text("UPDATE conversations SET language = 'es', location = 'Mission' WHERE id % 1000 < 30"))
        seed._settle(self.house)

    def _key(self, pages: int) -> str:
        """The cursor behind so many pages."""
        after = None
        for _ in range(pages // 4):
            after = self.page(self.supervisor, after=after, limit=200).next
        assert after is not None
        return after

    def page(self, actor: Actor, **asked: object) -> worklist.Page:
        """One page."""
        with self.house.database.snapshot() as reading:
            return worklist.page(reading, actor=actor, **{"view": "open", **asked})  # type: ignore[arg-type]  # as named

    def counts(self, actor: Actor, **lists: str) -> dict[str, int]:
        """The numbers beside the list, with saved views."""
        with self.house.database.snapshot() as reading:
            worklist.pressure(reading, actor=actor)
            return worklist.counts(reading, actor=actor, lists=lists)

    def narrowed(self, actor: Actor, query: str) -> worklist.Page:
        """A page of a narrowed list."""
        view, codes = filters.parse(query)
        return self.page(actor, view=view, filters=filters.read(codes, viewer_id=actor.id))

    def many(self, count: int) -> float:
        """Milliseconds of one act on so many."""
        with self.house.database.snapshot() as reading:
            ids = worklist.matching(reading, actor=self.supervisor, view="open", filters=Filters(), limit=count)
        wish = bulk.Wish(client_id="bench", act="assign", body={"team": "billing"}, ids=tuple(ids))
        begun = time.perf_counter()
        self.house.database.write(bulk.begin, self.house, actor=self.supervisor, wish=wish)
        return (time.perf_counter() - begun) * 1000


def measure(storages: Storages, options: Options) -> list[Figure]:
    """On each storage."""
    return [figure for name in storages.names for figure in _measure(storages, options, name)]


def _measure(storages: Storages, options: Options, storage: str) -> list[Figure]:
    size = QUICK_SIZE if options.quick else SIZE
    with storages.fresh(storage) as environment:
        house = House(read(environment))
        try:
            desk = Desk(house, size)
            saved = {"saved:1": "view=open&language=es", "saved:2": "view=open&state=first_reply&channel=sms"}
            acts: dict[str, Callable[[], object]] = {
                "first page": lambda: desk.page(desk.supervisor),
                "first page (agent)": lambda: desk.page(desk.agent),
                f"page {size // 100:,}": lambda: desk.page(desk.supervisor, after=desk.deep),
                "the page before it": lambda: desk.page(desk.supervisor, before=desk.deep),
                "mine": lambda: desk.page(desk.agent, view="mine"),
                "unassigned": lambda: desk.page(desk.supervisor, view="unassigned"),
                "counts and pressure": lambda: desk.counts(desk.supervisor),
                "counts (agent)": lambda: desk.counts(desk.agent),
                "counts with two saved views": lambda: desk.counts(desk.supervisor, **saved),
                "narrowed: language=es": lambda: desk.narrowed(desk.supervisor, "view=open&language=es"),
                "narrowed: nothing fits": lambda: desk.narrowed(desk.supervisor, "view=open&location=Nowhere"),
            }
            figures = [_timed(name, storage, size, act) for name, act in acts.items()]
            milliseconds = desk.many(bulk.TOGETHER)
            note = f"{bulk.TOGETHER} rows in one transaction, of {size:,} open"
            return [*figures, Figure("list: act on 500", storage, milliseconds, "≤", BULK_BAR, "ms", note)]
        finally:
            house.close()


def _timed(name: str, storage: str, size: int, act: Callable[[], object]) -> Figure:
    times = []
    for _ in range(25):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    middle, late = percentiles(times[5:])
    return Figure(f"list: {name}", storage, middle, "≤", PAGE_BAR[storage], "ms", f"p99 {late:.1f} ms, {size:,} open")
