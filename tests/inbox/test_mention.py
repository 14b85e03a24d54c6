"""Colleagues named in a note: those who may read it, told at once, without a word of the patient (P02)."""

import pytest

from inbox import mention, note, worklist
from inbox.actors import Actor
from inbox.errors import NotFound
from tests.support.house import Clinic


def offered(clinic: Clinic, conversation: int, actor: Actor | None = None) -> list[str]:
    with clinic.house.database.snapshot() as reading:
        found = mention.offered(reading, actor=actor or clinic.agent, conversation_id=conversation)
    return [one.label for one in found]


def test_only_readers_are_offered_people_before_teams(clinic: Clinic) -> None:
    conversation = clinic.landed()
    found = offered(clinic, conversation)
    assert found == ["Nurse", "Rival", "Supervisor", "Contact center", "Front desk", "Billing", "Nursing"]
    with pytest.raises(NotFound):
        offered(clinic, conversation, clinic.outsider)


def test_a_named_colleague_and_a_named_team_find_it_among_their_mentions(clinic: Clinic) -> None:
    conversation = clinic.landed()
    asked = {"actor": clinic.agent, "conversation_id": conversation}
    clinic.act(note.write, **asked, text="@Nursing please look", teams=["nursing"])
    clinic.act(note.write, **asked, text="@Rival too", mentions=[clinic.rival.id])
    counts = {}
    for actor in (clinic.nurse, clinic.rival, clinic.supervisor):
        with clinic.house.database.snapshot() as reading:
            counts[actor.name] = worklist.counts(reading, actor=actor)["mentions"]
    assert counts == {"Nurse": 1, "Rival": 1, "Supervisor": 0}
    assert [line.details["mentions"] for line in clinic.lines() if line.verb == "note.written"] == [
        [clinic.nurse.id],
        [clinic.rival.id],
    ]


def test_who_may_not_read_it_is_not_named(clinic: Clinic) -> None:
    conversation = clinic.landed()
    named = [clinic.outsider.id, clinic.rival.id]
    clinic.act(note.write, actor=clinic.agent, conversation_id=conversation, text="@Olaf", mentions=named)
    assert [one.details["mentions"] for one in clinic.lines() if one.verb == "note.written"] == [[clinic.rival.id]]
