"""A clinic on each storage, for tests that hurt it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.clinic import Clinic, opened


@pytest.fixture
def clinic(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    """Both storages in turn, worker and timers inside the server."""
    with opened(database_url, tmp_path) as made:
        yield made
