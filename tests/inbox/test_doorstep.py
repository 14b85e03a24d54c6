"""Senders whose arrivals are committed together do not share a failure; a crowd of them is known by its pace."""

import asyncio
from pathlib import Path

import pytest

from channels.envelope import DoorRequest
from inbox.house import House
from inbox.intake import CROWD, Accepted, Arrived, Doorstep, Pace
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


@pytest.mark.parametrize(("rate", "together"), [(300, 1), (300, 4), (1_000, 1), (1_000, 8)])
def test_the_pace_is_felt_whatever_the_size_of_the_groups(rate: int, together: int) -> None:
    pace = Pace()
    felt = [pace.after(together, number * together / rate) for number in range(1, rate // together)]
    assert felt[-1] == pytest.approx(rate, rel=0.25)
    assert (felt[-1] > CROWD) is (rate > CROWD)


def test_a_handful_at_once_is_no_crowd_and_a_crowd_is_forgotten() -> None:
    pace = Pace()
    assert pace.after(16, 100.0) < CROWD
    assert pace.after(64, 100.001) > CROWD
    assert pace.after(1, 100.3) < CROWD
