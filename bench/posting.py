"""A client in a process of its own that sends signed text messages over keep-alive connections.

`{port, path, seconds, connections?, start?}` on its input; `{sent, seconds}` on its output. Every connection sends
as soon as it was answered.
"""

from __future__ import annotations

import asyncio
import sys
import time
from urllib.parse import urlencode

import msgspec
import uvloop

from channels import twilio
from inbox.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN


class Asked(msgspec.Struct):
    """What to send and for how long."""

    port: int
    path: str
    seconds: float
    connections: int = 16
    start: int = 0


def signed_request(port: int, path: str, number: int, text: str = "I need an appointment next week, please") -> bytes:
    """One text message of a sender of its own as raw HTTP/1.1."""
    pairs = [
        ("ToCountry", "US"),
        ("SmsMessageSid", f"SM{number:032d}"),
        ("NumMedia", "0"),
        ("FromCity", "OAKLAND"),
        ("SmsStatus", "received"),
        ("To", "+14155550100"),
        ("NumSegments", "1"),
        ("MessageSid", f"SM{number:032d}"),
        ("AccountSid", DEMO_ACCOUNT_SID),
        ("From", f"+1415{2_000_000 + number:07d}"),
        ("ApiVersion", "2010-04-01"),
        ("Body", text),
    ]
    url = f"http://127.0.0.1:{port}{path}"
    body = urlencode(pairs).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Twilio-Signature: {twilio.sign(url, pairs, DEMO_AUTH_TOKEN)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """One keep-alive connection; one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @classmethod
    async def open(cls, port: int) -> Line:
        """Connects."""
        line = cls(port)
        line._streams = await asyncio.open_connection("127.0.0.1", port)
        return line

    async def ask(self, request: bytes) -> None:
        """Sends and waits for the whole answer; anything but a 2xx stops the run."""
        try:
            await self._ask(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            # the server had closed it, idle for too long: a repeat changes nothing
            self._streams = None
            await self._ask(request)

    async def _ask(self, request: bytes) -> None:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(head.decode("latin-1").splitlines()[0])
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))


async def blast(asked: Asked) -> dict[str, object]:
    """As many as are answered."""
    lines = [await Line.open(asked.port) for _ in range(asked.connections)]
    ready = [signed_request(asked.port, asked.path, asked.start + n) for n in range(int(6_000 * asked.seconds))]
    ready.reverse()
    sent = 0
    begun = time.perf_counter()
    until = begun + asked.seconds

    async def drive(line: Line) -> None:
        nonlocal sent
        while ready and time.perf_counter() < until:
            await line.ask(ready.pop())
            sent += 1

    await asyncio.gather(*map(drive, lines))
    return {"sent": sent, "seconds": time.perf_counter() - begun}


def main() -> None:
    """One run."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    result = uvloop.run(blast(asked))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
