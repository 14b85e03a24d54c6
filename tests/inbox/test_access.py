"""Every showing leaves a row before it happens; repeats within five minutes leave one; who-saw is exact."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from inbox import access
from inbox.access import Sighting
from inbox.errors import Unavailable
from tests.support.cast import AGENT, DAY, LUIS, MARIA, MINUTE, NOW, NURSE, Cast


def saw(cast: Cast, actor: Any = AGENT, **values: Any) -> bool:
    defaults = {"object": "conversation", "object_id": None, "patient_id": None, "conversation_id": None}
    return access.record(cast.database, actor=actor, **{**defaults, "how": "opened", **values})


def report(cast: Cast, **asked: Any) -> list[Sighting]:
    with cast.database.snapshot() as reading:
        return access.who_saw(reading, **{"since": NOW - DAY, "until": NOW + DAY, **asked})


def move(cast: Cast, by: timedelta) -> None:
    moved: datetime = cast.database.clock() + by
    cast.database.clock = lambda: moved


def test_a_repeat_within_five_minutes_is_the_same_row(cast: Cast) -> None:
    opened = {"object_id": 7, "conversation_id": 7, "patient_id": MARIA}
    assert [saw(cast, **opened), saw(cast, **opened), saw(cast, NURSE, **opened)] == [True, False, True]
    move(cast, 5 * MINUTE)
    assert saw(cast, **opened)
    assert [(seen.actor, seen.role, seen.at - NOW) for seen in report(cast, patient_id=MARIA)] == [
        ("Jess Moreno", "agent", 0 * MINUTE),
        ("Rosa Núñez", "nurse", 0 * MINUTE),
        ("Jess Moreno", "agent", 5 * MINUTE),
    ]


def test_a_list_writes_only_what_it_newly_shows(cast: Cast) -> None:
    assert [saw(cast, how="listed", ids=shown) for shown in ([1, 2], [2, 1], [2, 3])] == [True, False, True]
    assert [seen.ids for seen in report(cast, actor_id=AGENT.id)] == [(1, 2), (3,)]


def test_who_saw_finds_lists_and_openings_of_one_patient_only(cast: Cast) -> None:
    marias, luis = cast.add_conversation(), cast.add_conversation(subject_patient_id=LUIS)
    saw(cast, how="listed", ids=[marias, luis])
    saw(cast, NURSE, how="listed", ids=[luis])
    saw(cast, NURSE, conversation_id=marias, object_id=marias)
    saw(cast, object="patient", object_id=LUIS, patient_id=LUIS)
    assert [(seen.actor_id, seen.how, seen.object) for seen in report(cast, patient_id=MARIA)] == [
        (AGENT.id, "listed", "conversation"),
        (NURSE.id, "opened", "conversation"),
    ]
    assert [seen.how for seen in report(cast, patient_id=LUIS, actor_id=AGENT.id)] == ["listed", "opened"]
    assert report(cast, patient_id=MARIA, until=NOW) == []


def test_without_a_row_there_is_no_answer(cast: Cast) -> None:
    with cast.database.transaction() as unit:
        unit.execute(text("DROP TABLE access"))
    with pytest.raises(Unavailable):
        saw(cast)


def test_a_report_without_a_subject_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="patient or for a person"):
        report(cast)
