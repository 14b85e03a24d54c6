"""Red flags: what ships and who wrote it, and the clinic's own words beside it, tried, signed off, published."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inbox import red_flags, routing_rules
from inbox.store.database import Reading
from routing.own_pack import families
from routing.pack import SHIPPED, shipped
from ui.admin.desk import Desk
from ui.api import gate

HOME = "/admin/flags"


class TrialForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pack and words to try it on; the other fields of the form come along."""

    text: str
    words: str = ""
    signed_off_by: str = ""
    why: str = ""
    based_on: int = 0


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pack, upon the version that was seen."""

    text: str
    signed_off_by: str
    based_on: int
    why: str = ""
    words: str = ""


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk]) -> Response[str]:
    """The packs that ship, and the clinic's own."""
    routing_rules.permit(desk.actor)

    def read(reading: Reading) -> dict[str, Any]:
        version, text, signed_off_by = red_flags.published(reading)
        packs = [shipped(name) for name in SHIPPED]
        own = {"version": version, "text": text, "signed_off_by": signed_off_by}
        return {**own, "packs": packs, "families": families()}

    return desk.show("flags.html", "flags", read)


@post(f"{HOME}/trials", sync_to_thread=True, status_code=200)
def rehearse(data: JSONBody[TrialForm], desk: NamedDependency[Desk]) -> dict[str, str]:
    """What these words would raise, and whom of the last days they would have."""
    gate.check_body(data)
    with desk.house.database.snapshot() as reading:
        found = red_flags.rehearse(reading, data.text, data.words, actor=desk.actor)
    if found.ids:
        desk.note("conversations", "listed", ids=list(found.ids))
    return {"html": desk.piece("flags_trial.html", trial=found, words=data.words)}


@post(f"{HOME}/publication", sync_to_thread=True, status_code=200)
def publish(data: JSONBody[Publication], desk: NamedDependency[Desk]) -> dict[str, str]:
    """From now on these words raise too."""
    signed = {"signed_off_by": data.signed_off_by, "based_on": data.based_on, "why": data.why}
    desk.write(data, red_flags.publish, data.text, **signed)
    return {"go": HOME}


HANDLERS = [page, rehearse, publish]
