"""Every route that the application has, found in its own table: each says who may come in, and keeps to it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from inbox.actors import Vis, can_see
from inbox.store import tables as t
from tests.support.cast import EVERYONE, HOUR, MARIA, NOW, OUTSIDER
from tests.support.programs import Desk, desk

#: What a program must know before it has a token.
SCHEMA = "/api/schema"
#: A body that each act would take from somebody in scope, by the end of its path.
BODIES: dict[str, Any] = {
    "replies": {"client_id": "c", "text": "Hello"},
    "notes": {"text": "Hello"},
    "assignment": {"me": True},
    "next-step": {"what": "Call", "due_at": (NOW + HOUR).isoformat()},
    "snooze": {"until": (NOW + HOUR).isoformat()},
    "escalations": {"why": "help"},
    "glass": {"why": "somebody stands here and asks"},
    "closure": {"client_id": "c", "outcome": "resolved", "waiver": "told_on_phone"},
    "identity": {"patient_id": MARIA},
    "priority": {"priority": 1},
    "reason": {"reason": "billing"},
    "calls": {"client_id": "c"},
    "merge": {"into": 1, "reason": "the same"},
    "unmerge": {"reason": "two after all"},
    "duplicates": {"other": 1, "verdict": "later"},
    "split": {"from_message_id": 1, "reason": "another request"},
    "move": {"patient_id": MARIA, "reason": "the wrong record"},
    "draft": {"mode": "reply", "text": "Hello"},
    "check": {"channel": "sms", "text": "Hello"},
    "person": {"version": 1},
    "addresses": {"value": "+14155550199"},
    "consents": {"contact_id": 1, "channel": "sms", "purpose": "care", "kind": "revoke", "evidence": "said so"},
    "none": {"evidence": "said so at the desk"},
    "caller": {"kinds": ["birth_date", "address"]},
    "proxies": {"name": "Al", "role": "spouse", "scope": ["billing"], "address": "+14155550198", "proof": "a form"},
}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        yield opened


def application(office: Desk) -> Litestar:
    transport = office.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    app: Any = transport.app
    assert isinstance(app, Litestar)
    return app


def routes(app: Litestar, scope: str | None = None) -> Iterator[tuple[str, str, Any]]:
    """Method, path and handler of every HTTP route, those of one scope or all."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, *_) in route.route_handler_map.items():
                if method not in {"OPTIONS", "HEAD"} and scope in (None, handler.opt.get("scope")):
                    yield method, route.path_format, handler


async def test_every_route_says_who_may_come_in(office: Desk) -> None:
    undeclared = [
        (method, path)
        for method, path, handler in routes(application(office))
        if handler.opt.get("scope") not in {"staff", "public"} and not path.startswith(SCHEMA)
    ]
    assert undeclared == []


async def test_no_staff_route_opens_without_a_caller(office: Desk) -> None:
    asked = list(routes(application(office), "staff"))
    assert len(asked) > 40
    for method, path, _ in asked:
        answer = await office.client.request(method, _filled(path, 7), json={})
        assert (method, path, answer.status_code) == (method, path, 401)


async def test_no_act_or_read_reaches_a_conversation_out_of_scope(office: Desk) -> None:
    conversation = office.cast.add_conversation(subject_patient_id=MARIA, subject_certainty="confirmed")
    for method, path, _ in routes(application(office), "staff"):
        if "{conversation_id}" in path:
            body = BODIES.get(path.rsplit("/", 1)[-1])
            answer = await office.call(OUTSIDER, method, _filled(path, conversation), json=body)
            assert (method, path, answer.status_code) == (method, path, 404)
        if "{patient_id}" in path:
            answer = await office.call(OUTSIDER, method, _filled(path, MARIA), json=BODIES.get(path.rsplit("/", 1)[-1]))
            assert (method, path, answer.status_code) == (method, path, 404)


async def test_each_role_reads_what_it_may_of_each_kind_of_conversation(office: Desk) -> None:
    kinds = [
        Vis(team, None, clinical, sensitive)
        for team in ("contact_center", "nursing")
        for clinical in (False, True)
        for sensitive in (False, True)
    ]
    for vis in kinds:
        values = {"team": vis.team, "clinical": vis.clinical, "sensitive": vis.sensitive}
        conversation = office.cast.add_conversation(**values, subject_patient_id=MARIA, subject_certainty="confirmed")
        office.cast.add_message(conversation, "It hurts", **{"class": "clinical" if vis.clinical else "phi"})
        office.cast.change(t.conversations, conversation, unread=False)
        for actor in EVERYONE:
            sight = can_see(actor, vis)
            answer = await office.call(actor, "GET", f"/api/conversations/{conversation}")
            shown = answer.json()
            said = shown["messages"][0]["text"] if answer.status_code == 200 else None
            patient = shown.get("patient") is not None
            expected = (
                (200, "It hurts" if sight.texts else "", sight.person) if sight.operational else (404, None, False)
            )
            assert (answer.status_code, said, patient) == expected, (actor.role, vis)


def _filled(path: str, known: int) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: str(known) if part[1].endswith("_id") else "breach_rate", path)
