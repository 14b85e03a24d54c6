"""The parts of a process that run beside requests: the doorstep, the executor or the waker, the timers, the live hub,
the SMTP door, the mailbox. Started and stopped together.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

import anyio.to_thread

from channels import mail_child, smtp_door
from inbox import intake
from inbox.chat import Courier
from inbox.house import House
from inbox.intake import Doorstep
from inbox.jobs import Waker
from inbox.lanes import Executor
from inbox.live import Hub
from inbox.mailbox import Poller
from inbox.timers import Timers


class Running:
    """An asynchronous context; leaving it stops everything it started, newest first."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.doorstep = Doorstep(house)
        self.hub = Hub(house)
        self.chat = Courier(house, self.hub)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Running:
        self._stack.callback(self.house.close)
        self.hub.start()
        self._stack.push_async_callback(anyio.to_thread.run_sync, self.hub.stop)
        if self.house.settings.embedded:
            self._start_embedded()
        else:
            self.house.database.woken.append(Waker(self.house.settings.redis_url).wake)
        self.doorstep.start()
        self._stack.push_async_callback(anyio.to_thread.run_sync, self.doorstep.stop)
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def _start_embedded(self) -> None:
        self._stack.callback(mail_child.stop)
        for part in (Executor(self.house), Timers(self.house), Poller(self.house)):
            part.start()
            self._stack.push_async_callback(anyio.to_thread.run_sync, part.stop)

    async def _listen(self) -> None:
        listen = self.house.settings.smtp_listen
        if not listen:
            return
        host, _, port = listen.rpartition(":")
        server = await smtp_door.listen(host, int(port), self._accept_mail)
        self._stack.push_async_callback(server.wait_closed)
        self._stack.callback(server.close)

    async def _accept_mail(self, raw: bytes, recipients: tuple[str, ...], peer: str) -> None:
        headers = {"x-envelope-to": ", ".join(recipients)[:1000], "x-peer": peer}
        await self.doorstep.accept(intake.mail(self.house, raw, "smtp:", headers))
