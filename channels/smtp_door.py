"""The SMTP door for a mail server that relays to us, on the application's own event loop.

Says 250 only after the mail is stored; refuses mails over 60 MiB (552) and more than four messages in flight at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.mail_limits import MAIL_BYTES

#: Stores one raw mail durably, or raises: (raw, envelope recipients, address of the peer).
Accept = Callable[[bytes, tuple[str, ...], str], Awaitable[None]]
AT_ONCE = 4
_IDLE_SECONDS = 300.0
_log = logging.getLogger(__name__)


async def listen(host: str, port: int, accept: Accept) -> asyncio.Server:
    """Listens on host and port (0: any free one) until the returned server is closed. Any recipient is taken; a failure
    of `accept` answers 451, so that the relay keeps the mail and tries again."""
    loop = asyncio.get_running_loop()
    turns = asyncio.Semaphore(AT_ONCE)
    return await loop.create_server(lambda: _Door(accept, turns, loop), host, port)


class _Door(SMTP):
    """One connection. aiosmtpd buffers a whole message, so the turn is taken before the first byte of it."""

    def __init__(self, accept: Accept, turns: asyncio.Semaphore, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Storing(accept),
            data_size_limit=MAIL_BYTES,
            enable_SMTPUTF8=True,
            ident="Warmline",
            hostname="warmline",
            timeout=_IDLE_SECONDS,
            loop=loop,
        )
        self._turns = turns

    async def smtp_DATA(self, arg: str) -> None:
        """Waits for a turn, then lets aiosmtpd read the message."""
        async with self._turns:
            await super().smtp_DATA(arg)

    async def handle_exception(self, error: Exception) -> str:
        """What the peer hears after any failure: try again. aiosmtpd itself would answer 500 with the failure's words,
        which bounces the mail and may name a patient; the log gets the kind of failure only."""
        _log.error("mail door could not store a message: %s", type(error).__name__)
        self._set_rset_state()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped
        return "451 4.3.0 Not stored, try again"


class _Storing:
    """What aiosmtpd calls with a whole message."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        """Stores the message; a failure goes to `_Door.handle_exception`."""
        await self._accept(envelope.original_content or b"", tuple(envelope.rcpt_tos), _peer(session))
        return "250 2.0.0 Stored"


def _peer(session: Session) -> str:
    return str(session.peer[0]) if isinstance(session.peer, tuple) else ""
