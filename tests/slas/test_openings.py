"""Hours laid out once count as those asked anew, to the second, over clock changes and holidays."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from slas.calendars import ALWAYS, Calendar, read_calendar
from slas.hours import EPOCH, elapsed
from slas.openings import Openings

WEEK = {"mon": [["08:00", "12:00"], ["13:00", "17:30"]], "sat": [["22:00", "02:00"]], "sun": [["00:30", "04:00"]]}
CLINIC = read_calendar({"timezone": "America/Los_Angeles", "hours": WEEK, "holidays": ["2026-03-09"]})
SINCE = datetime(2026, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize("calendar", [CLINIC, ALWAYS])
def test_equal_to_the_long_way(calendar: Calendar) -> None:
    until = SINCE + timedelta(days=40)
    laid_out = Openings(calendar, micros(SINCE), micros(until))
    chance = random.Random(3)
    for _ in range(300):
        start = SINCE + timedelta(microseconds=chance.randrange(40 * 86_400_000_000))
        end = min(start + timedelta(microseconds=chance.randrange(5 * 86_400_000_000)), until)
        assert laid_out.seconds(micros(start), micros(end)) == elapsed(calendar, start, end)


def test_an_end_before_its_start_is_nothing() -> None:
    laid_out = Openings(ALWAYS, 0, 10_000_000)
    assert (laid_out.seconds(9_000_000, 1_000_000), laid_out.seconds(-5, 20_000_000)) == (0, 10)


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
