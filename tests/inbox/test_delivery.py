"""What becomes of a message that leaves: an attempt first, a status that only rises, an honest *unknown*, and every
failure back before people (reliability.md §4).
"""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from channels import sandbox
from channels.envelope import Outbound, SendFailed, Sent
from inbox import snooze, worker
from inbox.store import jobs
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MINUTE, SECOND, Clinic

LANDLINE, NO_NUMBER, BLOCKED, TOO_FAST, SILENT = (
    f"+1415200{ending}" for ending in ("0006", "1211", "1610", "0429", "0500")
)


class Wire:
    """The carrier's line as a script: what each message gets in turn, then success. Notes what it was asked to send."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    async def send(self, outbound: Outbound, account: Any = None) -> Sent:
        self.asked.append((outbound.to, outbound.text))
        if self.answers:
            raise self.answers.pop(0)
        return Sent(sandbox.message_sid(outbound), "queued")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(sandbox, "send", made.send)
    return made


def sent(clinic: Clinic, to: str = "+14155550142") -> int:
    message = clinic.answer(clinic.landed(from_=to))
    clinic.send_out()
    return message


def outcomes(clinic: Clinic) -> list[str | None]:
    return [row.outcome for row in clinic.all(select(t.attempts).order_by(t.attempts.c.id))]


def test_a_message_leaves_and_its_receipts_bring_it_to_delivered(clinic: Clinic) -> None:
    message = sent(clinic)
    assert (clinic.message(message).status, outcomes(clinic)) == ("accepted", ["accepted"])
    clinic.move(2 * SECOND)
    worker.work_off(clinic.house)
    assert clinic.message(message).status == "delivered"
    assert [verb for verb in clinic.verbs() if verb.startswith("delivery.")] == [
        "delivery.accepted",
        "delivery.sent",
        "delivery.delivered",
    ]


@pytest.mark.parametrize(("to", "code"), [(NO_NUMBER, "21211"), (BLOCKED, "21610")])
def test_what_the_carrier_refuses_is_back_in_the_worklist(clinic: Clinic, to: str, code: str) -> None:
    message = sent(clinic, to)
    said = clinic.message(message)
    row = clinic.conversation(said.conversation_id)
    assert (said.status, said.error_code, outcomes(clinic)) == ("failed", code, ["refused"])
    assert (row.state, row.needs_reply, row.due_metric) == ("open", True, "first_response")
    assert clinic.states(row.id) == {"first_response": "running", "read": "met", "resolution": "running"}
    (step,) = clinic.all(select(t.next_steps).where(t.next_steps.c.done_at.is_(None)))
    assert (step.id, step.what) == (row.next_step_id, "A reply did not arrive: use another way")
    revoked = [verb for verb in clinic.verbs() if verb == "consent.revoked"]
    assert revoked == (["consent.revoked"] if to == BLOCKED else [])


def test_the_clock_of_a_failed_reply_counts_from_its_original_start(clinic: Clinic) -> None:
    conversation = clinic.landed(from_=LANDLINE)
    due = clinic.conversation(conversation).due_at
    clinic.move(HOUR)
    clinic.answer(conversation)
    clinic.send_out()
    clinic.move(2 * SECOND)
    worker.work_off(clinic.house)
    row = clinic.conversation(conversation)
    assert (clinic.messages(conversation)[-1].error_code, row.due_at, row.due_metric) == (
        "30006",
        due,
        "first_response",
    )


def test_a_failure_wakes_what_was_snoozed(clinic: Clinic) -> None:
    message = sent(clinic, LANDLINE)
    conversation = clinic.message(message).conversation_id
    clinic.act(snooze.snooze, actor=clinic.agent, conversation_id=conversation, until=clinic.now + HOUR)
    clinic.move(2 * SECOND)
    worker.work_off(clinic.house)
    assert clinic.conversation(conversation).snoozed_until is None


def test_an_ambiguous_send_is_unknown_after_ten_minutes_and_never_repeated(clinic: Clinic, wire: Wire) -> None:
    wire.answers = [SendFailed("no answer", code="500", ambiguous=True)]
    message = sent(clinic)
    conversation = clinic.message(message).conversation_id
    clinic.move(10 * MINUTE - SECOND)
    worker.work_off(clinic.house, "bulk")
    assert clinic.message(message).status == "sending"
    clinic.move(SECOND)
    worker.work_off(clinic.house, "bulk")
    row = clinic.conversation(conversation)
    assert (clinic.message(message).status, row.state, row.needs_reply) == ("unknown", "open", True)
    assert clinic.states(conversation)["resolution"] == "running"
    clinic.move(DAY)
    for queue in ("outbound", "bulk"):
        worker.work_off(clinic.house, queue)
    assert (len(wire.asked), outcomes(clinic)) == (1, ["ambiguous"])


def test_a_late_receipt_by_the_attempt_settles_an_ambiguous_send(clinic: Clinic) -> None:
    message = sent(clinic, SILENT)
    (attempt,) = clinic.all(select(t.attempts))
    clinic.move(10 * MINUTE)
    worker.work_off(clinic.house, "bulk")
    clinic.land(clinic.receipt("SM" + "9" * 32, "delivered", attempt.id))
    said = clinic.message(message)
    assert (said.status, said.external_id, said.error) == ("delivered", "SM" + "9" * 32, "")


def test_a_process_that_died_while_sending_leaves_unknown(clinic: Clinic, wire: Wire) -> None:
    message = clinic.answer(clinic.landed())
    wire.answers = [KeyboardInterrupt()]  # type: ignore[list-item]  # as good as a kill: nothing catches it
    with pytest.raises(KeyboardInterrupt):
        clinic.send_out()
    clinic.move(2 * MINUTE)
    clinic.act(jobs.release_expired)
    clinic.send_out()
    assert (clinic.message(message).status, len(wire.asked)) == ("unknown", 1)


def test_what_provably_did_not_leave_is_tried_again_with_growing_waits_and_then_dead(
    clinic: Clinic, wire: Wire
) -> None:
    wire.answers = [SendFailed("no connection") for _ in range(12)]
    message = sent(clinic)
    waits = []
    for tried in range(1, 12):
        (job,) = clinic.all(select(t.jobs).where(t.jobs.c.kind == "send"))
        assert (job.state, job.tries, clinic.message(message).status) == ("pending", tried, "queued")
        waits.append((job.due_at - clinic.now).total_seconds())
        clinic.now = job.due_at
        clinic.send_out()
    bounds = [(min(900.0, 5.0 * 2**n) * 0.5, min(900.0, 5.0 * 2**n) * 1.5) for n in range(1, 12)]
    assert [low <= wait <= high for wait, (low, high) in zip(waits, bounds, strict=True)] == [True] * 11
    row = clinic.conversation(clinic.message(message).conversation_id)
    assert (clinic.message(message).status, row.state, len(wire.asked)) == ("dead", "open", 12)
    clinic.move(DAY)
    clinic.send_out()
    assert len(wire.asked) == 12


def test_a_carrier_that_asks_to_wait_is_heeded(clinic: Clinic) -> None:
    sent(clinic, TOO_FAST)
    (job,) = clinic.all(select(t.jobs).where(t.jobs.c.kind == "send"))
    assert job.due_at == clinic.now + SECOND


def test_a_lane_keeps_its_order_and_holds_up_only_itself(clinic: Clinic, wire: Wire) -> None:
    first, other = clinic.landed(from_="+14152000001"), clinic.landed(from_="+14152000002")
    wire.answers = [SendFailed("no connection")]
    for text in ("one", "two", "three"):
        clinic.answer(first, text)
    clinic.answer(other, "aside")
    clinic.send_out()
    assert [text for _, text in wire.asked] == ["one", "aside"]
    clinic.move(MINUTE)
    clinic.send_out()
    assert [text for _, text in wire.asked] == ["one", "aside", "one", "two", "three"]


# receipts

WORDS = ("queued", "sent", "delivered", "read", "undelivered")
RANKS = {"accepted": 3, "sent": 4, "failed": 5, "delivered": 6, "read": 7}


def after(clinic: Clinic, words: tuple[str, ...]) -> tuple[Any, ...]:
    """A message of ours after these receipts; at no point did it move back."""
    message = sent(clinic, f"+1415300{clinic.count(t.messages):04d}")
    external: Any = clinic.message(message).external_id
    seen = [clinic.message(message).status]
    for word in words:
        code = {"ErrorCode": "30003"} if word == "undelivered" else {}
        clinic.land(clinic.receipt(external, word, **code))
        seen.append(clinic.message(message).status)
    ranks = [RANKS[status] for status in seen]
    assert ranks == sorted(ranks)
    said = clinic.message(message)
    return said.status, said.status_rank, said.error_code, said.error


@pytest.mark.parametrize("words", [("sent", "delivered", "undelivered"), ("sent", "undelivered")])
def test_receipts_in_any_order_end_in_the_same_state(clinic: Clinic, words: tuple[str, ...]) -> None:
    ends = {after(clinic, order) for order in permutations(words)}
    assert [end[0] for end in ends] == ["delivered" if "delivered" in words else "failed"]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_repeated_receipts_never_move_a_message_back(clinic: Clinic, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(WORDS), max_size=6))
    shuffled = data.draw(st.permutations(words))
    assert after(clinic, tuple(words)) == after(clinic, tuple(shuffled))


def test_a_receipt_of_somebody_elses_message_changes_nothing(clinic: Clinic) -> None:
    message = sent(clinic)
    (arrival,) = clinic.land(clinic.receipt("SM" + "8" * 32, "delivered"))
    assert (arrival.state, arrival.reason) == ("received", "receipt for a message that is not ours")
    assert clinic.message(message).status == "accepted"
