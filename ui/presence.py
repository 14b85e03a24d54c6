"""What a screen says by itself about the person before it: still here, and this was really looked at."""

from __future__ import annotations

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from inbox import reading
from inbox.house import House
from ui.guards import Caller


@post("/presence", status_code=204)
async def present() -> None:
    """A key or pointer moved: the guard has already noted that the session is in use."""


@post("/conversations/{conversation_id:int}/reading", status_code=204, sync_to_thread=True)
def look(conversation_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]) -> None:
    """New words came into an open conversation and a person was there: the *read* promise is met."""
    clinic = house.configuration.practice()
    house.database.write(reading.read, clinic, actor=caller.actor, conversation_id=conversation_id)


HANDLERS = [present, look]
