"""Whoever is on the line shows who they are before the record opens; which questions they answered is kept."""

from datetime import timedelta

import pytest

from inbox import identity, panel, verification
from inbox.errors import Conflict, Invalid
from inbox.verification import Checked
from tests.support.house import MARIA, Clinic

BOTH = Checked(("birth_date", "address"))
CALL = {"CallSid": f"CA{9:032x}", "From": MARIA, "To": "+14155550101", "Direction": "inbound"}


def why(clinic: Clinic, conversation_id: int) -> str:
    with clinic.house.database.snapshot() as reading:
        return panel.beside(
            reading, actor=clinic.supervisor, conversation_id=conversation_id, now=clinic.now
        ).masked_why


@pytest.fixture
def line(clinic: Clinic) -> int:
    """A call that waits, from a number confirmed as Maria's."""
    maria = clinic.add_patient("Maria", ("phone", MARIA))
    (row,) = clinic.land(clinic.call("", CALL | {"CallStatus": "ringing"}))
    conversation_id = int(row.conversation_id)
    clinic.act(identity.confirm, actor=clinic.supervisor, conversation_id=conversation_id, patient_id=maria)
    return conversation_id


def check(clinic: Clinic, conversation_id: int, checked: Checked) -> None:
    clinic.act(verification.check, actor=clinic.supervisor, conversation_id=conversation_id, checked=checked)


def test_the_record_opens_with_two_right_answers_and_shuts_after_half_an_hour(clinic: Clinic, line: int) -> None:
    assert why(clinic, line) == "unverified"
    check(clinic, line, Checked(("birth_date",)))
    assert (why(clinic, line), clinic.verbs()[-1]) == ("unverified", "caller.unverified")
    check(clinic, line, BOTH)
    assert why(clinic, line) == ""
    told = clinic.lines()[-1]
    assert (told.verb, told.details["kinds"], told.details["passed"]) == (
        "caller.verified",
        ["address", "birth_date"],
        True,
    )
    clinic.move(timedelta(minutes=31))
    assert why(clinic, line) == "unverified"


def test_it_ends_when_they_hang_up_and_asks_nobody_without_a_call(clinic: Clinic, line: int) -> None:
    check(clinic, line, BOTH)
    clinic.land(clinic.call("status", CALL | {"CallStatus": "completed", "CallDuration": "9", "SequenceNumber": "3"}))
    with pytest.raises(Conflict, match="Nobody is on the line"):
        check(clinic, line, BOTH)
    assert why(clinic, line) == ""
    clinic.land(clinic.call("", CALL | {"CallSid": f"CA{10:032x}", "CallStatus": "ringing"}))


def test_unknown_questions_are_named(clinic: Clinic, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        check(clinic, line, Checked(("shoe_size",)))
    assert list(refused.value.fields) == ["kinds"]
