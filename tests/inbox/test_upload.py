"""Files of a reply: judged by content, one's own until sent, carried only by channels that can (security.md)."""

import msgspec
import pytest
from sqlalchemy import select

from channels import media_kinds
from inbox import draft, outgoing, retention, undo, upload
from inbox.actors import Actor
from inbox.errors import Invalid, NotFound
from inbox.store import tables as t
from tests.faults.provider import provider
from tests.support.house import DAY, HOUR, MARIA, MINUTE, Clinic

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PDF = b"%PDF-1.7\n"


def put(
    clinic: Clinic, conversation: int, content: bytes = PNG, name: str = "x.png", actor: Actor | None = None
) -> int:
    file = upload.keep(clinic.house, name, content)
    return clinic.act(upload.add, actor=actor or clinic.agent, conversation_id=conversation, file=file)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (PDF, "application/pdf"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        ("Canción\n".encode(), "text/plain"),
        (b"<svg onload=alert(1)>", ""),
        (b" <html>", ""),
        (b"MZ\x90\x00", ""),
        (b"", ""),
        (b"PK\x03\x04", ""),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, kind: str) -> None:
    assert media_kinds.kind_of(content) == kind


def test_a_channel_says_beforehand_what_it_does_not_carry() -> None:
    two = [("image/png", 10), ("application/pdf", 10)]
    assert {name: media_kinds.refusal(name, two) for name in ("mail", "sms", "whatsapp", "social")} == {
        "mail": "",
        "sms": "",
        "whatsapp": "at most 1 file by this channel",
        "social": "this channel carries no files; send them by email",
    }
    assert media_kinds.refusal("sms", [("text/plain", 3)]) == "text/plain cannot go by this channel"
    assert media_kinds.refusal("sms", [("image/png", 6_000_000)]) == "at most 5 MB by this channel"


def test_a_file_goes_with_its_reply_and_the_carrier_fetches_it_for_an_hour(clinic: Clinic) -> None:
    conversation = clinic.landed()
    picture = put(clinic, conversation)
    message = clinic.answer(conversation, "", attachments=(picture,))
    with provider() as (carrier, url):
        clinic.house.settings = msgspec.structs.replace(clinic.house.settings, twilio_api_url=url)
        clinic.send_out()
    address = carrier.forms[0]["MediaUrl"]
    token = address.removeprefix(f"{clinic.house.settings.public_url}/media/")
    assert clinic.message(message).status == "accepted"
    with clinic.house.database.snapshot() as reading:
        assert clinic.house.files.read(upload.fetched(reading, clinic.house, token).blob) == PNG
        with pytest.raises(NotFound):
            upload.fetched(reading, clinic.house, token[:-1] + ("A" if token[-1] != "A" else "B"))
    clinic.move(HOUR + MINUTE)
    with clinic.house.database.snapshot() as reading, pytest.raises(NotFound):
        upload.fetched(reading, clinic.house, token)


def test_a_mail_holds_the_bytes_themselves(clinic: Clinic) -> None:
    (row,) = clinic.land(clinic.mail("maria@home.example", "Papers", "Which form do I need?"))
    conversation = int(row.conversation_id)
    message = clinic.answer(conversation, "This one", attachments=(put(clinic, conversation, PDF, "form.pdf"),))
    with clinic.house.database.transaction() as unit:
        said = unit.one(select(t.messages).where(t.messages.c.id == message))
        out = outgoing.compose(unit, clinic.house, said, "maria@home.example", 1)  # type: ignore[arg-type]  # it is there
    assert [(one.filename, one.content_type, one.content) for one in out.attachments] == [
        ("form.pdf", "application/pdf", PDF)
    ]


def test_only_ones_own_files_that_are_there_can_be_sent(clinic: Clinic) -> None:
    conversation, other = clinic.landed(), clinic.landed("My bill", "+14155550177")
    foreign, elsewhere, mine = (
        put(clinic, conversation, actor=clinic.rival),
        put(clinic, other),
        put(clinic, conversation),
    )
    asked = {"actor": clinic.agent, "conversation_id": conversation}
    clinic.act(upload.remove, **asked, upload_id=mine)
    for one in (foreign, elsewhere, mine):
        with pytest.raises(Invalid):
            clinic.answer(conversation, "See this", attachments=(one,))
        with pytest.raises(NotFound):
            clinic.act(upload.remove, **asked, upload_id=one)
    with pytest.raises(NotFound):
        put(clinic, conversation, actor=clinic.outsider)
    with pytest.raises(Invalid):
        put(clinic, conversation, b"MZ\x90\x00", "letter.pdf")


def test_what_one_person_puts_aside_is_bounded(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = clinic.landed()
    monkeypatch.setattr(upload, "MOST_FILES", 2)
    first = put(clinic, conversation)
    put(clinic, conversation)
    with pytest.raises(Invalid) as refused:
        put(clinic, conversation)
    assert refused.value.fields == {
        "file": "at most 2 files and 200 MB wait to be sent for one person; send or remove some first"
    }
    put(clinic, conversation, actor=clinic.rival)
    clinic.answer(conversation, "See this", attachments=(first,))
    put(clinic, conversation)
    monkeypatch.setattr(upload, "MOST_FILES", 9)
    monkeypatch.setattr(upload, "MOST_ASIDE", 3 * len(PNG) - 1)
    with pytest.raises(Invalid):
        put(clinic, conversation)


def test_what_nobody_sent_goes_after_fifteen_days(clinic: Clinic) -> None:
    conversation, other = clinic.landed(), clinic.landed("My bill", "+14155550177")
    sent, left, removed, held = (
        put(clinic, conversation),
        put(clinic, conversation),
        put(clinic, other),
        put(clinic, other),
    )
    clinic.answer(conversation, "See this", attachments=(sent,))
    clinic.act(upload.remove, actor=clinic.agent, conversation_id=other, upload_id=removed)
    old = {"actor": clinic.rival, "conversation_id": other}
    clinic.act(draft.keep, **old, words=draft.Words(text="Begun and forgotten"))
    clinic.move(15 * DAY)
    mine = {"actor": clinic.agent, "conversation_id": other}
    clinic.act(draft.keep, **mine, words=draft.Words(text="See this", uploads=(held,)))
    assert retention.clean(clinic.house) == (0, 1)
    clinic.move(HOUR)
    assert retention.clean(clinic.house) == (1, 1)
    assert retention.clean(clinic.house) == (0, 0)
    rows = {row.id: row for row in clinic.all(select(t.uploads))}
    assert [bool(rows[one].blob) for one in (sent, left, removed, held)] == [True, False, False, True]
    assert (rows[left].filename, rows[left].sha256 != "") == ("", True)
    assert [row.body for row in clinic.all(select(t.drafts.c.body))] == ["See this"]
    assert [line.details for line in clinic.lines() if line.verb == "retention.cleaned"] == [
        {"drafts": 0, "files": 1},
        {"drafts": 1, "files": 1},
    ]
    assert len([one for one in clinic.house.files._folder.rglob("*") if one.is_file()]) == 2


def test_a_reply_taken_back_gives_its_files_back(clinic: Clinic) -> None:
    conversation = clinic.landed()
    picture = put(clinic, conversation)
    message = clinic.answer(conversation, "See this", attachments=(picture,), hold=10)
    clinic.act(undo.undo, clinic.house, actor=clinic.agent, conversation_id=conversation, message_id=message)
    with clinic.house.database.snapshot() as reading:
        (kept,) = draft.of(reading, actor=clinic.agent, conversation_id=conversation)
    assert (kept.text, kept.uploads, kept.to) == ("See this", (picture,), MARIA)
    assert clinic.answer(conversation, "See this one", attachments=(picture,)) > message


def test_whoever_takes_a_reply_back_can_send_its_files(clinic: Clinic) -> None:
    conversation = clinic.landed()
    picture = put(clinic, conversation)
    message = clinic.answer(conversation, "See this", attachments=(picture,), hold=10)
    clinic.act(undo.undo, clinic.house, actor=clinic.rival, conversation_id=conversation, message_id=message)
    assert clinic.answer(conversation, "See this", actor=clinic.rival, attachments=(picture,)) > message
