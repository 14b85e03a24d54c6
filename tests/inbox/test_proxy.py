"""Who acts for a patient is told what they act in, while they do, and nothing that is kept from them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from inbox import conversation, identity, person, proxy, registration, way, wrong_number
from inbox.errors import Conflict, Invalid
from inbox.person import Address, Agreement
from inbox.proxy import Acting
from inbox.registration import NewPatient
from inbox.store import tables as t
from tests.support.house import Clinic

MOTHER, FATHER, TEEN = "+14155550111", "+14155550122", "+14155550133"
PARENT = Acting("Elena Ruiz", "mother", ("scheduling", "billing", "clinical"), MOTHER, "birth certificate")
DIVORCED = Acting("Marc Ruiz", "father", ("scheduling",), FATHER, "court order of March 1")


def born(clinic: Clinic, given: str, birth_on: date, *phones: str, number: str = "7") -> int:
    new = NewPatient(number, given, "Ruiz", birth_on, phones=phones, consents=(("sms", "care"),) if phones else ())
    return clinic.act(registration.register, new, actor=clinic.supervisor)


@pytest.fixture
def leo(clinic: Clinic) -> int:
    """A boy of nine with a mother who decides all and a father who may know of visits."""
    leo = born(clinic, "Leo", date(2017, 1, 5))
    for acting in (PARENT, DIVORCED):
        clinic.act(proxy.let_act, actor=clinic.agent, patient_id=leo, right=acting)
    return leo


def about(clinic: Clinic, patient_id: int, text: str, from_: str) -> int:
    conversation_id = clinic.landed(text, from_)
    clinic.act(identity.confirm, actor=clinic.supervisor, conversation_id=conversation_id, patient_id=patient_id)
    return conversation_id


def ways(clinic: Clinic, conversation_id: int) -> dict[str, str]:
    """Why each number is closed for texts, "" where it is open."""
    with clinic.house.database.snapshot() as reading:
        found = way.ways(reading, clinic.conversation(conversation_id))
        return {one.contact.value: one.why for one in found if one.channel == "sms"}


def test_a_father_who_acts_in_scheduling_hears_of_visits_and_of_nothing_else(clinic: Clinic, leo: int) -> None:
    visit = about(clinic, leo, "I need to reschedule the appointment", FATHER)
    clinic.answer(visit, "Tuesday at 3 works.")
    with pytest.raises(Invalid, match="father acts in scheduling only, and this may be clinical"):
        clinic.answer(visit, "The strep test came back positive.")
    bill = about(clinic, leo, "How much is the bill I have to pay?", MOTHER)
    assert ways(clinic, bill) == {MOTHER: "", FATHER: "the father acts in scheduling only, and this may be billing"}


def test_a_writer_beyond_their_scope_is_told_by_fixed_words_alone(clinic: Clinic, leo: int) -> None:
    asked = about(clinic, leo, "What did the blood test results say?", FATHER)
    with pytest.raises(Invalid, match="may be clinical"):
        clinic.answer(asked, "All fine.", actor=clinic.nurse)
    sent = clinic.act(proxy.decline, clinic.house, actor=clinic.nurse, conversation_id=asked)
    assert "Leo" not in clinic.message(sent).body
    fine = about(clinic, leo, "When is our appointment?", MOTHER)
    with pytest.raises(Conflict):
        clinic.act(proxy.decline, clinic.house, actor=clinic.agent, conversation_id=fine)


def test_writer_and_subject_are_kept_apart(clinic: Clinic, leo: int) -> None:
    row = clinic.conversation(about(clinic, leo, "Can we come on Friday?", FATHER))
    (father,) = clinic.all(select(t.proxies).where(t.proxies.c.name == DIVORCED.name))
    assert (row.subject_patient_id, row.sender_proxy_id) == (leo, father.id)
    relations = [link.relationship for link in clinic.all(select(t.contact_links))]
    assert relations == ["proxy", "proxy"]


def test_a_parents_right_ends_with_the_eighteenth_birthday_by_itself(clinic: Clinic) -> None:
    tomorrow = clinic.now.date() + timedelta(days=1)
    grown = born(clinic, "Iris", tomorrow.replace(year=tomorrow.year - 18))
    clinic.act(proxy.let_act, actor=clinic.agent, patient_id=grown, right=PARENT)
    visit = about(clinic, grown, "I need to reschedule the appointment", MOTHER)
    clinic.act(proxy.look)
    assert (ways(clinic, visit), clinic.verbs()[-1]) == ({MOTHER: ""}, "proxy.ending")
    planned = clinic.answer(visit, "See you Friday.", send_at=clinic.now + timedelta(days=2))
    clinic.move(timedelta(days=2))
    assert ways(clinic, visit) == {MOTHER: "the mother does not act for the patient at this time"}
    clinic.send_out()
    assert clinic.message(planned).status == "failed"
    clinic.act(proxy.look)
    clinic.act(proxy.look)
    assert clinic.verbs().count("proxy.ended") == 1
    again = about(clinic, grown, "And now?", MOTHER)
    assert ways(clinic, again) == {MOTHER: "the patient is not reached there any more"}


def test_what_is_kept_private_reaches_no_proxy_and_no_shared_address(clinic: Clinic, leo: int) -> None:
    clinic.act(person.add_address, actor=clinic.agent, patient_id=leo, address=Address(TEEN))
    visit = about(clinic, leo, "I need to reschedule the appointment", TEEN)
    agreement = Agreement(clinic.conversation(visit).sender_contact_id, "sms", "care", "grant", "said on the phone")
    clinic.act(person.agree, actor=clinic.agent, patient_id=leo, agreement=agreement)
    assert ways(clinic, visit)[MOTHER] == "nothing on record for care"
    clinic.act(proxy.keep, actor=clinic.agent, conversation_id=visit, kept=True)
    kept = "this request is kept from everybody but the patient, and others use this address"
    assert ways(clinic, visit) == {TEEN: "", MOTHER: kept, FATHER: kept}
    clinic.act(proxy.keep, actor=clinic.agent, conversation_id=visit, kept=False)
    assert ways(clinic, visit)[MOTHER] == "nothing on record for care"


def test_a_confidential_address_is_used_alone(clinic: Clinic) -> None:
    leo = born(clinic, "Leo", date(2009, 1, 5), MOTHER)
    clinic.act(person.add_address, actor=clinic.agent, patient_id=leo, address=Address(TEEN, confidential=True))
    alone = "the patient wrote from a confidential address, and is answered there alone"
    assert ways(clinic, about(clinic, leo, "Can I come alone?", TEEN)) == {TEEN: "", MOTHER: alone}
    only = "a confidential address is used only for what comes from it"
    assert ways(clinic, about(clinic, leo, "Can he come?", MOTHER)) == {MOTHER: "", TEEN: only}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"role": "boss"}, "role"),
        ({"scope": ()}, "scope"),
        ({"proof": ""}, "proof"),
        ({"until": date(2020, 1, 1)}, "until"),
    ],
)
def test_a_right_without_a_base_is_refused(clinic: Clinic, leo: int, wrong: dict[str, object], field: str) -> None:
    acting = Acting(**{**{name: getattr(PARENT, name) for name in PARENT.__struct_fields__}, **wrong})  # type: ignore[arg-type]  # fields of Acting
    with pytest.raises(Invalid) as refused:
        clinic.act(proxy.let_act, actor=clinic.agent, patient_id=leo, right=acting)
    assert list(refused.value.fields) == [field]


def test_nobody_is_a_parent_of_an_adult(clinic: Clinic) -> None:
    adult = born(clinic, "Ada", date(1980, 1, 1))
    with pytest.raises(Invalid) as refused:
        clinic.act(proxy.let_act, actor=clinic.agent, patient_id=adult, right=PARENT)
    assert refused.value.fields == {"role": "the patient is of age"}


def test_a_wrong_number_ends_links_and_consent_and_nothing_goes_there(clinic: Clinic) -> None:
    leo = born(clinic, "Leo", date(2009, 1, 5), TEEN)
    visit = about(clinic, leo, "I need to reschedule the appointment", TEEN)
    held = clinic.answer(visit, "Tuesday at 3 works.", hold=10)
    contact_id = clinic.conversation(visit).sender_contact_id
    clinic.act(wrong_number.told, actor=clinic.agent, patient_id=leo, contact_id=contact_id)
    clinic.move(timedelta(minutes=1))
    clinic.send_out()
    assert clinic.message(held).status == "failed"
    assert ways(clinic, visit)[TEEN]
    assert clinic.verbs().count("contact.reassigned") == 1
    heir = born(clinic, "Nora", date(1990, 1, 5), number="8")
    clinic.act(person.add_address, actor=clinic.agent, patient_id=heir, address=Address(TEEN))
    hers = about(clinic, heir, "Hello, I need an appointment", TEEN)
    assert ways(clinic, hers) == {TEEN: "opted out"}
    agreed = Agreement(contact_id, "sms", "care", "grant", "signed form in her folder")
    clinic.act(person.agree, actor=clinic.agent, patient_id=heir, agreement=agreed)
    assert ways(clinic, hers) == {TEEN: ""}


def test_the_screen_says_who_writes_and_that_they_may_not_be_told(clinic: Clinic, leo: int) -> None:
    asked = about(clinic, leo, "What did the blood test results say?", FATHER)
    with clinic.house.database.snapshot() as reading:
        shown = conversation.view(reading, actor=clinic.nurse, conversation_id=asked, now=clinic.now)
    assert shown.sender is not None
    assert (shown.sender.proxy, shown.sender.scope) == ("father of Leo Ruiz", ("scheduling",))
    assert {way.to: way.barred for way in shown.reachability} == {FATHER: True, MOTHER: False}
