"""The clock ledger: what each event of a conversation does, metric by metric, and what a fold makes of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slas import promises
from slas.clocks import Clock, Elapsed, Entry, elapsed_of, fold, overdue, trace
from slas.hours import read_calendar
from slas.policies import SHIPPED, Chosen, Metric, Target, choose
from slas.promises import Line, tried_enough

WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CLINIC = read_calendar({"timezone": "America/New_York", "hours": WEEK})
MORNING = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)  # Thursday 09:00 in New York
SAME_DAY = choose(SHIPPED, reason="medication_question", priority=2, channel="sms")
URGENT = choose(SHIPPED, reason="medication_question", priority=1, channel="sms")


def after(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


class Conversation:
    """Keeps the ledgers as the store would, and checks that the fold of each equals the clock kept beside it."""

    def __init__(self, chosen: Chosen = SAME_DAY) -> None:
        self.chosen = chosen
        self.clocks: dict[Metric, Clock] = {}
        self.ledgers: dict[Metric, list[Entry]] = {}

    def write(self, lines: list[Line]) -> list[tuple[str, str]]:
        for line in lines:
            kept = [] if line.opens else self.ledgers[line.metric]
            self.ledgers[line.metric] = [*kept, line.entry]
        self.clocks = promises.advance(self.clocks, lines, CLINIC)
        for metric, ledger in self.ledgers.items():
            assert fold(ledger, self.clocks[metric].target, CLINIC) == self.clocks[metric]
        return [(line.metric, line.entry.kind) for line in lines]

    def inbound(self, minutes: float) -> list[tuple[str, str]]:
        return self.write(promises.on_inbound(self.clocks, self.chosen, at=after(minutes)))

    def do(self, event: Callable[..., list[Line]], minutes: float, **more: object) -> list[tuple[str, str]]:
        return self.write(event(self.clocks, at=after(minutes), **more))


def opened(chosen: Chosen = SAME_DAY) -> Conversation:
    conversation = Conversation(chosen)
    conversation.inbound(0)
    return conversation


def test_the_first_message_starts_three_promises() -> None:
    conversation = Conversation()
    assert conversation.inbound(0) == [("read", "start"), ("first_response", "start"), ("resolution", "start")]
    assert conversation.clocks["first_response"].due_at == after(240)
    assert conversation.clocks["resolution"].due_at == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert conversation.inbound(1) == []


def test_a_later_turn_starts_next_response_once() -> None:
    conversation = opened()
    assert conversation.do(promises.on_read, 2) == [("read", "meet")]
    assert conversation.do(promises.on_reply, 3) == [("first_response", "meet")]
    assert conversation.inbound(10) == [("read", "start"), ("next_response", "start")]
    assert conversation.inbound(11) == []
    assert conversation.do(promises.on_reply, 12) == [("next_response", "meet")]
    assert conversation.inbound(20) == [("next_response", "start")]
    assert conversation.clocks["next_response"].due_at == after(260)


def test_a_bare_thanks_is_unread_and_owes_no_answer() -> None:
    conversation = opened()
    conversation.do(promises.on_read, 1)
    conversation.do(promises.on_reply, 2)
    thanks = promises.on_acknowledgement(conversation.clocks, SAME_DAY, at=after(3))
    assert conversation.write(thanks) == [("read", "start")]
    conversation.inbound(4)
    assert conversation.do(promises.on_no_answer_owed, 5) == [("next_response", "stop")]
    assert conversation.clocks["next_response"].state == "stopped"


def test_waiting_pauses_resolution_only() -> None:
    conversation = opened()
    conversation.do(promises.on_reply, 10)
    conversation.inbound(20)
    assert conversation.do(promises.on_waiting, 30) == [("resolution", "pause")]
    assert conversation.do(promises.on_waiting, 31) == []
    assert (conversation.clocks["resolution"].state, conversation.clocks["resolution"].due_at) == ("paused", None)
    assert conversation.clocks["next_response"].state == "running"
    assert conversation.do(promises.on_active, 90) == [("resolution", "resume")]
    assert conversation.clocks["resolution"].due_at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_a_message_ends_waiting() -> None:
    conversation = opened()
    conversation.do(promises.on_reply, 10)
    conversation.do(promises.on_waiting, 10)
    assert conversation.inbound(70) == [("next_response", "start"), ("resolution", "resume")]


def test_a_breach_is_stamped_with_the_deadline_and_stays() -> None:
    conversation = opened()
    assert promises.on_time(conversation.clocks, now=after(240)) == []
    late = promises.on_time(conversation.clocks, now=after(300))
    assert conversation.write(late) == [("read", "breach"), ("first_response", "breach")]
    assert promises.on_time(conversation.clocks, now=after(301)) == []
    conversation.do(promises.on_reply, 310)
    clock = conversation.clocks["first_response"]
    assert (clock.state, clock.breached_at, clock.met_at) == ("breached", after(240), after(310))


def test_a_late_reply_writes_the_breach_that_nobody_had_noticed() -> None:
    conversation = opened()
    kinds = conversation.do(promises.on_reply, 241)
    assert kinds == [("first_response", "breach"), ("first_response", "meet")]
    assert conversation.clocks["first_response"].breached_at == after(240)


def test_a_reply_on_the_deadline_is_in_time() -> None:
    conversation = opened()
    assert conversation.do(promises.on_reply, 240) == [("first_response", "meet")]
    assert conversation.clocks["first_response"].state == "met"


def test_a_late_meet_is_late_even_without_a_breach_entry() -> None:
    target = Target("first_response", 600)
    ledger = [Entry(MORNING, "start", "message.received", target), Entry(after(11), "meet", "reply.queued")]
    clock = fold(ledger, target, CLINIC)
    assert (clock.state, clock.breached_at) == ("breached", after(10))


def test_a_failed_reply_is_owed_again_from_the_first_moment() -> None:
    conversation = opened()
    conversation.do(promises.on_reply, 10)
    assert conversation.do(promises.on_reply_failed, 20, replied_at=after(9)) == []
    assert conversation.do(promises.on_reply_failed, 20, replied_at=after(10)) == [("first_response", "resume")]
    clock = conversation.clocks["first_response"]
    assert (clock.state, clock.due_at, clock.met_at) == ("running", after(240), None)


def test_closing_and_reopening_do_not_count_the_closed_time() -> None:
    conversation = opened()
    conversation.do(promises.on_reply, 10)
    assert conversation.do(promises.on_close, 60, resolved=True) == [("resolution", "meet")]
    assert conversation.do(promises.on_reopen, 120) == [("resolution", "resume")]
    clock = conversation.clocks["resolution"]
    assert (clock.state, clock.due_at) == ("running", datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    assert elapsed_of(clock, CLINIC, after(180)) == Elapsed(wall=180 * 60, business=120 * 60)


def test_closing_while_waiting_keeps_the_waiting_out() -> None:
    conversation = opened()
    conversation.do(promises.on_waiting, 10)
    conversation.do(promises.on_close, 60, resolved=True)
    assert elapsed_of(conversation.clocks["resolution"], CLINIC, after(60)) == Elapsed(wall=3600, business=600)


def test_closing_unresolved_stops_what_was_owed() -> None:
    conversation = opened()
    kinds = conversation.do(promises.on_close, 5, resolved=False)
    assert kinds == [("first_response", "stop"), ("resolution", "stop")]
    assert [clock.state for clock in conversation.clocks.values()] == ["running", "stopped", "stopped"]


def test_spam_and_merge_stop_everything() -> None:
    conversation = opened()
    kinds = conversation.do(promises.on_discard, 5, cause="closed.spam")
    assert kinds == [("read", "stop"), ("first_response", "stop"), ("resolution", "stop")]


def test_a_raised_priority_counts_from_the_start_and_never_gives_more_time() -> None:
    conversation = opened()
    conversation.do(promises.on_read, 1)
    raised = promises.on_priority_raised(conversation.clocks, URGENT, at=after(5))
    assert conversation.write(raised) == [("first_response", "start"), ("resolution", "start")]
    assert conversation.clocks["first_response"].due_at == after(15)
    back = promises.on_priority_raised(conversation.clocks, SAME_DAY, at=after(6))
    conversation.write(back)
    assert conversation.clocks["first_response"].due_at == after(15)


def test_a_changed_policy_replaces_the_target_of_running_clocks_only() -> None:
    conversation = opened(URGENT)
    conversation.do(promises.on_reply, 5)
    changed = promises.on_policy_changed(conversation.clocks, SAME_DAY, at=after(6))
    assert conversation.write(changed) == [("read", "start"), ("resolution", "start")]
    assert conversation.clocks["read"].due_at == after(240)
    assert conversation.clocks["first_response"].due_at == after(15)


def test_a_callback_keeps_its_first_deadline_until_it_is_kept() -> None:
    conversation = Conversation()
    conversation.write(promises.on_missed_call({}, SAME_DAY, at=after(0)))
    assert promises.on_missed_call(conversation.clocks, SAME_DAY, at=after(10)) == []
    assert conversation.clocks["callback"].due_at == after(30)
    assert conversation.do(promises.on_answered, 20) == [("callback", "meet")]
    again = promises.on_missed_call(conversation.clocks, SAME_DAY, at=after(60))
    assert conversation.write(again) == [("callback", "start")]


@pytest.mark.parametrize(
    ("hours", "enough"),
    [((0, 3, 6), True), ((0, 1, 2), False), ((0, 3), False), ((0, 24, 48), False), ((0, 27, 54), True)],
)
def test_three_tries_at_three_times_of_day(hours: tuple[int, ...], enough: bool) -> None:
    tries = [after(hour * 60) for hour in hours]
    assert tried_enough(tries, "America/New_York") is enough
    conversation = Conversation()
    conversation.write(promises.on_missed_call({}, URGENT, at=after(0)))
    kept = promises.on_callback_tried(conversation.clocks, tries, timezone="America/New_York", at=after(10))
    assert conversation.write(kept) == ([("callback", "meet")] if enough else [])


def test_started_promises_tell_deadline_policy_and_reason() -> None:
    started = promises.open_clocks(["first_response"], URGENT, CLINIC, MORNING)
    assert [(s.metric, s.due_at, s.policy, s.because) for s in started] == [
        ("first_response", after(15), "urgent/1", "first_response: urgent/1, priority is 1")
    ]


def test_why_is_this_red() -> None:
    conversation = opened()
    conversation.write(promises.on_time(conversation.clocks, now=after(241)))
    ledger = conversation.ledgers["first_response"]
    assert trace(ledger, SAME_DAY.targets[0], CLINIC, after(250)) == [
        "2026-11-19 09:00:00-05:00 start (message.received), first_response within 14400 s, in open hours, "
        "due 2026-11-19 13:00:00-05:00",
        "2026-11-19 13:00:00-05:00 breach (deadline.passed), due 2026-11-19 13:00:00-05:00",
        "open, 600 s late",
    ]


def test_a_ledger_begins_with_a_start_and_a_paused_clock_is_never_overdue() -> None:
    target = Target("resolution", 60)
    with pytest.raises(ValueError, match="begins with a start"):
        fold([], target, CLINIC)
    with pytest.raises(ValueError, match="begins with a start"):
        fold([Entry(MORNING, "meet", "reply.queued")], target, CLINIC)
    paused = [Entry(MORNING, "start", "message.received"), Entry(after(0.5), "pause", "conversation.waiting")]
    assert overdue(fold(paused, target, CLINIC), after(9999)) is None


EVENTS: tuple[Callable[..., list[Line]], ...] = (
    lambda clocks, at: promises.on_inbound(clocks, SAME_DAY, at=at),
    promises.on_read,
    promises.on_reply,
    promises.on_waiting,
    promises.on_active,
    lambda clocks, at: promises.on_close(clocks, at=at, resolved=True),
    lambda clocks, at: promises.on_close(clocks, at=at, resolved=False),
    promises.on_reopen,
    lambda clocks, at: promises.on_missed_call(clocks, SAME_DAY, at=at),
    promises.on_answered,
    lambda clocks, at: promises.on_priority_raised(clocks, URGENT, at=at),
    lambda clocks, at: promises.on_policy_changed(clocks, SAME_DAY, at=at),
    lambda clocks, at: promises.on_time(clocks, now=at),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 400)), max_size=20))
def test_whatever_happens_the_ledger_replays_to_the_state(story: list[tuple[Callable[..., list[Line]], int]]) -> None:
    conversation, minutes = Conversation(), 0
    for event, gap in story:
        minutes += gap
        conversation.do(event, minutes)
        for metric, clock in conversation.clocks.items():
            breaches = [entry.at for entry in conversation.ledgers[metric] if entry.kind == "breach"]
            assert breaches == ([clock.breached_at] if clock.breached_at else [])
            assert (clock.due_at is None) == (clock.state == "paused")
            assert clock.live or (clock.met_at or clock.stopped_at) is not None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS[:-3]), st.integers(0, 400)), max_size=12))
def test_watching_changes_no_outcome(story: list[tuple[Callable[..., list[Line]], int]]) -> None:
    watched, unwatched, minutes = Conversation(), Conversation(), 0
    for event, gap in story:
        minutes += gap
        watched.write(promises.on_time(watched.clocks, now=after(minutes)))
        watched.do(event, minutes)
        unwatched.do(event, minutes)
    unwatched.write(promises.on_time(unwatched.clocks, now=after(minutes)))
    assert watched.clocks == unwatched.clocks
