"""A person corrects the reason, says that no answer is needed, or answers for an escalation."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from inbox import corrections, escalation, no_reply, reason
from inbox.errors import Conflict, Forbidden, Invalid
from tests.support.house import Clinic
from ui import cli

HOUR = timedelta(hours=1)


def correct(clinic: Clinic, conversation: int, to: str, *, by: str = "agent") -> int:
    practice = clinic.house.configuration.practice()
    return clinic.act(
        reason.correct, practice, actor=getattr(clinic, by), conversation_id=conversation, reason=to
    )  # fmt: skip


def test_the_clocks_follow_and_the_guess_stays_beside_the_correction(clinic: Clinic) -> None:
    conversation, before = clinic.landed(), clinic.head()
    was = clinic.conversation(conversation)
    correct(clinic, conversation, "complaint")
    now = clinic.conversation(conversation)
    assert (now.reason, now.reasons[0], now.version) == ("complaint", "complaint", was.version + 1)
    assert [(line.verb, line.details) for line in clinic.lines(before)] == [
        ("reason.corrected", {"from": was.reason, "to": "complaint"})
    ]
    assert clinic.clocks(conversation)["resolution"].due_at == was.opened_at + timedelta(days=7)
    again = correct(clinic, conversation, "complaint")
    assert (again, clinic.verbs(before)) == (now.version, ["reason.corrected"])


def test_corrections_are_data_for_whoever_mends_the_rules(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    conversation = clinic.landed()
    was = clinic.conversation(conversation).reason
    correct(clinic, conversation, "complaint")
    clinic.move(HOUR)
    correct(clinic, conversation, "billing")
    with clinic.house.database.snapshot() as reading:
        found = corrections.corrections(reading, 30)
        with pytest.raises(Invalid):
            corrections.corrections(reading, 0)
    assert [(one.conversation_id, one.found, one.meant, one.machine) for one in found] == [
        (conversation, was, "complaint", True),
        (conversation, "complaint", "billing", False),
    ]
    monkeypatch.setenv("WARMLINE_DATABASE_URL", clinic.house.settings.database_url)
    monkeypatch.setenv("WARMLINE_DATA_DIR", str(tmp_path))
    assert cli.main(["routing", "corrections", "--days", "3660"]) == 0
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["found"], line["meant"]) for line in lines] == [(was, "complaint"), ("complaint", "billing")]


def test_what_becomes_clinical_goes_to_nursing_the_same_day_and_only_a_nurse_takes_that_back(clinic: Clinic) -> None:
    conversation = clinic.landed()
    correct(clinic, conversation, "symptom_new")
    now = clinic.conversation(conversation)
    assert (now.clinical, now.team, now.owner_id, now.priority) == (True, "nursing", None, 2)
    assert clinic.verbs()[-2:] == ["reason.corrected", "conversation.reclassified"]
    with pytest.raises(Forbidden):
        correct(clinic, conversation, "billing", by="supervisor")
    correct(clinic, conversation, "billing", by="nurse")
    assert clinic.conversation(conversation).clinical is False


def test_a_reason_nobody_knows_and_a_closed_conversation_are_refused(clinic: Clinic) -> None:
    conversation = clinic.landed()
    with pytest.raises(Invalid):
        correct(clinic, conversation, "astrology")
    clinic.close_it(conversation)
    with pytest.raises(Conflict):
        correct(clinic, conversation, "billing")


def test_no_answer_is_needed_ends_the_next_reply_and_not_the_first(clinic: Clinic) -> None:
    conversation, practice = clinic.landed(), clinic.house.configuration.practice()
    asked = {"actor": clinic.agent, "conversation_id": conversation}
    with pytest.raises(Conflict):
        clinic.act(no_reply.waive, practice, **asked)
    clinic.answer(conversation)
    clinic.move(HOUR)
    clinic.landed("I need to reschedule once more, to Friday")
    assert clinic.states(conversation)["next_response"] == "running"
    version = clinic.act(no_reply.waive, practice, **asked)
    assert (clinic.states(conversation)["next_response"], clinic.verbs()[-1]) == ("stopped", "answer.waived")
    assert clinic.conversation(conversation).needs_reply is False
    assert clinic.act(no_reply.waive, practice, **asked) == version


def raised(clinic: Clinic) -> tuple[int, int]:
    conversation = clinic.landed()
    practice = clinic.house.configuration.practice()
    asked = {"actor": clinic.agent, "conversation_id": conversation}
    return conversation, clinic.act(escalation.raise_hand, practice, **asked)


def test_whoever_answers_an_escalation_owns_it(clinic: Clinic) -> None:
    conversation, hand = raised(clinic)
    clinic.answer(conversation)
    assert clinic.conversation(conversation).owner_id == clinic.agent.id
    asked = {"conversation_id": conversation, "escalation_id": hand}
    clinic.act(escalation.acknowledge, actor=clinic.supervisor, **asked)
    assert clinic.conversation(conversation).owner_id == clinic.supervisor.id


def test_or_names_an_owner_and_a_time(clinic: Clinic) -> None:
    conversation, hand = raised(clinic)
    asked = {"conversation_id": conversation, "escalation_id": hand}
    due = clinic.now + HOUR
    for wrong, fault in (
        (escalation.Answer(clinic.rival.id), Invalid),
        (escalation.Answer(999_999, due), Invalid),
        (escalation.Answer(clinic.rival.id, clinic.now), Invalid),
    ):
        with pytest.raises(fault):
            clinic.act(escalation.acknowledge, actor=clinic.supervisor, answer=wrong, **asked)
    answer = escalation.Answer(clinic.supervisor.id, due)
    with pytest.raises(Forbidden):
        clinic.act(escalation.acknowledge, actor=clinic.agent, answer=answer, **asked)
    named = escalation.Answer(clinic.rival.id, due)
    clinic.act(escalation.acknowledge, actor=clinic.supervisor, answer=named, **asked)
    assert clinic.conversation(conversation).owner_id == clinic.rival.id
    assert clinic.verbs()[-3:] == ["escalation.acknowledged", "conversation.assigned", "next_step.planned"]
