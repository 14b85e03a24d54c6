"""Opening hours: the conventions, the traps (night, 24:00, clock changes, never open) and the properties."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slas.hours import (
    ALWAYS,
    Calendar,
    NeverCloses,
    NeverOpen,
    WrongCalendar,
    add,
    business_days,
    elapsed,
    is_open,
    next_close,
    next_open,
    read_calendar,
    us_holidays,
)

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def weekdays(*pairs: list[str], zone: str = "America/New_York", **more: object) -> Calendar:
    return read_calendar({"timezone": zone, "hours": {day: list(pairs) for day in DAYS[:5]}, **more})


def daily(*pairs: list[str], zone: str = "America/New_York", **more: object) -> Calendar:
    return read_calendar({"timezone": zone, "hours": {day: list(pairs) for day in DAYS}, **more})


CLINIC = weekdays(["08:00", "12:00"], ["13:00", "17:00"])


def test_a_budget_skips_lunch_night_and_weekend() -> None:
    assert add(CLINIC, at("2026-11-20T16:00:00-05:00"), 6 * 3600) == at("2026-11-23T14:00:00-05:00")


def test_a_budget_that_ends_at_closing_is_due_at_closing() -> None:
    assert add(CLINIC, at("2026-11-20T16:00:00-05:00"), 3600) == at("2026-11-20T17:00:00-05:00")


def test_no_budget_is_the_first_open_moment() -> None:
    assert add(CLINIC, at("2026-11-20T17:00:00-05:00"), 0) == at("2026-11-23T08:00:00-05:00")


def test_a_holiday_beats_special_hours_and_special_hours_beat_the_week() -> None:
    special = {"2026-11-26": [["09:00", "12:00"]], "2026-11-27": [["09:00", "12:00"]]}
    calendar = weekdays(["08:00", "17:00"], holidays=["2026-11-26"], date_hours=special)
    assert next_open(calendar, at("2026-11-25T17:00:00-05:00")) == at("2026-11-27T09:00:00-05:00")
    assert next_close(calendar, at("2026-11-27T10:00:00-05:00")) == at("2026-11-27T12:00:00-05:00")


def test_a_break_closes_part_of_one_day_also_after_midnight() -> None:
    calendar = daily(["22:00", "06:00"], breaks={"2026-11-21": [["01:00", "02:00"]]})
    assert elapsed(calendar, at("2026-11-20T20:00:00-05:00"), at("2026-11-21T08:00:00-05:00")) == 7 * 3600


def test_a_night_shift_is_one_opening() -> None:
    night = daily(["22:00", "06:00"])
    assert next_close(night, at("2026-11-20T23:00:00-05:00")) == at("2026-11-21T06:00:00-05:00")
    assert is_open(night, at("2026-11-21T05:59:59-05:00")) is True
    assert is_open(night, at("2026-11-21T06:00:00-05:00")) is False


def test_24_00_joins_the_next_day_and_overlaps_count_once() -> None:
    calendar = daily(["12:00", "24:00"], ["00:00", "06:00"], ["05:00", "07:00"])
    assert next_close(calendar, at("2026-11-20T13:00:00-05:00")) == at("2026-11-21T07:00:00-05:00")
    assert elapsed(calendar, at("2026-11-20T12:00:00-05:00"), at("2026-11-21T12:00:00-05:00")) == 19 * 3600


def test_a_closing_at_midnight_names_the_day_that_ends() -> None:
    calendar = weekdays(["08:00", "24:00"], zone="UTC")
    assert next_close(calendar, at("2026-11-20T13:00:00Z")) == at("2026-11-20T23:59:59.999Z")
    assert next_close(calendar, at("2026-11-20T23:59:59.999Z")) == at("2026-11-23T23:59:59.999Z")


def test_a_repeated_hour_is_two_real_hours() -> None:
    calendar = daily(["00:00", "24:00"], zone="Europe/Paris")
    assert elapsed(calendar, at("2020-10-25T00:00:00+02:00"), at("2020-10-26T00:00:00+01:00")) == 90_000


def test_a_bound_in_the_skipped_hour_moves_forward() -> None:
    calendar = daily(["02:30", "10:00"])
    assert next_open(calendar, at("2026-03-08T00:00:00-05:00")) == at("2026-03-08T03:30:00-04:00")


def test_around_the_clock() -> None:
    calendar = read_calendar({"timezone": "America/New_York", "hours": "always"})
    start = at("2026-11-20T23:00:00-05:00")
    assert add(calendar, start, 90_000) == start + timedelta(seconds=90_000)
    assert elapsed(ALWAYS, start, start + timedelta(seconds=90_000.4)) == 90_000
    with pytest.raises(NeverCloses):
        next_close(calendar, start)


def test_a_week_without_a_gap_never_closes() -> None:
    with pytest.raises(NeverCloses):
        next_close(daily(["00:00", "24:00"]), at("2026-11-20T23:00:00-05:00"))


@pytest.mark.parametrize("hours", [{}, {"mon": []}])
def test_a_calendar_that_never_opens_says_so(hours: dict[str, object]) -> None:
    calendar = read_calendar({"timezone": "UTC", "hours": hours})
    for question in (next_open, next_close):
        with pytest.raises(NeverOpen):
            question(calendar, at("2026-11-20T23:00:00Z"))
    with pytest.raises(NeverOpen):
        business_days(calendar, at("2026-11-20T23:00:00Z"), 1)


def test_the_end_of_time_is_an_answer_too() -> None:
    with pytest.raises(NeverOpen):
        add(ALWAYS, at("9999-12-30T00:00:00Z"), 1e9)
    with pytest.raises(NeverOpen):
        add(CLINIC, at("2026-11-20T23:00:00Z"), 1e15)


def test_dated_hours_alone_open_the_door_once() -> None:
    calendar = read_calendar({"timezone": "UTC", "date_hours": {"2026-12-01": [["09:00", "10:00"]]}})
    assert add(calendar, at("2026-11-20T23:00:00Z"), 3600) == at("2026-12-01T10:00:00Z")
    with pytest.raises(NeverOpen):
        add(calendar, at("2026-11-20T23:00:00Z"), 3601)


def test_pauses_do_not_count_even_when_they_overlap() -> None:
    pauses = [
        (at("2026-11-20T09:00:00-05:00"), at("2026-11-20T10:00:00-05:00")),
        (at("2026-11-20T09:30:00-05:00"), at("2026-11-20T10:30:00-05:00")),
    ]
    assert add(CLINIC, at("2026-11-20T08:00:00-05:00"), 7200, pauses) == at("2026-11-20T11:30:00-05:00")
    assert elapsed(CLINIC, at("2026-11-20T08:00:00-05:00"), at("2026-11-20T11:30:00-05:00"), pauses) == 7200


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-11-19T10:00:00-05:00", 1, "2026-11-20T10:00:00-05:00"),
        ("2026-11-20T10:00:00-05:00", 1, "2026-11-23T10:00:00-05:00"),
        ("2026-11-20T10:00:00-05:00", 2, "2026-11-24T10:00:00-05:00"),
        ("2026-11-20T19:00:00-05:00", 1, "2026-11-23T17:00:00-05:00"),
        ("2026-11-21T06:00:00-05:00", 1, "2026-11-23T08:00:00-05:00"),
        ("2026-11-19T12:30:00-05:00", 1, "2026-11-20T13:00:00-05:00"),
        ("2026-10-30T10:00:00-04:00", 1, "2026-11-02T10:00:00-05:00"),
    ],
)
def test_business_days_keep_the_local_time(start: str, count: int, expected: str) -> None:
    assert business_days(CLINIC, at(start), count) == at(expected)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        (None, "calendar: expected an object"),
        ({"hours": {}}, "timezone: expected an IANA name such as America/New_York"),
        ({"timezone": "Mars/Base"}, "timezone: 'Mars/Base' is no IANA time zone"),
        ({"timezone": "../etc"}, "timezone: '../etc' is no IANA time zone"),
        ({"timezone": "UTC", "hours": {"monday": []}}, f"hours.monday: is no day ({', '.join(DAYS)})"),
        ({"timezone": "UTC", "hours": {"mon": [["9:00", "17:00"]]}}, "hours.mon[0]: '9:00' is no time such as 08:00"),
        ({"timezone": "UTC", "hours": {"mon": [["24:00", "17:00"]]}}, "hours.mon[0]: 24:00 can only end an interval"),
        ({"timezone": "UTC", "hours": {"mon": [["00:00", "24:01"]]}}, "hours.mon[0]: '24:01' is no time of a day"),
        ({"timezone": "UTC", "hours": {"mon": ["08:00"]}}, "hours.mon[0]: expected [start, end]"),
        ({"timezone": "UTC", "hours": {"mon": "08:00"}}, "hours.mon: expected a list"),
        ({"timezone": "UTC", "holidays": ["25.12."]}, "holidays: '25.12.' is no date such as 2026-12-25"),
        (
            {"timezone": "UTC", "holiday": []},
            "holiday: is no field of a calendar (breaks, date_hours, holidays, hours, shifts, timezone)",
        ),
    ],
)
def test_a_wrong_calendar_names_the_field(plain: object, message: str) -> None:
    with pytest.raises(WrongCalendar) as wrong:
        read_calendar(plain)
    assert str(wrong.value) == message


def test_a_naive_moment_and_a_reversed_pause_are_refused() -> None:
    start = at("2026-11-20T10:00:00Z")
    with pytest.raises(ValueError, match="UTC offset"):
        is_open(CLINIC, start.replace(tzinfo=None))
    with pytest.raises(ValueError, match="ends before it begins"):
        add(CLINIC, start, 60, [(start, start - timedelta(seconds=1))])
    with pytest.raises(ValueError, match="negative"):
        add(CLINIC, start, -1)


def test_holidays_of_a_state() -> None:
    assert date(2026, 11, 26) in us_holidays([2026])
    assert date(2026, 3, 2) in us_holidays([2026], "TX")
    with pytest.raises(WrongCalendar):
        us_holidays([2026], "ZZ")


ZONES = st.sampled_from(["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "America/St_Johns", "UTC"])
TIMES = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
PAIRS = st.lists(st.tuples(TIMES, st.one_of(TIMES, st.just("24:00"))).map(list), min_size=1, max_size=3)
WEEKS = st.dictionaries(st.sampled_from(DAYS), PAIRS, min_size=1)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 zone is given


@settings(max_examples=50, deadline=None)
@given(ZONES, WEEKS, MOMENTS, st.integers(0, 200_000))
def test_adding_then_measuring_returns_the_target(zone: str, hours: object, start: datetime, seconds: int) -> None:
    calendar = read_calendar({"timezone": zone, "hours": hours})
    due = add(calendar, start, seconds)
    assert elapsed(calendar, start, due) == seconds
    assert seconds == 0 or elapsed(calendar, start, due - timedelta(seconds=1)) == seconds - 1


@settings(max_examples=50, deadline=None)
@given(ZONES, WEEKS, MOMENTS, st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), max_size=3))
def test_so_it_does_with_pauses(zone: str, hours: object, start: datetime, gaps: list[tuple[int, int]]) -> None:
    calendar = read_calendar({"timezone": zone, "hours": hours})
    pauses = [(start + timedelta(minutes=a), start + timedelta(minutes=a + b)) for a, b in gaps]
    due = add(calendar, start, 7200, pauses)
    assert elapsed(calendar, start, due, pauses) == 7200
    assert due >= add(calendar, start, 7200)


@settings(max_examples=50, deadline=None)
@given(ZONES, WEEKS, MOMENTS)
def test_doors_agree(zone: str, hours: object, moment: datetime) -> None:
    calendar = read_calendar({"timezone": zone, "hours": hours})
    opening = next_open(calendar, moment)
    assert is_open(calendar, opening)
    assert is_open(calendar, moment) == (opening == moment)
    assert elapsed(calendar, moment, opening) == 0


@settings(max_examples=50, deadline=None)
@given(ZONES, WEEKS, MOMENTS, st.integers(1, 10))
def test_business_days_end_in_or_at_the_edge_of_opening(zone: str, hours: object, start: datetime, count: int) -> None:
    calendar = read_calendar({"timezone": zone, "hours": hours})
    due = business_days(calendar, start, count)
    assert due > start
    assert is_open(calendar, due) or is_open(calendar, due - timedelta(seconds=1))


CORPUS = Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora") / "04_sla"


def answered(case: dict[str, object]) -> object:
    calendar = read_calendar(case["calendar"])
    if case["kind"] == "due":
        exact = add(calendar, at(str(case["start"])), float(str(case["seconds"])))
        return (exact + timedelta(milliseconds=500)).replace(microsecond=0)
    if case["kind"] == "elapsed":
        return elapsed(calendar, at(str(case["start"])), at(str(case["end"])))
    ask = {"is_open": is_open, "next_open": next_open, "next_close": next_close}[str(case["kind"])]
    return ask(calendar, at(str(case["at"])))


def wanted(case: dict[str, object]) -> object:
    if case["kind"] == "elapsed":
        return case["expected_seconds"]
    plain = case.get("expected_due", case.get("expected"))
    return at(plain) if isinstance(plain, str) else plain


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpora are not here")
def test_what_other_libraries_answer() -> None:
    files = ("due_sourced.jsonl", "other_sourced.jsonl")
    cases = [json.loads(line) for name in files for line in (CORPUS / name).read_text().splitlines()]
    assert len(cases) == 143
    assert {case["id"]: answered(case) for case in cases} == {case["id"]: wanted(case) for case in cases}
