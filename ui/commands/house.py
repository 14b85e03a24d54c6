"""What commands share: the house of the settings in the environment, and printing one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inbox.house import House


@contextmanager
def opened() -> Iterator[House]:
    """The house, closed on leaving. Raises SettingWrong, OutdatedSchema, Unavailable."""
    from inbox import settings, vitals
    from inbox.house import House

    read = settings.read()
    vitals.require_database(read)
    house = House(read)
    try:
        yield house
    finally:
        house.close()


def show(value: object) -> None:
    """One line of JSON on standard output."""
    import msgspec

    print(msgspec.json.encode(value).decode())
