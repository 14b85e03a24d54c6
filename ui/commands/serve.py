"""`warmline serve`: the web server; in embedded mode also worker and timers, hence only one on a data folder."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litestar import Litestar
    from uvicorn import Server

    from inbox.settings import Settings

HOST, PORT = "127.0.0.1", 8000
#: What runs beside the server in its loop, from its first request to its last.
Companion = Callable[[str], Coroutine[Any, Any, None]]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `serve`."""
    parser = commands.add_parser("serve", help="run the web server")
    parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")
    parser.add_argument("--port", type=int, default=PORT, help=f"the port (default: {PORT})")
    parser.set_defaults(func=serve)


def serve(args: argparse.Namespace) -> int:
    """Serves until SIGTERM. Refuses wrong settings, an outdated database, a second server on the data folder."""
    from inbox import settings, vitals

    read = at_port(settings.read(), args.port)
    vitals.require_database(read)
    return run(read, args.host, args.port)


def at_port(settings: Settings, port: int) -> Settings:
    """Links and signatures name the port that is served, unless the operator set the public address."""
    import msgspec

    from inbox.settings import Settings

    if settings.public_url != Settings().public_url:
        return settings
    return msgspec.structs.replace(settings, public_url=f"http://127.0.0.1:{port}")


def run(settings: Settings, host: str, port: int, beside: Companion | None = None) -> int:
    """Opens the port, then the application; 1 when it could not start."""
    with claimed(settings), _listening(host, port) as bound:
        _free(settings.smtp_listen)
        import uvloop  # after what may refuse: the application takes seconds to load

        from ui import logs
        from ui.app import create_app

        logs.configure()
        server = _server(create_app(settings))
        print(f"Warmline is on {settings.public_url}", flush=True)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(server, bound, settings.public_url, beside))
    return 0 if server.started else 1


@contextmanager
def claimed(settings: Settings) -> Iterator[None]:
    """In embedded mode the data folder belongs to one process; a dead one leaves no claim behind."""
    from inbox import vitals
    from inbox.errors import Conflict

    vitals.make_folder(settings)
    if not settings.embedded:
        yield
        return
    with open(settings.data_dir / "serve.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another server runs on {settings.data_dir}. Stop it first, or set WARMLINE_DATA_DIR."
            ) from None
        yield


async def _serve(server: Server, bound: socket.socket, address: str, beside: Companion | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        # the server raises the signal again once it has stopped in order: then it shall not count as a death
        signal.signal(number, lambda *_: None)
    served = asyncio.create_task(server.serve(sockets=[bound]))
    while beside and not server.started and not served.done():  # noqa: ASYNC110  # the server offers no event
        await asyncio.sleep(0.05)
    companion = asyncio.create_task(beside(address)) if beside and server.started else None
    await served
    if companion is not None:
        companion.cancel()
        await asyncio.gather(companion, return_exceptions=True)


def _server(app: Litestar) -> Server:
    """Query strings may hold tickets and searches, so requests are not logged; small frames are not worth deflating."""
    import uvicorn

    from ui.frames import FramesProtocol

    config = uvicorn.Config(
        app,
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws=FramesProtocol,
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=25,
    )
    return uvicorn.Server(config)


@contextmanager
def _listening(host: str, port: int, setting: str = "", example: str = "") -> Iterator[socket.socket]:
    """A port of ours; a refusal is told between the setting that named it and an example."""
    from inbox.errors import Conflict

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except (OSError, OverflowError) as error:
            words = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise Conflict(f"{setting}Cannot listen on {host}:{port}: {words}.{example}") from None
        os.set_inheritable(bound.fileno(), False)
        yield bound


def _free(listen: str) -> None:
    """The SMTP door's port is tried before the application starts, so that a taken one is one line and no traceback."""
    if listen:
        host, _, port = listen.rpartition(":")
        with _listening(host, int(port), "WARMLINE_SMTP_LISTEN: ", " Example: WARMLINE_SMTP_LISTEN=off"):
            pass
