"""The supervisor's board as figures."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from inbox import board as boards
from inbox.board_shape import Board
from inbox.house import House
from ui.guards import Caller
from ui.screen import AnyRequest, note_access


@get("/board", sync_to_thread=True)
def board(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Board:
    """Everything open that the caller may see, queue by queue, counted at this moment."""
    with house.database.snapshot() as reading:
        found = boards.board(reading, actor=caller.actor)
    marked = [mark.id for lane in found.lanes for mark in lane.marks if mark.name]
    named = [*(row.id for row in found.act_now if row.sight.person), *marked]
    if named:
        nobody = {"object_id": None, "patient_id": None, "conversation_id": None}
        note_access(request, house, caller, object="board", how="listed", ids=named, **nobody)
    return found


HANDLERS = [board]
