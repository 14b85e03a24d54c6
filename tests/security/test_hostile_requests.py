"""Every route, asked with what no client of ours would send: refused in order, never a fault of ours."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.support.cast import ADMIN, AGENT, HOUR, MANAGER, MARIA, NOW, SUPERVISOR
from tests.support.programs import ORIGIN, Desk, desk

#: Beyond 64 bits, below zero, beyond what an int may be read from, no ASCII digit, text of other kinds.
NUMBERS = ("0", "-1", str(2**31), str(2**63), str(2**70), "-" + str(2**70), "9" * 5000, "²", "١٢", "1e9", "0x1", "")
WORDS = (
    "a\0b",
    "_%\\",
    "'; DROP TABLE patients; --",
    '" OR "1"="1',
    "\U0001f600" * 300,
    "\u202e" + "x",
    "x" * 20_000,
    "\ufffe",
    "{{ 7*7 }}",
    "9999-99-99",
    "0001-01-01",
    "9999-12-31T23:59:59+14:00",
    "1.2.3",
    "999999999999999999.999999999999999999.999999999999999999",
    "-1.-1",
)
#: What the pages may be asked; what the API may be asked stands in its own description.
QUERIES: dict[str, tuple[str, ...]] = {
    "/inbox": ("view", "q", "after"),
    "/conversations/{conversation_id}": ("view",),
    "/board": ("as", "table", "wall"),
    "/board/rows/{name}": ("after",),
    "/reports": ("from", "to", "channel", "reason", "location", "queue", "hours"),
    "/reports/rows/{name}": ("from", "to", "reason", "after"),
    "/patients": ("q", "after"),
    "/quarantine": ("after",),
}
#: Values that an act's fields may be given, by no rule.
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**40,
    2**63,
    2**70,
    -(2**70),
    1.5,
    "",
    "\0",
    "x" * 5000,
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    [],
    [2**70],
    ["x"] * 50,
    {},
    {"text": "x"},
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "2026-03-11T17:00:00",
)
FIELDS = {
    "replies": (
        "client_id",
        "channel",
        "to",
        "text",
        "attachments",
        "template",
        "send_at",
        "base_seq",
        "override",
        "secure",
    ),
    "notes": ("text", "client_id", "mentions", "teams", "clinical"),
    "check": ("channel", "text"),
    "assignment": ("me", "actor_id", "team", "version"),
    "next-step": ("what", "due_at", "owner", "team", "waiting"),
    "snooze": ("until",),
    "escalations": ("why",),
    "closure": ("client_id", "version", "outcome", "confirmation", "waiver", "follow_up", "disposition"),
    "identity": ("patient_id",),
    "priority": ("priority", "why"),
    "availability": ("availability",),
}
GOOD: dict[str, Any] = {
    "replies": {"client_id": "c", "text": "Hello"},
    "notes": {"text": "Hello"},
    "check": {"channel": "sms", "text": "Hello"},
    "next-step": {"what": "Call", "due_at": (NOW + HOUR).isoformat()},
    "closure": {"client_id": "c", "outcome": "resolved", "waiver": "told_on_phone"},
    "priority": {"priority": 1, "why": "x"},
}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database_url, tmp_path) as opened:
        transport = httpx.ASGITransport(application(opened), raise_app_exceptions=False, client=("127.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            opened.client, before = client, opened.client
            opened.cast.add_message(opened.cast.add_conversation(), "Hello")
            yield opened
            opened.client = before


def application(office: Desk) -> Litestar:
    transport = office.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    app: Any = transport.app
    assert isinstance(app, Litestar)
    return app


def routes(office: Desk, *, safe: bool) -> Iterator[tuple[str, str]]:
    for route in application(office).routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, *_) in route.route_handler_map.items():
                if (
                    handler.opt.get("scope") == "staff"
                    and (method == "GET") == safe
                    and method not in {"HEAD", "OPTIONS"}
                ):
                    yield method, route.path_format


async def ask(office: Desk, method: str, address: str, **options: Any) -> httpx.Response | None:
    """The answer, None where the client itself cannot write such an address down."""
    try:
        return await office.call(SUPERVISOR, method, address, **options)
    except (httpx.InvalidURL, UnicodeEncodeError):
        return None


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.api.gate.BURST", 1_000_000)


async def test_no_number_in_a_path_is_a_fault_of_ours(office: Desk) -> None:
    faults = []
    for method, path in [*routes(office, safe=True), *routes(office, safe=False)]:
        if "{" not in path:
            continue
        for number in NUMBERS:
            answer = await ask(office, method, re.sub(r"\{\w+\}", number, path), json={})
            if answer is not None and answer.status_code >= 500:
                faults.append((method, path, number[:20], answer.status_code))
    assert faults == []


def questions(office: Desk) -> Iterator[tuple[str, str]]:
    """Each path that reads, with each query it knows."""
    described = application(office).openapi_schema.to_schema()["paths"]
    for _, path in routes(office, safe=True):
        asked = described.get(path, {}).get("get", {}).get("parameters", ())
        known = QUERIES.get(path) or [one["name"] for one in asked if one["in"] == "query"]
        here = re.sub(r"\{(\w+)\}", lambda part: "resolution" if part[1] == "name" else str(MARIA), path)
        yield from ((here, name) for name in known)


async def test_no_query_is_a_fault_of_ours(office: Desk) -> None:
    faults, asked = [], list(questions(office))
    assert len(asked) > 30
    for path, name in asked:
        for value in (*NUMBERS, *WORDS):
            answer = await ask(office, "GET", path, params={name: value})
            if answer is not None and answer.status_code >= 500:
                faults.append((path, name, value[:20], answer.status_code))
    assert faults == []


async def test_no_body_is_a_fault_of_ours_and_no_unknown_field_is_taken(office: Desk) -> None:
    chance, faults = random.Random(7), []
    conversation = office.cast.add_conversation(owner_id=AGENT.id)
    for method, path in routes(office, safe=False):
        if method != "POST" or not path.startswith("/api/"):
            continue
        here = re.sub(r"\{(\w+)\}", str(conversation), path)
        act = path.rsplit("/", 1)[-1]
        for name in FIELDS.get(act, ()):
            for value in VALUES:
                body = {**GOOD.get(act, {}), name: value, "client_id": f"c{chance.random()}"}
                if name == "client_id":
                    body[name] = value
                if act not in {"replies", "notes", "closure"}:
                    body.pop("client_id")
                answer = await ask(office, method, here, content=msgspec.json.encode(body))
                if answer is not None and answer.status_code >= 500:
                    faults.append((act, name, repr(value)[:30], answer.status_code))
        answer = await ask(office, method, here, json={**GOOD.get(act, {}), "role": "admin"})
        if act in FIELDS and (answer is None or answer.status_code != 422):
            faults.append((act, "role", "unknown field", answer.status_code if answer else 0))
    assert faults == []


def bodies(office: Desk) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Each act of the admin pages with the least that its body takes, and the name of a number in it."""
    for route in application(office).routes:
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/admin"):
            for method, (handler, *_) in route.route_handler_map.items():
                asked = handler.parsed_fn_signature.parameters.get("data")
                fields = msgspec.structs.fields(asked.annotation) if asked else ()
                least = {one.encode_name: _LEAST.get(one.type, "save") for one in fields if one.required}
                for one in fields:
                    if one.type in (int, int | None):
                        yield method, re.sub(r"\{\w+\}", "7", route.path_format), least, one.encode_name


async def test_no_number_in_an_admins_body_or_address_is_a_fault_of_ours(office: Desk) -> None:
    asked, faults = list(bodies(office)), []
    assert len(asked) > 10
    for number in (2**63, 2**70, -(2**70)):
        for method, path, least, name in asked:
            for who in (MANAGER, ADMIN):
                answer = await office.call(who, method, path, json={**least, name: number})
                if answer.status_code >= 500:
                    faults.append((path, name, number))
        for path, name in (("/admin/rules/effect", "draft"), ("/admin/rules", "rule"), ("/admin/people", "person")):
            answer = await office.call(ADMIN, "GET", path, params={name: number})
            if answer.status_code >= 500:
                faults.append((path, name, number))
    assert faults == []


_LEAST: dict[Any, Any] = {int: 0, bool: False, str: "abc"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"\\ud800"}',
        b'{"text":"\\u0000"}',
        b"[" * 100_000,
        b'{"text":' + b'{"a":' * 50_000,
        b"\xff\xfe",
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"text":1e400}',
        b'{"mentions":[' + b"1," * 10_000 + b'1],"text":"x"}',
    ],
)
async def test_bytes_that_are_no_document_are_refused(office: Desk, body: bytes) -> None:
    conversation = office.cast.add_conversation()
    answer = await ask(office, "POST", f"/api/conversations/{conversation}/notes", content=body)
    assert answer is not None
    assert answer.status_code in {201, 422}
    if answer.status_code == 422:
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/static/../ui/app.py", "/static/%2e%2e/app.py"])
async def test_what_is_not_there_says_so_and_bears_the_headers(office: Desk, path: str) -> None:
    answer = await office.client.request("GET", path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith(("default-src 'none'", "sandbox"))


async def test_nobody_reads_a_file_of_the_house_through_the_static_folder(office: Desk) -> None:
    for path in (
        "/static/x/../../app.py",
        "/static/..%2fapp.py",
        "/static/x/%2e%2e/%2e%2e/app.py",
        "/static//etc/passwd",
    ):
        answer = await ask(office, "GET", path)
        assert answer is not None
        assert (path, answer.status_code, "create_app" in answer.text) == (path, 404, False)


@pytest.mark.parametrize("email", ["a\0b@clinic.example", "\ud800@clinic.example", "x" * 100_000, "", "%00"])
async def test_no_sign_in_is_a_fault_of_ours(office: Desk, email: str) -> None:
    body = b"email=" + b"".join(b"%%%02x" % byte for byte in email.encode("utf-8", "surrogatepass")) + b"&password=x"
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    answer = await office.client.post("/login", content=body, headers=headers)
    assert answer.status_code == 401


async def test_an_act_on_many_of_a_wrong_kind_is_the_callers_fault(office: Desk) -> None:
    for act in (5, [], {}, "\0", None):
        answer = await office.call(AGENT, "POST", "/api/bulk", json={"client_id": "c", "act": act, "ids": [1]})
        assert (act, answer.status_code) == (act, 422)
