"""The doors of providers: size, then signature over the raw bytes, then the durable store, then 2xx. Nothing is parsed
and nothing is looked up before that.
"""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from litestar import Request, Response, post
from litestar.exceptions import ClientException

import channels.mail
from channels import twilio
from channels.envelope import BadSignature, DoorRequest
from inbox import call_twiml, intake
from inbox.errors import DoorClosed, TooLarge
from inbox.house import House
from inbox.intake import Arrived
from ui.guards import house_of

MAIL_BYTES = 60 * 1024 * 1024
SMALL_BYTES = 1024 * 1024


@post("/in/twilio/messages", request_max_body_size=SMALL_BYTES)
async def messages(request: Request[Any, Any, Any]) -> Response[str]:
    """SMS, MMS, WhatsApp, Messenger."""
    arrived = await _signed(request, intake.message)
    if arrived is not None:
        await request.app.state.running.doorstep.accept(arrived)
        return _twiml("<Response/>")
    return _forbidden()


@post("/in/twilio/status", request_max_body_size=SMALL_BYTES)
async def status(request: Request[Any, Any, Any]) -> Response[str]:
    """What became of a message we sent."""
    arrived = await _signed(request, intake.receipt)
    if arrived is not None:
        await request.app.state.running.doorstep.accept(arrived)
        return Response("", status_code=200, media_type="text/plain")
    return _forbidden()


@post(["/in/twilio/voice", "/in/twilio/voice/{step:str}"], request_max_body_size=SMALL_BYTES)
async def voice(request: Request[Any, Any, Any]) -> Response[str]:
    """A call's hooks; the answer is TwiML, a pure function of the hook and of what the database knows."""
    step = str(request.path_params.get("step", ""))
    arrived = await _signed(request, lambda house, door: intake.call(house, door, step))
    if arrived is None:
        return _forbidden()
    house = house_of(request)
    await request.app.state.running.doorstep.accept(arrived)
    return _twiml(await anyio.to_thread.run_sync(call_twiml.respond, house, arrived.request, step))


@post("/in/mail", status_code=202, request_max_body_size=MAIL_BYTES)
async def mail(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """One raw RFC 5322 message from a mail server that has the door's token."""
    house = house_of(request)
    door = await _door(request, house, MAIL_BYTES)
    try:
        channels.mail.verify(door, token=house.settings.mail_door_token)
    except BadSignature as error:
        refused = Arrived("mail", "mail", "", "", DoorRequest(door.url, _safe(door.headers), b""))
        await anyio.to_thread.run_sync(intake.refuse, house, refused, str(error))
        raise DoorClosed("The door token is missing or wrong.") from None
    accepted = await request.app.state.running.doorstep.accept(
        intake.mail(house, door.body, door.url, _safe(door.headers))
    )
    named = {"id": accepted.arrival_id, "arrival_id": accepted.arrival_id, "repeat": accepted.repeat}
    return Response(named, status_code=202)


async def _signed(request: Request[Any, Any, Any], arrived: Any) -> Arrived | None:
    """The arrival of a request whose signature holds; a refused one is recorded and None."""
    house = house_of(request)
    door = await _door(request, house, SMALL_BYTES)
    try:
        twilio.verify(door, twilio.pick_account(door, [house.twilio]))
    except BadSignature as error:
        refused = Arrived("twilio", "refused", "", "", door)
        await anyio.to_thread.run_sync(intake.refuse, house, refused, str(error))
        return None
    made: Arrived = arrived(house, door)
    return made


async def _door(request: Request[Any, Any, Any], house: House, limit: int) -> DoorRequest:
    """The request as it came: raw bytes, and the address under which we are known, never the Host header."""
    try:
        body = await request.body()
    except ClientException as error:
        if error.status_code == 413:
            raise TooLarge(f"At most {limit} bytes.") from None
        raise
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope.get("query_string", b"")
    path = raw.decode("latin-1") + ("?" + query.decode("latin-1") if query else "")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return DoorRequest(house.settings.public_url + path.removeprefix(house.settings.public_url), headers, body)


def _safe(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "authorization"}


def _twiml(body: str) -> Response[str]:
    return Response(body, status_code=200, media_type="application/xml")


def _forbidden() -> Response[str]:
    return Response("Bad signature", status_code=403, media_type="text/plain")


HANDLERS = [messages, status, voice, mail]
