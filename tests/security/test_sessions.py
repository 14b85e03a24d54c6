"""Sessions and other sites: ids are ours alone, end when they should, and nobody acts in another's name."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from inbox import accounts
from inbox.errors import TooMany, Unauthenticated
from inbox.house import House
from inbox.live import Hub
from inbox.settings import Settings
from inbox.store import accounts as people
from inbox.subscriber import JsonRenderer, Subscriber
from tests.support import passwords
from tests.support.application import application
from tests.support.cast import NOW
from ui import guards

PASSWORD = "a-long-enough-password"
ORIGIN = "https://inbox.clinic.example"
COOKIE = "__Host-warmline"


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest) -> Iterator[None]:
    """Cheap hashes, but where their time is the question."""
    with nullcontext() if "time" in request.node.originalname else passwords.quick():
        yield


class Office:
    """A clinic over https, seen by browsers; its clock is `now`."""

    def __init__(self, url: str, folder: Path, proxies: tuple[str, ...] = ()) -> None:
        self.now: datetime = NOW
        settings = Settings(data_dir=folder, database_url=url, public_url=ORIGIN, trusted_proxies=proxies)
        self.house = House(settings, clock=lambda: self.now)
        self._lent = ExitStack()
        self.app: Litestar = self._lent.enter_context(application(self.house))
        with self.house.database.transaction() as unit:
            for name in ("jess", "sam"):
                person = {"email": f"{name}@clinic.example", "name": name.title(), "role": "agent"}
                accounts.add(unit, **person, teams=["contact_center"], password=PASSWORD, by=None)

    def close(self) -> None:
        self._lent.close()
        self.house.close()

    def browser(self, peer: str = "198.51.100.7") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(peer, 5000))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(database_url, tmp_path)
    yield made
    made.close()


async def sign_in(browser: httpx.AsyncClient, name: str = "jess", password: str = PASSWORD) -> httpx.Response:
    form = {"email": f"{name}@clinic.example", "password": password}
    return await browser.post("/login", data=form)


async def signed_in(office: Office, name: str = "jess") -> httpx.AsyncClient:
    browser = office.browser()
    assert (await sign_in(browser, name)).status_code == 303
    return browser


async def is_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/api/patients")).status_code == 200


async def token_of(browser: httpx.AsyncClient) -> str:
    page = await browser.get("/inbox", headers={"accept": "text/html"})
    return page.text.split('name="csrf-token" content="')[1].split('"')[0]


async def test_the_cookie_is_for_our_own_https_pages_only(office: Office) -> None:
    answer = await sign_in(office.browser())
    (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
    attributes = {name: value for name, value in morsel.items() if value}
    assert (morsel.key, len(morsel.value)) == (COOKIE, 43)
    assert attributes == {"path": "/", "httponly": True, "secure": True, "samesite": "lax"}


async def test_an_id_that_the_client_chose_is_never_adopted(office: Office) -> None:
    chosen = "A" * 43
    browser = office.browser()
    browser.cookies.set(COOKIE, chosen, domain="inbox.clinic.example")
    answer = await sign_in(browser)
    (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert morsel.value != chosen
    thief = office.browser()
    thief.cookies.set(COOKIE, chosen, domain="inbox.clinic.example")
    assert await is_in(browser)
    assert not await is_in(thief)


async def test_signing_in_again_ends_the_session_before(office: Office) -> None:
    browser = await signed_in(office)
    before = browser.cookies[COOKIE]
    await sign_in(browser)
    assert browser.cookies[COOKIE] != before
    old = office.browser()
    old.cookies.set(COOKIE, before, domain="inbox.clinic.example")
    assert (await is_in(browser), await is_in(old)) == (True, False)


async def test_signing_out_ends_it_on_the_server(office: Office) -> None:
    browser = await signed_in(office)
    kept = browser.cookies[COOKIE]
    await browser.post("/sign-out", headers={"x-csrf-token": await token_of(browser)})
    browser.cookies.set(COOKIE, kept, domain="inbox.clinic.example")
    assert not await is_in(browser)


async def test_an_idle_session_ends_and_a_used_one_lives_until_its_twelve_hours(office: Office) -> None:
    idle, used = await signed_in(office), await signed_in(office)
    for _ in range(12 * 6):
        office.now += timedelta(minutes=10)
        assert await is_in(used)
    office.now += timedelta(minutes=1)
    assert (await is_in(idle), await is_in(used)) == (False, False)


async def test_what_a_screen_does_by_itself_keeps_no_session_alive(office: Office) -> None:
    browser = await signed_in(office)
    for _ in range(3):
        office.now += timedelta(minutes=5, seconds=1)
        answer = await browser.get("/api/patients", headers={"x-background": "1"})
    assert answer.status_code == 401


async def test_guesses_at_an_account_are_stopped_also_when_sent_at_once(office: Office) -> None:
    def guess(number: int) -> str:
        try:
            attempt = {"email": "jess@clinic.example", "password": f"guess-number-{number}"}
            accounts.sign_in(office.house.database, **attempt, address=f"203.0.113.{number}", agent="")
        except (Unauthenticated, TooMany) as error:
            return type(error).__name__
        return "in"

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(guess, range(16)))
    # two are checked at a time, so at most one more than five slips by
    assert told.count("Unauthenticated") <= accounts.FAILURES_PER_ACCOUNT + 1
    assert told.count("in") == 0
    office.now += timedelta(minutes=1, seconds=1)
    assert (await sign_in(office.browser())).status_code == 303


async def test_an_address_that_guesses_is_stopped_whatever_it_says_of_itself(office: Office) -> None:
    statuses = []
    for number in range(22):
        browser = office.browser("203.0.113.9")
        browser.headers["x-forwarded-for"] = f"10.0.0.{number}"
        statuses.append((await sign_in(browser, f"nobody{number}", "x")).status_code)
    assert statuses == [401] * 20 + [429] * 2
    assert (await sign_in(office.browser("203.0.113.10"))).status_code == 303


async def test_behind_our_proxy_the_last_foreign_hop_counts(database_url: str, tmp_path: Path) -> None:
    office = Office(database_url, tmp_path, proxies=("10.1.1.1", "10.1.1.2"))
    statuses = []
    for number in range(21):
        browser = office.browser("10.1.1.1")
        browser.headers["x-forwarded-for"] = f"192.0.2.{number}, 203.0.113.9, 10.1.1.2"
        statuses.append((await sign_in(browser, f"nobody{number}", "x")).status_code)
    honest = office.browser("10.1.1.1")
    honest.headers["x-forwarded-for"] = "198.51.100.1"
    assert (statuses, (await sign_in(honest)).status_code) == ([401] * 20 + [429], 303)
    office.close()


async def test_an_unknown_account_is_told_the_same_in_the_same_time(office: Office) -> None:
    await sign_in(office.browser(), "nobody0", "x")  # the decoy is made once
    took: dict[str, list[float]] = {"jess": [], "nobody": []}
    pages = set()
    for number in range(3):
        for name in took:
            start = time.perf_counter()
            answer = await sign_in(office.browser(), name, f"wrong-{number}")
            took[name].append(time.perf_counter() - start)
            pages.add((answer.status_code, answer.text))
    assert len(pages) == 1
    assert min(took["nobody"]) > 0.5 * min(took["jess"])


FOREIGN: list[dict[str, str | None]] = [
    {"x-csrf-token": None},
    {"x-csrf-token": ""},
    {"x-csrf-token": "another"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": None, "sec-fetch-site": "same-site"},
    {"origin": ORIGIN + ".evil.example"},
    {"origin": ORIGIN.replace("https", "http")},
]


def unsafe_routes(app: Litestar) -> list[tuple[str, str]]:
    return [
        (method, re.sub(r"\{\w+\}", "7", route.path_format))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, *_) in route.route_handler_map.items()
        if method not in {"GET", "HEAD", "OPTIONS"} and handler.opt.get("scope") == "staff"
    ]


async def test_no_unsafe_route_hears_another_site_or_another_sessions_token(office: Office) -> None:
    browser, other = await signed_in(office), await signed_in(office, "sam")
    token, theirs = await token_of(browser), await token_of(other)
    asked = unsafe_routes(office.app)
    assert len(asked) > 25
    for method, path in asked:
        for foreign in (*FOREIGN, {"x-csrf-token": theirs}):
            given: dict[str, Any] = {"x-csrf-token": token, "origin": ORIGIN, **foreign}
            request = browser.build_request(
                method, path, json={}, headers={k: v for k, v in given.items() if v is not None}
            )
            for name in (name for name, value in given.items() if value is None):
                request.headers.pop(name, None)
            answer = await browser.send(request)
            assert (path, foreign, answer.status_code) == (path, foreign, 403)
    # the control: with our own origin and token the same requests get further
    ours = {"x-csrf-token": token}
    answers = [
        await browser.request(method, path, json={}, headers=ours)
        for method, path in asked
        if path not in {"/sign-out", "/lock"}
    ]
    assert {answer.status_code for answer in answers} <= {200, 204, 403, 404, 409, 422}
    # what this person's role does not do is refused in other words
    refused = {answer.json()["detail"] for answer in answers if answer.status_code == 403}
    assert not refused & {"The request came from another site.", "This page is out of date. Reload it and try again."}


async def test_a_one_time_password_opens_one_page_and_nothing_else(office: Office) -> None:
    browser = await signed_in(office)
    with office.house.database.transaction() as unit:
        actor_id = people.by_email(unit, "jess@clinic.example").id  # type: ignore[union-attr]  # she works here
        people.give_password(unit, actor_id, accounts.password_hash("given-by-an-admin"))
        bearer = accounts.issue_token(unit, email="jess@clinic.example", label="test")
    browser = office.browser()
    await sign_in(browser, password="given-by-an-admin")
    page = await browser.get("/inbox", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/password")
    shown = await browser.get("/password", headers={"accept": "text/html"})
    csrf = shown.text.split('name="csrf" value="')[1].split('"')[0]
    for method, path in [("GET", "/inbox"), *unsafe_routes(office.app)]:
        answer = await browser.request(method, path, json={}, headers={"x-csrf-token": csrf})
        expected = (422, "") if path == "/password" else (403, "password_due")
        told = answer.json() if answer.status_code == 403 else {}
        reason = (
            told["issue"][0]["details"]["coding"][0]["code"] if path.startswith("/fhir/") else told.get("reason", "")
        )
        assert (path, answer.status_code, reason) == (path, *expected)
    program = await office.browser().get("/api/patients", headers={"authorization": f"Bearer {bearer}"})
    assert (program.status_code, program.json()["reason"]) == (403, "password_due")
    refused = await browser.post("/password", data={"password": PASSWORD, "again": PASSWORD, "csrf": "x"})
    assert refused.status_code == 403
    chosen = await browser.post("/password", data={"password": PASSWORD, "again": PASSWORD, "csrf": csrf})
    assert (chosen.headers["location"], await is_in(browser)) == ("/inbox", True)
    assert (await browser.get("/password", headers={"accept": "text/html"})).headers["location"] == "/inbox"


async def test_another_site_cannot_sign_anybody_in(office: Office) -> None:
    for origin in ("https://evil.example", "null"):
        browser = office.browser()
        browser.headers["origin"] = origin
        assert (await sign_in(browser)).status_code == 403


async def test_a_token_needs_no_origin_and_a_cookie_beside_it_counts_for_nothing(office: Office) -> None:
    browser = await signed_in(office)
    with office.house.database.transaction() as unit:
        bearer = accounts.issue_token(unit, email="sam@clinic.example", label="test")
    browser.headers.pop("origin")
    named = {"authorization": f"Bearer {bearer}"}
    said = await browser.post("/api/availability", json={"availability": "busy"}, headers=named)
    assert said.status_code == 200
    wrong = {"authorization": "Bearer wrong", "x-csrf-token": await token_of(browser), "origin": ORIGIN}
    refused = await browser.post("/api/availability", json={"availability": "busy"}, headers=wrong)
    assert refused.status_code == 401


async def test_without_the_check_another_site_would_be_heard(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the table above."""
    monkeypatch.setattr(guards, "check_origin", lambda _: None)
    browser = await signed_in(office)
    headers = {"x-csrf-token": await token_of(browser), "origin": "https://evil.example"}
    assert (await browser.post("/availability", json={"availability": "busy"}, headers=headers)).status_code == 204


async def test_an_open_socket_ends_with_its_idle_session(office: Office) -> None:
    person = {"email": "jess@clinic.example", "password": PASSWORD, "address": "", "agent": ""}
    signed = accounts.sign_in(office.house.database, **person)
    hub, loop = Hub(office.house), asyncio.get_running_loop()
    socket = Subscriber(signed.actor, JsonRenderer(), loop, accounts.hashed(signed.session_id))
    hub.recheck(socket)
    await asyncio.sleep(0)
    assert socket.close_code == 0
    office.now += accounts.IDLE + timedelta(seconds=1)
    hub.recheck(socket)
    await asyncio.sleep(0)
    assert socket.close_code == 4401


async def back(browser: httpx.AsyncClient, actor_id: int, password: str = PASSWORD) -> httpx.Response:
    return await browser.post("/unlock", json={"actor_id": actor_id, "password": password})


def id_of(office: Office, name: str) -> int:
    with office.house.database.snapshot() as reading:
        found = people.by_email(reading, f"{name}@clinic.example")
    assert found is not None
    return int(found.id)


async def test_a_locked_or_idle_session_answers_nothing_until_its_persons_password(office: Office) -> None:
    for leaves in ("lock", "idle"):
        browser = await signed_in(office)
        before, token = browser.cookies[COOKIE], await token_of(browser)
        if leaves == "lock":
            assert (await browser.post("/lock", headers={"x-csrf-token": token})).status_code == 204
        else:
            office.now += timedelta(minutes=15, seconds=1)
        assert not await is_in(browser)
        jess = id_of(office, "jess")
        wrong = await back(browser, jess, "another-long-password")
        assert (wrong.status_code, wrong.json().get("ended"), await is_in(browser)) == (401, None, False)
        right = await back(browser, jess)
        assert (right.status_code, await is_in(browser)) == (200, True)
        # a new id, the token that goes with it, and the old id is dead
        assert browser.cookies[COOKIE] != before
        acted = await browser.post("/presence", headers={"x-csrf-token": right.json()["csrf"]})
        stale = await browser.post("/presence", headers={"x-csrf-token": token})
        assert (acted.status_code, stale.status_code) == (204, 403)
        thief = office.browser()
        thief.cookies.set(COOKIE, before, domain="inbox.clinic.example")
        assert not await is_in(thief)
        assert (await back(thief, jess)).json()["ended"] is True


async def test_only_the_person_of_the_session_unlocks_it(office: Office) -> None:
    browser = await signed_in(office)
    office.now += timedelta(minutes=20)
    theirs = await back(browser, id_of(office, "sam"))
    assert (theirs.status_code, theirs.json()["ended"]) == (401, True)
    stranger = office.browser()
    assert (await back(stranger, id_of(office, "jess"))).json()["ended"] is True
    browser.headers["origin"] = "https://evil.example"
    assert (await back(browser, id_of(office, "jess"))).status_code == 403
    browser.headers["origin"] = ORIGIN
    assert (await back(browser, id_of(office, "jess"))).status_code == 200  # the control


async def test_guesses_at_a_locked_screen_are_counted_like_any(office: Office) -> None:
    browser = await signed_in(office)
    office.now += timedelta(minutes=20)
    jess = id_of(office, "jess")
    told = [(await back(browser, jess, f"guess-number-{number}")).status_code for number in range(6)]
    assert told == [401] * 5 + [429]


async def test_locking_closes_the_sockets_of_the_session(office: Office) -> None:
    browser = await signed_in(office)
    hub = Hub(office.house)
    hub.start()
    with office.house.database.snapshot() as reading:
        actor = people.actor(reading, id_of(office, "jess"))
    assert actor is not None
    key = accounts.hashed(browser.cookies[COOKIE])
    socket = Subscriber(actor, JsonRenderer(), asyncio.get_running_loop(), key)
    await asyncio.to_thread(hub.subscribe, socket, None)
    await browser.post("/lock", headers={"x-csrf-token": await token_of(browser)})
    async with asyncio.timeout(5):
        await socket.closed()
    assert socket.close_code == 4401
    await asyncio.to_thread(hub.stop)
