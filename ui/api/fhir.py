"""`/fhir`: what is kept about patients, as FHIR R4 to read, search and match. Errors are OperationOutcomes; each record
shown leaves an access row first.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

import anyio.to_thread
import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from inbox import fhir
from inbox.errors import Invalid, WarmlineError
from inbox.house import House
from patients import fhir_answer
from patients.fhir import Resource
from patients.fhir_answer import Bundle, Entry, Parameters, Relation
from patients.fhir_read import said
from ui import guards, problems
from ui.api.gate import check_body, pace, refuse_unstorable
from ui.guards import Caller
from ui.screen import AnyRequest, note_patients

JSON = "application/fhir+json"
_parameters = msgspec.json.Decoder(Parameters)


@get("/metadata", sync_to_thread=False)
def metadata(house: NamedDependency[House]) -> Response[bytes]:
    """What can be asked for here."""
    now = house.database.clock().isoformat()
    return _json(fhir_answer.capabilities(f"{house.settings.public_url}/fhir", now, version("warmline")))


@get("/{kind:str}", sync_to_thread=True)
def search(
    request: AnyRequest, kind: FromPath[str], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """A searchset; a parameter that is not known is refused."""
    return _search(request, house, caller, kind, dict(request.query_params.items()))


@post("/{kind:str}/_search", status_code=200)
async def search_by_form(
    request: AnyRequest, kind: FromPath[str], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The same with the question in the body: names and numbers of patients belong in no address."""
    asked = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    check_body(asked)
    return await anyio.to_thread.run_sync(_search, request, house, caller, kind, asked)


def _search(request: AnyRequest, house: House, caller: Caller, kind: str, asked: dict[str, str]) -> Response[bytes]:
    with house.database.snapshot() as reading:
        found = fhir.search(reading, actor=caller.actor, kind=kind, asked=asked)
    note_patients(request, house, caller, list(found.patient_ids), "searched" if kind == "Patient" else "opened")
    following = f"?{urlencode({**asked, '_after': found.next})}" if found.next else ""
    links = [("self", f"?{urlencode(asked)}" if asked else ""), *([("next", following)] if following else [])]
    relations = (Relation(relation=name, url=f"{_base(house)}/{kind}{query}") for name, query in links)
    total = None if kind == "Patient" else len(found.entries)
    return _json(Bundle(type="searchset", total=total, link=tuple(relations), entry=_placed(house, found.entries)))


@get("/{kind:str}/{resource_id:str}", sync_to_thread=True)
def read(
    request: AnyRequest,
    kind: FromPath[str],
    resource_id: FromPath[str],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One resource."""
    with house.database.snapshot() as reading:
        found = fhir.read(reading, actor=caller.actor, kind=kind, resource_id=resource_id)
    note_patients(request, house, caller, list(found.patient_ids), "opened")
    return _json(found.entries[0].resource)


@post("/Patient/$match", status_code=200)
async def match(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Response[bytes]:
    """Who a described patient may be, with score and grade."""
    return await anyio.to_thread.run_sync(partial(_match, request, house, caller, await request.body()))


def _match(request: AnyRequest, house: House, caller: Caller, body: bytes) -> Response[bytes]:
    try:
        asked = _parameters.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(fields={"body": said(error)}) from None
    check_body(asked)
    with house.database.snapshot() as reading:
        found = fhir.find_match(reading, actor=caller.actor, asked=asked)
    note_patients(request, house, caller, list(found.patient_ids), "searched")
    return _json(Bundle(type="searchset", total=len(found.entries), entry=_placed(house, found.entries)))


def _placed(house: House, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(msgspec.structs.replace(one, full_url=_url(house, one.resource)) for one in entries)


def _url(house: House, resource: Resource) -> str:
    return f"{_base(house)}/{resource.__struct_config__.tag}/{resource.id}"


def _base(house: House) -> str:
    return f"{house.settings.public_url}/fhir"


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(fhir_answer.encode(value), status_code=status, media_type=JSON, headers=headers)


def _refused(request: Request[Any, Any, Any], error: WarmlineError) -> Response[Any]:
    plain = problems.problem(error)
    reason = str(error.extra.get("reason", ""))
    outcome = fhir_answer.refusal(error.status, error.title, error.detail, error.fields, reason)
    return _json(outcome, error.status, dict(plain.headers))


def _refused_by_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    return _refused(request, problems.translated(error))


API = Router(
    path="/fhir",
    route_handlers=[metadata, search, search_by_form, read, match],
    guards=[guards.staff, pace, refuse_unstorable],
    opt={"scope": "staff"},
    include_in_schema=False,
    exception_handlers={WarmlineError: _refused, HTTPException: _refused_by_framework},
)
