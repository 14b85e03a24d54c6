"""What staff keep right about a patient: person, addresses, agreements, who acts for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import consent_ledger, person, proxy, wrong_number
from inbox.store.database import Transaction
from ui.api.acting import Act

PATIENT = "/patients/{patient_id:int}"


@post(f"{PATIENT}/person", sync_to_thread=True, status_code=200)
def edit(patient_id: FromPath[int], data: JSONBody[person.Changes], acting: NamedDependency[Act]) -> Response[Any]:
    """Language, needs, preferences, the name they go by. 409 with the version of now when somebody was first."""
    return _done(acting, patient_id, data, person.edit, "version", changes=data)


@post(f"{PATIENT}/addresses", sync_to_thread=True, status_code=201)
def add(patient_id: FromPath[int], data: JSONBody[person.Address], acting: NamedDependency[Act]) -> Response[Any]:
    """One more address, verified by whoever writes it down."""
    return _done(acting, patient_id, data, person.add_address, "contact_id", address=data)


@delete(f"{PATIENT}/addresses/{{contact_id:int}}", sync_to_thread=True, status_code=200)
def end(patient_id: FromPath[int], contact_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """The patient is not reached there any more."""
    return _done(acting, patient_id, None, person.end_address, "contact_id", contact_id=contact_id)


@post(f"{PATIENT}/consents", sync_to_thread=True, status_code=201)
def agree(patient_id: FromPath[int], data: JSONBody[person.Agreement], acting: NamedDependency[Act]) -> Response[Any]:
    """A grant or its end, with its evidence."""
    return _done(acting, patient_id, data, person.agree, "entry", agreement=data)


@post(f"{PATIENT}/consents/none", sync_to_thread=True, status_code=200)
def revoke_all(
    patient_id: FromPath[int], data: JSONBody[consent_ledger.Revocation], acting: NamedDependency[Act]
) -> Response[Any]:
    """The patient wants nothing more from us, on any address; `revoked` counts those."""
    return _done(acting, patient_id, data, consent_ledger.revoke_all, "revoked", revocation=data)


@post(f"{PATIENT}/addresses/{{contact_id:int}}/wrong-number", sync_to_thread=True, status_code=200)
def strange(patient_id: FromPath[int], contact_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """A stranger is reached there: its links and consents end, and nothing goes there."""
    return _done(acting, patient_id, None, wrong_number.told, "contact_id", contact_id=contact_id)


@post(f"{PATIENT}/proxies", sync_to_thread=True, status_code=201)
def let_act(patient_id: FromPath[int], data: JSONBody[proxy.Acting], acting: NamedDependency[Act]) -> Response[Any]:
    """Somebody acts for the patient: in what, by which proof, until when."""
    return _done(acting, patient_id, data, proxy.let_act, "proxy_id", right=data)


@delete(f"{PATIENT}/proxies/{{proxy_id:int}}", sync_to_thread=True, status_code=200)
def dismiss(patient_id: FromPath[int], proxy_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """They act for the patient no more."""
    return _done(acting, patient_id, None, proxy.end, "proxy_id", proxy_id=proxy_id)


def _done(
    acting: Act, patient_id: int, body: object, use_case: Callable[..., int], answer: str, **named: Any
) -> Response[Any]:
    def work(unit: Transaction) -> int:
        return use_case(unit, actor=acting.caller.actor, patient_id=patient_id, **named)

    result = acting.once(body, work)
    return Response({"id": patient_id, answer: result}) if acting.is_program else Response(None, status_code=204)


ACTS = [edit, add, end, agree, revoke_all, strange, let_act, dismiss]
