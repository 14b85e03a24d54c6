"""What the search costs at a million messages: rare and common words, phrases, beginnings, names and numbers, asked by
a supervisor, an agent of two teams and a newcomer who sees few."""

from __future__ import annotations

import time
from statistics import quantiles

from bench import seed
from bench.figures import Figure
from bench.growth import LARGE, QUICK_LARGE
from bench.options import Options
from bench.search_clinic import WHO, SearchClinic
from bench.storage import Storages
from inbox import search
from inbox.actors import Actor

BAR_MS = 100.0
RUNS, WARM = 20, 3
QUERIES = {
    "rare word": "lisinopril",
    "common word": "appointment",
    "common words, one left out": "appointment week -lisinopril",
    "word of one in a hundred": "parking",
    "word said long ago only": "telefax",
    "words never said together": "parking insurance",
    "phrase": '"appointment next week"',
    "phrase that nobody said": '"week appointment next"',
    "beginning of a common word": "appoint*",
    "beginning of a rare word": "lisin*",
    "beginning of very many words": "b*",
    "name": "maria garcia",
    "beginning of a name": "mar",
    "name and a word": "garcia parking",
    "from a name, a word": "from:garcia parking",
    "from a common name, a word": "from:maria appointment",
    "phone": "(200) 000-1234",
    "end of a phone": "1234",
    "phone and a word": "2000001235 appointment",
    "operators alone": "is:open in:billing",
    "word with a file": "appointment has:attachment",
    "nothing": "xyzzy",
}


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Each query on each storage, asked by each of three."""
    return [figure for name in storages.names for figure in _measure(storages, options, name)]


def _measure(storages: Storages, options: Options, storage: str) -> list[Figure]:
    with storages.fresh(storage) as environment:
        clinic = SearchClinic(environment, QUICK_LARGE if options.quick else LARGE)
        try:
            clinic.fill()
            who = {name: clinic.actor(name) for name in WHO}
            return [
                _figure(f"{what} ({name})", text, storage, clinic, actor)
                for what, text in QUERIES.items()
                for name, actor in who.items()
            ]
        finally:
            clinic.house.close()


def _figure(what: str, text: str, storage: str, clinic: SearchClinic, actor: Actor) -> Figure:
    """The least of some runs: what else the machine does only adds to it. The 95th percentile stands beside."""
    times = sorted(_run(clinic, text, actor) for _ in range(RUNS + WARM))
    note = f"at {clinic.size * seed.MESSAGES_EACH:,} messages; p95 {quantiles(times, n=20)[18]:.0f} ms"
    return Figure(f"search: {what}", storage, times[0], "≤", BAR_MS, "ms", note)


def _run(clinic: SearchClinic, text: str, actor: Actor) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    with clinic.house.database.snapshot() as reading:
        search.search(reading, actor=actor, text=text)
    return (time.perf_counter() - begun) * 1000
