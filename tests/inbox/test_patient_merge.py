"""Two records of one human become one and two again; people judge pairs, and a machine never merges (domain.md §4)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from inbox import duplicates, patient_merge
from inbox.actors import Actor
from inbox.duplicates import Verdict
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.patient_merge import PatientMerge, PatientUnmerge
from inbox.store import tables as t
from tests.support.house import DAY, MARIA, MINUTE, Clinic

HOME = "+14155550177"
WHY = "same birth date and insurance card"


def join(clinic: Clinic, loser: int, into: int, actor: Actor | None = None, **asked: Any) -> int:
    given = PatientMerge(into=into, reason=asked.pop("reason", WHY), **asked)
    return clinic.act(patient_merge.merge, actor=actor or clinic.supervisor, patient_id=loser, asked=given)


def part(clinic: Clinic, loser: int, actor: Actor | None = None) -> int:
    who = actor or clinic.supervisor
    return clinic.act(patient_merge.unmerge, actor=who, patient_id=loser, asked=PatientUnmerge("a cousin"))


def two(clinic: Clinic) -> tuple[int, int]:
    return clinic.add_patient("Maria", ("phone", MARIA)), clinic.add_patient("Maria", ("phone", HOME))


def subject(clinic: Clinic, conversation: int) -> int | None:
    found = clinic.conversation(conversation).subject_patient_id
    return int(found) if found is not None else None


def know(clinic: Clinic, patient: int, **facts: Any) -> None:
    with clinic.house.database.transaction() as unit:
        number = facts.pop("number", None)
        if facts:
            unit.execute(update(t.patients).where(t.patients.c.id == patient).values(facts))
        if number:
            row = {"id": unit.new_id(), "patient_id": patient, "system": "MRN", "value": number}
            unit.execute(insert(t.patient_identifiers).values(row))


def queue(clinic: Clinic, actor: Actor | None = None) -> tuple[duplicates.Pair, ...]:
    with clinic.house.database.snapshot() as reading:
        return duplicates.queue(reading, actor=actor or clinic.supervisor)


def test_a_merge_brings_all_along_and_its_undo_takes_it_back(clinic: Clinic) -> None:
    kept, lost = two(clinic)
    first, second = clinic.landed(), clinic.landed("My bill is wrong", HOME)
    before = clinic.all(select(t.contact_links.c.contact_id, t.contact_links.c.patient_id))
    join(clinic, lost, kept)
    assert (subject(clinic, first), subject(clinic, second)) == (kept, kept)
    assert {row.patient_id for row in clinic.all(select(t.contact_links))} == {kept}
    clinic.move(8 * DAY)
    clinic.close_it(second)
    clinic.move(8 * DAY)
    third = clinic.landed("I need to reschedule my appointment", HOME)
    assert (third != second, subject(clinic, third)) == (True, kept)
    part(clinic, lost)
    assert [subject(clinic, one) for one in (first, second, third)] == [kept, lost, lost]
    assert clinic.all(select(t.contact_links.c.contact_id, t.contact_links.c.patient_id)) == before


def test_a_chain_of_records_is_cut_in_the_middle(clinic: Clinic) -> None:
    a, b, c = (clinic.add_patient("Maria", ("phone", f"+1415555018{n}")) for n in range(3))
    about = [clinic.landed(from_=f"+1415555018{n}") for n in range(3)]
    join(clinic, a, b)
    join(clinic, b, c)
    part(clinic, b)
    assert [subject(clinic, one) for one in about] == [b, b, c]
    part(clinic, a)
    assert [subject(clinic, one) for one in about] == [a, b, c]


def test_circles_and_merged_records_are_refused(clinic: Clinic) -> None:
    kept, lost = two(clinic)
    join(clinic, lost, kept)
    for loser, into in ((kept, lost), (lost, kept)):
        with pytest.raises(Conflict):
            join(clinic, loser, into)
    with pytest.raises(Invalid):
        join(clinic, kept, kept)
    with pytest.raises(Conflict):
        part(clinic, kept)


def test_who_may_not_merge_proposes_and_it_comes_first_in_the_queue(clinic: Clinic) -> None:
    kept, lost = two(clinic)
    assert join(clinic, lost, kept, actor=clinic.agent) == 0
    (pair,) = queue(clinic)
    assert ({pair.a_id, pair.b_id}, pair.proposed_by, pair.into) == ({kept, lost}, clinic.agent.id, kept)
    with pytest.raises(Forbidden):
        part(clinic, lost, actor=clinic.agent)
    with pytest.raises(NotFound):
        join(clinic, lost, kept, actor=clinic.outsider)
    assert join(clinic, lost, kept) > 0
    assert queue(clinic) == ()


@pytest.mark.parametrize("facts", [{"birth_on": (date(1980, 1, 2), date(1951, 7, 9))}, {"number": ("4711", "4712")}])
def test_records_that_contradict_each_other_need_a_second_person(clinic: Clinic, facts: dict[str, Any]) -> None:
    kept, lost = two(clinic)
    for place, patient in enumerate((kept, lost)):
        know(clinic, patient, **{name: values[place] for name, values in facts.items()})
    assert (join(clinic, lost, kept), join(clinic, lost, kept)) == (0, 0)
    assert join(clinic, lost, kept, actor=clinic.agent) == 0
    move = join(clinic, lost, kept)
    (act,) = clinic.all(select(t.moves).where(t.moves.c.id == move))
    assert (act.by_id, act.second_id) == (clinic.supervisor.id, clinic.agent.id)


def test_what_people_said_of_a_pair_is_remembered(clinic: Clinic) -> None:
    a, b = two(clinic)
    assert [(pair.a_id, pair.b_id) for pair in queue(clinic)] == [(a, b)]
    say = {"actor": clinic.agent, "patient_id": a}
    clinic.act(duplicates.judge, **say, asked=Verdict(b, "later"))
    assert queue(clinic) == ()
    clinic.move(15 * DAY)
    assert len(queue(clinic)) == 1
    clinic.act(duplicates.judge, **say, asked=Verdict(b, "different", "twins"))
    clinic.move(MINUTE)
    assert queue(clinic) == ()
    with pytest.raises(Conflict):
        join(clinic, b, a)
    clinic.act(duplicates.judge, **say, asked=Verdict(b, "undecided"))
    assert join(clinic, b, a) > 0
    with clinic.house.database.snapshot() as reading:
        assert [one.patient_id for one in duplicates.undoable(reading, actor=clinic.supervisor)] == [b]
