"""Senders whose arrivals are committed together do not share a failure."""

import asyncio
from pathlib import Path

from channels.envelope import DoorRequest
from inbox.house import House
from inbox.intake import Accepted, Arrived, Doorstep
from inbox.settings import read


def arrived(number: int, url: str) -> Arrived:
    return Arrived("mail", "mail", "clinic@x.example", f"id-{number}", DoorRequest(url, {}, b"words"))


async def test_one_that_cannot_be_stored_spoils_no_other(database_url: str, tmp_path: Path) -> None:
    house = House(read({"WARMLINE_DATA_DIR": str(tmp_path), "WARMLINE_DATABASE_URL": database_url}))
    doorstep = Doorstep(house)
    group = [arrived(1, "http://a.example"), arrived(2, "\ud800"), arrived(3, "http://c.example")]
    waiting = [asyncio.ensure_future(doorstep.accept(one)) for one in group]
    await asyncio.sleep(0)  # all three stand at the door before it opens, so that they are one group
    doorstep.start()
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.to_thread(doorstep.stop)
    house.close()
    assert isinstance(first, Accepted)
    assert isinstance(second, UnicodeEncodeError)
    assert isinstance(third, Accepted)
