"""Entries about no conversation: what tells of the house is for everybody, what tells of somebody for who did it."""

from typing import Any

from sqlalchemy import update

from inbox import feed, person, remark, staffing, upload
from inbox.actors import Actor
from inbox.store import tables as t
from tests.support.house import MARIA, Clinic


def seen(clinic: Clinic, actor: Actor, since: int) -> list[str]:
    with clinic.house.database.snapshot() as reading:
        found, _ = feed.page(reading, actor=actor, since=since)
    return [entry["verb"] for entry in found]


def test_an_account_an_address_and_a_file_tell_nobody_else(clinic: Clinic) -> None:
    patient, conversation = clinic.add_patient("Maria", ("phone", MARIA)), clinic.landed()
    whom = {"subject_patient_id": patient, "subject_certainty": "confirmed"}
    clinic.act(lambda unit: unit.execute(update(t.conversations).values(**whom)))
    admin = Actor(clinic.supervisor.id, "", "", "admin")
    since = clinic.head()
    mine: dict[str, Any] = {"actor": clinic.agent}
    file = upload.keep(clinic.house, "plan.txt", b"Bring your card")
    clinic.act(upload.add, **mine, conversation_id=conversation, file=file)
    clinic.act(person.edit, **mine, patient_id=patient, changes=person.Changes(1, language="es"))
    clinic.act(staffing.reset_password, actor=admin, actor_id=clinic.rival.id)
    clinic.act(remark.add, actor=clinic.supervisor, on_at=clinic.now, words="Phones down")
    assert seen(clinic, clinic.agent, since) == ["upload.kept", "patient.changed", "remark.added"]
    assert seen(clinic, clinic.supervisor, since) == ["password.reset", "remark.added"]
    assert seen(clinic, clinic.rival, since) == ["remark.added"]
    assert seen(clinic, clinic.outsider, since) == ["remark.added"]
