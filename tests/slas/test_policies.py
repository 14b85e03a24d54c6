"""Which policy promises what, and when that falls due."""

from datetime import UTC, datetime, timedelta

import pytest

from slas.escalation import Step, next_step, warning_at
from slas.hours import read_calendar
from slas.policies import SHIPPED, Condition, Metric, Policy, Target, choose, due

WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CLINIC = read_calendar({"timezone": "America/New_York", "hours": WEEK})
EVENING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)  # Friday 18:00 in New York, closed
MORNING = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)  # Thursday 09:00


@pytest.mark.parametrize(
    ("priority", "reason", "channel", "metric", "expected"),
    [
        (0, "symptom_new", "sms", "read", Target("read", 300, calendar="always")),
        (1, "symptom_new", "sms", "read", Target("read", 900, calendar="always")),
        (2, "symptom_new", "sms", "first_response", Target("first_response", 14_400)),
        (3, "billing", "mail", "next_response", Target("next_response", business_days=1)),
        (4, "general_info", "mail", "read", Target("read", business_days=2)),
        (3, "general_info", "chat", "first_response", Target("first_response", 60)),
        (0, "symptom_new", "chat", "first_response", Target("first_response", 60, calendar="always")),
        (3, "refill", "sms", "resolution", Target("resolution", business_days=2)),
        (3, "refill.early", "sms", "resolution", Target("resolution", business_days=2)),
        (1, "refill", "sms", "resolution", Target("resolution", business_days=1, calendar="always")),
        (4, "complaint", "mail", "first_response", Target("first_response", business_days=1)),
        (2, "complaint", "mail", "first_response", Target("first_response", 14_400)),
        (3, "complaint", "mail", "resolution", Target("resolution", 604_800, calendar="always")),
        (3, "general_info", "voice", "callback", Target("callback", 1800)),
    ],
)
def test_shipped_promises(priority: int, reason: str, channel: str, metric: Metric, expected: Target) -> None:
    assert choose(SHIPPED, reason=reason, priority=priority, channel=channel).target(metric) == expected


def test_every_request_is_promised_every_metric() -> None:
    for priority in range(5):
        for channel in ("sms", "chat", "voice"):
            chosen = choose(SHIPPED, reason="admin_other", priority=priority, channel=channel)
            assert {t.metric for t in chosen.targets} == {
                "read",
                "first_response",
                "next_response",
                "resolution",
                "callback",
            }


def test_the_card_says_which_and_why() -> None:
    chosen = choose(SHIPPED, reason="refill", priority=3, channel="sms")
    assert chosen.policy == "refill/1+callback/1+routine/1"
    assert chosen.because[0] == "resolution: refill/1, reason is refill"


def test_segments_and_no_policy_at_all() -> None:
    members = Policy("members", 3, (Target("read", 60),), (Condition("segment", ("member",)),))
    assert choose([members], reason="x", priority=3, channel="sms", segment="member").policy == "members/3"
    assert choose([members], reason="x", priority=3, channel="sms").targets == ()


@pytest.mark.parametrize("wrong", [(0, 0), (60, 1), (-1, 0), (0, -1), (-5, 10)])
def test_a_target_is_one_thing(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="either seconds or business_days"):
        Target("read", *wrong)


def test_urgent_work_does_not_wait_for_monday() -> None:
    assert due(Target("read", 300, calendar="always"), CLINIC, EVENING) == EVENING + timedelta(minutes=5)
    assert due(Target("read", 300), CLINIC, EVENING) == datetime(2026, 11, 23, 13, 5, tzinfo=UTC)


def test_a_pause_moves_a_deadline_in_days_by_the_working_time_it_took() -> None:
    target = Target("resolution", business_days=1)
    pause = (MORNING, MORNING + timedelta(hours=2))
    assert due(target, CLINIC, MORNING, [pause]) == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    night = (MORNING + timedelta(hours=9), MORNING + timedelta(hours=20))
    assert due(target, CLINIC, MORNING, [night]) == datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def test_nobody_answers_and_the_ladder_goes_on() -> None:
    steps = [next_step(tier=tier, priority=2, target_seconds=14_400, kind="billing", owned=False) for tier in range(5)]
    assert steps == [
        Step(1, "team", 3600, False),
        Step(2, "supervisor", 3600, False),
        Step(3, "on_call", 3600, True),
        Step(3, "on_call", 3600, True),
        Step(3, "on_call", 3600, True),
    ]


def test_the_assignee_then_the_next_person_then_the_supervisor() -> None:
    assert next_step(tier=0, priority=1, target_seconds=900, kind="") == Step(1, "assignee", 300, False)
    assert next_step(tier=1, priority=1, target_seconds=900, kind="", last="assignee") == Step(1, "team", 300, False)
    assert next_step(tier=1, priority=1, target_seconds=900, kind="", last="team") == Step(2, "supervisor", 300, False)


def test_p0_pages_at_once_and_a_complaint_ends_with_the_manager() -> None:
    assert next_step(tier=0, priority=0, target_seconds=300, kind="symptom_new") == Step(1, "assignee", 120, True)
    assert next_step(tier=2, priority=3, target_seconds=100, kind="complaint") == Step(3, "manager", 60, False)


def test_the_warning_comes_at_three_quarters_of_the_open_time() -> None:
    target = Target("first_response", 4 * 3600)
    start = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # two hours before the weekend
    deadline = due(target, CLINIC, start)
    assert warning_at(target, CLINIC, start, deadline) == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert warning_at(target, CLINIC, start, start) == start
