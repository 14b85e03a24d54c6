"""A patient away for half a year is known when they are back, also from a new number, and their care goes on."""

from datetime import timedelta

from sqlalchemy import select

from inbox import identity, record, returning
from inbox.person import Changes, edit
from inbox.registration import NewPatient, register
from inbox.store import episodes
from inbox.store import tables as t
from tests.support.house import Clinic

OLD, NEW = "+14155550144", "+14155550145"


def known(clinic: Clinic) -> int:
    """A patient with an active treatment who wrote once, and whose request is done."""
    new = NewPatient("9", "Vera", "Okafor", phones=(OLD,), consents=(("sms", "reminders"),))
    vera = clinic.act(register, new, actor=clinic.supervisor)
    clinic.act(edit, actor=clinic.agent, patient_id=vera, changes=Changes(1, preferences={"times": "mornings"}))
    clinic.act(episodes.begin, patient_id=vera, kind="treatment", status="active", by_id=clinic.agent.id)
    first = clinic.landed("I need to reschedule my appointment", OLD)
    clinic.answer(first)
    clinic.send_out()
    clinic.close_it(first)
    return vera


def of(clinic: Clinic, patient_id: int) -> list[tuple[str, str]]:
    (episode,) = clinic.all(select(t.episodes).where(t.episodes.c.patient_id == patient_id))
    with clinic.house.database.snapshot() as reading:
        return [(row.status, row.cause) for row in episodes.statuses(reading, episode.id)]


def test_who_is_back_after_half_a_year_from_a_new_number_finds_everything_there(clinic: Clinic) -> None:
    vera = known(clinic)
    clinic.move(timedelta(days=183))
    clinic.act(returning.look)
    assert of(clinic, vera) == [("active", "begun"), ("onhold", "silence")]
    back = clinic.landed("Hi, it is Vera, I have a new number", NEW)
    assert "returned" not in clinic.conversation(back).marks
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=back, patient_id=vera)
    assert "returned" in clinic.conversation(back).marks
    assert of(clinic, vera) == [("active", "begun"), ("onhold", "silence"), ("active", "returned")]
    with clinic.house.database.snapshot() as reading:
        shown = record.record(reading, actor=clinic.agent, patient_id=vera, now=clinic.now)
    assert shown.preferences == {"times": "mornings"}
    assert [(one.purpose, one.allowed) for one in shown.consents] == [("reminders", True)]
    assert {one.value for one in shown.contact_points} == {OLD, NEW}
    assert len(shown.earlier) == 1


def test_the_old_number_says_it_by_itself_and_a_month_is_no_absence(clinic: Clinic) -> None:
    vera = known(clinic)
    clinic.move(timedelta(days=30))
    clinic.act(returning.look)
    soon = clinic.landed("A question about my appointment", OLD)
    assert ("returned" in clinic.conversation(soon).marks, of(clinic, vera)) == (False, [("active", "begun")])
    clinic.answer(soon)
    clinic.send_out()
    clinic.close_it(soon)
    clinic.move(timedelta(days=181))
    assert "returned" in clinic.conversation(clinic.landed("Hello again", OLD)).marks
