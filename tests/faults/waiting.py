"""Waiting for what must come, with a deadline; and what a fault did to what was promised."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")
_never = threading.Event()


def until(condition: Callable[[], T], what: str, seconds: float = 15.0) -> T:
    """The first true answer of `condition`; fails after `seconds`, saying what did not come."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause(0.01)
    return found


def still(measure: Callable[[], object], quiet: float = 1.5, seconds: float = 30.0) -> None:
    """Returns once `measure` has given the same answer for `quiet` seconds."""
    deadline, seen, since = time.monotonic() + seconds, measure(), time.monotonic()
    while time.monotonic() - since < quiet:
        assert time.monotonic() < deadline, f"it still changes after {seconds} s"
        pause(0.05)
        if (latest := measure()) != seen:
            seen, since = latest, time.monotonic()


def pause(seconds: float) -> None:
    """Lets a process live for so long before it is killed; never used to wait for a result."""
    _never.wait(seconds)


class Verdict(NamedTuple):
    """How a run ended: promised things, those missing, those there twice, those that nobody promised."""

    seed: int
    acked: int
    lost: int
    doubled: int
    unexpected: int
    seconds: float = 0.0


def judge(seed: int, promised: Sequence[str], found: Iterable[str], since: float) -> Verdict:
    """Compares what was promised with what is there; `since` is monotonic."""
    counted = Counter(found)
    return Verdict(
        seed=seed,
        acked=len(promised),
        lost=sum(1 for one in promised if one not in counted),
        doubled=sum(count - 1 for count in counted.values()),
        unexpected=len(set(counted) - set(promised)),
        seconds=round(time.monotonic() - since, 1),
    )
