"""The server's socket, taught to take many frames at once: 300 screens hear of each change in several frames, and one
call and one write for them all costs a third of a call through the whole framework for each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from litestar.types import Scope
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

#: The ASGI extension under which an application finds it.
NAME = "warmline.frames"
SendMany = Callable[[Sequence[bytes]], Awaitable[None]]


class FramesProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, with an extension: `scope["extensions"][NAME]["send"](frames)` sends UTF-8 texts in their order."""

    def handle_connect(self, event: Request) -> None:
        """The application's task was made but has not run yet."""
        super().handle_connect(event)
        if not self.disconnected and hasattr(self, "scope"):
            self.scope["extensions"][NAME] = {"send": self.send_many}

    async def send_many(self, frames: Sequence[bytes]) -> None:
        """Waits while the client does not read. Raises ClientDisconnected when it is gone."""
        await self.writable.wait()
        if self.disconnected or self.close_sent:
            raise ClientDisconnected
        for frame in frames:
            self.conn.send_text(frame)
        self.transport.write(b"".join(self.conn.data_to_send()))


def many(scope: Scope) -> SendMany | None:
    """The extension of this socket; None under a server without it."""
    extension = (scope.get("extensions") or {}).get(NAME)
    return extension["send"] if extension else None  # type: ignore[return-value]  # the extension is ours
