"""The supervisor's board, as a runway or as a table."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from inbox import board as boards
from inbox.house import House
from ui.guards import Caller
from ui.screen import AnyRequest, note_access, show


@get("/board", sync_to_thread=True)
def board(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> Response[str]:
    """Everything open that this person may see, by the time left."""
    with house.database.snapshot() as reading:
        found = boards.board(reading, actor=caller.actor)
    named = [row.id for row in found.act_now if row.sight.person]
    if named:
        note_access(
            request,
            house,
            caller,
            object="board",
            object_id=None,
            patient_id=None,
            conversation_id=None,
            how="listed",
            ids=named,
        )
    as_table = request.query_params.get("as") == "table"
    return show(
        request,
        house,
        caller,
        "board.html",
        now=found.at,
        seq=found.head,
        current="board",
        board=found,
        as_table=as_table,
    )


HANDLERS = [board]
