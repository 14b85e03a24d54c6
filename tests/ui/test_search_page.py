"""The search of the screens: words come in a body, leave as pieces, and are logged sealed before anything is shown."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inbox.store import journal
from inbox.store import tables as t
from tests.support.cast import ADMIN, AGENT, CLERK, COMPLIANCE, MARIA, NURSE, Cast
from tests.support.programs import Desk, desk


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def logged(cast: Cast) -> list[Any]:
    with cast.database.snapshot() as reading:
        return list(reading.all(select(t.access).order_by(t.access.c.id)))


def lines(page: str) -> list[str]:
    """What each hit says, its marks in brackets."""
    found = re.findall(r'<a class="hit[^>]*>(.*?)</a>', page, re.DOTALL)
    plain = [re.sub(r"<svg.*?</svg>", "", one).replace("<mark>", "[").replace("</mark>", "]") for one in found]
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in plain]


async def test_words_are_found_marked_escaped_and_logged_sealed(office: Desk) -> None:
    row = office.cast.add_conversation(subject_patient_id=MARIA)
    office.cast.add_message(row, "<b>maria</b> needs a refill")
    answer = await office.post(AGENT, "/search", {"text": "maria"})
    assert (answer.status_code, answer.request.url.query) == (200, b"")
    assert [line.partition(" · ")[0] for line in lines(answer.text)] == [
        "MA [Maria] Elena Alvarez born 05/02/1984 (41)",
        "SMS, [Maria] Elena Alvarez Change of appointment #" + str(row),
        "Maria Elena Alvarez wrote <b>[maria]</b> needs a refill 9:00 AM",
    ]
    assert "<b>maria" not in answer.text
    searched, person = logged(office.cast)
    assert [(one.object, one.how, one.patient_id, tuple(one.ids)) for one in (searched, person)] == [
        ("search", "searched", None, (row,)),
        ("patient", "searched", MARIA, ()),
    ]
    assert [office.house.keys.unseal(one.why) for one in (searched, person)] == ["maria", "maria"]
    assert "maria" not in searched.why
    trail = await office.call(COMPLIANCE, "GET", "/admin/audit/file?first=2026-03-01")
    assert (trail.text.count("maria"), trail.text.count("sealed:")) == (2, 0)


async def test_who_may_not_read_finds_nothing_and_the_question_is_logged(office: Desk) -> None:
    row = office.cast.add_conversation(team="nursing", clinical=True)
    office.cast.add_message(row, "chest pain", **{"class": "clinical"})
    sizes = {actor.role: len(lines((await office.post(actor, "/search", {"text": "chest"})).text)) for actor in WHO}
    assert sizes == {"nurse": 1, "front_desk": 0, "admin": 0}
    assert [(one.actor_id, tuple(one.ids)) for one in logged(office.cast)] == [
        (NURSE.id, (row,)),
        (CLERK.id, ()),
        (ADMIN.id, ()),
    ]


async def test_a_denied_try_leaves_a_row(office: Desk) -> None:
    hidden = office.cast.add_conversation(team="nursing")
    for path in (
        f"/api/conversations/{hidden}",
        f"/conversations/{hidden}",
        f"/api/patients/{MARIA}",
        "/api/patients/9",
    ):
        assert (await office.call(ADMIN, "GET", path)).status_code in (403, 404)
    assert (await office.post(AGENT, f"/api/conversations/{hidden}/notes", {"text": "Hi"})).status_code == 404
    assert [(one.actor_id, one.object, one.object_id, one.outcome) for one in logged(office.cast)] == [
        (ADMIN.id, "conversation", hidden, "denied"),
        (ADMIN.id, "patient", MARIA, "denied"),
        (ADMIN.id, "patient", 9, "denied"),
        (AGENT.id, "conversation", hidden, "denied"),
    ]


WHO = (NURSE, CLERK, ADMIN)


async def test_what_came_since_is_a_number(office: Desk) -> None:
    row = office.cast.add_conversation()
    found = await office.post(AGENT, "/search", {"text": "fever"})
    (newest,) = re.findall(r'data-newest="(\d+)"', found.text)
    said = office.cast.add_message(row, "a fever")
    office.cast.journal("message.received", conversation_id=row, details={"message": said})
    answers = [
        (await office.post(actor, "/search/newer", {"text": "fever", "newest": int(newest)})).json()
        for actor in (AGENT, ADMIN)
    ]
    assert answers == [{"count": 1}, {"count": 0}]
    # whoever searched already has a row for these words; a count without a search is one too
    assert [(one.actor_id, one.object, office.house.keys.unseal(one.why)) for one in logged(office.cast)] == [
        (AGENT.id, "search", "fever"),
        (ADMIN.id, "search", "fever"),
    ]


async def test_an_act_on_all_that_words_find_is_logged_also_when_it_is_refused(office: Desk) -> None:
    row = office.cast.add_conversation()
    office.cast.add_message(row, "a fever")
    wish = {"client_id": "one", "act": "assign", "body": {"me": True}, "view": "open", "q": "fever"}
    refused = await office.post(AGENT, "/bulk", {**wish, "expected_count": 7})
    assert (refused.status_code, refused.json()["count"]) == (409, 1)
    assert (await office.post(AGENT, "/bulk", wish)).status_code == 201
    (seen,) = logged(office.cast)
    assert (seen.object, seen.how, office.house.keys.unseal(seen.why)) == ("bulk", "searched", "fever")
    with office.cast.database.snapshot() as reading:
        (begun,) = [line for line in journal.after(reading.connection, 0, 100) if line.verb == "bulk.begun"]
    assert (begun.details["list"], begun.details["searched"]) == ("view=open", True)
    assert "fever" not in str(begun.details)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "colour:red"}, 422),
        ({"text": "a\0b"}, 422),
        ({"text": "x" * 401}, 422),
        ({"text": "x", "after": "p.1"}, 422),
        ({"q": "x"}, 422),
        ({"text": 7}, 422),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_not_logged(office: Desk, body: Any, status: int) -> None:
    answer = await office.post(AGENT, "/search", body)
    assert (answer.status_code, logged(office.cast)) == (status, [])


async def test_patients_are_looked_for_without_an_address_that_names_them(office: Desk) -> None:
    office.cast.add_conversation(subject_patient_id=MARIA)
    answer = await office.post(AGENT, "/patients", {"q": "maria 0142"})
    assert re.findall(r'href="(/patients[^"]*)"', answer.text) == [f"/patients/{MARIA}"]
    page = await office.call(AGENT, "GET", "/patients?q=nobody", headers={"accept": "text/html"})
    assert f'href="/patients/{MARIA}"' in page.text
    assert "nobody" not in page.text
