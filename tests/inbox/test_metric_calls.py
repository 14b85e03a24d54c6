"""The figures of calls, of satisfaction by slice and of complaints equal what a hand counts (domain.md §8, §12)."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from inbox import metric_rows, metrics
from inbox.actors import Actor
from inbox.metrics_shape import CallDay, Figure, Narrow, Report
from inbox.store import tables as t
from tests.support.cast import AGENT, DAY, HOUR, MANAGER, MINUTE, NOW, RIVAL, SUPERVISOR, Cast, ids

TODAY: dict[str, Any] = {"since": date(2026, 3, 11), "until": date(2026, 3, 12)}
RANG = NOW - HOUR
SECOND = timedelta(seconds=1)
#: Behind whatever the cast itself wrote down.
SEQ = count(10_000)


def read(cast: Cast, actor: Actor = SUPERVISOR, **asked: Any) -> Report:
    with cast.database.snapshot() as reading:
        return metrics.report(reading, actor=actor, **{**TODAY, **asked})


def figure(found: Report, name: str) -> Figure:
    return next(one for one in found.figures if one.name == name)


def call(cast: Cast, wait: int, *, talk: int | None = None, result: str = "", **more: Any) -> int:
    """Rang an hour ago and came into the queue at once: answered after `wait` seconds when there is `talk`, else gone
    after them with `result`, or still there."""
    conversation = cast.add_conversation(channel="voice", opened_at=RANG, owner_id=AGENT.id)
    turned = RANG + wait * SECOND
    ended = turned + talk * SECOND if talk is not None else turned if result else None
    values: dict[str, Any] = {"sid": f"CA{conversation}", "direction": "in", "ringing_at": RANG, "queued_at": RANG}
    if talk is not None:
        values |= {"answered_at": turned, "agent_id": AGENT.id, "wrapped_at": ended and ended + MINUTE}
        result = "answered"
    values |= {"conversation_id": conversation, "ended_at": ended, "result": result, "phase": "over", **more}
    return cast.add(t.calls, **values)


def declare(cast: Cast, at: datetime, state: str, actor: Actor = AGENT, **more: Any) -> None:
    values = {"at": at, "actor_id": actor.id, "verb": "availability.declared", "previous": "", "hash": ""}
    cast.add(t.journal, seq=next(SEQ), details={"availability": state, **more}, **values)


def morning(cast: Cast) -> None:
    """Ten in the queue: answered after 10, 20 and 60 seconds; one hung up after 3 and one after 45; one left for
    voicemail and one asked for a call back; one still waits, and two never were in the queue."""
    for wait, talk in ((10, 120), (20, 240), (60, 480)):
        call(cast, wait, talk=talk)
    for wait, result in ((3, "abandoned"), (45, "abandoned"), (30, "voicemail"), (50, "callback")):
        call(cast, wait, result=result)
    call(cast, 0)
    call(cast, 4, result="missed", queued_at=None)
    call(cast, 0, talk=60, direction="out", queued_at=None)


def test_the_queue_by_hand(cast: Cast) -> None:
    morning(cast)
    found = read(cast)
    level, lost = figure(found, "service_level"), figure(found, "abandonment")
    assert (level.value, level.n) == (28.6, 7)
    assert level.detail.endswith("1 hung up within 5 seconds and are left out")
    assert (lost.value, lost.n) == (16.7, 6)
    speed = [figure(found, name) for name in ("speed_of_answer", "speed_of_answer_p90")]
    assert [(one.value, one.n) for one in speed] == [(30, 3), (60, 3)]
    assert found.calls == (CallDay(answered=3, within=2, speed=30, left=2, hung_up=1, short=1, waiting=1),)


def test_handling_is_talk_and_writing_up(cast: Cast) -> None:
    morning(cast)
    call(cast, 5, talk=100, wrapped_at=None)
    handled = figure(read(cast), "handle_time")
    assert (handled.value, handled.n) == ((180 + 300 + 540 + 120) / 4, 4)
    assert "1 not over yet, or not written up, are left out" in handled.detail


def test_without_calls_there_is_no_figure(cast: Cast) -> None:
    names = ("service_level", "abandonment", "speed_of_answer", "handle_time", "occupancy", "complaint_contact")
    assert {figure(read(cast), name).value for name in names} == {None}


def test_occupancy_is_of_the_time_people_were_there(cast: Cast) -> None:
    """Available from two hours ago for an hour, then at lunch; a call of 14 minutes and one to write it up."""
    declare(cast, NOW - 2 * HOUR, "available")
    declare(cast, NOW - HOUR - MINUTE, "busy")
    declare(cast, NOW - 20 * MINUTE, "off")
    call(cast, 60, talk=14 * 60)
    found = figure(read(cast), "occupancy")
    assert (found.value, found.n) == (round(100 * 15 / (59 + 15), 1), 1)
    assert figure(read(cast, narrow=Narrow(channel="voice")), "occupancy").value is None
    assert figure(read(cast, AGENT), "occupancy").value == found.value
    assert figure(read(cast, RIVAL), "occupancy").value is None


def test_what_was_said_yesterday_holds_twelve_hours_at_most(cast: Cast) -> None:
    """Today began ten hours ago; whoever forgot to sign off the evening before was not there all night."""
    declare(cast, NOW - 13 * HOUR, "available")
    declare(cast, NOW - 30 * HOUR, "available", RIVAL)
    call(cast, 0, talk=30 * 60 - 60)
    assert "0.5 of 9.5 hours" in figure(read(cast), "occupancy").detail


def test_the_rows_of_a_figure_say_what_became_of_each_call(cast: Cast) -> None:
    morning(cast)
    with cast.database.snapshot() as reading:
        behind = metric_rows.behind(reading, actor=SUPERVISOR, name="service_level", **TODAY)
        slow = metric_rows.behind(reading, actor=SUPERVISOR, name="speed_of_answer_p90", **TODAY)
    said = sorted((entry.said, entry.seconds) for entries in behind.entries.values() for entry in entries)
    assert said == [
        ("answered", 10),
        ("answered", 20),
        ("answered", 60),
        ("asked for a call back", 50),
        ("hung up", 3),
        ("hung up", 45),
        ("left for voicemail", 30),
        ("still waiting", 3600),
    ]
    assert (slow.figure.name, slow.figure.value, len(ids(slow.page.items))) == ("speed_of_answer_p90", 60, 3)


def test_satisfaction_by_slice_shows_no_figure_of_a_few(cast: Cast) -> None:
    for channel, scores in (("sms", (5, 5, 4, 2, 5, None)), ("mail", (5, 1, None))):
        for score in scores:
            made = cast.add_conversation(opened_at=RANG, channel=channel)
            ended = {"closed_at": RANG, "resolution_wall_seconds": 0, "resolution_business_seconds": 0}
            of = {"reason": "billing", "channel": channel, "team": "billing", "outcome": "resolved", "resolved": True}
            closure = cast.add(t.closures, conversation_id=made, waiver="spam", **ended, **of)
            answer = {"score": score, "answered_at": None if score is None else NOW}
            asked = {"token_hash": str(closure), "asked_at": RANG, "expires_at": NOW}
            cast.add(t.surveys, closure_id=closure, conversation_id=made, **asked, **answer)
    found = read(cast)
    assert [(one.key, one.satisfied, one.answers, one.asked) for one in found.by_channel] == [
        ("sms", 80.0, 5, 6),
        ("mail", None, 2, 3),
    ]
    response = figure(found, "survey_response")
    assert (response.value, response.n, figure(found, "satisfaction").n) == (77.8, 9, 7)


def complaint(cast: Cast, days: int, *, answered: timedelta | None, ended: timedelta | None, closer: int) -> int:
    opened = NOW - days * DAY
    made = cast.add_conversation(
        opened_at=opened, reason="complaint", state="open" if ended is None else "closed", closed_at=NOW
    )
    met = {} if answered is None else {"met_at": opened + answered, "state": "met"}
    cast.add_clock(made, started_at=opened, due_at=opened + DAY, **met)
    if answered is not None:
        cast.add_message(made, "We are sorry", direction="out", author_id=AGENT.id, at=opened + answered)
    if ended is not None:
        took = {"closed_at": opened + ended, "resolution_wall_seconds": 0, "resolution_business_seconds": 0}
        of = {"reason": "complaint", "channel": "sms", "team": "contact_center", "outcome": "resolved"}
        cast.add(t.closures, conversation_id=made, waiver="spam", resolved=True, closed_by=closer, **took, **of)
    return made


def test_the_register_of_complaints(cast: Cast) -> None:
    kept = complaint(cast, 20, answered=HOUR, ended=6 * DAY, closer=RIVAL.id)
    slow = complaint(cast, 19, answered=2 * DAY, ended=8 * DAY, closer=AGENT.id)
    forgotten = complaint(cast, 9, answered=None, ended=None, closer=0)
    fresh = complaint(cast, 0, answered=None, ended=None, closer=0)
    cast.add_conversation(opened_at=RANG)
    month: dict[str, Any] = {"since": date(2026, 2, 12), "until": date(2026, 3, 12)}
    found = read(cast, MANAGER, **month)
    lines = [(one.id, one.in_time, one.closed_seconds, one.by_another) for one in found.complaints]
    assert lines == [
        (fresh, None, None, None),
        (forgotten, False, None, None),
        (slow, False, 8 * 86_400, False),
        (kept, True, 6 * 86_400, True),
    ]
    shown = [figure(found, name) for name in ("complaints", "complaint_contact", "complaint_closed")]
    assert [(one.value, one.n) for one in shown] == [(4, 4), (33.3, 3), (33.3, 3)]
