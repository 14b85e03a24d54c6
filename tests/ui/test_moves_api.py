"""Joining, parting, splitting and moving as a program asks for it: what is now, once, with problems in words."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from inbox.store import tables as t
from tests.support.cast import AGENT, FAMILY_PHONE, LUIS, MARIA, NOW, SUPERVISOR
from tests.support.programs import Desk, desk
from tests.ui.test_api import request_of_maria


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


async def test_a_merge_and_its_undo_answer_what_is_now(office: Desk) -> None:
    kept, lost = request_of_maria(office), request_of_maria(office)
    asked = {"into": kept, "reason": "the same visit", "client_id": "m1"}
    for _ in range(2):
        answer = await office.post(AGENT, f"/api/conversations/{lost}/merge", asked)
        assert (answer.status_code, answer.json()["merged_into"], answer.json()["state"]) == (200, kept, "closed")
    assert len((await office.get(AGENT, f"/api/conversations/{kept}"))["messages"]) == 2
    listed = await office.get(AGENT, "/api/conversations", state="closed")
    assert listed["items"] == []
    answer = await office.post(AGENT, f"/api/conversations/{lost}/unmerge", {"reason": "another visit"})
    assert (answer.json()["merged_into"], answer.json()["state"], len(answer.json()["messages"])) == (None, "open", 1)
    again = await office.post(AGENT, f"/api/conversations/{lost}/unmerge", {"reason": "another visit"})
    assert (again.status_code, again.json()["status"]) == (409, 409)


async def test_a_split_names_the_new_conversation(office: Desk) -> None:
    conversation = request_of_maria(office)
    second = office.cast.add_message(conversation, "And my bill is wrong", contact_id=FAMILY_PHONE)
    path, asked = f"/api/conversations/{conversation}/split", {"from_message_id": second, "reason": "two requests"}
    answer = await office.post(AGENT, path, {**asked, "client_id": "s1"})
    made = answer.json()["created"]
    assert (answer.status_code, len(answer.json()["messages"])) == (201, 1)
    shown = await office.get(AGENT, f"/api/conversations/{made}")
    assert ([one["text"] for one in shown["messages"]], shown["related_id"]) == (["And my bill is wrong"], conversation)
    whole = await office.post(AGENT, path, {"message_ids": [shown["messages"][0]["id"]], "reason": "all of it"})
    assert whole.status_code == 422


async def test_a_move_leaves_a_disclosure_of_who_saw_it_in_the_wrong_record(office: Desk) -> None:
    conversation = request_of_maria(office)
    await office.get(AGENT, f"/api/conversations/{conversation}")
    path = f"/api/conversations/{conversation}/move"
    stale = await office.post(AGENT, path, {"patient_id": LUIS, "reason": "the brother wrote", "version": 99})
    assert stale.status_code == 409
    answer = await office.post(AGENT, path, {"patient_id": LUIS, "reason": "the brother wrote"})
    assert (answer.json()["patient"]["id"], answer.json()["patient"]["certainty"]) == (LUIS, "confirmed")
    with office.house.database.snapshot() as reading:
        (row,) = reading.all(select(t.disclosures))
    assert (row.patient_id, row.recipients, row.conversation_id) == (LUIS, [AGENT.id], conversation)


async def test_two_records_are_listed_judged_merged_and_parted(office: Desk) -> None:
    request_of_maria(office)
    twin = {"given": "Maria", "family": "Alvarez", "created_at": NOW, "language": "en"}
    with office.house.database.snapshot() as reading:
        known = reading.one(select(t.patients).where(t.patients.c.id == MARIA))
    assert known is not None
    same = {name: getattr(known, name) for name in ("given", "family", "search_name", "birth_on", "sex")}
    other = office.cast.add(t.patients, **{**twin, **same})
    found = await office.get(SUPERVISOR, "/api/patients/duplicates")
    assert {one["a_id"] for one in found["items"]} | {one["b_id"] for one in found["items"]} >= {MARIA, other}
    merged = await office.post(
        SUPERVISOR, f"/api/patients/{other}/merge", {"into": MARIA, "reason": "registered twice"}
    )
    assert merged.json()["merged"] is True
    assert (await office.get(SUPERVISOR, "/api/patients/duplicates"))["merged"][0]["patient_id"] == other
    parted = await office.post(SUPERVISOR, f"/api/patients/{other}/unmerge", {"reason": "a cousin"})
    assert parted.status_code == 200
