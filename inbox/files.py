"""Files that are too large for a row: raw arrivals, attachments, recordings. Written whole before anyone points at
them; names are random and say nothing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from inbox.errors import Unavailable


class Files:
    """A sharded folder of blobs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Stores the bytes durably (file, then folder, are synced) and answers their key."""
        key = secrets.token_hex(16)
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_suffix(".part")
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise Unavailable("The file store cannot be written.") from error
        return key

    def read(self, key: str) -> bytes:
        """The bytes behind a key."""
        return self._path(key).read_bytes()

    def _path(self, key: str) -> Path:
        if not key.isalnum():
            raise ValueError("not a file key")
        return self._folder / key[:2] / key


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
