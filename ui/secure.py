"""The page behind a secure link: asks who is there, shows the letter, takes an answer. Needs no script, sets no cookie.

A wrong, expired, locked or unknown link is one and the same page. The token stands in the path alone.
"""

from __future__ import annotations

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
from inbox.secure import Answer, Letter, Opened
from ui import guards, links
from ui.links import Visit

GONE = "gone"


@get("/s/{token:str}", sync_to_thread=True)
def ask(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Asks for the birth date or offers a code; opening the address alone tells and changes nothing."""
    visit = Visit(request, house, state, token, GONE)
    letter = visit.find(secure.look)
    return visit.gone() if letter is None else _asking(visit, letter)


@post("/s/{token:str}", request_max_body_size=links.BODY_BYTES, status_code=200)
async def open_letter(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """One try. What is no whole date or code is asked again and does not count."""
    fields = links.read(request, await request.body())
    return await anyio.to_thread.run_sync(_try, Visit(request, house, state, token, GONE), fields)


@post("/s/{token:str}/code", sync_to_thread=True, status_code=200)
def send_code(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Six digits to the address the link went to."""
    visit = Visit(request, house, state, token, GONE)
    letter = house.database.write(secure.send_code, house, token)
    return visit.gone() if letter is None else _asking(visit, letter)


@post("/s/{token:str}/reply", request_max_body_size=links.BODY_BYTES, status_code=200)
async def reply(
    request: Request[Any, Any, Any], token: FromPath[str], house: NamedDependency[House], state: State
) -> Response[str]:
    """Stores the answer raw before it thanks; a page that was open for too long, or has answered already, sends
    nothing and says so."""
    body = await request.body()
    visit, fields = Visit(request, house, state, token, GONE), links.read(request, body)
    text = fields.get("text", "").strip()
    answer = await anyio.to_thread.run_sync(_answering, visit, fields.get("ticket", ""), text)
    if answer is None or not text or len(text) > ANSWER_LONGEST:
        return await anyio.to_thread.run_sync(_ended, visit)
    doorstep: Doorstep = state.running.doorstep
    kept = {"content-type": request.headers.get("content-type", "")}
    headers = {"x-secure": str(answer.letter_id), "x-answer": answer.key, **kept}
    # the address holds the token, so another one is kept with the words
    door = DoorRequest(f"{house.settings.public_url}/s/reply", headers, body)
    await doorstep.accept(Arrived("secure", *secure.ANSWER_DOOR, answer.key, door, answer.digest))
    return await anyio.to_thread.run_sync(_thanks, visit)


def _try(visit: Visit, fields: dict[str, str]) -> Response[str]:
    letter = visit.find(secure.look)
    if letter is None:
        return visit.gone()
    born, code = _birth_on(fields), fields.get("code", "").strip()
    if letter.asks == "birth" and born is None:
        return _asking(visit, letter, error=visit.words["letter_no_date"], typed=fields)
    if letter.asks == "code" and not (len(code) == 6 and code.isdecimal()):
        return _asking(visit, letter, error=visit.words["letter_no_code"])
    tried: dict[str, Any] = {"birth_on": born, "code": code, "address": guards.client_address(visit.request)}
    found = visit.house.database.write(secure.open_letter, visit.house, visit.token, **tried)
    if isinstance(found, Opened):
        return _opened(visit, found)
    if found is None or visit.too_many():
        return visit.gone()
    wrong = visit.words[f"letter_wrong_{found.asks}"].format(left=found.left)
    return _asking(visit, found, error=wrong, typed=fields if found.asks == "birth" else None)


def _asking(visit: Visit, letter: Letter, *, error: str = "", typed: dict[str, str] | None = None) -> Response[str]:
    visit.known = letter.language
    asked = {"letter": letter, "until": visit.moment(letter.expires_at), "error": error, "typed": typed or {}}
    return visit.page("letter.html", status=422 if error else 200, **asked)


def _opened(visit: Visit, opened: Opened) -> Response[str]:
    """The browser itself goes back to the question when the ticket has run out."""
    back = f"{int(secure.OPEN_FOR.total_seconds())};url=/s/{visit.token}?lang={visit.spoken}"
    return visit.page("letter_open.html", headers={"refresh": back}, opened=opened, at=visit.moment(opened.at))


def _thanks(visit: Visit) -> Response[str]:
    return visit.page("letter_thanks.html", promise=visit.promise())


def _ended(visit: Visit) -> Response[str]:
    if visit.find(secure.look) is None:
        return visit.gone()
    return visit.page("notice.html", status=410, notice="letter_ended", again=f"/s/{visit.token}")


def _answering(visit: Visit, ticket: str, text: str) -> Answer | None:
    with visit.house.database.snapshot() as reading:
        return secure.answers(reading, visit.house, visit.token, ticket, text)


def _birth_on(fields: dict[str, str]) -> date | None:
    parts = [fields.get(name, "").strip() for name in ("year", "month", "day")]
    if not all(part.isdecimal() and part.isascii() for part in parts) or len(parts[0]) != 4:
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


HANDLERS = [ask, open_letter, send_code, reply]
