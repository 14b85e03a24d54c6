"""The practice that the tests of the reads share and the clinic whose clock the tests move, on both storages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels import mail_child
from tests.support.cast import Cast
from tests.support.house import Clinic


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    """The named cast in an empty, migrated database."""
    made = Cast(database_url)
    yield made
    made.close()


@pytest.fixture
def clinic(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    """The real house with its people and a clock that only the test moves."""
    made = Clinic(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def _mail_readers() -> Iterator[None]:
    """The processes that read mail end with the tests."""
    yield
    mail_child.stop()
