"""No page of the staff is forgotten by `make screenshots`: it takes each that a route answers."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.conftest import FreshDatabase
from tests.support.cast import EVERYONE, MARIA
from tests.support.programs import Desk, desk

PROGRAM = Path(__file__).parents[2] / ".ci" / "screenshots.py"
#: A figure that the page of rows behind it knows, by the start of its path.
FIGURES = {"/board": "late", "/reports": "first_response_median"}


def shots() -> tuple[Any, ...]:
    """The pictures that the program takes."""
    spec = importlib.util.spec_from_file_location("screenshots", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    found: tuple[Any, ...] = program.SHOTS
    return found


def is_shown(path: str, taken: tuple[Any, ...]) -> bool:
    """A picture's own address is the route's, or the picture follows a link there."""
    start, has_place, _ = path.partition("{")
    own = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
    addresses = [shot.path.partition("?")[0] for shot in taken if not shot.link]
    return any(own.fullmatch(address) for address in addresses) or any(
        has_place and f"'{start}'" in shot.link for shot in taken
    )


async def test_every_page_of_the_staff_has_a_picture(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    async with desk(fresh_database("sqlite"), tmp_path) as office:
        conversation = office.cast.add_conversation(subject_patient_id=MARIA, subject_certainty="confirmed")
        found = [path for path in reads(office) if await is_page(office, path, conversation)]
    assert {"/inbox", "/conversations/{conversation_id}", "/board/rows/{name}", "/admin/rules"} <= set(found)
    assert [path for path in found if not is_shown(path, shots())] == []
    assert is_shown("/admin/nothing", shots()) is False


def reads(office: Desk) -> list[str]:
    """The paths of all reads of the staff outside the API."""
    app: Any = office.client._transport.app  # type: ignore[attr-defined]  # the transport in this process has it
    assert isinstance(app, Litestar)
    found = [(route.path_format, route.route_handler_map) for route in app.routes if isinstance(route, HTTPRoute)]
    return [
        path for path, of in found if "GET" in of and of["GET"][0].opt.get("scope") == "staff" and path[:5] != "/api/"
    ]


async def is_page(office: Desk, path: str, conversation: int) -> bool:
    """Whether somebody is answered with a whole page there."""
    known = {"conversation_id": conversation, "patient_id": MARIA}
    figure = FIGURES.get(path.partition("/rows")[0], "nothing")
    address = re.sub(r"\{(\w+)\}", lambda place: str(known.get(place[1], figure)), path)
    for actor in EVERYONE:
        answer = await office.call(actor, "GET", address)
        if answer.status_code == 200:
            return answer.text.startswith("<!doctype html>")
    return False
