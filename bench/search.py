"""What the search costs at a million messages: rare and common words, phrases, names and numbers, and their ratio to a
hundredth of it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import islice, product
from statistics import median, quantiles

from sqlalchemy import insert, select, text, update

from bench import growth, seed
from bench.figures import Figure
from bench.growth import Clinic
from bench.options import Options
from bench.storage import Storages
from inbox import search
from inbox.actors import Actor
from inbox.store.tables import messages, patients

BAR_MS = 100.0
#: Four in a hundred of these are a Maria, one in two hundred a Garcia.
GIVEN = "Maria Jose Ana Luis Carmen Juan Rosa Pedro Lucia Miguel Elena Carlos Sofia Jorge Laura Diego Paula"
GIVEN += " Ivan Ines Raul Emma Liam Olivia Noah Ava Ethan Mia Lucas Zoe Jack"
ENDINGS = [f"{vowel}{end}" for vowel in "aeiou" for end in ("s", "n", "ra", "lez", "do", "na", "z")]
FAMILY = ["Garcia", "Lopez", *(f"{start}{end}" for start in ("Bar", "Cas", "Del", "Fer", "Gom") for end in ENDINGS)]
QUERIES = {
    "rare word": "lisinopril",
    "common word": "appointment",
    "common words, one left out": "appointment week -lisinopril",
    "phrase": '"appointment next week"',
    "phrase that nobody said": '"week appointment next"',
    "beginning of a common word": "appoint*",
    "name": "maria garcia",
    "beginning of a name": "mar",
    "phone": "(200) 000-1234",
    "end of a phone": "1234",
    "operators alone": "is:open in:billing",
    "nothing": "xyzzy",
}


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Each query on each storage, asked by a supervisor and an agent."""
    return [figure for name in storages.names for figure in _measure(storages, options, name)]


def _measure(storages: Storages, options: Options, storage: str) -> list[Figure]:
    size = growth.QUICK_LARGE if options.quick else growth.LARGE
    with ExitStack() as stack:
        small, large = (
            stack.enter_context(growth.filled(stack.enter_context(storages.fresh(storage)), conversations))
            for conversations in (growth.SMALL, size)
        )
        for clinic, count in ((small, growth.SMALL), (large, size)):
            _add_patients(clinic, count // 4)
            _say_rare(clinic)
        return [
            _figure(f"{what} ({actor.role})", query, storage, small, large, actor, size)
            for what, query in QUERIES.items()
            for actor in (large.supervisor, large.agent)
        ]


def _figure(what: str, query: str, storage: str, small: Clinic, large: Clinic, actor: Actor, size: int) -> Figure:
    before, after = _times(small, query, actor), _times(large, query, actor)
    ratio, slow = median(after) / median(before), quantiles(after, n=20)[18]
    note = f"at {size * seed.MESSAGES_EACH:,} messages, {ratio:.1f} times that of {growth.SMALL * seed.MESSAGES_EACH:,}"
    return Figure(f"search: {what}", storage, median(after), "≤", BAR_MS, "ms", f"{note}; p95 {slow:.0f} ms")


def _times(clinic: Clinic, query: str, actor: Actor) -> list[float]:
    """Milliseconds, warm."""
    times = []
    for _ in range(23):
        begun = time.perf_counter()
        with clinic.house.database.snapshot() as reading:
            search.search(reading, actor=actor, text=query)
        times.append((time.perf_counter() - begun) * 1000)
    return times[3:]


def _add_patients(clinic: Clinic, count: int) -> None:
    names = product(GIVEN.split(), FAMILY, range(1 + count // (len(GIVEN.split()) * len(FAMILY))))
    with clinic.house.database.transaction() as unit:
        rows = [
            {
                "id": unit.new_id(),
                "given": given,
                "family": family,
                "search_name": f"{given} {family}".lower(),
                "created_at": unit.now,
            }
            for given, family, _ in islice(names, count)
        ]
        unit.execute(insert(patients), rows)


def _say_rare(clinic: Clinic) -> None:
    with clinic.house.database.transaction() as unit:
        if not clinic.house.database.is_sqlite:
            unit.execute(text("SET LOCAL statement_timeout = 0"))
        newest = select(messages.c.id).order_by(messages.c.id.desc()).limit(8_000)
        some = [row.id for row in unit.all(newest)][::2_500]
        unit.execute(update(messages).where(messages.c.id.in_(some)).values(body="a refill of lisinopril, please"))
