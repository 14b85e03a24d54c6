"""The web form as a browser and as a program meet it: stored before the thanks, nothing lost, nothing repeated."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from channels import webform
from channels.form import CONTACT
from inbox import practice
from inbox.house import House
from inbox.practice import Practice
from inbox.settings import Settings
from inbox.store.tables import arrivals
from tests.support.patient_doors import patient_doors
from tests.support.serving import serving

#: A Friday afternoon in Los Angeles.
FRIDAY = datetime(2026, 3, 13, 23, 30, tzinfo=UTC)
ANSWERS = {"name": "Ana Ruiz", "email": "ana@home.example", "message": "Where is my bill?"}
PAGE = {"accept": "text/html,application/xhtml+xml"}
CLINIC = Practice(
    name="Northside Health",
    hours={day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    forms_hosts=("https://clinic.example",),
)


class Door:
    """The form's door in an application whose clock stands still."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self.house, self.client = house, client

    async def post(self, *, page: bool = True, **fields: Any) -> httpx.Response:
        return await self.client.post("/forms/contact", data=fields, headers=PAGE if page else {})

    def stored(self) -> Sequence[Any]:
        with self.house.database.snapshot() as reading:
            return reading.all(select(arrivals).order_by(arrivals.c.id))

    def token(self, age: timedelta = timedelta(minutes=1)) -> str:
        return webform.token(self.house.keys.form, FRIDAY - age)


@pytest.fixture
async def door(fresh_database: Any, tmp_path: Path) -> AsyncIterator[Door]:
    settings = Settings(data_dir=tmp_path, database_url=fresh_database("sqlite"))
    house = House(settings, clock=lambda: FRIDAY)
    with house.database.transaction() as unit:
        practice.publish(unit, CLINIC, actor=None)
    async with serving(patient_doors(house)) as url, httpx.AsyncClient(base_url=url) as client:
        yield Door(house, client)


async def test_a_filled_form_is_stored_whole_and_thanked_without_repeating_a_word(door: Door) -> None:
    answer = await door.post(token=door.token(), **ANSWERS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/forms/contact/thanks?lang=en")
    thanks = await door.client.get(answer.headers["location"], headers=PAGE)
    assert thanks.status_code == 200
    assert [word for word in ("Ana", "ana@home", "bill") if word in thanks.text] == []
    assert "We answer by Mon, Mar 16, 4:30 PM." in thanks.text
    (row,) = door.stored()
    inbound = webform.parse(
        webform.DoorRequest(row.url, row.headers, row.body), CONTACT, door.house.keys.form, row.received_at
    )
    assert (row.door, row.channel, row.account, row.state) == ("webform", "webform", "webform", "accepted")
    assert (row.external_id, inbound.text, inbound.machine) == (inbound.external_id, ANSWERS["message"], None)


async def test_a_double_click_is_one_arrival(door: Door) -> None:
    token = door.token()
    answers = [await door.post(token=token, **ANSWERS) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(door.stored()) == 1


async def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(door: Door) -> None:
    token = door.token()
    answer = await door.post(token=token, name='Ana "A" <Ruiz>', email="ana at home", message="Where?", topic="billing")
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-error">([^<]+)<', answer.text) == [("email", "This is not an e-mail address.")]
    assert 'value="Ana &#34;A&#34; &lt;Ruiz&gt;"' in answer.text
    assert re.findall(r'<option value="(\w+)" selected>', answer.text) == ["billing"]
    assert re.findall(r'name="token" value="([^"]+)"', answer.text) == [token]
    assert door.stored() == []


async def test_the_form_speaks_spanish_by_address_or_by_browser(door: Door) -> None:
    asked = await door.client.get("/forms/contact?lang=es", headers=PAGE)
    wished = await door.client.get("/forms/contact", headers={**PAGE, "accept-language": "en;q=0.4, es-MX;q=0.9"})
    other = await door.client.get("/forms/contact", headers={**PAGE, "accept-language": "de, fr;q=0.5"})
    assert [re.findall(r'<html lang="(\w+)">', page.text) for page in (asked, wished, other)] == [
        ["es"],
        ["es"],
        ["en"],
    ]
    assert "¿En qué podemos ayudarle?" in asked.text
    refused = await door.client.post("/forms/contact?lang=es", data={"name": "Ana"}, headers=PAGE)
    assert re.findall(r'-error">([^<]+)<', refused.text) == [
        "Indique un correo o un número de teléfono.",
        "Complete este campo.",
    ]
    thanks = await door.client.get("/forms/contact/thanks?lang=es", headers=PAGE)
    assert "Respondemos a más tardar: lunes 16 de marzo, 4:30 p. m." in thanks.text


async def test_a_program_needs_no_token_and_gets_the_arrival_id(door: Door) -> None:
    answer = await door.post(page=False, **ANSWERS)
    (row,) = door.stored()
    assert (answer.status_code, answer.json()["arrival"]) == (202, str(row.id))
    incomplete = await door.post(page=False, name="Ana", email="ana@home.example")
    assert incomplete.status_code == 422
    assert incomplete.json()["errors"] == [{"field": "message", "detail": "Please fill this in."}]


async def test_a_program_that_names_no_address_is_kept_and_a_person_is_asked(door: Door) -> None:
    kept = await door.post(page=False, name="Ana", message="Call me")
    asked = await door.post(name="Ana", message="Call me")
    assert (kept.status_code, asked.status_code, len(door.stored())) == (202, 422, 1)


async def test_a_program_that_names_no_writer_is_kept_and_a_person_is_asked(door: Door) -> None:
    kept = await door.post(page=False, email="ana@home.example", message="Call me")
    asked = await door.post(email="ana@home.example", message="Call me")
    assert (kept.status_code, asked.status_code, len(door.stored())) == (202, 422, 1)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [("text/xml", b"<form/>"), ("application/json", b"{not json"), ("application/x-www-form-urlencoded", b"\xff\x00=")],
)
async def test_what_cannot_be_understood_is_stored_and_answered_2xx(door: Door, media_type: str, body: bytes) -> None:
    answers = [
        await door.client.post("/forms/contact", content=body, headers={"content-type": media_type}) for _ in range(2)
    ]
    (row,) = door.stored()
    assert ([answer.status_code for answer in answers], row.body) == ([202, 202], body)


async def test_files_come_along(door: Door) -> None:
    files = [("files", ("rash.jpg", b"\xff\xd8\xff" + b"x" * 100_000, "image/jpeg"))]
    answer = await door.client.post("/forms/contact", data=ANSWERS, files=files, headers=PAGE)
    (row,) = door.stored()
    assert (answer.status_code, row.body, row.size > 100_000) == (303, None, True)


async def test_the_sixth_form_in_a_minute_is_told_the_phone_number(door: Door) -> None:
    statuses = [(await door.post(**ANSWERS, topic=str(n))).status_code for n in range(5)]
    sixth = await door.post(**ANSWERS)
    assert (statuses, sixth.status_code) == ([303] * 5, 429)
    assert 'href="tel:+14155550100">Call us: (415) 555-0100</a>' in sixth.text
    assert 0 < int(sixth.headers["retry-after"]) <= 61
    assert len(door.stored()) == 5


async def test_a_body_over_the_limit_is_refused(door: Door) -> None:
    answer = await door.client.post("/forms/contact", content=b"a" * ((25 << 20) + 1), headers=PAGE)
    assert (answer.status_code, door.stored()) == (413, [])
    assert "The files are too large" in answer.text


@pytest.mark.parametrize("path", ["/forms/nothing", "/forms/nothing.js", "/forms/nothing/thanks"])
async def test_an_unknown_form_is_not_found(door: Door, path: str) -> None:
    assert (await door.client.get(path, headers=PAGE)).status_code == 404
    assert (await door.client.get(path)).json()["status"] == 404


async def test_only_the_clinics_own_site_may_frame_the_form(door: Door) -> None:
    page = await door.client.get("/forms/contact", headers=PAGE)
    policy = dict(rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";"))
    assert policy["frame-ancestors"] == "https://clinic.example"
    assert (policy["default-src"], policy["script-src"]) == ("'none'", "'self'")
    assert (page.headers["cache-control"], page.headers.get("set-cookie")) == ("no-store", None)


async def test_every_page_names_the_emergency_number(door: Door) -> None:
    for path in ("/forms/contact", "/forms/contact/thanks", "/forms/nothing"):
        assert '<a href="tel:911">911</a>' in (await door.client.get(path, headers=PAGE)).text


async def test_the_loader_is_small_and_may_be_used_by_other_sites(door: Door) -> None:
    loader = await door.client.get("/forms/contact.js")
    assert loader.headers["content-type"] == "text/javascript; charset=utf-8"
    assert loader.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(loader.content) < 2000


async def test_what_is_wrong_in_spanish_can_be_read_in_english_and_nothing_typed_is_lost(door: Door) -> None:
    typed = {"message": "¿Dónde está mi factura?", "token": door.token()}
    spanish = await door.client.post("/forms/contact?lang=es&embed=1", data=typed, headers=PAGE)
    assert re.findall(r'class="err"[^>]*>([^<]*)<', spanish.text) == [
        "Complete este campo.",
        "Indique un correo o un número de teléfono.",
    ]
    (way,) = re.findall(r'formaction="([^"]*)"', spanish.text)
    again = await door.client.post(way.replace("&amp;", "&"), data=typed, headers=PAGE)
    assert (again.status_code, '<html lang="en">' in again.text, "¿Dónde está mi factura?" in again.text) == (
        200,
        True,
        True,
    )
    assert ('action="/forms/contact?lang=en&amp;embed=1"' in again.text, 'class="err"' in again.text) == (True, False)
    sent = await door.client.post("/forms/contact?lang=en&embed=1", data=typed | ANSWERS, headers=PAGE)
    assert (sent.url.path, len(door.stored())) == ("/forms/contact", 1)
    assert sent.headers["location"] == "/forms/contact/thanks?lang=en&embed=1"
