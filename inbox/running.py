"""The parts of a process that run beside requests: the doorstep, the executor or the waker, the timers, the live hub,
the SMTP door. Started and stopped together.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

from inbox.house import House
from inbox.intake import Doorstep


class Running:
    """An asynchronous context; leaving it stops everything it started, newest first."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.doorstep = Doorstep(house, self._work_came)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Running:
        self.doorstep.start()
        self._stack.callback(self.doorstep.stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        self.house.close()

    def _work_came(self) -> None:
        """New work was committed."""
