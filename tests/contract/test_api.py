"""The JSON API as a program meets it, act by act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.contract.party import Party, new_key, until

ARRIVAL_STATES = {"accepted", "received", "duplicate", "quarantined", "refused"}
LATER = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:00Z")


def quiet(party: Party, conversation: int) -> Any:
    """The conversation once nothing of it is on its way out, so that only the test changes its version."""

    def look() -> Any:
        shown = party.get("agent", f"/api/conversations/{conversation}")
        ways = {message["status"] for message in shown["messages"] if message["direction"] == "out"}
        return shown if ways <= {"delivered", "failed"} else None

    return until(look)


def test_a_conversation_has_the_promised_fields(party: Party) -> None:
    shown = party.landed("Where do I park at the clinic?")
    assert {"id", "state", "version", "reasons", "priority", "owner", "queue", "patient"} <= shown.keys()
    assert (shown["state"], shown["channel"], shown["priority"] in range(5)) == ("open", "sms", True)
    assert {"what", "due_at", "owner"} <= shown["next_step"].keys()
    assert {"metric", "due_at", "state", "ledger"} <= shown["clocks"][0].keys()
    assert shown["routed_because"] != []
    (message,) = shown["messages"]
    promised = ("id", "direction", "channel", "text", "subject", "status", "external_id", "client_id", "at")
    assert [name for name in (*promised, "attachments") if name not in message] == []
    assert (message["direction"], message["text"]) == ("in", "Where do I park at the clinic?")


def test_lists_are_pages_that_every_filter_narrows(party: Party) -> None:
    first, second = party.landed("Can I pay my bill in two parts?"), party.landed("I have a question about my bill")
    page = party.get("agent", "/api/conversations", limit=1)
    rest = party.get("agent", "/api/conversations", limit=1, after=page["next"])
    assert (sorted(page), len(page["items"])) == (["items", "next"], 1)
    assert page["items"][0]["id"] != rest["items"][0]["id"]
    party.post(second["id"], "assignment", {"me": True})
    owner = party.get("agent", f"/api/conversations/{second['id']}")["owner"]["id"]
    narrowed: dict[str, Any] = {
        "state": first["state"],
        "queue": second["queue"],
        "owner": owner,
        "reason": second["reasons"][0],
        "priority": second["priority"],
    }
    for name, value in narrowed.items():
        rows = party.get("agent", "/api/conversations", **{name: value})["items"]
        held = {(row[name] or {}).get("id") if name == "owner" else row.get(name) for row in rows if name != "reason"}
        assert (name, rows != [], held) == (name, True, {value} if name != "reason" else set())
        assert second["id"] in {row["id"] for row in rows} or name == "state"
    for name in ("q", "patient"):
        assert party.get("agent", "/api/conversations", **{name: "987654321"})["items"] == []


def test_an_unknown_filter_value_is_malformed(party: Party) -> None:
    for query in ("owner=abc", "priority=urgent", "after=nonsense", "patient=x"):
        answer = party.api["agent"].get(f"/api/conversations?{query}")
        assert (query, answer.status_code, answer.json()["errors"][0]["field"]) == (query, 422, query.partition("=")[0])


def test_a_reply_is_sent_at_once_and_once(party: Party) -> None:
    shown = party.landed("Do you have a wheelchair ramp?")
    draft = {"client_id": new_key(), "text": "Yes, at the east door.", "base_seq": shown["base_seq"]}
    answers = [party.post(shown["id"], "replies", draft) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    after = quiet(party, shown["id"])
    (sent,) = [message for message in after["messages"] if message["direction"] == "out"]
    assert (sent["client_id"], sent["text"], sent["status"]) == (draft["client_id"], draft["text"], "delivered")
    other = party.post(shown["id"], "replies", draft | {"text": "No."})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "client_id")


def test_a_newer_message_is_a_conflict_that_shows_it_unless_overridden(party: Party) -> None:
    shown = party.landed("Is the lab open?")
    party.settled(external_id=party.sms("And on Sunday?", shown["sender"]["address"]))
    draft = {"client_id": new_key(), "text": "Yes.", "base_seq": shown["base_seq"]}
    refused = party.post(shown["id"], "replies", draft)
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert refused.json()["newer"]["text"] == "And on Sunday?"
    assert party.post(shown["id"], "replies", draft | {"override": True}).status_code == 201


def test_what_is_malformed_names_every_field(party: Party) -> None:
    shown = party.landed("Do you take walk-ins?")
    wrong = {
        "replies": ({}, ["client_id", "text"]),
        "closure": ({}, ["client_id", "outcome", "confirmation"]),
        "notes": ({}, ["text"]),
        "assignment": ({}, ["actor_id"]),
        "snooze": ({"until": "soon"}, ["until"]),
    }
    for act, (body, fields) in wrong.items():
        answer = party.post(shown["id"], act, body)
        assert (act, answer.status_code, answer.headers["content-type"]) == (act, 422, "application/problem+json")
        problem = answer.json()
        assert (act, [error["field"] for error in problem["errors"]]) == (act, fields)
        assert ([problem["status"], problem["title"] != ""], "detail" in problem) == ([422, True], True)
    files = party.post(shown["id"], "replies", {"client_id": new_key(), "text": "See file", "attachments": [1]})
    assert (files.status_code, files.json()["errors"][0]["field"]) == (422, "attachments")


def test_every_post_is_safe_to_repeat(party: Party) -> None:
    shown = party.landed("Can my son come with me?")
    key = new_key()
    for text, status in (("Called back", 201), ("Called back", 201), ("Something else", 422)):
        assert party.post(shown["id"], "notes", {"text": text}, idempotency_key=key).status_code == status
    assert len(party.get("agent", f"/api/conversations/{shown['id']}")["notes"]) == 1
    raised = [
        party.post(shown["id"], "escalations", {"why": "help"}, idempotency_key=key + "e").json()["created"]
        for _ in range(2)
    ]
    assert raised[0] == raised[1]


def test_the_acts_of_a_conversation(party: Party) -> None:
    shown = party.landed("I would like to change my address")
    taken = party.post(shown["id"], "assignment", {"me": True}).json()
    assert taken["owner"]["name"] == "Agent"
    stepped = party.post(shown["id"], "next-step", {"what": "Ask the lab", "due_at": LATER}).json()
    assert (stepped["next_step"]["what"], stepped["next_step"]["due_at"]) == ("Ask the lab", LATER)
    snoozed = party.post(shown["id"], "snooze", {"until": LATER}).json()
    woken = party.api["agent"].delete(f"/api/conversations/{shown['id']}/snooze").json()
    assert (snoozed["snoozed_until"], woken["snoozed_until"]) == (LATER, None)
    raised = party.post(shown["id"], "escalations", {"why": "The lab does not answer"}).json()["created"]
    way = f"escalations/{raised}/acknowledgement"
    acknowledged = party.post(shown["id"], way, {}, role="supervisor")
    assert (acknowledged.status_code, party.post(shown["id"], way, {}, role="supervisor").status_code) == (200, 409)
    queued = party.post(shown["id"], "assignment", {"queue": "billing"}).json()
    assert (queued["queue"], queued["owner"]) == ("billing", None)
    noted = party.post(shown["id"], "notes", {"text": "Bill is paid"})
    assert (noted.status_code, noted.json()["notes"][-1]["text"]) == (201, "Bill is paid")


@pytest.mark.parametrize("waiver", ["told_on_phone", "opted_out", "spam", "wrong_number", "deceased"])
def test_every_waiver_closes(party: Party, waiver: str) -> None:
    shown = party.landed("I wanted to say something else")
    ending = {"client_id": new_key(), "outcome": "declined", "waiver": waiver}
    closed = party.post(shown["id"], "closure", ending)
    assert (closed.status_code, closed.json()["state"], closed.json()["next_step"]) == (201, "closed", None)


def test_a_closure_repeats_conflicts_and_reopens(party: Party) -> None:
    shown = party.landed("When do you open on Monday?")
    ending = {"client_id": new_key(), "outcome": "resolved", "confirmation": {"text": "At eight."}}
    ending["follow_up"] = {"what": "Put the hours on the site", "due_at": LATER}
    stale = party.post(shown["id"], "closure", ending | {"version": shown["version"] - 1})
    assert (stale.status_code, stale.json()["version"]) == (409, shown["version"])
    closed = [party.post(shown["id"], "closure", ending | {"version": shown["version"]}) for _ in range(2)]
    assert [answer.status_code for answer in closed] == [201, 201]
    assert closed[0].json()["created"] == closed[1].json()["created"]
    assert closed[0].json()["next_step"]["what"] == "Put the hours on the site"
    assert quiet(party, shown["id"])["messages"][-1]["text"] == "At eight."
    reopened = party.api["agent"].delete(f"/api/conversations/{shown['id']}/closure")
    again = party.api["agent"].delete(f"/api/conversations/{shown['id']}/closure")
    assert (reopened.json()["state"], again.status_code) == ("open", 409)


def test_out_of_scope_is_404_and_a_stranger_401(party: Party) -> None:
    shown = party.landed("Do you sell crutches?")
    path = f"/api/conversations/{shown['id']}"
    unseen, unknown = party.api["outsider"].get(path), party.api["agent"].get("/api/conversations/1")
    assert (unseen.status_code, unknown.status_code) == (404, 404)
    assert unseen.json()["detail"] == unknown.json()["detail"]
    assert party.post(shown["id"], "notes", {"text": "Hi"}, role="outsider").status_code == 404
    stranger = httpx.get(party.url + path)
    assert (stranger.status_code, stranger.headers["content-type"]) == (401, "application/problem+json")
    assert httpx.get(party.url + path, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_patients_are_listed_without_a_word_and_found_by_one(party: Party) -> None:
    listed = party.get("agent", "/api/patients")
    assert (sorted(listed), party.get("agent", "/api/patients", q="zzzz")["items"]) == (["items", "next"], [])
    assert party.api["agent"].get("/api/patients/1").status_code == 404


def test_board_metrics_audit_and_arrivals_answer(party: Party) -> None:
    shown = party.landed("Is there a pharmacy nearby?")
    board = party.get("supervisor", "/api/board")
    assert board["figures"]["open"] > 0
    measured = party.get("manager", "/api/metrics/first_response", by="channel")
    assert [figure["rows"].startswith("/api/metrics/") for figure in measured["figures"]] == [True] * len(
        measured["figures"]
    )
    assert party.get("supervisor", measured["figures"][0]["rows"]).keys() >= {"items", "next"}
    assert party.api["manager"].get("/api/metrics/nonsense").status_code == 404
    seen = party.get("compliance", "/api/audit")
    assert (sorted(seen), seen["items"] != []) == (["items", "next"], True)
    assert party.api["compliance"].get(f"/api/conversations/{shown['id']}").status_code in {200, 404}
    assert {one["state"] for one in party.arrivals()} <= ARRIVAL_STATES


def test_events_are_a_chain_behind_since(party: Party) -> None:
    since = party.landed("Which bus goes to you?")["head"]
    shown = party.landed("And which tram?")
    party.post(shown["id"], "replies", {"client_id": new_key(), "text": "Number 5."})
    quiet(party, shown["id"])
    ending = {"client_id": new_key(), "outcome": "resolved", "waiver": "told_on_phone"}
    party.post(shown["id"], "closure", ending)
    events = party.get("agent", "/api/events", since=since)["items"]
    assert [event["prev"] for event in events] == [since, *(event["seq"] for event in events[:-1])]
    assert [name for name in ("seq", "prev", "at", "verb", "topic", "data") if name not in events[0]] == []
    mine = [event["verb"] for event in events if event["data"].get("id") == shown["id"]]
    assert [verb for verb in mine if verb in FIXED] == FIXED


FIXED = ["message.received", "reply.queued", "conversation.closed"]


def test_the_description_names_every_promised_path(party: Party) -> None:
    described = httpx.get(f"{party.url}/api/schema/openapi.json").json()
    one, patient = "/api/conversations/{conversation_id}", "/api/patients/{patient_id}"
    acts = ("replies", "notes", "assignment", "next-step", "snooze", "escalations", "closure")
    promised = {one, *(f"{one}/{act}" for act in acts), f"{one}/escalations/{{escalation_id}}/acknowledgement"}
    promised |= {patient, f"{patient}/timeline", f"{patient}/consents"}
    plain = ("conversations", "patients", "board", "metrics/{name}", "audit", "arrivals", "events")
    promised |= {f"/api/{name}" for name in plain}
    assert promised - set(described["paths"]) == set()
    assert {"post", "delete"} <= described["paths"][f"{one}/closure"].keys()
