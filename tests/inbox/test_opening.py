"""What a patient is told about time, at the edges of the day and where nothing can be promised."""

from datetime import UTC, datetime

import pytest

from inbox.opening import Opening, opening
from inbox.practice import Practice

HOURS = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CLINIC = Practice(hours=HOURS)
#: 08:00 in Los Angeles on the Monday after its clocks went forward.
MONDAY = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 3, 7, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "now", "told"),
    [
        ("chat", MONDAY, Opening(True, None, datetime(2026, 3, 9, 15, 1, tzinfo=UTC))),
        ("webform", MONDAY, Opening(True, None, datetime(2026, 3, 10, 15, 0, tzinfo=UTC))),
        ("chat", FRIDAY_NIGHT, Opening(False, MONDAY, datetime(2026, 3, 9, 15, 1, tzinfo=UTC))),
        ("webform", FRIDAY_NIGHT, Opening(False, MONDAY, datetime(2026, 3, 10, 0, 0, tzinfo=UTC))),
    ],
)
def test_the_next_opening_and_the_promise(channel: str, now: datetime, told: Opening) -> None:
    assert opening(CLINIC, channel, now) == told


def test_a_clinic_that_never_opens_promises_nothing() -> None:
    assert opening(Practice(hours={}), "webform", MONDAY) == Opening(False, None, None)


def test_a_clinic_that_is_always_open_has_no_opening_to_name() -> None:
    assert opening(Practice(), "chat", MONDAY) == Opening(True, None, datetime(2026, 3, 9, 15, 1, tzinfo=UTC))
