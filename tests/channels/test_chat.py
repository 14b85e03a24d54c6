"""Chat frames and session tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import chat
from channels.envelope import Address, BadSignature, Claims, DoorRequest, Inbound, Unparseable

KEY = b"k" * 32
SESSION = "s" * 43


def frame(body: str | bytes) -> DoorRequest:
    return DoorRequest("wss://inbox.example/chat/live", {}, body.encode() if isinstance(body, str) else body)


def test_a_frame_is_a_message_of_its_session() -> None:
    message = chat.parse(frame('{"client_id": "c1", "text": " Hola\\u0000 ", "name": "Ana"}'), SESSION)
    assert message == Inbound(
        channel="chat",
        external_id=message.external_id,
        sender=Address("chat", SESSION),
        line="chat",
        sender_name="Ana",
        text="Hola",
        claims=Claims(name="Ana"),
    )


def test_a_repeat_is_the_same_arrival_and_another_session_is_not() -> None:
    asked = frame('{"client_id": "c1", "text": "Hola", "name": null}')
    assert chat.arrival_key(asked, SESSION) == chat.parse(asked, SESSION).external_id
    assert chat.arrival_key(asked, SESSION) != chat.arrival_key(asked, "t" * 43)
    assert SESSION not in chat.arrival_key(asked, SESSION)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"client_id": "c1", "text": "  "}', "an empty message"),
        ('{"client_id": "", "text": "x"}', "no usable client_id"),
        ('{"client_id": "c1"}', "no frame with client_id and text"),
        ('{"client_id": "c1", "text": "' + "x" * 4001 + '"}', "a message longer than 4000 characters"),
        ("[" * 5000, "no frame with client_id and text"),
        ("x" * 40_000, "a frame that is too large"),
    ],
)
def test_what_is_no_message(body: str, reason: str) -> None:
    with pytest.raises(Unparseable) as refused:
        chat.parse(frame(body), SESSION)
    assert str(refused.value) == reason


@given(st.binary(max_size=200))
def test_hostile_frames_are_unparseable(body: bytes) -> None:
    with pytest.raises(Unparseable):
        chat.parse(frame(body), SESSION)


def test_a_session_is_resumed_by_its_token_only() -> None:
    session = chat.new_session()
    assert len(session) == 43
    resumed = chat.token(session, KEY)
    assert chat.open_token(resumed, KEY) == session
    chat.verify(frame(f'{{"client_id": "c", "text": "x", "session": "{resumed}"}}'), KEY)
    for forged in (session, chat.token(session, b"other"), resumed[:-1], "é." + resumed, ""):
        with pytest.raises(BadSignature):
            chat.open_token(forged, KEY)
