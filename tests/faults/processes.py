"""Warmline's processes to be killed: forked from a server that has everything imported, so that a restart is quick.

Each role runs what its command runs; the naive ones are the negative controls.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(["tests.faults.roles"])


class Process:
    """One running role; its output goes to `log`."""

    def __init__(self, role: Callable[..., object], *arguments: Any, log: Path) -> None:
        self.log = log
        self._process = _forkserver.Process(target=_run, args=(role, arguments, str(log)), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """SIGTERM; answers the exit status."""
        self._end(signal.SIGTERM)
        return self._process.exitcode

    def alive(self) -> bool:
        """Whether it still runs; a dead one fails the test with the end of its log."""
        assert self._process.is_alive(), self.log.read_text()[-2000:]
        return True

    def _end(self, number: signal.Signals) -> None:
        if self._process.is_alive():
            os.kill(self._process.pid or 0, number)
        self._process.join(20)
        assert self._process.exitcode is not None, "it does not end"


@contextmanager
def running(role: Callable[..., object], *arguments: Any, log: Path) -> Iterator[Process]:
    """Killed on leaving, whatever happened."""
    process = Process(role, *arguments, log=log)
    try:
        yield process
    finally:
        process.kill()


def _run(role: Callable[..., object], arguments: tuple[Any, ...], log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115  # lives as long as the process
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115  # the same
    role(*arguments)
