"""What the common reads cost when the tables are a hundred times as large: the inbox list, a conversation, a claim."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import cycle
from statistics import median
from typing import Any

from sqlalchemy import event, select, text

from bench import seed
from bench.figures import Figure
from bench.options import Options
from bench.storage import Storages
from inbox import accounts, conversation, worklist
from inbox.actors import Actor
from inbox.house import House
from inbox.settings import read
from inbox.store import accounts as actors
from inbox.store import jobs
from inbox.store.tables import conversations

SMALL, LARGE = 2_000, 200_000
QUICK_LARGE = 20_000
BAR = 1.3
Act = Callable[[], object]


class Clinic:
    """A filled database and the acts that are measured on it."""

    def __init__(self, environment: Mapping[str, str], size: int) -> None:
        self.house = House(read(environment))
        self.agent = self._hire("agent", ["contact_center", "front_desk"])
        self.supervisor = self._hire("supervisor", [])
        seed.fill(self.house, size)
        self._ids = cycle(self._open_ones())
        self.acts: dict[str, Act] = {
            "inbox list (agent)": lambda: self._page(self.agent),
            "inbox list (supervisor)": lambda: self._page(self.supervisor),
            "open a conversation": self._open,
            "claim a job": self._claim,
        }

    def _hire(self, role: str, teams: list[str]) -> Actor:
        email = f"{role}@clinic.example"
        with self.house.database.transaction() as unit:
            actor_id = accounts.add(unit, email=email, name=role, role=role, teams=teams, password=None, by=None)
            actor = actors.actor(unit, actor_id)
        assert actor is not None
        return actor

    def _open_ones(self) -> list[int]:
        with self.house.database.snapshot() as reading:
            wanted = select(conversations.c.id).where(conversations.c.state == "open")
            found = [row.id for row in reading.all(wanted)]
        return random.Random(7).sample(found, 100)

    def _page(self, actor: Actor) -> object:
        with self.house.database.snapshot() as reading:
            return worklist.page(reading, actor=actor, view="open", limit=50)

    def _open(self) -> object:
        with self.house.database.snapshot() as reading:
            return conversation.view(reading, actor=self.supervisor, conversation_id=next(self._ids), now=reading.now)

    def _claim(self) -> object:
        with self.house.database.transaction() as unit:
            claimed = jobs.claim(unit, queue="bulk", by="bench", limit=1)
            assert len(claimed) == 1
            return jobs.finish(unit, claimed[0])


def measure(storages: Storages, options: Options) -> list[Figure]:
    """The same acts on a small and a large database in turn."""
    return [figure for name in storages.names for figure in _measure(storages, options, name)]


def _measure(storages: Storages, options: Options, storage: str) -> list[Figure]:
    large_size = QUICK_LARGE if options.quick else LARGE
    with ExitStack() as stack:
        small, large = (
            stack.enter_context(filled(stack.enter_context(storages.fresh(storage)), size))
            for size in (SMALL, large_size)
        )
        if options.plans:
            _print_plans(large, storage)
        return [_compare(name, storage, small.acts[name], large.acts[name], large_size) for name in small.acts]


@contextmanager
def filled(environment: Mapping[str, str], size: int) -> Iterator[Clinic]:
    """A clinic with `size` conversations, closed afterwards."""
    clinic = Clinic(environment, size)
    try:
        yield clinic
    finally:
        clinic.house.close()


def _compare(name: str, storage: str, small: Act, large: Act, size: int) -> Figure:
    for act in (small, large) * 20:
        act()
    times: dict[Act, list[float]] = {small: [], large: []}
    for act in (small, large) * 150:
        begun = time.perf_counter()
        act()
        times[act].append(time.perf_counter() - begun)
    before, after = median(times[small]), median(times[large])
    note = f"{before * 1000:.2f} ms at {SMALL * seed.MESSAGES_EACH:,} messages, {after * 1000:.2f} ms at "
    return Figure(f"growth: {name}", storage, after / before, "≤", BAR, note=f"{note}{size * seed.MESSAGES_EACH:,}")


def _print_plans(clinic: Clinic, storage: str) -> None:
    """The plan of each statement of each act, on the large database."""
    for name, act in clinic.acts.items():
        print(f"\n## {name}, {storage}")
        for statement, parameters in _statements(clinic, act):
            print(f"\n{' '.join(statement.split())[:160]}")
            for line in _plan(clinic, statement, parameters):
                print(f"    {line}")


def _statements(clinic: Clinic, act: Act) -> list[tuple[str, Any]]:
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE")) and "pg_advisory" not in statement:
            heard.append((statement, parameters))

    engines = (clinic.house.database._reader, clinic.house.database._writer)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    act()
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)
    return heard


def _plan(clinic: Clinic, statement: str, parameters: Any) -> list[str]:
    explain = "EXPLAIN QUERY PLAN " if clinic.house.database.is_sqlite else "EXPLAIN "
    with clinic.house.database._writer.connect() as connection:
        connection.execute(text("SELECT 1"))
        rows = connection.exec_driver_sql(explain + statement, parameters).all()
        connection.rollback()
    return [str(row[-1]) for row in rows]
