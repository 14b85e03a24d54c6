"""A wire between browser and server that a test can turn into a black hole: the lines stay open and nothing passes."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Hole:
    """Passes bytes both ways until `swallow` is set; what was swallowed is lost, as on a dead radio link."""

    def __init__(self, server_port: int) -> None:
        self.server_port, self.port = server_port, 0
        self.swallow = False
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Listens on a port of its own."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Cuts every line and ends."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self) -> None:
        """Ends the lines that are open, as a restarted router does."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._writers: set[asyncio.StreamWriter] = set()
        server = self._loop.run_until_complete(asyncio.start_server(self._join, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._cut()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.server_port)
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            self._writers -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if not self.swallow:
                    writer.write(data)
                    await writer.drain()
            if not self.swallow:
                writer.close()
        except ConnectionError:
            writer.transport.abort()


@contextmanager
def hole(server_port: int) -> Iterator[Hole]:
    """A wire to a port of this machine."""
    made = Hole(server_port)
    made.start()
    try:
        yield made
    finally:
        made.stop()
