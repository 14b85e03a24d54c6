"""The state of a call is a function of its events: not of their order, nor of how often they came."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice_course import Course, Step, fold

NOW = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)
ANA, BEN = 11, 12


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def said(kind: str, when: int, **facts: object) -> Step:
    """By the provider."""
    ref = facts.get("take", 0)
    return Step(f"{kind}:{ref}:{facts.get('leg', '')}:{facts.get('status', '')}", kind, at(when), **facts)  # type: ignore[arg-type]  # fields of Step


def did(n: int, kind: str, seconds: int, **facts: object) -> Step:
    """By one of our people."""
    return Step(f"{kind}:{n}", kind, at(seconds), n, **facts)  # type: ignore[arg-type]  # fields of Step


WAITING = [said("ringing", 0), said("menu", 3), said("queued", 5)]
GONE = said("ended", 71, status="completed")
TAKEN = [*WAITING, did(1, "taken", 20, actor_id=ANA), said("joined", 22, take=1, leg="CA1", ref="CF1")]
TALKING = [*TAKEN, said("left", 22, status="redirected"), said("joined", 23, leg="CA0", ref="CF1")]
ASKED = [*TALKING, did(2, "held", 40), did(3, "asked", 42, actor_id=BEN), did(4, "taken", 50, actor_id=BEN)]
THREE = [*ASKED, said("joined", 51, take=4, leg="CA4", ref="CF1"), did(5, "resumed", 55)]
HANDED = [*THREE, did(6, "handed", 60, take=1), said("parted", 61, take=1, leg="CA1", ref="CF1")]
ENDED = [*HANDED, did(7, "hung_up", 90), said("ended", 91, status="completed", seconds=91)]
WRITTEN = [*ENDED, did(8, "wrapped", 120, actor_id=BEN, status="resolved")]


@pytest.mark.parametrize(
    ("steps", "phase", "lead", "result"),
    [
        (WAITING[:1], "ringing", None, ""),
        (WAITING[:2], "menu", None, ""),
        (WAITING, "waiting", None, ""),
        ([*WAITING, did(1, "taken", 20, actor_id=ANA)], "connecting", ANA, ""),
        ([*WAITING, did(1, "taken", 20, actor_id=ANA), did(2, "released", 60, take=1)], "waiting", None, ""),
        (TALKING, "talking", ANA, "answered"),
        (ASKED, "held", ANA, "answered"),
        (THREE, "talking", ANA, "answered"),
        (HANDED, "talking", BEN, "answered"),
        ([*TALKING, said("parted", 30, take=1, leg="CA1")], "waiting", None, "answered"),
        (ENDED, "wrapping", None, "answered"),
        (WRITTEN, "over", None, "answered"),
        ([*WAITING, said("left", 70, status="leave")], "leaving", None, "callback"),
        (
            [*WAITING, said("left", 70, status="hangup"), GONE],
            "over",
            None,
            "abandoned",
        ),
        ([said("ringing", 0), said("ended", 9, status="completed")], "over", None, "missed"),
        ([said("ringing", 0), said("ended", 9, status="completed"), said("recording", 12)], "over", None, "voicemail"),
    ],
)
def test_each_stage_of_a_call(steps: list[Step], phase: str, lead: int | None, result: str) -> None:
    course = fold(steps)
    assert (course.phase, course.lead.actor_id if course.lead else None, course.result) == (phase, lead, result)


def test_a_whole_call_in_figures() -> None:
    course = fold(WRITTEN)
    assert (course.queued_at, course.answered_at, course.ended_at, course.wrapped_at) == (
        at(5),
        at(23),
        at(90),
        at(120),
    )
    assert (course.seconds, course.last_actor_id, course.outcome, course.conference) == (91, BEN, "resolved", "CF1")
    assert (fold(THREE).asked, fold(ASKED[:-1]).asked, fold(ASKED).held_since) == (None, BEN, at(40))


@given(st.permutations(WRITTEN), st.lists(st.sampled_from(WRITTEN), max_size=8))
def test_order_and_repetition_change_nothing(order: list[Step], again: list[Step]) -> None:
    assert fold([*order, *again]) == fold(WRITTEN)


def test_one_event_less_is_another_call() -> None:
    """Negative control of the property: each of these events counts."""
    telling = [step for step in WRITTEN if step.kind in ("taken", "wrapped", "queued", "hung_up")]
    fewer = [fold([step for step in WRITTEN if step is not left_out]) for left_out in telling]
    assert fold(WRITTEN) not in fewer


@pytest.mark.parametrize(("status", "result"), [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed")])
def test_a_call_of_ours_that_nobody_answered(status: str, result: str) -> None:
    steps = [did(1, "taken", 0, actor_id=ANA), said("joined", 2, take=1, leg="CA1"), said("ended", 20, status=status)]
    course: Course = fold(steps, outbound=True)
    assert (course.phase, course.result, course.last_actor_id) == ("wrapping", result, ANA)
