"""From a provider's POST to the frame on an agent's screen: how long on an idle machine with 300 other agents
connected, and how much of the bare framework's rate one process sustains with everything that a message means."""

from __future__ import annotations

from statistics import median
from typing import Any

from bench import people
from bench.figures import Figure, percentiles
from bench.options import Options
from bench.server import SIGNATURE_ONLY
from bench.serving import client, served
from bench.storage import Storages

AGENTS = 300
IDLE_RATE = 5.0
P50_MS, P99_MS = 25.0, 150.0
SUSTAINED = 0.08
#: Offered above the bar, so that the figure can show more than the bar.
OFFERED = 0.088
#: The lag of the last fifth of a run over that of the first; more means that it grows.
GROWTH = 2.0
#: Lags below this are no queue: their ratio says nothing.
FLOOR_MS = 100.0


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Both, on each storage."""
    return [figure for name in storages.names for figure in _measure(storages, options, name)]


def _measure(storages: Storages, options: Options, storage: str) -> list[Figure]:
    with storages.fresh(storage) as environment:
        tokens = people.hire(environment, AGENTS + 1)
        with served(environment) as (port, _):
            client("watching", port=port, tokens=tokens[:1], rate=20.0, seconds=2.0)
            return [*_idle(port, tokens, options, storage), *_sustained(port, tokens[:1], options, storage)]


def _idle(port: int, tokens: list[str], options: Options, storage: str) -> list[Figure]:
    seconds = 8.0 if options.quick else 30.0
    run = client("watching", port=port, tokens=tokens, rate=IDLE_RATE, seconds=seconds)
    p50, p99 = percentiles(_milliseconds(run))
    note = f"{run['sent']} messages at {IDLE_RATE:.0f}/s, {AGENTS} other agents"
    return [
        Figure("whole way p50", storage, p50, "≤", P50_MS, "ms", note),
        Figure("whole way p99", storage, p99, "≤", P99_MS, "ms", note),
    ]


def _sustained(port: int, tokens: list[str], options: Options, storage: str) -> list[Figure]:
    seconds, rounds = (6.0, 1) if options.quick else (15.0, 3)
    shares, growths, notes = [], [], []
    for _ in range(rounds):
        bare = _bare(port)
        run = client("watching", port=port, tokens=tokens, rate=OFFERED * bare, seconds=seconds)
        lags = _milliseconds(run)
        fifth = max(1, len(lags) // 5)
        first, last = median(lags[:fifth]), median(lags[-fifth:])
        shares.append(run["came_in_time"] / seconds / bare)
        growths.append(max(last, FLOOR_MS) / max(first, FLOOR_MS))
        notes.append(f"{run['came_in_time'] / seconds:.0f}/s of {bare:,.0f}/s, lag {first:.0f} to {last:.0f} ms")
    note = "; ".join(notes)
    return [
        Figure("whole way sustained / signature only", storage, median(shares), "≥", SUSTAINED, note=note),
        Figure(
            "lag, last fifth / first fifth",
            storage,
            median(growths),
            "≤",
            GROWTH,
            note="no queue below 100 ms",
        ),
    ]


def _bare(port: int) -> float:
    done = client("posting", port=port, path=SIGNATURE_ONLY, seconds=2.0)
    return float(done["sent"] / done["seconds"])


def _milliseconds(run: dict[str, Any]) -> list[float]:
    """A message that never came counts as a minute."""
    return [60_000.0 if lag is None else lag * 1000 for lag in run["lags"]]
