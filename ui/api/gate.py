"""What every request of a program passes before it is read: the pace of a token, and ids and texts a database can hold.

Refuses here what would otherwise surface as a fault of ours.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from inbox.errors import Invalid, NotFound, TooMany
from ui import problems
from ui.limits import Buckets

RATE, BURST = 20.0, 100
#: The largest id that either database can compare with.
LARGEST = 2**63 - 1
AnyConnection = ASGIConnection[Any, Any, Any, Any]


def pace(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """20 requests a second for one bearer token, 100 at once; screens are not counted. Raises TooMany."""
    authorization = connection.headers.get("authorization", "")
    if not authorization:
        return
    buckets: Buckets = connection.app.state.setdefault("token_buckets", Buckets(RATE, BURST))
    wait = buckets.wait(hashlib.sha256(authorization.encode()).hexdigest(), time.monotonic())
    if wait:
        raise TooMany("More than 20 requests a second. Slow down and try again.", retry_after=int(wait) + 1)


def refuse_unstorable(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """An id beyond 64 bits is nobody's; a NUL in a query is no word to search for."""
    if any(isinstance(value, int) and abs(value) > LARGEST for value in connection.path_params.values()):
        raise NotFound("There is nothing under this id.")
    for name, value in connection.query_params.multi_items():
        if "\0" in value:
            raise Invalid(fields={name: "may not hold NUL characters"})


def check_body(body: object) -> None:
    """Raises Invalid for a number beyond 64 bits or a NUL in a text, anywhere in a body; names the field."""
    fields = dict(_unstorable("", msgspec.to_builtins(body)))
    if fields:
        raise Invalid(fields=fields)


def on_unreadable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Bytes that are no UTF-8, or nesting without end: the framework's decoder raises them as they are."""
    return problems.on_house_error(
        request, Invalid(fields={"body": "could not be read; send the documented JSON object"})
    )


def _unstorable(name: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [fault for key, part in value.items() for fault in _unstorable(f"{name}.{key}".lstrip("."), part)]
    if isinstance(value, list):
        return [fault for part in value for fault in _unstorable(name, part)]
    if isinstance(value, int) and abs(value) > LARGEST:
        return [(name, "is larger than any number here")]
    if isinstance(value, str) and "\0" in value:
        return [(name, "may not hold NUL characters")]
    return []


UNREADABLE: dict[Any, Any] = {UnicodeDecodeError: on_unreadable, RecursionError: on_unreadable}
