"""The socket as a program meets it: first frame, chain, resume, reset, the same entries as the API."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.contract.party import Party, new_key


def opened(party: Party, query: str = "", role: str = "agent", **options: Any) -> ClientConnection:
    headers = {"Authorization": f"Bearer {party.tokens[role]}"}
    return connect(f"{party.url.replace('http', 'ws')}/live{query}", additional_headers=headers, **options)


def frames(socket: ClientConnection, until_text: str, seconds: float = 20) -> list[Any]:
    """What comes up to the entry of the message with this text."""
    found, deadline = [], time.monotonic() + seconds
    while not any(is_said(frame, until_text) for frame in found):
        found.append(json.loads(socket.recv(deadline - time.monotonic())))
    return found


def is_said(frame: Any, text: str) -> bool:
    return frame.get("verb") == "message.received" and text in json.dumps(frame)


def entries(found: list[Any]) -> list[Any]:
    return [frame for frame in found if "prev" in frame]


def head(party: Party, role: str = "agent") -> tuple[int, str]:
    with opened(party, role=role) as socket:
        first = json.loads(socket.recv(5))
    assert first["verb"] == "heartbeat"
    return first["seq"], first["epoch"]


def test_without_since_the_first_frame_is_a_heartbeat_with_the_head(party: Party) -> None:
    seq, epoch = head(party)
    assert (seq > 0, epoch != "") == (True, True)


def test_frames_are_a_chain_of_the_entries_of_the_api(party: Party) -> None:
    seq, _ = head(party)
    text = f"Do you open early? {new_key()}"
    with opened(party, f"?since={seq}") as socket:
        shown = party.landed(text)
        found = entries(frames(socket, text))
    assert [frame["prev"] for frame in found] == [seq, *(frame["seq"] for frame in found[:-1])]
    asked = {event["seq"]: event for event in party.get("agent", "/api/events", since=seq)["items"]}
    for frame in found:
        same = asked[frame["seq"]]
        assert [frame[name] for name in ("verb", "topic", "at")] == [same[name] for name in ("verb", "topic", "at")]
    (said,) = [frame for frame in found if is_said(frame, text)]
    assert (said["data"]["id"], said["data"]["message"]["text"]) == (shown["id"], text)


def test_a_resumed_socket_gets_exactly_what_was_missed(party: Party) -> None:
    seq, epoch = head(party)
    texts = [f"Missed {number} {new_key()}" for number in range(3)]
    for text in texts:
        party.landed(text)
    with opened(party, f"?since={seq}&epoch={epoch}") as socket:
        found = entries(frames(socket, texts[-1]))
    missed = [event["seq"] for event in party.get("agent", "/api/events", since=seq)["items"]]
    assert [frame["seq"] for frame in found] == missed[: len(found)]
    assert [frame["prev"] for frame in found] == [seq, *missed[: len(found) - 1]]
    with opened(party, f"?since={missed[-1]}") as socket:
        again = json.dumps([json.loads(socket.recv(5))])
    assert [text in again for text in texts] == [False, False, False]


@pytest.mark.parametrize("ahead", ["seq", "epoch"])
def test_what_cannot_be_resumed_is_reset(party: Party, ahead: str) -> None:
    seq, _ = head(party)
    query = f"?since={seq + 1000}" if ahead == "seq" else f"?since={seq}&epoch=another"
    with opened(party, query) as socket:
        assert json.loads(socket.recv(5))["reset"] is True
        with pytest.raises(ConnectionClosed):
            socket.recv(5)


@pytest.mark.parametrize("protocol", ["warmline.json.v1", "warmline.html.v1"])
def test_both_tongues_are_spoken(party: Party, protocol: str) -> None:
    seq, _ = head(party)
    text = f"Two tongues {new_key()}"
    with opened(party, f"?since={seq}", subprotocols=[Subprotocol(protocol)]) as socket:
        assert socket.subprotocol == protocol
        socket.send(json.dumps({"topics": ["inbox:open"]} if "html" in protocol else {"ack": seq}))
        party.landed(text)
        found = frames(socket, text)
    data = next(frame["data"] for frame in found if is_said(frame, text))
    assert ("ops" in data, "message" in data) == ("html" in protocol, "json" in protocol)


def test_topics_narrow_and_scope_hides(party: Party) -> None:
    watched = party.landed("Please send me a copy of my records")
    seq, _ = head(party)
    hidden, text = f"Elsewhere {new_key()}", f"Here {new_key()}"
    party.landed(hidden)
    with opened(party, f"?since={seq}") as socket:
        socket.send(json.dumps({"topics": [f"conversation:{watched['id']}"]}))
        party.sms(text, watched["sender"]["address"])
        found = frames(socket, text)
    with opened(party, f"?since={seq}", role="outsider") as socket:
        outside = json.loads(socket.recv(5))
    assert (text in json.dumps(found), text in json.dumps(outside), hidden in json.dumps(outside)) == (
        True,
        False,
        False,
    )


def test_a_stranger_and_a_browser_without_a_ticket_stay_outside(party: Party) -> None:
    address = f"{party.url.replace('http', 'ws')}/live"
    for headers in ({"Authorization": "Bearer wrong"}, {"Origin": party.url}, {}):
        with pytest.raises(InvalidStatus) as refused, connect(address, additional_headers=headers):
            pass
        assert refused.value.response.status_code == 403
    assert httpx.post(f"{party.url}/live/ticket").status_code == 401
