"""`warmline worker` and `warmline watch`: the separate processes of an installation with Redis."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from types import FrameType

QUEUES = ("inbound", "outbound", "bulk")
#: Children are looked after so often; one that died is started again this long after its last start, in seconds.
PAUSE, REVIVE = 0.5, 5.0


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers `worker` and `watch`."""
    worker = commands.add_parser("worker", help="do the work of the job table, one child process per queue")
    worker.add_argument("--queue", choices=QUEUES, help="only this queue, in this process")
    worker.set_defaults(func=work)
    watch = commands.add_parser("watch", help="fire timers and sweep for lost work")
    watch.set_defaults(func=watch_timers)


def work(args: argparse.Namespace) -> int:
    """Works until SIGTERM."""
    from inbox import settings, vitals
    from inbox.errors import SettingWrong

    read = settings.read()
    if read.embedded:
        example = "WARMLINE_REDIS_URL=redis://127.0.0.1:6379/0"
        raise SettingWrong(f"WARMLINE_REDIS_URL is empty: `serve` does the work itself then. Example: {example}")
    vitals.require_database(read)
    if args.queue is None:
        return _keep_children()
    from inbox import lanes
    from ui import logs

    logs.configure()
    lanes.run_rq(read, args.queue)
    return 0


def watch_timers(args: argparse.Namespace) -> int:
    """Watches until SIGTERM."""
    from inbox import settings, timers, vitals
    from ui import logs

    read = settings.read()
    vitals.require_database(read)
    logs.configure()
    timers.run_watch(read)
    return 0


class _Children:
    """One process per queue; told to stop together."""

    def __init__(self, queues: tuple[str, ...]) -> None:
        self.stopping = False
        self._running = {queue: _start(queue) for queue in queues}
        self._started = dict.fromkeys(queues, time.monotonic())

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """A signal handler: each child finishes its job."""
        self.stopping = True
        for child in self._running.values():
            child.terminate()

    def revive(self) -> None:
        """Starts again those that died."""
        for queue, child in self._running.items():
            rested = time.monotonic() - self._started[queue] > REVIVE
            if child.poll() is not None and rested and not self.stopping:
                self._running[queue], self._started[queue] = _start(queue), time.monotonic()

    def wait(self) -> None:
        """Until all have ended."""
        for child in self._running.values():
            child.wait()


def _keep_children() -> int:
    children = _Children(QUEUES)
    signal.signal(signal.SIGTERM, children.stop)
    signal.signal(signal.SIGINT, children.stop)
    while not children.stopping:
        time.sleep(PAUSE)
        children.revive()
    children.wait()
    return 0


def _start(queue: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "ui.cli", "worker", "--queue", queue])  # noqa: S603  # our own program
