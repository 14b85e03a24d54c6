"""The JSON API as a program meets it: reads within sight, acts once, problems that name the field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inbox.store import tables as t
from tests.support.cast import (
    ADMIN,
    AGENT,
    COMPLIANCE,
    FAMILY_PHONE,
    HOUR,
    MANAGER,
    MARIA,
    NOW,
    NURSE,
    OUTSIDER,
    RIVAL,
    SUPERVISOR,
)
from tests.support.programs import Desk, desk


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def request_of_maria(office: Desk, **values: Any) -> int:
    """An open request by text from the family phone, confirmed to be Maria's, with its clock and next step."""
    about = {"subject_patient_id": MARIA, "subject_certainty": "confirmed", "sender_contact_id": FAMILY_PHONE}
    conversation = office.cast.add_conversation(**{**about, **values})
    step = {"conversation_id": conversation, "what": "Read and decide", "team": "contact_center"}
    step_id = office.cast.add(t.next_steps, **step, due_at=NOW + HOUR, at=NOW)
    office.cast.change(t.conversations, conversation, next_step_id=step_id)
    office.cast.add_message(conversation, "Can I move my visit?", contact_id=FAMILY_PHONE)
    return conversation


async def test_a_list_comes_in_pages_and_takes_back_its_own_cursor(office: Desk) -> None:
    ids = [request_of_maria(office) for _ in range(3)]
    first = await office.get(AGENT, "/api/conversations", limit=2)
    rest = await office.get(AGENT, "/api/conversations", limit=2, after=first["next"])
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    assert first["items"][0]["patient"] == {"id": MARIA, "name": first["items"][0]["name"], "certainty": "confirmed"}


async def test_a_conversation_is_logged_before_it_is_shown_and_its_read_clock_met(office: Desk) -> None:
    conversation = request_of_maria(office)
    office.cast.add_clock(conversation, metric="read")
    shown = await office.get(AGENT, f"/api/conversations/{conversation}")
    assert (shown["id"], shown["messages"][0]["text"]) == (conversation, "Can I move my visit?")
    trail = await office.get(COMPLIANCE, "/api/audit", patient=MARIA)
    assert [(line["kind"], line["actor_id"], line["how"]) for line in trail["items"] if line["kind"] == "seen"] == [
        ("seen", AGENT.id, "opened")
    ]
    assert [line["what"] for line in trail["items"] if line["kind"] == "changed"] == ["conversation.read"]


async def test_a_reply_is_queued_once_however_often_it_is_sent(office: Desk) -> None:
    path = f"/api/conversations/{request_of_maria(office)}/replies"
    said = [await office.post(AGENT, path, {"client_id": "c1", "text": "Which day suits you?"}) for _ in range(2)]
    assert [answer.status_code for answer in said] == [201, 201]
    assert said[0].json()["created"] == said[1].json()["created"]
    out = [one for one in said[1].json()["messages"] if one["direction"] == "out"]
    assert [(one["client_id"], one["text"], one["status"]) for one in out] == [("c1", "Which day suits you?", "queued")]


async def test_a_key_makes_any_act_repeatable_and_refuses_another_body(office: Desk) -> None:
    path = f"/api/conversations/{request_of_maria(office)}/notes"
    told = [await office.post(AGENT, path, {"text": "Prefers mornings"}, idempotency_key="k1") for _ in range(2)]
    assert [answer.status_code for answer in told] == [201, 201]
    assert [note["text"] for note in told[1].json()["notes"]] == ["Prefers mornings"]
    other = await office.post(AGENT, path, {"text": "Prefers evenings"}, idempotency_key="k1")
    assert (other.status_code, [one["field"] for one in other.json()["errors"]]) == (422, ["Idempotency-Key"])
    rival = await office.post(RIVAL, path, {"text": "Prefers evenings"}, idempotency_key="k1")
    assert [note["text"] for note in rival.json()["notes"]] == ["Prefers mornings", "Prefers evenings"]


async def test_two_at_once_under_one_key_are_one(office: Desk) -> None:
    path = f"/api/conversations/{request_of_maria(office)}/notes"
    office.token(AGENT)
    asked = [office.post(AGENT, path, {"text": "Prefers mornings"}, idempotency_key="k1") for _ in range(5)]
    told = await asyncio.gather(*asked)
    assert ([answer.status_code for answer in told], len({answer.json()["created"] for answer in told})) == (
        [201] * 5,
        1,
    )
    shown = await office.get(AGENT, path.removesuffix("/notes"))
    assert [note["text"] for note in shown["notes"]] == ["Prefers mornings"]


async def test_work_is_taken_handed_on_and_refused_when_stale(office: Desk) -> None:
    path = f"/api/conversations/{request_of_maria(office)}/assignment"
    taken = await office.post(AGENT, path, {"me": True})
    assert (taken.status_code, taken.json()["owner"]["id"]) == (200, AGENT.id)
    assert (await office.post(RIVAL, path, {"me": True})).status_code == 409
    stale = await office.post(SUPERVISOR, path, {"actor_id": RIVAL.id, "version": 1})
    assert (stale.status_code, stale.json()["version"]) == (409, taken.json()["version"])
    given = await office.post(SUPERVISOR, path, {"actor_id": RIVAL.id, "version": taken.json()["version"]})
    assert given.json()["owner"]["id"] == RIVAL.id
    queued = await office.post(RIVAL, path, {"actor_id": None})
    assert (queued.status_code, queued.json()["owner"]) == (200, None)
    nobody = await office.post(AGENT, path, {})
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (422, "actor_id")


async def test_what_leaves_ones_own_sight_was_done_all_the_same(office: Desk) -> None:
    conversation = request_of_maria(office)
    answer = await office.post(AGENT, f"/api/conversations/{conversation}/assignment", {"team": "billing"})
    assert (answer.status_code, answer.json()) == (200, {"id": conversation, "visible": False})


async def test_step_snooze_escalation_identity_and_priority(office: Desk) -> None:
    here = f"/api/conversations/{request_of_maria(office, owner_id=AGENT.id)}"
    due = (NOW + HOUR).isoformat()
    planned = await office.post(AGENT, f"{here}/next-step", {"what": "Call her", "due_at": due})
    assert (planned.status_code, planned.json()["next_step"]["what"]) == (200, "Call her")
    assert (await office.post(AGENT, f"{here}/snooze", {"until": due})).json()["snoozed_until"] is not None
    assert (await office.call(AGENT, "DELETE", f"{here}/snooze")).json()["snoozed_until"] is None
    raised = await office.post(AGENT, f"{here}/escalations", {"why": "out of my depth"})
    assert raised.status_code == 201
    hand = raised.json()["created"]
    taken = await office.post(SUPERVISOR, f"{here}/escalations/{hand}/acknowledgement", {})
    assert [(one["id"], one["acked_by"]) for one in taken.json()["escalations"]] == [(hand, SUPERVISOR.name)]
    unset = await office.post(AGENT, f"{here}/identity", {"patient_id": None})
    assert unset.json()["patient"] is None
    urgent = await office.post(AGENT, f"{here}/priority", {"priority": 1, "why": "she is in pain"})
    assert (urgent.status_code, urgent.json()["priority"]) == (200, 1)


async def test_a_closure_lists_all_that_is_missing_then_closes_and_reopens(office: Desk) -> None:
    here = f"/api/conversations/{request_of_maria(office)}/closure"
    bare = await office.post(AGENT, here, {"client_id": "e1"})
    assert (bare.status_code, sorted(one["field"] for one in bare.json()["errors"])) == (
        422,
        ["confirmation", "outcome"],
    )
    closed = await office.post(AGENT, here, {"client_id": "e1", "outcome": "resolved", "waiver": "told_on_phone"})
    assert (closed.status_code, closed.json()["state"], closed.json()["closure"]["outcome"]) == (
        201,
        "closed",
        "resolved",
    )
    reopened = await office.call(AGENT, "DELETE", here)
    assert (reopened.status_code, reopened.json()["state"]) == (200, "open")


async def test_a_person_says_whether_they_are_there(office: Desk) -> None:
    said = await office.post(AGENT, "/api/availability", {"availability": "break"})
    assert (said.status_code, said.json()) == (200, {"availability": "break"})
    odd = await office.post(AGENT, "/api/availability", {"availability": "asleep"})
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "availability")


async def test_patients_their_timeline_and_consents(office: Desk) -> None:
    request_of_maria(office)
    listed = await office.get(AGENT, "/api/patients", q="alvarez maria")
    assert [one["id"] for one in listed["items"]] == [MARIA]
    whole = await office.get(AGENT, f"/api/patients/{MARIA}")
    assert (whole["id"], whole["family"]) == (MARIA, "Alvarez")
    timeline = await office.get(AGENT, f"/api/patients/{MARIA}/timeline")
    assert [one["text"] for one in timeline["items"]] == ["Can I move my visit?"]
    assert await office.get(AGENT, f"/api/patients/{MARIA}/consents") == {"items": [], "next": None}


async def test_board_and_figures(office: Desk) -> None:
    conversation = request_of_maria(office, due_at=NOW + HOUR, due_metric="first_response")
    office.cast.add_clock(conversation)
    board = await office.get(SUPERVISOR, "/api/board")
    assert board["figures"]["open"] == 1
    figures = await office.get(MANAGER, "/api/metrics/first_response", **{"from": "2026-03-01", "to": "2026-03-12"})
    assert [one["name"] for one in figures["figures"]][:3] == [
        "first_response_median",
        "first_response_p90",
        "first_response_open",
    ]
    rows = await office.get(SUPERVISOR, figures["figures"][0]["rows"])
    assert [row["id"] for row in rows["items"]] == [conversation]
    unknown = await office.call(MANAGER, "GET", "/api/metrics/happiness")
    assert unknown.status_code == 404


async def test_events_are_the_journal_one_may_see(office: Desk) -> None:
    conversation = request_of_maria(office)
    path = f"/api/conversations/{conversation}"
    await office.post(AGENT, f"{path}/notes", {"text": "Prefers mornings", "client_id": "n1"})
    mine = await office.get(AGENT, "/api/events", since=0)
    assert [
        (one["verb"], one["data"]["id"]) for one in mine["items"] if one["topic"] == f"conversation:{conversation}"
    ] == [("note.written", conversation)]
    theirs = await office.get(OUTSIDER, "/api/events", since=0)
    assert [one for one in theirs["items"] if one["topic"] == f"conversation:{conversation}"] == []
    later = await office.get(AGENT, "/api/events", since=mine["items"][-1]["seq"])
    assert later == {"items": [], "next": None}


async def test_arrivals_by_state_and_read_again(office: Desk) -> None:
    arrival = office.cast.add_arrival()
    listed = await office.get(SUPERVISOR, "/api/arrivals", state="quarantined")
    assert [(one["id"], one["reason"]) for one in listed["items"]] == [(arrival, "no date")]
    assert (await office.post(AGENT, f"/api/arrivals/{arrival}/replay", None)).status_code == 403
    again = await office.post(ADMIN, f"/api/arrivals/{arrival}/replay", None)
    assert (again.status_code, again.json()) == (202, {"id": arrival})
    assert (await office.get(SUPERVISOR, "/api/arrivals", state="quarantined"))["items"] == []
    assert (await office.post(ADMIN, f"/api/arrivals/{arrival}/replay", None)).status_code == 409


async def test_the_audit_shows_everyone_to_compliance_and_oneself_to_the_others(office: Desk) -> None:
    conversation = request_of_maria(office)
    await office.get(AGENT, f"/api/conversations/{conversation}")
    await office.get(NURSE, "/api/board")
    own = await office.get(AGENT, "/api/audit")
    assert {line["actor_id"] for line in own["items"]} == {AGENT.id}
    everyone = await office.get(COMPLIANCE, "/api/audit")
    assert AGENT.id in {line["actor_id"] for line in everyone["items"]}
    assert (await office.call(AGENT, "GET", f"/api/audit?actor={RIVAL.id}")).status_code == 403
    assert (await office.call(MANAGER, "GET", "/api/audit")).status_code == 403


WRONG_BODIES = [
    (b'{"text": "a", "client_id": "c", "colour": 1}', "colour"),
    (b'{"text": "a"}', "client_id"),
    (b'{"text": 5, "client_id": "c"}', "text"),
    (b'{"text": "a\\u0000b", "client_id": "c"}', "text"),
    (b'{"text": "a", "client_id": "c", "base_seq": 99999999999999999999}', "base_seq"),
    (b'{"text": "a", "client_id": "c", "send_at": "tomorrow"}', "send_at"),
    (b'{"text": ', "body"),
    (b"\xff", "body"),
    (b"[" * 100_000, "body"),
    (b"", "body"),
]


async def test_a_wrong_body_is_told_its_field(office: Desk) -> None:
    path = f"/api/conversations/{request_of_maria(office)}/replies"
    headers = {"content-type": "application/json"}
    told = []
    for body, _ in WRONG_BODIES:
        answer = await office.call(AGENT, "POST", path, content=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        told.append((body, answer.json()["errors"][0]["field"]))
    assert told == WRONG_BODIES


WRONG_QUESTIONS = [
    ("/api/conversations?after=nonsense", 422),
    ("/api/conversations?owner=Jess", 422),
    ("/api/conversations?state=nonsense", 422),
    ("/api/conversations?q=%00", 422),
    ("/api/conversations?owner=99999999999999999999", 422),
    ("/api/conversations?priority=x", 422),
    ("/api/conversations?limit=99999999999999999999", 200),
    ("/api/conversations?q=%ff", 200),
    ("/api/patients?after=nonsense", 422),
    ("/api/arrivals?after=nonsense", 422),
    ("/api/arrivals?state=lost", 422),
    ("/api/audit?after=1.2", 422),
    ("/api/audit?from=yesterday", 422),
    ("/api/audit?from=0001-01-01", 422),
    ("/api/metrics?to=9999-12-31", 422),
    ("/api/events?since=-1", 422),
    ("/api/events?since=99999999999999999", 200),
    ("/api/conversations/99999999999999999999", 404),
    ("/api/conversations/7", 404),
    ("/api/patients/7", 404),
    ("/api/nothing", 404),
]


async def test_a_wrong_question_is_no_fault_of_ours(office: Desk) -> None:
    answers = [(path, (await office.call(AGENT, "GET", path)).status_code) for path, _ in WRONG_QUESTIONS]
    assert answers == WRONG_QUESTIONS


async def test_a_token_may_ask_so_often(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.api.gate.time.monotonic", lambda: 1000.0)
    answers = [await office.call(AGENT, "GET", "/api/events?since=999") for _ in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {200}
    assert (answers[100].status_code, answers[100].headers["retry-after"]) == (429, "1")
    assert (await office.call(RIVAL, "GET", "/api/events?since=999")).status_code == 200


async def test_screens_learn_the_change_from_the_socket(office: Desk) -> None:
    conversation = request_of_maria(office)
    answer = await office.post(AGENT, f"/conversations/{conversation}/notes", {"text": "Hello", "client_id": "n"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_an_outlived_key_counts_as_new(office: Desk) -> None:
    path = f"/api/conversations/{request_of_maria(office)}/notes"
    await office.post(AGENT, path, {"text": "First"}, idempotency_key="k")
    office.house.database.clock = lambda: NOW + timedelta(days=8)
    told = await office.post(AGENT, path, {"text": "Second"}, idempotency_key="k")
    assert [note["text"] for note in told.json()["notes"]] == ["First", "Second"]
