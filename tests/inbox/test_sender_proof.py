"""What our own mail server says of a sender is shown; what others claim in its place is not believed."""

import msgspec
import pytest

from inbox import conversation
from tests.support.house import Clinic

HOME = "maria@home.example"


@pytest.fixture
def patient(clinic: Clinic) -> int:
    """Maria, whose address nobody has verified, at a clinic whose server signs as mx.warmline.example."""
    clinic.house.settings = msgspec.structs.replace(clinic.house.settings, authserv_id="mx.warmline.example")
    return clinic.add_patient("Maria", ("email", HOME))


CHECKED = {
    ("mx.warmline.example", "pass"): (["dmarc:pass"], "probable"),
    ("mx.warmline.example", "fail"): (["dmarc:fail"], "unknown"),
    ("mx.warmline.example", "none"): ([], "probable"),
    ("mx.evil.example", "pass"): ([], "probable"),
    ("mx.evil.example", "fail"): ([], "probable"),
}


def test_only_our_own_servers_word_counts(clinic: Clinic, patient: int) -> None:
    mails = []
    for checker, result in CHECKED:
        proof = {"Authentication_Results": f"{checker}; spf=pass; dmarc={result} header.from=home.example"}
        mails.append(clinic.mail(HOME, "Appointment", "I need to reschedule my appointment", **proof))
    rows = [clinic.conversation(arrival.conversation_id) for arrival in clinic.land(*mails)]
    assert [(row.marks, row.subject_certainty) for row in rows] == list(CHECKED.values())


def test_a_later_mail_that_nobody_can_prove_is_marked_too(clinic: Clinic, patient: int) -> None:
    (arrival,) = clinic.land(clinic.mail(HOME, "Appointment", "I need to reschedule my appointment"))
    message = clinic.answer(arrival.conversation_id)
    clinic.send_out()
    proof = {"Authentication_Results": "mx.warmline.example; dmarc=fail"}
    answer = {"In_Reply_To": f"<{clinic.message(message).mail_id}>", **proof}
    (again,) = clinic.land(clinic.mail(HOME, "Re: Appointment", "Monday", **answer))
    assert again.conversation_id == arrival.conversation_id
    assert clinic.conversation(arrival.conversation_id).marks == ["dmarc:fail"]


def test_each_mail_of_a_thread_bears_its_own_result(clinic: Clinic, patient: int) -> None:
    proofs = ["mx.warmline.example; dmarc=pass", "mx.evil.example; dmarc=pass", "mx.warmline.example; dmarc=fail"]
    first = clinic.mail(HOME, "Appointment", "Monday?", Authentication_Results=proofs[0])
    (arrival,) = clinic.land(first)
    ours = clinic.message(clinic.answer(arrival.conversation_id))
    clinic.send_out()
    answered = {"In_Reply_To": f"<{clinic.message(ours.id).mail_id}>"}
    for proof in proofs[1:]:
        clinic.land(clinic.mail(HOME, "Re: Appointment", "Yes", **answered, Authentication_Results=proof))
    with clinic.house.database.snapshot() as reading:
        asked = {"actor": clinic.agent, "conversation_id": arrival.conversation_id, "now": clinic.now}
        shown = conversation.view(reading, **asked)
    assert [one.dmarc for one in shown.messages] == ["pass", "", "", "fail"]
