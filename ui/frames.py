"""The server's socket, taught to take many frames at once: 300 screens hear of each change in several frames, and one
call and one write for them all costs a third of a call through the whole framework for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from litestar.types import Scope
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State

#: The ASGI extension under which an application finds it.
NAME = "warmline.frames"
#: How long one write waits for a client that does not read.
SEND_SECONDS = 5.0
#: Frames of which the bytes on the wire are kept: what a change says is the same for most screens.
KEPT = 64


class Way(NamedTuple):
    """How many frames go out: `send` waits for a client that does not read, `now` leaves them and says False."""

    send: Callable[[Sequence[bytes]], Awaitable[None]]
    now: Callable[[Sequence[bytes]], bool]


class FramesProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, with an extension: `scope["extensions"][NAME]["way"]`, a way for UTF-8 texts in their order."""

    def handle_connect(self, event: Request) -> None:
        """The application's task was made but has not run yet."""
        super().handle_connect(event)
        if not self.disconnected and hasattr(self, "scope") and not self.conn.extensions:
            self.scope["extensions"][NAME] = {"way": Way(self.send_many, self.send_now)}

    async def send_many(self, frames: Sequence[bytes]) -> None:
        """Waits while the client does not read. Raises ClientDisconnected when it is gone, TimeoutError when it does
        not read for so long."""
        if not self.writable.is_set():
            async with asyncio.timeout(SEND_SECONDS):
                await self.writable.wait()
        if not self.send_now(frames):
            raise ClientDisconnected

    def send_now(self, frames: Sequence[bytes]) -> bool:
        """Sends unless the client is gone or does not read; says whether it did. In the socket's own loop."""
        if self.disconnected or self.close_sent or self.conn.state is not State.OPEN or not self.writable.is_set():
            return False
        self.transport.write(b"".join(map(_on_the_wire, frames)))
        return True


@lru_cache(maxsize=KEPT)
def _on_the_wire(text: bytes) -> bytes:
    """RFC 6455 §5.2. A server's frames are not masked and, without an extension, the same on every socket."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def way(scope: Scope) -> Way | None:
    """The extension of this socket; None under a server without it."""
    extension = (scope.get("extensions") or {}).get(NAME)
    return extension["way"] if extension else None  # type: ignore[return-value]  # the extension is ours
