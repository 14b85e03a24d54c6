"""Every showing leaves a row before it happens; repeats within five minutes leave one; who-saw is exact."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from inbox import access, audit
from inbox.audit import Asked, Line
from inbox.errors import Unavailable
from inbox.store import feed
from tests.support.cast import AGENT, CLERK, COMPLIANCE, DAY, LUIS, MARIA, MINUTE, NOW, NURSE, Cast


def saw(cast: Cast, actor: Any = AGENT, **values: Any) -> bool:
    defaults = {"object": "conversation", "object_id": None, "patient_id": None, "conversation_id": None}
    return access.record(cast.database, actor=actor, **{**defaults, "how": "opened", **values})


def report(cast: Cast, **asked: Any) -> list[Line]:
    with cast.database.snapshot() as reading:
        found = audit.report(reading, Asked(**{"since": NOW - DAY, "until": NOW + DAY, **asked}))
        return [line for line in found if line.kind == "seen"]


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
    assert [(seen.actor_id, seen.how, seen.what) for seen in report(cast, patient_id=MARIA)] == [
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


def test_a_push_is_seen_by_whom_it_reached(cast: Cast) -> None:
    marias = cast.add_conversation()
    with cast.database.transaction() as unit:
        feed.note_pushes(unit, [(marias, [AGENT.id, NURSE.id])])
    assert [(seen.how, seen.ids) for seen in report(cast, actor_id=AGENT.id)] == [("pushed", (AGENT.id, NURSE.id))]
    assert report(cast, actor_id=CLERK.id) == []
    assert [seen.conversation_id for seen in report(cast, patient_id=MARIA)] == [marias]


@pytest.mark.parametrize("about", [{}, {"patient_id": MARIA}, {"actor_id": AGENT.id}])
def test_a_report_is_the_same_in_pages_of_any_size(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, about: dict[str, int]
) -> None:
    conversations = [cast.add_conversation(), cast.add_conversation(subject_patient_id=LUIS)]
    for number in range(12):
        if number % 3 == 0:
            move(cast, 6 * MINUTE)
        cast.journal("conversation.read", actor_id=AGENT.id, conversation_id=conversations[number % 2])
        saw(cast, how="listed", ids=conversations, object=f"list{number}")
        saw(cast, object_id=number, conversation_id=conversations[number % 2])
    monkeypatch.setattr(audit, "BATCH", 2)
    asked = Asked(NOW - DAY, NOW + DAY, **about)
    with cast.database.snapshot() as reading:
        whole = list(audit.report(reading, asked))
        assert whole == sorted(whole, key=audit._place)
        assert list(audit.report(reading, asked, backwards=True)) == whole[::-1]
        for size in (1, 2, 5, 100):
            found: list[Line] = []
            after = None
            while True:
                page = audit.page(reading, actor=COMPLIANCE, asked=asked, after=after, limit=size)
                found += page.items
                after = page.next
                if after is None:
                    break
            assert found == whole
    assert len({(line.kind, line.id) for line in whole}) == len(whole) == (24 if "patient_id" in about else 36)
