"""Files that are too large for a row: raw arrivals, attachments, recordings. Written whole before anyone points at
them; names are random and say nothing.
"""

from __future__ import annotations

import mmap
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from inbox.errors import Unavailable


class Files:
    """A sharded folder of blobs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Stores the bytes durably (file, then folder, are synced) and answers their key."""
        return self.stream([content])

    def stream(self, pieces: Iterable[bytes]) -> str:
        """The same for what comes piece by piece and is never in memory whole. What `pieces` raises leaves nothing."""
        key = secrets.token_hex(16)
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_suffix(".part")
            try:
                _write(draft, pieces)
                draft.rename(path)
            finally:
                draft.unlink(missing_ok=True)
            _sync_folder(path.parent)
        except OSError as error:
            raise Unavailable("The file store cannot be written.") from error
        return key

    def read(self, key: str) -> bytes:
        """The bytes behind a key."""
        return self._path(key).read_bytes()

    def size(self, key: str) -> int:
        """How many bytes are behind a key."""
        return self._path(key).stat().st_size

    def forget(self, key: str) -> None:
        """The bytes are gone; that they were gone already is no fault."""
        self._path(key).unlink(missing_ok=True)

    @contextmanager
    def view(self, key: str) -> Iterator[mmap.mmap]:
        """The bytes behind a key as the disk holds them, for a look that needs no copy. Not for an empty file."""
        with self._path(key).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as seen:
            yield seen

    def _path(self, key: str) -> Path:
        if not key.isalnum():
            raise ValueError("not a file key")
        return self._folder / key[:2] / key


def _write(draft: Path, pieces: Iterable[bytes]) -> None:
    with draft.open("wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
