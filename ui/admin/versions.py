"""The versions of what the clinic set, what each changed, and going back to one."""

from __future__ import annotations

import difflib
from typing import Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from inbox import configuration, policy, red_flags, routing_rules
from inbox.configuration import Version
from inbox.store.database import Reading
from routing import rules
from routing.own_pack import EMPTY
from routing.rule_text import write
from ui.admin.desk import Desk

Kind = Literal["rules", "policies", "calendar", "phone", "flags"]
HOMES: dict[str, str] = {
    "rules": "/admin/rules",
    "policies": "/admin/policies",
    "calendar": "/admin/calendars",
    "phone": "/admin/phone",
    "flags": "/admin/flags",
}
NAMES: dict[str, str] = {
    "rules": "Routing rules",
    "policies": "SLA policies",
    "calendar": "Opening hours",
    "phone": "Phone and chat",
    "flags": "Red flags",
}


class Return(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Publishes an older version again, upon the newest that was seen."""

    kind: Kind
    number: int
    based_on: int
    why: str = ""


@get("/admin/versions", sync_to_thread=True)
def page(
    desk: NamedDependency[Desk], kind: FromQuery[Kind] = "rules", number: FromQuery[int | None] = None
) -> Response[str]:
    """All versions of a kind, and what one of them changed against the one before."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        listed = configuration.versions(reading, kind)
        shown = next((one for one in listed if one.number == number), listed[0] if listed else Version(0))
        before = next((one for one in listed if one.number == shown.number - 1), Version(0))
        return {
            "kind": kind,
            "title": NAMES[kind],
            "home": HOMES[kind],
            "listed": listed,
            "shown": shown,
            "lines": diff(text(kind, before), text(kind, shown)),
        }

    return desk.show("versions.html", "calendars" if kind == "calendar" else kind, read)


@post("/admin/versions", sync_to_thread=True, status_code=200)
def go_back(data: JSONBody[Return], desk: NamedDependency[Desk]) -> dict[str, str]:
    """An older version counts again, as a new one."""
    if data.kind == "rules":
        desk.write(data, routing_rules.go_back, data.number, based_on=data.based_on, why=data.why)
    elif data.kind == "flags":
        desk.write(data, red_flags.go_back, data.number, based_on=data.based_on, why=data.why)
    else:
        desk.write(data, policy.go_back, data.kind, data.number, based_on=data.based_on, why=data.why)
    return {"go": HOMES[data.kind]}


def text(kind: Kind, version: Version) -> str:
    """A version as lines that can be compared."""
    if kind == "rules":
        return str(version.body["text"]) if version.body else write(rules.shipped())
    if kind == "flags":
        return f"# signed off by {version.body['signed_off_by']}\n{version.body['text']}" if version.body else EMPTY
    body = version.body or policy.shipped(kind)
    return msgspec.json.format(msgspec.json.encode(body, order="sorted"), indent=2).decode()


def diff(before: str, after: str) -> list[tuple[str, str]]:
    """(`ins`, `del` or empty, line) with three lines around each change."""
    compared = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    marks = {"+": "ins", "-": "del"}
    return [(marks.get(line[:1], ""), line[1:] if line[:1] in "+- " else "⋯") for line in compared]


HANDLERS = [page, go_back]
