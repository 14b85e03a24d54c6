"""`warmline slas due|replay`: questions about deadlines, one JSON object a line in, one a line out, in order.

A line that cannot be answered gets `{id, error}` and the next one is still answered.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
KINDS = ("due", "elapsed", "is_open", "next_open", "next_close")


class Due(msgspec.Struct):
    start: Aware
    seconds: float
    pauses: list[tuple[Aware, Aware]] = []


class Between(msgspec.Struct):
    start: Aware
    end: Aware
    pauses: list[tuple[Aware, Aware]] = []


class At(msgspec.Struct):
    at: Aware


class Happened(msgspec.Struct):
    at: Aware
    kind: Literal["inbound", "reply", "closed", "pause", "resume"]


class Conversation(msgspec.Struct):
    policy: dict[Literal["first_response", "next_response", "resolution"], Annotated[int, msgspec.Meta(gt=0)]]
    events: list[Happened]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `slas due` and `slas replay`."""
    slas = commands.add_parser("slas", help="deadlines over opening hours")
    verbs = slas.add_subparsers(required=True, metavar="VERB")
    due = verbs.add_parser("due", help="JSON lines {id, calendar, start, seconds, pauses?} on stdin")
    due.add_argument("--kind", choices=KINDS, default="due", help="what to answer (default: due)")
    due.set_defaults(func=lambda args: _answer_lines(lambda row: _answer(args.kind, row)))
    replay = verbs.add_parser("replay", help="JSON lines {id, calendar, policy, events} on stdin")
    replay.set_defaults(func=lambda args: _answer_lines(_replay))


def _answer_lines(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(msgspec.json.encode(_one(line, answer)) + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _one(line: bytes, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        return {"id": None, "error": str(broken)}
    try:
        return {"id": row.get("id"), **answer(row)}
    except (ValueError, OverflowError, RecursionError) as wrong:
        return {"id": row.get("id"), "error": str(wrong)}


def _answer(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    from slas import hours

    calendar = hours.read_calendar(row.get("calendar"))
    if kind == "due":
        ask = msgspec.convert(row, Due)
        return {"due": _to_the_second(hours.add(calendar, ask.start, ask.seconds, ask.pauses))}
    if kind == "elapsed":
        between = msgspec.convert(row, Between)
        return {"seconds": hours.elapsed(calendar, between.start, between.end, between.pauses)}
    question = {"is_open": hours.is_open, "next_open": hours.next_open, "next_close": hours.next_close}[kind]
    return {kind: question(calendar, msgspec.convert(row, At).at)}


def _replay(row: dict[str, Any]) -> dict[str, Any]:
    from slas.hours import read_calendar
    from slas.replay import Event, replay

    calendar = read_calendar(row.get("calendar"))
    asked = msgspec.convert(row, Conversation)
    answer = replay(calendar, asked.policy, [Event(event.at.astimezone(UTC), event.kind) for event in asked.events])
    return {"clocks": answer.clocks, "next_due": answer.next_due}


def _to_the_second(moment: datetime) -> datetime:
    """Rounded, half up: a fraction of a second comes from a fraction in the question."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
