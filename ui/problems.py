"""How an error looks to whom it meets: problem details (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import re
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect

from inbox.errors import Invalid, PasswordDue, TooMany, Unauthenticated, WarmlineError

log = structlog.get_logger()
_NAMED = re.compile(r"field `(?P<field>\w+)`")


def problem(error: WarmlineError) -> Response[dict[str, Any]]:
    """The error as problem details; `errors` names each field and the mend."""
    body: dict[str, Any] = {"type": "about:blank", "title": error.title, "status": error.status, "detail": error.detail}
    if error.fields:
        body["errors"] = [{"field": field, "detail": detail} for field, detail in error.fields.items()]
    body.update(error.extra)
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooMany) else {}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    return Response(body, status_code=error.status, media_type="application/problem+json", headers=headers)


def on_house_error(request: Request[Any, Any, Any], error: WarmlineError) -> Response[Any]:
    """Errors of the house: a problem for programs, a page or the sign-in for people."""
    if error.status >= 500:
        log.error("request.failed", kind=type(error).__name__, path=_route(request))
    if not _wants_page(request):
        return problem(error)
    if isinstance(error, Unauthenticated) and request.method == "GET":
        return Redirect("/login", status_code=303)
    if isinstance(error, PasswordDue):
        return Redirect("/password", status_code=303)
    return _page(request, error)


def on_framework_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework refuses, in our words."""
    return on_house_error(request, translated(error))


def on_surprise(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours: logged by kind and place, shown without details."""
    log.error("request.crashed", kind=type(error).__name__, path=_route(request), exc_info=error)
    return on_house_error(request, WarmlineError("Something went wrong on our side. Nothing was lost; try again."))


def translated(error: HTTPException) -> WarmlineError:
    """What the framework refuses as an error of the house."""
    if isinstance(error, ValidationException) or error.status_code == 400:
        return Invalid(fields=_fields(error) or {"body": "could not be read; send the documented JSON object"})
    translated = WarmlineError(error.detail)
    translated.status, translated.title = error.status_code, error.detail or "Not possible"
    return translated


def _fields(error: HTTPException) -> dict[str, str]:
    found = {}
    for item in error.extra if isinstance(error.extra, list) else []:
        if isinstance(item, dict):
            key, message = (
                str(item.get("key") or item.get("source") or "body"),
                str(item.get("message", "is not valid")),
            )
            # an unknown or missing field is reported under the whole body and named in the words only
            named = _NAMED.search(message) if key == "data" else None
            found[named["field"] if named else "body" if key == "data" else key] = message
    return found


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    if request.scope["path"].startswith(("/api/", "/fhir/", "/in/")):
        return False
    return "text/html" in request.headers.get("accept", "") and request.headers.get("x-fetch") != "1"


def _page(request: Request[Any, Any, Any], error: WarmlineError) -> Response[str]:
    from ui import render  # the templates are not needed to answer programs

    body = render.page("error.html", request=request, error=error)
    return Response(body, status_code=error.status, media_type="text/html")


def _route(request: Request[Any, Any, Any]) -> str:
    handler = request.scope.get("route_handler")
    return ",".join(sorted(getattr(handler, "paths", ()))) or "unknown"
