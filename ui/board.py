"""The supervisor's board, as a runway, as a table or on a wall; and the conversations that each figure counts."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inbox import board as boards
from inbox import board_figures
from inbox.house import House
from ui.guards import Caller
from ui.inbox import note_listed
from ui.screen import AnyRequest, is_piece, note_access, show


@get("/board", sync_to_thread=True)
def board(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> Response[str]:
    """Everything open that this person may see, by the time left. On a wall nobody is named, so nobody is noted."""
    asked = request.query_params
    wall, as_table = asked.get("wall") == "1", asked.get("table") == "1" or asked.get("as") == "table"
    with house.database.snapshot() as reading:
        found = boards.board(reading, actor=caller.actor)
    if wall:
        found = boards.nameless(found)
    marked = [mark.id for lane in found.lanes for mark in lane.marks if mark.name and mark.state in ("late", "risk")]
    named = [*(row.id for row in (*found.act_now, *found.coming) if row.sight.person), *marked]
    if named:
        nobody = {"object_id": None, "patient_id": None, "conversation_id": None}
        note_access(request, house, caller, object="board", how="listed", ids=named, **nobody)
    template = "fragments/board.html" if is_piece(request) else "board.html"
    form = {"board": found, "as_table": as_table, "wall": wall}
    return show(request, house, caller, template, now=found.at, seq=found.head, current="board", **form)


@get("/board/rows/{name:str}", sync_to_thread=True)
def rows(
    request: AnyRequest,
    name: FromPath[str],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    after: FromQuery[str | None] = None,
) -> Response[str]:
    """The conversations behind a figure of the board, a page at a time."""
    with house.database.snapshot() as reading:
        found, now = board_figures.behind(reading, actor=caller.actor, name=name, after=after or None), reading.now
    note_listed(request, house, caller, found.page, "")
    place: dict[str, Any] = {"current": "board", "found": found, "figure_name": name}
    return show(request, house, caller, "board_rows.html", now=now, seq=found.page.head, **place)


HANDLERS = [board, rows]
