"""The clinic's web form, hosted here or framed by its own site: works without a script, loses nothing typed.

The door only stores; who wrote and what it is about is found out later. Refuses what its writer can mend on the spot.
"""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Redirect

from channels import webform
from channels.envelope import DoorRequest, Unparseable
from channels.form import Form, Language
from channels.form_body import Body, read_body
from inbox import form as forms
from inbox.errors import Invalid, NotFound, TooLarge, TooMany, WarmlineError
from inbox.house import House
from inbox.intake import Arrived
from inbox.opening import opening
from routing.reasons import REASONS
from ui import form_steps, guards, patient, problems
from ui.limits import Window

BODY_BYTES = 25 << 20
#: What a stranger may choose from; the words decide, the choice only helps where they say nothing.
TOPICS = ("appointment_new", "appointment_change", "refill", "test_results", "billing", "records", "general_info")
#: In the query of a form posted only to be shown again, in the other language.
SHOW = "show"
KEPT_HEADERS = ("content-type", "user-agent", "accept-language", "origin")
AUTOFILL = {
    "name": "name",
    "email": "email",
    "phone": "tel",
    "birth_date": "bday",
    "address": "street-address",
    "postal_code": "postal-code",
}
_SCRIPT = Path(__file__).parent / "static" / "patient" / "form-loader.js"
_NOTICES = {404: "missing", 413: "too_large", 429: "too_many"}


class _Limits:
    """Five forms a minute for an address, two hundred an hour for a form; sixty pages of forms a minute."""

    def __init__(self) -> None:
        self._of_address, self._of_form, self._pages = Window(5, 60), Window(200, 3600), Window(60, 60)

    def wait(self, address: str, slug: str) -> float:
        now = time.monotonic()
        return self._of_address.wait(address, now) or self._of_form.wait(slug, now)

    def wait_for_page(self, address: str) -> float:
        return self._pages.wait(address, time.monotonic())


class _Sent(msgspec.Struct, frozen=True):
    """What came of a posted form: errors to mend, or the key under which it is stored."""

    key: str = ""
    errors: dict[str, str] = {}
    typed: Body = Body({})
    step: int = 0


@get("/forms/{slug:str}", sync_to_thread=True)
def show(request: Request[Any, Any, Any], slug: FromPath[str], house: NamedDependency[House]) -> Response[Any]:
    """The empty form with a fresh token; `SLUG.js` is the script that frames it on the clinic's site."""
    try:
        form = _form(house, slug.removesuffix(".js"))
    except NotFound as error:
        return _refused(request, house, error)
    return script(_SCRIPT) if slug.endswith(".js") else _page(request, house, form, _Sent())


@post("/forms/{slug:str}", request_max_body_size=BODY_BYTES, status_code=200)
async def submit(
    request: Request[Any, Any, Any], slug: FromPath[str], house: NamedDependency[House], state: State
) -> Response[Any]:
    """Stores the form, then thanks: 303 to a page for people, 202 with the arrival's id for programs. A form of many
    pages is stored after its last."""
    try:
        form = await anyio.to_thread.run_sync(_form, house, slug)
        is_walked = form_steps.is_walked(form) and patient.wants_page(request)
        is_page = is_walked or SHOW in request.query_params
        _hold_to_limits(request, state, slug, pages=is_page)
        door = _door_request(request, house, await _body(request))
        turned = _turn(request, form, door) if is_page else None
        if turned is not None:
            return await anyio.to_thread.run_sync(_page, request, house, form, turned)
        if is_page:
            _hold_to_limits(request, state, slug)
    except WarmlineError as error:
        return await anyio.to_thread.run_sync(_refused, request, house, error)
    sent = await anyio.to_thread.run_sync(_read, request, house, form, door)
    if sent.errors:
        return await anyio.to_thread.run_sync(_mend, request, house, form, sent)
    arrived = Arrived("webform", "webform", "webform", sent.key, door)
    accepted = await state.running.doorstep.accept(arrived)
    thanks = f"/forms/{slug}/thanks?{_query(request)}"
    if patient.wants_page(request):
        return Redirect(thanks, status_code=303)
    named = {"id": accepted.arrival_id, "arrival": str(accepted.arrival_id), "thanks": thanks}
    return Response(named, status_code=202)


@get("/forms/{slug:str}/thanks", sync_to_thread=True)
def thank(request: Request[Any, Any, Any], slug: FromPath[str], house: NamedDependency[House]) -> Response[Any]:
    """Says by when we answer, and repeats nothing."""
    try:
        _form(house, slug)
    except NotFound as error:
        return _refused(request, house, error)
    now, practice = house.database.clock(), house.configuration.practice()
    here = opening(practice, "webform", now)
    promise = patient.reply_promise(here, practice, now, patient.language(request))
    return patient.page(request, house, "thanks.html", slug=slug, promise=promise)


def script(file: Path) -> Response[bytes]:
    """A loader for other people's pages: may be kept for an hour and used from any origin."""
    headers = {"cache-control": "public, max-age=3600", "cross-origin-resource-policy": "cross-origin"}
    return Response(file.read_bytes(), media_type="text/javascript", headers=headers)


def topics(spoken: Language) -> list[tuple[str, str]]:
    """Code and words of what a stranger may choose."""
    return [(code, getattr(REASONS[code], spoken)) for code in TOPICS]


def preview(request: Request[Any, Any, Any], house: House, definition: Form, step: int = 0) -> Response[str]:
    """A page of a form that nobody published yet, as patients would see it: it cannot be sent."""
    return _page(request, house, definition, _Sent(step=step), is_preview=True)


def _form(house: House, slug: str) -> Form:
    with house.database.snapshot() as reading:
        form = forms.read(reading, slug)
    if form is None:
        raise NotFound("There is no such form.")
    return form


def _turn(request: Request[Any, Any, Any], form: Form, door: DoorRequest) -> _Sent | None:
    """The next page of a form of many, or the same page in the other language; None when it is to be stored, or cannot
    be read."""
    try:
        typed = read_body(door)
    except Unparseable:
        return None
    if SHOW in request.query_params:
        return _Sent(typed=typed, step=form_steps.at(form, typed.fields))
    turned = form_steps.turn(form, typed.fields, patient.language(request))
    return None if turned is None else _Sent(errors=turned.errors, typed=typed, step=turned.step)


def _hold_to_limits(request: Request[Any, Any, Any], state: State, slug: str, *, pages: bool = False) -> None:
    limits: _Limits = state.setdefault("form_limits", _Limits())
    address = guards.client_address(request)
    wait = limits.wait_for_page(address) if pages else limits.wait(address, slug)
    if wait:
        phone = patient.phone(guards.house_of(request).configuration.practice())
        raise TooMany(f"Too many forms from here. Wait a moment, or call {phone}.", retry_after=int(wait) + 1)


async def _body(request: Request[Any, Any, Any]) -> bytes:
    try:
        return await request.body()
    except HTTPException as error:
        if error.status_code == 413:
            raise TooLarge("A form may have 25 MiB, files included.") from None
        raise


def _door_request(request: Request[Any, Any, Any], house: House, body: bytes) -> DoorRequest:
    query = request.scope["query_string"].decode("latin-1")
    url = f"{house.settings.public_url}{request.scope['path']}{'?' if query else ''}{query}"
    kept = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    return DoorRequest(url, kept, body)


def _read(request: Request[Any, Any, Any], house: House, form: Form, door: DoorRequest) -> _Sent:
    """Whether its writer must mend it. What cannot be read at all is stored under its hash, for people to look at."""
    now = house.database.clock()
    unread = f"{form.slug}:unread:{hashlib.sha256(door.body).hexdigest()[:32]}"
    try:
        typed = read_body(door)
        if door.body and not any(typed.fields.get(field.name) is not None for field in form.fields):
            return _Sent(unread)
        asks_name = patient.wants_page(request)
        webform.parse(door, form, house.keys.form, now, patient.language(request), asks_name=asks_name)
    except webform.Refused as refused:
        if not _is_unreachable_program(request, typed.fields, refused):
            return _Sent(errors=refused.fields, typed=typed)
    except Unparseable:
        return _Sent(unread)
    return _Sent(webform.arrival_key(door, form, now))


def _is_unreachable_program(request: Request[Any, Any, Any], typed: dict[str, str], refused: webform.Refused) -> bool:
    """A program that names no way to answer cannot be asked for one: its words are kept for people to see."""
    if patient.wants_page(request) or refused.fields.keys() != {"email"}:
        return False
    return not typed.get("email", "").strip()


def _mend(request: Request[Any, Any, Any], house: House, form: Form, sent: _Sent) -> Response[Any]:
    if not patient.wants_page(request):
        return problems.problem(Invalid(fields=sent.errors))
    return _page(request, house, form, sent)


def _page(
    request: Request[Any, Any, Any], house: House, form: Form, sent: _Sent, *, is_preview: bool = False
) -> Response[str]:
    """Empty, or with what was typed and what is to mend."""
    spoken = patient.language(request)
    return patient.page(
        request,
        house,
        "form.html",
        status=422 if sent.errors else 200,
        form=form,
        typed=sent.typed.fields,
        files=bool(sent.typed.files),
        errors=sent.errors,
        token=_token(house, form, sent.typed.fields, house.database.clock()),
        trap=webform.HONEYPOT,
        topics=topics(spoken),
        autofill=AUTOFILL,
        query=_query(request),
        translated=f"{_switched(request)}&{SHOW}=1" if request.method == "POST" and not is_preview else "",
        is_preview=is_preview,
        **form_steps.page(form, sent.typed.fields, sent.step),
    )


def _token(house: House, form: Form, typed: dict[str, str], now: datetime) -> str:
    """The token of the first attempt while it holds, so that mending an answer does not look hasty."""
    given = typed.get(webform.TOKEN_FIELD, "")
    state = webform.check_token(house.keys.form, given, now, form.slug)
    return given if state in ("good", "hasty") else webform.token(house.keys.form, now, form.slug)


def _query(request: Request[Any, Any, Any]) -> str:
    return patient.query(request, patient.language(request))


def _switched(request: Request[Any, Any, Any]) -> str:
    return patient.query(request, "en" if patient.language(request) == "es" else "es")


def _refused(request: Request[Any, Any, Any], house: House, error: WarmlineError) -> Response[Any]:
    if not patient.wants_page(request):
        return problems.problem(error)
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooMany) else {}
    return patient.page(
        request, house, "notice.html", status=error.status, headers=headers, notice=_NOTICES[error.status]
    )


HANDLERS = [show, submit, thank]
