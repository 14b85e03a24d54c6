"""A family through a week: a mother, two children, one phone, a shared mailbox, and a divorced father who may know of
visits. Whatever is said, nobody is told what is not theirs to know."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from inbox import identity, panel, proxy, way
from inbox.errors import Invalid
from inbox.proxy import Acting
from inbox.registration import NewPatient, register
from inbox.store import tables as t
from tests.support.house import Clinic

PHONE, MAILBOX, FATHER, TEEN = "+14155550151", "the.lopez@home.example", "+14155550152", "+14155550153"
ALL = ("scheduling", "billing", "clinical")
#: What only the family's own records say.
NAMES = ("Rita", "Teo", "Mia", "Lopez")


class Family:
    """The records, and who wrote from where."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.rita = self._born("1", "Rita", date(1985, 5, 5), phones=(PHONE,), emails=(MAILBOX,))
        self.teo = self._born("2", "Teo", date(2018, 3, 3))
        self.mia = self._born("3", "Mia", date(2010, 4, 4), phones=(TEEN,))
        for child in (self.teo, self.mia):
            self._acts(child, "Rita Lopez", "mother", ALL, PHONE)
            self._acts(child, "Rita Lopez", "mother", ALL, MAILBOX)
            self._acts(child, "Ivan Lopez", "father", ("scheduling",), FATHER)

    def _born(self, number: str, given: str, birth_on: date, **reached: Any) -> int:
        new = NewPatient(number, given, "Lopez", birth_on, **reached)
        return self.clinic.act(register, new, actor=self.clinic.supervisor)

    def _acts(self, child: int, name: str, role: str, scope: tuple[str, ...], address: str) -> None:
        right = Acting(name, role, scope, address, "court order, folder 4")
        self.clinic.act(proxy.let_act, actor=self.clinic.supervisor, patient_id=child, right=right)

    def confirm(self, conversation_id: int, patient_id: int) -> None:
        about = {"conversation_id": conversation_id, "patient_id": patient_id}
        self.clinic.act(identity.confirm, actor=self.clinic.supervisor, **about)

    def open_to(self, conversation_id: int) -> set[str]:
        with self.clinic.house.database.snapshot() as reading:
            found = way.ways(reading, self.clinic.conversation(conversation_id))
            return {one.contact.value for one in found if not one.barred}

    def masked(self, conversation_id: int) -> tuple[str, str]:
        seen = {"actor": self.clinic.supervisor, "conversation_id": conversation_id, "now": self.clinic.now}
        with self.clinic.house.database.snapshot() as reading:
            shown = panel.beside(reading, **seen)
        return shown.masked_why, shown.name


@pytest.fixture
def family(clinic: Clinic) -> Family:
    return Family(clinic)


def test_a_week_without_one_wrong_disclosure(clinic: Clinic, family: Family) -> None:
    # Monday: one phone, three people. Nobody is assumed, nothing is shown, until a person asked
    monday = clinic.landed("Can we come on Thursday instead?", PHONE)
    assert family.masked(monday) == ("unidentified", "Unidentified")
    assert "about_whom" in clinic.conversation(monday).marks
    family.confirm(monday, family.teo)
    clinic.answer(monday, "Thursday at 4 works.")
    assert family.masked(monday) == ("", "Teo Lopez")
    row = clinic.conversation(monday)
    assert (row.subject_patient_id, row.sender_proxy_id is not None) == (family.teo, True)
    # the same phone again, about the girl: it lands, marked anew, and the boy's mother is no patient by it
    again = clinic.landed("And Mia has a rash on her arm", PHONE)
    assert (again, "about_whom" in clinic.conversation(again).marks) == (monday, True)
    # Tuesday: the father asks for a visit, is answered, and hears nothing of results, by no road
    tuesday = clinic.landed("When is the appointment for my son?", FATHER)
    family.confirm(tuesday, family.teo)
    clinic.answer(tuesday, "Thursday at 4 p.m.")
    for text in ("His blood test came back positive.", "He was diagnosed with asthma."):
        for secure in (False, True):
            with pytest.raises(Invalid, match="the father acts in scheduling only"):
                clinic.answer(tuesday, text, secure=secure)
    # Wednesday: a shared mailbox; whoever reads it may be any of them
    clinic.move(timedelta(days=2))
    (mail,) = clinic.land(clinic.mail(MAILBOX, "Lab", "Are the test results of the blood test there?"))
    wednesday = int(mail.conversation_id)
    assert family.masked(wednesday)[0] == "unidentified"
    family.confirm(wednesday, family.mia)
    assert family.open_to(wednesday) == {MAILBOX, PHONE, TEEN}
    with pytest.raises(Invalid):
        clinic.answer(wednesday, "Please call us.", actor=clinic.nurse, channel="sms", to=FATHER)
    # Thursday: the girl writes by herself and wants it kept from her parents
    thursday = clinic.landed("I need to reschedule my appointment, please do not tell my parents", TEEN)
    family.confirm(thursday, family.mia)
    clinic.act(proxy.keep, actor=clinic.supervisor, conversation_id=thursday, kept=True)
    assert family.open_to(thursday) == {TEEN}
    with pytest.raises(Invalid):
        clinic.answer(thursday, "Friday at 9.", channel="sms", to=PHONE, actor=clinic.supervisor)
    clinic.answer(thursday, "Friday at 9 works for us.", actor=clinic.supervisor)
    # Friday: the father's phone is a stranger's now
    friday = clinic.landed("You have the wrong number", FATHER)
    assert family.open_to(tuesday) & {FATHER} == set()
    assert family.masked(friday)[0] in ("", "unidentified")
    clinic.send_out()
    sent = [
        one for one in clinic.all(select(t.messages).where(t.messages.c.direction == "out")) if one.status != "failed"
    ]
    assert not [one.body for one in sent if any(name in one.body for name in NAMES)]
    assert all(one.consent_id or one.exempt_reason for one in sent)


def test_without_the_scopes_the_same_week_tells_the_father(clinic: Clinic, family: Family) -> None:
    """The control: the bars of the week are the scopes', not the words'."""
    right = Acting("Ivan Lopez", "guardian", ALL, FATHER, "new court order, folder 4")
    clinic.act(proxy.let_act, actor=clinic.supervisor, patient_id=family.teo, right=right)
    tuesday = clinic.landed("When is the appointment for my son?", FATHER)
    family.confirm(tuesday, family.teo)
    assert clinic.answer(tuesday, "His blood test came back positive.", secure=True)
