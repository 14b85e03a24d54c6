"""The fork server behind `channels.mail_child`: a process with the parser loaded that forks one child per mail.

Gets a socket per mail over the one it was started with; ends by itself when the process that started it is gone.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys

import msgspec

from channels import mail_read
from channels.envelope import Unparseable
from channels.mail_letter import Answer
from channels.mail_limits import MAIL_BYTES

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 10
WALL_SECONDS = 20
OPEN_FILES = 64
RESULT_BYTES = 8 * 1024 * 1024
_HEAD = 8


def serve(control: socket.socket) -> None:
    """Forks a child for every socket that arrives; returns when nobody holds the other end any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent, whose end ends us
    gc.collect()
    gc.freeze()
    while True:
        said, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not said:
            return
        for descriptor in descriptors:
            _fork(control, socket.socket(fileno=descriptor))


def _fork(control: socket.socket, mail: socket.socket) -> None:
    if os.fork() == 0:
        try:
            control.close()
            _limit()
            _answer(mail)
        finally:
            os._exit(0)
    mail.close()


def _limit() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(WALL_SECONDS)


def _answer(mail: socket.socket) -> None:
    try:
        raw, authserv_id = _request(mail)
        answer = Answer(letter=mail_read.read(raw, authserv_id))
        encoded = msgspec.msgpack.encode(answer)
        if len(encoded) > RESULT_BYTES:
            raise Unparseable("the mail holds more than 8 MiB of words")
    except Unparseable as refused:
        encoded = msgspec.msgpack.encode(Answer(refused=str(refused)))
    except MemoryError:
        encoded = msgspec.msgpack.encode(Answer(refused="reading it takes more than 512 MB"))
    except RecursionError:
        encoded = msgspec.msgpack.encode(Answer(refused="nested too deeply"))
    mail.sendall(len(encoded).to_bytes(_HEAD, "big") + encoded)


def _request(mail: socket.socket) -> tuple[bytes, str]:
    """One request: two lengths, the host whose checks count, the raw mail."""
    with mail.makefile("rb") as stream:
        host = int.from_bytes(stream.read(_HEAD), "big")
        size = int.from_bytes(stream.read(_HEAD), "big")
        if size > MAIL_BYTES or host > 1000:
            raise Unparseable("mail larger than 60 MiB")
        authserv_id = stream.read(host).decode("ascii", "replace")
        return stream.read(size), authserv_id


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
