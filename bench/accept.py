"""How much of the bare framework's rate the door of text messages keeps while it stores each before its 2xx."""

from __future__ import annotations

from statistics import median

from bench.figures import Figure
from bench.options import Options
from bench.server import SIGNATURE_ONLY
from bench.serving import client, served
from bench.storage import Storages

BARS = {"sqlite": 0.4, "postgres": 0.5}


def measure(storages: Storages, options: Options) -> list[Figure]:
    """Alternates both doors on one server, so that a busy machine slows both."""
    return [_measure(storages, options, name) for name in storages.names]


def _measure(storages: Storages, options: Options, storage: str) -> Figure:
    seconds, rounds = (1.5, 2) if options.quick else (3.0, 5)
    ratios, stored, bare = [], [], []
    with storages.fresh(storage) as environment, served(environment) as (port, _):
        client("posting", port=port, path=SIGNATURE_ONLY, seconds=0.5)
        for turn in range(rounds):
            start = 100_000 * (turn + 1)
            bare.append(_rate(port, SIGNATURE_ONLY, seconds, start))
            stored.append(_rate(port, "/in/twilio/messages", seconds, start))
            ratios.append(stored[-1] / bare[-1])
    note = f"{median(stored):,.0f}/s of {median(bare):,.0f}/s, 16 connections; rounds {_list(ratios)}"
    return Figure("accept / signature only", storage, median(ratios), "≥", BARS[storage], note=note)


def _rate(port: int, path: str, seconds: float, start: int) -> float:
    done = client("posting", port=port, path=path, seconds=seconds, start=start)
    return float(done["sent"] / done["seconds"])


def _list(ratios: list[float]) -> str:
    return " ".join(f"{ratio:.2f}" for ratio in ratios)
