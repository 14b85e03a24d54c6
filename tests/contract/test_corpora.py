"""What others captured, through the real doors: each payload and each mail ends as a message or in sight of people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.party import CORPORA, DOOR, SID, Party, until

pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not CORPORA.is_dir(), reason="no corpora here")]

#: Which door a kind of payload comes to, by how the kind begins; the rest are messages.
DOORS = {
    "message.status": "status",
    "whatsapp.status": "status",
    "voice.inbound": "voice",
    "voice.status": "voice/status",
    "voice.gather": "voice/menu",
    "voice.recording": "voice/recording",
    "voice.voicemail": "voice/transcription",
}
#: A mail in so many is posted here; all of them by hand.
EVERY = 12


def door(kind: str) -> str:
    return "/in/twilio/" + next((path for begin, path in DOORS.items() if kind.startswith(begin)), "messages")


def test_every_payload_ends_as_expected(party: Party) -> None:
    cases = [json.loads(line) for line in (CORPORA / "03_twilio" / "payloads.jsonl").read_text().splitlines()]
    before = {one["id"] for one in party.arrivals()}
    given = {
        case["id"]: party.twilio(door(case["kind"]), {**case["form"], "AccountSid": SID}).status_code for case in cases
    }
    assert (len(cases), {name for name, status in given.items() if status != 200}) == (62, set())
    arrived = until(lambda: _settled(party, before))
    messages = _messages(party, arrived)
    wrong = [fault for case in cases if (fault := _fault(case, messages))]
    assert wrong == []
    refused = {case["form"].get("MessageSid", "") for case in cases if case["expect"].get("accept") is False}
    assert refused & messages.keys() == set()
    assert len([one for one in arrived if one["state"] == "quarantined"]) >= len(refused)


def _fault(case: dict[str, Any], messages: dict[str, Any]) -> str:
    """What of `expect` a text message does not hold; empty when all is well."""
    expect, sid = case["expect"], case["form"].get("MessageSid", "")
    if not case["kind"].startswith(("sms.", "whatsapp.inbound", "messenger")):
        return ""
    said = messages.get(sid)
    if said is None:
        return f"{case['id']}: no message"
    kinds = {"mms|sms": "sms", "messenger": "social"}
    channel = kinds.get(expect.get("channel"), expect.get("channel", said["channel"]))
    wanted = [channel, expect.get("media", len(said["attachments"]))]
    found = [said["channel"], len(said["attachments"])]
    if expect.get("text"):
        wanted, found = [*wanted, expect["text"]], [*found, said["text"]]
    return "" if wanted == found else f"{case['id']}: {found} is not {wanted}"


def _settled(party: Party, before: set[int]) -> list[Any] | None:
    found, after = [], None
    while True:
        page = party.get("supervisor", "/api/arrivals", **({"after": after} if after else {}))
        found += [one for one in page["items"] if one["id"] not in before]
        after = page["next"]
        if after is None or page["items"][-1]["id"] in before:
            break
    return found if all(one["state"] != "accepted" for one in found) else None


def _messages(party: Party, arrived: list[Any]) -> dict[str, Any]:
    """By the provider's id."""
    ids = {one["conversation_id"] for one in arrived if one["conversation_id"]}
    shown = [party.get("nurse", f"/api/conversations/{conversation}") for conversation in sorted(ids)]
    return {message["external_id"]: message for one in shown for message in one["messages"]}


def test_a_sample_of_all_mails_becomes_messages_or_visible_quarantine(party: Party) -> None:
    files = sorted(path for path in (CORPORA / "01_email").rglob("*") if path.suffix in {".eml", ".txt"})[::EVERY]
    before = {one["id"] for one in party.arrivals()}
    answers = [party.mail(path.read_bytes(), DOOR) for path in files]
    assert (len(files) > 40, {answer.status_code for answer in answers}) == (True, {202})
    named = {answer.json()["id"] for answer in answers}
    arrived = until(lambda: _settled(party, before), 60)
    assert named - {one["id"] for one in arrived} - before == set()
    assert {one["state"] for one in arrived} <= {"received", "duplicate", "quarantined"}
    assert [one["id"] for one in arrived if one["conversation_id"] is None and one["state"] == "quarantined"] == []
