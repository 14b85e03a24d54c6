"""A change against the period before, in words: which way, how much, and whether it is good. No words for chance."""

from __future__ import annotations

import msgspec

from inbox.metrics_shape import Figure
from ui import moments


class Said(msgspec.Struct, frozen=True):
    """`tone` good, bad or "" (neither); `icon` of the sprite or ""."""

    tone: str
    icon: str
    text: str


def say(figure: Figure) -> Said:
    """ "1m faster", "1.8 points up", "12 fewer", "no real change", "too few to compare"."""
    change = figure.change
    if change is None or change.verdict == "few" or change.before is None or figure.value is None:
        return Said("", "", "too few to compare")
    if change.verdict == "same":
        return Said("", "", "no real change")
    rose, by = figure.value > change.before, abs(figure.value - change.before)
    icon = "alert-triangle" if change.verdict == "worse" else "arrow-up-right" if rose else "arrow-down-right"
    tone = {"better": "good", "worse": "bad"}.get(change.verdict, "")
    return Said(tone, icon, _words(figure.unit, by, rose=rose))


def _words(unit: str, by: float, *, rose: bool) -> str:
    if unit == "seconds":
        return f"{moments.span(by)} {'slower' if rose else 'faster'}"
    if unit == "percent":
        return f"{by:.1f}".removesuffix(".0") + f" points {'up' if rose else 'down'}"
    return f"{by:,.0f} {'more' if rose else 'fewer'}"
