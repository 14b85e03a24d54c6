"""Everything taken back at once, the ledger as a file, caps on what nobody asked for, silence that makes it stale."""

from datetime import date, timedelta

import msgspec
import pytest

from inbox import automatic, consent, consent_ledger, person, record
from inbox.consent_ledger import Revocation
from inbox.errors import Invalid, NotFound
from inbox.person import Agreement
from inbox.registration import NewPatient, register
from inbox.store import contacts
from patients.consent import Allow, Needs, Refuse
from tests.support.house import Clinic

PHONE, MAIL = "+14155550161", "sol@home.example"


@pytest.fixture
def sol(clinic: Clinic) -> int:
    new = NewPatient(
        "5",
        "Sol",
        "Vega",
        date(1990, 1, 1),
        phones=(PHONE,),
        emails=(MAIL,),
        consents=(("sms", "care"), ("mail", "care")),
    )
    return clinic.act(register, new, actor=clinic.supervisor)


def point(clinic: Clinic, value: str = PHONE) -> contacts.Contact:
    with clinic.house.database.snapshot() as reading:
        found = contacts.find(reading, "email" if "@" in value else "phone", value)
    assert found is not None
    return found


def asked(clinic: Clinic, channel: str = "sms", value: str = PHONE) -> Allow | Refuse | Needs:
    with clinic.house.database.snapshot() as reading:
        return consent.ask(reading, point(clinic, value), channel=channel)


def test_all_is_taken_back_at_once_on_every_address_and_channel(clinic: Clinic, sol: int) -> None:
    with pytest.raises(Invalid):
        clinic.act(consent_ledger.revoke_all, actor=clinic.agent, patient_id=sol, revocation=Revocation(""))
    taken = Revocation("said at the desk on Monday")
    assert clinic.act(consent_ledger.revoke_all, actor=clinic.agent, patient_id=sol, revocation=taken) == 2
    ways = (("sms", PHONE), ("whatsapp", PHONE), ("voice", PHONE), ("mail", MAIL))
    assert {getattr(asked(clinic, *way), "why", "") for way in ways} == {"opted out"}
    with clinic.house.database.snapshot() as reading:
        shown = record.record(reading, actor=clinic.supervisor, patient_id=sol, now=clinic.now)
        file = consent_ledger.entries(reading, actor=clinic.supervisor, patient_id=sol)
    assert {(one.channel, one.purpose, one.allowed) for one in shown.consents} == {
        ("sms", "*", False),
        ("mail", "*", False),
    }
    assert [(one.kind, one.channel, one.by) for one in file] == [
        ("grant", "sms", ""),
        ("grant", "mail", ""),
        ("revoke_all", "*", "Agent"),
        ("revoke_all", "*", "Agent"),
    ]
    assert file[-1].said == "said: said at the desk on Monday"
    again = Agreement(point(clinic).id, "sms", "care", "grant", "signed a new form")
    clinic.act(person.agree, actor=clinic.agent, patient_id=sol, agreement=again)
    assert isinstance(asked(clinic), Allow)
    assert isinstance(asked(clinic, "whatsapp"), Refuse)


def test_nobody_out_of_scope_reads_the_ledger(clinic: Clinic, sol: int) -> None:
    manager = msgspec.structs.replace(clinic.agent, role="manager")
    with clinic.house.database.snapshot() as reading, pytest.raises(NotFound):
        consent_ledger.entries(reading, actor=manager, patient_id=sol)


def test_an_address_gets_one_a_day_and_three_a_week_of_what_nobody_asked_for(clinic: Clinic, sol: int) -> None:
    conversation_id = clinic.landed("Hello", PHONE)

    def send() -> bool:
        told = {"conversation_id": conversation_id, "contact": point(clinic), "channel": "sms"}
        line = {"account": "main", "line": "+14155550100", "text": "How was it?", "template": "x", "exempt": None}
        return clinic.act(automatic.send, **told, **line) is not None

    sent = []
    for _ in range(8):
        sent += [send(), send()]
        clinic.move(timedelta(days=1))
    assert sent == [True, False] * 3 + [False, False] * 4 + [True, False]


def test_a_year_and_a_half_of_silence_makes_it_stale_and_a_word_of_theirs_keeps_it(clinic: Clinic, sol: int) -> None:
    clinic.move(timedelta(days=300))
    clinic.landed("Hello", PHONE)
    clinic.move(timedelta(days=300))
    assert isinstance(asked(clinic), Allow)
    clinic.move(timedelta(days=300))
    assert asked(clinic) == Needs("reconfirm", "18 months of silence")
