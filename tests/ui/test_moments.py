"""Moments and spans as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import moments

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 22, 18, 42, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0s"),
        (45, "45s"),
        (60, "1m"),
        (3599, "59m"),
        (3660, "1h 01m"),
        (86_400, "1d"),
        (90_000, "1d 1h"),
        (-190, "−3m"),
    ],
)
def test_span(seconds: int, words: str) -> None:
    assert moments.span(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(492, "8:12"), (0, "0:00"), (-5, "−0:05"), (-188, "−3:08"), (3600, "1h 00m"), (-4000, "−1h 06m")],
)
def test_countdown(seconds: int, words: str) -> None:
    assert moments.countdown(NOW + timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("minutes", "state"), [(-0.1, "late"), (0, "risk"), (10, "risk"), (10.1, "soon"), (30, "soon"), (31, "calm")]
)
def test_pressure(minutes: float, state: str) -> None:
    assert moments.pressure(NOW + timedelta(minutes=minutes), NOW) == state


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW, "10:42 AM"),
        (NOW - timedelta(days=1), "Yesterday, 10:42 AM"),
        (NOW - timedelta(days=4), "Wed, Nov 18, 10:42 AM"),
        (NOW - timedelta(days=365), "Nov 22, 2025, 10:42 AM"),
        (datetime(2026, 11, 22, 7, 59, tzinfo=UTC), "Yesterday, 11:59 PM"),
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), "12:00 AM"),
    ],
)
def test_stamp_is_the_clinics_time(at: datetime, words: str) -> None:
    assert moments.stamp(at, ZONE, NOW) == words


@pytest.mark.parametrize(("minutes", "place"), [(-99, 2.5), (0, 16), (5, 28), (10, 40), (30, 64), (60, 80), (999, 99)])
def test_runway(minutes: float, place: float) -> None:
    assert moments.runway(NOW + timedelta(minutes=minutes), NOW) == place


@given(st.floats(-60, 240), st.floats(-60, 240))
def test_less_time_is_never_further_right(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert moments.runway(NOW + timedelta(minutes=low), NOW) <= moments.runway(NOW + timedelta(minutes=high), NOW)


@pytest.mark.parametrize(("start", "due", "share"), [(-30, 10, 0.25), (-30, -1, 0.0), (1, 2, 1.0), (5, 5, 0.0)])
def test_remaining(start: float, due: float, share: float) -> None:
    at = (NOW + timedelta(minutes=start), NOW + timedelta(minutes=due))
    assert moments.remaining(at[0], at[1], NOW) == share
