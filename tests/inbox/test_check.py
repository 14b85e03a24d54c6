"""What a channel must not carry: said while it is written, and sent behind a link (privacy.md)."""

import pytest
from sqlalchemy import select

from inbox import check, draft, undo
from inbox.errors import Invalid, NotFound
from inbox.store import tables as t
from tests.support.house import DAY, MARIA, Clinic

RESULT = "Your biopsy result came back positive for cancer."


def level(clinic: Clinic, conversation: int, channel: str, text: str) -> str:
    with clinic.house.database.snapshot() as reading:
        asked = {"channel": channel, "text": text}
        return check.check(reading, actor=clinic.agent, conversation_id=conversation, **asked).level


def test_a_result_is_not_for_every_channel(clinic: Clinic) -> None:
    conversation, head = clinic.landed(), clinic.head()
    levels = {channel: level(clinic, conversation, channel, RESULT) for channel in ("sms", "mail", "chat")}
    assert levels == {"sms": "secure", "mail": "secure", "chat": "allow"}
    assert level(clinic, conversation, "sms", "See you on Tuesday at ten.") == "allow"
    assert clinic.head() == head
    with clinic.house.database.snapshot() as reading, pytest.raises(NotFound):
        check.check(reading, actor=clinic.outsider, conversation_id=conversation, channel="sms", text="")


def test_a_secure_reply_sends_a_notice_and_keeps_the_words_behind_it(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = clinic.message(clinic.answer(conversation, RESULT, secure=True, client_id="c1"))
    assert ("/s/" in message.body, "biopsy" in message.body) == (True, False)
    assert [row.body for row in clinic.all(select(t.secure_texts.c.body))] == [RESULT]
    assert clinic.answer(conversation, RESULT, secure=True, client_id="c1") == message.id


def test_a_secure_reply_taken_back_returns_its_own_words(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = clinic.answer(conversation, RESULT, secure=True, hold=10)
    asked = {"actor": clinic.agent, "conversation_id": conversation, "message_id": message}
    clinic.act(undo.undo, clinic.house, **asked)
    with clinic.house.database.snapshot() as reading:
        (kept,) = draft.of(reading, actor=clinic.agent, conversation_id=conversation)
    assert (kept.text, kept.channel, kept.to) == (RESULT, "sms", MARIA)
    assert [row.end_cause for row in clinic.all(select(t.secure_texts.c.end_cause))] == ["undone"]


def test_a_closed_way_names_the_next_open_one(clinic: Clinic) -> None:
    conversation = clinic.landed(from_=f"whatsapp:{MARIA}")
    clinic.move(DAY)
    with pytest.raises(Invalid) as refused:
        clinic.answer(conversation, channel="whatsapp")
    assert refused.value.extra["next"] == {"channel": "sms", "to": MARIA}
