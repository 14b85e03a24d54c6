"""The pages as they leave the server: within sight, logged before they are shown, files only for those who may read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from inbox.actors import Actor
from inbox.store import tables as t
from tests.support.cast import ADMIN, AGENT, CLERK, COMPLIANCE, FAMILY_PHONE, HOUR, MANAGER, MARIA, NOW, NURSE, OUTSIDER
from tests.support.programs import Desk, desk
from ui import words

PAGE = {"accept": "text/html"}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def letter(office: Desk, **values: Any) -> tuple[int, int]:
    """A mail of Maria's in nursing with its page; answers the conversation's id and the message's."""
    conversation = office.cast.add_conversation(**{"team": "nursing", "clinical": True, **values})
    step = {"conversation_id": conversation, "what": "Read and decide", "team": "nursing"}
    step_id = office.cast.add(t.next_steps, **step, due_at=NOW + HOUR, at=NOW)
    office.cast.change(t.conversations, conversation, next_step_id=step_id)
    words = {"contact_id": FAMILY_PHONE, "channel": "mail", "class": "clinical"}
    return conversation, office.cast.add_message(conversation, "A <b>", html="<p>My <b>knee</b></p>", **words)


def attach(office: Desk, message: int, content: bytes, **values: Any) -> int:
    file = {"filename": 'my "knee".html', "content_type": "text/html", "size": len(content), "sha256": "0" * 64}
    kept = {"message_id": message, "inline": False, "state": "stored", "blob": office.house.files.keep(content)}
    return office.cast.add(t.attachments, **{**file, **kept, **values})


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/inbox", "All open"),
        ("/inbox?view=closed", "Closed"),
        ("/inbox?q=maria", "All open"),
        ("/board", "SLA board"),
        ("/board?as=table", "SLA board"),
        ("/reports", "Metrics"),
        ("/quarantine", "Quarantine"),
        ("/patients", "Patients"),
        (f"/patients/{MARIA}", "Patient"),
    ],
)
async def test_every_page_opens(office: Desk, path: str, title: str) -> None:
    letter(office)
    answer = await office.call(NURSE, "GET", path, headers=PAGE)
    assert answer.status_code == 200
    assert answer.text.split("<title>")[1].split("</title>")[0] == f"{title} · Northside Health"
    assert answer.headers["cache-control"] == "no-store"


async def test_opening_a_conversation_is_logged_and_meets_its_read_promise(office: Desk) -> None:
    conversation, _ = letter(office)
    office.cast.add_clock(conversation, metric="read")
    answer = await office.call(NURSE, "GET", f"/conversations/{conversation}", headers=PAGE)
    assert answer.status_code == 200
    trail = await office.get(COMPLIANCE, "/api/audit", patient=MARIA)
    assert {(line["actor_id"], line["how"]) for line in trail["items"] if line["kind"] == "seen"} == {
        (NURSE.id, "opened"),
        (NURSE.id, "listed"),
    }
    assert [line["what"] for line in trail["items"] if line["kind"] == "changed"] == ["conversation.read"]


async def test_a_piece_holds_the_two_panes_alone(office: Desk) -> None:
    conversation, _ = letter(office)
    answer = await office.call(NURSE, "GET", f"/conversations/{conversation}", headers={**PAGE, "x-piece": "1"})
    assert answer.text.lstrip().startswith('<main class="conv"')
    assert answer.text.count("<html") == 0


async def test_out_of_scope_is_not_there(office: Desk) -> None:
    conversation, message = letter(office)
    file = attach(office, message, b"x")
    for path in (f"/conversations/{conversation}", f"/messages/{message}/body", f"/attachments/{file}"):
        assert (await office.call(OUTSIDER, "GET", path, headers=PAGE)).status_code == 404


async def test_whoever_may_not_read_the_words_gets_no_page_and_no_file(office: Desk) -> None:
    _, message = letter(office, team="front_desk")
    file = attach(office, message, b"x")
    for actor in (CLERK, MANAGER):
        for path in (f"/messages/{message}/body", f"/attachments/{file}"):
            assert (await office.call(actor, "GET", path)).status_code == 404


async def test_a_mail_shows_itself_in_a_sandbox_of_its_own(office: Desk) -> None:
    _, message = letter(office)
    answer = await office.call(NURSE, "GET", f"/messages/{message}/body", headers=PAGE)
    assert answer.text.endswith("<p>My <b>knee</b></p>")
    assert answer.headers["content-security-policy"] == (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        "frame-ancestors 'self'"
    )


async def test_a_file_is_taken_away_and_never_shown(office: Desk) -> None:
    _, message = letter(office)
    file = attach(office, message, b"<script>alert(1)</script>")
    answer = await office.call(NURSE, "GET", f"/attachments/{file}")
    assert (answer.content, answer.headers["content-type"]) == (
        b"<script>alert(1)</script>",
        "application/octet-stream",
    )
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''my%20%22knee%22.html"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


async def test_a_voicemail_is_heard_and_the_hearing_logged(office: Desk) -> None:
    _, message = letter(office)
    file = attach(office, message, b"ID3", content_type="audio/mpeg", filename="voicemail.mp3")
    answer = await office.call(NURSE, "GET", f"/attachments/{file}")
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (
        "audio/mpeg",
        "inline; filename*=UTF-8''voicemail.mp3",
    )
    trail = await office.get(COMPLIANCE, "/api/audit", patient=MARIA)
    assert [(line["actor_id"], line["how"]) for line in trail["items"] if line["kind"] == "seen"] == [
        (NURSE.id, "played")
    ]


async def test_looking_at_new_words_meets_the_read_promise_once(office: Desk) -> None:
    conversation, _ = letter(office)
    for _ in range(2):
        assert (await office.call(NURSE, "POST", f"/conversations/{conversation}/reading")).status_code == 204
    events = await office.get(NURSE, "/api/events", since=0)
    assert [one["verb"] for one in events["items"]] == ["token.issued", "conversation.read"]


async def test_a_wrong_day_is_named(office: Desk) -> None:
    answer = await office.call(AGENT, "GET", "/reports?from=yesterday")
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, ["from"])


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=1-2,4-5", 200, b"0123456789", None),
        ("nonsense", 200, b"0123456789", None),
    ],
)
async def test_a_voicemail_can_be_wound(office: Desk, asked: str, status: int, content: bytes, told: str) -> None:
    _, message = letter(office)
    file = attach(office, message, b"0123456789", content_type="audio/mpeg")
    answer = await office.call(NURSE, "GET", f"/attachments/{file}", headers={"range": asked})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, content, told)


async def test_a_mails_own_pictures_come_when_asked_and_nothing_else(office: Desk) -> None:
    _, message = letter(office)
    office.cast.change(t.messages, message, html='<img src="cid:logo@x"><img src="cid:gone">')
    attach(office, message, b"\x89PNG", content_type="image/png", content_id="<logo@x>")
    attach(office, message, b"<svg/>", content_type="image/svg+xml", content_id="<gone>")
    plain = await office.call(NURSE, "GET", f"/messages/{message}/body")
    assert plain.text.endswith('<img src="cid:logo@x"><img src="cid:gone">')
    assert plain.headers["content-security-policy"].count("img-src") == 0
    asked = await office.call(NURSE, "GET", f"/messages/{message}/body?pictures=1")
    assert asked.text.endswith('<img src="data:image/png;base64,iVBORw=="><img src="">')
    assert asked.headers["content-security-policy"].endswith("; img-src data:")


async def test_a_long_conversation_comes_a_page_at_a_time_without_a_gap(office: Desk) -> None:
    conversation, first = letter(office)
    said = [first] + [
        office.cast.add_message(conversation, f"line {number}", at=NOW + number * HOUR / 60, **{"class": "clinical"})
        for number in range(1, 100)
    ]
    page, met = f"/conversations/{conversation}", list[int]()
    answer = await office.call(NURSE, "GET", page, headers={**PAGE, "x-piece": "1"})
    for _ in range(3):
        met = [int(one) for one in re.findall(r'id="message-(\d+)"', answer.text)] + met
        link = re.search(r'href="(/conversations/\d+/timeline[^"]+)"', answer.text)
        if link is None:
            break
        answer = await office.call(NURSE, "GET", link[1], headers={**PAGE, "x-piece": "1"})
    assert met == said
    assert (await office.call(NURSE, "GET", f"{page}/timeline?before=soon")).status_code == 422


async def test_a_clinic_that_begins_is_told_what_is_left_to_set_up(office: Desk) -> None:
    async def told(actor: Actor) -> list[tuple[str, bool]]:
        page = (await office.call(actor, "GET", "/inbox", headers=PAGE)).text
        steps = re.findall(r'href="/admin/\w+">([^<]+)</a><span class="vh">(, done)?', page)
        return [(label, done != "") for label, done in steps]

    labels = [label for label, _, _ in words.FIRST_STEPS.values()]
    assert await told(ADMIN) == list(zip(labels, (True, False, False, False), strict=True))
    assert await told(NURSE) == []
    letter(office)
    assert (await told(ADMIN))[-1] == (labels[-1], True)
