"""What a killed process held goes on when its successor starts, not a lease later; what others hold stays theirs."""

import os
import socket
import subprocess
import sys

import pytest
from sqlalchemy import select, update

from inbox import holder, intake
from inbox.store import tables as t
from inbox.worker import claim, work_off
from tests.support.house import Clinic

HERE = socket.gethostname()


@pytest.fixture(scope="module")
def dead() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def held(clinic: Clinic) -> list[str | None]:
    return [row.claimed_by for row in clinic.all(select(t.jobs.c.claimed_by).where(t.jobs.c.state == "running"))]


def claimed_by(clinic: Clinic, name: str) -> None:
    intake.store(clinic.house, [clinic.sms("Hello, can I come in?")])
    assert len(claim(clinic.house, "inbound", 5)) == 1
    clinic.act(lambda unit: unit.execute(update(t.jobs).where(t.jobs.c.state == "running").values(claimed_by=name)))


@pytest.mark.parametrize("name", ["{here}:{dead}:0badcafe", "{here}:{own}:0badcafe"])
def test_what_a_killed_process_of_this_host_held_is_done_at_once(clinic: Clinic, dead: int, name: str) -> None:
    claimed_by(clinic, name.format(here=HERE, dead=dead, own=os.getpid()))
    assert work_off(clinic.house) == 0  # the lease holds
    assert holder.free_orphans(clinic.house) == 1
    assert work_off(clinic.house) == 1
    assert [row.body for row in clinic.all(select(t.messages.c.body))] == ["Hello, can I come in?"]


@pytest.mark.parametrize("name", ["{me}", "{here}:{parent}:0badcafe", "{here}:1:0badcafe", "elsewhere:{dead}:0badcafe"])
def test_what_a_living_or_another_hosts_process_holds_stays(clinic: Clinic, dead: int, name: str) -> None:
    name = name.format(me=holder.me(), here=HERE, parent=os.getppid(), dead=dead)
    claimed_by(clinic, name)
    assert (holder.free_orphans(clinic.house), held(clinic)) == (0, [name])
