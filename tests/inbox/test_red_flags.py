"""The clinic's own red flags: tried, signed off, published, in force with the next message, taken back."""

import pytest

from inbox import red_flags
from inbox.actors import Actor
from inbox.errors import Conflict, Forbidden, Invalid
from tests.inbox.test_routing_rules import manager
from tests.support.house import Clinic

__all__ = ["manager"]
PACK = """name = "clinic"
version = "1"
author = "Dr. Ana Ruiz"
[[rule]]
id = "clinic.fistula"
kind = "infection"
level = "U"
any = ["fistula"]
[rule.tests]
hit = ["my fistula looks odd"]
miss = ["no fistula here"]
"""
WORDS = "a question about my fistula"


def publish(clinic: Clinic, actor: Actor, text: str = PACK, signed: str = "Ana Ruiz, MD", based_on: int = 0) -> int:
    told = {"signed_off_by": signed, "based_on": based_on, "why": "We dialyse"}
    return int(clinic.act(red_flags.publish, text, actor=actor, **told).number)


def test_own_words_raise_from_the_next_message_until_they_are_taken_back(clinic: Clinic, manager: Actor) -> None:
    before = clinic.landed(WORDS)
    publish(clinic, manager)
    during = clinic.landed(WORDS, "+14155550143")
    clinic.act(red_flags.go_back, 0, actor=manager, based_on=1, why="Too many")
    after = clinic.landed(WORDS, "+14155550144")
    assert [clinic.conversation(one).flagged for one in (before, during, after)] == [False, True, False]
    (flag,) = clinic.conversation(during).red_flags
    assert (flag["kind"], flag["rule"], clinic.conversation(during).priority) == ("infection", "clinic.fistula", 1)


def test_nothing_that_ships_is_lost(clinic: Clinic, manager: Actor) -> None:
    publish(clinic, manager)
    assert clinic.conversation(clinic.landed("I have chest pain")).priority == 0


def test_a_version_names_who_signed_it_off(clinic: Clinic, manager: Actor) -> None:
    publish(clinic, manager)
    with clinic.house.database.snapshot() as reading:
        version, text, signed = red_flags.published(reading)
    assert (version.number, version.actor, version.why, text, signed) == (
        1,
        manager.name,
        "We dialyse",
        PACK,
        "Ana Ruiz, MD",
    )
    assert ("flags.published", manager.id) in [(line.verb, line.actor_id) for line in clinic.lines()]


@pytest.mark.parametrize(
    ("text", "signed", "field"),
    [
        (PACK, " ", "signed_off_by"),
        (PACK.replace("my fistula looks odd", "my arm looks odd"), "Ana Ruiz", "text"),
        (PACK.replace("no fistula here", "a fistula here"), "Ana Ruiz", "text"),
        (PACK.replace('"infection"', '"gossip"'), "Ana Ruiz", "text"),
        (PACK.replace('level = "U"', ""), "Ana Ruiz", "text"),
        (PACK.replace('"clinic.fistula"', '"cardiac.chest"'), "Ana Ruiz", "text"),
        (PACK.replace('["fistula"]', '["fistula .. red + sore"]'), "Ana Ruiz", "text"),
        ("name = [", "Ana Ruiz", "text"),
        ("a." * 2000 + "b = 1", "Ana Ruiz", "text"),
    ],
)
def test_what_cannot_stand_is_refused(clinic: Clinic, manager: Actor, text: str, signed: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        publish(clinic, manager, text, signed)
    assert list(caught.value.fields) == [field]


def test_only_a_manager_publishes_and_upon_what_they_saw(clinic: Clinic, manager: Actor) -> None:
    with pytest.raises(Forbidden):
        publish(clinic, clinic.supervisor)
    publish(clinic, manager)
    with pytest.raises(Conflict):
        publish(clinic, manager)


def test_a_rehearsal_tells_whom_it_would_have_raised_and_changes_nothing(clinic: Clinic, manager: Actor) -> None:
    seen = clinic.landed(WORDS)
    clinic.landed("I would like to pay my bill", "+14155550143")
    with clinic.house.database.snapshot() as reading:
        found = red_flags.rehearse(reading, PACK, "my fistula", actor=clinic.supervisor)
        with pytest.raises(Forbidden):
            red_flags.rehearse(reading, PACK, "", actor=clinic.agent)
    assert ([flag.rule for flag in found.flags], found.read, found.raised) == (["clinic.fistula"], 2, 1)
    assert found.ids in ((), (seen,))
    assert not clinic.conversation(seen).flagged
