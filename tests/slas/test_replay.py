"""A conversation replayed, and the command lines that ask for it."""

import argparse
import io
import json
import sys
from types import SimpleNamespace

import pytest

from ui.commands import slas as commands

WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = {"timezone": "UTC", "hours": WEEK}
POLICY = {"first_response": 3600, "next_response": 1800, "resolution": 28_800}


def run(arguments: list[str], lines: list[object], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    parser = argparse.ArgumentParser()
    commands.add(parser.add_subparsers())
    args = parser.parse_args(["slas", *arguments])
    given = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(given.encode())))
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    assert args.func(args) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def events(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"at": f"2026-11-{day_time}:00Z".replace(" ", "T"), "kind": kind} for day_time, kind in pairs]


def test_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    story = events(
        ("19 09:00", "inbound"),
        ("19 09:30", "reply"),
        ("19 10:00", "pause"),
        ("19 16:45", "inbound"),
        ("20 08:30", "reply"),
        ("20 09:00", "closed"),
    )
    asked = [
        {"id": "met", "calendar": CALENDAR, "policy": POLICY, "events": story},
        {"id": "owed", "calendar": CALENDAR, "policy": POLICY, "events": story[:4]},
        {"id": "none", "calendar": CALENDAR, "policy": POLICY, "events": []},
    ]
    first = {"metric": "first_response", "due_at": "2026-11-19T10:00:00Z", "met_at": "2026-11-19T09:30:00Z"}
    following = {"metric": "next_response", "due_at": "2026-11-20T08:15:00Z"}
    resolution = {"metric": "resolution", "due_at": "2026-11-20T14:45:00Z"}
    assert run(["replay"], list(asked), monkeypatch) == [
        {
            "id": "met",
            "clocks": [
                {**first, "seconds": 1800},
                {**resolution, "met_at": "2026-11-20T09:00:00Z", "seconds": 8100},
                {**following, "met_at": "2026-11-20T08:30:00Z", "seconds": 2700},
            ],
            "next_due": None,
        },
        {
            "id": "owed",
            "clocks": [
                {**first, "seconds": 1800},
                {**resolution, "met_at": None, "seconds": None},
                {**following, "met_at": None, "seconds": None},
            ],
            "next_due": "2026-11-20T08:15:00Z",
        },
        {"id": "none", "clocks": [], "next_due": None},
    ]


def test_a_reopened_conversation_counts_no_closed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    story = events(("19 09:00", "inbound"), ("19 10:00", "closed"), ("19 15:00", "inbound"), ("19 16:00", "closed"))
    (answer,) = run(["replay"], [{"id": 1, "calendar": CALENDAR, "policy": POLICY, "events": story}], monkeypatch)
    assert answer["clocks"] == [
        {"metric": "first_response", "due_at": "2026-11-19T10:00:00Z", "met_at": None, "seconds": None},
        {
            "metric": "resolution",
            "due_at": "2026-11-20T13:00:00Z",
            "met_at": "2026-11-19T16:00:00Z",
            "seconds": 7200,
        },
        {"metric": "next_response", "due_at": "2026-11-19T15:30:00Z", "met_at": None, "seconds": None},
    ]


def test_each_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(kind: str, **row: object) -> dict[str, object]:
        return run(["due", "--kind", kind], [{"id": "a", "calendar": CALENDAR, **row}], monkeypatch)[0]

    late = "2026-11-20T18:00:00Z"
    pauses = [["2026-11-20T16:00:00Z", "2026-11-20T16:30:00Z"]]
    due = ask("due", start="2026-11-20T11:30:00-04:30", seconds=1800.4, pauses=pauses)
    assert due == {"id": "a", "due": "2026-11-23T08:00:00Z"}
    assert ask("elapsed", start="2026-11-20T16:00:00Z", end=late) == {"id": "a", "seconds": 3600}
    assert ask("is_open", at=late) == {"id": "a", "is_open": False}
    assert ask("next_open", at=late) == {"id": "a", "next_open": "2026-11-23T08:00:00Z"}
    assert ask("next_close", at=late) == {"id": "a", "next_close": "2026-11-23T17:00:00Z"}


def test_a_bad_line_is_answered_and_the_next_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"id": 9, "calendar": CALENDAR, "start": "2026-11-20T09:00:00Z", "seconds": 60}
    shut = {"timezone": "UTC", "hours": {}}
    lines = [
        "{oops",
        "[1]",
        {"id": 1},
        {"id": 2, "calendar": CALENDAR, "start": "2026-11-20T09:00:00", "seconds": 60},
        {**good, "id": 3, "calendar": shut},
        {**good, "id": 4, "seconds": -1},
        {**good, "id": 5, "pauses": [["2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z"]]},
        good,
    ]
    answers = run(["due"], lines, monkeypatch)
    assert [answer.get("id") for answer in answers] == [None, None, 1, 2, 3, 4, 5, 9]
    assert [answer.get("error") for answer in answers[2:]] == [
        "calendar: expected an object",
        "Expected `datetime` with a timezone component - at `$.start`",
        "the calendar has too little open time after the start",
        "seconds: cannot be negative",
        "pauses: one ends before it begins",
        None,
    ]
    assert answers[-1]["due"] == "2026-11-20T09:01:00Z"


def test_events_out_of_order_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    story = events(("19 09:00", "inbound"), ("19 08:59", "reply"))
    (answer,) = run(["replay"], [{"id": 1, "calendar": CALENDAR, "policy": POLICY, "events": story}], monkeypatch)
    assert answer == {"id": 1, "error": "events[1]: earlier than the event before it"}
