"""Our own labelled messages (`fixtures/labelled`): red flags that must be raised, alarms that must not, reasons. The
rules were mended on the open part; the held-out part is only counted, and no bar is set on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from bench.corpora.corpus import PROJECT, Case
from routing.classify import Verdict, classify

#: Ask of a row: whether it belongs to the corpus, and whether the verdict on it is right.
Question = tuple[Callable[[dict[str, Any]], bool], Callable[[dict[str, Any], Verdict], bool]]

ASKED: dict[str, Question] = {
    "emergencies found": (lambda row: row["level"] == "E", lambda row, said: "E" in _levels(said)),
    "urgent found": (lambda row: row["level"] == "U", lambda row, said: bool({"E", "U"} & _levels(said))),
    "long ago, still shown": (lambda row: row["level"] == "history", lambda row, said: bool(said.red_flags)),
    "family": (
        lambda row: row["level"] in ("E", "U"),
        lambda row, said: row["flag"] in {flag.kind for flag in said.red_flags},
    ),
    "no emergency, none raised": (lambda row: row["level"] != "E", lambda row, said: "E" not in _levels(said)),
    "no flag, none raised": (lambda row: not row["level"], lambda row, said: not {"E", "U"} & _levels(said)),
    "primary reason": (lambda row: True, lambda row, said: said.reason == row["reasons"][0]),
    "all reasons": (lambda row: True, lambda row, said: {*row["reasons"]} <= {*said.reasons}),
    "understood": (lambda row: True, lambda row, said: not said.unclassified),
}


def part(name: str, asked: str) -> Iterator[Case]:
    """One question over one part, `open` or `held_out`. Patients' risks and channels are not told to the rules."""
    belongs, right = ASKED[asked]
    for row in messages(name):
        if belongs(row):
            yield row["id"], partial(_judge, row, right)


@cache
def messages(name: str) -> tuple[dict[str, Any], ...]:
    """The rows of a part: `flag` and `level` (E, U, history or empty), `reasons` with the primary one first."""
    path = PROJECT / "fixtures" / "labelled" / f"{name}.jsonl"
    return tuple(json.loads(line) for line in path.read_text("utf-8").splitlines())


def _judge(row: dict[str, Any], right: Callable[[dict[str, Any], Verdict], bool]) -> bool:
    return right(row, classify(row["text"]))


def _levels(said: Verdict) -> set[str]:
    return {flag.level for flag in said.red_flags}
