"""New promises and new hours: the clocks that run start again from their original start, what is over stays."""

from typing import Any

import pytest
from sqlalchemy import select

from inbox import accounts, policy, policy_effect, practice, watch, worker
from inbox.actors import Actor
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.policy_effect import Effect, Late
from inbox.store import tables as t
from slas.policies import SHIPPED, Condition, Policy, Target
from tests.support.house import HOUR, MINUTE, NOW, Clinic

WEEK = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = {"zone": "America/Los_Angeles", "hours": WEEK, "holidays": [], "holiday_names": {}, "date_hours": {}}
QUICK = Policy("quick", 0, (Target("first_response", 600, calendar="always"),), (Condition("channel", ("sms",)),))


@pytest.fixture
def manager(clinic: Clinic) -> Actor:
    person = {"email": "cora@clinic.example", "name": "Cora Wu", "role": "manager", "teams": []}
    actor_id = clinic.act(accounts.add, **person, password=None, by=None)
    return Actor(actor_id, "cora@clinic.example", "Cora Wu", "manager")


def publish(clinic: Clinic, actor: Actor, *policies: Policy, based_on: int = 0) -> None:
    clinic.act(
        policy.publish_policies, (*policies, *SHIPPED), actor=actor, based_on=based_on, why="Texts wait too long"
    )
    clinic.house.configuration.forget()
    worker.work_off(clinic.house, "bulk")


def entries(clinic: Clinic, conversation: int, metric: str) -> list[tuple[str, str]]:
    e, c = t.clock_entries, t.clocks
    wanted = select(e.c.kind, e.c.cause).join(c, c.c.id == e.c.clock_id).order_by(e.c.id)
    return [
        (row.kind, row.cause)
        for row in clinic.all(wanted.where(c.c.conversation_id == conversation, c.c.metric == metric))
    ]


def first_reply_within(seconds: int) -> tuple[Policy, ...]:
    sms = (Condition("channel", ("sms",)),)
    return (Policy("quick", 0, (Target("first_response", seconds, calendar="always"),), sms), *SHIPPED)


def test_who_would_be_late_is_counted_before_it_is_published(clinic: Clinic) -> None:
    answered, waits = clinic.landed(), clinic.landed("Where is my bill?", from_="+14155550199")
    clinic.move(20 * MINUTE)
    clinic.answer(answered)
    clinic.move(5 * MINUTE)
    lines = len(clinic.lines())
    with clinic.house.database.snapshot() as reading:
        found = [
            policy_effect.effect(
                reading, practice.read(reading), first_reply_within(minutes * 60), actor=clinic.supervisor
            )
            for minutes in (10, 22, 30)
        ]
        blind = policy_effect.effect(reading, practice.read(reading), first_reply_within(600), actor=clinic.outsider)
    named = ((waits, answered), (waits,), ())
    assert found == [Effect(*(Late(2, 0, len(ids), ids),) * 2) for ids in named]
    assert (blind.recent.after, blind.recent.newly) == (2, ())
    assert len(clinic.lines()) == lines


def test_running_clocks_start_again_from_their_original_start(clinic: Clinic, manager: Actor) -> None:
    conversation, began = clinic.landed(), clinic.now
    clinic.move(4 * MINUTE)
    publish(clinic, manager, QUICK)
    clock = clinic.clocks(conversation)["first_response"]
    assert (clock.due_at, clock.started_at, clock.state) == (began + 10 * MINUTE, began, "running")
    assert entries(clinic, conversation, "first_response") == [
        ("start", "message.received"),
        ("start", "policy.changed"),
    ]
    assert entries(clinic, conversation, "read") == [("start", "message.received")]
    assert clinic.conversation(conversation).due_at == began + 10 * MINUTE
    assert [line.details for line in clinic.lines() if line.verb == "clock.restarted"] == [
        {"metrics": ["first_response"], "cause": "policy.changed"}
    ]


def test_what_was_met_or_breached_stands(clinic: Clinic, manager: Actor) -> None:
    met, late = clinic.landed(), clinic.landed(from_="+14155550143")
    clinic.answer(met)
    clinic.now = clinic.conversation(late).due_at + MINUTE
    while watch.tick(clinic.house):
        pass
    before = [clinic.clocks(one)["first_response"] for one in (met, late)]
    publish(clinic, manager, QUICK)
    assert [clinic.clocks(one)["first_response"] for one in (met, late)] == before


def test_the_same_policies_again_change_no_clock(clinic: Clinic, manager: Actor) -> None:
    conversation = clinic.landed()
    before = clinic.clocks(conversation)
    publish(clinic, manager)
    assert clinic.clocks(conversation) == before
    assert [line.verb for line in clinic.lines() if line.verb.startswith("clock.restarted")] == []


def test_more_conversations_than_a_chunk(clinic: Clinic, manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "CHUNK", 2)
    conversations = [clinic.landed(from_=f"+1415555019{number}") for number in range(5)]
    publish(clinic, manager, QUICK)
    assert {clinic.clocks(one)["first_response"].due_at for one in conversations} == {clinic.now + 10 * MINUTE}


def test_new_hours_move_what_runs_in_them(clinic: Clinic, manager: Actor) -> None:
    conversation = clinic.landed()
    due = clinic.clocks(conversation)["resolution"].due_at
    clinic.act(policy.publish_calendar, CALENDAR, actor=manager, based_on=0, why="We open on weekdays")
    clinic.house.configuration.forget()
    worker.work_off(clinic.house, "bulk")
    clock = clinic.clocks(conversation)["resolution"]
    assert clock.due_at != due
    assert entries(clinic, conversation, "resolution")[-1] == ("start", "policy.changed")
    fresh = clinic.landed(from_="+14155550144")
    assert clinic.clocks(fresh)["resolution"].due_at == clock.due_at


def test_a_target_warns_when_it_says(clinic: Clinic, manager: Actor) -> None:
    early = Policy("early", 0, (Target("first_response", 1000, calendar="always", warn=0.5),))
    publish(clinic, manager, early)
    clock = clinic.clocks(clinic.landed())["first_response"]
    assert (clock.warn_at - clock.started_at) * 2 == clock.due_at - clock.started_at


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ((QUICK,), "some requests would have no clock"),
        ((QUICK, QUICK, *SHIPPED), "two policies are called 'quick'"),
        ((Policy("none", 0, ()), *SHIPPED), "'none' promises nothing"),
        ((), "1 to 60 policies"),
    ],
)
def test_wrong_policies_are_named(policies: tuple[Policy, ...], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        policy.check_policies(policies)
    assert words in caught.value.fields["policies"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zone": "Mars/Base"}, "zone"),
        ({"hours": {"mon": [["8", "17:00"]]}}, "hours.mon[0]"),
        ({"hours": {}}, "hours"),
        ({"holidays": ["tomorrow"]}, "holidays"),
    ],
)
def test_a_wrong_calendar_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        policy.check_calendar(CALENDAR | change, NOW)
    assert list(caught.value.fields) == [field]


def test_who_may_and_upon_what(clinic: Clinic, manager: Actor) -> None:
    with pytest.raises(Forbidden):
        publish(clinic, clinic.supervisor, QUICK)
    publish(clinic, manager, QUICK)
    with pytest.raises(Conflict):
        publish(clinic, manager, QUICK, based_on=0)
    clinic.act(policy.go_back, "policies", 0, actor=manager, based_on=1, why="Too ambitious")
    clinic.house.configuration.forget()
    assert clinic.clocks(clinic.landed())["first_response"].due_at > clinic.now + HOUR


def test_the_coming_days_and_friday_evening(clinic: Clinic) -> None:
    dated = {
        "holidays": ["2026-03-12"],
        "holiday_names": {"2026-03-12": "Spring day"},
        "date_hours": {"2026-03-13": [["09:00", "12:00"]]},
    }
    given = policy.check_calendar(CALENDAR | dated, clinic.now)
    friday = policy.late_friday(clinic.now, given.zone)
    days = policy.drawn(given, clinic.now.date(), 4)
    assert [(day.on.day, len(day.intervals), day.note) for day in days] == [
        (11, 2, ""),
        (12, 0, "Spring day"),
        (13, 1, "Special hours"),
        (14, 0, ""),
    ]
    assert friday.isoformat() == "2026-03-13T17:50:00-07:00"
    rows = {(one.policy.name, one.metric): one.due for one in policy.preview(given, (clinic.now, friday))}
    assert [moment.isoformat() for moment in rows["same_day", "first_response"] if moment] == [
        "2026-03-11T22:00:00+00:00",
        "2026-03-16T19:00:00+00:00",
    ]
