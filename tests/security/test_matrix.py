"""Every route that reads, asked by every role about every kind of conversation: no word beyond the asker's sight, and
what is out of scope looks like what is not there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from inbox.actors import Actor
from patients.fhir_answer import SEARCHES
from tests.conftest import FreshDatabase
from tests.security.secrets_of import FIELDS, KINDS, Secret
from tests.support.cast import ADMIN, AGENT, CLERK, COMPLIANCE, EVERYONE, MANAGER, NURSE, OUTSIDER, SUPERVISOR
from tests.support.programs import Desk, desk
from ui.limits import Buckets

PAGE = {"accept": "text/html"}
VIEWS = ("all", "mine", "quarantine", "queue:nursing")
#: What each list may be asked besides nothing at all.
QUERIES: dict[str, tuple[str, ...]] = {
    "/inbox": tuple(f"view={view}" for view in VIEWS),
    "/api/conversations": tuple(f"view={view}" for view in VIEWS),
    "/inbox/filters": ("view=open",),
    "/api/bulk/matching": ("view=all",),
    "/board": ("as=table", "table=1", "wall=1"),
    "/api/metrics": ("by=reason", "by=queue"),
    "/fhir/Patient": ("_count=200", "name=canary"),
}
FILLED = {"conversation_id": "conversation", "patient_id": "patient", "message_id": "message", "attachment_id": "file"}
#: What names no secret: a figure, an act on many that is nobody's.
PLAIN = {"name": "breach_rate", "bulk_id": "7"}
#: FHIR: what of a secret is a resource of each kind. An AuditEvent is only searched for.
RESOURCES: dict[str, tuple[str, ...]] = {
    "Patient": ("patient",),
    "RelatedPerson": ("proxy",),
    "Communication": ("conversation", "message"),
    "Task": ("conversation",),
    "EpisodeOfCare": ("episode",),
    "Consent": ("consent",),
    "Provenance": ("move",),
    "AuditEvent": (),
}


@pytest.fixture
async def office(fresh_database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(fresh_database("sqlite"), tmp_path) as opened:
        # a crawl that is told to slow down has read nothing
        served(opened).state["token_buckets"] = Buckets(1e6, 1e6)
        yield opened


def served(office: Desk) -> Litestar:
    """The application behind the desk."""
    transport = office.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    app: Any = transport.app
    assert isinstance(app, Litestar)
    return app


@pytest.fixture
def secrets(office: Desk) -> list[Secret]:
    return [Secret(office, number, vis) for number, vis in enumerate(KINDS)]


def reads(office: Desk) -> list[str]:
    """The paths of all routes behind the sign-in that read."""
    found = [
        route.path_format
        for route in served(office).routes
        if isinstance(route, HTTPRoute)
        and "GET" in route.route_handler_map
        and route.route_handler_map["GET"][0].opt.get("scope") == "staff"
    ]
    assert len(found) > 20
    return found


def addresses(path: str, secrets: list[Secret]) -> Iterator[str]:
    """The path for each secret it can name, or with each query it understands."""
    names = set(re.findall(r"\{(\w+)\}", path))
    if "kind" in names:
        assert RESOURCES.keys() == SEARCHES.keys()
        if "resource_id" not in names:
            yield from addresses("/fhir/Patient", secrets)
        for secret in secrets:
            yield from resources(secret) if "resource_id" in names else compartments(secret)
        return
    if names & FILLED.keys():
        for secret in secrets:
            yield re.sub(r"\{(\w+)\}", lambda part, one=secret: str(getattr(one, FILLED[part[1]])), path)  # type: ignore[misc]  # a bound default
        return
    assert names <= PLAIN.keys()
    path = re.sub(r"\{(\w+)\}", lambda part: PLAIN[part[1]], path)
    yield path
    yield from (f"{path}?{query}" for query in QUERIES.get(path, ()))


def resources(secret: Secret) -> list[str]:
    """Each resource of a secret by itself."""
    return [f"/fhir/{kind}/{getattr(secret, name)}" for kind, names in RESOURCES.items() for name in names]


def compartments(secret: Secret) -> list[str]:
    """All that is searched for by its patient."""
    return [f"/fhir/{kind}?patient={secret.patient}" for kind in RESOURCES if kind != "Patient"]


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: f"{actor.role}-{actor.id}")
async def test_no_read_shows_a_word_beyond_sight(office: Desk, secrets: list[Secret], actor: Actor) -> None:
    hidden = [(word, secret) for secret in secrets for word in secret.hidden(actor)]
    met: set[str] = set()
    for path in reads(office):
        for address in addresses(path, secrets):
            answer = await office.call(actor, "GET", address, headers={} if path.startswith("/api") else PAGE)
            assert answer.status_code < 429, address
            shown = [word for word, _ in hidden if word in answer.text]
            assert (address, shown) == (address, [])
            met |= {word for secret in secrets for word in secret.words.values() if word in answer.text}
    every = {word for secret in secrets for word in secret.words.values()}
    # the control: whoever may see a field does meet it, so the crawl would have found it elsewhere too
    assert met == every - {word for word, _ in hidden}


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: f"{actor.role}-{actor.id}")
async def test_no_search_and_no_filter_finds_what_it_may_not_show(
    office: Desk, secrets: list[Secret], actor: Actor
) -> None:
    for secret in secrets:
        sight = secret.sight(actor)
        for field in ("GIVEN", "SENDER", "BODY", "SUBJECT"):
            found = await office.get(actor, "/api/conversations", view="all", q=secret.words[field])
            opens = sight.person if field in {"GIVEN", "SENDER"} else sight.texts
            assert (field, [row["id"] for row in found["items"]]) == (field, [secret.conversation] if opens else [])
        for query in ({"q": secret.phone}, {"patient": secret.patient}):
            found = await office.get(actor, "/api/conversations", view="all", **query)
            assert (query, [row["id"] for row in found["items"]]) == (query, [secret.conversation] * sight.person)
        for q in (secret.words["FAMILY"], secret.phone, secret.words["IDENTIFIER"]):
            found = await office.get(actor, "/api/patients", q=q)
            assert (q, [one["id"] for one in found["items"]]) == (q, [secret.patient] * sight.person)


@pytest.mark.parametrize("actor", [AGENT, OUTSIDER, ADMIN], ids=lambda actor: actor.role)
async def test_out_of_scope_and_not_there_are_the_same_bytes(office: Desk, secrets: list[Secret], actor: Actor) -> None:
    nowhere = Secret.__new__(Secret)
    nowhere.conversation = nowhere.patient = nowhere.message = nowhere.file = 987_654_321
    for path in reads(office):
        if not set(re.findall(r"\{(\w+)\}", path)) & FILLED.keys():
            continue
        (absent,) = addresses(path, [nowhere])
        missing = await office.call(actor, "GET", absent)
        assert missing.status_code == 404
        for secret in secrets:
            if not secret.sight(actor).operational:
                (address,) = addresses(path, [secret])
                answer = await office.call(actor, "GET", address)
                assert (address, answer.status_code, answer.content) == (address, 404, missing.content)


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda actor: f"{actor.role}-{actor.id}")
async def test_fhir_opens_what_is_in_sight_and_the_rest_is_not_there(
    office: Desk, secrets: list[Secret], actor: Actor
) -> None:
    nowhere = Secret.__new__(Secret)
    vars(nowhere).update({name: 987_654_321 for names in RESOURCES.values() for name in names})
    absent = [await office.call(actor, "GET", path) for path in resources(nowhere) + compartments(nowhere)]
    assert {answer.status_code for answer in absent} <= {200, 404}
    for secret in secrets:
        sight, told = secret.sight(actor), ""
        for path, missing in zip(resources(secret) + compartments(secret), absent, strict=True):
            answer = await office.call(actor, "GET", path)
            told += answer.text
            if sight.person:
                assert (path, answer.status_code) == (path, 200)
            elif "AuditEvent" not in path or missing.status_code == 404:
                assert (path, answer.status_code, answer.content) == (path, 404, missing.content)
        met = {field for field in ("GIVEN", "IDENTIFIER", "PROXY", "MESSAGEID", "BODY") if secret.words[field] in told}
        opened = {"GIVEN", "IDENTIFIER", "PROXY", "MESSAGEID"} if sight.person else set()
        assert met == opened | ({"BODY"} if sight.texts else set())


async def test_each_kind_is_somebodys_and_somebody_elses_not(office: Desk, secrets: list[Secret]) -> None:
    """The control of the matrix: its roles differ, or it would prove nothing."""
    sizes = {actor.role: sum(len(secret.hidden(actor)) for secret in secrets) for actor in EVERYONE}
    everything = len(secrets) * (len(FIELDS) + 2)
    blind = {actor.role: everything for actor in (MANAGER, COMPLIANCE, ADMIN)}
    assert {role: size for role, size in sizes.items() if size == everything} == blind | {"agent": everything}
    assert sizes[NURSE.role] < sizes[CLERK.role] < everything
    assert sizes[SUPERVISOR.role] < sizes[NURSE.role]
