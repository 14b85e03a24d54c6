"""A corpus: where it lies, how its cases are asked, what share must be right. Read in place, never copied."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from math import sqrt
from pathlib import Path
from typing import Any

import msgspec

PROJECT = Path(__file__).parents[2]
ROOT = (PROJECT / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")).resolve()
#: What no mail and no text may cost (reliability.md §3.4).
SECONDS, MEGABYTES = 10.0, 512.0
#: Standard deviations on each side that hold 95 %.
Z = 1.96

#: A case's name and the question whether we read it right; an exception is a wrong answer.
Case = tuple[str, Callable[[], bool]]


class Corpus(msgspec.Struct, frozen=True):
    """`least` is the share that must be right; with `most_wrong` so many cases may be wrong instead."""

    cases: Callable[[], Iterator[Case]]
    least: float = 1.0
    most_wrong: int | None = None


class Score(msgspec.Struct, frozen=True):
    """How a corpus went: `slowest` case in seconds, `peak_mb` of the process that read it."""

    name: str
    cases: int
    wrong: tuple[str, ...]
    slowest: float
    peak_mb: float
    least: float
    most_wrong: int | None

    @property
    def right(self) -> int:
        return self.cases - len(self.wrong)

    @property
    def share(self) -> float:
        return self.right / self.cases if self.cases else 0.0

    @property
    def bar(self) -> str:
        """In words; without one a figure is only told."""
        if self.most_wrong is not None:
            return f"≤ {self.most_wrong} wrong"
        return f"≥ {self.least:.0%}" if self.least else "none"

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % confidence: Wilson's score interval (J. Am. Stat. Assoc. 22, 1927)."""
        if not self.cases:
            return 0.0, 1.0
        over = Z * Z / self.cases
        middle = (self.share + over / 2) / (1 + over)
        reach = Z * sqrt(self.share * (1 - self.share) / self.cases + over / self.cases / 4) / (1 + over)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    @property
    def holds(self) -> bool:
        """Whether the bar is met and no case cost too much. No case at all is no success."""
        enough = len(self.wrong) <= self.most_wrong if self.most_wrong is not None else self.share >= self.least
        return self.cases > 0 and enough and self.slowest <= SECONDS and self.peak_mb <= MEGABYTES


def measure(name: str) -> Score:
    """The score of a corpus, read in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
        return apart.submit(score, name).result()


def score(name: str) -> Score:
    """The same, read in this process: the peak is that of all it did."""
    from bench.corpora.every import CORPORA  # in here: that module names this one

    corpus = CORPORA[name]
    wrong, slowest, count = [], 0.0, 0
    for case, ask in corpus.cases():
        begun = time.perf_counter()
        if not _answer(ask):
            wrong.append(case)
        slowest, count = max(slowest, time.perf_counter() - begun), count + 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Score(name, count, tuple(wrong), slowest, peak, corpus.least, corpus.most_wrong)


def rows(*path: str) -> list[dict[str, Any]]:
    """The cases of a JSON Lines file of the corpora."""
    return [json.loads(line) for line in ROOT.joinpath(*path).read_text().splitlines()]


def _answer(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except Exception:  # noqa: BLE001 - whatever a case raises, it went wrong, and the next is asked
        return False
