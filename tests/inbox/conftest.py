"""The practice that the tests of the reads share, on both storages."""

from collections.abc import Iterator

import pytest

from tests.support.cast import Cast


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    """The named cast in an empty, migrated database."""
    made = Cast(database_url)
    yield made
    made.close()
