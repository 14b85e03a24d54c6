"""The audit trail in plain words: who saw or did what; everybody sees their own. Looking at it leaves a row itself."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from inbox import audit as audits
from inbox import routing_rules, seal, telling
from inbox.actors import Permission, may
from inbox.audit import Asked, Line
from inbox.store import accounts
from inbox.store.database import Reading
from ui import words
from ui.admin.desk import Desk
from ui.api.audit import moment
from ui.commands.audit import write_csv

DAYS = 7
_SAW = {
    "opened": "Opened",
    "listed": "Saw in a list:",
    "searched": "Found in a search:",
    "pushed": "Was shown live:",
    "played": "Played",
    "exported": "Exported",
}


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for a walk along the whole chain."""


@get("/admin/audit", sync_to_thread=True)
def page(
    desk: NamedDependency[Desk],
    patient: FromQuery[str] = "",
    person: FromQuery[str] = "",
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
) -> Response[str]:
    """The acts about a patient, by a person, or all."""
    routing_rules.permit(desk.actor, Permission.VERIFY_CHAIN)
    if not may(desk.actor, Permission.AUDIT):
        return desk.show("audit.html", "audit", lambda _: {"lines": None, "more": False, "asked": None})
    return _shown(desk, "audit", patient, person, first, last)


@get("/audit/mine", sync_to_thread=True)
def mine(desk: NamedDependency[Desk], first: FromQuery[str] = "", last: FromQuery[str] = "") -> Response[str]:
    """What the caller saw and did."""
    return _shown(desk, "mine", "", str(desk.actor.id), first, last)


@get("/admin/audit/file", sync_to_thread=True)
def file(
    desk: NamedDependency[Desk],
    patient: FromQuery[str] = "",
    person: FromQuery[str] = "",
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
) -> Response[str]:
    """The same as a table for a spreadsheet."""
    with desk.house.database.snapshot() as reading:
        asked = _asked(reading, patient, person, first, last)
        lines, _ = audits.newest(reading, actor=desk.actor, asked=asked, limit=100_000)
    desk.note("audit", "exported", patient_id=asked.patient_id)
    out = io.StringIO()
    write_csv(reversed(_unsealed(desk, lines)), out)
    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return Response(out.getvalue(), media_type="text/csv", headers=headers)


@post("/admin/audit/verification", sync_to_thread=True, status_code=200)
def verify(data: JSONBody[Check], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Whether every row still follows from the one before."""
    routing_rules.permit(desk.actor, Permission.VERIFY_CHAIN)
    with desk.house.database.snapshot() as reading:
        chain = audits.verify(reading, desk.house.keys, anchor=seal.read_anchor(seal.anchor_file(desk.house)))
    return {"html": desk.piece("chain.html", chain=chain)}


def _shown(desk: Desk, section: str, patient: str, person: str, first: str, last: str) -> Response[str]:
    def read(reading: Reading) -> dict[str, Any]:
        asked = _asked(reading, patient, person, first, last)
        lines, more = audits.newest(reading, actor=desk.actor, asked=asked)
        people = accounts.everyone(reading)
        names = {row.id: row.name for row in people}
        told = [(line, sentence(line, names)) for line in _unsealed(desk, lines)]
        query = {"patient": patient, "person": person, "first": first, "last": last}
        return {
            "lines": told,
            "more": more,
            "asked": asked,
            "people_options": [(str(row.id), row.name) for row in people],
            "query": query,
        }

    desk.note("audit", "listed", patient_id=_number(patient))
    return desk.show("audit.html", section, read)


def _unsealed(desk: Desk, lines: Sequence[Line]) -> list[Line]:
    """What was looked for, in words: whoever reads the trail reads that too, and whoever reads the table does not."""
    return [msgspec.structs.replace(line, why=desk.house.keys.unseal(line.why)) for line in lines]


def sentence(line: Line, names: dict[int, str]) -> str:
    """One act in plain words."""
    if line.kind == "changed":
        return telling.tell(line.what, line.details, names)
    about = f"{words.plain(line.what).lower()}{f' #{line.object_id}' if line.object_id else ''}"
    shown = f", {len(line.ids)} conversations" if line.ids else ""
    if line.outcome == "denied":
        return f"Was refused {about}"
    return f"{_SAW.get(line.how, words.plain(line.how))} {about}{shown}{f' ({line.why})' if line.why else ''}"


def _asked(reading: Reading, patient: str, person: str, first: str, last: str) -> Asked:
    until = moment("last", last)
    # a day that is named is meant to its end
    end = until + timedelta(days=1) if until else reading.now + timedelta(seconds=1)
    since = moment("first", first) or end - timedelta(days=DAYS)
    return Asked(since, end, _number(patient), _number(person))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


HANDLERS = [page, mine, file, verify]
