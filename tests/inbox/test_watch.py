"""The timers: each fires once, bears its deadline, and no row stops another (reliability.md §6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox import assignment, escalation, intake, snooze, watch, worker
from inbox.conversation import view
from inbox.house import House
from inbox.store import jobs
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MINUTE, SECOND, Clinic


def tick(clinic: Clinic) -> int:
    """Until nothing is due."""
    fired = 0
    while count := watch.tick(clinic.house):
        fired += count
    return fired


def due(clinic: Clinic, conversation: int) -> Any:
    return clinic.conversation(conversation).due_at


def told(clinic: Clinic, verb: str) -> list[Any]:
    return [line for line in clinic.lines() if line.verb == verb]


def test_nothing_fires_early(clinic: Clinic) -> None:
    conversation = clinic.landed()
    opened = clinic.now
    clinic.now = opened + (due(clinic, conversation) - opened) * 0.75 - SECOND
    assert tick(clinic) == 0


def test_a_warning_is_said_once_also_for_work_nobody_has(clinic: Clinic) -> None:
    conversation = clinic.landed()
    opened = clinic.now
    clinic.now = opened + (due(clinic, conversation) - opened) * 0.75
    tick(clinic)
    warned = [line.details["metric"] for line in told(clinic, "clock.warned")]
    assert (sorted(warned), clinic.conversation(conversation).owner_id) == (["first_response", "read"], None)
    assert {line.at for line in told(clinic, "clock.warned")} == {clinic.now}
    assert tick(clinic) == 0


@pytest.mark.parametrize("late", [SECOND, HOUR])
def test_a_breach_bears_its_deadline_however_late_the_loop_came(clinic: Clinic, late: timedelta) -> None:
    conversation = clinic.landed()
    deadline = due(clinic, conversation)
    clinic.now = deadline + late
    tick(clinic)
    clocks = clinic.clocks(conversation)
    assert {(clocks[metric].state, clocks[metric].breached_at) for metric in ("read", "first_response")} == {
        ("breached", deadline)
    }
    assert {line.at for line in told(clinic, "clock.breached")} == {deadline}
    (hand,) = clinic.all(select(t.escalations))
    assert (hand.conversation_id, hand.tier, hand.to_kind) == (conversation, 1, "team")


def test_a_late_answer_does_not_undo_a_breach(clinic: Clinic) -> None:
    conversation = clinic.landed()
    deadline = due(clinic, conversation)
    clinic.now = deadline + MINUTE
    clinic.answer(conversation)
    assert tick(clinic) == 0
    clock = clinic.clocks(conversation)["first_response"]
    assert (clock.breached_at, clock.met_at, clock.state) == (deadline, clinic.now, "breached")


def test_two_watchers_fire_each_timer_once(clinic: Clinic) -> None:
    conversations = [clinic.landed(from_=f"+1415200{n:04d}") for n in range(5)]
    clinic.now = max(due(clinic, one) for one in conversations) + SECOND
    other = House(clinic.house.settings, clock=lambda: clinic.now)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            list(pool.map(watch.tick, [clinic.house, other]))
    other.close()
    tick(clinic)
    assert len(told(clinic, "clock.breached")) == len(clinic.all(select(t.firings))) == 10
    assert clinic.count(t.escalations) == 5
    assert told(clinic, "timer.failed") == []


def test_a_raised_hand_climbs_until_somebody_takes_it(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    clinic.now = due(clinic, conversation) + SECOND
    tick(clinic)
    rungs = []
    for _ in range(4):
        (hand,) = clinic.all(select(t.escalations))
        rungs.append((hand.tier, hand.to_kind))
        clinic.now = hand.next_tier_at
        tick(clinic)
    assert rungs == [(1, "assignee"), (1, "team"), (2, "supervisor"), (3, "on_call")]
    clinic.act(escalation.acknowledge, actor=clinic.rival, conversation_id=conversation, escalation_id=hand.id)
    clinic.move(30 * DAY)
    assert [row.acked_by for row in clinic.all(select(t.escalations))] == [clinic.rival.id]
    tick(clinic)
    assert [len(told(clinic, f"escalation.{verb}")) for verb in ("climbed", "repeated")] == [3, 1]


def test_a_hand_that_nobody_takes_is_called_again_and_told_once(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.now = due(clinic, conversation) + SECOND
    tick(clinic)
    for _ in range(8):
        (hand,) = clinic.all(select(t.escalations))
        clinic.now = hand.next_tier_at
        tick(clinic)
    with clinic.house.database.snapshot() as reading:
        asked = {"actor": clinic.supervisor, "conversation_id": conversation, "now": clinic.now}
        shown = [event.verb for event in view(reading, **asked).events if event.verb.startswith("escalation.")]
    climbed, repeated = told(clinic, "escalation.climbed"), told(clinic, "escalation.repeated")
    assert (len(climbed) + len(repeated), len(repeated) > 3) == (8, True)
    assert shown == ["escalation.raised", *["escalation.climbed"] * len(climbed)]


def test_a_snooze_wakes_on_time(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    until = clinic.now + HOUR
    clinic.act(snooze.snooze, actor=clinic.agent, conversation_id=conversation, until=until)
    clinic.now = until - SECOND
    assert tick(clinic) == 0
    clinic.now = until
    assert tick(clinic) == 1
    assert clinic.conversation(conversation).snoozed_until is None
    assert [line.details for line in told(clinic, "snooze.ended")] == [{"cause": "time"}]


def test_a_warning_ends_a_snooze(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    opened, last = clinic.now, due(clinic, conversation)
    clinic.act(snooze.snooze, actor=clinic.agent, conversation_id=conversation, until=last)
    clinic.now = opened + (last - opened) * 0.75
    tick(clinic)
    assert clinic.conversation(conversation).snoozed_until is None
    assert [line.details for line in told(clinic, "snooze.ended")] == [{"cause": "warning"}]


def test_what_waits_too_long_is_the_clinics_again(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation)
    (step,) = clinic.all(select(t.next_steps).where(t.next_steps.c.done_at.is_(None)))
    clinic.now = step.due_at - SECOND
    tick(clinic)
    assert clinic.conversation(conversation).state == "waiting"
    clinic.now = step.due_at
    tick(clinic)
    assert (clinic.conversation(conversation).state, clinic.states(conversation)["resolution"]) == ("open", "running")
    assert told(clinic, "conversation.resumed")[-1].at == step.due_at


def poison(clinic: Clinic, conversation: int) -> None:
    """A target that cannot be read, as no version of ours would write it."""
    broken = update(t.clocks).where(t.clocks.c.conversation_id == conversation)
    with clinic.house.database.transaction() as unit:
        unit.execute(broken.values(target={"metric": "read"}))


def test_a_poison_row_stops_no_other_and_is_told(clinic: Clinic) -> None:
    bad, good = clinic.landed(from_="+14152000001"), clinic.landed(from_="+14152000002")
    clinic.now = due(clinic, good) + SECOND
    poison(clinic, bad)
    tick(clinic)
    assert {line.conversation_id for line in told(clinic, "clock.breached")} == {good}
    failed = len(told(clinic, "timer.failed"))
    assert (failed, tick(clinic)) == (2, 0)
    assert len(told(clinic, "timer.failed")) == failed
    clinic.move(MINUTE)
    tick(clinic)
    assert len(told(clinic, "timer.failed")) == 2 * failed


def test_a_poison_check_back_is_pushed_ahead_too(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation)
    (step,) = clinic.all(select(t.next_steps).where(t.next_steps.c.done_at.is_(None)))
    clinic.now = step.due_at
    poison(clinic, conversation)
    for _ in range(3):
        tick(clinic)
    assert len(told(clinic, "timer.failed")) == 1


# the sweep


def test_the_sweep_gives_back_what_a_dead_process_held(clinic: Clinic) -> None:
    intake.store(clinic.house, [clinic.sms("I need to reschedule my appointment")])
    (job,) = clinic.act(jobs.claim, queue="inbound", by="dead", limit=20)
    assert worker.work_off(clinic.house) == 0
    clinic.move(61 * SECOND)
    assert watch.sweep(clinic.house) == [(job.id, "inbound")]
    assert worker.work_off(clinic.house) == 1
    assert clinic.count(t.conversations) == 1


def test_who_was_taken_over_changes_nothing(clinic: Clinic) -> None:
    intake.store(clinic.house, [clinic.sms("I need to reschedule my appointment")])
    (slow,) = clinic.act(jobs.claim, queue="inbound", by="slow", limit=20)
    clinic.move(61 * SECOND)
    watch.sweep(clinic.house)
    worker.work_off(clinic.house)
    before, head = clinic.content(), clinic.head()
    worker.perform(clinic.house, slow)
    assert (clinic.content(), clinic.head()) == (before, head)


def test_an_arrival_without_a_job_is_found(clinic: Clinic) -> None:
    intake.store(clinic.house, [clinic.sms("I need to reschedule my appointment")])
    with clinic.house.database.transaction() as unit:
        unit.execute(t.jobs.delete())
    clinic.move(31 * SECOND)
    watch.sweep(clinic.house)
    worker.work_off(clinic.house)
    assert clinic.count(t.conversations) == 1
