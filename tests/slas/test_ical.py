"""Holidays come as calendar files."""

from datetime import date

import pytest

from slas import ical

FILE = """BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20261225\r
DTEND;VALUE=DATE:20261226\r
SUMMARY:Christmas\\, the\r
  first day\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART:20261231T180000Z\r
SUMMARY:Party\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20270704\r
DTEND;VALUE=DATE:20270706\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:No date\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_days_with_their_names() -> None:
    assert ical.days(FILE) == (
        (date(2026, 12, 25), "Christmas, the first day"),
        (date(2026, 12, 31), "Party"),
        (date(2027, 7, 4), ""),
        (date(2027, 7, 5), ""),
    )


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(ical.WrongICal):
        ical.days(text)


def test_an_endless_event_ends() -> None:
    text = "BEGIN:VEVENT\nDTSTART:20000101\nDTEND:29991231\nEND:VEVENT"
    assert len(ical.days(text)) == 60
