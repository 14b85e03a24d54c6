"""What the command palette offers beside the acts of its page: views, queues, places of late. Names no patient."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from inbox import recent, worklist
from inbox.house import House
from ui import words
from ui.guards import Caller


@get("/palette", sync_to_thread=True)
def palette(house: NamedDependency[House], caller: NamedDependency[Caller]) -> dict[str, Any]:
    """`{views: [{label, icon, href}], recent: [the same]}`; it names no patient, so it is no look at one."""
    with house.database.snapshot() as reading:
        places = recent.places(reading, actor=caller.actor)
    views = [_view(name, label, icon) for name, label, icon in words.VIEWS if name != "quarantine"]
    queues = [
        _view(f"queue:{team}", words.team(team), words.team_icon(team)) for team in worklist.teams_of(caller.actor)
    ]
    return {"views": views + queues, "recent": [_place(one) for one in places]}


def _view(name: str, label: str, icon: str) -> dict[str, str]:
    return {"label": label, "icon": icon, "href": f"/inbox?view={name}"}


def _place(place: recent.Place) -> dict[str, str]:
    label = f"{place.reason_label} #{place.id}, {words.team(place.queue)}"
    return {"label": label, "icon": "history", "href": f"/conversations/{place.id}"}


HANDLERS = [palette]
