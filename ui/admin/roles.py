"""What each role may: the matrix itself, as a table, or as one role has it. Shows rights, becomes nobody."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from inbox import routing_rules
from inbox.actors import MATRIX, ROLES
from inbox.store.database import Reading
from ui.admin.desk import Desk

REACHES = {
    "A": ("✓", "everywhere"),
    "T": ("teams", "in their own teams"),
    "O": ("own", "their own only"),
    "R": ("reason", "with a typed reason, logged as such"),
    "B": ("glass", "only by breaking the glass"),
    "P": ("propose", "may propose"),
    "N": ("–", "no"),
}


@get("/admin/roles", sync_to_thread=True)
def page(desk: NamedDependency[Desk], role: FromQuery[str] = "") -> Response[str]:
    """All roles side by side, or one of them in words."""
    routing_rules.permit(desk.actor)

    def read(_reading: Reading) -> dict[str, Any]:
        return {"matrix": MATRIX, "roles": ROLES, "reaches": REACHES, "role": role if role in ROLES else ""}

    return desk.show("roles.html", "roles", read)


HANDLERS = [page]
