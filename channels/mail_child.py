"""Reads mail in a child process limited in memory, time and files, so that no mail can take the clinic down.

Synchronous, for threads of a server; whatever happens to the child, the caller gets a message or `Unparseable`.
"""

from __future__ import annotations

import atexit
import contextlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

import msgspec

from channels import mail
from channels.envelope import Inbound, Unparseable
from channels.mail_letter import Answer, Letter

_WAIT_SECONDS = 25.0
_RESULT_BYTES = 8 * 1024 * 1024
_AT_ONCE = 4
_HEAD = 8
_CUT_OFF = "reading it took too much time or memory"


def parse_limited(raw: bytes, mailbox: str, *, authserv_id: str = "") -> Inbound:
    """As `mail.parse`, in a child of at most 512 MB, 10 s of CPU and 20 s. Raises `Unparseable`, also for a crash."""
    return mail.inbound(read_limited(raw, authserv_id=authserv_id), raw, mailbox=mailbox)


def read_limited(raw: bytes, *, authserv_id: str = "") -> Letter:
    """The letter in raw bytes, read in a limited child. Raises `Unparseable`. Safe from any thread."""
    with _server.slots:
        answer = _ask(raw, authserv_id.encode("ascii", "replace"))
    if answer.letter is None:
        raise Unparseable(answer.refused or _CUT_OFF)
    return answer.letter


def warm() -> None:
    """Starts the fork server now, so that the first mail does not wait for it (about 0.4 s)."""
    _server.control()


def stop() -> None:
    """Ends the fork server; the next mail starts another one."""
    _server.stop()


def _ask(raw: bytes, host: bytes) -> Answer:
    ours = _server.connect()
    with ours:
        ours.settimeout(_WAIT_SECONDS)
        try:
            ours.sendall(len(host).to_bytes(_HEAD, "big") + len(raw).to_bytes(_HEAD, "big") + host)
            ours.sendall(raw)
        except OSError:
            pass  # the child refused or ended early; its answer, if any, says why
        try:
            return _receive(ours)
        except (OSError, msgspec.MsgspecError):
            raise Unparseable(_CUT_OFF) from None


def _receive(ours: socket.socket) -> Answer:
    with ours.makefile("rb") as stream:
        head = stream.read(_HEAD)
        size = int.from_bytes(head, "big")
        if len(head) < _HEAD or size > _RESULT_BYTES:
            raise Unparseable(_CUT_OFF)
        return msgspec.msgpack.decode(stream.read(size), type=Answer)


class _ForkServer:
    """The one fork server of this process, started when first needed and again when it died."""

    def __init__(self) -> None:
        self.slots = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def connect(self) -> socket.socket:
        """Our end of a fresh connection to a child of its own; starts the server anew once if it is gone."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self.control(), [b"m"], [theirs.fileno()])
            except OSError:
                self.stop()
                socket.send_fds(self.control(), [b"m"], [theirs.fileno()])
        return ours

    def control(self) -> socket.socket:
        with self._lock:
            if self._control is None:
                self._start()
            assert self._control is not None
            return self._control

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, no words from outside
                [sys.executable, "-m", "channels.mail_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=Path(__file__).resolve().parent.parent,
            )

    def stop(self) -> None:
        with self._lock:
            if self._control is not None:
                self._control.close()
            if self._process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
            self._control = self._process = None


_server = _ForkServer()
atexit.register(stop)
