"""The page behind a secure link: asks who is there, shows the letter, takes an answer. Needs no script, sets no cookie.

A wrong, expired, locked or unknown link is one and the same page. The token stands in the path alone.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

import anyio.to_thread
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from channels.envelope import DoorRequest
from channels.webform import ANSWER_LONGEST
from inbox import secure
from inbox.house import House
from inbox.intake import Arrived, Doorstep
from inbox.opening import opening
from inbox.secure import Letter, Opened
from ui import guards, links, patient
from ui.patient_words import WORDS


@get("/s/{token:str}", sync_to_thread=True)
def ask(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Asks for the birth date or offers a code; opening the address alone tells and changes nothing."""
    with house.database.snapshot() as reading:
        letter = secure.look(reading, token)
    return links.gone(request, house, state, "gone") if letter is None else _asking(request, house, token, letter)


@post("/s/{token:str}", request_max_body_size=links.BODY_BYTES, status_code=200)
async def open_letter(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """One try. What is no whole date or code is asked again and does not count."""
    fields = links.read(request, await request.body())
    return await anyio.to_thread.run_sync(_try, request, house, state, token, fields)


@post("/s/{token:str}/code", sync_to_thread=True, status_code=200)
def send_code(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Six digits to the address the link went to."""
    letter = house.database.write(secure.send_code, house, token)
    return links.gone(request, house, state, "gone") if letter is None else _asking(request, house, token, letter)


@post("/s/{token:str}/reply", request_max_body_size=links.BODY_BYTES, status_code=200)
async def reply(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Stores the answer raw before it thanks; a page that was open for too long sends nothing and says so."""
    body = await request.body()
    fields = links.read(request, body)
    letter_id = await anyio.to_thread.run_sync(_answered, house, token, fields.get("ticket", ""))
    text, once = fields.get("text", "").strip(), fields.get("once", "")[:60]
    if letter_id is None or not text or len(text) > ANSWER_LONGEST:
        return await anyio.to_thread.run_sync(_ended, request, house, state, token)
    doorstep: Doorstep = state.running.doorstep
    key = f"letter:{letter_id}:{once}"
    headers = {"x-secure": str(letter_id), "x-answer": key, "content-type": request.headers.get("content-type", "")}
    # the address holds the token, so another one is kept with the words
    door = DoorRequest(f"{house.settings.public_url}/s/reply", headers, body)
    await doorstep.accept(Arrived("secure", "webform", "secure", key, door))
    return await anyio.to_thread.run_sync(_thanks, request, house)


def _try(
    request: Request[Any, Any, Any], house: House, state: State, token: str, fields: dict[str, str]
) -> Response[str]:
    with house.database.snapshot() as reading:
        letter = secure.look(reading, token)
    if letter is None:
        return links.gone(request, house, state, "gone")
    words = WORDS[patient.language(request, letter.language)]
    born, code = _birth_on(fields), fields.get("code", "").strip()
    if letter.asks == "birth" and born is None:
        return _asking(request, house, token, letter, error=words["letter_no_date"], typed=fields)
    if letter.asks == "code" and not (len(code) == 6 and code.isdecimal()):
        return _asking(request, house, token, letter, error=words["letter_no_code"])
    address = guards.client_address(request)
    found = house.database.write(secure.open_letter, house, token, birth_on=born, code=code, address=address)
    if isinstance(found, Opened):
        return _opened(request, house, token, found)
    if found is None or links.misses(state).too_many(request):
        return links.gone(request, house, state, "gone")
    wrong = words[f"letter_wrong_{found.asks}"].format(left=found.left)
    return _asking(request, house, token, found, error=wrong, typed=fields if found.asks == "birth" else None)


def _asking(
    request: Request[Any, Any, Any],
    house: House,
    token: str,
    letter: Letter,
    *,
    error: str = "",
    typed: dict[str, str] | None = None,
) -> Response[str]:
    now, practice = house.database.clock(), house.configuration.practice()
    spoken = patient.language(request, letter.language)
    until = patient.moment(letter.expires_at, practice, now, spoken)
    asked = {"letter": letter, "token": token, "until": until, "error": error, "typed": typed or {}}
    status = 422 if error else 200
    return links.page(request, house, "letter.html", status=status, known=letter.language, **asked)


def _opened(request: Request[Any, Any, Any], house: House, token: str, opened: Opened) -> Response[str]:
    """The browser itself goes back to the question when the ticket has run out."""
    now, practice = house.database.clock(), house.configuration.practice()
    spoken = patient.language(request, opened.language)
    at = patient.moment(opened.at, practice, now, spoken)
    closes = {"refresh": f"{int(secure.OPEN_FOR.total_seconds())};url=/s/{token}?lang={spoken}"}
    shown = {"opened": opened, "token": token, "at": at, "once": secrets.token_urlsafe(12)}
    return links.page(request, house, "letter_open.html", headers=closes, known=opened.language, **shown)


def _thanks(request: Request[Any, Any, Any], house: House) -> Response[str]:
    now, practice = house.database.clock(), house.configuration.practice()
    promise = patient.reply_promise(opening(practice, "webform", now), practice, now, patient.language(request))
    return links.page(request, house, "letter_thanks.html", promise=promise)


def _ended(request: Request[Any, Any, Any], house: House, state: State, token: str) -> Response[str]:
    with house.database.snapshot() as reading:
        is_live = secure.look(reading, token) is not None
    if not is_live:
        return links.gone(request, house, state, "gone")
    return links.page(request, house, "notice.html", status=410, notice="letter_ended", again=f"/s/{token}")


def _answered(house: House, token: str, ticket: str) -> int | None:
    with house.database.snapshot() as reading:
        return secure.answers(reading, house, token, ticket)


def _birth_on(fields: dict[str, str]) -> date | None:
    parts = [fields.get(name, "").strip() for name in ("year", "month", "day")]
    if not all(part.isdecimal() and part.isascii() for part in parts) or len(parts[0]) != 4:
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


HANDLERS = [ask, open_letter, send_code, reply]
