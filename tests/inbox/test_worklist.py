"""The inbox list: order, views, pages, masks, counts, and the same cost with one row and with three."""

import re
from typing import Any

import pytest

from inbox import worklist
from inbox.errors import Invalid
from inbox.store import tables as t
from inbox.worklist import Filters, Page
from tests.support.cast import (
    AGENT,
    ANA,
    CLERK,
    COMPLIANCE,
    DAY,
    EVERYONE,
    HOUR,
    LUIS,
    MINUTE,
    NOW,
    NURSE,
    OUTSIDER,
    RIVAL,
    SUPERVISOR,
    Cast,
    Statements,
    ids,
)


def page(cast: Cast, actor: Any = SUPERVISOR, **asked: Any) -> Page:
    with cast.database.snapshot() as reading:
        return worklist.page(reading, actor=actor, **asked)


def test_the_most_urgent_comes_first_and_no_deadline_last(cast: Cast) -> None:
    later = cast.add_due(NOW + HOUR)
    never = cast.add_conversation()
    twin = cast.add_due(NOW + HOUR)
    sooner = cast.add_due(NOW + MINUTE)
    emergent = cast.add_conversation(priority=0)
    assert ids(page(cast).items) == [emergent, sooner, later, twin, never]


@pytest.mark.parametrize("view", ["open", "closed", "all"])
def test_pages_together_are_the_whole_list(cast: Cast, view: str) -> None:
    for place in range(7):
        due = None if place % 3 else NOW + place * MINUTE
        cast.add_conversation(priority=place % 2, due_at=due, team=["contact_center", "billing"][place % 2])
        cast.add_conversation(state="closed", closed_at=NOW - place // 2 * MINUTE, owner_id=RIVAL.id)
    for actor in (SUPERVISOR, RIVAL):
        whole = page(cast, actor, view=view).items
        assert len(whole) == (14 if view == "all" else 7)
        assert sorted(whole, key=lambda row: row.key) == list(whole)
        found, after = [], None
        while True:
            part = page(cast, actor, view=view, after=after, limit=2)
            found += part.items
            after = part.next
            if after is None:
                break
        assert found == list(whole)


def test_a_view_holds_what_it_says_and_views_of_agrees(cast: Cast) -> None:
    mine = cast.add_conversation(owner_id=AGENT.id)
    unassigned = cast.add_conversation()
    waiting = cast.add_conversation(state="waiting", owner_id=RIVAL.id)
    snoozed = cast.add_conversation(snoozed_until=NOW + DAY, owner_id=AGENT.id)
    cast.add(t.snoozes, conversation_id=snoozed, until=NOW + DAY, by_id=AGENT.id, at=NOW)
    nobody = cast.add_conversation(subject_patient_id=None, subject_certainty="unknown", owner_id=RIVAL.id)
    closed = cast.add_conversation(state="closed")
    odd = cast.add_conversation(owner_id=RIVAL.id, team="billing")
    cast.add_arrival(conversation_id=odd)
    cast.add_note(odd, "?", mentions=[7, 105])
    cast.add_note(waiting, "?", mentions=[1055])
    expected = {
        "mine": [],
        "unassigned": [unassigned],
        "mentions": [odd],
        "waiting": [waiting],
        "snoozed": [snoozed],
        "unidentified": [nobody],
        "quarantine": [odd],
        "open": [mine, unassigned, waiting, nobody, odd],
        "closed": [closed],
        "queue:billing": [odd],
    }
    assert {view: ids(page(cast, view=view).items) for view in expected} == expected
    assert ids(page(cast, AGENT, view="mine").items) == [mine]
    for actor in (SUPERVISOR, AGENT, RIVAL):
        for row in page(cast, actor, view="all").items:
            held = {view for view in expected if row.id in ids(page(cast, actor, view=view).items)}
            assert {view for view in worklist.views_of(row, actor) if view in expected} == held


def test_nobody_sees_a_list_beyond_their_scope(cast: Cast) -> None:
    team = cast.add_conversation()
    nursing = cast.add_conversation(team="nursing")
    own = cast.add_conversation(team="nursing", owner_id=AGENT.id)
    seen = {actor.name: ids(page(cast, actor).items) for actor in EVERYONE}
    assert seen == {
        "Jess Moreno": [team, own],
        "Dana Kim": [team],
        "Theo Banks": [nursing, own],
        "Rosa Núñez": [nursing, own],
        "Amir Levi": [team, nursing, own],
        "Cora Wu": [team, nursing, own],
        "Hana Mori": [team, nursing, own],
        "Ada Root": [],
        "Olaf Stray": [],
    }


def test_words_above_a_viewer_are_empty(cast: Cast) -> None:
    chest = cast.add_conversation(clinical=True, team="nursing", subject="Chest", flagged=True)
    cast.add_message(chest, "It hurts  since\nthis morning", **{"class": "clinical"})

    def shown(actor: Any) -> tuple[str, str, str]:
        (row,) = page(cast, actor).items
        return row.name, row.subject, row.snippet

    assert shown(NURSE) == ("Maria Elena Alvarez", "Chest", "It hurts since this morning")
    assert shown(CLERK) == ("Maria Elena Alvarez", "", "")
    assert shown(COMPLIANCE) == ("", "", "")


def test_a_clinical_message_in_an_administrative_conversation_stays_clinical(cast: Cast) -> None:
    refill = cast.add_conversation(team="nursing", subject="Pills")
    cast.add_message(refill, "lisinopril please", **{"class": "clinical"})
    (row,) = page(cast, CLERK).items
    assert (row.subject, row.snippet) == ("Pills", "")


def test_a_name_is_only_as_certain_as_it_is(cast: Cast) -> None:
    cast.add_conversation(subject_patient_id=LUIS, subject_certainty="probable")
    cast.add_conversation(subject_patient_id=None, subject_certainty="unknown", sender_name="Lu")
    cast.add_conversation(subject_patient_id=None, subject_certainty="unknown")
    cast.add_conversation(subject_patient_id=None, subject_certainty="unknown", sender_contact_id=None)
    assert [row.name for row in page(cast).items] == ["Probably Luis Alvarez", "Lu", "+14155550142", "Unidentified"]


def test_the_deadline_comes_with_its_clock(cast: Cast) -> None:
    cast.add_due(NOW + HOUR, owner_id=AGENT.id)
    (row,) = page(cast).items
    clock = (row.due_at, row.due_metric, row.due_started_at, row.due_state)
    assert clock == (NOW + HOUR, "first_response", NOW - HOUR, "running")
    assert row.owner == worklist.Person(AGENT.id, "Jess Moreno", "JM")


def test_filters_narrow_and_search_stays_in_sight(cast: Cast) -> None:
    luis = cast.add_conversation(subject_patient_id=LUIS, reason="billing", priority=4, owner_id=AGENT.id)
    ana = cast.add_conversation(subject_patient_id=ANA, team="nursing", clinical=True, subject="Fever")
    done = cast.add_conversation(state="closed")
    cast.add_message(luis, "The 100% invoice")
    cast.add_message(ana, "Her temperature is high")

    def found(actor: Any = SUPERVISOR, **asked: Any) -> list[int]:
        return ids(page(cast, actor, filters=Filters(**asked)).items)

    assert found(patient=LUIS) == found(reason="billing") == found(priority=4) == found(owner=AGENT.id) == [luis]
    assert found(queue="nursing") == [ana]
    assert found(state="closed") == [done]
    assert found(q="luis") == found(q="Álvarez LUIS"[8:]) == found(q="100% INV*") == [luis]
    assert found(q="1000") == found(q="100% INV") == []
    assert found(q="temperature") == found(NURSE, q="temperature") == found(q="fever") == [ana]
    assert found(CLERK, q="temperature") == found(CLERK, q="fever") == found(COMPLIANCE, q="ana") == []
    assert found(CLERK, q="ana") == [ana]
    assert found(q="(415) 555-0142"[-8:]) == [ana, luis]


def test_counts_are_of_what_one_sees_and_stop_at_the_cap(cast: Cast) -> None:
    cast.add_conversation(owner_id=AGENT.id, state="waiting")
    cast.add_conversation(team="nursing")
    with cast.database.snapshot() as reading:
        counts = worklist.counts(reading, actor=AGENT)
        nobody = worklist.counts(reading, actor=OUTSIDER)
        every = worklist.counts(reading, actor=SUPERVISOR)
    assert counts == {
        **dict.fromkeys(["unassigned", "mentions", "snoozed", "unidentified", "quarantine"], 0),
        **dict.fromkeys(["mine", "waiting", "open", "queue:contact_center"], 1),
    }
    assert set(nobody.values()) == {0}
    assert (every["open"], every["queue:nursing"], every["unassigned"]) == (2, 1, 1)


def test_pressure_tells_soon_from_risk_from_late(cast: Cast) -> None:
    for due in (NOW, NOW + MINUTE, NOW + 10 * MINUTE, NOW + 30 * MINUTE, NOW + 31 * MINUTE):
        cast.add_due(due)
    cast.add_due(NOW, team="billing")
    with cast.database.snapshot() as reading:
        assert worklist.pressure(reading, actor=AGENT) == {"contact_center": (1, 2, 1)}


@pytest.mark.parametrize("asked", [{"view": "nonsense"}, {"after": "1.2"}, {"after": "x.y.z"}, {"after": "9" * 40}])
def test_a_view_or_cursor_that_is_none_is_refused(cast: Cast, asked: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        page(cast, **asked)


def test_a_row_is_not_there_for_others(cast: Cast) -> None:
    conversation = cast.add_conversation()
    with cast.database.snapshot() as reading:
        assert worklist.row(reading, actor=OUTSIDER, conversation_id=conversation) is None
        row = worklist.row(reading, actor=AGENT, conversation_id=conversation)
    assert row == page(cast).items[0]


def test_a_list_costs_the_same_with_one_row_and_with_three(cast: Cast) -> None:
    costs = []
    for _ in range(2):
        cast.add_message(cast.add_due(NOW + HOUR, owner_id=AGENT.id), "hello")
        with Statements(cast) as statements:
            page(cast, RIVAL)
        costs.append(statements.count)
        cast.add_message(cast.add_due(NOW + HOUR, team="billing"), "hello")
    assert costs[0] == costs[1] <= 4


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("actor", "view", "index"),
    [
        (SUPERVISOR, "open", "ix_conversations_open"),
        (AGENT, "open", "ix_conversations_worklist"),
        (AGENT, "mine", "ix_conversations_owner"),
        (AGENT, "unassigned", "ix_conversations_owner"),
        (AGENT, "waiting", "ix_conversations_waiting"),
        (SUPERVISOR, "unidentified", "ix_conversations_unidentified"),
        (SUPERVISOR, "closed", "ix_conversations_closed"),
        (AGENT, "closed", "ix_conversations_closed_team"),
    ],
)
def test_a_page_reads_an_index_in_its_order(cast: Cast, actor: Any, view: str, index: str) -> None:
    with Statements(cast) as statements:
        page(cast, actor, view=view)
    (listing,) = [statement for statement in statements.texts if "AS page" in statement]
    with cast.database.snapshot() as reading:
        marks = listing.count("?")
        plan = reading.connection.exec_driver_sql("EXPLAIN QUERY PLAN " + listing, (0,) * marks).all()
    used = re.findall(r"conversations USING (?:COVERING )?INDEX (\w+)", " ".join(step.detail for step in plan))
    assert index in used
